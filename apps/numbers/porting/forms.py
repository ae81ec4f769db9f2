"""What is typed to port numbers in; each rule is said at its field."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.validators import RegexValidator, validate_email
from django.db.models import QuerySet

from apps.accounts.models import Tenant
from apps.connections.models import Connection
from apps.numbers.models import PortOrder, PortPaper
from apps.numbers.models.porting import Line, Subscriber
from apps.numbers.porting import calendar, parsing
from apps.numbers.porting.reasons import REASONS
from apps.ui.formatting import phone
from apps.ui.forms import SecretInput
from apps.vendors.core.numbers import TOLL_FREE
from apps.vendors.core.values import to_e164

_MOST_TOLD = 5
_US = [
    "AL",
    "AK",
    "AZ",
    "AR",
    "CA",
    "CO",
    "CT",
    "DE",
    "DC",
    "FL",
    "GA",
    "HI",
    "ID",
    "IL",
    "IN",
    "IA",
    "KS",
    "KY",
    "LA",
    "ME",
    "MD",
    "MA",
    "MI",
    "MN",
    "MS",
    "MO",
    "MT",
    "NE",
    "NV",
    "NH",
    "NJ",
    "NM",
    "NY",
    "NC",
    "ND",
    "OH",
    "OK",
    "OR",
    "PA",
    "RI",
    "SC",
    "SD",
    "TN",
    "TX",
    "UT",
    "VT",
    "VA",
    "WA",
    "WV",
    "WI",
    "WY",
]
_CANADA = ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]
_POSTCODES = {
    "US": (re.compile(r"\d{5}(-\d{4})?\Z"), "A ZIP code has five digits, like 97204, or nine: 97204-1234."),
    "CA": (re.compile(r"[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\Z", re.I), "A postal code looks like K1A 0B1."),
}
_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\b|\bpost office box\b", re.I)
_NUMBERS_HELP = (
    "In any spelling: one a line, with commas, or straight from a spreadsheet. A line may go on, behind a tab or "
    "semicolon, with the provider it leaves; that sorts the numbers into orders."
)


class NumbersField(forms.CharField):
    """Pasted numbers; cleans to a `parsing.Reading`."""

    def __init__(self, **kwargs: Any) -> None:
        rows = kwargs.pop("rows", 8)
        attrs = {"rows": rows, "spellcheck": "false", "autocomplete": "off", "class": "font-monospace"}
        super().__init__(max_length=200_000, widget=forms.Textarea(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> parsing.Reading:
        reading = parsing.read(super().clean(value))
        if reading.problems:
            shown = reading.problems[:8]
            more = len(reading.problems) - len(shown)
            if more:
                shown.append(f"And {more} more like these.")
            raise forms.ValidationError(shown)
        if self.required and not reading.found:
            raise forms.ValidationError("There is no number in this text.")
        if len(reading.found) > parsing.MOST:
            raise forms.ValidationError(
                f"These are {len(reading.found):,} numbers; at most {parsing.MOST:,} go into one request."
            )
        return reading


class RequestForm(forms.Form):
    """For whom numbers are ported, through which carrier, and who hears of it."""

    connection = forms.ModelChoiceField(Connection.objects.none(), to_field_name="name", empty_label=None, label="Carrier")
    tenant = forms.ModelChoiceField(
        Tenant.objects.none(),
        to_field_name="key",
        required=False,
        empty_label="Nobody in particular",
        label="Tenant",
        help_text="Its people see how the port goes, and get the numbers when they arrive.",
    )
    reference = forms.CharField(
        max_length=40,
        label="Reference",
        help_text="Our own name for it: letters, digits, dashes and blanks.",
        validators=[RegexValidator(r"\A[A-Za-z0-9][A-Za-z0-9 \-]*\Z", "Use letters, digits, dashes and blanks only.")],
    )
    told = forms.CharField(
        required=False,
        max_length=500,
        label="Who is told by mail",
        help_text="Of the date, when it moves, and of completion. Several addresses with commas.",
    )

    def __init__(self, *args: Any, carriers: Sequence[Connection], tenants: QuerySet[Tenant], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["connection"].queryset = Connection.objects.filter(pk__in=[one.pk for one in carriers])
        fields["tenant"].queryset = tenants

    def clean_told(self) -> str:
        found = [one.strip() for one in re.split(r"[,;\s]+", self.cleaned_data["told"]) if one.strip()]
        for one in found:
            try:
                validate_email(one)
            except forms.ValidationError:
                raise forms.ValidationError(f"“{one}” is no e-mail address.") from None
        if len(found) > _MOST_TOLD:
            raise forms.ValidationError(f"At most {_MOST_TOLD} addresses.")
        return ", ".join(dict.fromkeys(found))


class StartForm(RequestForm):
    """The first stage: the same, with the numbers."""

    numbers = NumbersField(label="Numbers", help_text=_NUMBERS_HELP)
    field_order = ["numbers", "connection", "tenant", "reference", "told"]


class AddForm(forms.Form):
    """More numbers for a request."""

    numbers = NumbersField(label="More numbers", required=False, rows=3)


class DetailsForm(forms.Form):
    """The details of one order: what the losing carrier compares, and what the LOA says."""

    losing_carrier = forms.CharField(max_length=60, label="Current provider", help_text="As it stands on the bill.")
    line = forms.ChoiceField(choices=Line.choices, label="Service", widget=forms.RadioSelect)
    account_number = forms.CharField(required=False, max_length=40, label="Account number", help_text="Of a landline account.")
    wireless_account = forms.CharField(required=False, max_length=40, label="Account number of the mobile line")
    wireless_pin = forms.CharField(
        required=False, max_length=20, label="PIN", help_text="The transfer PIN of the mobile line. Stored sealed, never shown."
    )
    billing_number = forms.CharField(
        max_length=30,
        label="Billing telephone number (BTN)",
        help_text="The account's main number, often the first on the bill.",
    )
    partial = forms.BooleanField(required=False, label="Some service stays there", help_text="A partial port.")
    staying = forms.CharField(required=False, max_length=200, label="What stays")
    new_billing_number = forms.CharField(
        required=False,
        max_length=30,
        label="New billing number",
        help_text="If the BTN itself leaves: the main number of what stays.",
    )
    subscriber = forms.ChoiceField(choices=Subscriber.choices, label="Subscriber", widget=forms.RadioSelect)
    business_name = forms.CharField(required=False, max_length=25, label="Business name")
    first_name = forms.CharField(required=False, max_length=25, label="First name")
    middle_name = forms.CharField(required=False, max_length=1, label="Middle initial")
    last_name = forms.CharField(required=False, max_length=25, label="Last name")
    authorised_person = forms.CharField(
        max_length=60,
        label="Authorised person",
        help_text="First and last name of who signs the LOA, authorised on the account.",
    )
    house_number = forms.CharField(max_length=12, label="House number")
    street = forms.CharField(max_length=60, label="Street", help_text="The address of the service as the provider has it.")
    unit = forms.CharField(required=False, max_length=30, label="Floor, suite")
    city = forms.CharField(max_length=40, label="City")
    area = forms.ChoiceField(label="State")
    postcode = forms.CharField(max_length=10, label="ZIP code")
    wanted_on = forms.DateField(
        required=False,
        label="Date asked for (FOC)",
        widget=forms.DateInput(format="%Y-%m-%d"),
        error_messages={"invalid": "A date looks like 2026-12-01."},
    )
    # How the fields stand together: title, fields.
    GROUPS = (
        (
            "Current provider",
            ("losing_carrier", "line", "account_number", "wireless_account", "wireless_pin", "billing_number"),
        ),
        ("What stays there", ("partial", "staying", "new_billing_number")),
        ("Subscriber", ("subscriber", "business_name", "first_name", "middle_name", "last_name", "authorised_person")),
        ("Service address", ("house_number", "street", "unit", "city", "area", "postcode")),
        ("When", ("wanted_on",)),
    )

    def __init__(self, *args: Any, order: PortOrder, numbers: Sequence[str], stored: dict[str, bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order, self.numbers, self.stored = order, set(numbers), stored
        fields: Any = self.fields
        canadian = order.country == "CA"
        fields["area"].choices = [("", "Choose…"), *((code, code) for code in (_CANADA if canadian else _US))]
        if canadian:
            fields["area"].label, fields["postcode"].label = "Province", "Postal code"
        fields["wireless_account"].widget = SecretInput(has_value=stored["account"])
        fields["wireless_pin"].widget = SecretInput(has_value=stored["pin"])
        if order.kind == TOLL_FREE:
            fields["line"].choices = [(Line.WIRELINE, "Toll-free")]
            fields["subscriber"].choices = [(Subscriber.BUSINESS, "Business")]
            fields["subscriber"].help_text = "Toll-free numbers belong to businesses."
            del fields["wireless_account"], fields["wireless_pin"]
        first = calendar.earliest(order.country, simple=self._simple(partial=False))
        fields["wanted_on"].help_text = (
            f"Best left empty: the carrier then takes the next possible day. A working day from {first:%A, %b} {first.day} on, "
            f"at most {calendar.MOST_DAYS} days ahead."
        )
        if order.kind != TOLL_FREE and len(self.numbers) == 1:
            fields["billing_number"].initial = phone(next(iter(self.numbers)))

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        """The fields as the page shows them."""
        return [(title, [self[name] for name in names if name in self.fields]) for title, names in self.GROUPS]

    def clean_billing_number(self) -> str:
        return _number(self.cleaned_data["billing_number"])

    def clean_new_billing_number(self) -> str:
        typed = self.cleaned_data["new_billing_number"]
        return _number(typed) if typed else ""

    def clean_authorised_person(self) -> str:
        person = " ".join(self.cleaned_data["authorised_person"].split())
        if len(person.split()) < 2:
            raise forms.ValidationError("Give first and last name: the carrier asks for both.")
        return person

    def clean_street(self) -> str:
        street = self.cleaned_data["street"]
        if _BOX.search(street):
            raise forms.ValidationError("A PO box is no service address. Give the place where the service is.")
        return street

    def clean_postcode(self) -> str:
        pattern, message = _POSTCODES[self.order.country]
        postcode = self.cleaned_data["postcode"].strip().upper()
        if not pattern.match(postcode):
            raise forms.ValidationError(message)
        return postcode

    def clean(self) -> dict[str, Any]:
        """Check the rules that concern several fields."""
        data = super().clean() or self.cleaned_data
        self._check_account(data)
        self._check_partial(data)
        self._check_subscriber(data)
        if data.get("wanted_on"):
            try:
                calendar.check(data["wanted_on"], self.order.country, simple=self._simple(partial=bool(data.get("partial"))))
            except calendar.NotPossible as error:
                self.add_error("wanted_on", str(error))
        return data

    @property
    def values(self) -> dict[str, Any]:
        """The details of a valid form, without secrets."""
        return {name: value for name, value in self.cleaned_data.items() if not name.startswith("wireless_")}

    @property
    def secrets(self) -> dict[str, str]:
        """Account and PIN as typed; empty keeps what is stored."""
        return {name: self.cleaned_data.get(f"wireless_{name}", "") for name in ("account", "pin")}

    def _simple(self, *, partial: bool) -> bool:
        return self.order.kind != TOLL_FREE and len(self.numbers) == 1 and not partial

    def _check_account(self, data: dict[str, Any]) -> None:
        if data.get("line") == Line.WIRELESS:
            for name, what in (("account", "account number"), ("pin", "PIN")):
                if not data.get(f"wireless_{name}") and not self.stored[name]:
                    self.add_error(f"wireless_{name}", f"A mobile line is not released without its {what}.")
        elif not data.get("account_number"):
            self.add_error("account_number", "Providers find the account by it. It stands on the bill.")

    def _check_partial(self, data: dict[str, Any]) -> None:
        btn, new = data.get("billing_number"), data.get("new_billing_number")
        if not data.get("partial"):
            data["staying"], data["new_billing_number"] = "", ""
            return
        if not data.get("staying"):
            self.add_error("staying", "Say what stays: which numbers or services.")
        if "new_billing_number" in self.errors:
            return
        if btn in self.numbers and not new:
            self.add_error("new_billing_number", "The billing number leaves too: name the main number of what stays.")
        elif new and new == btn:
            self.add_error("new_billing_number", "This is the old billing number.")
        elif new and new in self.numbers:
            self.add_error("new_billing_number", "This number is ported as well. Name one that stays.")

    def _check_subscriber(self, data: dict[str, Any]) -> None:
        if data.get("subscriber") == Subscriber.BUSINESS:
            if not data.get("business_name"):
                self.add_error("business_name", "Give the business name as the provider has it.")
            return
        for name, what in (("first_name", "first"), ("last_name", "last")):
            if not data.get(name):
                self.add_error(name, f"Give the subscriber's {what} name.")
        if data.get("business_name"):
            self.add_error("business_name", "A residential line has no business name. Clear it, or choose business.")


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several uploaded files; cleans to a list."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given if one or self.required]


class PapersForm(forms.Form):
    """Papers of one order."""

    loa = FilesField(required=False, allow_empty_file=True, label="Signed LOA")
    bill = FilesField(
        required=False,
        allow_empty_file=True,
        label="Bill or customer service record",
        help_text="The current provider's latest bill, or better its customer service record (CSR), less than 30 days old.",
    )

    def __init__(self, *args: Any, order: PortOrder, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = "PDF or TIFF" if order.kind == TOLL_FREE else "PDF, TIFF, JPG or PNG"
        self.fields["loa"].help_text = f"{kinds}, at most 3 MB each; several are packed into one ZIP for the carrier."
        taken = ".pdf,.tif,.tiff,.jpg,.jpeg,.png,.doc,.docx,.xls,.xlsx,.csv,.txt"
        for name in ("loa", "bill"):
            self.fields[name].widget.attrs["accept"] = ".pdf,.tif,.tiff" if order.kind == TOLL_FREE and name == "loa" else taken

    @property
    def given(self) -> list[tuple[str, Any]]:
        """The uploaded files of a valid form with their kinds."""
        kinds = {"loa": PortPaper.Kind.LOA, "bill": PortPaper.Kind.BILL}
        return [(kind, file) for name, kind in kinds.items() for file in self.cleaned_data[name]]


class RejectForm(forms.Form):
    """What the losing carrier said when it rejected."""

    reason = forms.ChoiceField(
        label="Reason",
        choices=[
            ("", "Choose…"),
            *((one.key, f"{one.label} ({one.codes})" if one.codes else one.label) for one in REASONS.values()),
        ],
        error_messages={"required": "Choose a reason: the customer gets its advice."},
    )
    note = forms.CharField(
        required=False,
        max_length=500,
        label="What they said",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="The customer reads it.",
    )
    numbers = forms.MultipleChoiceField(
        required=False, label="Only these numbers", widget=forms.CheckboxSelectMultiple, help_text="None ticked means all."
    )

    def __init__(self, *args: Any, numbers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["numbers"]
        field.choices = [(number, phone(number)) for number in numbers]
        if len(numbers) < 2:
            field.widget = forms.MultipleHiddenInput()


def _number(typed: str) -> str:
    try:
        number = to_e164(typed)
    except ValueError as error:
        raise forms.ValidationError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    if not number.startswith("+1"):
        raise forms.ValidationError("Give a North American number.")
    return number
