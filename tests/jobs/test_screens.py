"""The jobs list and the job page, as pages and as fragments."""

import csv
import io
import json

import pytest
from django.utils import timezone

from apps.jobs import services
from apps.jobs.lease import Lease
from apps.jobs.models import ItemState, Job, JobItem, JobLogLine, JobState
from tests.jobs.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"hx-request": "true"}


def url(job, rest=""):
    return f"/jobs/{job.public_id}/{rest}"


def text(response):
    return response.content.decode()


def test_visitors_are_sent_to_sign_in(submit, stranger):
    job = submit()
    for address in ("/jobs/", url(job), url(job, "live/"), url(job, "result.csv"), "/jobs/news/"):
        assert stranger.get(address).status_code == 302
    assert stranger.post(url(job, "cancel/")).status_code == 302
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_a_job_that_does_not_exist(client_for):
    client = client_for("ada")
    for rest in ("", "live/", "progress/", "result.csv", "log.txt"):
        assert client.get(f"/jobs/00000000-0000-4000-8000-000000000000/{rest}").status_code == 404


# --- list ------------------------------------------------------------------------------------------------------


def test_the_empty_list_says_what_it_is_for(client_for):
    page = text(client_for("ada").get("/jobs/"))
    assert "No jobs yet" in page
    assert "jobs-poll" not in page


def test_the_list_is_newest_first_and_filters(submit, client_for, ada):
    run(submit(scripts=["refuse"], title="Move numbers"))
    submit(title="Reserve numbers")
    client = client_for("ada")
    page = text(client.get("/jobs/"))
    assert page.index("Reserve numbers") < page.index("Move numbers")
    assert "<html" in page
    for query, shown in (
        ("state=attention", ["Move numbers"]),
        ("state=failed:permanent", ["Move numbers"]),
        ("state=failed:internal", []),
        ("state=open", ["Reserve numbers"]),
        ("q=reserve", ["Reserve numbers"]),
        ("kind=test.script", ["Move numbers"]),
        (f"person={ada.pk}", ["Move numbers", "Reserve numbers"]),
    ):
        fragment = text(client.get(f"/jobs/?{query}", headers=HTMX))
        assert "<html" not in fragment
        for title in ("Move numbers", "Reserve numbers"):
            assert (title in fragment) == (title in shown), (query, title)


def test_failed_first(submit, client_for):
    run(submit(scripts=["refuse"], title="Failed"))
    run(submit(count=1, title="Done"))
    page = text(client_for("ada").get("/jobs/?sort=-state", headers=HTMX))
    assert page.index("Failed</a>") < page.index("Done</a>")


def test_an_unreadable_filter_is_named(client_for):
    response = client_for("ada").get("/jobs/?state=gone", headers=HTMX)
    assert response.status_code == 422


def test_the_list_polls_only_while_something_moves_and_leaves_history_alone(submit, client_for):
    job = submit()
    client = client_for("ada")
    assert "jobs-poll" in text(client.get("/jobs/"))
    polled = client.get("/jobs/", headers=HTMX | {"hx-trigger": "jobs-poll"})
    assert "HX-Push-Url" not in polled
    run(job)
    assert "jobs-poll" not in text(client.get("/jobs/"))


def test_the_list_costs_the_same_for_many_jobs(submit, client_for, django_assert_max_num_queries):
    for _ in range(25):
        submit(count=1)
    client = client_for("ada")
    with django_assert_max_num_queries(18):
        client.get("/jobs/")
    with django_assert_max_num_queries(8):
        client.get("/jobs/", headers=HTMX)


# --- page ------------------------------------------------------------------------------------------------------


def test_a_waiting_job_polls_and_can_be_stopped(submit, client_for):
    page = text(client_for("ada").get(url(submit())))
    assert 'hx-trigger="every 1500ms"' in page
    assert "Waits for a free worker." in page
    assert url_of(page, "pause")
    assert url_of(page, "cancel")
    assert '<noscript><meta http-equiv="refresh"' in page


def url_of(page, action):
    return f'/{action}/"' in page


def test_a_final_job_polls_no_more_and_sums_up(submit, client_for):
    job = run(submit(scripts=["ok", "refuse", "refuse", "away"], return_url="/numbers/"))
    page = text(client_for("ada").get(url(job)))
    assert "every 1500ms" not in page
    assert 'http-equiv="refresh"' not in page
    assert "What was not done and why" in page
    assert page.count("The area has no such number.") == 3  # once as a group, once at each item
    assert page.index("Script 1") < page.index("Script 0")  # what failed comes first
    assert "Run 3 failed again" in page
    assert 'href="/numbers/"' in page


