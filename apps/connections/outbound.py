"""The installation's rules of where vendor calls may go, from `settings.OUTBOUND_ALLOW`."""

from functools import lru_cache

from django.conf import settings

from apps.vendors.core.outbound import OutboundRules


def outbound_rules() -> OutboundRules:
    """Return the rules; raises ValueError when the setting cannot be read (a start-up check says so first)."""
    return _rules(tuple(settings.OUTBOUND_ALLOW))


@lru_cache(maxsize=4)
def _rules(words: tuple[str, ...]) -> OutboundRules:
    return OutboundRules.of(words)
