"""Tenants, service plans and device types."""

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect
from apps.vendors.pbxware import decode
from apps.vendors.pbxware.operations.fields import (
    all_of,
    flag,
    identifier,
    numbered,
    optional,
    record,
    rows,
    server,
    server_one,
)
from apps.vendors.pbxware.operations.routing import in_route, needs_route
from apps.vendors.pbxware.operations.tenant_fields import TENANT

SECRETS = ("appassword", "ldap_password")
_PRICES = all_of("national_sms|international_sms|national_mms|international_mms", replies.money)
_RATES = all_of("inbound|outbound|min_charge|connection_charge", replies.money)

OPERATIONS = [
    record(
        "tenants.read", "tenant.configuration", "Settings of a tenant", Effect.READ, identifier(required=True),
        area="system", source="Tenant Configuration", decode=decode.one,
        returns=replies.obj(secrets=SECRETS, id=replies.text, package_id=replies.text, ext_length=replies.integer),
    ),
    record(
        "tenants.list", "tenant.list", "Tenants", Effect.READ,
        area="system", source="Listing Tenants", decode=decode.keyed,
        returns=rows(
            tenantcode=replies.text, package_id=replies.text, package=replies.text, ext_length=replies.integer,
            country_id=replies.text, country_code=replies.text,
        ),
    ),
    record(
        # Seen in the field: it often takes longer than thirty seconds, and succeeds.
        "tenants.add", "tenant.add", "Add a tenant", Effect.WRITE, *TENANT,
        area="system", source="Adding Tenants", outcome_from="tenants.list", slow=True, timeout=120.0, secrets=SECRETS,
    ),
    record(
        "tenants.change", "tenant.edit", "Change a tenant", Effect.WRITE,
        server_one(), identifier(required=True),
        numbered("status", 0, ("Not active", "Active", "Suspended")),
        *optional(param for param in TENANT if param.name != "ext_length"),
        area="system", source="Editing Tenants", repeatable=True, outcome_from="tenants.read", slow=True, timeout=120.0,
        secrets=SECRETS,
    ),
    record(
        "tenants.remove", "tenant.delete", "Delete a tenant", Effect.DESTRUCTIVE, server_one(), identifier(required=True),
        area="system", source="Deleting Tenants", outcome_from="tenants.list", slow=True, timeout=120.0,
    ),
    record(
        "service_plans.list", "splan.list", "Service plans", Effect.READ,
        area="billing", source="Listing Service Plans", decode=decode.keyed,
        returns=rows(min_charge=replies.money, connection_charge=replies.money, inclusive=replies.integer),
    ),
    record(
        "service_plans.rates", "splan.rates", "Rates of a service plan", Effect.READ,
        identifier(required=True), *in_route(),
        area="billing", source="Service Plans Rates", rules=(needs_route,), decode=decode.rates,
        returns=replies.rows(inclusives=replies.integer, **_RATES),
    ),
    record(
        "service_plans.sms_rates", "splan.sms_rates.list", "SMS rates of a service plan", Effect.READ,
        identifier(help="Id of the service plan."),
        area="billing", source="Listing Service Plan SMS Rates", decode=decode.keyed, returns=rows(**_PRICES),
    ),
    record(
        "service_plans.sms_rates.change", "splan.sms_rates.edit", "Change SMS rates of a service plan", Effect.WRITE,
        identifier(required=True, help="Id of the service plan."),
        identifier("trunk_id", required=True, help="Id of the SMS trunk."),
        *(params.decimal(name) for name in _PRICES),
        flag("inclusive_messages", "National messages are inclusive."),
        area="billing", source="Editing Service Plan SMS Rates",
        repeatable=True, outcome_from="service_plans.sms_rates",
    ),
    record(
        "devices.list", "uads.list", "Device types", Effect.READ,
        area="devices", source="Listing UADs", decode=decode.keyed, returns=rows(enabled=replies.flag),
    ),
    record(
        "devices.activate", "uads.activate", "Activate a device type", Effect.WRITE, server(), identifier(required=True),
        area="devices", source="Activating UAD", repeatable=True, outcome_from="devices.list",
    ),
    record(
        "devices.deactivate", "uads.deactivate", "Deactivate a device type", Effect.WRITE,
        server(), identifier(required=True),
        area="devices", source="Deactivating UAD", repeatable=True, outcome_from="devices.list",
    ),
]  # fmt: skip
