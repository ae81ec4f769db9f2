"""What the parts of this app say no with."""

from collections.abc import Sequence


class NotPossible(Exception):
    """It is not in a state that allows this; the message is for people."""


class NeedsApproval(NotPossible):
    """A rule asks for a second person, and nobody has approved exactly this; `reasons` say why."""

    def __init__(self, reasons: Sequence[str], more: str = "") -> None:
        self.reasons = list(reasons)
        super().__init__(
            f"This needs a second person: {' '.join(self.reasons)} {more or 'Ask for approval first.'} Nothing was sent."
        )
