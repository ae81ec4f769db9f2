"""What a view may rely on."""

from django.http import HttpRequest

from apps.accounts.models import User


class PersonRequest(HttpRequest):
    """A request that `SignInRequired` let through: somebody is signed in. For type hints of views."""

    user: User
