"""What the frame shows of 911: a card on the home page while something wants a look, and the count beside Numbers."""

from django.urls import reverse

from apps.accounts.models import User
from apps.numbers.emergency import selectors
from apps.numbers.emergency.reading import reads
from apps.numbers.models import EmergencySubject, Verdict
from apps.ui.frame import Panel


def home_panels(user: User) -> list[Panel]:
    """Return the card of what is not covered, contradictory or stale; none while all is well."""
    counts = selectors.counts(user)
    problems = [read for read in reads(user) if read.problem] if user.may("numbers.carrier") else []
    if not (problems or counts["uncovered"] or counts["disagree"] or counts["stale"]):
        return []
    context = {"counts": counts, "problems": problems}
    return [Panel("911", "numbers/emergency/_home_panel.html", context, reverse("numbers:emergency"))]


def attention(user: User) -> int:
    """Return how many numbers and extensions are not covered or told of in contradictory ways, for those who can act."""
    if not user.may("numbers.911.change"):
        return 0
    wanted = [Verdict.UNCOVERED, Verdict.DISAGREE]
    return EmergencySubject.objects.in_scope(user).filter(verdict__in=wanted).count()
