"""What people type about numbers they hold."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from apps.accounts.models import Tenant
from apps.numbers.models import InventoryRead
from apps.vendors.core.numbers import ACTIVE, INACTIVE


class TrunkGroupForm(forms.Form):
    """Which trunk group the chosen numbers are to point at; a group belongs to one connection."""

    trunk_group = forms.ChoiceField(
        label="Trunk group", error_messages={"required": "Choose a trunk group.", "invalid_choice": "Choose one of the list."}
    )

    def __init__(self, *args: Any, reads: Sequence[InventoryRead], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reads = reads
        groups = [
            (read.connection.name, [(f"{read.connection_id}:{group['id']}", _words(group)) for group in read.trunk_groups])
            for read in reads
            if read.trunk_groups
        ]
        choices = groups[0][1] if len(groups) == 1 else groups
        self.fields["trunk_group"].choices = [("", "Choose…"), *choices]  # type: ignore[attr-defined]

    def chosen(self) -> tuple[InventoryRead, dict[str, str]]:
        """Return the connection's read and the trunk group ({"id", "title"}) of a valid form."""
        connection, _, group_id = self.cleaned_data["trunk_group"].partition(":")
        read = next(one for one in self.reads if str(one.connection_id) == connection)
        return read, next(group for group in read.trunk_groups if group["id"] == group_id)


class StatusForm(forms.Form):
    """Active or inactive."""

    status = forms.ChoiceField(choices=[(ACTIVE, "Active"), (INACTIVE, "Inactive")])


class TenantForm(forms.Form):
    """Whom numbers are given to; blank takes them back."""

    tenant = forms.ModelChoiceField(
        Tenant.objects.none(),
        label="Tenant",
        to_field_name="key",
        required=False,
        empty_label="None: take them back",
        help_text="People of the tenant see the numbers at once.",
        error_messages={"invalid_choice": "Choose one of the list."},
    )

    def __init__(self, *args: Any, tenants: QuerySet[Tenant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tenant"].queryset = tenants  # type: ignore[attr-defined]


def _words(group: dict[str, Any]) -> str:
    count = group.get("numbers", 0)
    return f"{group['title']} ({', '.join(group['hosts'])}; {count:,} number{'' if count == 1 else 's'})"
