"""Mail about a port: when its date is set or moves, and when it is complete.

What is to be sent stands in the timeline first; it is marked after the mail server took it, so a mail may come twice
after a crash but is never lost.
"""

from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from apps.accounts.signin.invitations import can_mail
from apps.numbers.models import PortEvent, PortOrder
from apps.ui.formatting import phone

log = structlog.get_logger(__name__)
_SUBJECTS = {
    "foc_set": "Your numbers move on a confirmed date",
    "foc_changed": "The date for your numbers has changed",
    "foc_gone": "The date for your numbers is withdrawn",
    "completed": "Your numbers are here",
}


def deliver(order: PortOrder) -> int:
    """Send the mail that is due for an order, and return how many messages the server took."""
    due = PortEvent.objects.filter(order=order, mail=PortEvent.Mail.DUE).order_by("at", "pk")
    sent = 0
    for one in due:
        if not order.request.addresses or not can_mail():
            PortEvent.objects.filter(pk=one.pk).update(mail=PortEvent.Mail.NONE)
            continue
        try:
            _send(order, one)
        except (SMTPException, OSError) as error:
            log.warning("port.mail_not_sent", order=order.label, error=type(error).__name__)
            break  # it stays due: the next look at the orders tries again
        PortEvent.objects.filter(pk=one.pk).update(mail=PortEvent.Mail.SENT)
        sent += 1
    return sent


def _send(order: PortOrder, about: PortEvent) -> None:
    numbers = [phone(number) for number in order.numbers.order_by("number").values_list("number", flat=True)]
    context = {
        "order": order,
        "event": about,
        "numbers": numbers[:20],
        "more": max(len(numbers) - 20, 0),
        "url": settings.PORTAL_URL + order.get_absolute_url(),
    }
    text = render_to_string("numbers/porting/mail.txt", context)
    send_mail(f"{_SUBJECTS[about.kind]} ({order.label})", text, None, order.request.addresses)
