"""A node of a condition in words: as a person would write it, or with values in place of names."""

from collections.abc import Mapping
from datetime import date

from tenure.segments.tree import ARITHMETIC, COMPARISONS, Node

NAMED = ("column", "did", "last", "today")  # what has a value of its own for a subject


def written(node: Node, values: Mapping[Node, object] | None = None) -> str:
    """The text of a node; a name that is in `values` is written as its value."""
    if values is not None and node in values:
        return value_written(values[node])
    if node.op in NAMED:
        return _name(node)
    if node.op == "literal":
        return value_written(node.value)
    parts = [written(part, values) for part in node.parts]
    if node.op in (*COMPARISONS, *ARITHMETIC, "like", "ilike"):
        return f"{_held(node.parts[0], parts[0])} {node.op} {_held(node.parts[1], parts[1])}"
    if node.op in _FORMS:
        return _FORMS[node.op].format(*parts)
    if node.op == "in":
        return f"{parts[0]} in ({', '.join(parts[1:])})"
    if node.op == "shift":
        count, unit = node.value  # type: ignore[misc]
        return f"{parts[0]} {'-' if count < 0 else '+'} interval '{abs(count)} {unit}s'"
    if node.op in ("and", "or"):
        held = [f"({p})" if n.op == "or" else p for n, p in zip(node.parts, parts, strict=True)]
        return f" {node.op} ".join(held)
    return f"{node.op}({', '.join(parts)})"


def value_written(value: object) -> str:
    """A value as a condition writes it: `'Pro'`, `14`, `2026-01-31`, `null`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, list | tuple):
        return "[" + ", ".join(value_written(each) for each in value) + "]"
    if isinstance(value, float):
        return f"{value:.4g}" if value % 1 else str(int(value))
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


_FORMS = {
    "days": "{0} - {1}",
    "negative": "-{0}",
    "between": "{0} between {1} and {2}",
    "is_null": "{0} is null",
    "is_true": "{0} is true",
    "is_false": "{0} is false",
    "not": "not ({0})",
}


def _name(node: Node) -> str:
    if node.op == "did":
        event, days = node.value  # type: ignore[misc]
        return f"did({value_written(event)}, {days})"
    if node.op == "last":
        return f"last({value_written(node.value)})"
    return "today" if node.op == "today" else str(node.value)


def _held(node: Node, text: str) -> str:
    return f"({text})" if node.op in (*COMPARISONS, *ARITHMETIC, "days", "shift") else text
