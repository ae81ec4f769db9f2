"""Emergency response locations (E911). Only the closed Uniteme product has them; sipXcom answers 404 to all of it."""

from typing import Any

from apps.vendors.core import replies
from apps.vendors.core.operation import Checked, Effect, Operation
from apps.vendors.core.params import Param
from apps.vendors.core.transport import Incoming
from apps.vendors.sipxcom import readers
from apps.vendors.sipxcom.codec import as_text, as_xml
from apps.vendors.sipxcom.operations.fields import plain, record, text

CLOSED = "Only the closed Uniteme product has this; sipXcom answers 404."
_ONE = replies.obj(required=("elin",))
_ROWS = replies.rows(required=("elin",))
_either = readers.tree("e911Location", "e911Locations")


def _location(incoming: Incoming) -> Any:
    """One location, bare or in a list of one: the document shows neither."""
    found = _either(incoming)
    return found["e911Location"] if isinstance(found, dict) and "e911Location" in found else found


_locations = readers.tree("e911Locations", whole=True)
_FIELDS = (
    text("location", "Where callers are.", required=True),
    text("address", "Address details.", wire="addressInfo"),
    text("description"),
)
_NUMBER = plain("elin", "Emergency location identification number.")
_ELIN = text("elin", "Number of the location to set.", required=True)


def _record(name: str, documented: str, title: str, effect: Effect, *parameters: Param, **options: Any) -> Operation:
    options.setdefault("read", readers.acknowledged)
    options["checked"] = Checked.DOCUMENT
    return record(
        name, documented, f"{title}. {CLOSED}", effect, *parameters, area="e911", source="e911 (eZuce Uniteme only)", **options
    )


def _linked(name: str, path: str, of: Param, what: str, acts: str) -> list[Operation]:
    """The location a group of users or of phones stands in."""
    made = [
        _record(f"{name}.read", f"GET {path}", f"The location of {what}", Effect.READ, of, read=_location, returns=_ONE),
        _record(
            f"{name}.set", f"PUT {path}", f"Set the location of {what}", Effect.WRITE, of, _ELIN, body=as_text("elin"),
            repeatable=True, outcome_from=f"{name}.read",
        ),
    ]  # fmt: skip
    if "clear" in acts:
        made.append(
            _record(f"{name}.clear", f"DELETE {path}", f"Take {what} out of its location", Effect.DESTRUCTIVE, of,
                    outcome_from=f"{name}.read")
        )  # fmt: skip
    return made


OPERATIONS: list[Operation] = [
    _record(
        "emergency.locations.list", "GET /rest/erls", "List the emergency locations", Effect.READ, read=_locations,
        returns=_ROWS
    ),
    _record(
        "emergency.locations.save", "PUT /rest/erls", "Save an emergency location", Effect.WRITE,
        text("elin", "Emergency location identification number.", required=True), *_FIELDS,
        body=as_xml("e911Location", within="e911Locations"), repeatable=True, outcome_from="emergency.locations.list",
    ),
    # The document does not say where the ELIN goes: in the query here. It is never left out, lest all locations go.
    _record(
        "emergency.locations.remove", "DELETE /rest/erls", "Delete the emergency location with this ELIN", Effect.DESTRUCTIVE,
        text("elin", "Emergency location identification number.", required=True), query=("elin",),
        outcome_from="emergency.locations.list",
    ),
    _record(
        "emergency.locations.read", "GET /rest/erl/elin/{elin}", "Read an emergency location", Effect.READ, _NUMBER,
        read=_location, returns=_ONE,
    ),
    _record(
        "emergency.locations.change", "PUT /rest/erl/elin/{elin}", "Change an emergency location", Effect.WRITE, _NUMBER,
        *_FIELDS, body=as_xml("e911Location"), keep=("elin",), repeatable=True, outcome_from="emergency.locations.read",
    ),
    _record(
        "emergency.locations.delete", "DELETE /rest/erl/elin/{elin}", "Delete an emergency location", Effect.DESTRUCTIVE,
        _NUMBER, outcome_from="emergency.locations.list",
    ),
    _record(
        "emergency.users.read", "GET /rest/erl/user/{username}", "The ELIN of a user's location", Effect.READ,
        plain("user", wire="username"), read=readers.words, returns=replies.obj(),
    ),
    _record(
        "emergency.users.set", "PUT /rest/erl/user/{username}", "Set a user's location", Effect.WRITE,
        plain("user", wire="username"), _ELIN, body=as_text("elin"), repeatable=True, outcome_from="emergency.users.read",
    ),
    _record(
        "emergency.users.clear", "DELETE /rest/erl/user/{username}", "Take a user out of the location", Effect.DESTRUCTIVE,
        plain("user", wire="username"), outcome_from="emergency.users.read",
    ),
    *_linked("emergency.groups", "/rest/erl/group/{groupName}", plain("group", wire="groupName"), "a user group", "read set"),
    _record(
        "emergency.phones.read", "GET /rest/erl/phone/{serial_number}", "The locations of a phone", Effect.READ,
        plain("serial", "MAC address of the phone.", wire="serial_number"), read=_locations, returns=_ROWS,
    ),
    # The document shows no body: this is the form of its other lists.
    _record(
        "emergency.phones.set", "PUT /rest/erl/phones", "Set the location of a phone", Effect.WRITE,
        text("serial", "MAC address of the phone.", required=True), _ELIN, body=as_xml("phone", within="phones"),
        repeatable=True, outcome_from="emergency.phones.read",
    ),
    *_linked(
        "emergency.phone_groups", "/rest/erl/phonegroup/{groupName}", plain("group", wire="groupName"), "a phone group",
        "read set clear",
    ),
]  # fmt: skip
