"""Every vendor error in plain words: what happened, whether it took effect, what to do next."""

from dataclasses import dataclass
from typing import Any

from apps.connections.models import Connection
from apps.vendors.core import errors
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.registry import vendors


@dataclass(frozen=True, slots=True)
class Words:
    """What is said of one class of errors; `{who}`, `{asked}` and `{after}` are filled in."""

    title: str
    happened: str
    next_step: str
    tone: str = "danger"


# The most particular class stands first: the first that fits speaks. {asked} is "to pay order 48213" or
# "for “States with stock”".
WORDS: tuple[tuple[type[errors.VendorError], Words], ...] = (
    (
        errors.InvalidParameters,
        Words(
            "Some values cannot be sent",
            "We checked the values before asking {who} {asked}.",
            "Correct what is marked and send it again.",
            "warning",
        ),
    ),
    (
        errors.Unconfirmed,
        Words(
            "A confirmation is missing",
            "This deletes or spends, so it wants a confirmation before we ask {who} {asked}.",
            "Confirm it and send it again.",
            "warning",
        ),
    ),
    (
        errors.Withheld,
        Words(
            "A rule keeps this from being sent",
            "We did not ask {who} {asked}.",
            "Do it on its own page, where a second person can approve it.",
            "warning",
        ),
    ),
    (
        errors.NotConfigured,
        Words(
            "{who} is not ready",
            "We could not ask {who} {asked}.",
            "An administrator can put this right on the connection's page.",
            "warning",
        ),
    ),
    (
        errors.Unsupported,
        Words(
            "{who} has no call for this",
            "There is no way to ask {who} {asked}.",
            "Do it in the vendor's own portal, or use another connection.",
            "warning",
        ),
    ),
    (
        errors.Unreachable,
        Words(
            "{who} cannot be reached",
            "No connection came about when we wanted to ask {who} {asked}.",
            "Try again in a minute. If it stays like this, test the connection: the address, the network "
            "or the vendor's system is down.",
        ),
    ),
    (
        errors.AuthFailed,
        Words(
            "{who} refused our credentials",
            "It did not let us in when we asked it {asked}.",
            "An administrator can enter new credentials on the connection's page and test them there.",
        ),
    ),
    (
        errors.Forbidden,
        Words(
            "Our account may not do this",
            "{who} knows our credentials, but they do not cover what we asked: it said no when we asked it {asked}.",
            "Ask the vendor to allow it for this account.",
        ),
    ),
    (
        errors.NotFound,
        Words(
            "{who} does not have it",
            "It did not find what we named when we asked it {asked}.",
            "Check the number or ID: somebody may have removed it.",
        ),
    ),
    (
        errors.Conflict,
        Words(
            "Not possible as things stand",
            "{who} refused when we asked it {asked}.",
            "Look at how things stand now, then decide anew: something changed, or is already so.",
        ),
    ),
    (
        errors.InsufficientFunds,
        Words(
            "The balance is too low",
            "{who} refused when we asked it {asked}.",
            "Add funds to the account, then send it again.",
        ),
    ),
    (
        errors.RateLimited,
        Words(
            "Too many calls",
            "{who} asked us to slow down when we asked it {asked}.",
            "{after}",
            "warning",
        ),
    ),
    (
        errors.Refused,
        Words(
            "{who} refused",
            "It said no when we asked it {asked}.",
            "Correct what it names and send it again.",
        ),
    ),
    (
        errors.OutcomeUnknown,
        Words(
            "No answer we can trust",
            "{who} gave no proper answer after we asked it {asked}.",
            "Look at how things stand there before it is sent again. Patchbay will not send it again by itself.",
        ),
    ),
    (
        errors.UnreadableReply,
        Words(
            "An answer we cannot read",
            "{who} answered, but not in the form its documents describe, when we asked it {asked}.",
            "Try again. If it stays like this, give the reference to whoever looks after Patchbay.",
        ),
    ),
    (
        errors.VendorFault,
        Words(
            "{who} has a fault",
            "It broke down or took too long when we asked it {asked}.",
            "Try again in a few minutes. If it stays like this, the vendor must put it right.",
        ),
    ),
    (
        errors.VendorError,
        Words("The call failed", "Something failed when we asked {who} {asked}.", "Try again in a few minutes."),
    ),
)


# A system that is down is told from one that says it is broken: whoever runs it looks elsewhere.
NO_ANSWER = Words(
    "{who} does not answer",
    "We asked it {asked}.",
    "Try again in a minute. If it stays like this, see whether the system is up and can be reached from here.",
)


def describe_error(error: errors.VendorError, connection: Connection, *, doing: str = "") -> dict[str, Any]:
    """Return the words for `error`, JSON-able and free of secrets.

    `doing` continues "we asked it to …" ("pay order 48213"); left out, the operation's title serves. Keys:
    title, happened, words (what the vendor or the driver said), effect, next_step, exchange_id, tone, error
    (class name), sent, fields.
    """
    words = next(words for kind, words in WORDS if isinstance(error, kind))
    if isinstance(error, errors.VendorFault) and error.code == "no_answer":
        words = NO_ANSWER
    operation = _operation(error, connection)
    reading = operation is not None and operation.effect is Effect.READ
    filled = {"who": connection.name, "asked": _asked(operation, doing), "after": _after(error)}
    return {
        "title": words.title.format(**filled),
        "happened": words.happened.format(**filled),
        "words": error.fault if error.fault != error.default_message else "",
        "effect": _effect(error, connection.name, reading=reading),
        "next_step": words.next_step.format(**filled),
        "exchange_id": error.exchange_id,
        "tone": words.tone,
        "error": type(error).__name__,
        "sent": error.sent,
        "fields": dict(getattr(error, "fields", {})),
    }


def _effect(error: errors.VendorError, who: str, *, reading: bool) -> str:
    if isinstance(error, errors.NotSent):
        return "Nothing was sent, so nothing changed."
    if reading:
        return "It was only a question, so nothing changed."
    if error.sent == "no" or isinstance(error, errors.Refused):
        return f"{who} did not do it, so nothing changed."
    if error.sent == "unknown":
        return "We do not know yet whether it took effect."
    return "It may have taken effect: look before you send it again."


def _after(error: errors.VendorError) -> str:
    seconds = getattr(error, "retry_after", None)
    return f"Send it again in {seconds:.0f} seconds." if seconds else "Wait a minute, then send it again."


def _asked(operation: Operation | None, doing: str) -> str:
    """Return how "we asked it …" goes on. Titles of reads are nouns, those of writes begin with a verb."""
    if doing:
        return f"to {doing}"
    if operation is None:
        return "this"
    if operation.effect is Effect.READ:
        return f"for “{operation.title}”"
    return f"to {operation.title[0].lower()}{operation.title[1:]}"


def _operation(error: errors.VendorError, connection: Connection) -> Operation | None:
    try:
        return vendors.get(connection.vendor).operations.get(error.operation)
    except LookupError:
        return None
