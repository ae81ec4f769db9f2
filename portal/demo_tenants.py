"""The demo's three tenants: who they are at the sandbox vendors, their numbers, and a log-in for each."""

from collections.abc import Iterator

from apps.accounts.models import Role, Tenant, User
from apps.accounts.services import DemoPerson, add_person
from apps.accounts.tenants import add_tenant, limit_person
from apps.connections.models import Connection, TenantLink
from apps.connections.services import link
from apps.numbers.models import Number
from apps.numbers.services.tenancy import assign
from apps.sandbox import world

ACTOR = "demo"
# What each is called on each demo connection. The carrier keeps one account for the whole house: nobody is linked there.
CUSTOMERS = {
    world.DENTAL.key: {"soft-switch": "2", "hosted-pbx": "HARBOR", "office-pbx": "2"},
    world.FREIGHT.key: {"soft-switch": "3", "hosted-pbx": "CASCADE", "office-pbx": "3"},
    world.BAKERY.key: {"soft-switch": "4", "hosted-pbx": "BLUEDOOR", "office-pbx": "4"},
}


def add_people() -> list[DemoPerson]:
    """Add the tenants, and one administrator of each, where they are missing; return the log-ins."""
    return [_administrator(_tenant(one), one) for one in world.TENANTS]


def connect() -> Iterator[tuple[str, str]]:
    """Link the tenants and give them their numbers, once; yield "tenants" with what was done for each."""
    for one in world.TENANTS:
        tenant = _tenant(one)
        linked = sum(_link(tenant, name, ref) for name, ref in CUSTOMERS[one.key].items())
        mine = [f"+1{number}" for number in (*one.numbers, *one.toll_free)]
        # A number that changed hands once stays as people left it.
        rows = Number.objects.filter(number__in=mine, leads=True, tenant=None).exclude(changes__field="Tenant")
        given = assign(rows, tenant, actor=None, actor_label=ACTOR).changed
        if linked or given:
            yield "tenants", f"{one.name}: linked on {linked} connections, {given} numbers"


def _tenant(one: world.Tenant) -> Tenant:
    return Tenant.objects.filter(key=one.key).first() or add_tenant(None, name=one.name, key=one.key)


def _administrator(tenant: Tenant, one: world.Tenant) -> DemoPerson:
    boss = one.people[0]
    log_in = DemoPerson(boss.first.lower(), f"demo-{one.key}", Role.TENANT_ADMIN)
    if not User.objects.filter(username=log_in.username).exists():
        email = f"{log_in.username}@{one.key}.example"
        names = {"first_name": boss.first, "last_name": boss.last}
        person = add_person(None, username=log_in.username, email=email, role=log_in.role, password=log_in.password, **names)
        limit_person(None, person, tenants=[tenant])
    return log_in


def _link(tenant: Tenant, connection: str, ref: str) -> bool:
    system = Connection.objects.filter(name=connection).first()
    if system is None or TenantLink.objects.filter(connection=system).filter(customer_ref=ref).exists():
        return False
    if TenantLink.objects.filter(connection=system, tenant=tenant).exists():
        return False
    link(tenant, system, ref, actor=None, actor_label=ACTOR)
    return True
