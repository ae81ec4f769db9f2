"""What can want a second person. A domain app registers its kinds when it starts; plans are one."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from apps.accounts.models import User
from apps.changes.models import Approval, ApprovalPolicy
from apps.connections.models import Connection


class ApprovalKind:
    """One kind of thing that is approved. Subclasses hold no state: one instance serves all requests.

    `thing` is the plan, the purchase: what is asked about, as it is now.
    """

    key: ClassVar[str]
    noun: ClassVar[str]  # "plan"
    template: ClassVar[str]  # shows the whole of it on the approval's page, from `shown`

    def find(self, subject: str) -> Any | None:
        """Return the thing that `subject` names, or None when it is gone."""
        raise NotImplementedError

    def subject(self, thing: Any) -> str:
        """Return what names the thing for good."""
        raise NotImplementedError

    def title(self, thing: Any) -> str:
        """Return what would be done, as its button says it."""
        raise NotImplementedError

    def url(self, thing: Any) -> str:
        """Return the page where it is done."""
        raise NotImplementedError

    def permission(self, thing: Any) -> str:
        """Return what one must hold to do it; who does not hold it can neither ask nor approve."""
        raise NotImplementedError

    def view_permission(self, thing: Any) -> str:
        """Return what one must hold to see it."""
        raise NotImplementedError

    def owner(self, thing: Any) -> User:
        """Return whose it is: they do not approve it either."""
        raise NotImplementedError

    def connections(self, thing: Any) -> list[Connection]:
        """Return the connections it reaches: who is kept from one of them does not see the request."""
        raise NotImplementedError

    def reasons(self, thing: Any, policy: ApprovalPolicy) -> list[str]:
        """Return why the policy wants a second person for this, as sentences; none when it does not."""
        raise NotImplementedError

    def fingerprint(self, thing: Any) -> str:
        """Return a digest of everything that would be done: what is approved is this and nothing else."""
        raise NotImplementedError

    def facts(self, thing: Any) -> Mapping[str, Any]:
        """Return what would be done in short, for the log."""
        raise NotImplementedError

    def obstacle(self, thing: Any) -> str:
        """Return why it can be neither asked for nor approved as it stands, as a sentence, or ""."""
        raise NotImplementedError

    def is_over(self, thing: Any) -> bool:
        """Return whether it can never be done any more, so that a request for it is of no use."""
        raise NotImplementedError

    def shown(self, thing: Any, person: User, cursor: str) -> Mapping[str, Any]:
        """Return the context of `template`: all that would be done, a page at a time."""
        raise NotImplementedError


kinds: dict[str, ApprovalKind] = {}
_Kind = TypeVar("_Kind", bound=type[ApprovalKind])


def register(kind: _Kind) -> _Kind:
    """Class decorator: make the kind known under its key. Raises ValueError if another class has that key."""
    known = kinds.get(kind.key)
    if known is not None and type(known) is not kind:
        raise ValueError(f"Two approval kinds are called {kind.key!r}.")
    kinds[kind.key] = kind()
    return kind


def thing_of(approval: Approval) -> tuple[ApprovalKind | None, Any | None]:
    """Return the kind of a request and what it is about; None for what is not there any more."""
    kind = kinds.get(approval.kind)
    return kind, kind.find(approval.subject) if kind else None
