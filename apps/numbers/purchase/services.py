"""What can be done with a purchase: the door for screens and commands.

Every function takes the person who acts, checks that they may (PermissionDenied) and that the purchase is theirs
(HeldByOther), and raises NotPossible with a sentence for people when things do not stand that way. Functions that call the
carrier while one waits also raise VendorError. Whatever takes long returns a job.

    start → add | reserve_many, release, keep | leave → make_order → preview_payment → pay
"""

from apps.numbers.purchase.access import HeldByOther, NotPossible, jobs_of
from apps.numbers.purchase.cart import AT_ONCE, MOST, Added, active, add, reserve_many, start, take_over
from apps.numbers.purchase.checkout import (
    accept_order,
    ask_approval,
    check_again,
    make_order,
    pay,
    preview_payment,
    refuse_order,
    say_not_paid,
    say_paid,
)
from apps.numbers.purchase.clearing import Released, abandon, keep, leave, release
from apps.numbers.purchase.price import Monthly, PaymentPreview, costs_of
from apps.numbers.purchase.tending import tend
from apps.numbers.purchase.view import Check, Choice, PurchaseView, explain, owner_line, view_of

__all__ = [
    "AT_ONCE",
    "MOST",
    "Added",
    "Check",
    "Choice",
    "HeldByOther",
    "Monthly",
    "NotPossible",
    "PaymentPreview",
    "PurchaseView",
    "Released",
    "abandon",
    "accept_order",
    "active",
    "add",
    "ask_approval",
    "check_again",
    "costs_of",
    "explain",
    "jobs_of",
    "keep",
    "leave",
    "make_order",
    "owner_line",
    "pay",
    "preview_payment",
    "refuse_order",
    "release",
    "reserve_many",
    "say_not_paid",
    "say_paid",
    "start",
    "take_over",
    "tend",
    "view_of",
]
