"""What people type about 911: a record's fields as its vendor has them, a location, who stands where, and an override."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from apps.connections.models import Connection
from apps.vendors.core.routing import EmergencyField
from apps.vendors.core.values import to_e164

SHORTEST_REASON = 8
STANDS = {"user": "User", "group": "User group", "phone": "Phone (MAC address)", "phone_group": "Phone group"}


class NumberField(forms.CharField):
    """A telephone number, read as E.164."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=24, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}), **kwargs)

    def clean(self, value: Any) -> str:
        """Return the number as E.164, "" for a blank that may be."""
        text: str = super().clean(value)
        if not text.strip():
            return ""
        try:
            return to_e164(text)
        except ValueError as fault:
            raise forms.ValidationError(f"This is no telephone number: {fault}.") from None


class RecordForm(forms.Form):
    """The fields that a vendor has a call for, as they were last read."""

    def __init__(self, data: Any = None, *, taken: Sequence[EmergencyField], now: Mapping[str, str]) -> None:
        super().__init__(data, initial={one.name: now.get(one.name) for one in taken})
        self.taken = taken
        for one in taken:
            about: dict[str, Any] = {"label": one.label, "required": one.required, "help_text": one.help}
            if one.kind == "flag":
                self.fields[one.name] = forms.BooleanField(**{**about, "required": False})
            elif one.kind == "number":
                self.fields[one.name] = NumberField(**about)
            else:
                self.fields[one.name] = forms.CharField(max_length=200, **about)

    def values(self) -> dict[str, str]:
        """Return what was typed in the form that the door takes: a flag is "on" or ""."""
        flags = {one.name for one in self.taken if one.kind == "flag"}
        data = self.cleaned_data
        return {one.name: ("on" if data[one.name] else "") if one.name in flags else data[one.name] for one in self.taken}


class _OnConnection(forms.Form):
    connection = forms.ChoiceField(label="System")

    def __init__(self, *args: Any, connections: Sequence[Connection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections = connections
        self.fields["connection"].choices = [(one.name, one.name) for one in connections]  # type: ignore[attr-defined]

    def chosen(self) -> Connection:
        """Return the connection of a valid form."""
        return next(one for one in self.connections if one.name == self.cleaned_data["connection"])


class LocationForm(_OnConnection):
    """A new emergency location: the number that stands for it, and where it is."""

    elin = NumberField(label="ELIN", help_text="A number of yours that emergency services can call back.")
    location = forms.CharField(label="Location", max_length=200, help_text="The street address that callers are at.")
    address = forms.CharField(
        label="Address details", max_length=200, required=False, help_text="Building, floor, suite or room: where to look."
    )
    description = forms.CharField(max_length=200, required=False)

    def values(self) -> dict[str, str]:
        """Return the location's fields."""
        return {name: self.cleaned_data[name] for name in ("location", "address", "description")}


class StandForm(_OnConnection):
    """Who stands in which location."""

    kind = forms.ChoiceField(label="Who", choices=tuple(STANDS.items()))
    name = forms.CharField(label="Name", max_length=80, help_text="The user name, the group's name or the phone's MAC address.")
    elin = NumberField(label="ELIN", required=False, help_text="The location's number. Blank takes it out of its location.")


class OverrideForm(forms.Form):
    """Why a plan may give up 911 numbers."""

    reason = forms.CharField(
        max_length=500,
        min_length=SHORTEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text="It stands on the plan and in the audit log beside your name.",
    )
