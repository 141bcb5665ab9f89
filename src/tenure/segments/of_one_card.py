"""Whether a condition holds for one card that is at hand: without DuckDB, in microseconds.

For who decides while somebody waits: the web process has a card in state and no lake. It answers
as the SQL of `as_sql.py` does, three truths and all; a test compares the two.

    asked = asked_of_one_card(condition)          # once
    asked(card.values, today, zone) is True       # as often as is wanted
"""

import math
import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import partial
from operator import ge, gt, le, lt

from tenure.segments.condition import Condition
from tenure.segments.tree import ARITHMETIC, COMPARISONS, ColumnName, Node

Truth = bool | None
Asked = Callable[[Mapping[str, object], date, tzinfo], Truth]


class _Subject:
    """The card that is asked, the company's day and its time zone."""

    __slots__ = ("today", "values", "zone")

    def __init__(self, values: Mapping[str, object], today: date, zone: tzinfo) -> None:
        self.values, self.today, self.zone = values, today, zone


_Part = Callable[[_Subject], object]


def asked_of_one_card(condition: Condition) -> Asked:
    """The condition as a function of a card's values: True, False, or None for unknown.

    Raises ValueError when `counts_events` of it: those are not on a card.
    """
    if counts_events(condition):
        raise ValueError(f"{condition.text!r} counts events, which no card holds")
    part = _part(condition.tree)
    return lambda values, today, zone: part(_Subject(values, today, zone))  # type: ignore[return-value]


def counts_events(condition: Condition) -> bool:
    """Whether it asks for did() or last(), or for the accounts of a person."""
    return bool(condition.events) or any(column.of for column in condition.columns)


def requires(tree: Node, is_wanted: Callable[[Node], bool]) -> bool:
    """Whether the condition cannot hold unless a part that `is_wanted` holds.

    True for `a and b` when it is so of one of them, for `a or b` when it is so of both.
    """
    if tree.op == "and":
        return any(requires(part, is_wanted) for part in tree.parts)
    if tree.op == "or":
        return all(requires(part, is_wanted) for part in tree.parts)
    return is_wanted(tree)


def _part(node: Node) -> _Part:
    if node.op in ARITHMETIC or node.op == "negative":
        return _whole_sum(_sum(node))
    if node.op in COMPARISONS:
        left, right = _alike(node.parts)
        return partial(_compared, _ORDER[node.op], left, right)
    return _PARTS[node.op](node)


# --- values


def _literal(node: Node) -> _Part:
    value = node.value
    return lambda subject: value


def _column(node: Node) -> _Part:
    column: ColumnName = node.value  # type: ignore[assignment]
    name = column.name
    if not column.is_instant:
        return lambda subject: subject.values.get(name)

    def day(subject: _Subject) -> object:
        at = subject.values.get(name)
        return at.astimezone(subject.zone).date() if isinstance(at, datetime) else at

    return day


def _is_fraction(node: Node) -> bool:
    """Whether DuckDB has it as a double; whole numbers beside one are compared as doubles."""
    if node.op == "literal":
        return isinstance(node.value, float)
    if node.op == "column":
        return node.type == "number" and not node.value.is_whole  # type: ignore[attr-defined]
    if node.op == "coalesce":
        return any(_is_fraction(part) for part in node.parts)
    return node.op in (*ARITHMETIC, "negative", "abs")


def _alike(nodes: tuple[Node, ...]) -> list[_Part]:
    """The parts, all as fractions where one of them is."""
    parts = [_part(node) for node in nodes]
    if not any(_is_fraction(node) for node in nodes):
        return parts
    return [partial(_as_fraction, part) for part in parts]


def _as_fraction(part: _Part, subject: _Subject) -> float | None:
    value = part(subject)
    return None if value is None else float(value)  # type: ignore[arg-type]


def _sum(node: Node) -> Callable[[_Subject], float | None]:
    """Arithmetic in doubles, possibly endless: that is asked of the whole alone."""
    if node.op not in (*ARITHMETIC, "negative"):
        return partial(_as_fraction, _part(node))
    parts = [_sum(part) for part in node.parts]
    reckon = _RECKONED[node.op]

    def summed(subject: _Subject) -> float | None:
        values = [part(subject) for part in parts]
        return None if None in values else reckon(*values)

    return summed


def _divided(left: float, right: float) -> float | None:
    return None if right == 0 else left / right


def _whole_sum(summed: Callable[[_Subject], float | None]) -> _Part:
    def finite(subject: _Subject) -> object:
        value = summed(subject)
        return value if value is not None and math.isfinite(value) else None

    return finite


def _of_one(reckon: Callable[[object], object]) -> Callable[[Node], _Part]:
    def made(node: Node) -> _Part:
        part = _part(node.parts[0])

        def called(subject: _Subject) -> object:
            value = part(subject)
            return None if value is None else reckon(value)

        return called

    return made


def lower(text: str) -> str:
    """Each letter by itself, as simple case mapping has it; Python knows endings of words, too."""
    return text.lower() if text.isascii() else "".join(letter.lower()[0] for letter in text)


def _coalesce(node: Node) -> _Part:
    first, second = _alike(node.parts)

    def found(subject: _Subject) -> object:
        value = first(subject)
        return second(subject) if value is None else value

    return found


