"""The screens of the porting desk: what was typed is kept, errors stand at their field, everybody sees what is theirs."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from pypdf import PdfReader
from pytest_django import DjangoAssertNumQueries

from apps.audit.models import AuditEntry
from apps.connections.services import rotate_keys
from apps.numbers.models import PortOrder, PortRequest, PortState
from apps.numbers.porting import calendar, services
from tests.numbers.porting.conftest import DETAILS, PDF, PIN, SECRET, THREE, TOLL_FREE

pytestmark = pytest.mark.django_db(transaction=True)
START = {"connection": "main", "reference": "Harbor", "told": "mira@example.com", "tenant": ""}


def form(**changed):
    values = {name: "" if value is None else value for name, value in {**DETAILS, **changed}.items()}
    return {name: value for name, value in values.items() if value is not False}


def address(order, page):
    return f"/numbers/porting/orders/{order.public_id}/{page}/"


@pytest.fixture
def client(client_for, desk):
    return client_for(desk.ada)


def test_the_whole_way_over_http(client, desk):
    text = "\n".join(THREE[:2]) + "\n206-520-0199"
    page = client.post("/numbers/porting/new/", {**START, "numbers": text}, follow=True)
    assert "2 can be ported, 1 cannot" in page.text
    port = PortRequest.objects.get()
    base = f"/numbers/porting/requests/{port.public_id}/"
    assert client.post(f"{base}numbers/", {"act": "go"})["Location"] == f"{base}orders/"
    [order] = port.orders.all()
    assert client.post(f"{base}orders/", {"act": "go"})["Location"] == address(order, "details")
    assert client.post(address(order, "details"), form())["Location"] == address(order, "papers")
    upload = {"loa": SimpleUploadedFile("loa.pdf", PDF), "bill": SimpleUploadedFile("bill.pdf", PDF + b"b")}
    assert client.post(address(order, "papers"), upload)["Location"] == f"{base}review/"
    review = client.get(f"{base}review/")
    assert "Order the port of 2 numbers in 1 order" in review.text
    fingerprint = re.search(r'name="fingerprint" value="(\w+)"', review.text)[1]
    sent = {"order": str(order.public_id), "fingerprint": fingerprint}
    job = client.post(f"{base}review/", sent)["Location"]
    assert job.startswith("/jobs/")
    assert client.post(f"{base}review/", sent)["Location"] == job
    desk.run()
    desk.carrier.advance_ports(steps=3)
    seen = client.post(address(order, "look"), follow=True)
    assert "Something changed" in seen.text
    assert "All numbers are here" in seen.text
    desk.sound(debits=1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"numbers": "206-520-014"}, "Line 1, “206-520-014”"),
        ({"numbers": ""}, "This field is required"),
        ({"reference": "Härbor/1"}, "letters, digits, dashes and blanks only"),
        ({"told": "mira@example.com, nobody"}, "“nobody” is no e-mail address"),
    ],
)
def test_a_start_that_is_wrong_keeps_what_was_typed(client, changed, said):
    page = client.post("/numbers/porting/new/", {**START, "numbers": THREE[0], **changed})
    assert page.status_code == 422
    assert said in page.text
    for typed in {**START, "numbers": THREE[0], **changed}.values():
        assert typed in page.text
    assert not PortRequest.objects.exists()


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"billing_number": "206"}, "billing_number", "this has 3"),
        ({"account_number": ""}, "account_number", "Providers find the account by it"),
        ({"line": "wireless", "account_number": ""}, "wireless_pin", "not released without its PIN"),
        ({"partial": True}, "staying", "Say what stays"),
        ({"partial": True, "staying": "fax"}, "new_billing_number", "The billing number leaves too"),
        ({"partial": True, "staying": "fax", "new_billing_number": THREE[1]}, "new_billing_number", "ported as well"),
        ({"subscriber": "residential", "business_name": ""}, "first_name", "first name"),
        ({"subscriber": "residential", "first_name": "A", "last_name": "B"}, "business_name", "has no business name"),
        ({"business_name": ""}, "business_name", "as the provider has it"),
        ({"authorised_person": "Mira"}, "authorised_person", "first and last name"),
        ({"street": "PO Box 12"}, "street", "no service address"),
        ({"postcode": "9810"}, "postcode", "A ZIP code has five digits"),
        ({"wanted_on": "soon"}, "wanted_on", "looks like 2026-12-01"),
        ({"wanted_on": "2020-01-06"}, "wanted_on", "is past"),
        ({"wanted_on": str(timezone.now().date() + timedelta(days=60))}, "wanted_on", ""),
    ],
)
def test_a_detail_that_is_wrong_is_said_at_its_field_and_kept(client, desk, changed, field, said):
    [order] = desk.request().orders.all()
    page = client.post(address(order, "details"), form(**changed))
    assert page.status_code == 422
    assert said in " ".join(page.context["form"].errors[field])
    assert "Harbor Street" in page.text or "PO Box 12" in page.text
    order.refresh_from_db()
    assert order.described_at is None


def test_account_and_pin_are_never_shown_again(client, desk):
    [order] = desk.request(THREE[0]).orders.all()
    sent = form(line="wireless", account_number="", wireless_account=SECRET, wireless_pin=PIN, postcode="1")
    wrong = client.post(address(order, "details"), sent)
    assert wrong.status_code == 422
    assert SECRET not in wrong.text
    assert client.post(address(order, "details"), {**sent, "postcode": "98101"}).status_code == 302
    pages = [address(order, "details"), address(order, "papers"), order.get_absolute_url()]
    for page in pages:
        shown = client.get(page)
        assert SECRET not in shown.text
        assert PIN not in shown.text
    assert "set — leave empty to keep" in client.get(pages[0]).text


def test_sealed_details_are_rotated_with_the_credentials(desk, settings):
    from cryptography.fernet import Fernet

    [order] = desk.ready(THREE[0], wireless=True).orders.all()
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), *settings.CREDENTIAL_KEYS]
    done = rotate_keys()
    assert (done.rotated, done.unreadable) == (2, [])
    settings.CREDENTIAL_KEYS = settings.CREDENTIAL_KEYS[:1]
    assert PortOrder.objects.get(pk=order.pk).secrets.open()["pin"] == PIN


def test_toll_free_is_business_without_a_mobile_line(client, desk):
    [order] = desk.request(TOLL_FREE).orders.all()
    page = client.get(address(order, "details"))
    assert "wireless_pin" not in page.text
    assert client.post(address(order, "details"), form(subscriber="residential")).status_code == 422


def test_unfit_papers_are_named_and_the_fit_are_kept(client, desk):
    [order] = desk.request().orders.all()
    page = client.post(
        address(order, "papers"),
        {"loa": [SimpleUploadedFile("loa.pdf", PDF), SimpleUploadedFile("trick.pdf", b"MZ")]},
    )
    assert page.status_code == 422
    assert "trick.pdf is not what its name says" in page.text
    [paper] = order.papers.all()
    shown = client.get(f"{address(order, 'papers')}{paper.pk}/")
    assert shown.content == PDF
    assert shown["Content-Disposition"] == 'attachment; filename="loa.pdf"'
    client.post(address(order, "papers"), {"remove": paper.pk})
    assert not order.papers.exists()


def test_the_letter_is_downloaded(client, desk, settings):
    settings.COMPANY_NAME = "Harbor Voice Inc"
    [order] = desk.ready().orders.all()
    answer = client.get(f"/numbers/porting/orders/{order.public_id}/loa.pdf")
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    assert "Harbor Voice Inc" in text
    assert "+1 206-520-0143" in text
    assert AuditEntry.objects.filter(action="numbers.port.loa_made").count() == 1


def test_ordering_asks_who_is_there(client_for, desk):
    port = desk.ready()
    late = client_for(desk.ada, proved=3600)
    assert late.post(f"/numbers/porting/requests/{port.public_id}/review/", {}).status_code == 401


def test_a_carrier_that_is_down_costs_the_check_and_not_the_numbers(client, desk):
    desk.carrier.faults.set("down", "check_lnp")
    page = client.post("/numbers/porting/new/", {**START, "numbers": "\n".join(THREE)}, follow=True)
    assert "Not checked yet (3)" in page.text
    desk.carrier.faults.clear()
    port = PortRequest.objects.get()
    page = client.post(f"/numbers/porting/requests/{port.public_id}/numbers/", {"act": "check"}, follow=True)
    assert "3 can be ported" in page.text


def test_rejecting_needs_a_reason_and_shows_its_advice(client, client_for, desk, ours, tess):
    order = desk.ordered(tenant=ours)
    page = client.post(address(order, "reject"), {"note": "what they said", "reason": ""})
    assert page.status_code == 422
    assert "what they said" in page.text
    client.post(address(order, "reject"), {"note": "house number", "reason": "address"})
    page = client_for(tess).get(order.get_absolute_url())
    assert "Ask them for the customer service record" in page.text
    assert "house number" in page.text
    assert "Correct and ask again" in page.text


def test_the_customer_sees_plain_words_and_nothing_of_the_carrier(client_for, desk, ours, tess):
    order = desk.ordered(tenant=ours)
    desk.advance(steps=2)
    page = client_for(tess).get(order.get_absolute_url())
    assert "The date is confirmed" in page.text
    assert "Keep the old service" in page.text
    for inside in ("carrier's code", "Checklist", order.order_id, "The carrier took it"):
        assert inside not in page.text
    assert "Old Telephone Co" in client_for(tess).get("/numbers/porting/").text


def test_the_customer_corrects_over_http(client_for, desk, ours, tess):
    order = desk.ordered(tenant=ours)
    services.reject(order, desk.ada, "name")
    customer = client_for(tess)
    began = customer.post(address(order, "correct"))
    assert began.status_code == 302, began.text
    draft = order.successors.get()
    assert began["Location"] == address(draft, "details")
    assert "exactly as it stands on their bill" in customer.get(address(draft, "details")).text
    assert customer.post(address(draft, "details"), form(business_name="Harbor St Dental")).status_code == 302
    review = f"/numbers/porting/requests/{draft.request.public_id}/review/"
    assert "Hand it in" in customer.get(review).text
    customer.post(review, {})
    draft.refresh_from_db()
    assert draft.handed_in_at is not None
    assert draft.state == PortState.DRAFT
    assert "has corrected it" in client_for(desk.ada).get("/numbers/porting/?attention=1").text


def test_who_may_only_look_changes_nothing(client_for, desk, ours):
    order = desk.ordered(tenant=ours)
    for who in ("aud", "sam", "theo"):
        seen = client_for(who)
        assert seen.get(order.get_absolute_url()).status_code == 200
        for act in ("reject", "look", "tick", "cancelled", "note", "correct"):
            assert seen.post(address(order, act), {"reason": "pin", "note": "x"}).status_code == 403, (who, act)
        assert seen.get("/numbers/porting/new/").status_code == 403


def test_the_list_takes_the_same_queries_however_long(client, desk, ours, django_assert_num_queries: DjangoAssertNumQueries):
    def fill(count):
        for position in range(count):
            port = PortRequest.objects.create(connection=desk.main, tenant=ours, reference=f"R{position}", created_by=desk.ada)
            order = PortOrder.objects.create(request=port, position=1, kind="local", state="submitted", created_by=desk.ada)
            port.numbers.create(number=f"+1206520{position:04d}", kind="local", country="US", order=order)

    fill(2)
    client.get("/numbers/porting/")
    with django_assert_num_queries(QUERIES):
        assert len(client.get("/numbers/porting/").context["listing"].rows) == 2
    fill(40)
    with django_assert_num_queries(QUERIES):
        assert len(client.get("/numbers/porting/").context["listing"].rows) == 42


QUERIES = 18


def test_filters_find_by_number_reference_and_state(client, desk):
    order = desk.ordered()
    for query, found in (("text=520-0142", 1), ("text=harbor", 1), ("text=9999", 0), ("state=done", 0), ("attention=1", 0)):
        assert len(client.get(f"/numbers/porting/?{query}").context["listing"].rows) == found, query
    assert order.label in client.get("/numbers/porting/").text


def test_a_date_is_offered_that_the_carrier_takes(client, desk):
    port = desk.ready()
    [order] = port.orders.all()
    first = calendar.earliest("US", simple=False)
    assert client.post(address(order, "details"), form(wanted_on=str(first))).status_code == 302
    desk.submit(port)
    desk.run()
    assert desk.order.state == PortState.SUBMITTED
