"""A form field for a declared parameter. The field only asks; the record's own validation judges, as for every caller."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.html import escape

from apps.ui.forms import SecretInput
from apps.vendors.core.params import Param, Upload

_NAMES = {"accountno": "Account number", "npa_nxx": "NPA-NXX", "tfn_prefix": "Toll-free prefix", "tg_id": "Trunk group ID"}
LEFT_OUT = ("", "—")
_WORDS = {"id": "ID", "ip": "IP", "npa": "NPA", "nxx": "NXX", "tfn": "TFN", "cvv": "CVV", "lnp": "LNP"}
_WORDS |= {"url": "URL", "sip": "SIP", "did": "DID", "loa": "LOA", "foc": "FOC", "tg": "TG", "cps": "CPS", "pin": "PIN"}


def field_for(param: Param, *, kept: bool = False) -> forms.Field:
    """Return the form field that asks for `param`; a `kept` secret is stored already and may stay empty."""
    required = param.required and param.default is None and not kept
    field = _field(param, required, kept)
    field.label = label(param.name)
    field.help_text = escape(_help(param))
    field.initial = None if param.secret else _initial(param.default)
    field.error_messages["required"] = "This is required."
    return field


def label(name: str) -> str:
    """Return a parameter's name as a person reads it: "order_id" becomes "Order ID"."""
    if name in _NAMES:
        return _NAMES[name]
    words = [_WORDS.get(word, word) for word in name.split("_")]
    words[0] = words[0][:1].upper() + words[0][1:]
    return " ".join(words)


def value_of(param: Param, value: Any) -> Any:
    """Return what the form holds in the shape the record's validation expects; None when it was left empty."""
    if isinstance(value, UploadedFile):
        return Upload(value.name or "file", value.read(), value.content_type or "application/octet-stream")
    return None if value in ("", [], None) else value


def _field(param: Param, required: bool, kept: bool) -> forms.Field:
    if param.secret:
        return forms.CharField(required=required, widget=SecretInput(has_value=kept), strip=False)
    if param.type == "file":
        return forms.FileField(required=required, allow_empty_file=True)
    if param.type == "boolean":
        choices = [LEFT_OUT, ("true", "Yes"), ("false", "No")]
        return forms.CharField(required=required, widget=forms.Select(choices=choices))
    if param.choices and param.many:
        return forms.MultipleChoiceField(required=required, choices=list(param.choices.items()))
    if param.choices:
        # Not a ChoiceField: what is not a choice is the record's to say.
        return forms.CharField(required=required, widget=forms.Select(choices=[LEFT_OUT, *param.choices.items()]))
    return forms.CharField(required=required, widget=_widget(param))


def _widget(param: Param) -> forms.Widget:
    if param.many:
        return forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"})
    if param.type == "date":
        return forms.DateInput(attrs={"type": "date"})
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    if param.type in {"integer", "decimal"}:
        # A number input swallows what is no number; here it comes back with the fault beside it.
        attrs["inputmode"] = "numeric" if param.type == "integer" else "decimal"
    if param.type == "phone":
        attrs |= {"inputmode": "tel", "placeholder": "+1 206-555-0100"}
    if param.type == "datetime":
        attrs["placeholder"] = "2026-03-31 14:30:00"
    return forms.TextInput(attrs=attrs)


def _initial(default: Any) -> Any:
    if isinstance(default, bool):
        return "true" if default else "false"
    return default


def _help(param: Param) -> str:
    hints = [param.help]
    if param.many and not param.choices:
        hints.append("One a line, or with commas between.")
    if param.type == "datetime" and "UTC" not in param.help:
        hints.append("In UTC, unless you add an offset like -05:00.")
    if bounds := _bounds(param):
        hints.append(bounds)
    return " ".join(hint for hint in hints if hint)


def _bounds(param: Param) -> str:
    low, high = param.minimum, param.maximum
    if param.type != "integer" or (low is None and high is None):
        return ""
    if low is not None and high is not None:
        return f"From {low:,} to {high:,}." if high < 10_000 and low < 1000 else f"From {low} to {high}."
    return f"{low} or more." if low is not None else f"At most {high}."
