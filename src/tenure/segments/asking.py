"""Who fulfils a condition, asked of a reader: all of them, how many, and the first few."""

from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa
from sqlglot import exp, parse_one

from tenure.kit.sql_file import SqlFile
from tenure.segments import as_sql
from tenure.segments.as_sql import Asking
from tenure.segments.condition import Condition
from tenure.segments.vocabulary import ACCOUNT

_COUNT = parse_one("select count(*) as members from member", dialect="duckdb")
# The sums of each currency, then the first few, with nothing in the columns of the sums.
_LOOK = {
    "account": parse_one(
        """
        select currency, count(*) as members, sum(mrr_minor)::bigint as mrr_minor,
            null as subject_id
        from member group by currency
        union all
        (select null, null, null, subject_id from member
         order by mrr_minor desc nulls last, subject_id limit 10)
        """,
        dialect="duckdb",
    ),
    "person": parse_one(
        """
        select null as currency, count(*) as members, null as mrr_minor, null as subject_id
        from member
        union all
        (select null, null, null, subject_id from member order by subject_id limit 10)
        """,
        dialect="duckdb",
    ),
}


class Reads(Protocol):
    """What is asked of a reader of the lake."""

    def rows(self, sql: SqlFile, /, **params: object) -> list[dict[str, object]]: ...
    def arrow(self, sql: SqlFile, /, **params: object) -> pa.Table: ...


@dataclass(frozen=True, slots=True)
class Look:
    """How many fulfil a condition, and the first few of them: accounts with the greatest MRR first.

    `mrr_minor` is what the accounts pay per month, by currency; empty for people.
    """

    count: int
    mrr_minor: dict[str, int]
    sample: tuple[str, ...]


def members(reader: Reads, condition: Condition) -> pa.Table:
    """The ids of all that fulfil it, in one column `subject_id`, in no order."""
    query, asking = _member(condition, ())
    sql, params = as_file(condition, query, asking)
    return reader.arrow(sql, **params)


def count(reader: Reads, condition: Condition) -> int:
    """How many fulfil it."""
    query, asking = _member(condition, ())
    sql, params = as_file(condition, _of_members(_COUNT, query), asking)
    [row] = reader.rows(sql, **params)
    return int(str(row["members"]))


def sample(reader: Reads, condition: Condition) -> tuple[str, ...]:
    """The first ten that fulfil it: accounts with the greatest MRR, people by id."""
    return look(reader, condition).sample


def look(reader: Reads, condition: Condition) -> Look:
    """How many, how much and who, in one question."""
    names = ("mrr_minor", "currency") if condition.over == ACCOUNT else ()
    query, asking = _member(condition, names)
    sql, params = as_file(condition, _of_members(_LOOK[condition.over], query), asking)
    found, sums, first = 0, {}, []
    for row in reader.rows(sql, **params):
        if row["subject_id"] is not None:
            first.append(str(row["subject_id"]))
            continue
        found += int(str(row["members"]))
        if row["mrr_minor"]:
            sums[str(row["currency"] or "")] = int(str(row["mrr_minor"]))
    return Look(found, sums, tuple(first))


def as_file(
    condition: Condition, query: exp.Query, asking: Asking
) -> tuple[SqlFile, dict[str, object]]:
    """The query as a SQL file that nobody had to write, and its parameters."""
    asked = as_sql.statement(condition, query, asking)
    sql = SqlFile(
        package="tenure.segments",
        name="condition",
        summary="who fulfils a condition",
        text=asked.text,
        grain="as asked",
        reads=asked.reads,
        params=asked.types,
        columns=(),
        rule="docs/segments.md",
    )
    return sql, asked.params


def _member(condition: Condition, names: tuple[str, ...]) -> tuple[exp.Select, Asking]:
    """A person is a member once, however many of their accounts fulfil the condition."""
    more = [exp.column(name, table=as_sql.SUBJECT, quoted=True) for name in names]
    query, asking = as_sql.select(condition, [as_sql.subject(condition), *more])
    return (query.distinct() if as_sql.asks_accounts(condition) else query), asking


def _of_members(question: exp.Expression, query: exp.Select) -> exp.Query:
    asked = question.copy()
    assert isinstance(asked, exp.Query)
    return asked.with_("member", as_=query, materialized=True)
