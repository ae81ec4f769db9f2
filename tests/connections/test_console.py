"""The operation console: forms from records, each press sent once, results and errors made readable."""

import json
import re
import threading
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.connections import services
from apps.connections.forms import OperationForm
from apps.connections.models import Connection, ConsoleCall
from apps.connections.results import present
from apps.vendors.core.registry import vendors

HX = {"hx-request": "true"}
NAME = "main-carrier"
RESERVE = {"param_category": "landline", "param_state": "WA", "param_quantity": "3"}


def url(operation):
    return reverse("connections:operation", args=[NAME, operation])


def press(client, operation, *, token=None, **data):
    return client.post(url(operation), {"form_token": token or str(uuid.uuid4()), **data}, headers=HX)


def asked(carrier):
    """The operations that reached the carrier."""
    return [request["operation"] for request in carrier.log.as_json()]


@pytest.fixture
def client(connection, client_for):
    return client_for("ada")


# --- the list ---------------------------------------------------------------------------------------------


def test_every_operation_is_listed_under_its_area(client):
    page = client.get(reverse("connections:console", args=[NAME])).content.decode()
    for record in vendors.get("carrier").operations.values():
        assert record.title.replace("'", "&#x27;") in page
    assert page.count('class="effect effect-purchase"') == 3


@pytest.mark.parametrize(
    ("text", "found"),
    [("bulkreserve", ["Reserve many numbers"]), ("reserve MANY", ["Reserve many numbers"]), ("purchase billing", ["by card"])],
)
def test_typing_filters_by_name_title_area_and_effect(client, text, found):
    answer = client.get(reverse("connections:console", args=[NAME]), {"q": text}, headers=HX)
    page = answer.content.decode()
    assert "<html" not in page
    assert page.count("<li>") == len(found)
    for title in found:
        assert title in page


def test_nothing_found_says_so(client):
    page = client.get(reverse("connections:console", args=[NAME]), {"q": "<b>zz"}).content.decode()
    assert "No operation matches “&lt;b&gt;zz”" in page


# --- the form ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", vendors.get("carrier").operations.values(), ids=lambda record: record.name)
def test_every_operation_has_a_form_with_each_parameter(client, record):
    page = client.get(url(record.name)).content.decode()
    for param in record.params:
        assert f'name="param_{param.name}"' in page
        if param.secret:
            assert re.search(rf'<input type="password" name="param_{param.name}"', page)
        if param.type == "file":
            assert re.search(rf'<input type="file" name="param_{param.name}"', page)
    assert ('name="confirmation"' in page) == record.effect.needs_confirmation


def test_an_operation_that_is_not_there_is_not_found(client):
    assert client.get(url("orders.steal")).status_code == 404


def test_htmx_gets_the_panel_alone(client):
    page = client.get(url("stock.search"), headers=HX).content.decode()
    assert "<html" not in page
    assert 'id="operation-form"' in page
    assert 'id="operations"' not in page


# --- sending ----------------------------------------------------------------------------------------------


def test_rows_become_a_table_with_the_exchange(client, carrier):
    answer = press(client, "stock.search", param_state="wa", param_npa_nxx="206219")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<td>+1206219" in page
    assert "POST " in page
    assert carrier.credentials["token"] not in page
    assert asked(carrier) == ["searchdid"]


def test_without_a_script_the_whole_page_comes_back(client):
    page = client.post(url("stock.states"), {"form_token": str(uuid.uuid4())}).content.decode()
    assert "<html" in page
    assert "<code>WA</code>" in page


def test_every_wrong_value_lands_beside_its_field_and_nothing_is_sent(client, carrier):
    answer = press(client, "cart.reserve_many", param_category="landline", param_quantity="many", param_npa_nxx="12")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Give a whole number from 1 to 1000." in page
    assert "Give 6 digits." in page
    assert 'value="many"' in page
    assert asked(carrier) == []
    assert not ConsoleCall.objects.exists()


def test_a_rule_between_parameters_names_its_field(client):
    answer = press(client, "cart.reserve", param_category="tollfree", param_number="8662223333")
    assert "This is required when category is tollfree." in answer.content.decode()


