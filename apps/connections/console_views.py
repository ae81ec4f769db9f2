"""The operation console: every documented operation, a form from its record, and the redacted exchange."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.acting import under
from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.signin.stepup import fresh_required
from apps.connections import services
from apps.connections.encoding import dumps
from apps.connections.forms import PARAM, OperationForm, place_faults
from apps.connections.models import Connection, ConsoleCall
from apps.connections.param_fields import label
from apps.connections.results import present
from apps.connections.selectors import tabs
from apps.ui.http import page_or_fragment
from apps.vendors.core.operation import Effect, Operation
from apps.vendors.core.registry import Vendor, vendors

NEEDS = {
    Effect.READ: "console.read",
    Effect.WRITE: "console.write",
    Effect.DESTRUCTIVE: "console.spend",
    Effect.PURCHASE: "console.spend",
    Effect.LIVE: "console.spend",
}


@requires("console.read")
@require_GET
def console(request: PersonRequest, name: str) -> HttpResponse:
    """The operations of a connection's vendor, by area, filtered as one types."""
    connection, vendor = _find(request, name)
    context = _console(request, connection, vendor)
    return page_or_fragment(request, "connections/console.html", context, fragment="connections/_operations.html")


def _spends(request: PersonRequest, name: str, operation: str) -> bool:
    record = _find(request, name)[1].operations.get(operation)
    return request.method == "POST" and record is not None and record.effect is Effect.PURCHASE


@requires("console.read")
@require_http_methods(["GET", "POST"])
@fresh_required(when=_spends)
def operation(request: PersonRequest, name: str, operation: str) -> HttpResponse:
    """One operation: its form, and after a press of the button what came of it."""
    connection, vendor = _find(request, name)
    record = vendor.operations.get(operation)
    if record is None:
        raise Http404(operation)
    if not _may(request.user, record):
        raise PermissionDenied(NEEDS[record.effect])
    files = request.FILES or None
    form = OperationForm(request.POST or None, files, operation=record, connection=connection, worker=request.user)
    switched_off = record.needs_option if not connection.options.get(record.needs_option) else ""
    context = _console(request, connection, vendor) | {
        "operation": record,
        "form": form,
        "switched_off": label(switched_off) if switched_off else "",
    }
    status = 200
    if request.method == "POST":
        status = _press(request, form, connection, record, context)
    return page_or_fragment(request, "connections/console.html", context, fragment="connections/_operation.html", status=status)


@requires("console.read")
@require_GET
def result(request: PersonRequest, name: str, token: UUID) -> HttpResponse:
    """The whole masked result of one's own call as a JSON file."""
    reachable = Connection.objects.visible_to(request.user).filter(name=name)
    call = get_object_or_404(ConsoleCall, token=token, connection__in=reachable, actor=request.user)
    if call.result is None:
        raise Http404("This call has no result.")
    response = HttpResponse(dumps(call.result, indent=2), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}-{call.operation}-{call.at:%Y%m%d-%H%M%S}.json"'
    return response


def _press(
    request: PersonRequest, form: OperationForm, connection: Connection, record: Operation, context: dict[str, Any]
) -> int:
    """Send the call if the form is valid, put what came of it into `context`, and return the HTTP status."""
    if not form.is_valid():
        return 422
    user = request.user
    token = form.cleaned_data["form_token"]
    with under(**form.acting()):
        call, first = services.send_from_console(connection, record, form.values, token=token, actor=user)
    if (call.actor_id, call.connection_id, call.operation) != (user.pk, connection.pk, record.name):
        raise Http404  # a token of somebody else's form
    if call.error:
        place_faults(form, {name: text for name, text in call.error["fields"].items() if name}, PARAM)
    form.renew()
    context |= {"call": call, "first": first, "shown": present(call.result) if call.state == "done" else None}
    return 200


def _find(request: PersonRequest, name: str) -> tuple[Connection, Vendor]:
    connection = get_object_or_404(Connection.objects.visible_to(request.user), name=name)
    try:
        return connection, vendors.get(connection.vendor)
    except KeyError:
        raise Http404(f"No driver for {connection.vendor} is installed.") from None


def _may(user: User, record: Operation) -> bool:
    return user.may(NEEDS[record.effect])


def _console(request: PersonRequest, connection: Connection, vendor: Vendor) -> dict[str, Any]:
    """Return what the list of operations needs; what this person may not call is counted, not shown."""
    text = request.GET.get("q", "").strip()
    allowed = [record for record in vendor.operations.values() if _may(request.user, record)]
    found = [record for record in allowed if _matches(record, text)]
    return {
        "connection": connection,
        "vendor": vendor,
        "page_tabs": tabs(connection, request.user, "console"),
        "q": text,
        "areas": _by_area(found),
        "found": len(found),
        "total": len(allowed),
        "withheld": len(vendor.operations) - len(allowed),
    }


def _by_area(records: Iterable[Operation]) -> list[tuple[str, list[Operation]]]:
    def area(record: Operation) -> str:
        return record.area

    return [(name, list(group)) for name, group in groupby(sorted(records, key=area), key=area)]


def _matches(record: Operation, text: str) -> bool:
    """Whether every word of `text` stands in the operation's names, title, area or effect."""
    hay = " ".join((record.name, *record.documented_as, record.title, record.area, record.effect)).casefold()
    return all(word in hay for word in text.casefold().split())