def test_the_poll_moves_figures_items_and_log(submit, client_for):
    job = submit(count=3)
    client = client_for("ada")
    lease = Lease.claim(job.pk)
    job.items.filter(position=0).update(state=ItemState.DONE)
    Job.objects.update(done=1, pace=2.5)
    JobLogLine.objects.create(job=job, text="First line")
    page = client.get(url(job, "live/?stamp=queued&after=0"), headers=HTMX)
    fragment = text(page)
    assert "<html" not in fragment
    assert "<strong>1</strong> of 3 done" in fragment
    assert "2.5 a second" in fragment
    assert "about 800 ms to go" not in fragment
    assert 'hx-swap-oob="afterbegin:#job-lines"' in fragment
    assert "First line" in fragment
    assert 'id="job-actions"' in fragment  # the stamp differs: other buttons now
    last = JobLogLine.objects.latest("pk").pk
    stamp = fragment.split("stamp=")[1].split("&")[0]
    again = text(client.get(url(job, f"live/?stamp={stamp}&after={last}"), headers=HTMX))
    assert "First line" not in again
    assert 'id="job-actions"' not in again
    assert "every 1500ms" in again
    lease.let_go(JobState.DONE, finished_at=timezone.now())
    assert "every 1500ms" not in text(client.get(url(job, "live/"), headers=HTMX))


@pytest.mark.parametrize("query", ["after=x", "after=99999999999999999999", "cursor=zzz", "show=nothing", "after=²"])
def test_the_poll_takes_any_query(submit, client_for, query):
    assert client_for("ada").get(url(submit(), f"live/?{query}"), headers=HTMX).status_code == 200


def test_fragments_opened_as_pages_lead_to_the_job(submit, client_for):
    job = submit()
    for rest in ("live/", "progress/"):
        assert client_for("ada").get(url(job, rest))["Location"] == url(job)


def test_the_bar_for_other_screens_asks_until_the_end(submit, client_for):
    job = submit()
    client = client_for("ada")
    assert url(job, "progress/") in text(client.get(url(job, "progress/"), headers=HTMX))
    run(job)
    assert "hx-get" not in text(client.get(url(job, "progress/"), headers=HTMX))


def test_items_are_paged_and_shown_by_state(submit, client_for):
    job = submit(count=120)
    job.items.filter(position__gte=100).update(state=ItemState.FAILED)
    services.recount(job)
    client = client_for("ada")
    first = client.get(url(job)).context
    assert [item.position for item, _ in first["rows"][:21]] == [*range(100, 120), 0]
    second = client.get(url(job, f"?cursor={first['page'].next_cursor}")).context
    assert [item.position for item, _ in second["rows"]] == list(range(30, 80))
    failed = client.get(url(job, "?show=failed")).context
    assert len(failed["rows"]) == 20


def test_the_page_costs_the_same_for_many_items(submit, client_for, django_assert_max_num_queries):
    job = run(submit(count=60))
    client = client_for("ada")
    client.get(url(job))
    with django_assert_max_num_queries(18):
        client.get(url(job))
    with django_assert_max_num_queries(8):
        client.get(url(job, "live/"), headers=HTMX)


def test_what_a_vendor_said_is_shown_as_text(submit, client_for):
    job = run(submit(scripts=["refuse"], title="<b>Job</b>"))
    JobItem.objects.update(message="<script>alert(1)</script>", label="<i>x</i>")
    Job.objects.update(message="<script>alert(2)</script>")
    page = text(client_for("ada").get(url(job)))
    assert "<script>alert" not in page
    assert "<b>Job" not in page
    assert "<i>x" not in page


def test_a_job_that_waits_for_another_says_which(submit, client_for):
    first = submit(title="Reserve in Seattle", exclusive="cart:1")
    second = submit(title="Reserve in Tacoma", exclusive="cart:1")
    Lease.claim(first.pk)
    assert "Reserve in Seattle</a> is over" in text(client_for("ada").get(url(second)))


# --- acts ------------------------------------------------------------------------------------------------------


