"""The jobs screens in a real Chromium, while a real worker works."""

import re

import pytest
from playwright.sync_api import expect

from apps.jobs.models import JobState
from tests.jobs.conftest import run, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.kill]


@pytest.fixture
def start(worker_process):
    return lambda: worker_process(EXTRA_APPS="tests.jobs", JOB_SWEEP_SECONDS="0.1")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_screens_are_accessible(submit, page_for, accessible, scheme, width):
    failed = run(submit(scripts=["ok", "lost", "refuse", "break", "ok"]))
    waiting = submit(count=3)
    page = page_for("ada", color_scheme=scheme, viewport={"width": width, "height": 900})
    page.emulate_media(reduced_motion="reduce")
    for address in ("/jobs/", failed.get_absolute_url(), waiting.get_absolute_url(), "/"):
        page.goto(address)
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} scrolls sideways"


def test_a_job_moves_pauses_and_ends_before_ones_eyes(submit, start, page_for):
    job = submit(count=60, params={"seconds": 0.15}, title="Write sixty lines")
    page = page_for("ada")
    page.goto(job.get_absolute_url())
    expect(page.locator("#job-now")).to_contain_text("Waits for a free worker.")
    start()
    expect(page.locator("#job-now")).to_contain_text("Running")
    expect(page.locator("#job-now")).to_contain_text(re.compile(r"\b[5-9] of 60 done|\d\d of 60 done"))
    expect(page.locator("#job-lines")).to_contain_text("Started.")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#job-now")).to_contain_text("Paused. Nothing is at work")
    # The cancel question stays open while the page asks for news, and can be answered with no.
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Cancel…").click()
    expect(page.locator("#job-now")).to_contain_text("Running")
    page.get_by_role("button", name="Let it go on").click()
    expect(page.locator("#job-now")).to_contain_text("60 of 60 done")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert not [address for address in asked if "/live/" in address]


def test_a_toast_elsewhere_leads_to_the_job(submit, start, page_for):
    job = submit(count=5, params={"seconds": 0.1}, title="Write five lines")
    page = page_for("ada")
    page.goto("/")
    start()
    toast = page.locator("#toasts")
    expect(toast).to_contain_text("Write five lines: Done.")
    toast.get_by_role("link", name="Open the job").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Write five lines")
    job.refresh_from_db()
    assert job.seen_at


def test_everything_works_without_a_script(submit, start, page_for):
    job = submit(count=3, params={"seconds": 0.05})
    page = page_for("ada", java_script_enabled=False)
    page.goto("/jobs/")
    page.get_by_role("link", name=job.title).click()
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#job-now")).to_contain_text("Paused")
    page.get_by_role("button", name="Resume").click()
    start()

    def done() -> bool:
        job.refresh_from_db()
        return job.state == JobState.DONE

    until(done)
    expect(page.locator("#job-now")).to_contain_text("3 of 3 done")  # the page asks again by itself
