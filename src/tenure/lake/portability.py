"""Which constructs of a SQL file would fail on Spark, or answer differently there without a word.

SQL files are written once, in DuckDB's dialect, and have to mean the same when sqlglot translates
them. `PORTABILITY.md` lists every rule with its reason and what to write instead; the codes here
are its headings. A query (never a derived relation) may opt out: `-- Portable  no: why`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from tenure.kit.sql_file import SqlFile


@dataclass(frozen=True, slots=True)
class Unportable:
    """One construct to replace. `sql` shows it, `remedy` says by what."""

    code: str
    sql: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.code}: `{self.sql}`: {self.remedy}"


# Functions that sqlglot does not know and passes on by name: equal on both engines.
SAME_BY_NAME: frozenset[str] = frozenset()
_INTEGERS = {"INT", "BIGINT", "SMALLINT", "TINYINT", "INT128", "UBIGINT", "UINT"}
_FRACTIONS = {"DOUBLE", "FLOAT", "DECIMAL"}
_BY_TYPE: dict[type, tuple[str, str]] = {
    exp.PercentileCont: ("quantile", "use median(x), or row_number() over a count"),
    exp.PercentileDisc: ("quantile", "use median(x), or row_number() over a count"),
    exp.Quantile: ("quantile", "use median(x), or row_number() over a count"),
    exp.ApproxQuantile: ("quantile", "use median(x), or row_number() over a count"),
    exp.ApproxDistinct: ("approximate", "use count(distinct x)"),
    exp.ArgMax: ("arg_max", "use row_number() over (... order by ...) = 1: nulls and ties differ"),
    exp.ArgMin: ("arg_max", "use row_number() over (... order by ...) = 1: nulls and ties differ"),
    exp.AnyValue: ("arbitrary", "use min(x) or max(x): which row it takes is not defined"),
    exp.First: ("arbitrary", "use min(x), or row_number() = 1: which row it takes is not defined"),
    exp.Last: ("arbitrary", "use max(x), or row_number() = 1: which row it takes is not defined"),
    exp.Mode: ("arbitrary", "count and rank instead: which of equals it takes is not defined"),
    exp.GroupConcat: ("list", "return rows and join them in Python"),
    exp.ArrayAgg: ("list", "write list_sort(list(x)), or return rows: a list has no order"),
    exp.Pivot: ("pivot", "use sum(...) filter (where ...)"),
    exp.TableSample: ("sample", "filter on a digest of the id"),
    exp.Rand: ("clock_or_chance", "pass it as a parameter"),
    exp.CurrentDate: ("clock_or_chance", "pass it as a parameter"),
    exp.CurrentTimestamp: ("clock_or_chance", "pass it as a parameter"),
    exp.DayOfWeek: (
        "weekday",
        "use date_diff('day', date '2024-01-01', day) and its remainder by 7",
    ),
    exp.UnixToTime: ("epoch", "keep instants as timestamptz, and subtract dates"),
    exp.TimeToUnix: ("epoch", "keep instants as timestamptz, and count days between dates"),
    exp.Extract: ("epoch", "extract only year, quarter, month, day, hour, minute"),
    exp.Distinct: ("distinct_on", "use row_number() over (...) = 1"),
    exp.Map: ("nested_value", "return rows with plain columns"),
    exp.Struct: ("nested_value", "return rows with plain columns"),
}
_EXTRACTED = {"YEAR", "QUARTER", "MONTH", "DAY", "HOUR", "MINUTE"}


def unportable(sql: SqlFile) -> list[Unportable]:
    """What in this file Spark would refuse or answer differently; empty if its header opts out."""
    return [] if sql.not_portable_because else unportable_in(sql.text)


def unportable_in(text: str) -> list[Unportable]:
    """What in this DuckDB statement Spark would refuse or answer differently."""
    try:
        statements = [each for each in sqlglot.parse(text, read="duckdb") if each is not None]
    except SqlglotError as error:
        return [Unportable("parse", str(error).splitlines()[0], "write plain, standard SQL")]
    if len(statements) != 1:
        return [Unportable("statements", f"{len(statements)} statements", "write exactly one")]
    [tree] = statements
    found = [*_len(text), *_by_type(tree), *(each for rule in _RULES for each in rule(tree))]
    try:
        tree.sql("spark", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        found.append(Unportable("translate", str(error), "write it another way"))
    return list(dict.fromkeys(found))


def _found(code: str, node: exp.Expression, remedy: str) -> Unportable:
    return Unportable(code, node.sql("duckdb")[:80], remedy)


def _by_type(tree: exp.Expression) -> Iterator[Unportable]:
    for node in tree.walk():
        entry = _BY_TYPE.get(type(node))
        if entry is None:
            continue
        if isinstance(node, exp.Extract) and str(node.this).upper() in _EXTRACTED:
            continue
        if isinstance(node, exp.Distinct) and not node.args.get("on"):
            continue
        if isinstance(node, exp.ArrayAgg) and _is_sorted(node):
            continue
        yield _found(entry[0], node, entry[1])


def _is_sorted(node: exp.ArrayAgg) -> bool:
    """Whether the list is put in order at once, by its values."""
    parent = node.parent
    while isinstance(parent, exp.Filter | exp.Paren):
        parent = parent.parent
    return isinstance(parent, exp.ArraySort) and not isinstance(node.this, exp.Order)


def _len(text: str) -> Iterator[Unportable]:
    """Asked of the tokens, because the tree no longer tells `len` from `length`."""
    tokens = sqlglot.tokenize(text, read="duckdb")
    for name, bracket in zip(tokens, tokens[1:], strict=False):
        if name.text.lower() == "len" and bracket.text == "(":
            yield Unportable("len", "len(...)", "length(text), or array_length(list)")


def _joins(tree: exp.Expression) -> Iterator[Unportable]:
    for node in tree.find_all(exp.Join):
        if str(node.args.get("method") or node.args.get("kind") or "").upper() in {
            "ASOF",
            "POSITIONAL",
        }:
            yield _found("join", node, "join on an interval, and keep row_number() = 1")
    for node in tree.find_all(exp.Lateral):
        yield _found("join", node, "use a `with` step and a plain join")


def _series(tree: exp.Expression) -> Iterator[Unportable]:
    remedy = "write `select unnest(generate_series(a, b, step)) as x`, and cast x one step later"
    for node in tree.find_all(exp.GenerateSeries, exp.GenerateDateArray):
        unnest = node.parent
        inside = isinstance(unnest, exp.Unnest | exp.Explode) and isinstance(
            unnest.parent, exp.Alias
        )
        if node.args.get("is_end_exclusive") or not inside:
            yield _found("series", node, remedy)


def _division(tree: exp.Expression) -> Iterator[Unportable]:
    for node in tree.find_all(exp.Div, exp.IntDiv, exp.Mod):
        by = node.expression.unnest()
        by = by.this.unnest() if isinstance(by, exp.Cast) else by
        nonzero = isinstance(by, exp.Literal) and float(by.this) != 0
        if not nonzero and not isinstance(by, exp.Nullif):
            yield _found("division", node, "divide by nullif(x, 0): both engines raise on zero")


def _date_difference(tree: exp.Expression) -> Iterator[Unportable]:
    remedy = "use date_diff('day', a::date, b::date), both cast; months by year * 12 + month"
    for node in tree.find_all(exp.DateDiff, exp.TimestampDiff, exp.DatetimeDiff):
        unit = str(node.args.get("unit") or "DAY").upper().strip("'")
        if unit != "DAY" or not (_is_date(node.this) and _is_date(node.expression)):
            yield _found("date_diff", node, remedy)
    for node in tree.find_all(exp.Sub):
        if _is_date(node.this) and _is_date(node.expression):
            yield _found("date_diff", node, remedy)


def _is_date(node: exp.Expression) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return node.to.this.name == "DATE"
    return isinstance(node, exp.DateFromParts | exp.LastDay | exp.TsOrDsToDate)


def _truncation(tree: exp.Expression) -> Iterator[Unportable]:
    for node in tree.find_all(exp.DateTrunc, exp.TimestampTrunc):
        parent = node.parent
        while isinstance(parent, exp.Paren):
            parent = parent.parent
        if not isinstance(parent, exp.Cast):
            yield _found("date_trunc", node, "cast it: date_trunc(...)::date; its type differs")
        if _is_instant(node.this):
            yield _found("instant_day", node, "truncate (x at time zone $time_zone)")


def _instants(tree: exp.Expression) -> Iterator[Unportable]:
    for node in tree.find_all(exp.Cast):
        if node.to.this.name in {"DATE", "TIMESTAMP"} and _is_instant(node.this):
            yield _found("instant_day", node, "write (x at time zone $time_zone)::date")
    for node in tree.find_all(exp.AtTimeZone):
        if not _is_instant(node.this):
            yield _found(
                "time_zone", node, "only an instant (a column `..._at`) may stand before it"
            )


def _is_instant(node: exp.Expression) -> bool:
    """By our naming: `_at` ends the name of an instant, and of nothing else."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return node.to.this.name == "TIMESTAMPTZ"
    if isinstance(node, exp.Min | exp.Max | exp.Coalesce | exp.Least | exp.Greatest):
        return _is_instant(node.this)
    return isinstance(node, exp.Column | exp.Parameter | exp.Placeholder) and (
        node.name.endswith("_at")
    )