def _shift(node: Node) -> _Part:
    count, unit = node.value  # type: ignore[misc]
    part = _part(node.parts[0])

    def shifted(subject: _Subject) -> date | None:
        day = part(subject)
        try:
            return None if day is None else _moved(day, count, unit)  # type: ignore[arg-type]
        except (OverflowError, ValueError):
            return None  # beyond the calendar

    return shifted


def _moved(day: date, count: int, unit: str) -> date:
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    year, month = divmod(day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1), 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _days(node: Node) -> _Part:
    later, earlier = (_part(part) for part in node.parts)

    def between(subject: _Subject) -> int | None:
        until, since = later(subject), earlier(subject)
        return None if until is None or since is None else (until - since).days  # type: ignore[operator]

    return between


# --- questions


def _compared(order: Callable, left: _Part, right: _Part, subject: _Subject) -> Truth:
    one, other = left(subject), right(subject)
    return None if one is None or other is None else order(one, other)


def _between(node: Node) -> _Part:
    of, low, high = _alike(node.parts)

    def inside(subject: _Subject) -> Truth:
        value, least, most = of(subject), low(subject), high(subject)
        if value is None:
            return None
        ends = (
            None if least is None else value >= least,  # type: ignore[operator]
            None if most is None else value <= most,  # type: ignore[operator]
        )
        return False if False in ends else None if None in ends else True

    return inside


def _in(node: Node) -> _Part:
    of, *listed = _alike(node.parts)
    nobody = _Subject({}, date.min, None)  # type: ignore[arg-type]  # literals ask nothing of it
    values = [each(nobody) for each in listed]

    def among(subject: _Subject) -> Truth:
        value = of(subject)
        return None if value is None else value in values

    return among


def _like(node: Node) -> _Part:
    text, pattern = _part(node.parts[0]), str(node.parts[1].value)
    folded = lower if node.op == "ilike" else str
    pieces = [_piece(piece) for piece in folded(pattern).split("%")]

    def matches(subject: _Subject) -> Truth:
        value = text(subject)
        return None if value is None else _is_like(folded(str(value)), pieces)

    return matches


def _piece(text: str) -> tuple[int, re.Pattern[str]]:
    """What stands between two `%`, with its length; `_` is any one letter."""
    form = "".join("." if letter == "_" else re.escape(letter) for letter in text)
    return len(text), re.compile(form, re.DOTALL)


def _is_like(text: str, pieces: list[tuple[int, re.Pattern[str]]]) -> bool:
    """Whether the pieces stand in the text in order, the first and last at its ends.

    Each is taken at its first place, so that no pattern takes longer than text × pieces.
    """
    (length, first), *rest = pieces
    if not rest:
        return first.fullmatch(text) is not None
    if first.match(text) is None:
        return False
    at = length
    for _, piece in rest[:-1]:
        found = piece.search(text, at)
        if found is None:
            return False
        at = found.end()
    last_length, last = rest[-1]
    starts = len(text) - last_length
    return starts >= at and last.fullmatch(text, starts) is not None


def _has(node: Node) -> _Part:
    values, wanted = _part(node.parts[0]), node.parts[1].value

    def contains(subject: _Subject) -> Truth:
        found = values(subject)
        return None if found is None else wanted in found  # type: ignore[operator]

    return contains


def _is_null(node: Node) -> _Part:
    part = _part(node.parts[0])
    return lambda subject: part(subject) is None


def _is(wanted: bool) -> Callable[[Node], _Part]:
    def made(node: Node) -> _Part:
        part = _part(node.parts[0])
        return lambda subject: part(subject) is wanted

    return made


def _not(node: Node) -> _Part:
    part = _part(node.parts[0])

    def negated(subject: _Subject) -> Truth:
        found = part(subject)
        return None if found is None else not found

    return negated


def _connected(decides: bool) -> Callable[[Node], _Part]:
    """`or` is decided by one True, `and` by one False; else by whether anything is unknown."""

    def made(node: Node) -> _Part:
        parts = [_part(part) for part in node.parts]

        def found(subject: _Subject) -> Truth:
            is_unknown = False
            for part in parts:
                truth = part(subject)
                if truth is decides:
                    return decides
                is_unknown = is_unknown or truth is None
            return None if is_unknown else not decides

        return found

    return made


_ORDER: dict[str, Callable] = {
    "=": lambda one, other: one == other, "<>": lambda one, other: one != other,
    "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip
_RECKONED: dict[str, Callable] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": _divided,
    "negative": lambda a: -a,
}  # fmt: skip
_PARTS: dict[str, Callable[[Node], _Part]] = {
    "literal": _literal,
    "column": _column,
    "today": lambda node: lambda subject: subject.today,
    "lower": _of_one(lower),  # type: ignore[arg-type]
    "abs": _of_one(lambda value: abs(float(value))),  # type: ignore[arg-type]
    "length": _of_one(len),  # type: ignore[arg-type]
    "coalesce": _coalesce,
    "shift": _shift,
    "days": _days,
    "has": _has,
    "between": _between,
    "in": _in,
    "like": _like,
    "ilike": _like,
    "is_null": _is_null,
    "is_true": _is(True),
    "is_false": _is(False),
    "not": _not,
    "and": _connected(False),
    "or": _connected(True),
}
