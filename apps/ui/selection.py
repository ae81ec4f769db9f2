"""What a person ticked in a list: named rows, or all that a filter matches."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

MOST_IDS = 5000


@dataclass(frozen=True)
class Selection:
    """Rows picked in a list: explicit `ids`, or everything the filter in `query` matches."""

    ids: tuple[str, ...] = ()
    everything: bool = False
    query: str = ""

    @classmethod
    def from_request(cls, request: HttpRequest) -> "Selection":
        """Read the selection a list posted (fields ids, all, query)."""
        data = request.POST
        everything = data.get("all") == "1"
        ids = () if everything else tuple(dict.fromkeys(data.getlist("ids")))[:MOST_IDS]
        return cls(ids, everything, data.get("query", "") if everything else "")

    def __bool__(self) -> bool:
        return self.everything or bool(self.ids)

    def rows(self, queryset: QuerySet, filterset_class: type | None = None) -> QuerySet:
        """Return the selected rows of `queryset`, which already holds only what the person may see.

        A filter that no longer reads, and ids that are none, select nothing rather than everything.
        """
        if self.everything:
            if filterset_class is None:
                return queryset
            filterset: Any = filterset_class(QueryDict(self.query), queryset=queryset)
            return filterset.qs if filterset.is_valid() else queryset.none()
        key = queryset.model._meta.pk
        return queryset.filter(pk__in=[value for value in self.ids if _reads(key, value)])

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Return name and value of the hidden inputs that carry the selection through another form."""
        if self.everything:
            return [("all", "1"), ("query", self.query)]
        return [("ids", value) for value in self.ids]


def _reads(key: Any, value: str) -> bool:
    try:
        key.run_validators(key.to_python(value))  # too: a number that no database takes
    except Exception:  # noqa: BLE001  every field type has its own complaint
        return False
    return True