def _casts(tree: exp.Expression) -> Iterator[Unportable]:
    for node in tree.find_all(exp.Cast):
        if node.to.this.name in _INTEGERS and _may_be_fraction(node.this.unnest()):
            yield _found("cast_to_integer", node, "round(x), floor(x) or ceil(x) before the cast")


def _may_be_fraction(node: exp.Expression) -> bool:
    """Whether a value may lie between integers, as far as the text shows."""
    if isinstance(node, exp.Round):
        return bool(node.args.get("decimals"))
    if isinstance(node, exp.Floor | exp.Ceil | exp.IntDiv | exp.Count | exp.RowNumber):
        return False
    if isinstance(node, exp.Literal):
        return node.is_number and not node.is_int
    if isinstance(node, exp.Cast):
        return node.to.this.name in _FRACTIONS
    if isinstance(node, exp.Div | exp.Avg | exp.Median | exp.Sqrt | exp.Pow | exp.Ln | exp.Exp):
        return True
    return any(_may_be_fraction(child) for child in node.iter_expressions())


def _lists(tree: exp.Expression) -> Iterator[Unportable]:
    for node in tree.find_all(exp.Bracket):
        yield _found("nested_value", node, "return rows with plain columns")


def _unknown_functions(tree: exp.Expression) -> Iterator[Unportable]:
    for node in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc):
        if node.name.lower() not in SAME_BY_NAME:
            yield _found("unknown_function", node, "use one that PORTABILITY.md lists")


def _set_operations(tree: exp.Expression) -> Iterator[Unportable]:
    for node in tree.find_all(exp.SetOperation):
        if node.args.get("by_name"):
            yield _found("union_by_name", node, "name the columns in one order")


_RULES: tuple[Callable[[exp.Expression], Iterator[Unportable]], ...] = (
    _joins,
    _series,
    _division,
    _date_difference,
    _truncation,
    _instants,
    _casts,
    _lists,
    _unknown_functions,
    _set_operations,
)
