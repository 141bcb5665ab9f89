"""What a condition says, once it is understood: a tree of typed nodes.

| op | parts | value | type |
|---|---|---|---|
| `literal` | | the value | text, number, date, boolean |
| `column` | | ColumnName | that of the column; an instant is a date, cut in the company's zone |
| `today` | | | date |
| `did` | | (event, days) | number, never null |
| `last` | | event | number, null for never |
| `lower`, `abs`, `length`, `coalesce`, `has` | arguments | | |
| `+ - * /`, `negative` | numbers | | number |
| `shift` | a date | (count, unit) | date |
| `days` | two dates | | number, of days from the second to the first |
| `= <> < <= > >=`, `between`, `in`, `like`, `ilike` | what is compared | | boolean |
| `is_null`, `is_true`, `is_false`, `not`, `and`, `or` | what is asked | | boolean |
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

TEXT, NUMBER, DATE, BOOLEAN, LIST = "text", "number", "date", "boolean", "list"
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/")
CONNECTIVES = ("and", "or", "not")


@dataclass(frozen=True, slots=True)
class ColumnName:
    """A column of the subject's own card, or (`of` is account) of a person's account."""

    name: str
    of: str = ""
    is_instant: bool = False
    is_whole: bool = False

    def __str__(self) -> str:
        return f"{self.of}.{self.name}" if self.of else self.name


@dataclass(frozen=True, slots=True)
class Node:
    """One thing said. `span` is where it stands in the text."""

    op: str
    type: str
    parts: tuple["Node", ...] = ()
    value: object = None
    span: tuple[int, int] = field(default=(0, 0), compare=False)

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.parts))
