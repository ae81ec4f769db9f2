"""The letter of authorisation as PDF, made from an order's details: nothing is typed twice, and every number stands singly."""

import unicodedata
from collections.abc import Iterable

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from apps.numbers.models.porting import Line, PortOrder
from apps.ui.formatting import phone
from apps.vendors.core.numbers import TOLL_FREE

_COLUMNS = 4
# What has no accent to take away.
_SPELLED = str.maketrans(
    {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ı": "i", "Œ": "OE", "œ": "oe", "–": "-", "—": "-", "‑": "-", "’": "'", "‘": "'",
     "“": '"', "”": '"', "…": "..."}
)  # fmt: skip


def make(order: PortOrder, numbers: Iterable[str], gaining: str) -> bytes:
    """Return the LOA of an order; `gaining` is who takes the numbers over."""
    page = _Letter(format="letter", unit="mm")
    page.set_title(f"Letter of authorization {order.label}")
    page.set_margins(22, 20, 22)
    page.set_auto_page_break(True, 24)
    page.alias_nb_pages()
    page.footing = plain(f"Letter of authorization {order.label}")
    page.add_page()
    page.heading("Letter of authorization to port telephone numbers")
    page.facts(_subscriber(order))
    page.facts(_account(order))
    listed = sorted(numbers)
    page.section(f"Telephone numbers to be ported ({len(listed)})")
    page.numbers(listed)
    page.section("Authorization")
    page.text_block(
        f"I am authorized to act for the account named above. I authorize {gaining} and its carriers to act as my agent in "
        f"moving the telephone numbers listed above from {order.losing_carrier or 'the current provider'}, and to request and "
        "receive my customer service record for this purpose. I understand that I keep my present service until the port is "
        "complete, and that charges for ending it early may apply."
    )
    if order.wanted_on:
        page.text_block(f"Requested date of transfer: {order.wanted_on:%B} {order.wanted_on.day}, {order.wanted_on.year}.")
    page.signature(order.authorised_person)
    return bytes(page.output())


def plain(text: str) -> str:
    """Return text as the PDF's own fonts can write it: Latin letters, others without their accents."""
    written = []
    for sign in str(text).translate(_SPELLED):
        try:
            sign.encode("latin-1")
        except UnicodeEncodeError:
            bare = unicodedata.normalize("NFKD", sign).encode("latin-1", "ignore").decode("latin-1")
            written.append(bare or "?")
        else:
            written.append(sign)
    return "".join(written)


def _subscriber(order: PortOrder) -> list[tuple[str, str]]:
    return [
        ("Subscriber", order.holder),
        ("Type", order.get_subscriber_display()),
        ("Service address", "\n".join(order.address)),
        ("Authorized person", order.authorised_person),
    ]


def _account(order: PortOrder) -> list[tuple[str, str]]:
    facts = [("Current provider", order.losing_carrier), ("Billing telephone number", phone(order.billing_number))]
    if order.line == Line.WIRELESS:
        facts.append(("Account number", "Given to the carrier with the order"))
    elif order.account_number:
        facts.append(("Account number", order.account_number))
    facts.append(("Service", "Toll-free" if order.kind == TOLL_FREE else order.get_line_display()))
    if order.partial:
        facts.append(("Port", f"Partial. What stays: {order.staying}"))
        if order.new_billing_number:
            facts.append(("New billing telephone number", phone(order.new_billing_number)))
    else:
        facts.append(("Port", "Full: the account ends with it"))
    return facts


class _Letter(FPDF):
    footing = ""

    def footer(self) -> None:
        self.set_y(-16)
        self.set_font("helvetica", size=8)
        self.set_text_color(90)
        self.cell(0, 5, f"{self.footing} - page {self.page_no()} of {{nb}}", align="C")
        self.set_text_color(0)

    def heading(self, text: str) -> None:
        self.set_font("helvetica", "B", 16)
        self.multi_cell(0, 8, plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(3)

    def section(self, text: str) -> None:
        self.ln(3)
        self.set_font("helvetica", "B", 11)
        self.cell(0, 7, plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def facts(self, facts: list[tuple[str, str]]) -> None:
        for label, value in facts:
            for position, line in enumerate(plain(value or "-").split("\n")):
                self.set_font("helvetica", size=10)
                self.cell(58, 6, label if not position else "")
                self.set_font("helvetica", "B", 10)
                self.multi_cell(0, 6, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def numbers(self, numbers: list[str]) -> None:
        self.set_font("helvetica", size=10)
        width = self.epw / _COLUMNS
        for position, number in enumerate(numbers, 1):
            last = position % _COLUMNS == 0 or position == len(numbers)
            self.cell(
                width, 6, phone(number), new_x=XPos.LMARGIN if last else XPos.RIGHT, new_y=YPos.NEXT if last else YPos.TOP
            )

    def text_block(self, text: str) -> None:
        self.set_font("helvetica", size=10)
        self.multi_cell(0, 5.5, plain(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(2)

    def signature(self, person: str) -> None:
        """Lines for signature, printed name, title and date, kept together on one page."""
        if self.will_page_break(44):
            self.add_page()
        self.ln(14)
        half = self.epw / 2 - 4
        for left, right, given in (("Signature", "Date", ""), ("Name", "Title", person)):
            top = self.get_y()
            self.set_font("helvetica", size=10)
            self.cell(half, 6, plain(given))
            self.line(self.l_margin, top + 6, self.l_margin + half, top + 6)
            self.line(self.l_margin + half + 8, top + 6, self.l_margin + self.epw, top + 6)
            self.set_xy(self.l_margin, top + 7)
            self.set_font("helvetica", size=8)
            self.cell(half + 8, 4, left)
            self.cell(half, 4, right, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.ln(10)
