"""How strong a password must be, beyond its length and Django's list of common ones."""

from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from apps.accounts.models import User

_LONGEST = 72  # guessing does not get harder to estimate beyond; it only takes longer


class GuessableValidator:
    """Refuse what a cracker guesses early: words, names, dates, keyboard rows, and tricks with them."""

    def __init__(self, min_score: int = 3) -> None:
        self.min_score = min_score

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError, with advice, for a score (0 to 4) below the least."""
        known = [getattr(user, name, "") for name in ("username", "email", "first_name", "last_name")] if user else []
        found = zxcvbn(password[:_LONGEST], user_inputs=["patchbay", *filter(None, known)])
        if found["score"] >= self.min_score:
            return
        advice = [found["feedback"]["warning"].rstrip("."), *(tip.rstrip(".") for tip in found["feedback"]["suggestions"])]
        said = ". ".join(part for part in advice if part) or "Add another word or two; uncommon ones are better"
        raise ValidationError(f"This password is too easy to guess. {said}.", code="password_guessable")

    def get_help_text(self) -> str:
        """Return what people should know before they choose."""
        return "Several uncommon words are easier to remember and harder to guess than a short, twisted one."
