"""A customer linked to a tenant, or taken from it: the statements about it change hands at once."""

from typing import Any

from django.db.models import Q
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from apps.connections.models import TenantLink
from apps.numbers.emergency.standing import rekey
from apps.numbers.models import EmergencySnapshot


@receiver(post_save, sender=TenantLink)
def on_link(sender: Any, instance: TenantLink, **kwargs: Any) -> None:
    rekey(_of(instance), instance.tenant_id)


@receiver(post_delete, sender=TenantLink)
def on_unlink(sender: Any, instance: TenantLink, **kwargs: Any) -> None:
    rekey(_of(instance), None)


def _of(link: TenantLink) -> Any:
    whose = Q(customer=link.customer_ref) | Q(scope=link.customer_ref)
    return EmergencySnapshot.objects.filter(whose, connection=link.connection_id)
