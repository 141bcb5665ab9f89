"""A condition whose event counts are columns, for who has counted them already.

plain, counts = counted_as_columns(condition)     # did('Export', 30) >= 2  ->  did_0 >= 2
counts                                            # {"did_0": Count("Export", 30)}
"""

from dataclasses import dataclass, replace

from tenure.segments.condition import Condition
from tenure.segments.tree import ColumnName, Node


@dataclass(frozen=True, slots=True)
class Count:
    """How often in so many days, today included; with `days` null, days since the last."""

    event: str
    days: int | None


def counted_as_columns(condition: Condition) -> tuple[Condition, dict[str, Count]]:
    """The condition with a column in place of each did() and last(), and what each stands for."""
    counts: dict[Count, str] = {}
    tree = _replaced(condition.tree, counts)
    return replace(condition, tree=tree), {name: count for count, name in counts.items()}


def _replaced(node: Node, counts: dict[Count, str]) -> Node:
    if node.op == "did":
        event, days = node.value  # type: ignore[misc]
        return _column(node, Count(event, days), "did", counts)
    if node.op == "last":
        return _column(node, Count(str(node.value), None), "last", counts)
    return replace(node, parts=tuple(_replaced(part, counts) for part in node.parts))


def _column(node: Node, count: Count, kind: str, counts: dict[Count, str]) -> Node:
    name = counts.setdefault(count, f"{kind}_{len(counts)}")
    return Node("column", node.type, (), ColumnName(name, is_whole=True), node.span)
