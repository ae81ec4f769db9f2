"""Where a request comes from."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the visitor's IP address, "" when there is none.

    Without TRUSTED_PROXIES it is the address that connected. With n proxies in front it is the n-th entry from
    the right of X-Forwarded-For: those to the left of it are whatever the visitor chose to claim.
    """
    connected = request.META.get("REMOTE_ADDR", "")
    proxies: int = settings.TRUSTED_PROXIES
    if not proxies:
        return connected
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    claimed = chain[-proxies] if len(chain) >= proxies else ""
    try:
        return str(ip_address(claimed))
    except ValueError:
        return connected
