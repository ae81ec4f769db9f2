"""The filter bar of the number list; every filter is an index search."""

from datetime import date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import Tenant, User
from apps.accounts.scope import connection_limit
from apps.connections.models import Connection
from apps.numbers.lookup import NotDigits, find, readings, starting_with
from apps.numbers.marks import tags_known
from apps.numbers.models import PRESENT, InventoryRead, Number, Tag, Tagged, cooling
from apps.ui.formatting import kind_word, status_word
from apps.vendors.core.numbers import ACTIVE, CANCELLED, INACTIVE, LOCAL, TOLL_FREE

NO_TENANT = "none"
COOLING = "cooling"  # a status of ours: given up lately, listed still or not
# What they ask for is a row of that system, leading or not.
_ON_ONE_SYSTEM = ("trunk_group", "connection", "order", "emergency", "destination")
# What tenants are not asked.
_CARRIERS = ("trunk_group", "connection", "order", "gone", "tag", "emergency", "destination")
BY_AGE = ("since", "before")
KINDS = {LOCAL: "Local", TOLL_FREE: "Toll-free"}


def _digits(value: str) -> None:
    try:
        readings(value)
    except NotDigits:
        raise ValidationError("Type digits: a whole number, its beginning (206 or 206-555) or its last four.") from None


def _area_code(value: str) -> None:
    if value.strip() and not (value.strip().isascii() and value.strip().isdigit() and len(value.strip()) == 3):
        raise ValidationError("An area code has three digits, like 206.")


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"})


