"""How strong a password must be, beyond its length and Django's list of common ones."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from apps.accounts.models import User

_LONGEST = 72  # guessing does not get harder to estimate beyond; it only takes longer
# Whoever guesses a password of this portal tries these first; the portal's address and the person's names are added.
HOUSE_WORDS = ("patchbay", "portal", "telephone", "phone", "carrier", "mirta", "pbxware", "sipxcom", "solswitch")
_LEAST_BESIDE = 8  # signs that a password needs beside such words


_HOUSE = "This password is too easy to guess: little more than the name of this portal, of a system or of yourself. Add words."


class GuessableValidator:
    """Refuse what a cracker guesses early: words, names, dates, keyboard rows, and tricks with them."""

    def __init__(self, min_score: int = 3) -> None:
        self.min_score = min_score

    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError, with advice, for a score (0 to 4) below the least."""
        known = [getattr(user, name, "") for name in ("username", "email", "first_name", "last_name")] if user else []
        words = {*HOUSE_WORDS, *_parts(settings.PORTAL_URL), *(part for one in known for part in _parts(one))}
        rest = password.lower()
        for word in sorted(words, key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != password.lower() and len(rest) < _LEAST_BESIDE:
            raise ValidationError(_HOUSE, code="password_house_word")
        found = zxcvbn(password[:_LONGEST], user_inputs=[*HOUSE_WORDS, *filter(None, known)])
        if found["score"] >= self.min_score:
            return
        advice = [found["feedback"]["warning"].rstrip("."), *(tip.rstrip(".") for tip in found["feedback"]["suggestions"])]
        said = ". ".join(part for part in advice if part) or "Add another word or two; uncommon ones are better"
        raise ValidationError(f"This password is too easy to guess. {said}.", code="password_guessable")

    def get_help_text(self) -> str:
        """Return what people should know before they choose."""
        return "Several uncommon words are easier to remember and harder to guess than a short, twisted one."


def _parts(text: str) -> list[str]:
    """Return the words within an address or a name that are long enough to be one."""
    return [part for part in re.split(r"[^a-z0-9]+", text.lower()) if len(part) > 3]
