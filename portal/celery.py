"""The Celery app. Tasks live in each app's `tasks.py`; `apps/jobs` says how a job is woken, leased and resumed."""

import os

from celery import Celery
from celery.signals import setup_logging, worker_ready

from portal.heap import freeze_startup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("patchbay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.imports = ("apps.jobs.worker",)


@setup_logging.connect
def keep_djangos_logging(**_: object) -> None:
    """Celery leaves logging alone when somebody listens here: LOGGING of the settings holds in workers too."""


@worker_ready.connect
def keep_startup_out_of_collections(**_: object) -> None:
    freeze_startup()
