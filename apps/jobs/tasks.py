"""The one Celery task of all jobs: a wake-up that carries a primary key and nothing else."""

from celery import shared_task
from django.conf import settings
from django.db import transaction


# Acknowledged on arrival: the row and the sweep make up for a lost message, while one that is held for the hours
# of a long job would be delivered again by Redis and cost the connection to RabbitMQ.
@shared_task(name="jobs.wake", ignore_result=True, acks_late=False)
def wake(pk: int) -> None:
    """Work on a job if it is due and free; otherwise do nothing, so a lost or doubled message does no harm."""
    from apps.jobs.runner import run

    run(pk)


def wake_on_commit(pk: int) -> None:
    """Tell the workers about a row once it is committed. Without a broker their own sweep finds it."""
    if settings.CELERY_BROKER_URL.startswith("memory:"):
        return
    # Robust, and sent once: when the broker is down the row is stored all the same and the sweep finds it.
    transaction.on_commit(lambda: wake.apply_async((pk,), retry=False), robust=True)
