"""What a customer sees of a journey: plain words, their own objects alone, and nothing of carriers, trunks and systems."""

import pytest

from apps.accounts.models import Tenant
from apps.accounts.tenants import limit_person
from apps.connections.models import Connection, TenantLink
from apps.connections.services import link
from apps.sandbox import world
from tests.fixtures.people import add_person
from tests.numbers.journey.conftest import FIFTH, MAIN, SECOND, House
from tests.numbers.journey.test_broken_paths import ref, ring
from tests.numbers.journey.test_known_paths import ALL_WEEK, hours, text

THEIR_NUMBER = f"+1{world.FREIGHT.numbers[0]}"


def test_a_tenant_reads_it_in_plain_words(house: House) -> None:
    house.only("hosted-pbx")
    hours(house, ALL_WEEK)
    lines = house.sourced(MAIN, "tess").splitlines()
    assert "\n".join(lines[:7]) == text("""
        Your number +1 206-219-4100
        Opening hours Opening hours open now | read just now
          open, now
            Menu Main menu | read just now
              key 1
                Waiting line Harbor Street Dental desk 150 | read just now
                  agent
    """)
    assert house.outline(FIFTH, "theo") == text("""
        Your number +1 206-219-4104
        Extension Mira Castellanos extension 101 · has a mailbox
        Phone Mira Castellanos's phone 192.0.2.101 · registered
    """)


@pytest.mark.parametrize("who", ["tess", "theo", "viewing"])
def test_neither_carrier_nor_trunks_nor_systems_are_named(house: House, who: str) -> None:
    person = "tess" if who == "viewing" else who
    client = house.client_for("sam" if who == "viewing" else who)
    if who == "viewing":
        client.post(f"/scope/{house.tenant.key}/view-as/")
    pages = [client.get(f"/numbers/{MAIN}/journey/{end}").content.decode() for end in ("", "?read=now")]
    house.mirta.close_port()
    house.pbxware.close_port()
    pages.append(house.page(MAIN, person))
    assert "This part cannot be read just now. Try again in a few minutes." in pages[-1]
    for page in pages:
        for word in ("main", "hosted-pbx", "office-pbx", "soft-switch", "campus-pbx"):
            assert f">{word}<" not in page
            assert f" {word}" not in page.replace("<main", "").replace("main-content", "").replace("main number", "")
        for word in ("MiRTA", "PBXware", "SolSwitch", "sipXcom", "Seattle", "203.0.113.10", "192.0.2.10<", "Carrier", "runk"):
            assert word not in page


def test_only_systems_where_the_tenant_is_a_customer_are_asked(house: House) -> None:
    TenantLink.objects.exclude(connection__name="office-pbx").delete()
    house.page(MAIN, "tess")
    assert not len(house.mirta.log)
    assert not len(house.solswitch.log)
    assert not len(house.sipxcom.log)
    assert len(house.pbxware.log)
    assert {entry.params["server"] for entry in house.pbxware.log if "server" in entry.params} == {"2"}


def test_a_number_that_nobody_is_linked_for(house: House) -> None:
    TenantLink.objects.all().delete()
    assert house.outline(MAIN, "tess") == (
        "Your number +1 206-219-4100 Not told What this number rings is not kept here. Ask your provider."
    )


def test_another_tenants_number_is_not_there(house: House, theirs: Tenant) -> None:
    house.own(THEIR_NUMBER, tenant=theirs)
    link(theirs, house.connections["hosted-pbx"], "CASCADE", actor=None)
    for end in ("", "?read=now"):
        assert house.client_for("tess").get(f"/numbers/{THEIR_NUMBER}/journey/{end}").status_code == 404
    assert not len(house.mirta.log)


def test_what_another_customer_owns_is_no_hop_even_where_a_number_points_at_it(house: House) -> None:
    house.only("hosted-pbx")
    theirs = house.mirta.pbx.find("extension", "2", ex_number="201")
    assert theirs
    ring(house, SECOND, f"EXT-{theirs[0]}")
    for who in ("tess", "sam"):
        page = house.page(SECOND, who)
        assert "There is no such extension on this system." in page
        assert "Dana" not in page
        assert "Okafor" not in page


def test_a_number_that_another_customer_has_on_a_system_is_not_followed_for_a_tenant(house: House) -> None:
    house.only("hosted-pbx")
    house.own(THEIR_NUMBER)  # ours at the carrier, theirs on the PBX
    assert "Not told" in house.outline(THEIR_NUMBER, "tess")
    assert "CASCADE" not in str([entry.params for entry in house.mirta.log])
    assert "Switch trunk" in house.outline(THEIR_NUMBER, "sam")


def test_staff_limited_to_a_tenant_are_shown_that_tenants_part_alone(house: House) -> None:
    person = add_person("ops")
    limit_person(None, person, tenants=[house.tenant])
    lines = house.outline(FIFTH, person)
    assert "Carrier main active" in lines
    assert "hosted-pbx" in lines
    assert "campus-pbx" not in lines  # the tenant is no customer there
    house.own(THEIR_NUMBER)
    assert "503-226-7300" not in house.outline(THEIR_NUMBER, person)
    assert {entry.params["tenant"] for entry in house.mirta.log if entry.params.get("tenant")} == {"HARBOR"}


def test_staff_limited_to_connections_are_shown_those_alone(house: House) -> None:
    person = add_person("sam")
    limit_person(None, person, connections=list(Connection.objects.filter(name__in=["main", "campus-pbx"])))
    assert "campus-pbx" in house.outline(FIFTH, person)
    assert not len(house.mirta.log)


def test_the_page_without_a_script_offers_to_read_and_reads(house: House) -> None:
    house.only("hosted-pbx")
    assert ref(house, "ivr")
    client = house.client_for("sam")
    page = client.get(f"/numbers/{FIFTH}/journey/").content.decode()
    assert f'href="/numbers/{FIFTH}/journey/?&amp;read=now"' in page
    assert not len(house.mirta.log)
    page = client.get(f"/numbers/{FIFTH}/journey/?read=now").content.decode()
    assert "<html" in page
    assert "Mira Castellanos" in page
    assert 'aria-current="page"' in page
