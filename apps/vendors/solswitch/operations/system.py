"""Customers and the firewall."""

from apps.vendors.core import params, replies
from apps.vendors.core.operation import Effect, required_when
from apps.vendors.core.params import Param
from apps.vendors.solswitch import decode
from apps.vendors.solswitch.operations.fields import VIEW, flag, identifier, optional, record

_LIMIT = {"minimum": 0, "required": True}
_RULE: tuple[Param, ...] = (
    params.text("name", wire="Name", required=True),
    params.choice("rule_type", {"Allow": "Allow", "Deny": "Deny"}, wire="RuleType", required=True),
    params.choice(
        "address_type", {"Address": "Address", "Subnet": "Subnet", "Country": "Country"}, wire="AddressType", required=True
    ),
    params.integer("position", wire="Position", minimum=1,
                   help="Rules from this place on move down by one; the last place when left out."),
    params.text("address", wire="Address", pattern=r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?",
                hint="give an address like 192.0.2.10, or a subnet like 192.0.2.0/24"),
    params.text("country", wire="Country", pattern="[A-Z]{2}", hint="give a country's two letters, like CA"),
    flag("web", "Web", "Applies to web traffic.", "1"),
    flag("sysadmin", "SysAdmin", "Applies to web traffic of SysAdmin accounts.", "1"),
    flag("provisioning", "Provisioning", "Applies to provisioning traffic.", "1"),
    flag("sip", "SIP", "Applies to SIP traffic.", "1"),
)  # fmt: skip
_NEEDS = (
    required_when("address", "address_type", "Address", "Subnet"),
    required_when("country", "address_type", "Country"),
)

OPERATIONS = [
    record(
        "firewall.list", "firewall/view", "Firewall rules", Effect.READ, *VIEW,
        area="system", source="/api/firewall/view", decode=decode.rows,
        returns=replies.rows(
            required=("ID",), ID=replies.text, Position=replies.integer, Web=replies.flag, SysAdmin=replies.flag,
            Provisioning=replies.flag, SIP=replies.flag,
        ),
    ),
    record(
        "firewall.add", "firewall/add", "Add a firewall rule", Effect.WRITE, *_RULE,
        area="system", source="/api/firewall/add/", rules=_NEEDS, outcome_from="firewall.list",
        returns=replies.done(ID=replies.text),
    ),
    record(
        # Not repeatable: a position given again shifts the rules below once more.
        "firewall.change", "firewall/edit", "Change a firewall rule", Effect.WRITE,
        identifier("id", required=True), *optional(_RULE),
        area="system", source="/api/firewall/edit/", outcome_from="firewall.list", returns=replies.done(),
    ),
    record(
        "firewall.remove", "firewall/delete", "Delete a firewall rule", Effect.DESTRUCTIVE, identifier("id", required=True),
        area="system", source="/api/firewall/delete/", outcome_from="firewall.list", returns=replies.done(),
    ),
    record(
        "customers.read", "getcustomerinformation", "A customer by its number", Effect.READ,
        params.text("customer_number", wire="CustomerNumber", required=True,
                    help="The number given when the account was made, not its CustID."),
        area="system", source="Get Customer Information", decode=decode.one,
        returns=replies.obj(required=("ID",), ID=replies.text),
    ),
    record(
        "customers.add", "createcustomer", "Add a customer", Effect.WRITE,
        identifier("route_group_id", "RouteGroupID", required=True, help="Its default route group."),
        identifier("toll_plan_id", "TollPlanID", required=True),
        params.integer("max_sip_accounts", wire="MaxSIPAccounts", **_LIMIT),
        params.integer("max_trunks", wire="MaxTrunks", **_LIMIT),
        params.text("customer_number", wire="CustomerNumber", required=True, help="Your own number for it, for toll billing."),
        params.text("first_name", wire="FirstName", required=True),
        params.text("last_name", wire="LastName", required=True),
        params.text("company", wire="Company"),
        params.text("street_number", wire="AddressStreetNumber"),
        params.text("street_name", wire="AddressStreetName"),
        params.text("unit", wire="AddressUnit"),
        params.text("postal_code", wire="PostalCode", help="Without a blank, like P3B1Y4."),
        params.text("city", wire="City"),
        params.text("province", wire="Province", help="Its code, like ON."),
        params.text("country", wire="Country"),
        params.text("phone", wire="PhoneNumber", pattern=r"\d{7,15}", hint="give digits only"),
        area="system", source="Create Customer", outcome_from="customers.read", returns=replies.done(CustomerID=replies.text),
    ),
]  # fmt: skip
