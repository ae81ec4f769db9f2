"""Filters of a purchase's numbers."""

import django_filters
from django.db.models import QuerySet

from apps.numbers.models import CartNumber, CartState


class CartFilter(django_filters.FilterSet):
    """By any part of the number, and by what is known of it."""

    text = django_filters.CharFilter(method="by_text", label="Number")
    state = django_filters.ChoiceFilter(choices=CartState.choices, label="State", empty_label="Any")

    class Meta:
        model = CartNumber
        fields = ["text", "state"]

    def by_text(self, rows: QuerySet[CartNumber], _: str, value: str) -> QuerySet[CartNumber]:
        """Match the digits anywhere; other signs people write are left out."""
        digits = "".join(sign for sign in value if sign.isdigit())
        return rows.filter(number__contains=digits) if digits else rows.none()