@pytest.mark.parametrize("typed", ["", "yes", "process order", "numbers.cancel"])
def test_what_spends_wants_a_name_typed(client, carrier, typed):
    answer = press(client, "orders.process", param_order_id="99", confirmation=typed)
    assert answer.status_code == 422
    assert "process_order to confirm" in answer.content.decode()
    assert asked(carrier) == []


@pytest.mark.parametrize("typed", ["process_order", "orders.process", NAME])
def test_the_name_of_the_operation_or_the_connection_confirms(client, carrier, typed):
    answer = press(client, "orders.process", param_order_id="99", confirmation=typed)
    assert answer.status_code == 200
    assert asked(carrier) == ["process_order"]
    started, finished = AuditEntry.objects.filter(operation="orders.process").order_by("sequence")
    assert (started.action, finished.action) == ("vendor.call.started", "vendor.call")
    assert finished.params["confirmed_by"].startswith("console ")


def test_a_refusal_is_said_and_lands_beside_the_field_it_names(client):
    answer = press(client, "orders.process", param_order_id="99", confirmation=NAME)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "main-carrier refused" in page
    assert "main-carrier did not do it, so nothing changed." in page
    assert "The carrier does not accept this value." in page
    assert 'value="99"' in page
    assert AuditEntry.objects.get(action="vendor.call").exchange_id in page


def test_a_lost_reply_is_called_unknown(client, carrier):
    carrier.faults.set("drop_after", "bulkreserve")
    page = press(client, "cart.reserve_many", **RESERVE).content.decode()
    assert "We do not know yet whether it took effect." in page
    assert "Patchbay will not send it again by itself." in page


def test_a_double_click_is_sent_once_and_shows_the_first_answer(client, carrier):
    token = str(uuid.uuid4())
    first = press(client, "cart.reserve_many", token=token, **RESERVE).content.decode()
    second = press(client, "cart.reserve_many", token=token, **RESERVE).content.decode()
    assert asked(carrier) == ["bulkreserve"]
    assert "This was sent already" not in first
    assert "This was sent already" in second
    held = re.search(r"&quot;reserveId&quot;: &quot;(\d+)", first).group(1)
    assert held in second


def test_the_answered_form_carries_a_token_of_its_own(client, carrier):
    token = str(uuid.uuid4())
    page = press(client, "cart.reserve_many", token=token, **RESERVE).content.decode()
    fresh = re.search(r'name="form_token" value="([^"]+)"', page).group(1)
    assert fresh != token
    press(client, "cart.reserve_many", token=fresh, **RESERVE)
    assert asked(carrier) == ["bulkreserve", "bulkreserve"]


