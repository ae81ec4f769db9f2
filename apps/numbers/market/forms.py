"""What is typed to find and buy numbers."""

from typing import Any

from django import forms

from apps.connections.models import Connection
from apps.numbers.market.stock import Wanted, pattern_of
from apps.vendors.core.numbers import LOCAL, TOLL_FREE, RateCentre
from apps.vendors.core.routing import TrunkGroup
from apps.vendors.core.values import TOLL_FREE_PREFIXES

MOST = 20_000


class SearchForm(forms.Form):
    """What is wanted, from where. Choices of states and exchanges are what the carrier says it has."""

    connection = forms.ModelChoiceField(Connection.objects.none(), to_field_name="name", empty_label=None, label="Carrier")
    kind = forms.ChoiceField(
        choices=[(LOCAL, "Local"), (TOLL_FREE, "Toll-free")], initial=LOCAL, label="Kind", widget=forms.RadioSelect
    )
    area = forms.ChoiceField(required=False, label="State")
    rate_centre = forms.ChoiceField(required=False, label="Rate centre")
    npa_nxx = forms.ChoiceField(required=False, label="NPA-NXX")
    prefix = forms.ChoiceField(  # type: ignore[assignment]  # Django's name for a form's own prefix; ours is a field
        choices=[(prefix, prefix) for prefix in TOLL_FREE_PREFIXES], required=False, label="Toll-free prefix"
    )
    pattern = forms.CharField(
        required=False,
        max_length=40,
        label="Pattern",
        help_text="Digits anywhere in the number; ? is any one digit, * any number: 206*00.",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "placeholder": "0100 or 206???00"}),
    )

    def __init__(
        self, *args: Any, connections: list[Connection], areas: list[str], centres: list[RateCentre], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["connection"]
        field.queryset = Connection.objects.filter(pk__in=[one.pk for one in connections])
        self._choices("area", "Choose a state", areas)
        self._choices("rate_centre", "All rate centres", sorted({centre.name for centre in centres if centre.name}))
        chosen = self.data.get("rate_centre", "") if self.is_bound else ""
        exchanges = [centre.npa_nxx for centre in centres if not chosen or centre.name == chosen]
        self._choices("npa_nxx", "All exchanges", exchanges, lambda code: f"{code[:3]}-{code[3:]}")

    def _choices(self, name: str, empty: str, values: list[str], label: Any = str) -> None:
        # What was asked for stays selectable even when the carrier has sold out of it since.
        asked = self.data.get(name, "") if self.is_bound else ""
        known = values if not asked or asked in values or not asked.isalnum() else [*values, asked]
        field: Any = self.fields[name]
        field.choices = [("", empty), *((value, label(value)) for value in known)]

    def clean_pattern(self) -> str:
        pattern = self.cleaned_data["pattern"]
        try:
            pattern_of(pattern)
        except ValueError as error:
            raise forms.ValidationError(f"{str(error).capitalize()}.") from error
        return pattern

    @property
    def wanted(self) -> Wanted:
        """What the valid form asks for."""
        data = self.cleaned_data
        if data["kind"] == TOLL_FREE:
            return Wanted(kind=TOLL_FREE, prefix=data["prefix"], pattern=data["pattern"])
        return Wanted(area=data["area"], rate_centre=data["rate_centre"], npa_nxx=data["npa_nxx"], pattern=data["pattern"])


class QuantityForm(forms.Form):
    """How many to reserve of what is wanted."""

    quantity = forms.IntegerField(
        min_value=1,
        max_value=MOST,
        label="How many",
        error_messages={
            "invalid": f"Give a whole number from 1 to {MOST:,}.",
            "min_value": "At least 1.",
            "max_value": f"At most {MOST:,} at a time.",
        },
    )


class OrderForm(forms.Form):
    """Which trunk group the new numbers are pointed at."""

    trunk_group = forms.ChoiceField(label="Trunk group", help_text="Where calls to the new numbers are sent.")

    def __init__(self, *args: Any, trunk_groups: list[TrunkGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["trunk_group"]
        field.choices = [("", "Choose a trunk group")] + [
            (group.trunk_group_id, f"{group.title} — {group.hosts[0][0] if group.hosts else 'no address'}")
            for group in trunk_groups
        ]
        field.error_messages["required"] = "Choose the trunk group that is to receive calls to these numbers."
