"""What an HTTP status alone decides, for vendors whose replies say the rest in their body."""

from apps.vendors.core import errors
from apps.vendors.core.transport import Incoming


def judge(incoming: Incoming, who: str, *, redirected: str = "check the base URL", never_arrived: bool = False) -> None:
    """Raise RateLimited, or VendorFault for a redirect, a gateway's words and a broken server; `who` is "The switch".

    `redirected` says what to look at. `never_arrived`: a redirect is the web server's own, before the call was read, and so
    the connection's settings are at fault (NotConfigured) and nothing happened.
    """
    status = incoming.status
    if status == 429:
        raise errors.RateLimited(f"{who} asks us to slow down. It did not act.", retry_after=incoming.retry_after, code="429")
    if 300 <= status < 400:
        text = f"{who} redirected the call elsewhere, which was not followed; {redirected}."
        if never_arrived:
            raise errors.NotConfigured(text, code="redirect")
        raise errors.VendorFault(text, code="redirect", retryable=False)
    if status in {502, 503, 504}:
        raise errors.VendorFault(f"{who}'s gateway answered {status}.", code="gateway")
    if status >= 500:
        raise errors.VendorFault(f"{who} answered {status}: it is broken.", code="fault")


def refuse(status: int, who: str, *, credential: str = "the API key", missing: str = "check the base URL") -> None:
    """Raise what a 4xx without readable words means; `credential` is what a 401 refuses, `missing` what a 404 suggests."""
    if status == 401:
        raise errors.AuthFailed(f"{who} refused {credential}.", code="401")
    if status == 403:
        raise errors.Forbidden(f"{who} does not allow this call.", code="403")
    if status == 404:
        raise errors.NotFound(f"{who} has no such address; {missing}.", code="404")
    if status >= 400:
        raise errors.Rejected(f"{who} answered {status}.", code=str(status))
