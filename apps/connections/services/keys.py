"""Re-encryption of whatever is sealed in the database, credentials first of all, with the first key."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import Model

from apps.audit.services import record
from apps.connections.fields import SealedJSONField
from apps.connections.models import Connection
from apps.connections.vault import Unreadable


@dataclass
class Rotation:
    """What `rotate_keys` did: counts, and the connections whose credentials no key can read."""

    rotated: int = 0
    already_current: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate_keys(*, actor_label: str = "command line") -> Rotation:
    """Re-encrypt every row with the first key. Safe while the portal runs, and safe to stop half-way."""
    done = Rotation()
    for model, column in _sealed():
        label = "name" if model is Connection else "pk"
        rows = model._default_manager.exclude(**{column: ""}).order_by("pk").values_list("pk", label)
        for pk, name in rows.iterator():
            try:
                rotated = _rotate(model, column, pk)
            except Unreadable:
                done.unreadable.append(name if model is Connection else f"{model._meta.verbose_name} {name}")
            else:
                done.rotated += rotated
                done.already_current += not rotated
    record(
        "keys.rotated",
        actor=None,
        actor_label=actor_label,
        params={
            "rotated": done.rotated,
            "already_current": done.already_current,
            "unreadable": done.unreadable,
        },
        outcome="ok" if not done.unreadable else "partial",
    )
    return done


def _sealed() -> Iterator[tuple[type[Model], str]]:
    """Yield every model with a sealed column, connections first."""
    models = sorted(apps.get_models(), key=lambda model: model is not Connection)
    for model in models:
        for column in model._meta.concrete_fields:
            if isinstance(column, SealedJSONField):
                yield model, column.name


def _rotate(model: type[Model], column: str, pk: int) -> bool:
    """Rotate one row and return whether it needed it; raises Unreadable."""
    while True:
        row = model._default_manager.filter(pk=pk)
        sealed = row.values_list(column, flat=True).first()
        if sealed is None or sealed.current:
            return False
        # Only if nobody saved another value since we read this one; else look again.
        if row.filter(**{column: sealed}).update(**{column: sealed.rotated()}):
            return True
