"""What a job does. A domain app declares its kinds in its own `kinds.py`; they are found at start.

    @register
    class ReserveNumbers(JobKind):
        key = "numbers.reserve"
        title = "Reserve numbers"

        def run_item(self, ctx, item):
            market = client_for(ctx.connection, actor=ctx.actor).capability(NumberMarket)
            return {"reservation": market.reserve(item.key, query(item.params)).reservation_id}

The runner commits an item as running before `run_item` is called, and its outcome after; no transaction is
open in between. What is found running after a worker died, or whose answer was lost (VendorError with `sent`
"unknown"), goes through `recover_item`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from apps.jobs.models import Job, JobItem, Reason, Schedule

if TYPE_CHECKING:
    from apps.jobs.context import Context


class ItemFailed(Exception):
    """Raised by `run_item` for a failure that no vendor reported; `message` is shown to people."""

    def __init__(self, message: str, reason: str = Reason.PERMANENT, *, sent: str = "no") -> None:
        self.message = message
        self.reason = Reason(reason)
        self.sent = sent
        super().__init__(message)


class Later(Exception):
    """Raised by `run_item`: not yet. The item waits again and the job sleeps at least `seconds`."""

    def __init__(self, seconds: float, message: str = "") -> None:
        self.seconds = seconds
        self.message = message
        super().__init__(message)


class Verdict(Enum):
    """What is known of work that was cut off."""

    RETRY = "retry"  # it did not happen, or happening twice does no harm
    DONE = "done"  # it happened
    NEEDS_PERSON = "needs_person"  # nobody can tell from here


@dataclass(frozen=True)
class Recovery:
    """The answer of `recover_item`: a sentence for people, and what is kept as the item's result."""

    verdict: Verdict
    message: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def retry(cls) -> "Recovery":
        return cls(Verdict.RETRY)

    @classmethod
    def done(cls, result: Mapping[str, Any] | None = None) -> "Recovery":
        return cls(Verdict.DONE, result=result or {})

    @classmethod
    def needs_person(cls, message: str, evidence: Mapping[str, Any] | None = None) -> "Recovery":
        return cls(Verdict.NEEDS_PERSON, message, evidence=evidence or {})


class JobKind:
    """One kind of long work. Subclasses hold no state: one instance serves all jobs and threads."""

    key: ClassVar[str]
    title: ClassVar[str]  # the kind in plain words, for filters
    item_noun: ClassVar[tuple[str, str]] = ("item", "items")  # "3 numbers left"
    concurrency: ClassVar[int] = 1  # items at once, each in its own thread
    repeatable: ClassVar[bool] = False  # every step may run twice without harm
    max_tries: ClassVar[int] = 3  # how often one item may start before it counts as failed
    permission: ClassVar[str] = ""  # what a person must hold, beyond jobs.manage, to set it going again
    people_settle: ClassVar[bool] = True  # False: what needs a person is settled on the domain's own screen
    result_link: ClassVar[str] = ""  # what the link of `ctx.summarise` says when it leads to a file
    result_fields: ClassVar[Mapping[str, str]] = {}  # key of an item's result → heading, for screen and CSV

    def run_item(self, ctx: "Context", item: JobItem) -> Mapping[str, Any] | None:
        """Do one item and return what to keep of it, JSON-able; its "message" is shown beside the item.

        VendorError and ItemFailed fail the item alone, Later puts it off; anything else stops the job as a
        fault of ours.
        """
        raise NotImplementedError

    def recover_item(self, ctx: "Context", item: JobItem) -> Recovery:
        """Say what became of an item that was cut off: its worker died, or the vendor's answer was lost.

        May ask the vendor, but must not repeat the work. A VendorError counts as: nobody can tell from here.
        """
        if self.repeatable:
            return Recovery.retry()
        return Recovery.needs_person("The work on this was cut off, and whether it took effect is not known.")

    def finish(self, ctx: "Context") -> None:
        """Close the job after its last item, whatever failed; see `ctx.summarise`.

        Begins once for each run through the items, so once more after people retried what failed. Errors are
        taken as in `run_item`, and fail the job.
        """

    def recover_finish(self, ctx: "Context") -> Recovery:
        """Say what became of a closing step that was cut off, as `recover_item` does for items."""
        if self.repeatable or type(self).finish is JobKind.finish:
            return Recovery.retry()
        return Recovery.needs_person("The closing step was cut off, and whether it took effect is not known.")

    def cancelled(self, ctx: "Context") -> None:
        """Tidy up after a job that had started was cancelled; `finish` is not called then."""

    def scheduled_items(self, schedule: Schedule) -> Iterable[Mapping[str, Any]] | None:
        """Return the items of the job that a schedule starts now; None starts none this time."""
        return ()


kinds: dict[str, JobKind] = {}
_Kind = TypeVar("_Kind", bound=type[JobKind])


def register(kind: _Kind) -> _Kind:
    """Class decorator: make the kind known under its key. Raises ValueError if another class has that key."""
    known = kinds.get(kind.key)
    if known is not None and type(known) is not kind:
        raise ValueError(f"Two job kinds are called {kind.key!r}.")
    kinds[kind.key] = kind()
    return kind


def kind_of(job: Job) -> JobKind | None:
    """Return the kind of `job`, or None when no installed app knows it any more."""
    return kinds.get(job.kind)
