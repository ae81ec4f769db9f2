"""Reading a carrier's list: what it says becomes rows, and nothing vanishes because a read went wrong."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.accounts.models import User
from apps.connections.models import Connection
from apps.connections.services import add_connection, client_for
from apps.jobs.models import Job, JobState, Schedule
from apps.jobs.services import start_scheduled
from apps.numbers.models import InventoryRead, Number, NumberChange
from apps.numbers.services import absorb, reading, sync
from apps.numbers.services.live import Held, read_some
from apps.numbers.services.storing import ON_LIST, Source, store
from apps.sandbox.carrier import CarrierSandbox
from apps.vendors.core.errors import UnreadableReply, VendorError, VendorFault
from apps.vendors.core.numbers import NumberInventory, OwnedNumber
from tests.numbers.conftest import Work

ONE = "2062194100"


def row(number: str = ONE) -> Number:
    return Number.objects.get(number=f"+1{number}")


def test_the_first_read_takes_in_the_whole_list(main: Connection, carrier: CarrierSandbox) -> None:
    found = sync(main)
    held = carrier.account.numbers
    assert (found.total, found.appeared, found.vanished) == (len(held), len(held), 0)
    for number, owned in held.items():
        mine = row(number)
        assert mine.status == {"0": "inactive", "1": "active", "2": "cancelled"}[owned.status]
        assert mine.trunk_group_id == owned.trunk_id
        assert mine.trunk_group == carrier.account.trunks[owned.trunk_id].title
        assert mine.monthly_rate == Decimal(owned.rate) / 100
        assert (mine.cnam, mine.did_type, mine.last_four) == (owned.cnam, owned.did_type, number[-4:])
        assert mine.kind == ("tollfree" if owned.toll_free else "local")
        assert mine.record["didnumber"] == f"+1{number}"
    read = InventoryRead.objects.get(connection=main)
    assert read.total == len(held)
    assert {group["id"]: group["numbers"] for group in read.trunk_groups} == {
        trunk_id: sum(one.trunk_id == trunk_id for one in held.values()) for trunk_id in carrier.account.trunks
    }


def test_a_second_read_changes_nothing_but_the_age(main: Connection) -> None:
    sync(main)
    before = row()
    found = sync(main)
    after = row()
    assert (found.appeared, found.changed, found.vanished) == (0, 0, 0)
    assert str(found).endswith("nothing changed.")
    assert after.seen_at > before.seen_at
    assert after.first_seen == before.first_seen
    assert not NumberChange.objects.exists()


def test_what_changed_at_the_carrier_becomes_history(main: Connection, carrier: CarrierSandbox) -> None:
    sync(main)
    owned = carrier.account.numbers[ONE]
    owned.status, owned.cnam, owned.rate = "0", "HARBOR SMILES", 120
    assert sync(main).changed == 1
    lines = NumberChange.objects.filter(number=row()).values_list("field", "before", "after", "source")
    assert set(lines) == {
        ("Status", "Active", "Inactive", "sync"),
        ("CNAM", "HARBOR DENTAL", "HARBOR SMILES", "sync"),
        ("Monthly rate", "$0.95", "$1.20", "sync"),
    }


def test_a_number_that_left_the_account_is_marked_and_comes_back(main: Connection, carrier: CarrierSandbox) -> None:
    sync(main)
    owned = carrier.account.numbers.pop(ONE)
    assert sync(main).vanished == 1
    assert row().is_gone
    assert row().record
    assert InventoryRead.objects.get().total == len(carrier.account.numbers)
    assert sync(main).vanished == 0
    carrier.account.numbers[ONE] = owned
    assert sync(main).changed == 1
    assert not row().is_gone
    assert list(NumberChange.objects.filter(number=row(), field=ON_LIST).values_list("before", "after")) == [
        ("No", "Yes"),
        ("Yes", "No"),
    ]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("down", VendorFault),
        ("html500", VendorFault),
        ("html200", UnreadableReply),
        ("truncated", VendorError),
        ("empty", UnreadableReply),
        ("garbage", UnreadableReply),
        ("list", UnreadableReply),
    ],
)
def test_a_failed_read_takes_nothing_away(
    main: Connection, carrier: CarrierSandbox, fault: str, error: type[VendorError]
) -> None:
    sync(main)
    before = list(Number.objects.order_by("pk").values())
    carrier.faults.set(fault, "getnumbers")
    with pytest.raises(error):
        sync(main)
    assert list(Number.objects.order_by("pk").values()) == before
    read = InventoryRead.objects.get()
    assert read.problem["title"]
    assert read.problem["error"]
    assert read.tried_at > read.read_at
    carrier.faults.clear()
    sync(main)
    assert InventoryRead.objects.get().problem is None


def test_trunk_groups_that_cannot_be_read_stop_the_whole_read(main: Connection, carrier: CarrierSandbox) -> None:
    sync(main)
    carrier.faults.set("html500", "get_trunk")
    with pytest.raises(VendorError):
        sync(main)
    assert row().trunk_group == "Seattle edge"


def test_a_list_that_lacks_too_much_is_not_believed_until_a_person_does(main: Connection, carrier: CarrierSandbox) -> None:
    sync(main)
    kept = dict(list(carrier.account.numbers.items())[:30])
    lacking = len(carrier.account.numbers) - len(kept)
    carrier.account.numbers = kept
    found = sync(main)
    assert (found.vanished, found.held_back) == (0, lacking)
    assert "too many to believe" in str(found)
    assert not Number.objects.filter(missing_since__isnull=False).exists()
    assert InventoryRead.objects.get().held_back == lacking
    found = sync(main, accept_missing=True)
    assert (found.vanished, found.held_back) == (lacking, 0)
    assert Number.objects.filter(missing_since=None).count() == len(kept)


def test_an_empty_list_is_not_believed_however_few_there_were(main: Connection, carrier: CarrierSandbox) -> None:
    carrier.account.numbers = dict(list(carrier.account.numbers.items())[:3])
    sync(main)
    carrier.account.numbers = {}
    found = sync(main)
    assert (found.total, found.vanished, found.held_back) == (0, 0, 3)


def test_a_row_seen_after_the_reading_began_is_newer_than_the_list(main: Connection) -> None:
    sync(main)
    began = timezone.now() - timedelta(minutes=1)
    old = OwnedNumber(f"+1{ONE}", "local", "cancelled")
    assert store(main, [Held(old, "", "")], read_from=began, source=Source()) == (0, 0)
    assert row().status == "active"


def test_trunk_groups_with_one_address_are_told_apart_by_their_numbers(main: Connection, carrier: CarrierSandbox) -> None:
    first, second = carrier.account.trunks.values()
    second.primary_ip, second.secondary_ip = first.primary_ip, first.secondary_ip
    sync(main)
    for number, owned in carrier.account.numbers.items():
        assert row(number).trunk_group_id == owned.trunk_id


def test_a_trunk_group_that_was_renamed_is_no_change_of_its_numbers(main: Connection, carrier: CarrierSandbox) -> None:
    sync(main)
    carrier.account.trunks[row().trunk_group_id].title = "Seattle core"
    assert sync(main).changed > 0
    assert row().trunk_group == "Seattle core"
    assert not NumberChange.objects.exists()


def test_a_number_without_a_trunk_group_has_none(main: Connection, carrier: CarrierSandbox) -> None:
    carrier.account.numbers[ONE].trunk_id = ""
    sync(main)
    assert (row().trunk_group_id, row().trunk_group) == ("", "")


def test_numbers_of_a_purchase_are_taken_in_with_their_order(main: Connection, carrier: CarrierSandbox, ada: User) -> None:
    sync(main)
    order_id = carrier.account.numbers[ONE].orderno
    listed = client_for(main).capability(NumberInventory).list(order_id=order_id)
    Number.objects.filter(number=f"+1{ONE}").delete()
    assert absorb(main, listed, order_id=order_id, actor=ada) == (1, len(listed) - 1)
    assert row().order_id == order_id
    assert row().trunk_group == "Seattle edge"
    assert InventoryRead.objects.get().total == len(carrier.account.numbers)


def test_one_number_costs_its_order_or_its_trunk_group_not_the_whole_list(main: Connection, carrier: CarrierSandbox) -> None:
    sync(main)
    client = client_for(main)
    group = row().trunk_group_id
    assert set(read_some(client, main, [f"+1{ONE}"])) == set(
        Number.objects.filter(trunk_group_id=group).values_list("number", flat=True)
    )
    order = carrier.account.numbers[ONE].orderno
    Number.objects.filter(number=f"+1{ONE}").update(order_id=order)
    ordered = [one for one in carrier.account.numbers.values() if one.orderno == order]
    assert len(read_some(client, main, [f"+1{ONE}"])) == len(ordered) < Number.objects.filter(trunk_group_id=group).count()
    # Moved elsewhere since: the narrow look does not find it, the whole list does.
    Number.objects.filter(number=f"+1{ONE}").update(order_id="", trunk_group_id=group)
    carrier.account.numbers[ONE].trunk_id = next(one for one in carrier.account.trunks if one != group)
    assert read_some(client, main, [f"+1{ONE}"])[f"+1{ONE}"].trunk_group_id != group


def test_the_job_reads_each_connection_and_one_that_is_down_costs_only_itself(
    main: Connection, carrier: CarrierSandbox, ada: User, work: Work
) -> None:
    down = add_connection(name="away", vendor="carrier", fields=carrier.credentials, base_url="http://127.0.0.1:9", actor=ada)
    job = reading.read_lists(ada)
    assert reading.read_lists(ada) == job  # pressed twice: one reading
    work()
    job.refresh_from_db()
    states = dict(job.items.values_list("label", "state"))
    assert states == {"main": "done", "away": "failed"}
    assert Number.objects.filter(connection=main).count() == len(carrier.account.numbers)
    assert InventoryRead.objects.get(connection=down).problem["error"] == "Unreachable"


def test_it_is_scheduled_every_hour_and_only_for_connections_that_have_numbers(main: Connection, work: Work) -> None:
    call_command("migrate", "numbers", verbosity=0)  # a test before this one may have emptied the tables
    row, _ = Schedule.objects.get_or_create(
        key="numbers.sync", defaults={"kind": "numbers.sync", "title": "Read", "every": timedelta(hours=1)}
    )
    assert row.every == timedelta(hours=1)
    Schedule.objects.filter(pk=row.pk).update(next_run_at=timezone.now())
    (job,) = start_scheduled()
    assert list(job.items.values_list("label", flat=True)) == ["main"]
    work()
    assert Job.objects.get(pk=job.pk).state == JobState.DONE
    Connection.objects.update(enabled=False)
    Schedule.objects.filter(pk=row.pk).update(next_run_at=timezone.now())
    assert start_scheduled() == []


def test_the_command_line_reads_the_list(main: Connection) -> None:
    out = StringIO()
    call_command("connection", "sync", "main", stdout=out)
    assert "64 numbers listed, 64 appeared" in out.getvalue()
    assert Number.objects.count() == 64
