"""What the parts of a purchase share: its client, its jobs, its audit entries."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import record
from apps.changes import intents
from apps.changes.models import Intent, IntentState
from apps.connections.services import client_for
from apps.jobs.kinds import kind_of
from apps.jobs.models import ItemState, Job, JobItem, JobState
from apps.jobs.services import settle, submit
from apps.numbers.models import Purchase
from apps.numbers.purchase.access import lane, permit
from apps.ui.formatting import phone
from apps.vendors.core.client import Client

LANE_SECONDS = 3.0  # how long a person waits for another call on the cart


def client_of(purchase: Purchase, actor: User) -> Client:
    """Return a client of the purchase's connection; PermissionDenied, or NotConfigured when it is disabled."""
    permit(actor)
    return client_for(purchase.connection, actor=actor)


def audit(action: str, purchase: Purchase, actor: User | None, **more: Any) -> None:
    """Record what a person did to a purchase."""
    record(
        action,
        actor=actor,
        actor_label="" if actor else "portal",
        connection_id=purchase.connection_id,
        connection_name=purchase.connection.name,
        target=f"purchase {purchase.public_id}",
        **more,
    )


def release_job(purchase: Purchase, actor: User, batches: Sequence[tuple[str, Sequence[str]]], *, closing: bool = False) -> Job:
    """Submit the job that releases `batches`; with `closing` it finishes a purchase that is given up."""
    count = sum(len(batch) for _, batch in batches)
    items = [
        {
            "key": str(position),
            "label": f"{phone(batch[0])} to {phone(batch[-1])}" if len(batch) > 1 else phone(batch[0]),
            "params": {"reservation_id": cart_id, "numbers": list(batch)},
        }
        for position, (cart_id, batch) in enumerate(batches, 1)
    ]
    return submit_work("numbers.release", f"Release {counted(count)}", purchase, actor, items, {"closing": closing})


def settle_job(purchase: Purchase, actor: User | None, open_: Sequence[Intent]) -> Job:
    """Submit the job that finds out what became of intents that were cut off."""
    items = [{"key": str(intent.key), "label": _label(intent), "params": {"intent": intent.pk}} for intent in open_]
    return submit_work("numbers.settle", "Find out what the carrier did", purchase, actor, items, {})


def submit_work(
    kind: str, title: str, purchase: Purchase, actor: User | None, items: Sequence[Mapping[str, Any]], params: dict[str, Any]
) -> Job:
    """Submit a job of the purchase. Of one account's jobs on the cart one runs at a time."""
    with transaction.atomic():
        job = submit(
            kind,
            title=title,
            actor=actor,
            connection=purchase.connection,
            params={"purchase": purchase.pk, **params},
            items=items,
            return_url=purchase.get_absolute_url(),
            exclusive=lane(purchase.connection),
        )
        Purchase.objects.filter(pk=purchase.pk).update(job=job)
    return job


def close_items(purchase: Purchase, actor: User) -> None:
    """Settle the job items whose question was answered on the purchase's page, or let them go on with what is left."""
    asked = JobItem.objects.filter(
        job__connection=purchase.connection_id, job__state=JobState.NEEDS_PERSON, state=ItemState.NEEDS_PERSON
    )
    for item in asked.select_related("job"):
        kind: Any = kind_of(item.job)
        if item.job.params.get("purchase") != purchase.pk or kind is None:
            continue
        if not kind.intents(item.job, item).filter(state=IntentState.UNKNOWN).exists():
            settle(item, actor, "check" if kind.goes_on else "done", "decided on the purchase's page", own_screen=True)


def advance_soon(intent: Intent, client: Client) -> None:
    """Advance an intent, waiting a moment for its lane."""
    deadline = time.monotonic() + LANE_SECONDS
    while True:
        try:
            intents.advance(intent, client)
            return
        except intents.Waiting:
            if intent.state != IntentState.CONFIRMED or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _label(intent: Intent) -> str:
    number = intent.params.get("number")
    return f"Reserve {phone(number)}" if number else "Release numbers"


def counted(quantity: int) -> str:
    return "one number" if quantity == 1 else f"{quantity:,} numbers"
