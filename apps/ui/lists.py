"""The list pattern: filter, order, page, count, selection and empty state of one table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict

from apps.ui.http import page_or_fragment, wants_fragment
from apps.ui.paging import Count, Page, capped_count, keyset_page

RESULTS = "ui/_results.html"


@dataclass(frozen=True)
class BulkAction:
    """A button of the selection bar; it posts the selection to `url`."""

    label: str
    url: str
    icon: str = ""
    danger: bool = False


@dataclass(frozen=True)
class Tab:
    """A saved view: a name for a filter, written as a query string ("status=active")."""

    label: str
    query: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Empty:
    """What to say when there is nothing yet: what the list is for, and how it gets its first row."""

    title: str
    text: str = ""
    action: str = ""
    url: str = ""
    icon: str = "inbox"


@dataclass
class Listing:
    """Everything `ui/list.html` and its fragment show about one list."""

    path: str
    params: QueryDict
    page: Page
    count: Count | None
    table: str
    noun: str
    plural: str
    filterset: Any = None
    sorts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sort: str = ""
    bulk: Sequence[BulkAction] = ()
    tabs: Sequence[Tab] = ()
    empty: Empty = Empty("Nothing here yet")
    fragment: bool = False

    @property
    def rows(self) -> list[Any]:
        """Return the rows of this page."""
        return self.page.rows

    @cached_property
    def query(self) -> str:
        """Return the filter alone as a query string, without blanks: what "all matching" means."""
        if self.filterset is None:
            return ""
        names = tuple(self.filterset.form.fields)  # a range posts name_min and name_max
        others = [name for name in self.params if not name.startswith(names)]
        return _without(self.params, *others).urlencode()

    @property
    def filtered(self) -> bool:
        """Return whether any filter is set."""
        return bool(self.query)

    def filter_fields(self) -> list[Any]:
        """Return the fields that stand in the filter bar at once."""
        later = getattr(self.filterset, "more", ())
        return [field for field in self.filterset.form.visible_fields() if field.name not in later]

    def more_fields(self) -> list[Any]:
        """Return the fields behind "More filters": those a filter set names in `more`."""
        later = getattr(self.filterset, "more", ())
        return [field for field in self.filterset.form.visible_fields() if field.name in later]

    @property
    def more_set(self) -> bool:
        """Return whether one of the fields behind "More filters" is set."""
        return any(self.params.get(field.html_name) for field in self.more_fields())

    @property
    def worth_filtering(self) -> bool:
        """Return whether there is anything to filter; a list without a first row only says how it gets one."""
        return bool(self.rows or self.filtered or self.invalid)

    @property
    def invalid(self) -> bool:
        """Return whether a filter value could not be read."""
        return self.filterset is not None and not self.filterset.is_valid()

    @cached_property
    def address(self) -> str:
        """Return the clean address of this page of the list, for the browser's address bar."""
        return self._url(_without(self.params))

    @property
    def next_url(self) -> str:
        """Return the address of the next page, empty on the last."""
        return self._cursor_url(self.page.next_cursor)

    @property
    def previous_url(self) -> str:
        """Return the address of the previous page, empty on the first."""
        return self._cursor_url(self.page.previous_cursor)

    @property
    def noun_for_count(self) -> str:
        """Return the noun that fits the count."""
        return self.noun if self.count and self.count.number == 1 and not self.count.capped else self.plural

    def tab_links(self) -> list[dict[str, Any]]:
        """Return the saved views with address and whether each is the one shown."""
        return [
            {
                "label": tab.label,
                "count": tab.count,
                "url": self._url(QueryDict(tab.query)),
                "active": _as_set(QueryDict(tab.query)) == _as_set(QueryDict(self.query)),
            }
            for tab in self.tabs
        ]

    def sort_state(self, key: str) -> dict[str, Any]:
        """Return how the column `key` sorts now and the address that sorts it, or turns it round."""
        up, down = key in self.sorts, f"-{key}" in self.sorts
        if not (up or down):
            return {"url": "", "state": ""}
        if self.sort == key and down:
            target = f"-{key}"
        else:
            target = key if up else f"-{key}"
        params = _without(self.params, "cursor")
        params["sort"] = target
        state = {key: "ascending", f"-{key}": "descending"}.get(self.sort, "")
        return {"url": self._url(params), "state": state}

    def _cursor_url(self, cursor: str) -> str:
        if not cursor:
            return ""
        params = _without(self.params, "cursor")
        params["cursor"] = cursor
        return self._url(params)

    def _url(self, params: QueryDict) -> str:
        return f"{self.path}?{params.urlencode()}" if params else self.path


def build_list(
    request: HttpRequest,
    queryset: QuerySet,
    *,
    table: str,
    noun: str,
    plural: str = "",
    filterset: type | None = None,
    order: Sequence[str] = ("pk",),
    sorts: Mapping[str, Sequence[str]] | None = None,
    size: int = 50,
    count: bool = True,
    bulk: Sequence[BulkAction] = (),
    tabs: Sequence[Tab] = (),
    empty: Empty | None = None,
) -> Listing:
    """Build the list a request asks for, in two queries: the page and the capped count.

    `queryset` holds what the person may see; `table` is the template of the table; `sorts` maps the values of
    `?sort=` to keyset orders. A filter that cannot be read shows no rows and says which field is wrong.
    """
    chosen = filterset(request.GET, queryset=queryset, request=request) if filterset else None
    if chosen is not None:
        queryset = chosen.qs if chosen.is_valid() else queryset.none()
    sorts = sorts or {}
    usual = next((key for key, value in sorts.items() if tuple(value) == tuple(order)), "")
    sort = request.GET.get("sort", "")
    sort = sort if sort in sorts else usual
    page = keyset_page(queryset, sorts.get(sort, order), request.GET.get("cursor", ""), size)
    return Listing(
        path=request.path,
        params=request.GET,
        page=page,
        count=_count(queryset, page, size) if count else None,
        table=table,
        noun=noun,
        plural=plural or noun + "s",
        filterset=chosen,
        sorts=sorts,
        sort=sort,
        bulk=bulk,
        tabs=tabs,
        empty=empty or Empty(f"No {plural or noun + 's'} yet"),
        fragment=wants_fragment(request),
    )


def list_response(request: HttpRequest, template: str, listing: Listing, context: dict[str, Any] | None = None) -> HttpResponse:
    """Answer with the whole list page, or with its results alone when htmx filters, sorts or pages."""
    response = page_or_fragment(
        request,
        template,
        {**(context or {}), "listing": listing},
        fragment=RESULTS,
        status=422 if listing.invalid else 200,
    )
    if listing.fragment:
        response["HX-Push-Url"] = listing.address
    return response


def _count(queryset: QuerySet, page: Page, size: int) -> Count:
    if not page.next_cursor and not page.previous_cursor:
        return Count(len(page.rows))  # all of them are on this page
    return capped_count(queryset)


def _without(params: QueryDict, *names: str) -> QueryDict:
    """Copy a query without the named and without blank parameters."""
    kept = QueryDict(mutable=True)
    for name, values in params.lists():
        filled = [value for value in values if value != ""]
        if name not in names and filled:
            kept.setlist(name, filled)
    return kept


def _as_set(params: QueryDict) -> set[tuple[str, str]]:
    return {(name, value) for name, values in params.lists() for value in values}
