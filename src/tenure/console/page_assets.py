"""Static files that lie beside their page: `pages/<page>/page.css` and `page.js`, nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage

HERE = Path(__file__).parent
SUFFIXES = {".css", ".js"}


class PageAssets(BaseFinder):
    """A finder for `STATICFILES_FINDERS`; a page's Python and HTML are never served."""

    storage = FileSystemStorage(location=str(HERE))

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> str | list[str]:
        known = dict.fromkeys(name for name, _ in self.list(None))
        hit = str(HERE / path) if path in known else None
        if find_all:
            return [hit] if hit else []
        return hit or []

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        for file in sorted((HERE / "pages").rglob("*")):
            if file.suffix in SUFFIXES:
                yield file.relative_to(HERE).as_posix(), self.storage
