"""Forms for tenants, their links, and the limits of people."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet

from apps.accounts.models import Tenant, User
from apps.accounts.tenants import free_key
from apps.connections.models import Connection
from apps.ui.forms import RowsField
from apps.vendors.core.people import VendorTenant


class TenantForm(forms.ModelForm):
    """A tenant."""

    class Meta:
        model = Tenant
        fields = ["name", "key", "active"]
        labels = {"key": "Short name", "active": "Active"}
        help_texts = {"active": "People of a tenant that is not active see nothing; its numbers keep working."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.fields["key"].required = False
            self.fields["key"].help_text += " Left empty, it is made of the name."
            del self.fields["active"]

    def clean_key(self) -> str:
        """Make a key of the name where none was typed."""
        return self.cleaned_data["key"] or free_key(self.cleaned_data.get("name", ""))


class LinkForm(forms.Form):
    """Which of the vendor's customers a tenant is: chosen from the vendor's list, or typed where it has none."""

    customer_ref = forms.CharField(label="Customer there", max_length=100)

    def __init__(self, *args: Any, customers: list[VendorTenant] | None, taken: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customers = customers
        if customers is None:
            self.fields["customer_ref"].help_text = "As the vendor numbers or codes its customers; it is sent with every call."
            return
        free = [(one.ref, _words(one)) for one in customers if one.ref not in taken]
        self.fields["customer_ref"] = forms.ChoiceField(
            label="Customer there",
            choices=[("", "Choose…"), *free],
            help_text="Read from the vendor now; those linked to a tenant already are left out.",
            error_messages={"required": "Choose a customer.", "invalid_choice": "Choose one of the list."},
        )

    def clean_customer_ref(self) -> str:
        """Take spaces off the ends; a blank would name no customer."""
        return self.cleaned_data["customer_ref"].strip()

    @property
    def name(self) -> str:
        """What the vendor calls the chosen customer, if it said."""
        ref = self.cleaned_data["customer_ref"]
        return next((one.name for one in self.customers or [] if one.ref == ref), "")


class LimitsForm(forms.Form):
    """Which tenants a person belongs to, or a member of staff is limited to; and which connections."""

    tenants = RowsField(Tenant.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)
    connections = RowsField(
        Connection.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked means all of them.",
    )

    def __init__(self, data: Any = None, *, person: User) -> None:
        super().__init__(data, initial={"tenants": person.tenants.all(), "connections": person.connections.all()})
        self.fields["tenants"].queryset = Tenant.objects.all()  # type: ignore[attr-defined]
        self.fields["connections"].queryset = Connection.objects.all()  # type: ignore[attr-defined]
        if person.is_tenant_person:
            self.fields["tenants"].help_text = "The companies whose numbers and pages they see; none ticked, they see nothing."
            del self.fields["connections"]
        else:
            self.fields["tenants"].help_text = "None ticked means all of them, and what belongs to no tenant."


class TenantFilter(filters.FilterSet):
    """Filters of the list of tenants."""

    q = filters.CharFilter(label="Name", method="by_text", max_length=120)

    class Meta:
        model = Tenant
        fields: list[str] = []

    def by_text(self, rows: QuerySet[Tenant], name: str, text: str) -> QuerySet[Tenant]:
        """Keep those whose name, short name or customer at a vendor contains the text."""
        return rows.filter(Q(name__icontains=text) | Q(key__icontains=text) | Q(links__customer_ref__iexact=text))


def _words(one: VendorTenant) -> str:
    code = one.code if one.code and one.code != one.ref else ""
    return " · ".join(part for part in (one.name, code, one.ref) if part)
