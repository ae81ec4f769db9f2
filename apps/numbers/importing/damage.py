"""What spreadsheets do to digits: recognised, mended where it is certain what stood there, and named where it is not."""

import re
from dataclasses import dataclass

_NOISE = re.compile(r"[\s\u00a0().\-‐‑–/]+")
_FORMULA = re.compile(r'=\s*"(.*)"', re.DOTALL)
_EXPONENT = re.compile(r"\+?(\d)(?:[.,](\d+))?[eE]\+?(\d{1,2})")
_FRACTION = re.compile(r"(\+?\d+)[.,]0+")
_THOUSANDS = re.compile(r"\+?\d{1,3}(?:[,\u202f\u00a0 ']\d{3})+")
_LARGEST = 2**63


@dataclass(frozen=True)
class Digits:
    """What a cell of digits says: the digits, or only how they begin and how many they are, or what is wrong with it."""

    digits: str = ""
    plus: bool = False
    begins: str = ""  # an exponent cut the rest off; rounded
    length: int = 0
    damage: str = ""  # what was mended, for people
    problem: str = ""

    def may_be(self, number: str) -> bool:
        """Return whether `number` (+ and digits) is one that an exponent may have made this of."""
        whole = number.lstrip("+")
        if not self.begins or len(whole) != self.length:
            return False
        unit = 10 ** (self.length - len(self.begins))
        return (int(whole) + unit // 2) // unit == int(self.begins)


def plain(text: str) -> tuple[str, str]:
    """Return a cell without what a spreadsheet or our own guard against formulas put around it, and what that was."""
    text = text.strip(" \t\r\n\u00a0\ufeff")
    if whole := _FORMULA.fullmatch(text):
        return whole[1].strip(), 'it stood in ="…"'
    if text.startswith("'") and len(text) > 1:
        return text[1:].strip(), "it began with an apostrophe"
    return text, ""


def digits_of(cell: str) -> Digits:
    """Read a cell that should hold digits."""
    text, damage = plain(cell)
    told = [damage] if damage else []
    if cut := _EXPONENT.fullmatch(text):
        known, exponent = cut[1] + (cut[2] or ""), int(cut[3])
        if len(known) < exponent + 1:
            lost = exponent + 1 - len(known)
            problem = f"A spreadsheet shortened it: the last {lost} of {exponent + 1} digits are lost."
            return Digits(begins=known, length=exponent + 1, problem=problem)
        if known[exponent + 1 :].strip("0"):
            return Digits(problem="These are no digits of a telephone number.")
        text = known[: exponent + 1]
        told.append("it was written with an exponent")
    if whole := _FRACTION.fullmatch(text):
        text = whole[1]
        told.append("it ended in .0")
    if _THOUSANDS.fullmatch(text) and ("," in text or "'" in text):
        text = re.sub(r"[^\d+]", "", text)
        told.append("its thousands were set apart")
    text = _NOISE.sub("", text)
    plus, text = text.startswith("+"), text.removeprefix("+")
    if not (text.isascii() and text.isdigit()):
        return Digits(problem="These are no digits.")
    return Digits(text, plus, damage=", ".join(told))


def e164_of(cell: str) -> tuple[str, Digits]:
    """Read a cell as a telephone number: + and digits, or "" with a problem; a lost + or country code is put back."""
    read = digits_of(cell)
    if read.problem:
        return "", read
    told = read.damage
    if read.plus:
        number = "+" + read.digits
    elif len(read.digits) == 10:  # as people write it at home
        number = f"+1{read.digits}"
        told = ", ".join(filter(None, (told, "+1 was missing")))
    else:
        number = "+" + read.digits
        told = ", ".join(filter(None, (told, "the + was lost")))
    if not 8 <= len(number) <= 16:
        return "", Digits(problem="A telephone number has 7 to 15 digits.")
    return number, Digits(number[1:], True, damage=told)


def id_of(cell: str) -> tuple[int | None, Digits]:
    """Read a cell as the ID that an export gave a number, or None with a problem."""
    read = digits_of(cell)
    if not read.problem and int(read.digits) >= _LARGEST:
        read = Digits(problem="No number has this ID.")
    return (None if read.problem else int(read.digits)), read
