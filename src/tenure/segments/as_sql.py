"""A condition as DuckDB's SQL: names from the catalogue, every value a bound parameter.

The statement is built as a tree and written out by sqlglot; no character of the text that a person
typed is in it.

    with use as (select account_id as subject_id, <one column per did() and last()> from event_day)
    select account_card.account_id as subject_id
    from account_card left join use using (subject_id)
    where <the condition>
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce

from sqlglot import exp

from tenure.segments.condition import Condition
from tenure.segments.tree import ARITHMETIC, COMPARISONS, ColumnName, Node
from tenure.segments.vocabulary import ACCOUNT

SUBJECT, OWNER, USE, BELONGS = "subject", "owner", "used", "membership_link"
KEY = {"account": "account_id", "person": "person_id"}
CARD = {"account": "account_card", "person": "person_card"}
_COMPARE: dict[str, type[exp.Binary]] = {
    "=": exp.EQ, "<>": exp.NEQ, "<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE,
    "+": exp.Add, "-": exp.Sub, "*": exp.Mul,
}  # fmt: skip
_LARGEST = 1.7e308  # what is beyond, or no number, counts as null
_TYPES: dict[type, str] = {bool: "boolean", int: "bigint", float: "double", str: "varchar"}


@dataclass(slots=True)
class Asking:
    """The parts of a statement that a condition needs, gathered while its tree is read."""

    params: dict[str, object] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)  # of params, standing ones as well
    counts: dict[tuple[str, int], str] = field(default_factory=dict)
    lasts: dict[str, str] = field(default_factory=dict)

    def bind(self, value: object) -> exp.Expression:
        """A parameter that holds the value, with its type said."""
        type_ = "date" if isinstance(value, date) else _TYPES[type(value)]
        name = f"p{len(self.params)}"
        self.params[name], self.types[name] = value, type_
        return exp.cast(exp.Placeholder(this=name), type_)

    def standing(self, name: str, type_: str) -> exp.Expression:
        self.types[name] = type_
        return exp.cast(exp.Placeholder(this=name), type_)

    def today(self) -> exp.Expression:
        return self.standing("today", "date")

    def of(self, node: Node) -> exp.Expression:
        """The SQL of one node, in parentheses where something stands around it."""
        if node.op in ARITHMETIC or node.op == "negative":
            return exp.paren(_finite(self._reckoned(node)))
        if node.op in COMPARISONS:
            return exp.paren(_COMPARE[node.op](this=self.of(node.parts[0]), expression=self.of(node.parts[1])))  # fmt: skip # noqa: E501
        return _OF[node.op](self, node)

    def _reckoned(self, node: Node) -> exp.Expression:
        """Arithmetic in doubles: it never overflows, and nothing divided by 0 is null."""
        if node.op == "negative":
            return exp.paren(exp.Neg(this=self._reckoned(node.parts[0])))
        if node.op not in ARITHMETIC:
            return exp.cast(self.of(node), "double")
        left, right = (self._reckoned(part) for part in node.parts)
        if node.op == "/":
            zero = exp.cast(exp.Literal.number(0), "double")
            right = exp.Nullif(this=right, expression=zero)
            return exp.paren(exp.Div(this=left, expression=right, typed=False, safe=False))
        return exp.paren(_COMPARE[node.op](this=left, expression=right))

    def column(self, name: ColumnName) -> exp.Expression:
        """A column of the card; an instant is cut to its day in the company's own time zone."""
        found = exp.column(name.name, table=OWNER if name.of else SUBJECT, quoted=True)
        if not name.is_instant:
            return found
        zone = self.standing("time_zone", "varchar")
        return exp.cast(exp.paren(exp.AtTimeZone(this=found, zone=zone)), "date")

    def did(self, event: str, days: int) -> exp.Expression:
        """How many, 0 where there is no row of use."""
        name = self.counts.setdefault((event, days), f"did_{len(self.counts)}")
        return exp.func("coalesce", exp.column(name, table=USE), exp.Literal.number(0))

    def last(self, event: str) -> exp.Expression:
        name = self.lasts.setdefault(event, f"last_{len(self.lasts)}")
        return exp.column(name, table=USE)


def _finite(number: exp.Expression) -> exp.Expression:
    most = exp.cast(exp.Literal.number(_LARGEST), "double")
    small = exp.LTE(this=exp.func("abs", number.copy()), expression=most)
    return exp.Case().when(small, number)