class NumberFilter(django_filters.FilterSet):
    """Which numbers are shown, each once; without `gone` those that systems list now."""

    more = ("tag", "emergency", "destination", *BY_AGE)  # behind "More filters"

    number = django_filters.CharFilter(
        label="Number",
        method="by_digits",
        max_length=30,
        validators=[_digits],
        widget=forms.TextInput(
            attrs={"type": "search", "inputmode": "tel", "placeholder": "206, 206-555 or last four", "autocomplete": "off"}
        ),
    )
    area = django_filters.CharFilter(
        label="Area code",
        method="by_area",
        max_length=6,
        validators=[_area_code],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    status = django_filters.ChoiceFilter(label="Status", empty_label="Any", method="by_status")
    trunk_group = django_filters.ChoiceFilter(label="Trunk group", empty_label="Any", method="by_trunk_group")
    kind = django_filters.ChoiceFilter(label="Kind", empty_label="Any", choices=tuple(KINDS.items()))
    tenant = django_filters.ChoiceFilter(label="Tenant", empty_label="Any", method="by_tenant")
    connection = django_filters.ChoiceFilter(label="Connection", empty_label="Any", method="by_connection")
    tag = django_filters.ChoiceFilter(label="Tag", empty_label="Any", method="by_tag")
    emergency = django_filters.ChoiceFilter(
        label="911 flag", empty_label="Any", choices=(("on", "On"), ("off", "Off")), method="by_emergency"
    )
    destination = django_filters.ChoiceFilter(label="Rings", empty_label="Any", method="by_destination")
    since = django_filters.DateFilter(label="Appeared since", widget=_day(), method="by_since")
    before = django_filters.DateFilter(label="Known before", widget=_day(), method="by_before")
    # Which columns the list shows filters nothing; it stands here so that a view, a filter and an export carry it on.
    columns = django_filters.CharFilter(max_length=300, method="by_nothing", widget=forms.HiddenInput())
    order = django_filters.CharFilter(method="by_order", max_length=40, widget=forms.HiddenInput())
    gone = django_filters.ChoiceFilter(choices=(("1", "Gone"),), method="by_presence", widget=forms.HiddenInput())

    class Meta:
        model = Number
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self._person = self.request.user if self.request else None
        self.reads = self._reads(person)
        # Who sees some connections only: the row that leads may be one they do not see.
        self._limited = person is not None and connection_limit(person) is not None
        self.read_as = ""  # how the digits were understood
        seen = {status for read in self.reads for status in read.counts}
        known = [ACTIVE, INACTIVE, CANCELLED]
        statuses = known + sorted(seen.difference(known))
        self.filters["status"].extra["choices"] = [(value, status_word(value)) for value in statuses]
        self.tags: list[Tag] = []
        self.filters["connection"].extra["choices"] = [(read.connection.name, read.connection.name) for read in self.reads]
        self.filters["trunk_group"].extra["choices"] = list(self._trunk_groups())
        if len(self.reads) < 2:  # nothing to choose from, but an address that names it still reads
            self.filters["connection"].extra["widget"] = forms.HiddenInput()
        self._offer_tenants(person)
        if person is not None and not person.may("numbers.carrier"):
            for name in _CARRIERS:
                del self.filters[name]
        else:
            self._offer_marks(person)

    def filter_queryset(self, queryset: QuerySet[Number]) -> QuerySet[Number]:
        """Apply the filters, the digits last: they are read against what the others leave."""
        data = self.form.cleaned_data
        rests = data.get("status") == COOLING
        if not data.get("gone") and not rests:
            queryset = queryset.filter(PRESENT)
        if not any(data.get(name) for name in _ON_ONE_SYSTEM) and not self._limited and not rests:
            queryset = queryset.filter(leads=True)
        for name in (*(name for name in data if name != "number"), "number"):
            queryset = self.filters[name].filter(queryset, data[name])
        return queryset

    def by_digits(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        rows, self.read_as = find(queryset, value)
        return rows

    def by_tenant(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        return queryset.filter(tenant=None) if value == NO_TENANT else queryset.filter(tenant__key=value)

    def by_status(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        return queryset.filter(cooling()) if value == COOLING else queryset.filter(status=value)

    def by_tag(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        borne = Tagged.objects.all() if self._person is None else Tagged.objects.visible_to(self._person)
        tag = next(tag.pk for tag in self.tags if tag.name == value)
        return queryset.filter(number__in=borne.filter(tag=tag).order_by().values("number"))

    def by_emergency(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        # The first condition is what lets the databases see that the partial index serves; a list, because SQLite
        # finds a bare yes-or-no column by no index.
        return queryset.filter(emergency__isnull=False, emergency__in=[value == "on"])

    def by_destination(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        return queryset.filter(~Q(destination_kind=""), destination_kind=value)

    def by_since(self, queryset: QuerySet[Number], name: str, value: date) -> QuerySet[Number]:
        return queryset.filter(first_seen__gte=_midnight(value))

    def by_before(self, queryset: QuerySet[Number], name: str, value: date) -> QuerySet[Number]:
        return queryset.filter(first_seen__lt=_midnight(value))

    def by_nothing(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        return queryset

    def by_area(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        return queryset.filter(starting_with(f"+1{value.strip()}"))

    def by_connection(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        return queryset.filter(connection=self._pk(value))

    def by_trunk_group(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        connection, _, group = value.partition(":")
        return queryset.filter(connection=self._pk(connection), trunk_group_id=group)

    def by_order(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        # The second condition is what lets SQLite see that the partial index serves.
        return queryset.filter(~Q(order_id=""), order_id=value)

    def by_presence(self, queryset: QuerySet[Number], name: str, value: str) -> QuerySet[Number]:
        return queryset.filter(~PRESENT)

    def _reads(self, person: User | None) -> list[InventoryRead]:
        rows = InventoryRead.objects.select_related("connection").order_by("connection__name")
        return list(rows.filter(connection__in=Connection.objects.visible_to(person)) if person else rows)

    def _offer_tenants(self, person: User | None) -> None:
        rows = Tenant.objects.visible_to(person) if person else Tenant.objects.all()
        known = list(rows.values_list("key", "name"))
        self.filters["tenant"].extra["choices"] = [(NO_TENANT, "None"), *known]
        if person is not None and (person.chosen_tenant or len(known) < 2):  # nothing to choose
            self.filters["tenant"].extra["widget"] = forms.HiddenInput()

    def _offer_marks(self, person: User | None) -> None:
        self.tags = list(tags_known(person))
        self.filters["tag"].extra["choices"] = [(tag.name, tag.name) for tag in self.tags]
        kinds = sorted({kind for read in self.reads for kind in read.destination_kinds})
        self.filters["destination"].extra["choices"] = [(kind, kind_word(kind).capitalize()) for kind in kinds]
        if settings.NUMBER_COOLING_DAYS:
            self.filters["status"].extra["choices"].append((COOLING, status_word(COOLING)))
        for name, offered in (("tag", self.tags), ("destination", kinds), ("emergency", kinds)):
            if not offered:  # nothing to choose from
                self.filters[name].extra["widget"] = forms.HiddenInput()

    def _trunk_groups(self) -> list[tuple[str, Any]]:
        grouped = [
            (read.connection.name, [(f"{read.connection.name}:{group['id']}", group["title"]) for group in read.trunk_groups])
            for read in self.reads
            if read.trunk_groups
        ]
        return grouped[0][1] if len(grouped) == 1 else grouped

    def _pk(self, name: str) -> int:
        return next(read.connection_id for read in self.reads if read.connection.name == name)


def _midnight(day: date) -> datetime:
    # Far enough from the ends of the calendar for every time zone.
    day = min(max(day, date(1000, 1, 1)), date(9000, 1, 1))
    return timezone.make_aware(datetime.combine(day, time.min))
