"""Preparing a port: which numbers can come, in which orders, under which details and with which papers."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Tenant, User
from apps.connections.models import Connection
from apps.connections.services import client_for
from apps.numbers.models import PRESENT, Number, PortNumber, PortOrder, PortPaper, PortRequest, PortState
from apps.numbers.models.porting import UNDER_WAY, Line, facts_of
from apps.numbers.porting import papers as paper_rules
from apps.numbers.porting.access import NotPossible, audit, event, locked_draft, may_edit, permit, settle
from apps.numbers.porting.parsing import Pasted
from apps.vendors.core.numbers import Porting

CHECKED_AT_ONCE = 200
_NOT_TAKEN = "The carrier does not take it in."
DETAILS = (
    "line", "losing_carrier", "account_number", "billing_number", "partial", "staying", "new_billing_number", "subscriber",
    "business_name", "first_name", "middle_name", "last_name", "authorised_person", "house_number", "street", "unit", "city",
    "area", "postcode", "wanted_on",
)  # fmt: skip


def start(
    actor: User,
    connection: Connection,
    pasted: Sequence[Pasted],
    *,
    reference: str,
    tenant: Tenant | None = None,
    told: str = "",
) -> PortRequest:
    """Store a request with its numbers. Raises PermissionDenied."""
    permit(actor)
    with transaction.atomic():
        request = PortRequest.objects.create(
            connection=connection, tenant=tenant, reference=reference, told=told, created_by=actor
        )
        _add(request, pasted)
        audit("started", request, actor, params={"numbers": len(pasted)})
    return request


def change(request: PortRequest, actor: User, *, reference: str, tenant: Tenant | None, told: str) -> None:
    """Change for whom a request is, and who hears of it. Raises PermissionDenied."""
    permit(actor)
    before = {"reference": request.reference, "tenant": str(request.tenant or ""), "told": request.told}
    with transaction.atomic():
        request.reference, request.tenant, request.told, request.saved_at = reference, tenant, told, timezone.now()
        request.save()
        after = {"reference": reference, "tenant": str(tenant or ""), "told": told}
        if after != before:
            audit("changed", request, actor, before=before, after=after)


def add(request: PortRequest, actor: User, pasted: Sequence[Pasted]) -> int:
    """Add numbers to a request and return how many were new. Raises PermissionDenied."""
    permit(actor)
    with transaction.atomic():
        added = _add(_locked(request), pasted)
        if added:
            audit("numbers_added", request, actor, params={"numbers": added})
    return added


def check(request: PortRequest, actor: User, among: Collection[int] | None = None) -> None:
    """Ask which of a request's numbers can be ported, and put those that can into orders.

    Asks about all that are not ordered, or those named (primary keys). Raises PermissionDenied, VendorError; what was
    answered before the error is kept.
    """
    if not actor.may("numbers.port.correct"):
        permit(actor)
    rows = PortNumber.objects.filter(request=request, state=PortState.DRAFT)
    rows = rows.select_related("order").order_by("number")
    asked = [row for row in rows if among is None or row.pk in among]
    grounds = _own_grounds(request, [row.number for row in asked])
    _note(asked, {row.number: grounds.get(row.number, "") for row in asked if row.number in grounds}, portable=False)
    open_ = [row for row in asked if row.number not in grounds]
    if open_:
        door = client_for(request.connection, actor=actor).capability(Porting)
        for start_ in range(0, len(open_), CHECKED_AT_ONCE):
            part = open_[start_ : start_ + CHECKED_AT_ONCE]
            accepted = set(door.check([row.number for row in part]).accepted)
            _note(part, {row.number: "" for row in part if row.number in accepted}, portable=True)
            _note(part, {row.number: _NOT_TAKEN for row in part if row.number not in accepted}, portable=False)
    with transaction.atomic():
        _group(_locked(request), actor)
        found = PortNumber.objects.filter(request=request, state=PortState.DRAFT)
        audit(
            "checked",
            request,
            actor,
            params={"asked": len(asked), "portable": found.filter(portable=True).count()},
        )


def remove(request: PortRequest, actor: User, numbers: Iterable[int]) -> int:
    """Take numbers (primary keys) out of a request and return how many. Raises PermissionDenied."""
    permit(actor)
    with transaction.atomic():
        rows = PortNumber.objects.filter(request=_locked(request), pk__in=list(numbers), state=PortState.DRAFT)
        gone = list(rows.values_list("number", flat=True))
        rows.filter(pk__in=list(rows.values_list("pk", flat=True))).delete()
        _drop_empty(request)
        if gone:
            audit("numbers_removed", request, actor, params={"numbers": gone[:50], "count": len(gone)})
    return len(gone)


def annotate(request: PortRequest, actor: User, numbers: Iterable[int], note: str) -> int:
    """Write down why numbers are kept though they cannot come. Raises PermissionDenied."""
    permit(actor)
    rows = PortNumber.objects.filter(request=request, pk__in=list(numbers), state=PortState.DRAFT, portable=False)
    with transaction.atomic():
        count = rows.update(note=note[:300])
        audit("numbers_kept", request, actor, params={"count": count, "note": note})
    return count


def move(request: PortRequest, actor: User, numbers: Iterable[int], to: PortOrder | None) -> PortOrder:
    """Put numbers into another order of the request, or into a new one. Raises PermissionDenied, NotPossible."""
    permit(actor)
    with transaction.atomic():
        rows = list(
            PortNumber.objects.filter(
                request=_locked(request),
                pk__in=list(numbers),
                state=PortState.DRAFT,
                order__isnull=False,
                order__predecessor=None,
            ).select_related("order")
        )
        if not rows:
            raise NotPossible("Tick the numbers that go into another order first.")
        kinds = {(row.kind, row.country) for row in rows}
        if to is not None and (to.request_id != request.pk or not to.is_draft):
            raise NotPossible("This order was sent already; choose another.")
        if len(kinds) > 1 or (to is not None and kinds != {(to.kind, to.country)}):
            raise NotPossible("Toll-free and local numbers, and numbers of two countries, never go into one order.")
        if to is None:
            [(kind, country)] = kinds
            to = _new_order(request, actor, kind, country)
            source = rows[0].order
            assert source is not None
            _copy_details(source, to)
            to.account_number, to.described_at = "", None
            to.save()
        PortNumber.objects.filter(pk__in=[row.pk for row in rows]).update(order=to)
        _drop_empty(request)
        audit("grouped", request, actor, order=to, params={"numbers": len(rows)})
    return to


def describe(order: PortOrder, actor: User, values: Mapping[str, Any], secrets: Mapping[str, str]) -> PortOrder:
    """Store an order's details; of `secrets` (account, pin) an empty one keeps what is stored.

    Raises PermissionDenied, NotPossible.
    """
    with transaction.atomic():
        order = locked_draft(order, actor)
        before = facts_of(order)
        for name in DETAILS:
            setattr(order, name, values[name])
        if order.line == Line.WIRELESS:
            kept = order.secrets.open()
            order.secrets = {name: secrets.get(name) or kept.get(name, "") for name in ("account", "pin")}
            order.account_number = ""
        else:
            order.secrets = {}
        order.described_at, order.message = timezone.now(), ""
        order.save()
        PortRequest.objects.filter(pk=order.request_id).update(saved_at=timezone.now())
        audit("described", order.request, actor, order=order, before=before, after=facts_of(order))
    return order


def has_secrets(order: PortOrder) -> dict[str, bool]:
    """Return which secrets are stored, without telling them."""
    kept = order.secrets.open()
    return {name: bool(kept.get(name)) for name in ("account", "pin")}


def add_paper(order: PortOrder, actor: User, kind: str, name: str, content: bytes) -> PortPaper:
    """Keep an uploaded paper. Raises PermissionDenied, NotPossible, papers.Unfit."""
    name, ending = paper_rules.examine(name, content, kind=kind, number_kind=order.kind)
    with transaction.atomic():
        order = locked_draft(order, actor)
        digest = paper_rules.digest(content)
        known = order.papers.filter(kind=kind, digest=digest).first()
        if known is not None:
            return known
        if order.papers.filter(kind=kind).count() >= paper_rules.MOST_PAPERS:
            raise NotPossible(f"There are {paper_rules.MOST_PAPERS} already. Put several sheets into one PDF.")
        paper = PortPaper.objects.create(
            order=order, kind=kind, name=name, ending=ending, content=content, size=len(content), digest=digest, added_by=actor
        )
        audit("paper_added", order.request, actor, order=order, params={"kind": kind, "name": name, "sha256": digest})
    return paper


def remove_paper(order: PortOrder, actor: User, paper: int) -> None:
    """Remove a paper of a draft. Raises PermissionDenied, NotPossible."""
    with transaction.atomic():
        order = locked_draft(order, actor)
        found = order.papers.defer("content").filter(pk=paper).first()
        if found is not None:
            audit("paper_removed", order.request, actor, order=order, params={"name": found.name, "sha256": found.digest})
            found.delete()


def discard(request: PortRequest, actor: User) -> None:
    """Delete a request of which nothing was ordered. Raises PermissionDenied, NotPossible."""
    permit(actor)
    with transaction.atomic():
        request = _locked(request)
        if request.orders.exclude(state=PortState.DRAFT).exists():
            raise NotPossible("Some of it was sent to the carrier already. Discard the drafts one by one instead.")
        audit("discarded", request, actor)
        request.orders.all().delete()
        request.delete()


def discard_order(order: PortOrder, actor: User) -> None:
    """Delete a draft; the numbers of a correction go back to the order that was rejected. Raises as `describe`."""
    with transaction.atomic():
        order = locked_draft(order, actor)
        numbers = list(order.numbers.values_list("number", flat=True))
        order.numbers.all().delete()
        if order.predecessor_id:
            before = PortOrder.objects.select_for_update().get(pk=order.predecessor_id)
            PortNumber.objects.filter(order=before, number__in=numbers, state=PortState.CORRECTED).update(
                state=PortState.EXCEPTION, changed_at=timezone.now()
            )
            settle(before)
            event(before, "discarded", "The correction was discarded.", actor=actor)
        audit("order_discarded", order.request, actor, order=order, params={"numbers": len(numbers)})
        order.delete()


def correct(order: PortOrder, actor: User) -> PortOrder:
    """Begin a new order for what was rejected of one: its details to be corrected, its papers taken along.

    Returns the draft there is already, if somebody began. Raises PermissionDenied, NotPossible.
    """
    if not actor.may("numbers.port.correct"):
        permit(actor)
    with transaction.atomic():
        request = _locked(order.request)
        order = PortOrder.objects.select_for_update().select_related("request").get(pk=order.pk)
        begun = order.successors.filter(state=PortState.DRAFT).first()
        if begun is not None:
            return begun
        rejected = list(order.numbers.filter(state=PortState.EXCEPTION))
        if not rejected:
            raise NotPossible("Nothing of this order is rejected, so there is nothing to correct.")
        draft = _new_order(request, actor, order.kind, order.country)
        draft.predecessor = order
        _copy_details(order, draft)
        draft.secrets = order.secrets
        draft.save()
        _copy_papers(order, draft, {row.reason for row in rejected})
        PortNumber.objects.filter(pk__in=[row.pk for row in rejected]).update(
            state=PortState.CORRECTED, changed_at=timezone.now()
        )
        PortNumber.objects.bulk_create(
            PortNumber(request=request, order=draft, number=row.number, kind=row.kind, country=row.country, group=row.group)
            for row in rejected
        )
        settle(order)
        event(order, "corrected", f"{draft.label} asks again for what was rejected.", actor=actor)
        audit("correction_begun", request, actor, order=draft, params={"of": order.label, "numbers": len(rejected)})
    return draft


def hand_in(order: PortOrder, actor: User) -> None:
    """Say, as the customer, that a correction is ready to be sent. Raises PermissionDenied, NotPossible."""
    with transaction.atomic():
        order = locked_draft(order, actor)
        order.handed_in_at = timezone.now()
        order.save(update_fields=["handed_in_at"])
        if order.predecessor:
            event(order.predecessor, "handed_in", "The correction is ready to be sent.", actor=actor)
        audit("handed_in", order.request, actor, order=order)


def fingerprint(order: PortOrder) -> str:
    """Return what changes as soon as anything of a draft does: what was shown is then what is sent."""
    content = {
        **{name: str(getattr(order, name)) for name in DETAILS},
        "secrets": order.secrets.token,
        "numbers": list(order.numbers.order_by("number").values_list("number", flat=True)),
        "papers": list(order.papers.order_by("pk").values_list("digest", flat=True)),
    }
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


# --- inside ---------------------------------------------------------------------------------------------------


def _locked(request: PortRequest) -> PortRequest:
    with transaction.atomic(savepoint=False):
        rows = PortRequest.objects.select_related("connection", "tenant")
        PortRequest.objects.select_for_update().get(pk=request.pk)
        return rows.get(pk=request.pk)


def _add(request: PortRequest, pasted: Sequence[Pasted]) -> int:
    known = set(PortNumber.objects.filter(request=request).exclude(state=PortState.CORRECTED).values_list("number", flat=True))
    new = [one for one in pasted if one.number not in known]
    PortNumber.objects.bulk_create(
        PortNumber(request=request, number=one.number, kind=one.kind, country=one.country, group=one.group) for one in new
    )
    PortRequest.objects.filter(pk=request.pk).update(saved_at=timezone.now())
    return len(new)


def _own_grounds(request: PortRequest, numbers: Sequence[str]) -> dict[str, str]:
    """Return why numbers cannot be asked for though the carrier may not know it."""
    held = Number.objects.filter(PRESENT, number__in=numbers).exclude(status="cancelled")
    grounds = dict.fromkeys(held.values_list("number", flat=True), "It is in the inventory already.")
    elsewhere = PortNumber.objects.filter(number__in=numbers, state__in=UNDER_WAY).select_related("order__request")
    for row in elsewhere:
        if row.order is not None:
            grounds[row.number] = f"It is being ported with {row.order.label} already."
    return grounds


def _note(rows: Iterable[PortNumber], notes: Mapping[str, str], *, portable: bool) -> None:
    now, found = timezone.now(), [row for row in rows if row.number in notes]
    for row in found:
        # What somebody wrote about a number stays while it cannot come.
        keep = row.portable is False and not portable and row.note
        row.portable, row.checked_at, row.note = portable, now, row.note if keep else notes[row.number]
        if not portable and row.order is not None and row.order.predecessor_id is None:
            row.order = None  # a correction keeps its numbers: the carrier may not have closed the order before yet
    PortNumber.objects.bulk_update(found, ["portable", "checked_at", "note", "order"], batch_size=500)


def _group(request: PortRequest, actor: User) -> None:
    """Put numbers that can come and stand in no order into orders: toll-free, countries and groups apart."""
    orders: dict[tuple[str, str, str], PortOrder] = {}
    for order in request.orders.filter(state=PortState.DRAFT, predecessor=None):
        groups = set(order.numbers.values_list("group", flat=True)) or {order.losing_carrier}
        for group in groups:
            orders.setdefault((order.kind, order.country, group), order)
    loose = request.numbers.filter(state=PortState.DRAFT, portable=True, order=None).order_by("group", "number")
    for row in loose:
        key = (row.kind, row.country, row.group)
        if key not in orders:
            orders[key] = _new_order(request, actor, row.kind, row.country, losing_carrier=row.group)
        row.order = orders[key]
    PortNumber.objects.bulk_update(loose, ["order"], batch_size=500)
    _drop_empty(request)


def _new_order(request: PortRequest, actor: User, kind: str, country: str, *, losing_carrier: str = "") -> PortOrder:
    last = request.orders.order_by("-position").values_list("position", flat=True).first() or 0
    order = PortOrder(
        request=request, position=last + 1, kind=kind, country=country, losing_carrier=losing_carrier, created_by=actor
    )
    order.save()
    return order


def _drop_empty(request: PortRequest) -> None:
    request.orders.filter(state=PortState.DRAFT, numbers=None, predecessor=None).delete()


def _copy_details(source: PortOrder, target: PortOrder) -> None:
    for name in DETAILS:
        setattr(target, name, getattr(source, name))
    target.wanted_on = None
    target.described_at = source.described_at


def _copy_papers(source: PortOrder, target: PortOrder, reasons: set[str]) -> None:
    """Take the papers along that no reason says are to be renewed."""
    from apps.numbers.porting.reasons import REASONS

    renewed = {kind for reason in reasons if reason in REASONS for kind in REASONS[reason].papers}
    for paper in source.papers.exclude(kind__in=renewed):
        paper.pk, paper.order = None, target
        paper._state.adding = True
        paper.save(force_insert=True)


__all__ = [
    "add", "add_paper", "annotate", "change", "check", "correct", "describe", "discard", "discard_order", "fingerprint",
    "hand_in", "has_secrets", "may_edit", "move", "remove", "remove_paper", "start",
]  # fmt: skip
