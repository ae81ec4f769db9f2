"""Extensions: what they are, their mailbox, their phones, their money."""

from collections.abc import Mapping
from typing import Any

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, Operation, Rule, equal_length, exclusive, one_of
from apps.vendors.core.params import Param
from apps.vendors.pbxware import decode
from apps.vendors.pbxware.operations.extension_fields import EXTENSION
from apps.vendors.pbxware.operations.fields import (
    clock,
    day,
    extension,
    flag,
    identifier,
    items,
    numbers,
    optional,
    record,
    rows,
    server,
    text,
    texts_in,
    words,
    zone,
)
from apps.vendors.pbxware.operations.system import rights

EITHER: tuple[Rule, ...] = (one_of("id", "ext"), exclusive("id", "ext"))
SECRETS = ("pin", "secret", "password", "pbd_pin")
_LISTED: dict[str, Any] = {"ext": replies.text, "ua_id": replies.text, "department": texts_in}


def _rated(cleaned: Mapping[str, Any]) -> Mapping[str, str]:
    """With call rating (or its deprecated name), the money fields are required."""
    if not (cleaned.get("billing") or cleaned.get("call_rating")):
        return {}
    needed = ("creditlimit", "reminderbalance", "service_plan")
    return {name: "is required with call rating" for name in needed if name not in cleaned}


def _which() -> tuple[Param, ...]:
    """The extension by its id or by its number, never both."""
    return server(), identifier(help="Id of the extension; or give its number."), extension(help="Number, instead of the id.")


def _of_one(name: str, documented: str, title: str, source: str, *, area: str = "billing", **fields: Any) -> Operation:
    """A read about one extension, answered with an object keyed by its id."""
    return record(
        name, documented, title, Effect.READ, *_which(),
        area=area, source=source, rules=EITHER, decode=decode.one, returns=replies.obj(id=replies.text, **fields),
    )  # fmt: skip


def _history(name: str, documented: str, title: str, source: str) -> Operation:
    return record(
        name, documented, title, Effect.READ, *_which(),
        day("first", wire="start", required=True),
        day("last", wire="end", required=True),
        clock("first_time", wire="starttime", help="From 00:00:00 unless given."),
        clock("last_time", wire="endtime", help="Until 00:00:00 of the last day unless given: the last day is left out."),
        words("type", "credit|debit"),
        text("refno", "Reference number."),
        text("rrefno", "Reference number, as a regular expression."),
        flag("sum", "Only the sums."),
        zone(),
        area="billing", source=source, rules=EITHER,
        returns=replies.rows(
            entry_date=replies.day, amount=replies.money, sum_credit=replies.money, sum_debit=replies.money
        ),
    )  # fmt: skip


def _reset(what: str, source: str) -> Operation:
    return record(
        f"extensions.reset_inclusive_{what}", f"ext.reset_inclusive_{what}", f"Reset inclusive {what}", Effect.WRITE,
        *_which(), area="billing", source=source, rules=EITHER, outcome_from="extensions.rating_info",
    )  # fmt: skip


_RATING: dict[str, Any] = {
    "splan": replies.text, "reminder_balance": replies.money, "credit_limit": replies.money, "slave": replies.flag,
    "limits": replies.flag, "soft_limit": replies.money, "hard_limit": replies.money,
}  # fmt: skip
_FUNDS: dict[str, Any] = {"account_balance": replies.money, "available_funds": replies.money}

