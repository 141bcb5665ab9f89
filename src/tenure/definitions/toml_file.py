"""What stands in a definition's text, and where each mistake is.

    read = Fields.of(text, "product.toml")
    for feature in read.tables("feature"):
        name = feature.text("name")
    read.done()          # whatever was not asked for is a mistake, with a suggestion

Every message reads `product.toml: feature[2].events: what is wrong; what to do`.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

from tenure.base.errors import BadDefinition

Value = TypeVar("Value")
_MISSING: Any = object()
# The reader of TOML takes the square of a key's parts: minutes for one that fills a file.
KEY_PARTS_MOST = 64
_PART = r"""(?:[\w-]{1,200}|"[^"\n]{0,200}"|'[^'\n]{0,200}')"""
_DEEP_KEY = re.compile(
    rf"(?<![\w.\"'-])(?:{_PART}[ \t]{{0,20}}\.[ \t]{{0,20}}){{{KEY_PARTS_MOST}}}"
)
_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class Fields:
    """One table of a TOML text. Each field is asked for once, by the type it must have."""

    def __init__(self, values: dict[str, Any], where: str, path: str = "") -> None:
        self.values, self.where, self.path = values, where, path
        self._asked: dict[str, None] = {}
        self._below: list[Fields] = []

    @classmethod
    def of(cls, text: str, where: str) -> "Fields":
        """The top table. Raises BadDefinition, with line and column, for what is no TOML."""
        if found := _DEEP_KEY.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise BadDefinition(
                f"{where}: a key has {KEY_PARTS_MOST} parts or more (at line {line}, column 1); "
                "write it flatter"
            )
        try:
            return cls(tomllib.loads(text), where)
        except RecursionError:
            raise BadDefinition(f"{where}: this is nested too deeply; write it flatter") from None
        except ValueError as error:  # TOMLDecodeError, and a number of thousands of digits
            raise BadDefinition(f"{where}: this is not TOML: {error}") from None

    def refuse(self, field: str, problem: str) -> BadDefinition:
        """The error to raise about a field; `problem` ends with what to do."""
        return BadDefinition(f"{self.where}: {self._at(field)}: {problem}", field=self._at(field))

    def text(self, field: str, default: str = _MISSING, *, among: Iterable[str] = ()) -> str:
        """A text that is not blank, unless the default is; one of `among` where that is given."""
        value = self._typed(field, str, default)
        if not value.strip() and default is _MISSING:
            raise self.refuse(field, "this is empty; fill it in")
        choices = list(among)
        if choices and value not in choices and value != default:
            raise self.unknown(field, "value", value, choices)
        return value

    def unknown(self, field: str, what: str, value: str, known: Iterable[str]) -> BadDefinition:
        """The error to raise about a name that stands for nothing, with the nearest that does."""
        names = list(known)
        folded = {name.casefold(): name for name in reversed(names)}
        near = get_close_matches(value.casefold(), folded, 1, 0.5)
        if near:
            hint = f"did you mean {folded[near[0]]!r}?"
        else:
            hint = f"use {', '.join(names[:12])}" if names else f"there is none yet; add a {what}"
        return self.refuse(field, f"there is no {what} {value!r}; {hint}")

    def whole(
        self, field: str, default: int | None = _MISSING, *, least: int = 0, most: int = 10**15
    ) -> int:
        """A whole number from `least` to `most`."""
        value = self._typed(field, int, default)
        if value is not None and value < least:
            raise self.refuse(field, f"{value} is below {least}; write a larger number")
        if value is not None and value > most:
            raise self.refuse(field, f"this is above {most}; write a smaller number")
        return value

    def number(self, field: str, default: float | None = _MISSING) -> float:
        value = self._typed(field, (int, float), default)
        return value if value is None else float(value)

    def flag(self, field: str, default: bool = _MISSING) -> bool:
        return self._typed(field, bool, default)

    def texts(self, field: str, default: Iterable[str] | None = _MISSING) -> list[str]:
        """A list of texts, none blank, none twice."""
        values = self._typed(field, list, default)
        if values is default:
            return list(default or ())
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise self.refuse(field, f"{value!r} is no text; write a list of quoted texts")
        if len(set(values)) < len(values):
            raise self.refuse(field, "a text stands here twice; leave one out")
        return values

    def translated(self, field: str, languages: Sequence[str]) -> dict[str, str]:
        """The text in each of these languages."""
        if isinstance(self.values.get(field), str):
            raise self.refuse(field, f"write it in each language: {{ {languages[0]} = ... }}")
        table = self.table(field)
        if not table.values:
            raise self.refuse(field, f"this is missing; write it in {', '.join(languages)}")
        return {language: table.text(language) for language in languages}

    def known(self, field: str) -> None:
        """Say that the field is one: for tables whose fields anybody may name."""
        self._asked[field] = None

    def wholes(self, field: str, default: Iterable[int] = _MISSING) -> list[int]:
        """A list of whole numbers above 0, in order, none twice."""
        values = self._typed(field, list, default)
        if values is default:
            return list(default)
        for value in values:
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise self.refuse(
                    field, f"{value!r} is no whole number above 0; write such numbers"
                )
        return sorted(set(values))

    def table(self, field: str) -> "Fields":
        """The table of that name, empty when there is none."""
        values = self._typed(field, dict, {})
        return self._add(Fields(values, self.where, self._at(field)))

    def tables(self, field: str) -> list["Fields"]:
        """The `[[field]]` tables, in order."""
        self._asked[field] = None
        values = self.values.get(field, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            header = re.sub(r"\[\d+\]", "", self._at(field))
            raise self.refuse(field, f"write each one as [[{header}]]")
        return [
            self._add(Fields(value, self.where, f"{self._at(field)}[{number}]"))
            for number, value in enumerate(values, start=1)
        ]

    def done(self) -> None:
        """Raises BadDefinition for a field that nobody asked for, with the nearest known."""
        for name in self.values:
            if name not in self._asked:
                near = get_close_matches(name, self._asked, 1)
                hint = f"did you mean {near[0]}?" if near else f"use {', '.join(self._asked)}"
                raise self.refuse(name, f"there is no such field; {hint}")
        for each in self._below:
            each.done()

    def _typed(self, field: str, kind: Any, default: Any) -> Any:
        self._asked[field] = None
        if field not in self.values:
            if default is _MISSING:
                raise self.refuse(field, "this is missing; add it")
            return default
        value = self.values[field]
        is_bool = isinstance(value, bool) and kind is not bool
        if is_bool or not isinstance(value, kind):
            first = kind[0] if isinstance(kind, tuple) else kind
            words = _WORDS.get(first, "a list" if first is list else "a table")
            raise self.refuse(field, f"{value!r} is not {words}; write it as one")
        return value

    def _add(self, fields: "Fields") -> "Fields":
        self._below.append(fields)
        return fields

    def _at(self, field: str) -> str:
        return f"{self.path}.{field}" if self.path else field