def test_the_buttons_act_and_lead_back(submit, client_for):
    job = submit()
    client = client_for("ada")
    for action, state in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        response = client.post(url(job, f"{action}/"))
        assert response["Location"] == url(job)
        job.refresh_from_db()
        assert job.state == state
    page = client.post(url(job, "cancel/"), follow=True)
    assert "This job has ended already" in text(page)


def test_acts_want_a_post_a_known_name_and_a_permission(submit, client_for):
    job = submit()
    assert client_for("ada").get(url(job, "cancel/")).status_code == 405
    assert client_for("ada").post(url(job, "explode/")).status_code == 404
    assert client_for("aud").post(url(job, "cancel/")).status_code == 403
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    assert not url_of(text(client_for("aud").get(url(job))), "cancel")


def test_a_person_settles_an_item_on_the_page(submit, client_for):
    job = run(submit(scripts=["lost"]))
    item = job.items.get()
    client = client_for("ada")
    assert "It took effect" in text(client.get(url(job)))
    assert "It took effect" not in text(client_for("sam").get(url(job)))
    assert client_for("sam").post(url(job, f"items/{item.pk}/"), {"outcome": "done"}).status_code == 403
    assert client.post(url(job, f"items/{item.pk}/"), {"outcome": "maybe"}).status_code == 404
    assert client.post(url(job, "items/999999/"), {"outcome": "done"}).status_code == 404
    client.post(url(job, f"items/{item.pk}/"), {"outcome": "done", "note": "seen"})
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_the_result_as_csv(submit, client_for):
    job = run(submit(count=2))
    JobItem.objects.filter(position=0).update(label="=1+1", message="+12065550100", error="-x")
    response = client_for("aud").get(url(job, "result.csv"))
    body = b"".join(response.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(body)))
    assert [row["Key"] for row in rows] == ["line-0", "line-1"]
    assert [row["Line"] for row in rows] == ["line-0", "line-1"]
    assert (rows[0]["Item"], rows[0]["Message"], rows[0]["Error"]) == ("'=1+1", "+12065550100", "'-x")
    assert rows[1]["State"] == "Done"
    assert response["Content-Disposition"] == 'attachment; filename="a-job-of-the-tests.csv"'


def test_the_log_as_text(submit, client_for):
    job = run(submit(scripts=["break"]))
    body = b"".join(client_for("ada").get(url(job, "log.txt")).streaming_content).decode()
    assert "Started." in body
    assert "canary" not in body


# --- news -----------------------------------------------------------------------------------------------------


def toasted(response):
    return json.loads(response.headers.get("HX-Trigger", "{}")).get("toast")


def test_a_toast_tells_its_person_once_that_a_job_ended(submit, client_for):
    job = submit(count=1)
    ada, sam = client_for("ada"), client_for("sam")
    waiting = ada.get("/jobs/news/", headers=HTMX)
    assert toasted(waiting) is None
    assert "hx-get" in text(waiting)  # one is under way: ask again
    run(job)
    assert toasted(sam.get("/jobs/news/", headers=HTMX)) is None
    told = ada.get("/jobs/news/", headers=HTMX)
    assert toasted(told)["url"] == url(job)
    assert toasted(told)["text"] == "A job of the tests: Done. Line done."
    assert "hx-get" not in text(told)
    assert toasted(ada.get("/jobs/news/", headers=HTMX)) is None


def test_no_toast_on_the_jobs_own_page_nor_after_it_was_read(submit, client_for):
    job = run(submit(count=1))
    client = client_for("ada")
    here = HTMX | {"hx-current-url": f"http://testserver{url(job)}?show=done"}
    assert toasted(client.get("/jobs/news/", headers=here)) is None
    client_for("sam").get(url(job))
    job.refresh_from_db()
    assert job.seen_at is None  # somebody else looking does not count
    client.get(url(job))
    assert toasted(client.get("/jobs/news/", headers=HTMX)) is None


def test_every_page_carries_the_watch(client_for, stranger):
    assert 'hx-get="/jobs/news/"' in text(client_for("ada").get("/"))


def test_the_home_page_shows_what_is_under_way(submit, client_for):
    submit(title="Reserve 300 numbers")
    assert "Reserve 300 numbers" in text(client_for("ada").get("/"))


def test_figures_for_prometheus(submit, client):
    run(submit(scripts=["ok", "refuse"]))
    body = text(client.get("/metrics"))
    assert 'patchbay_jobs{state="failed"} 1.0' in body
    assert 'patchbay_job_items{outcome="failed"} 1.0' in body
