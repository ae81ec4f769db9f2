"""The filter bar of the list of port orders."""

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from apps.accounts.models import Tenant
from apps.numbers.models import PortNumber, PortOrder, PortState
from apps.numbers.porting.selectors import needing_somebody


class PortFilter(django_filters.FilterSet):
    """Which port orders are shown."""

    text = django_filters.CharFilter(
        label="Number or reference",
        method="by_text",
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "206-555 or a reference", "autocomplete": "off"}),
    )
    state = django_filters.ChoiceFilter(label="State", empty_label="Any", choices=PortState.choices)
    tenant = django_filters.ChoiceFilter(label="Tenant", empty_label="Any", field_name="request__tenant__key")
    attention = django_filters.ChoiceFilter(choices=(("1", "Needs somebody"),), method="by_need", widget=forms.HiddenInput())

    class Meta:
        model = PortOrder
        fields = ["text", "state", "tenant", "attention"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = getattr(self.request, "user", None)
        rows = Tenant.objects.visible_to(person) if person else Tenant.objects.all()
        known = list(rows.values_list("key", "name"))
        self.filters["tenant"].extra["choices"] = known
        if person is not None and (person.chosen_tenant or len(known) < 2):  # nothing to choose
            self.filters["tenant"].extra["widget"] = forms.HiddenInput()

    def by_text(self, rows: QuerySet[PortOrder], _: str, value: str) -> QuerySet[PortOrder]:
        """Match a number's digits anywhere, the reference, the losing carrier or the carrier's order number."""
        found = Q(request__reference__icontains=value) | Q(losing_carrier__icontains=value) | Q(order_id=value.strip())
        digits = "".join(sign for sign in value if sign.isdigit())
        if len(digits) >= 3:
            holding = PortNumber.objects.filter(number__contains=digits, order__isnull=False)
            found |= Q(pk__in=holding.values("order"))
        return rows.filter(found)

    def by_need(self, rows: QuerySet[PortOrder], _: str, __: str) -> QuerySet[PortOrder]:
        return rows.filter(needing_somebody())
