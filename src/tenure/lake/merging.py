"""The rows of some accounts brought up to what changed on a few days, without all the others.

A relation whose header says how to `Merge` is made of parts by days: what follows from some days
and what follows from the others become one row by the least, the greatest or the sum of each
column. So what the changed days said before is taken out of the stored rows, and what they say now
is put in. A least or greatest value that only the days before the change had cannot be taken out:
the accounts where that happens are made anew from all days.
"""

from collections.abc import Collection, Mapping
from datetime import date

import pyarrow as pa

from tenure.kit.sql_file import SqlFile
from tenure.lake.derived_tables import rows_of, schema_of
from tenure.lake.engine import select_from
from tenure.lake.narrowing import TOUCHED
from tenure.lake.recompute import (
    Change,
    Recomputing,
    keep_changed_accounts,
    list_days,
    list_touched,
    rows_of_accounts,
)

# More days than these are read no sooner than all.
DAYS_MAX = 10
_WENT, _CAME = "said_by_days_before", "said_by_days_now"
_ON = "day in (select day from touched_day)"


def can_merge(task: Recomputing, sql: SqlFile, days: Collection[date] | None) -> bool:
    """Whether the rows of a relation follow from its stored ones and these days alone."""
    if not sql.merges or days is None or len(days) > DAYS_MAX:
        return False
    told = task.derived.get(sql.reads[0])
    return told is not None and told.refresh == "by day"


def by_merging(task: Recomputing, sql: SqlFile, accounts: set[str], days: set[date]) -> Change:
    """Make the rows of `accounts` again, of which the relation by day that `sql` reads says
    something else on `days` alone.
    """
    engine = task.engine
    list_touched(engine, accounts)
    list_days(engine, days)
    engine.register(_WENT, _said_of(task, sql, task.published, days))
    engine.register(_CAME, _said_of(task, sql, task.versions, days))
    old = task.source(sql, task.published)
    engine.create_table("published_touched", select_from(old, [TOUCHED]), {})
    merged = engine.arrow(merged_parts(sql, "published_touched", _WENT, _CAME))
    unsure = set(merged.filter(merged["is_unsure"])["account_id"].to_pylist())
    rows = merged.filter(merged["is_there"]).select(schema_of(sql).names).cast(schema_of(sql))
    if unsure:
        rows = rows_of(rows, accounts - unsure)
        anew = rows_of_accounts(task, sql, unsure, set(sql.reads))
        rows = pa.concat_tables([rows, anew])
        list_touched(engine, accounts)
    engine.create_view("published", "select * from published_touched")
    return keep_changed_accounts(task, sql, rows, accounts)


def _said_of(
    task: Recomputing, sql: SqlFile, versions: Mapping[str, int], days: set[date]
) -> pa.Table:
    """What `sql` says of the listed accounts by the listed days alone."""
    [name] = sql.reads
    source = task.source_of_days(task.derived[name], versions, days)
    task.engine.create_view(name, select_from(source, [_ON, TOUCHED]))
    views = task.views()
    views.has(name)
    return task.compute(sql, views, TOUCHED)


def merged_parts(sql: SqlFile, stored: str, went: str, came: str) -> str:
    """A statement that merges what is stored, less what some days said, and what they say now: the
    columns of `sql`, whether the row `is_there`, and whether it `is_unsure` and has to be made
    anew. The three are relations, or statements in brackets.
    """
    how = dict(sql.merges)
    keys = ", ".join(column.name for column in sql.columns if column.name not in how)
    columns = [_value(column.name, how.get(column.name)) for column in sql.columns]
    sums = [name for name, by in sql.merges if by == "sum"]
    unsure = [_lost(name, by) for name, by in sql.merges if by != "sum"]
    # What the days said before has to be part of what is stored.
    unsure.append("count(*) filter (where part = 1) > count(*) filter (where part = 0)")
    unsure += [f"{_sum(name)} < 0" for name in sums]
    is_there = f"({' or '.join(f'{_sum(name)} <> 0' for name in sums) or 'true'})"
    listed = ", ".join(column.name for column in sql.columns)
    parts = " union all ".join(
        f"select {listed}, {part} as part from {relation}"  # noqa: S608 - names of our own
        for part, relation in enumerate((stored, went, came))
    )
    return (
        f"select {', '.join(columns)}, {is_there} as is_there, "  # noqa: S608 - as above
        f"({' or '.join(unsure)}) and {is_there} as is_unsure from ({parts}) group by {keys}"
    )


def _value(name: str, by: str | None) -> str:
    if by is None:
        return name
    if by == "sum":
        return f"{_sum(name)}::bigint as {name}"
    return f"{by}({name}) filter (where part <> 1) as {name}"


def _sum(name: str) -> str:
    return f"sum(case when part = 1 then -{name} else {name} end)"


def _lost(name: str, by: str) -> str:
    """Whether the stored value was one of those days, and they have none as far out any more."""
    old, went, came = (f"{by}({name}) filter (where part = {part})" for part in range(3))
    is_kept = f"{came} >= {went}" if by == "max" else f"{came} <= {went}"
    return f"(coalesce({went} = {old}, false) and not coalesce({is_kept}, false))"