def _literal(asking: Asking, node: Node) -> exp.Expression:
    return asking.bind(node.value)


def _call(name: str) -> Callable[[Asking, Node], exp.Expression]:
    return lambda asking, node: exp.func(name, *(asking.of(part) for part in node.parts))


def _abs(asking: Asking, node: Node) -> exp.Expression:
    return exp.func("abs", exp.cast(asking.of(node.parts[0]), "double"))


def _has(asking: Asking, node: Node) -> exp.Expression:
    return exp.Anonymous(this="list_contains", expressions=[asking.of(p) for p in node.parts])


def _length(asking: Asking, node: Node) -> exp.Expression:
    return exp.Anonymous(this="len", expressions=[asking.of(node.parts[0])])


def _shift(asking: Asking, node: Node) -> exp.Expression:
    count, unit = node.value  # type: ignore[misc]
    days = {"day": 1, "week": 7}.get(unit)
    of = asking.of(node.parts[0])
    if days:
        number = exp.cast(asking.bind(count * days), "integer")
        return exp.paren(exp.Add(this=of, expression=number))
    months = count * (12 if unit == "year" else 1)
    interval = exp.Anonymous(this="to_months", expressions=[exp.cast(asking.bind(months), "int")])
    return exp.cast(exp.paren(exp.Add(this=of, expression=interval)), "date")


def _days(asking: Asking, node: Node) -> exp.Expression:
    later, earlier = (asking.of(part) for part in node.parts)
    unit = exp.Literal.string("day")
    return exp.Anonymous(this="date_diff", expressions=[unit, earlier, later])


def _between(asking: Asking, node: Node) -> exp.Expression:
    of, low, high = node.parts
    return exp.paren(
        exp.Between(this=asking.of(of), low=asking.of(low), high=asking.of(high))
    )  # fmt: skip


def _in(asking: Asking, node: Node) -> exp.Expression:
    of, *values = node.parts
    return exp.paren(exp.In(this=asking.of(of), expressions=[asking.of(v) for v in values]))


def _like(asking: Asking, node: Node) -> exp.Expression:
    of, pattern = (asking.of(part) for part in node.parts)
    if node.op == "ilike":
        of, pattern = exp.func("lower", of), exp.func("lower", pattern)
    return exp.paren(exp.Like(this=of, expression=pattern))


def _is(value: exp.Expression) -> Callable[[Asking, Node], exp.Expression]:
    return lambda asking, node: exp.paren(
        exp.Is(this=exp.paren(asking.of(node.parts[0])), expression=value.copy())
    )


def _not(asking: Asking, node: Node) -> exp.Expression:
    return exp.paren(exp.Not(this=exp.paren(asking.of(node.parts[0]))))


def _connect(kind: type[exp.Connector]) -> Callable[[Asking, Node], exp.Expression]:
    def connected(asking: Asking, node: Node) -> exp.Expression:
        parts = [asking.of(part) for part in node.parts]
        return exp.paren(reduce(lambda left, right: kind(this=left, expression=right), parts))

    return connected


