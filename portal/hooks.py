"""Finds what apps contribute to the frame: functions of known names in their `services.py` (see apps/ui/frame.py)."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import structlog
from django.apps import apps

log = structlog.get_logger(__name__)


def contributions(name: str, *args: Any) -> Iterator[tuple[str, Any]]:
    """Call the function `name` of every app that has one; yield app label and answer.

    A function that raises is logged and left out: a broken area costs only itself.
    """
    for label, function in _functions(name):
        try:
            yield label, function(*args)
        except Exception:
            log.exception("frame_contribution_failed", app=label, function=name)


@lru_cache(maxsize=16)
def _functions(name: str) -> tuple[tuple[str, Callable[..., Any]], ...]:
    found = []
    for config in apps.get_app_configs():
        if config.name.startswith("apps.") and find_spec(f"{config.name}.services"):
            function = getattr(import_module(f"{config.name}.services"), name, None)
            if callable(function):
                found.append((config.label, function))
    return tuple(found)
