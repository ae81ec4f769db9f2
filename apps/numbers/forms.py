"""What people type about numbers they hold."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet

from apps.accounts.models import Tenant
from apps.numbers.filters import NumberFilter
from apps.numbers.models import InventoryRead, SavedView
from apps.ui.columns import PARAMETER, Columns
from apps.ui.saved import SavedViewForm
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


class TagForm(forms.Form):
    """A tag to put on numbers, or to take from them."""

    tag = forms.CharField(
        label="Tag",
        max_length=40,
        error_messages={"required": "Type a tag."},
        widget=forms.TextInput(attrs={"list": "tags-known", "autocomplete": "off"}),
    )

    def clean_tag(self) -> str:
        """Write it with single spaces."""
        return " ".join(self.cleaned_data["tag"].split())


class NoteForm(forms.Form):
    """A note on a number."""

    text = forms.CharField(label="Note", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class ViewForm(SavedViewForm):
    """A name for what the list shows, whether others see it, and whether it fixes the columns."""

    with_columns = forms.BooleanField(label="With these columns", required=False)

    class Meta:
        model = SavedView
        fields = ("name", "shared")
        labels = {"shared": "All staff see it whom nothing limits"}

    def __init__(self, *args: Any, columns: Columns, may_share: bool, **kwargs: Any) -> None:
        known = [name for name in NumberFilter.base_filters if name != PARAMETER]
        super().__init__(*args, known=known, **kwargs)
        self.columns = columns
        self.fields["with_columns"].help_text = ", ".join(columns.labels)
        if not may_share:
            del self.fields["shared"]

    def clean(self) -> dict[str, Any]:
        """Add the columns to what is kept, if wanted; columns alone are worth keeping too."""
        if self.cleaned_data.get("with_columns"):
            kept = [self.instance.query] if self.instance.query else []
            self.instance.query = "&".join([*kept, urlencode({PARAMETER: self.columns.query})])
        return super().clean()


def _words(group: dict[str, Any]) -> str:
    count = group.get("numbers", 0)
    return f"{group['title']} ({', '.join(group['hosts'])}; {count:,} number{'' if count == 1 else 's'})"
