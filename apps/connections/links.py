"""Which of a vendor's own customers a tenant is: the link every driver call for a tenant goes through."""

from django.db import models

from apps.connections.models import Connection


class TenantLink(models.Model):
    """A tenant and the customer that a vendor keeps for it.

    `customer_ref` is what scoped calls name there: a SolSwitch CustID, a MiRTA tenant code, a PBXware tenant ID, a sipXcom
    branch or user group, a carrier's account number.
    """

    tenant = models.ForeignKey("accounts.Tenant", models.CASCADE, related_name="links")
    connection = models.ForeignKey(Connection, models.PROTECT, related_name="tenant_links")
    customer_ref = models.CharField("vendor-side customer", max_length=100)
    customer_name = models.CharField(max_length=200, blank=True)  # as the vendor called it when it was linked
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "connections"
        ordering = ["connection__name", "pk"]
        verbose_name = "tenant link"
        constraints = [
            # One answer to "which customer is it there", and no customer of two tenants.
            models.UniqueConstraint(fields=["tenant", "connection"], name="connections_one_link"),
            models.UniqueConstraint(fields=["connection", "customer_ref"], name="connections_one_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.tenant} is {self.customer_ref} on {self.connection}"
