"""What approvals do by themselves: tell people by mail, and close what ran out."""

from collections.abc import Iterable, Mapping
from smtplib import SMTPException
from typing import Any, ClassVar

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from apps.accounts.models import User
from apps.changes.approvals.services import cannot_decide, due, expire_due
from apps.changes.models import Approval
from apps.jobs.context import Context
from apps.jobs.kinds import ItemFailed, JobKind, register
from apps.jobs.models import JobItem, Schedule


@register
class MailApprovals(JobKind):
    """One item for each person who is told that somebody asks, or what was decided."""

    key = "approvals.mail"
    title = "Tell people of an approval"
    item_noun: ClassVar[tuple[str, str]] = ("person", "people")
    repeatable = True  # a mail that comes twice does no harm; one that never comes does

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        people = Approval.objects.select_related("asked_by", "decided_by")
        approval = people.get(public_id=ctx.params["approval"])
        person = User.objects.get(pk=int(item.key))
        asked = ctx.params["news"] == "asked"
        if not person.is_active or (asked and (not approval.is_waiting or cannot_decide(approval, person))):
            return {"message": "Not sent: there is nothing for them to do any more."}
        context = {"approval": approval, "person": person, "url": settings.PORTAL_URL + approval.get_absolute_url()}
        text = render_to_string(f"changes/approvals/{ctx.params['news']}_mail.txt", context)
        subject = f"Waiting for you: {approval.title}" if asked else f"{approval.state_words}: {approval.title}"
        try:
            send_mail(" ".join(subject.split()), text, None, [person.email])
        except (SMTPException, OSError) as error:
            raise ItemFailed(f"The mail server did not take it: {error}") from error
        return {"message": "Sent."}


@register
class ExpireApprovals(JobKind):
    """Close the requests that nothing can come of any more; a schedule starts it when there are some."""

    key = "approvals.expire"
    title = "Close approvals that ran out"
    item_noun: ClassVar[tuple[str, str]] = ("round", "rounds")
    repeatable = True

    def run_item(self, ctx: Context, item: JobItem) -> Mapping[str, Any]:
        return {"message": f"{expire_due()} closed."}

    def scheduled_items(self, schedule: Schedule) -> Iterable[Mapping[str, Any]] | None:
        return [{"key": "all", "label": "Approvals"}] if next(iter(due()), None) else None
