"""Forms for people."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

import django_filters as filters
from django import forms
from django.contrib.auth.password_validation import get_default_password_validators, validate_password
from django.db.models import Q, QuerySet

from apps.accounts.models import Role, User
from apps.accounts.signin.invitations import can_mail
from apps.ui.forms import SecretInput

NAMES = ["first_name", "last_name"]
# The regions people live in; what is left out are aliases and offsets such as "Etc/GMT+5".
_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def time_zones() -> list[Any]:
    """Return the zones to choose from, by region, as choices of a form field."""
    regions: dict[str, list[tuple[str, str]]] = {region: [] for region in _REGIONS}
    for zone in sorted(available_timezones()):
        region, _, city = zone.partition("/")
        if city and region in regions:
            regions[region].append((zone, city.replace("_", " ").replace("/", ", ")))
    return [("UTC", "UTC"), *regions.items()]


class ProfileForm(forms.ModelForm):
    """What people change about themselves."""

    class Meta:
        model = User
        fields = [*NAMES, "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = time_zones()
        stored = self.instance.time_zone
        if stored and not any(stored in dict(zones) for _, zones in choices[1:]) and stored != "UTC":
            choices = [(stored, stored), *choices]
        self.fields["time_zone"] = forms.ChoiceField(choices=choices, initial="UTC", help_text="Times are shown in this zone.")


class PersonForm(ProfileForm):
    """What an administrator changes about a person."""

    class Meta(ProfileForm.Meta):
        fields = [*NAMES, "email", "role", "time_zone"]
        help_texts = {"email": "Signing in works with it too, and a forgotten password is reset through it."}

    def clean_email(self) -> str:
        """Refuse an address that somebody else has, in any case."""
        email = User.objects.normalize_email(self.cleaned_data["email"])
        if _taken(email, self.instance):
            raise forms.ValidationError("Somebody else has this e-mail address, or signs in with it as username.")
        return email


class AddPersonForm(PersonForm):
    """A new person; with a first password where no mail can invite them to set their own."""

    password = forms.CharField(label="First password", widget=SecretInput(), strip=False)

    class Meta(PersonForm.Meta):
        fields = ["username", *PersonForm.Meta.fields]
        help_texts = {**PersonForm.Meta.help_texts, "username": "Letters, digits and @ . + - _ only."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if can_mail():
            del self.fields["password"]  # they set their own
        else:
            self.fields["password"].help_text = f"{password_hint()} They can change it themselves."
        self.fields["username"].widget.attrs["autocomplete"] = "off"

    def clean_username(self) -> str:
        """Refuse a name that somebody has, in any case."""
        username = self.cleaned_data["username"]
        if _taken(username, self.instance):
            raise forms.ValidationError("Somebody has this username already.")
        return username

    def clean(self) -> dict[str, Any]:
        """Judge the password together with the names it must not resemble."""
        cleaned = super().clean() or self.cleaned_data
        if password := cleaned.get("password"):
            names = {name: cleaned.get(name) or "" for name in ("username", "email", *NAMES)}
            _judge(self, "password", password, User(**names))
        return cleaned


class PasswordForm(forms.Form):
    """A new password for a person."""

    password = forms.CharField(label="New password", widget=SecretInput(), strip=False)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["password"].help_text = f"{password_hint()} Setting it ends their sessions."

    def clean_password(self) -> str:
        """Judge the password by the rules for all passwords."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.person)
        return password


class PeopleFilter(filters.FilterSet):
    """Filters of the list of people."""

    q = filters.CharFilter(label="Name or e-mail", method="by_text")
    role = filters.ChoiceFilter(choices=Role.choices, label="Role", empty_label="Any role")
    active = filters.ChoiceFilter(
        field_name="is_active",
        label="May sign in",
        empty_label="Anyone",
        choices=[("true", "May sign in"), ("false", "Deactivated")],
        method="by_active",
    )

    class Meta:
        model = User
        fields: list[str] = []

    def by_text(self, people: "QuerySet[User]", name: str, text: str) -> "QuerySet[User]":
        """Keep those whose names or address contain the text."""
        return people.filter(
            Q(username__icontains=text)
            | Q(email__icontains=text)
            | Q(first_name__icontains=text)
            | Q(last_name__icontains=text)
        )

    def by_active(self, people: "QuerySet[User]", name: str, value: str) -> "QuerySet[User]":
        """Keep those who may, or may not, sign in."""
        return people.filter(is_active=value == "true")


def _taken(name: str, person: User) -> bool:
    """Whether anybody but `person` signs in with `name`, as username or e-mail address."""
    others = User.objects.exclude(pk=person.pk) if person.pk else User.objects.all()
    return others.filter(Q(username__iexact=name) | Q(email__iexact=name)).exists()


def password_hint() -> str:
    """Return what people should know before they choose a password."""
    lengths = [getattr(validator, "min_length", 0) for validator in get_default_password_validators()]
    return f"At least {max(lengths, default=0)} characters, hard to guess, and unlike the name."


def _judge(form: forms.Form | forms.ModelForm, field: str, password: str, person: User) -> None:
    try:
        validate_password(password, person)
    except forms.ValidationError as error:
        form.add_error(field, error)
