from django.apps import AppConfig


class TestJobsConfig(AppConfig):
    """Brings the kinds of these tests into a real worker: EXTRA_APPS=tests.jobs."""

    name = "tests.jobs"
    label = "tests_jobs"
