"""What a new switch holds: the demo provider as customer 1 and its three customers, with what is theirs."""

from apps.sandbox import world
from apps.sandbox.core.credentials import secret

from .switch import Switch

PROVIDER_NUMBER = "100000"


def seed_switch(switch: Switch) -> None:
    """Fill an empty switch."""
    switch.add("customer", _customer(PROVIDER_NUMBER, world.PROVIDER, world.DENTAL.address), "1")
    _trunks(switch)
    for place, tenant in enumerate(world.TENANTS):
        _tenant(switch, tenant, str(place + 2))
    for number in world.SPARE.numbers:
        switch.add("did", {"IRID": "", "CustID": ""}, number)
    for name, kind, address in (("Office", "Subnet", "192.0.2.0/24"), ("Scanner", "Address", "203.0.113.77")):
        position = str(len(switch.table("firewall")) + 1)
        row = {"Name": name, "RuleType": "Deny" if name == "Scanner" else "Allow", "AddressType": kind, "Address": address}
        switch.add("firewall", {**row, "Position": position, "Web": "1", "SysAdmin": "1", "Provisioning": "1", "SIP": "1"})


def _customer(number: str, company: str, address: world.Address, first: str = "", last: str = "") -> dict[str, str]:
    return {
        "CustomerNumber": number, "firstname": first, "lastname": last, "company": company, "streetnumber": address.house,
        "streetname": f"{address.street} {address.suffix}", "unit": "", "postalcode": address.zip, "city": address.city,
        "province": address.state, "country": "US", "telephone": "",
    }  # fmt: skip


def _trunks(switch: Switch) -> None:
    """A trunk to the sandbox carrier from each edge, over a static SIP account of the provider."""
    for name, address in (("Seattle edge", world.EDGE_ADDRESSES[0]), ("Portland edge", world.EDGE_ADDRESSES[2])):
        account = switch.add(
            "sipaccounts", _account(switch, "1", f"carrier-{name.split()[0].lower()}", name, "static", address)
        )
        trunk = {
            "Name": name,
            "Description": f"Carrier, {name}",
            "TrunkType": "1",
            "SIPAccountsID": account,
            "UseDIDTable": "1",
        }
        switch.add("trunks", {**trunk, "CallLimit": "120", "UseE164": "0", "Record": "0"})


def _tenant(switch: Switch, tenant: world.Tenant, ref: str) -> None:
    owner = tenant.people[0]
    switch.add("customer", _customer(f"10000{ref}", tenant.name, tenant.address, owner.first, owner.last), ref)
    for person in tenant.people:
        switch.add("extension", {"CustID": ref, "Name": person.name, "monitored": False}, person.extension)
        switch.add("sipaccounts", _account(switch, ref, f"{tenant.key}-{person.extension}", person.name, "dynamic"))
    route, desk = switch.new_id(), tenant.people[min(1, len(tenant.people) - 1)]
    for place, number in enumerate((*tenant.numbers, *tenant.toll_free)):
        fax = place == len(tenant.numbers) - 1
        # The last number but one has no 911 address, so that there is something to find.
        address = number not in tenant.toll_free and place != len(tenant.numbers) - 2
        switch.add("did", {"IRID": route, "CustID": ref, "fax": fax, "address": address}, number)
    switch.add("queue", {"CustID": ref, "Ext": f"{desk.extension[0]}50", "Name": f"{tenant.name} desk"}, ref)
    switch.add("timerule", {"CustID": ref, "opens": 8, "closes": 18}, ref)
    switch.add(
        "scheduledroute",
        {"Name": f"{tenant.name} hours", "Extension": f"{desk.extension[0]}60", "RouteExt": desk.extension, "RouteType": "7",
         "IRID": route, "RouteName": desk.name},
        ref,
    )  # fmt: skip
    switch.add(
        "followme",
        {"Name": f"{owner.name} anywhere", "Numbers": [owner.extension, f"1{tenant.numbers[0]}"], "OverflowRouteID": route,
         "OverflowRouteType": "3", "Recording": "0", "AutoAnswer": "0", "StepTime": "25",
         "Extension": f"{desk.extension[0]}70"},
        ref,
    )  # fmt: skip


def _account(switch: Switch, customer: str, username: str, description: str, kind: str, host: str = "") -> dict[str, str]:
    return {
        "CustID": customer, "Description": description, "Username": username, "Host": host, "NAT": "1", "Type": kind,
        "DTMFMode": "rfc2833", "Port": "5060", "TransportType": "UDP", "Active": "1", "AllowInternational": "0",
        "Password": secret(switch.seed, "solswitch", "account", username, length=20),
    }  # fmt: skip
