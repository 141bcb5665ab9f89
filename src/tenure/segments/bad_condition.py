"""What is wrong with a condition, where, and what to write instead."""

from dataclasses import dataclass

from tenure.base.errors import BadDefinition


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the text: line and column count from 1, `start` from 0; `length` in characters."""

    line: int
    column: int
    length: int
    start: int

    @classmethod
    def of(cls, text: str, start: int, end: int) -> "Position":
        """The place of `text[start:end]`, at least one character long."""
        before = text[:start]
        line = before.count("\n") + 1
        return cls(line, start - (before.rfind("\n") + 1) + 1, max(1, end - start), start)


class BadCondition(BadDefinition):
    """A condition that is refused. `suggestion` may take the place of what stands at `position`."""

    code = "bad_condition"

    def __init__(self, message: str, position: Position, suggestion: str = "") -> None:
        super().__init__(message, field="where")
        self.position = position
        self.suggestion = suggestion

    def as_json(self) -> dict[str, object]:
        """The one error shape, with the place and what to write there."""
        place = self.position
        return super().as_json() | {
            "position": {
                "line": place.line, "column": place.column,
                "length": place.length, "start": place.start,
            },
            "suggestion": self.suggestion,
        }  # fmt: skip
