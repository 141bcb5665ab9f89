"""Where in the text something stands that sqlglot has read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from tenure.segments.bad_condition import Position

_INTERVAL = re.compile(r"\binterval\s*('[^']*'|\w+)(\s*(day|week|month|year)s?\b)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """`text[start:end]`."""

    text: str
    start: int
    end: int

    @classmethod
    def of(cls, text: str, found: Sequence[exp.Expression]) -> "Place":
        """From the first to the last word of what was read, with the parentheses it needs."""
        spans = [
            (node.meta["start"], node.meta["end"] + 1)
            for each in found
            for node in each.walk()
            if "start" in node.meta
        ]
        if not spans:
            return cls(text, 0, len(text))
        start = min(first for first, _ in spans)
        return cls(text, start, _closed(text, start, max(last for _, last in spans)))

    def through(self, word: str) -> "Place":
        """To the end of the next such word: sqlglot forgets where `null` stood."""
        found = re.compile(rf"\b{word}\b", re.IGNORECASE).search(self.text, self.start)
        return Place(self.text, self.start, max(self.end, found.end())) if found else self

    def next_interval(self) -> "Place":
        """The interval that follows, of which sqlglot forgets the place as well."""
        found = _INTERVAL.search(self.text, self.start)
        return Place(self.text, found.start(), found.end()) if found else self

    @property
    def span(self) -> tuple[int, int]:
        return self.start, self.end

    @property
    def words(self) -> str:
        return self.text[self.start : self.end]

    @property
    def position(self) -> Position:
        return Position.of(self.text, self.start, self.end)


def _closed(text: str, start: int, end: int) -> int:
    """The end, moved behind the parentheses that were opened since the start."""
    opened = quoted = 0
    for character in text[start:end]:
        if character == "'":
            quoted = not quoted
        elif not quoted:
            opened += (character == "(") - (character == ")")
    while opened > 0:
        rest = text[end:]
        if not rest.lstrip().startswith(")"):
            break
        end += len(rest) - len(rest.lstrip()) + 1
        opened -= 1
    return end
