"""Of whom a new day changes what a relation says, though nobody said anything new.

A relation by account that names `$today` may say in its header until when what it says of an
account holds: `Holds  until use_day.day + 180`. On the way from one day to another only the
accounts of which such a date comes have to be made again, beside those with news. Dates that news
took away or brought need no thought: who has news is made again anyway.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from tenure.kit.sql_file import SqlFile, Until
from tenure.lake.engine import quoted, select_from
from tenure.lake.recompute import Recomputing

BY_DAY = "by day"
# More days than these are not looked for folder by folder.
LISTED_DAYS = 10


def can_hold(sql: SqlFile, since: date | None, today: date) -> bool:
    """Whether what `sql` said on the day `since` can be brought up to `today` by its dates. A day
    that went back is another matter, and so is one that nobody noted.
    """
    return not sql.holds_until or (since is not None and since <= today)


def all_hold(relations: Iterable[SqlFile], since: date | None, today: date) -> bool:
    """Whether no date changed anything: it is the same day still, or none of them tells dates."""
    return since == today or not any(sql.holds_until for sql in relations)


def turned_accounts(task: Recomputing, sql: SqlFile, since: date | None) -> set[str]:
    """The accounts of which `sql` may say something else today than on the day `since`, by their
    dates alone. What its header names is there already, because it reads it.
    """
    today = task.params["today"]
    if not sql.holds_until or since is None or since >= today:
        return set()
    selects = [_turned(task, until, since, today) for until in sql.holds_until]
    return {account_id for (account_id,) in task.engine.rows(" union ".join(selects))}


def _turned(task: Recomputing, until: Until, since: date, today: date) -> str:
    told = task.derived[until.relation]
    after, last = (day - timedelta(days=until.days) for day in (since, today))
    types = {column.name: column.type for column in told.columns}
    on = until.column
    if types[on] == "timestamptz":
        zone = quoted(str(task.params["time_zone"]))
        on = f"({on} at time zone {zone})::date"
    source = task.source(told, task.versions)
    if told.refresh == BY_DAY and (last - after).days <= LISTED_DAYS:
        days = [after + timedelta(days=each + 1) for each in range((last - after).days)]
        source = task.source_of_days(told, task.versions, days)
    where = [f"{on} > date '{after}'", f"{on} <= date '{last}'", "account_id is not null"]
    rows = select_from(source, where)
    return f"select account_id from ({rows})"  # noqa: S608 - names and days of our own
