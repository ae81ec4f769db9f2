"""The account's numbers and its trunk groups."""

import pytest


@pytest.fixture
def trunks(carrier) -> list[str]:
    return list(carrier.account.trunks)


def test_the_demo_account_has_numbers_to_show(call, carrier):
    rows = call("getnumbers")["data"]
    assert len(rows) == 64
    assert len(call("getnumbers", status="1")["data"]) == 60
    assert len(call("getnumbers", status="0")["data"]) == 4
    assert call("getnumbers", status="2")["data"] == []
    documented = "didnumber trunkGroup prefix1 trunkGroup2 prefix2 didRate didType orderType status cnam"
    assert list(rows[0]) == documented.split()
    assert rows[0]["cnam"] == "HARBOR DENTAL"
    assert call("getnumbers", who=carrier.other_credentials)["data"] == []


def test_numbers_are_filtered(call, trunks, refused):
    toll_free = call("getnumbers", category="tollfree")["data"]
    assert len(toll_free) == 4
    assert all(row["didnumber"][:2] == "88" or row["didnumber"][:2] in ("84", "85") for row in toll_free)
    assert len(call("getnumbers", category="landline")["data"]) == 60
    both = [len(call("getnumbers", trunkId=trunk)["data"]) for trunk in trunks]
    assert sum(both) == 64
    assert min(both) > 0
    assert call("getnumbers", trunkId="999")["data"] == []
    assert refused("getnumbers", status="3") == "Invalid status"
    assert refused("getnumbers", category="mobile") == "Invalid category"
    assert refused("getnumbers", trunkId="x") == "Invalid trunkId"


def test_many_numbers_change_trunk_group_at_once(call, carrier, trunks):
    numbers = [n.number for n in carrier.account.numbers.values() if n.trunk_id == trunks[0]][:3]
    reply = call("updatenumber", number=", ".join(numbers), trunkId=trunks[1])
    assert reply == {"status": "200", "success": "Trunk successfully Updated."}
    moved = [row["didnumber"] for row in call("getnumbers", trunkId=trunks[1])["data"]]
    assert set(numbers) <= set(moved)


def test_a_cancelled_number_is_past_changing(call, carrier, refused):
    number = next(iter(carrier.account.numbers))
    call("updatenumber", number=number, status="0")
    assert [r["didnumber"] for r in call("getnumbers", status="0")["data"]].count(number) == 1
    call("updatenumber", number=number, status="2")
    assert [row["didnumber"] for row in call("getnumbers", status="2")["data"]] == [number]
    assert refused("updatenumber", number=number, status="1") == "Invalid number"


def test_a_change_is_for_all_the_numbers_or_for_none(call, carrier, refused, trunks):
    first, second = list(carrier.account.numbers)[:2]
    for numbers in (f"{first},2062199999", f"{first},{second[:9]}", ""):
        assert refused("updatenumber", number=numbers, status="0") == "Invalid number"
    assert refused("updatenumber", number=first, status="7") == "Invalid status"
    assert refused("updatenumber", number=first) == "Invalid trunkId"
    assert refused("updatenumber", number=first, status="0", trunkId="1") == "Invalid trunkId"
    assert refused("updatenumber", who=carrier.other_credentials, number=first, status="0") == "Invalid number"
    assert carrier.account.numbers[first].status == "1"


def test_a_trunk_group_is_added_and_listed(call):
    reply = call(
        "defineTrunk",
        title="Denver edge",
        primaryTrunk="203.0.113.7",
        primaryPort="5080",
        primaryPrefix="1003",
        billingType="unmetered",
        sessions="24",
        mou="Unlimited",
    )
    assert reply == {"status": "200", "success": "Trunk group added successfully."}
    row = call("get_trunk")["data"][-1]
    assert (
        row
        | {
            "title": "Denver edge",
            "primaryIP": "203.0.113.7",
            "primaryPort": "5080",
            "prefix_1": "1003",
            "secondaryIP": "",
            "req_sessions": "24",
            "status": "1",
        }
        == row
    )
    assert call("get_trunk", tg_id=row["id"])["data"] == [row]


@pytest.mark.parametrize(
    ("changed", "parameter"),
    [
        ({"title": ""}, "title"),
        ({"primaryTrunk": "sip.example.net"}, "primaryTrunk"),
        ({"primaryTrunk": ""}, "primaryTrunk"),
        ({"billingType": "Free"}, "billingType"),
        ({"billingType": "Unmetered"}, "sessions"),
        ({"primaryPort": "123"}, "primaryPort"),
        ({"primaryPrefix": "1"}, "primaryPrefix"),
        ({"secondaryTrunk": "1.2.3"}, "secondaryTrunk"),
        ({"call_forwarding": "2065550100"}, "call_forwarding"),
        ({"mou": "5000"}, "mou"),
    ],
)
def test_a_trunk_group_names_what_is_wrong(refused, carrier, changed, parameter):
    good = {"title": "Denver edge", "primaryTrunk": "203.0.113.7", "billingType": "Metered"}
    assert refused("defineTrunk", **{**good, **changed}) == f"Invalid {parameter}"
    assert len(carrier.account.trunks) == 2


def test_a_change_of_a_trunk_group_leaves_the_rest(call, trunks, refused):
    before = call("get_trunk", tg_id=trunks[0])["data"][0]
    reply = call("update_trunk", trunkid=trunks[0], secondaryTrunk="203.0.113.9", title="Seattle")
    assert reply == {"status": "200", "trunkid": trunks[0], "success": "Trunk successfully Updated."}
    after = call("get_trunk", tg_id=trunks[0])["data"][0]
    assert after == {**before, "secondaryIP": "203.0.113.9", "title": "Seattle"}
    assert refused("update_trunk", trunkid="1", title="x") == "Invalid trunkid"
    assert refused("update_trunk", trunkid=trunks[0], title="New", primaryPort="x") == "Invalid primaryPort"
    assert call("get_trunk", tg_id=trunks[0])["data"] == [after]
    assert refused("get_trunk", tg_id="1") == "Invalid tg_id"


def test_termination_trunks_are_added_listed_and_disabled(call, http, refused):
    call("defineTrunk_termination", title="Denver out", ipaddress="203.0.113.7", ports="30", cps="4")
    row = call("get_trunk_termination")["data"][-1]
    assert (row["ipaddress"], row["ports"], row["cps"], row["status"]) == ("203.0.113.7", "30", "4", "1")
    settings = http.get(row["config"])
    assert settings.headers["content-type"] == "application/pdf"
    assert settings.content.startswith(b"%PDF-1.4")
    assert call("disable_trunk_termination", tg_id=row["id"])["Removed TNs"] == "Diabled Successfully"
    assert call("get_trunk_termination", tg_id=row["id"])["data"][0]["status"] == "0"
    assert refused("disable_trunk_termination", tg_id="1") == "Invalid tg_id"
    assert refused("get_trunk_termination", tg_id="1") == "Invalid tg_id"
    for ports in ("0", "1001", ""):
        assert refused("defineTrunk_termination", title="x", ipaddress="203.0.113.7", ports=ports) == "Invalid ports"
    assert refused("defineTrunk_termination", title="x", ipaddress="nowhere", ports="1") == "Invalid ipaddress"
