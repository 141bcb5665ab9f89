"""Which group an account is counted in: `--by COLUMN` to something that SQL can answer."""

import difflib
import json
from dataclasses import dataclass

from tenure.base.errors import BadUsage
from tenure.lake.reading import Reader
from tenure.measure.composition import sql

# Columns that every subscription has; see `case $column` in sql/group_day.sql.
SUBSCRIPTION_COLUMNS = (
    "plan",
    "billing_interval",
    "source",
    "status",
    "quantity",
    "subscription_id",
    "basis",
)
_PREFIXES = ("account.", "subscription.")


@dataclass(frozen=True, slots=True)
class Grouping:
    """A column of accounts (a trait) or of subscriptions; `column` is "" where there is none."""

    column: str = ""
    is_account_column: bool = False

    @property
    def path(self) -> str:
        """The column as a JSON path, for traits and further columns."""
        return f"$.{json.dumps(self.column, ensure_ascii=False)}" if self.column else "$"


NO_GROUPS = Grouping()


def read_grouping(reader: Reader, by: str | None) -> Grouping:
    """What `by` names: a column of every subscription, else a trait of accounts, else a further
    column of subscriptions. `account.plan` and `subscription.plan` say which is meant.

    Raises BadUsage, with names that are like it, when there is no such column.
    """
    if not by:
        return NO_GROUPS
    prefix = next((prefix for prefix in _PREFIXES if by.startswith(prefix)), "")
    name = by.removeprefix(prefix)
    if name in SUBSCRIPTION_COLUMNS and prefix != "account.":
        return Grouping(name)
    known = known_columns(reader)
    if name in known["account"] and prefix != "subscription.":
        return Grouping(name, is_account_column=True)
    if name in known["subscription"] and prefix != "account.":
        return Grouping(name)
    raise BadUsage(_no_such_column(by, name, known), field="by")


def known_columns(reader: Reader) -> dict[str, list[str]]:
    """Every column that `--by` takes, by what it is a column of: `account`, `subscription`."""
    known: dict[str, list[str]] = {"account": [], "subscription": list(SUBSCRIPTION_COLUMNS)}
    for row in reader.rows(sql("group_column")):
        kind, name = str(row["kind"]), str(row["name"])
        if name not in known[kind]:
            known[kind].append(name)
    return {kind: sorted(names) for kind, names in known.items()}


def _no_such_column(by: str, name: str, known: dict[str, list[str]]) -> str:
    names = sorted({*known["account"], *known["subscription"]})
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    near += [one for one in names if name.lower() in one.lower() and one not in near][:3]
    if near:
        return f"no account or subscription has a column {by!r}; did you mean {', '.join(near)}?"
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f"no account or subscription has a column {by!r}; there are {shown}"
