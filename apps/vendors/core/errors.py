"""The one family of errors that leaves a driver; each says whether the call took effect.

`sent` is "no" (nothing left us, or the vendor says it did not act), "yes" (the vendor answered) or "unknown" (it may have
happened). `str(error)` is one sentence that is safe to show; secrets never enter it.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class VendorError(Exception):
    """Anything that went wrong between us and a vendor.

    `retryable` says whether the same call may be sent again without harm; `exchange_id` names the exchange in the audit log;
    `evidence` is a redacted excerpt of what the vendor sent, or "". `fault` is what went wrong in itself, where the message
    says besides what that means for the change; else the message.
    """

    sent: str = "yes"
    retryable: bool = False
    default_message: ClassVar[str] = "The vendor call failed."

    def __init__(
        self,
        user_message: str = "",
        *,
        vendor: str = "",
        operation: str = "",
        code: str = "",
        evidence: str = "",
        sent: str | None = None,
        retryable: bool | None = None,
    ) -> None:
        self.user_message = user_message or self.default_message
        self.vendor = vendor
        self.operation = operation
        self.code = code
        self.evidence = evidence
        self.exchange_id = ""
        self.fault = self.user_message
        if sent is not None:
            self.sent = sent
        if retryable is not None:
            self.retryable = retryable
        super().__init__(self.user_message)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields that scripts and job items keep."""
        return {
            "error": type(self).__name__,
            "sent": self.sent,
            "message": self.user_message,
            "code": self.code,
        }


class NotSent(VendorError):
    """Nothing left us, so nothing happened."""

    sent = "no"


class InvalidParameters(NotSent):
    """The parameters cannot be sent; `fields` maps each wrong parameter to what is accepted ("" holds what fits no field)."""

    def __init__(self, fields: Mapping[str, str], **context: Any) -> None:
        self.fields = dict(fields)
        text = "; ".join(f"{name}: {fault}" if name else fault for name, fault in self.fields.items())
        super().__init__(text, **context)


class Unconfirmed(NotSent):
    """A destructive or paid operation was called without a confirmation."""

    default_message = "This operation deletes or spends, and was called without a confirmation. Nothing was sent."


class Withheld(NotSent):
    """A rule of the house keeps the call from being sent."""


class NotConfigured(NotSent):
    """The connection is disabled or lacks something it needs."""


class Unsupported(NotSent):
    """The vendor documents no call for this."""


class Unreachable(NotSent):
    """No connection came about: name, route, TLS, or no free place in the pool."""

    retryable = True


class Refused(VendorError):
    """The vendor answered: no."""


class AuthFailed(Refused):
    """The credentials were refused."""


class Forbidden(Refused):
    """The credentials are right but do not cover this call."""


class NotFound(Refused):
    """What was asked for does not exist at the vendor."""


class Conflict(Refused):
    """The vendor's present state does not allow it."""


class Rejected(Refused):
    """A value was refused; `fields` maps parameters to the vendor's words where it names one."""

    def __init__(self, user_message: str = "", *, fields: Mapping[str, str] | None = None, **context: Any) -> None:
        self.fields = dict(fields or {})
        super().__init__(user_message, **context)


class InsufficientFunds(Refused):
    """The balance does not cover it."""


class RateLimited(Refused):
    """Too many calls; `retry_after` is in seconds, or None when the vendor does not say."""

    sent = "no"
    retryable = True

    def __init__(self, user_message: str = "", *, retry_after: float | None = None, **context: Any) -> None:
        self.retry_after = retry_after
        super().__init__(user_message, **context)


class VendorFault(VendorError):
    """The vendor is broken or did not answer; only reads end here, writes become OutcomeUnknown."""

    retryable = True


class UnreadableReply(VendorError):
    """An answer that cannot be parsed; `evidence` keeps its redacted beginning."""


class OutcomeUnknown(VendorError):
    """A write was sent and no trustworthy answer came: it may or may not have happened."""

    sent = "unknown"
