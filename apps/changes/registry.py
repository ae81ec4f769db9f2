"""What a plan changes. A domain app declares its kinds and registers them in `AppConfig.ready`.

A kind knows how to read the things it changes, how to send one call for several of them, and how to keep its
snapshot up to date. Everything else (the order, the comparison, what is certain and what is not) is the same for all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import Tenant, User
from apps.changes.models import Plan, PlanStep, Reversal, StepState
from apps.connections.models import Connection
from apps.ui.frame import Panel
from apps.vendors.core.client import Client, Confirmation

PENDING = Q(state=StepState.PENDING)
SMALL_SET, BRAKE_SHARE = 10, 0.3  # a change of more than this share, of a set this large, brakes


class Touch(StrEnum):
    """What a step does that a policy may want a second person for."""

    CANCELLATION = "cancellation"  # a number is given up
    EMERGENCY = "emergency"  # what a 911 call takes along, or where it goes


@dataclass(frozen=True, slots=True)
class Draft:
    """One step as a domain proposes it. `now` and `after` are compared; the labels are what people read.

    `now` is what the snapshot says; it is replaced by what the vendor says before anybody is asked.
    """

    connection: Connection
    object_ref: str
    label: str
    field: str
    now: str
    after: str
    params: Mapping[str, Any]
    now_label: str = ""
    after_label: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing as the vendor holds it: value and label of each field, and the vendor's own record for the snapshot.

    `hindrance` is why this portal would not change it, as a sentence, for kinds that look that up for all things at once.
    """

    values: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    record: Any = None
    hindrance: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a vendor showed, by object_ref. What was asked for and is not in it, the vendor does not have."""

    things: Mapping[str, Seen]
    began: datetime


class PlanKind:
    """One kind of change. Subclasses hold no state: one instance serves all plans."""

    key: ClassVar[str]
    title: ClassVar[str]  # the kind in plain words
    verb: ClassVar[str]  # "Move", "Cancel"
    operation: ClassVar[str]  # the vendor operation it sends
    permission: ClassVar[str]  # to make the plan, to apply it and to try again
    view_permission: ClassVar[str]
    object_kind: ClassVar[str]
    noun: ClassVar[tuple[str, str]]  # ("number", "numbers")
    area: ClassVar[str]  # where its things are found: "Numbers"
    reversal: ClassVar[Reversal] = Reversal.REVERSIBLE
    chunk: ClassVar[int] = 200  # things in one call
    object_param: ClassVar[str] = ""  # the operation's parameter that names them
    touches: ClassVar[frozenset[Touch]] = frozenset()  # what each of its steps does

    def read(self, client: Client, connection: Connection, steps: Sequence[PlanStep]) -> Reading:
        """Return what the vendor holds of at least the steps' things. Raises VendorError."""
        raise NotImplementedError

    def send(self, client: Client, steps: Sequence[PlanStep], confirmation: Confirmation) -> None:
        """Send one call for these steps, which share connection and params. Raises VendorError."""
        raise NotImplementedError

    def keep(self, connection: Connection, steps: Sequence[PlanStep], found: Reading, plan: Plan | None) -> None:
        """Bring the snapshot of the steps' things up to date; `plan` is given when it was this plan that changed them."""

    def finished(self, plan: Plan) -> None:
        """Tidy up once a plan has been carried out, as far as it went."""

    def obstacle(self, step: PlanStep, seen: Seen) -> str:
        """Return why this step is not to be sent, as a sentence, or "": the vendor would not take it, or we refuse it."""
        return seen.hindrance

    def notes(self, steps: Sequence[PlanStep]) -> Mapping[str, str]:
        """Return what people should know of the steps' things, by object_ref."""
        return {}

    def panel(self, plan: Plan, person: User) -> Panel | None:
        """Return a card that the plan page shows above the steps, or None."""
        return None

    def touched(self, steps: QuerySet[PlanStep]) -> frozenset[Touch]:
        """Return what these steps of a plan do; for kinds whose steps differ."""
        return self.touches if steps.exists() else frozenset()

    def set_size(self, connection: Connection) -> int:
        """Return how many things there are of which a plan changes some; 0 when that is not known."""
        return 0

    def brake(self, plan: Plan, going: Mapping[Connection, int]) -> tuple[str, str]:
        """Return what must be typed before the plan may go and why, or two empty texts; `going` counts its steps."""
        why = self.over_brake(going)
        return (str(sum(going.values())), why) if why else ("", "")

    def over_brake(self, going: Mapping[Connection, int]) -> str:
        """Return why so many things at once are over the brake, as a sentence, or ""."""
        for connection, count in going.items():
            total = self.set_size(connection)
            if total >= SMALL_SET and count > BRAKE_SHARE * total:
                share = min(100, round(100 * count / total))
                return f"This is {share} % of the {total:,} {self.noun[1]} on {connection.name}."
        return ""

    def undo(self, step: PlanStep) -> Draft | None:
        """Return the step that takes a done one back, or None when there is no way."""
        return None

    def act(self, plan: Plan, subject: str) -> str:
        """Return what the button does to `subject` ("37 numbers"): "Move 37 numbers to Seattle edge"."""
        return f"{self.verb} {subject}"

    def url(self, step: PlanStep) -> str:
        """Return the page of a step's thing, or ""."""
        return ""

    def tenant_of(self, steps: QuerySet[PlanStep]) -> Tenant | None:
        """Return the tenant that all things of the steps belong to, if they belong to one; the audit log says so."""
        return None


kinds: dict[str, PlanKind] = {}


def register(kind: type[PlanKind]) -> type[PlanKind]:
    """Class decorator: make the kind known under its key."""
    kinds[kind.key] = kind()
    return kind


def going_of(plan: Plan, left: Q = PENDING) -> dict[Connection, int]:
    """Return how many of the plan's steps are to be sent (`left`), by connection."""
    counts = plan.steps.filter(left).order_by().values_list("connection").annotate(Count("pk"))
    by_id = dict(counts)
    return {one: by_id[one.pk] for one in Connection.objects.filter(pk__in=by_id)}


def kind_of(plan: Plan) -> PlanKind:
    """Return the kind of `plan`; KeyError when no installed app knows it any more."""
    return kinds[plan.kind]
