"""Where there is stock, and which numbers; and who may ask."""

import pytest

from apps.sandbox.carrier.calls import OPERATIONS

DOCUMENTED = [
    "availabilitystate",
    "availabilitynpanxx",
    "searchdid",
    "searchtfn",
    "defineTrunk",
    "get_trunk",
    "update_trunk",
    "reserve",
    "bulkreserve",
    "remove_reserved",
    "gen_order",
    "process_order",
    "get_new_orders",
    "getnumbers",
    "updatenumber",
    "check_lnp",
    "generate_lnp_order",
    "get_lnp_orders",
    "did_stats",
    "daily_cdrs",
    "tg_stats",
    "monthly_summary",
    "defineTrunk_termination",
    "get_trunk_termination",
    "disable_trunk_termination",
    "daily_cdrs_termination",
    "tg_stats_termination",
    "monthly_summary_termination",
    "get_invoices",
    "financial_summary",
    "get_payments",
    "make_payment",
]


def test_has_every_documented_operation_and_no_other():
    assert sorted(OPERATIONS) == sorted(DOCUMENTED)
    assert len(DOCUMENTED) == 32


def test_no_operation_takes_a_wrong_token(http, carrier):
    wrong = {"token": "x" * 32, "accountno": carrier.credentials["accountno"]}
    for operation in DOCUMENTED:
        reply = http.post(f"/{operation}", data=wrong)
        assert reply.status_code == 401, operation
        assert reply.json() == {"status": "401", "error": "Invalid token"}, operation


def test_refuses_another_accounts_token(http, carrier):
    mixed = {**carrier.credentials, "accountno": carrier.other_credentials["accountno"]}
    assert http.post("/get_trunk", data=mixed).status_code == 401


def test_answers_get_and_post_alike(http, carrier):
    posted = http.post("/searchdid", data={**carrier.credentials, "state": "WA"})
    got = http.get("/searchdid", params={**carrier.credentials, "state": "WA"})
    assert posted.json() == got.json()
    assert posted.headers["content-type"] == "application/json"


def test_unknown_addresses_are_a_web_page(http):
    reply = http.post("/nothing_here")
    assert reply.status_code == 404
    assert reply.headers["content-type"].startswith("text/html")


def test_states_are_those_with_stock(call):
    reply = call("availabilitystate")
    assert list(reply) == ["status", "data"]
    assert reply["status"] == "200"
    assert "WA" in reply["data"]


def test_exchanges_of_a_state(call, refused):
    rows = call("availabilitynpanxx", state="WA")["data"]
    assert {"NPANXX": "206219", "NPA": "206", "RateCenter": "SEATTLE"} in rows
    assert refused("availabilitynpanxx") == "Invalid state"
    assert refused("availabilitynpanxx", state="ZZ") == "Invalid state"


def test_local_search_narrows(call):
    everywhere = call("searchdid", state="WA")["DIDs"]
    here = call("searchdid", state="WA", NPANXX="206219")["DIDs"]
    one = call("searchdid", state="WA", NPANXXYYYY=here[0]["TN"])["DIDs"]
    assert len(everywhere) > len(here) > 1
    assert all(row["TN"].startswith("206219") and row["statusid"] == "0" for row in here)
    assert one == here[:1]


def test_local_search_without_a_match_is_an_empty_list(call):
    assert call("searchdid", state="WA", NPANXX="503226") == {"status": "200", "DIDs": []}
    assert call("searchdid", state="WA", NPANXXYYYY="5032260000")["DIDs"] == []


@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({}, "state"),
        ({"state": "XX"}, "state"),
        ({"state": "WA", "NPANXX": "20621"}, "NPANXX"),
        ({"state": "WA", "NPANXXYYYY": "12062190100"}, "NPANXXYYYY"),
    ],
)
def test_local_search_names_what_is_wrong(refused, params, parameter):
    assert refused("searchdid", **params) == f"Invalid {parameter}"


def test_toll_free_search_goes_by_prefix(call, refused):
    rows = call("searchtfn", tfn_prefix="844")["TFNs"]
    assert rows
    assert all(row["TN"].startswith("844") for row in rows)
    assert refused("searchtfn") == "Invalid tfn_prefix"
    assert refused("searchtfn", tfn_prefix="811") == "Invalid tfn_prefix"