_OF: dict[str, Callable[[Asking, Node], exp.Expression]] = {
    "literal": _literal,
    "column": lambda asking, node: asking.column(node.value),  # type: ignore[arg-type]
    "today": lambda asking, node: asking.today(),
    "did": lambda asking, node: asking.did(*node.value),  # type: ignore[misc]
    "last": lambda asking, node: asking.last(node.value),  # type: ignore[arg-type]
    "lower": _call("lower"),
    "coalesce": _call("coalesce"),
    "abs": _abs,
    "has": _has,
    "length": _length,
    "shift": _shift,
    "days": _days,
    "between": _between,
    "in": _in,
    "like": _like,
    "ilike": _like,
    "is_null": _is(exp.null()),
    "is_true": _is(exp.true()),
    "is_false": _is(exp.false()),
    "not": _not,
    "and": _connect(exp.And),
    "or": _connect(exp.Or),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with what it reads and its parameters; `types` also names the standing ones."""

    text: str
    params: dict[str, object]
    types: dict[str, str]
    reads: tuple[str, ...]


def select(
    condition: Condition,
    give: Sequence[exp.Expression],
    *,
    asked: Sequence[Node] = (),
    subject_id: str | None = None,
    is_filtered: bool = True,
) -> tuple[exp.Select, Asking]:
    """A query over the subjects of a condition that gives `give`, and then the nodes `asked`.

    Without `is_filtered` it gives every subject, whether the condition holds or not; with
    `subject_id` that one alone.
    """
    asking = Asking()
    key, card = KEY[condition.over], CARD[condition.over]
    holds = asking.of(condition.tree) if is_filtered else None
    given = [*give, *(exp.alias_(asking.of(node), f"asked_{n}") for n, node in enumerate(asked))]
    query = exp.select(*given).from_(exp.alias_(exp.to_table(card), SUBJECT, table=True))
    own = exp.column(key, table=SUBJECT)
    if asks_accounts(condition):
        query = _with_accounts(query, own)
    if asking.counts or asking.lasts:
        on = exp.EQ(this=exp.column("subject_id", table=USE), expression=own.copy())
        query = query.join(USE, on=on, join_type="left").with_(USE, as_=_use(asking, key))
    if holds is not None:
        query = query.where(holds)
    if subject_id is not None:
        query = query.where(exp.EQ(this=own.copy(), expression=asking.bind(subject_id)))
    return query, asking


def statement(condition: Condition, query: exp.Query, asking: Asking) -> Statement:
    """The query written out, with what it reads."""
    return Statement(query.sql("duckdb"), asking.params, asking.types, reads_of(condition))


def reads_of(condition: Condition) -> tuple[str, ...]:
    """The relations that a condition asks."""
    reads = [CARD[condition.over]]
    reads += [BELONGS, CARD[ACCOUNT]] * asks_accounts(condition)
    reads += ["event_day"] * bool(condition.events)
    return tuple(reads)


def asks_accounts(condition: Condition) -> bool:
    """Whether a condition over people also asks for columns of their accounts.

    There is then one row for each account that a person belongs to; for who belongs to none, one
    row with the account that they use most, if any.
    """
    return any(column.of for column in condition.columns)


def _with_accounts(query: exp.Select, own: exp.Expression) -> exp.Select:
    belongs = exp.column("account_id", table=BELONGS)
    account_id = exp.func("coalesce", belongs, exp.column("account_id", table=SUBJECT))
    person_id = exp.column("person_id", table=BELONGS)
    joined = query.join(BELONGS, on=exp.EQ(this=person_id, expression=own), join_type="left")
    return joined.join(
        exp.alias_(exp.to_table(CARD[ACCOUNT]), OWNER, table=True),
        on=exp.EQ(this=exp.column("account_id", table=OWNER), expression=account_id),
        join_type="left",
    )


def subject(condition: Condition) -> exp.Expression:
    """The id of a subject, as `subject_id`."""
    return exp.alias_(exp.column(KEY[condition.over], table=SUBJECT), "subject_id")


def _use(asking: Asking, key: str) -> exp.Select:
    """One row per subject that did any of the events, with a column for each did() and last()."""
    columns: list[exp.Expression] = [exp.alias_(exp.column(key), "subject_id")]
    events = dict.fromkeys([*(event for event, _ in asking.counts), *asking.lasts])
    names = {event: asking.bind(event) for event in events}

    def of_event(event: str) -> exp.Expression:
        return exp.EQ(this=exp.column("name"), expression=names[event].copy())

    for (event, days), name in asking.counts.items():
        back = exp.cast(asking.bind(days), "integer")
        since = exp.GT(this=exp.column("day"), expression=exp.paren(exp.Sub(this=asking.today(), expression=back)))  # fmt: skip # noqa: E501
        where = exp.Where(this=exp.and_(of_event(event), since))
        counted = exp.Filter(this=exp.func("sum", exp.column("events")), expression=where)
        columns.append(exp.alias_(exp.cast(counted, "bigint"), name))
    for event, name in asking.lasts.items():
        newest = exp.Filter(
            this=exp.func("max", exp.column("day")), expression=exp.Where(this=of_event(event))
        )
        days_since = exp.Anonymous(
            this="date_diff", expressions=[exp.Literal.string("day"), newest, asking.today()]
        )
        columns.append(exp.alias_(days_since, name))
    return (
        exp.select(*columns)
        .from_("event_day")
        .where(exp.column(key).is_(exp.null()).not_())
        .where(exp.In(this=exp.column("name"), expressions=[v.copy() for v in names.values()]))
        .where(exp.LTE(this=exp.column("day"), expression=asking.today()))
        .group_by(exp.column(key))
    )