def test_two_presses_at_the_same_moment_are_sent_once(transactional_db, connection, carrier, client_for):
    carrier.faults.set("slow", "bulkreserve", delay=0.5)
    client, token, pages = client_for("ada"), str(uuid.uuid4()), []

    def click():
        pages.append(press(client, "cart.reserve_many", token=token, **RESERVE).content.decode())
        database.close()

    clicks = [threading.Thread(target=click) for _ in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert asked(carrier) == ["bulkreserve"]
    assert sum("no answer has been kept" in page for page in pages) == 1


@pytest.mark.parametrize("token", ["", "not-a-token"])
def test_without_a_token_nothing_is_sent(client, carrier, token):
    answer = client.post(url("stock.states"), {"form_token": token}, headers=HX)
    assert answer.status_code == 422
    assert asked(carrier) == []


def test_somebody_elses_token_shows_nothing(client, client_for, carrier):
    token = str(uuid.uuid4())
    press(client, "stock.states", token=token)
    assert press(client_for("sam"), "stock.states", token=token).status_code == 404
    assert press(client, "billing.ledger", token=token).status_code == 404
    assert asked(carrier) == ["availabilitystate"]


def test_files_are_uploaded(client, carrier):
    loa = SimpleUploadedFile("loa.pdf", b"%PDF-1.4 loa", "application/pdf")
    bill = SimpleUploadedFile("bill.pdf", b"%PDF-1.4 bill", "application/pdf")
    answer = press(
        client, "porting.order", param_numbers="206 333 4444\n206-333-4445", param_category="landline",
        param_subscriber_type="business", param_authorizing_person="Ann Owner", param_loa=loa, param_carrier_bill=bill,
        confirmation=NAME,
    )  # fmt: skip
    page = answer.content.decode()
    assert answer.status_code == 200, page
    assert "+12063334444" in page
    assert AuditEntry.objects.get(action="vendor.call").params["loa"] == "loa.pdf (12 bytes)"


def test_a_missing_file_is_said_beside_it(client):
    page = press(client, "porting.order", param_loa=SimpleUploadedFile("a.exe", b"x"), confirmation=NAME).content.decode()
    assert "Attach a file of type" in page


def test_a_disabled_connection_says_how_to_go_on(client, connection, ada, carrier):
    services.set_enabled(connection, False, actor=ada)
    page = press(client, "stock.states").content.decode()
    assert "main-carrier is not ready" in page
    assert "An administrator can enable it on its page" in page
    assert asked(carrier) == []


def test_what_the_installation_has_not_allowed_is_not_sent(client, carrier):
    card = {
        "param_first_name": "A", "param_last_name": "B", "param_card_number": "4111111111111111", "param_cvv": "123",
        "param_expiry_month": "1", "param_expiry_year": "2030",
    }  # fmt: skip
    assert "“Card payments” is switched off" in client.get(url("billing.pay")).content.decode()
    page = press(client, "billing.pay", confirmation=NAME, **card).content.decode()
    assert "main-carrier is not ready" in page
    assert asked(carrier) == []


# --- results ----------------------------------------------------------------------------------------------


def test_a_large_result_is_cut_on_the_screen_and_whole_in_the_file(client, client_for):
    token = str(uuid.uuid4())
    page = press(client, "stock.search", token=token, param_state="WA").content.decode()
    total = int(re.search(r"The first 100 of ([\d,]+) rows are shown", page).group(1).replace(",", ""))
    assert page.count("<td>+1") == 100
    link = reverse("connections:console_result", args=[NAME, token])
    assert link in page
    answer = client.get(link)
    assert len(json.loads(answer.content)) == total
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{NAME}-stock.search-')
    assert client_for("sam").get(link).status_code == 404


def test_no_rows_are_not_an_empty_table(client):
    page = press(client, "stock.search", param_state="WA", param_npa_nxx="999999").content.decode()
    assert "no rows match" in page


@pytest.mark.parametrize(
    ("result", "kind"),
    [(None, "nothing"), ([], "nothing"), ([{"a": 1}], "table"), (["a"], "list"), ({"a": 1}, "json"), ([1], "json")],
)
def test_each_shape_has_its_way_of_being_shown(result, kind):
    assert present(result).kind == kind


def test_wide_and_deep_results_are_cut_with_a_note():
    wide = present([{f"c{number}": "x" * 500 for number in range(30)}])
    assert len(wide.columns) == 24
    assert "The first 24 of 30 columns" in wide.cut
    assert len(wide.rows[0][0]) == 160
    assert "of" in present({"a": "x" * 50_000}).cut


def test_rows_with_different_fields_share_one_table():
    shown = present([{"a": 1}, {"b": [1, 2]}, {"a": None, "c": True}])
    assert shown.columns == ["a", "b", "c"]
    assert shown.rows == [["1", "", ""], ["", "[1, 2]", ""], ["", "", "yes"]]


def test_what_is_kept_of_calls_goes_after_a_day(client, time_machine):
    time_machine.move_to("2026-01-01T00:00:00Z", tick=True)
    press(client, "stock.states")
    time_machine.move_to("2026-01-02T00:01:00Z", tick=True)
    services.send_from_console(
        Connection.objects.get(), vendors.get("carrier").operations["stock.states"], {}, token=uuid.uuid4(),
        actor=ConsoleCall.objects.get().actor,
    )  # fmt: skip
    assert ConsoleCall.objects.count() == 1


def test_the_form_accepts_what_a_browser_sends_for_a_yes_or_no(connection):
    record = vendors.get("carrier").operations["billing.pay"]
    form = OperationForm({"form_token": str(uuid.uuid4())}, operation=record, connection=connection)
    assert not form.is_valid()
    assert set(form.errors) >= {"param_card_number", "param_cvv", "confirmation"}
