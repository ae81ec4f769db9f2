"""Forms: errors beside the fields, nothing typed lost, secrets never sent."""

import pytest
from django import forms
from django.test import Client

from apps.ui.forms import SecretInput, TypedConfirmation
from tests.ui.gallery import ConnectionForm

TYPED = {"name": "Not A Slug!", "vendor": "nobody", "base_url": "not an address", "rate": "12a", "since": "31.2.2026"}


class Key(forms.Form):
    key = forms.CharField(widget=SecretInput(has_value=True), required=False)


def test_every_wrong_field_says_what_is_wrong_beside_it() -> None:
    html = ConnectionForm(TYPED).as_div()
    for name in TYPED:
        assert f'id="id_{name}_error"' in html
        assert f'href="#id_{name}"' in html
    assert html.count('aria-invalid="true"') >= len(TYPED)
    assert 'aria-describedby="id_rate_helptext id_rate_error"' in html


def test_what_was_typed_is_still_there_even_where_it_makes_no_sense() -> None:
    html = ConnectionForm(TYPED).as_div()
    for value in ("Not A Slug!", "not an address", "12a", "31.2.2026"):
        assert f'value="{value}"' in html
    # A number or date field of the browser would show nothing for these.
    assert 'type="number"' not in html
    assert 'type="date"' not in html


def test_an_empty_date_gets_the_browsers_picker() -> None:
    assert 'type="date"' in ConnectionForm().as_div()


def test_the_first_wrong_field_gets_the_cursor() -> None:
    assert ConnectionForm(TYPED).as_div().count(" autofocus") == 1
    assert " autofocus" not in ConnectionForm().as_div()


def test_fields_look_like_the_portal() -> None:
    html = ConnectionForm().as_div()
    for css in ('class="form-control"', 'class="form-select"', 'class="form-check-input"'):
        assert css in html
    assert "style=" not in html


def test_a_stored_secret_is_never_sent_to_the_browser() -> None:
    for form in (Key(initial={"key": "s3cret"}), Key({"key": "s3cret"})):
        html = form.as_div()
        assert "s3cret" not in html
        assert "leave empty to keep" in html
        assert 'type="password"' in html


@pytest.mark.parametrize(
    ("expected", "typed", "fine"), [("300", " 300 ", True), ("1,200", "1200", True), ("300", "30", False), ("x", "", False)]
)
def test_the_brake_wants_exactly_what_it_names(expected: str, typed: str, fine: bool) -> None:
    form = TypedConfirmation({"typed": typed}, expected=expected)
    assert form.is_valid() is fine
    assert fine or "nothing has been done" in form.errors["typed"][0]


@pytest.mark.urls("tests.ui.gallery")
def test_an_invalid_form_is_answered_with_422_and_keeps_its_input(client_for: object) -> None:
    client: Client = client_for("ada")  # type: ignore[operator]
    answer = client.post("/gallery/wizard/", TYPED)
    assert answer.status_code == 422
    assert b'value="12a"' in answer.content
