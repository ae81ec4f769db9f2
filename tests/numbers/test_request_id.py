"""One ID leads from a request over the job it made to each call at the vendor: it finds the entries of all of them."""

from collections.abc import Callable

import structlog
from django.test import Client
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.audit.search import matching
from apps.connections.models import Connection
from apps.jobs.models import Job
from apps.jobs.services import submit


def test_a_request_its_job_and_the_calls_to_the_vendor_share_one_id(
    client_for: Callable[..., Client], main: Connection, work: Callable[[], list[Job]]
) -> None:
    client = client_for("ada")
    form = {"connection": "main", "kind": "local", "area": "WA", "act": "reserve", "quantity": 3, "token": "t"}
    client.post(reverse("numbers:add"), form)
    structlog.contextvars.clear_contextvars()  # a worker is another process and knows the row alone
    job = work()[0]
    assert job.request_id
    entries = matching(AuditEntry.objects.all(), job.request_id)
    assert set(entries.values_list("action", flat=True)) >= {"job.submitted", "vendor.call"}
    assert not AuditEntry.objects.filter(action="vendor.call").exclude(request_id=job.request_id).exists()
    page = client.get("/audit/", {"q": job.request_id}, headers={"hx-request": "true"})
    assert {row.pk for row in page.context["listing"].rows} == set(entries.values_list("pk", flat=True))


def test_what_a_schedule_began_has_an_id_of_its_own(main: Connection, work: Callable[[], list[Job]]) -> None:
    structlog.contextvars.clear_contextvars()
    submit("audit.upkeep", title="Prove the audit log", actor=None, items=[{"key": "log"}])
    [job] = work()
    assert job.request_id == ""
    assert job.state == "done"
