"""Template tags and filters of the frame; built in, no `{% load %}` needed."""

from datetime import datetime
from typing import Any

from django import template
from django.forms import BaseForm
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.ui import formatting
from apps.ui.icons import icon as draw

register = template.Library()

register.filter("phone", formatting.phone)
register.filter("money", formatting.money)
register.filter("seconds", formatting.seconds)


@register.simple_tag
def icon(name: str, classes: str = "", *, filled: bool = False) -> SafeString:
    """Draw the Tabler icon `name`: `{% icon "phone" %}`, `{% icon "bell" "text-secondary" %}`."""
    return draw(name, filled=filled, classes=classes)


@register.simple_tag
def status(value: Any, label: str = "", *, tone: str = "") -> SafeString:
    """Show a status as a word with a dot; `label` replaces the word, `tone` the dot's look."""
    if value is None or value == "":
        return format_html('<span class="text-secondary">{}</span>', formatting.NOTHING)
    return format_html(
        '<span class="state state-{}"><span class="state-dot"></span>{}</span>',
        tone or formatting.status_tone(value),
        label or formatting.status_word(value),
    )


@register.simple_tag
def number(value: str | None, url: str = "") -> SafeString:
    """Show a phone number as people write it, with a button that copies it as E.164; `url` links it."""
    if not value:
        return format_html('<span class="text-secondary">{}</span>', formatting.NOTHING)
    shown = formatting.phone(value)
    inner = format_html('<a href="{}">{}</a>', url, shown) if url else shown
    return format_html('<span class="number">{}{}</span>', inner, copy(value, shown))


@register.simple_tag
def copy(value: str, label: str = "") -> SafeString:
    """Draw a small button that copies `value`; `label` is what a screen reader hears."""
    return format_html(
        '<button type="button" class="copy" data-copy="{}" aria-label="Copy {}">{}{}</button>',
        value,
        label or value,
        draw("copy", classes="copy-icon"),
        draw("check", classes="copied-icon"),
    )


@register.simple_tag
def when(moment: datetime | None, *, full: bool = False) -> SafeString:
    """Show a moment in the reader's zone, with the zone; the title holds the year and the seconds."""
    if moment is None:
        return format_html('<span class="text-secondary">{}</span>', formatting.NOTHING)
    return _time(moment, formatting.when(moment, full=full))


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """Show how long ago a moment was; the title holds the moment itself."""
    if moment is None:
        return mark_safe("never")
    return _time(moment, formatting.ago(moment))


def _time(moment: datetime, text: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        formatting.when(moment, full=True),
        text,
    )


@register.filter
def kind_word(kind: str) -> str:
    """Name a kind of object as people do: "ring_group" is a ring group, "ivr" an IVR."""
    return formatting.kind_word(kind)


@register.filter
def percent(part: float, whole: float) -> str:
    """Return `part` of `whole` in percent, for widths: "37.5"."""
    return f"{min(100.0, 100.0 * part / whole):.4g}" if whole else "0"


@register.simple_tag
def selectbox(value: Any, label: str) -> SafeString:
    """Draw the cell whose checkbox selects one row; the first cell where a list has bulk actions."""
    return format_html(
        '<td class="select-cell"><input type="checkbox" class="form-check-input" name="ids" value="{}" '
        'form="selection" aria-label="Select {}"></td>',
        value,
        label,
    )


@register.simple_tag
def selectbox_head() -> SafeString:
    """Draw the header cell over `selectbox`: it selects every row of the page."""
    return mark_safe(
        '<th class="select-cell"><input type="checkbox" class="form-check-input" data-select-page '
        'aria-label="Select all rows on this page"></th>'
    )


@register.inclusion_tag("ui/_sort_head.html")
def sort_head(listing: Any, key: str, label: str, classes: str = "") -> dict[str, Any]:
    """Draw a column head that sorts by `key`; plain text when the list does not offer that order."""
    return {"listing": listing, "key": key, "label": label, "classes": classes, **listing.sort_state(key)}


@register.inclusion_tag("ui/_form_errors.html")
def form_errors(form: BaseForm, *, focus: bool = False) -> dict[str, Any]:
    """List a form's errors with links to the fields, and put the cursor into the first wrong one.

    Must come before the fields, since it marks one of them. With `focus` the cursor goes into the first field when
    none is wrong: for pages that are there to be filled in.
    """
    wrong = [form[name] for name in form.errors if name in form.fields and not form[name].is_hidden]
    first = wrong or (form.visible_fields() if focus else [])
    if first:
        first[0].field.widget.attrs["autofocus"] = True
    return {"form": form, "wrong": wrong}
