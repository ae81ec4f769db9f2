"""What is weak in this installation, as warnings of `manage.py check` and of every start."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from portal.weaknesses import Weakness, of_settings, of_stored


@register(Tags.security)
def check_settings(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of weak settings and of key files that others can read."""
    return _warnings(of_settings())


@register(Tags.database)
def check_stored(app_configs: Any = None, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Warn of weak connections and log-ins; only asked for with `--database`, and by `migrate` before there are tables."""
    try:
        return _warnings(of_stored()) if databases else []
    except DatabaseError:
        return []


def _warnings(found: Iterable[Weakness]) -> list[CheckMessage]:
    return [Warning(one.text, hint=one.hint, id=f"portal.{one.id}") for one in found]
