"""Showing a stored credential: to who may, for a reason, after that is in the audit log, once and for half a minute."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.accounts.permissions import requires
from apps.accounts.requests import PersonRequest
from apps.accounts.signin.stepup import fresh_required
from apps.accounts.tickets import TicketForm
from apps.audit.services import record
from apps.connections.models import Connection
from apps.connections.param_fields import label
from apps.connections.services import readable_credentials
from apps.ui.http import page_or_fragment

SHOWN_SECONDS = 30
SHORTEST_REASON = 8


class RevealForm(TicketForm):
    """Which credential, and why."""

    field = forms.ChoiceField(label="Credential")
    reason = forms.CharField(
        max_length=500,
        min_length=SHORTEST_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="It stands in the audit log beside your name.",
    )
    field_order = ("field", "reason", "ticket")

    def __init__(self, *args: Any, names: list[str], worker: User) -> None:
        super().__init__(*args, worker=worker)
        choices = [(name, label(name)) for name in names]
        self.fields["field"].choices = choices  # type: ignore[attr-defined]
        self.fields["field"].initial = names[0] if names else None


@requires("connections.reveal")
@fresh_required
@never_cache
@require_http_methods(["GET", "POST"])
def reveal(request: PersonRequest, name: str) -> HttpResponse:
    """Ask for the reason; with one, show the credential in this answer alone."""
    connection = get_object_or_404(Connection, name=name)
    stored = readable_credentials(connection)
    names = [field for field, value in stored.items() if value not in (None, "")]
    form = RevealForm(request.POST or None, names=names, worker=request.user)
    context: dict[str, Any] = {"connection": connection, "form": form, "names": names, "seconds": SHOWN_SECONDS}
    status = 200
    if request.method == "POST":
        if form.is_valid():
            field = form.cleaned_data["field"]
            _record(connection, request.user, field, form.cleaned_data)
            context |= {
                "shown": str(stored[field]),
                "label": label(field),
                "form": RevealForm(names=names, worker=request.user),
            }
        else:
            status = 422
    return page_or_fragment(request, "connections/reveal.html", context, fragment="connections/_reveal.html", status=status)


def _record(connection: Connection, actor: User, field: str, typed: dict[str, Any]) -> None:
    """Write the entry; if that fails nothing is shown."""
    record(
        "connection.credential_revealed",
        actor=actor,
        target=f"{connection.name}: {label(field)}",
        connection_name=connection.name,
        connection_id=connection.pk,
        reason=typed["reason"],
        ticket=typed["ticket"],
    )
