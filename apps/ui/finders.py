"""Static files of front-end packages: only what pages use; whole packages are ten times as large."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder


class ChosenFilesFinder(FileSystemFinder):
    """STATICFILES_DIRS as usual, but of a prefix in PACKAGE_FILES only the files listed there are collected."""

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Any]]:
        """Yield the path and storage of every file to collect."""
        chosen: dict[str, list[str]] = settings.PACKAGE_FILES
        for path, storage in super().list(ignore_patterns):
            prefix = getattr(storage, "prefix", "")
            if prefix not in chosen or path in chosen[prefix]:
                yield path, storage
