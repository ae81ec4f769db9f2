"""Icons, drawn inline: the whole sprite is 2 MB, a page uses a dozen of its symbols."""

import re
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

SPRITES = {False: "icons/tabler-sprite.svg", True: "icons/tabler-sprite-filled.svg"}
_FRAME = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>')


@lru_cache(maxsize=512)
def icon(name: str, *, filled: bool = False, classes: str = "") -> SafeString:
    """Return the Tabler icon `name` as inline SVG, hidden from assistive technology.

    Raises KeyError for an icon that does not exist.
    """
    paint = 'fill="currentColor"' if filled else 'fill="none" stroke="currentColor" stroke-width="1.75"'
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" width="20" height="20" {} stroke-linecap="round" '
        'stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        classes,
        mark_safe(paint),  # noqa: S308  one of the two texts above
        mark_safe(_shape(name, filled)),  # noqa: S308  from the icon package
    )


@lru_cache(maxsize=512)
def _shape(name: str, filled: bool) -> str:
    sprite = _sprite(filled)
    prefix = "tabler-filled-" if filled else "tabler-"
    start = sprite.find(f'<symbol id="{prefix}{name}"')
    if start < 0:
        raise KeyError(name)
    body = sprite[sprite.index(">", start) + 1 : sprite.index("</symbol>", start)]
    return _FRAME.sub("", body)


@lru_cache(maxsize=2)
def _sprite(filled: bool) -> str:
    name = SPRITES[filled]
    # A deployed image has only the collected files; a checkout has only the package.
    path = finders.find(name)
    return Path(path).read_text() if path else staticfiles_storage.open(name).read().decode()
