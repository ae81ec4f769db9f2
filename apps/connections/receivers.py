"""What the audit log hears of tenants and of limits."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from apps.accounts.models import Tenant, User
from apps.accounts.tenants import stop_viewing, tenant_event
from apps.audit.services import record


@receiver(tenant_event)
def on_tenant_event(
    sender: Any, action: str, tenant: Tenant | None, actor: User | None, target: str, before: Any, after: Any, **kwargs: Any
) -> None:
    """Write down what happened to a tenant, or that a person began or ended seeing as one."""
    record(
        action,
        actor=actor,
        actor_label="" if actor else "portal",
        target=target,
        tenant=tenant,
        before=before or None,
        after=after or None,
    )


@receiver(user_logged_out)
def on_sign_out(sender: Any, user: User | None, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Who signs out no longer sees as a tenant; the log says so."""
    if user is not None and request is not None:
        stop_viewing(request.session, user)
