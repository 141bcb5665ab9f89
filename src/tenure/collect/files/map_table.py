"""A table of a map, read key by key: every key is of the right type, and none is left over."""

import difflib
from collections.abc import Iterable
from typing import Any, NoReturn

from tenure.base.errors import BadDefinition

_NEEDED: Any = object()


class MapTable:
    """One TOML table with the path that messages name it by."""

    def __init__(self, values: dict[str, Any], file: str, path: str) -> None:
        self._values, self._file, self._path = values, file, path
        self._read: set[str] = set()

    def fail(self, key: str, what: str) -> NoReturn:
        """Raise BadDefinition about `key`: `map.toml: file[1].columns.end: what`."""
        raise BadDefinition(f"{self._file}: {self._at(key)}: {what}")

    def names(self) -> list[str]:
        return list(self._values)

    def suggestion(self, name: str, known: Iterable[str]) -> str:
        """`; did you mean 'x'?`, or nothing."""
        near = difflib.get_close_matches(name.casefold(), list(known), n=1, cutoff=0.6)
        return f"; did you mean {near[0]!r}?" if near else ""

    def value(self, key: str, default: Any = _NEEDED) -> Any:
        self._read.add(key)
        if key not in self._values:
            if default is _NEEDED:
                self.fail(key, "is missing")
            return default
        return self._values[key]

    def text(self, key: str, default: str | None = _NEEDED) -> Any:
        value = self.value(key, default)
        if value is not default and not isinstance(value, str):
            self.fail(key, f"{value!r} is no text; put it in quotes")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.value(key, default)
        if not isinstance(value, bool):
            self.fail(key, f"{value!r} is neither true nor false")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = _NEEDED) -> Any:
        """A list of texts; a single text, number or flag counts as a list of one."""
        value = self.value(key, default)
        if value is default:
            return value
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str | int) for each in values):
            self.fail(key, f"{value!r} is no list of texts")
        return tuple(_as_text(each) for each in values)

    def choice(self, key: str, choices: tuple[str, ...], default: str = _NEEDED) -> str:
        value = self.text(key, default)
        if value not in choices:
            known = ", ".join(repr(choice) for choice in choices)
            self.fail(key, f"{value!r} is not one of {known}{self.suggestion(value, choices)}")
        return value

    def table(self, key: str) -> "MapTable":
        """The table under `key`, empty when absent."""
        value = self.value(key, {})
        if not isinstance(value, dict):
            self.fail(key, f"{value!r} is no table; write [{self._at(key)}]")
        return MapTable(value, self._file, self._at(key))

    def tables(self, key: str) -> list["MapTable"]:
        """The array of tables under `key`, entries counted from 1."""
        value = self.value(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.fail(key, f"write [[{key}]], once for each file and kind")
        return [
            MapTable(each, self._file, f"{self._at(key)}[{number}]")
            for number, each in enumerate(value, start=1)
        ]

    def finish(self) -> None:
        """Raise BadDefinition when a key is there that nobody asked for."""
        for key in self._values:
            if key not in self._read:
                known = ", ".join(sorted(self._read))
                hint = self.suggestion(key, self._read)
                self.fail(key, f"there is no such setting; known are {known}{hint}")

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _as_text(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
