"""Operation times: seven kinds of things that are open or closed, each listed and set the same way."""

from apps.vendors.core import params
from apps.vendors.core.operation import Effect, Operation, Rule, equal_length, one_of
from apps.vendors.core.params import Param
from apps.vendors.pbxware import decode
from apps.vendors.pbxware.operations.fields import array, extension, identifier, record, rows, server, text, word, words

# Kind → what it is called. Servers and routes may leave the tenant out.
KINDS = {
    "did": "DIDs",
    "ivr": "IVRs",
    "dial_group": "ring groups",
    "servers": "the tenant or server",
    "routes": "routes",
    "queues": "queues",
    "erg": "enhanced ring groups",
}
_WITHOUT_TENANT = frozenset({"servers", "routes"})


def _day(name: str) -> Param:
    return array(
        name,
        f"{name}[]",
        pattern=r"\d{4}-\d\d-\d\d",
        hint="give days like 2023-02-20",
        help="Days like 2023-02-20, parted by ';'.",
    )


def _time(name: str) -> Param:
    return array(
        name, f"{name}[]", pattern=r"[0-2]?\d:[0-5]\d", hint="give times like 08:30", help="Times like 08:30, parted by ';'."
    )


def _days(name: str) -> Param:
    return array(
        name,
        f"{name}[]",
        pattern=r"[0-7](?:,[0-7])*",
        hint="give days of the week like 1,2,3",
        help="Days of the week like 1,2,3, parted by ';'.",
    )


_CLOSED = (
    array("closed_dates_desc", "closed_dates_desc[]"),
    array("closed_dates_dest", "closed_dates_dest[]"),
    _day("closed_dates_date_from"),
    _day("closed_dates_date_to"),
    _time("closed_dates_time_from"),
    _time("closed_dates_time_to"),
)
_CUSTOM = (
    array("custom_destinations_dest", "custom_destinations_dest[]"),
    array("custom_destinations_is_open", "custom_destinations_is_open[]", pattern="yes|no|1|0", hint="give yes or no"),
    _days("custom_destinations_days"),
    _time("custom_destinations_time_from"),
    _time("custom_destinations_time_to"),
)
_OPEN = (
    array("open_days_desc", "open_days_desc[]"),
    _days("open_days"),
    _time("open_days_time_from"),
    _time("open_days_time_to"),
)
_SIZES: tuple[Rule, ...] = tuple(equal_length(*(param.name for param in group)) for group in (_CLOSED, _CUSTOM, _OPEN))


def _list(kind: str, label: str) -> Operation:
    return record(
        f"schedules.{kind}.list", f"otimes.{kind}.list", f"Operation times of {label}", Effect.READ,
        identifier(), text("number", "Number of the destination."), extension(help="Extension of the destination."),
        server(required=False),
        area="routing", source="Listing Operation Times state", decode=decode.schedules, returns=rows(secrets=("pin",)),
        rules=(one_of("id", "server") if kind == "servers" else one_of("id", "number", "ext"),),
    )  # fmt: skip


def _set(kind: str, label: str) -> Operation:
    return record(
        f"schedules.{kind}.set", f"otimes.{kind}.set", f"Set the operation times of {label}", Effect.WRITE,
        identifier(required=True),
        server(required=kind not in _WITHOUT_TENANT),
        words("status", "on|off|inherit"),
        text("greeting", "Sound file played on closed dates."),
        params.secret("pin", help="PIN; routes only."),
        extension("default_dest_ext", help="Where calls go outside the hours."),
        word("default_dest_is_vm", "That is a mailbox."),
        *_CLOSED, *_CUSTOM, *_OPEN,
        area="routing", source="Setting Operation Times", rules=_SIZES,
        # The whole state is set at once, so setting it twice is setting it once.
        repeatable=True, outcome_from=f"schedules.{kind}.list",
    )  # fmt: skip


OPERATIONS = [make(kind, label) for kind, label in KINDS.items() for make in (_list, _set)]