OPERATIONS = [
    record(
        "extensions.list", "ext.list", "Extensions", Effect.READ, server(required=False),
        area="extensions", source="Listing Extensions", decode=decode.keyed, returns=rows(secrets=SECRETS, **_LISTED),
    ),
    record(
        "extensions.read", "ext.configuration", "Settings of an extension", Effect.READ, *_which(),
        area="extensions", source="Extension Configuration", rules=EITHER, decode=decode.one,
        returns=replies.obj(secrets=SECRETS, id=replies.text, ext=replies.text, ua_id=replies.text),
    ),
    record(
        "extensions.add", "ext.add", "Add an extension", Effect.WRITE, server(), *EXTENSION,
        area="extensions", source="Adding Extensions", rules=(_rated,), outcome_from="extensions.list", secrets=SECRETS,
    ),
    record(
        "extensions.change", "ext.edit", "Change an extension", Effect.WRITE,
        server(), identifier(required=True), *optional(EXTENSION),
        area="extensions", source="Editing Extensions", repeatable=True, outcome_from="extensions.read", secrets=SECRETS,
    ),
    record(
        "extensions.remove", "ext.delete", "Delete an extension", Effect.DESTRUCTIVE, server(), identifier(required=True),
        area="extensions", source="Deleting Extensions", outcome_from="extensions.list",
    ),
    record(
        "extensions.book", "ext.balance", "Credit or debit an extension's balance", Effect.PURCHASE,
        *_which(),
        words("mode", "credit|debit", required=True),
        params.decimal("amount", required=True),
        text("notes", required=True),
        text("refno", "Reference number.", required=True),
        area="billing", source="Credit/Debit Balance", rules=EITHER, outcome_from="extensions.rating_history",
    ),
    _of_one("extensions.billing", "ext.billing", "How calls are billed (deprecated)", "Extensions Billing", **_RATING),
    _of_one("extensions.rating", "ext.call_rating", "How calls are rated", "Extension Call Rating", **_RATING),
    _of_one("extensions.billing_info", "ext.billing_info", "Balance (deprecated)", "Extensions Billing Info", **_FUNDS),
    _of_one("extensions.rating_info", "ext.call_rating_info", "Balance", "Extension Call Rating Info", **_FUNDS),
    _history("extensions.billing_history", "ext.billing_history", "Ledger (deprecated)", "Billing History"),
    _history("extensions.rating_history", "ext.call_rating_history", "Ledger", "Call Rating History"),
    _of_one("extensions.sms_rating", "ext.sms_rating_info", "Inclusive messages left", "Extensions SMS Rating Info"),
    record(
        "extensions.slaves", "ext.slaves", "Extensions charged to this one", Effect.READ, *_which(),
        area="extensions", source="Extension Slaves", rules=EITHER, decode=decode.keyed, returns=rows(**_LISTED),
    ),
    _reset("minutes", "Reset Inclusive Minutes"),
    _reset("messages", "Reset Inclusive Messages"),
    record(
        "extensions.voicemail.clear", "ext.voicemail.delete", "Delete all messages of a mailbox", Effect.DESTRUCTIVE,
        server(), extension(required=True),
        area="extensions", source="Delete Extension Voicemails",
    ),
    record(
        "extensions.phones.set", "ext.additional_macs", "Set further phones of an extension", Effect.WRITE,
        server(), identifier(required=True),
        items("macs", wire="values", required=True, pattern=r"[0-9A-Fa-f:.\-]{12,17}", hint="give twelve hex digits",
              help="MAC addresses, parted by commas."),
        items("serials", wire="sn", help="Serial numbers, parted by commas."),
        numbers("devices", required=True, help="Ids of device types, parted by commas: see devices.list."),
        items("locations", required=True, pattern="[12]", hint="1 is local, 2 is remote", help="1 local, 2 remote."),
        items("device_addresses", help="Ids of device locations, parted by commas."),
        area="devices", source="Additional MAC Addresses", outcome_from="extensions.read",
        rules=(equal_length("macs", "devices", "locations"),),
    ),
    record(
        "extensions.rights.set", "ext.editions_modules.set", "Set an extension's editions and modules", Effect.WRITE,
        server(), identifier(required=True), *rights(), flag("use_department_templates", "As the departments have it."),
        area="extensions", source="Setting Editions & Modules", repeatable=True, outcome_from="extensions.rights.read",
    ),
    record(
        "extensions.rights.read", "ext.editions_modules.configuration", "An extension's editions and modules", Effect.READ,
        server(), identifier(required=True),
        area="extensions", source="Editions & Modules Configuration", decode=decode.found,
        returns=replies.obj(id=replies.text, use_department_templates=replies.flag),
    ),
]  # fmt: skip
