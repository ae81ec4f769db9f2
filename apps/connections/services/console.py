"""Calls from the operation console: each press of the button is sent once, and its masked outcome kept for a day."""

import json
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.connections.encoding import dumps
from apps.connections.models import CONSOLE_KEPT, Connection, ConsoleCall
from apps.connections.services.clients import client_for
from apps.connections.services.wording import describe_error
from apps.vendors.core.client import Client, Confirmation, Exchange
from apps.vendors.core.errors import VendorError
from apps.vendors.core.operation import Operation
from apps.vendors.core.redact import mask_names, mask_values


def send_from_console(
    connection: Connection, operation: Operation, values: dict[str, Any], *, token: UUID, actor: User
) -> tuple[ConsoleCall, bool]:
    """Send a call whose parameters are clean, and return it with whether this press was the first with `token`.

    A second press with the same token sends nothing: it returns the first one's row, as far as that has got.
    """
    ConsoleCall.objects.filter(at__lt=timezone.now() - CONSOLE_KEPT).delete()
    try:
        with transaction.atomic():
            call = ConsoleCall.objects.create(token=token, connection=connection, actor=actor, operation=operation.name)
    except IntegrityError:
        return ConsoleCall.objects.get(token=token), False
    exchanges: list[Exchange] = []
    try:
        client = client_for(connection, actor=actor, also=exchanges.append)
        result = client.call(operation.name, values, confirmation=Confirmation("console", str(token)))
    except VendorError as error:
        call.state, call.error = ConsoleCall.State.FAILED, describe_error(error, connection)
    else:
        call.state, call.result = ConsoleCall.State.DONE, _masked(client, operation, values, result)
    call.exchange = _told(exchanges[-1]) if exchanges else None
    call.save(update_fields=["state", "error", "result", "exchange"])
    return call, True


def _masked(client: Client, operation: Operation, values: dict[str, Any], result: Any) -> Any:
    """Return the result as JSON types: fields declared secret are masked, and secret values wherever they stand."""
    text = dumps(mask_names(result, client.secret_names(operation.name), operation.hidden))
    return json.loads(mask_values(text, client.secret_values(values)))


def _told(exchange: Exchange) -> dict[str, Any]:
    return {
        "id": exchange.id,
        "request": exchange.request,
        "reply": exchange.reply,
        "seconds": exchange.duration,
        "attempts": exchange.attempts,
        "outcome": exchange.outcome,
        "sent": exchange.sent,
    }
