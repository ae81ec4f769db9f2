"""The jobs of the porting desk: placing orders, and looking how they stand."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from apps.changes.models import Intent
from apps.connections.models import Connection
from apps.connections.services import client_for
from apps.jobs.context import Context
from apps.jobs.kinds import JobKind, Recovery, register
from apps.jobs.models import JobItem, Schedule
from apps.numbers.models import PortOrder
from apps.numbers.porting.access import PORT
from apps.numbers.porting.following import following, poll
from apps.numbers.porting.submitting import KIND, stuck, tend
from apps.numbers.purchase.kinds import PurchaseKind, drive
from apps.ui.formatting import money


@register
class PlacePorts(PurchaseKind):
    """Place port orders, one intent each."""

    key = KIND
    title = "Order ports"
    permission = PORT
    item_noun: ClassVar[tuple[str, str]] = ("port order", "port orders")
    result_fields: ClassVar[Mapping[str, str]] = {"order": "Order", "amount": "Amount", "numbers": "Numbers"}

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        intent = drive(Intent.objects.get(pk=item.params["intent"]), self.client(ctx))
        order = PortOrder.objects.get(pk=item.params["order"])
        amount = money(order.amount, order.currency) if order.amount is not None else ""
        return {"order": order.order_id, "amount": amount, "numbers": intent.result.get("numbers"), "message": order.message}

    def finish(self, ctx: Context) -> None:
        orders = PortOrder.objects.filter(job=ctx.job)
        placed = orders.exclude(order_id="").count()
        ctx.summarise(f"{placed} of {ctx.job.total} port order{'' if ctx.job.total == 1 else 's'} placed.")

    def recover_finish(self, ctx: Context) -> Recovery:
        return Recovery.retry()


@register
class PollPorts(JobKind):
    """Look how the open port orders of each connection stand; a schedule starts it while there are any."""

    key = "numbers.port.poll"
    title = "Look at port orders"
    item_noun: ClassVar[tuple[str, str]] = ("connection", "connections")
    repeatable = True
    result_fields: ClassVar[Mapping[str, str]] = {"changed": "Changed"}

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        connection = Connection.objects.get(pk=int(item.key))
        for order in stuck(connection):
            tend(order, client_for(connection, actor=ctx.actor))
        return {"changed": poll(connection, actor=ctx.actor)}

    def scheduled_items(self, schedule: Schedule) -> Iterable[Mapping[str, Any]] | None:
        found = {order.request.connection for order in (*following(), *stuck()) if order.request.connection.enabled}
        return [{"key": str(one.pk), "label": one.name} for one in sorted(found, key=lambda one: one.name)] or None
