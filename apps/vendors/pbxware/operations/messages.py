"""SMS: reports, trunks, whose trunk it is, and sending."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from apps.vendors.core import params, replies, values
from apps.vendors.core.operation import Effect, Rule, required_when
from apps.vendors.core.params import Param
from apps.vendors.pbxware import decode
from apps.vendors.pbxware.operations.fields import (
    clock,
    day,
    flag,
    identifier,
    optional,
    record,
    rows,
    server,
    text,
    words,
)

SECRETS = ("api_key", "password", "auth_token", "secret")
# Provider → the fields it needs.
PROVIDERS = {
    "telnyx": ("api_key", "public_key", "messaging_profile_id"),
    "bandwidth": ("username", "password", "user_id", "app_id"),
    "twilio": ("account_sid", "auth_token"),
    "vi": ("secret", "login"),
}
_TITLES = {"telnyx": "Telnyx", "bandwidth": "Bandwidth", "twilio": "Twilio", "vi": "VoIP Innovations"}


def _of_provider(provider: str, name: str) -> Param:
    help = f"Required for {_TITLES[provider]}."
    return params.secret(name, help=help) if name in SECRETS else text(name, help)


_TRUNK: tuple[Param, ...] = (
    flag("enabled", required=True),
    text("name", required=True),
    params.choice("provider", _TITLES, required=True),
    text("national_prefix", "Without the plus.", pattern=r"\d+", hint="give digits only"),
    text("description"),
    *(_of_provider(provider, name) for provider, names in PROVIDERS.items() for name in names),
)
_PROVIDER_RULES: tuple[Rule, ...] = tuple(
    required_when(name, "provider", provider) for provider, names in PROVIDERS.items() for name in names
)


def _period() -> tuple[Param, ...]:
    return (
        day("first", wire="start_date", required=True),
        day("last", wire="end_date", required=True),
        clock("first_time", wire="start_time", help="From 00:00:00 unless given."),
        clock("last_time", wire="end_time", help="Until 23:59:59 unless given."),
    )


def _encoded(body: str) -> str:
    return b64encode(body.encode()).decode()


def _of_tenant(data: Any) -> list[dict[str, Any]]:
    """Rows keyed by tenant: `id` is the trunk's, so the key goes under `tenant`."""
    if not isinstance(data, Mapping):
        return decode.keyed(data)
    return [{**row, "tenant": str(tenant)} for tenant, row in data.items() if isinstance(row, Mapping)]


_REPORTED: dict[str, Any] = {"from": replies.phone, "to": replies.phone, "date/time": replies.moment}

OPERATIONS = [
    record(
        "sms.list", "sms.reports.list", "Messages sent and received", Effect.READ,
        *_period(),
        words("direction", "Inbound|Outbound"),
        text("from_number"),
        text("to_number"),
        words("type", "SMS|MMS"),
        server(required=False),
        area="messaging", source="Listing SMS", decode=decode.keyed,
        returns=rows(server=replies.text, **_REPORTED),
    ),
    record(
        "sms.campaigns", "sms.reports.bulk_list", "Bulk messages", Effect.READ,
        *_period(),
        words("status", "Active|Paused|Stopped|Completed"),
        text("name", "Name of the campaign."),
        server(required=False),
        area="messaging", source="Listing Bulk SMS", decode=decode.keyed,
        returns=rows(sent=replies.integer, failed=replies.integer, time_start=replies.moment, time_end=replies.moment),
    ),
    record(
        "sms.trunks.list", "sms.trunks.list", "SMS trunks", Effect.READ,
        area="messaging", source="Listing SMS Trunks", decode=decode.keyed, returns=rows(),
    ),
    record(
        "sms.trunks.read", "sms.trunks.configuration", "Settings of an SMS trunk", Effect.READ, identifier(required=True),
        area="messaging", source="SMS Trunk Configuration", decode=decode.found,
        returns=replies.obj(secrets=SECRETS, id=replies.text, enabled=replies.flag),
    ),
    record(
        "sms.trunks.add", "sms.trunks.add", "Add an SMS trunk", Effect.WRITE, *_TRUNK,
        area="messaging", source="Adding SMS Trunk", rules=_PROVIDER_RULES, outcome_from="sms.trunks.list",
        secrets=SECRETS,
    ),
    record(
        "sms.trunks.change", "sms.trunks.edit", "Change an SMS trunk", Effect.WRITE,
        identifier(required=True), *optional(_TRUNK),
        area="messaging", source="Editing SMS Trunk", repeatable=True, outcome_from="sms.trunks.read", secrets=SECRETS,
    ),
    record(
        "sms.trunks.remove", "sms.trunks.delete", "Delete an SMS trunk", Effect.DESTRUCTIVE, identifier(required=True),
        area="messaging", source="Deleting SMS Trunk", outcome_from="sms.trunks.list",
    ),
    record(
        "sms.tenants.list", "sms.trunks.tenants.list", "SMS trunks of all tenants", Effect.READ,
        area="messaging", source="Listing SMS Trunks & Tenants", decode=_of_tenant, returns=rows(enabled=replies.flag),
    ),
    record(
        "sms.tenants.read", "sms.trunks.tenants.get", "A tenant's SMS trunk", Effect.READ,
        identifier("tenant", required=True, customer=True),
        area="messaging", source="Get Tenant's SMS Trunk", decode=decode.settings,
        returns=replies.obj(id=replies.text, enabled=replies.flag),
    ),
    record(
        "sms.tenants.set", "sms.trunks.tenants.set", "Set a tenant's SMS trunk", Effect.WRITE,
        identifier("tenant", required=True, customer=True), identifier(help="Id of the SMS trunk; none takes it away."),
        area="messaging", source="Set Tenant's SMS Trunk", repeatable=True, outcome_from="sms.tenants.read",
    ),
    record(
        "sms.send", "sms.send_message", "Send a message", Effect.WRITE,
        server(),
        Param("to", "phone", values.to_e164, wire="to_number", required=True, help="Number to send to."),
        text("text", "What to say.", wire="body", required=True, encode=_encoded),
        area="messaging", source="Send SMS messages", outcome_from="sms.list",
    ),
]  # fmt: skip
