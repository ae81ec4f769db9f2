"""Paying over the limit: refused at the service until somebody else has agreed to exactly this order."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.changes import approvals, intents
from apps.changes.models import Approval, Intent, IntentState
from apps.numbers.models import CartNumber, PurchaseState
from apps.numbers.purchase import services
from apps.numbers.purchase.approval import PaymentApproval
from apps.numbers.purchase.pay import PayOrder
from tests.changes.test_approvals import together
from tests.numbers.purchase.conftest import Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def limit(bea: User) -> Callable[[str | None], bool]:
    """A function that sets the limit, in dollars."""
    return lambda dollars: approvals.change_policy(bea, spend_limit=None if dollars is None else Decimal(dollars))


def ask(shop: Shop) -> Approval:
    return services.ask_approval(shop.purchase, shop.ada, "For the new office.")


def token(shop: Shop) -> str:
    return services.preview_payment(shop.purchase, shop.ada).token


def pay(shop: Shop) -> None:
    services.pay(shop.purchase, shop.ada, token(shop))
    shop.run()


def test_an_order_over_the_limit_is_not_paid_by_one_person(shop, limit, ops):
    shop.order(3)
    limit("1.00")
    preview = services.preview_payment(shop.purchase, shop.ada)
    assert (preview.can_pay, preview.standing.blocked) == (False, True)
    with pytest.raises(services.NotPossible, match=r"\$[\d.]+ is over the limit of \$1.00 for one purchase"):
        services.pay(shop.purchase, shop.ada, preview.token)
    assert shop.purchase.state == PurchaseState.ORDERED
    assert Intent.objects.get(key=preview.token).state == IntentState.DRAFT
    approval = ask(shop)
    with pytest.raises(services.NotPossible, match="nobody has decided yet"):
        services.pay(shop.purchase, shop.ada, preview.token)
    shop.sound(debits=0)
    approvals.approve(approval, ops, "Fine.")
    assert services.preview_payment(shop.purchase, shop.ada).can_pay
    pay(shop)
    assert shop.purchase.state == PurchaseState.PAID
    shop.sound(debits=1)
    approval.refresh_from_db()
    assert (approval.state, approval.used_by, approval.used_for) == ("used", shop.ada, f"intent {preview.token}")
    confirmed = AuditEntry.objects.get(action="numbers.purchase.confirmed")
    assert confirmed.params["approval"] == str(approval.public_id)
    assert confirmed.params["approved_by"] == "Ops Operator"


def test_up_to_the_limit_nobody_is_asked(shop, limit):
    amount = shop.order(2).amount
    limit(str(amount))
    with pytest.raises(services.NotPossible, match="No second person"):
        ask(shop)
    pay(shop)
    shop.sound(debits=1)


def test_nobody_pays_over_the_limit_past_the_service_that_pays(shop, limit):
    """Whoever confirms an intent that spends meets the rule: a job, a command, another area."""
    shop.order(2)
    limit("0")
    intent = Intent.objects.get(key=token(shop))
    with pytest.raises(approvals.NeedsApproval, match="over the limit"):
        intents.confirm(intent, shop.ada)
    intent.refresh_from_db()
    assert intent.state == IntentState.DRAFT
    with pytest.raises(approvals.NeedsApproval, match="price is not known"):
        intents.draft(PayOrder, connection=shop.main, actor=shop.ada, confirmed=True)
    assert shop.new_debits == 0


@pytest.mark.parametrize("change", ["amount", "number", "trunk group"])
def test_what_is_not_exactly_what_was_approved_needs_it_again(shop, limit, ops, change):
    limit("1.00")
    purchase = shop.order(3)
    approvals.approve(ask(shop), ops)
    if change == "amount":
        purchase.amount += Decimal("0.01")
    elif change == "number":
        row = CartNumber.objects.filter(purchase=purchase).first()
        CartNumber.objects.filter(pk=row.pk).update(number="+12065550100")
    else:
        purchase.trunk_group_id = "another"
    purchase.save()
    preview = services.preview_payment(shop.purchase, shop.ada)
    assert preview.standing.changed
    assert not preview.can_pay
    with pytest.raises(services.NotPossible, match="changed since"):
        services.pay(shop.purchase, shop.ada, preview.token)
    assert ask(shop).state == "asked"
    assert list(Approval.objects.order_by("pk").values_list("state", flat=True)) == ["expired", "asked"]


def test_an_approval_is_good_for_one_try(shop, limit, ops):
    """What the carrier did not take is tried again only when somebody agrees again."""
    limit("1.00")
    shop.order(2)
    approvals.approve(ask(shop), ops)
    shop.carrier.faults.set("429", "process_order", times=1, value=0)
    pay(shop)
    assert shop.purchase.state == PurchaseState.ORDERED
    with pytest.raises(services.NotPossible, match="used already: ask anew"):
        services.pay(shop.purchase, shop.ada, token(shop))
    approvals.approve(ask(shop), ops)
    pay(shop)
    assert shop.purchase.state == PurchaseState.PAID
    shop.sound(debits=1)


def test_the_rule_may_come_or_go_between_the_price_and_the_click(shop, limit, ops):
    shop.order(2)
    shown = token(shop)
    limit("1.00")
    with pytest.raises(services.NotPossible, match="second person"):
        services.pay(shop.purchase, shop.ada, shown)
    limit(None)
    services.pay(shop.purchase, shop.ada, shown)
    limit("1.00")  # what is under way goes on
    shop.run()
    assert shop.purchase.state == PurchaseState.PAID
    shop.sound(debits=1)


def test_who_takes_the_purchase_over_does_not_approve_it(shop, limit, bea):
    limit("1.00")
    shop.order(2)
    approval = ask(shop)
    services.take_over(shop.purchase, bea)
    with pytest.raises(PermissionDenied, match="Nobody approves their own"):
        approvals.approve(approval, bea)


def test_of_many_clicks_one_pays(shop, limit, ops):
    limit("1.00")
    shop.order(2)
    approvals.approve(ask(shop), ops)
    shown = token(shop)
    outcomes = together(*[lambda: services.pay(shop.purchase, shop.ada, shown)] * 4)
    assert outcomes == ["done"] * 4, "a second click is answered with the same job"
    shop.run()
    assert AuditEntry.objects.filter(action="approval.used").count() == 1
    shop.sound(debits=1)


def test_an_order_given_up_takes_its_request_along(shop, limit, ops):
    limit("1.00")
    shop.order(2)
    approval = ask(shop)
    services.abandon(shop.purchase, shop.ada)
    shop.run()
    with pytest.raises(approvals.NotPossible, match="given up"):
        approvals.approve(approval, ops)
    assert approvals.expire_due() == 1
    approval.refresh_from_db()
    assert (approval.state, approval.message) == ("expired", "What it was about is over.")


def test_there_is_nothing_to_ask_before_there_is_an_order(shop, limit):
    limit("1.00")
    shop.fill(2)
    with pytest.raises(services.NotPossible, match="There is no order yet"):
        ask(shop)
    assert not Approval.objects.exists()


def test_the_whole_order_is_shown(shop, limit, ops):
    limit("1.00")
    purchase = shop.order(3)
    approval = ask(shop)
    shown = approvals.kinds["numbers.payment"].shown(purchase, ops, "")
    assert [row.number for row in shown["page"].rows] == shop.numbers("ordered")
    preview = shown["preview"]
    assert preview.balance_after == preview.balance_before - purchase.amount
    assert preview.monthly.basis
    assert not preview.token, "who looks at it cannot pay with it"
    assert approval.title == f"Pay ${purchase.amount:.2f} for 3 numbers"
    assert approvals.standing(PaymentApproval, purchase).waiting
