"""What to do before, on and after the day numbers change hands."""

from dataclasses import dataclass

BEFORE, ON, AFTER = "Before the day", "On the day", "Afterwards"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do; `phase` says when."""

    key: str
    phase: str
    label: str
    why: str


STEPS = (
    Step("told", BEFORE, "The customer knows the date", "And that somebody must be there to take test calls."),
    Step("old_stays", BEFORE, "The old service stays", "Who cancels it before completion loses the numbers."),
    Step("trunk", BEFORE, "Trunk group and routing are set", "Calls may arrive from midnight on."),
    Step("tested", BEFORE, "The destination was tested", "With another number, before these ones come."),
    Step("emergency_ready", BEFORE, "The 911 address is ready", "It does not move with the number."),
    Step("inbound", ON, "Calls arrive", "From a mobile, from a landline and from the old provider's own network."),
    Step("outbound", ON, "Calls go out with the number", "And show it to the one who is called."),
    Step(
        "watch", ON, "Somebody watches until all numbers are here", "The first routes take minutes, the last up to a few hours."
    ),
    Step("emergency_moved", AFTER, "The 911 record is at the new place", "Checked with the emergency provider."),
    Step("cnam", AFTER, "The caller name is set", "It starts empty at the new carrier."),
    Step("old_ends", AFTER, "The customer may cancel the old service", "What was not ported there goes on until then."),
    Step("snapback", AFTER, "A way back was considered within 24 hours", "Undoing is possible for a day, at a fee."),
)
KEYS = {step.key for step in STEPS}
