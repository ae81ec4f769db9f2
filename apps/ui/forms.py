"""How forms are rendered: Django's own form templates with ours in `templates/django/forms/` in front."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting

_CLASSES = {
    "checkbox": "form-check-input",
    "radio": "form-check-input",
    "select": "form-select",
    "hidden": "",
    "range": "form-range",
    "color": "form-control form-control-color",
}
_PICKERS = {
    "django/forms/widgets/date.html": ("date", re.compile(r"|\d{4}-\d\d-\d\d")),
    "django/forms/widgets/datetime.html": ("datetime-local", re.compile(r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")),
}


class Renderer(TemplatesSetting):
    """Render with the project's templates, and dress every widget in the look of the portal."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Return the HTML of a form, a field, its errors or a widget."""
        if "widget" in context:
            _dress(context["widget"])
        return super().render(template_name, context, request)


def _dress(widget: dict[str, Any]) -> None:
    """Give a widget (and the widgets inside it) its class and a type that never swallows what was typed."""
    kind = widget.get("type") or _kind(widget["template_name"])
    attrs = widget["attrs"]
    if kind == "number":
        # A number field shows nothing at all for "12a"; a text field keeps it, so that it can be corrected.
        widget["type"] = "text"
        step = str(attrs.pop("step", "1"))
        attrs.setdefault("inputmode", "numeric" if step == "1" else "decimal")
        attrs.pop("min", None), attrs.pop("max", None)
    if (picker := _PICKERS.get(widget["template_name"])) and picker[1].fullmatch(str(widget["value"] or "")):
        # Only for a value the picker can show: it would swallow any other.
        widget["type"] = picker[0]
    own = _CLASSES.get(kind, "form-control")
    if own and own not in attrs.get("class", "").split():
        attrs["class"] = f"{own} {attrs['class']}" if attrs.get("class") else own
    for inner in widget.get("subwidgets", ()):
        _dress(inner)
    if kind in {"checkbox", "radio"}:
        for _, options, _ in widget.get("optgroups", ()):
            for option in options:
                _dress(option)


def _kind(template_name: str) -> str:
    """What a widget without a type is; a list of checkboxes is named after the select it replaces."""
    name = template_name.rpartition("/")[2]
    return {"checkbox_select.html": "checkbox", "radio.html": "radio"}.get(name, "select" if "select" in name else "text")


class SecretInput(forms.PasswordInput):
    """A write-only field for a credential: a stored value is never sent to the browser.

    With `has_value` an empty answer means "keep what is stored", and the field says so.
    """

    template_name = "django/forms/widgets/secret.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, has_value: bool = False) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false", **(attrs or {})}, render_value=False)
        self.has_value = has_value

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Return the widget's context; nothing in it holds the value."""
        context = super().get_context(name, None, attrs)
        if self.has_value:
            context["widget"]["attrs"]["placeholder"] = "set — leave empty to keep"
        return context

    def use_required_attribute(self, initial: Any) -> bool:
        """A stored value satisfies "required"."""
        return not self.has_value and super().use_required_attribute(initial)


class TypedConfirmation(forms.Form):
    """The brake before what cannot be undone: the person types `expected`, say the count or the name."""

    typed = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = str(expected)
        self.fields["typed"].label = f"Type {self.expected} to confirm"
        self.fields["typed"].widget.attrs.update({"autocomplete": "off", "spellcheck": "false"})

    def clean_typed(self) -> str:
        """Accept exactly what was asked for; spaces and thousands commas around it do not matter."""
        typed = self.cleaned_data["typed"].strip()
        if typed.replace(",", "") != self.expected.replace(",", ""):
            raise forms.ValidationError(f"Type {self.expected} exactly; nothing has been done yet.")
        return typed


class RowsField(forms.ModelMultipleChoiceField):
    """Several rows of a table; what cannot be a key of it, say a number too large for the database, is an unknown choice."""

    def clean(self, value: Any) -> Any:
        key = self.queryset.model._meta.pk  # type: ignore[union-attr]  # set by whoever builds the form
        for one in value if isinstance(value, (list, tuple)) else ():
            try:
                key.run_validators(key.to_python(one))
            except ValidationError:
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": one}) from None
        return super().clean(value)
