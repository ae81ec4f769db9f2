"""The tags and filters that templates use without loading anything."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.template import engines

from apps.ui.icons import icon


def draw(source: str, **context: Any) -> str:
    return engines["django"].from_string(source).render(context)


def test_an_icon_is_inline_and_silent() -> None:
    html = draw('{% icon "phone" "big" %}')
    assert html.startswith('<svg class="icon big"')
    assert 'aria-hidden="true"' in html
    assert "<path" in html
    assert "style" not in html


def test_an_icon_that_does_not_exist_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        icon("no-such-icon")


def test_a_status_shows_its_word_beside_the_dot() -> None:
    assert draw("{% status 'needs_person' %}") == (
        '<span class="state state-warn"><span class="state-dot"></span>Needs a person</span>'
    )
    assert "Bought" in draw("{% status 'x' 'Bought' tone='good' %}")
    assert "–" in draw("{% status none %}", none=None)


def test_values_from_outside_are_escaped() -> None:
    nasty = "<img src=x onerror=alert(1)>"
    for tag in ("{% status x %}", "{% number x %}", "{% copy x %}", "{% selectbox x x %}", "{{ x|phone }}"):
        assert "<img" not in draw(tag, x=nasty)


def test_a_number_is_shown_for_people_and_copied_as_e164() -> None:
    html = draw("{% number '+12065550100' '/numbers/1/' %}")
    assert '<a href="/numbers/1/">+1 206-555-0100</a>' in html
    assert 'data-copy="+12065550100"' in html
    assert 'aria-label="Copy +1 206-555-0100"' in html


def test_a_moment_keeps_its_machine_form() -> None:
    moment = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    for tag in ("{% when at %}", "{{ at|ago }}"):
        assert 'datetime="2026-03-01T12:00:00+00:00"' in draw(tag, at=moment)
    assert draw("{{ at|ago }}", at=None) == "never"


@pytest.mark.parametrize(("part", "whole", "shown"), [(1, 3, "33.33"), (5, 0, "0"), (9, 3, "100"), (0, 7, "0")])
def test_percent(part: int, whole: int, shown: str) -> None:
    assert draw("{{ part|percent:whole }}", part=part, whole=whole) == shown
