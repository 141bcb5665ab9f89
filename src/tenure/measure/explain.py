"""Where a figure comes from: definition, rules, SQL, accounts, movements, lines of input."""

from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta

from tenure.base.months import Months, next_month
from tenure.kit.sql_file import SqlFile, load
from tenure.lake.reading import Reader
from tenure.measure.churn import ChurnMonth, churn_by_month
from tenure.measure.composition import PACKAGE, sql
from tenure.measure.definitions import Definition, definition
from tenure.measure.grouping import Grouping, read_grouping
from tenure.measure.ledger import (
    free_accounts,
    grouped_months,
    ledger_params,
    movements,
    pick,
)
from tenure.measure.movements import Movement
from tenure.measure.mrr import MrrMonth, mrr_by_month
from tenure.measure.rules import DEFAULT_RULES, RuleSet

MRR_ONLY = ("accounts", "arpa_minor")
MOVED = "moved"  # a field of sql/account_behind.sql alone: everybody whose MRR moved
NO_LIMIT = 2**31


@dataclass(frozen=True, slots=True)
class Figure:
    """Which number is meant: a field of `tenure churn` or `tenure mrr`, in one of its rows.

    `is_converted`: the row was asked for with `--currency`, over all currencies of an account.
    """

    field: str
    month: date
    currency: str
    by: str | None = None
    group: str | None = None
    is_converted: bool = False
    rules: RuleSet = DEFAULT_RULES
    until_on: date | None = None

    @property
    def before_on(self) -> date:
        """The first day that does not count any more."""
        end = next_month(self.month)
        return min(end, self.until_on + timedelta(days=1)) if self.until_on else end


@dataclass(frozen=True, slots=True)
class AccountBehind:
    """An account and its part in the figure: minor units of its own currency."""

    account_id: str
    currency: str
    group_value: str | None
    start_minor: int
    end_minor: int
    part_minor: int


@dataclass(frozen=True, slots=True)
class FactBehind:
    """What a billing system said; `source_ref` is `file:line` where it came from a file."""

    source: str
    fact_key: str
    kind: str
    subscription_id: str | None
    effective_at: datetime
    takes_effect_on: date
    plan: str | None
    mrr_minor: int | None
    currency: str | None
    source_ref: str | None


@dataclass(frozen=True, slots=True)
class MovementBehind:
    """A movement and the facts that made it."""

    movement: Movement
    facts: tuple[FactBehind, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say about a figure. `accounts` and `movements` are cut at a limit, the
    weightiest first; `accounts_count` and `movements_count` are all of them. `terms` are the other
    fields of the row, which the formula speaks of.
    """

    figure: Figure
    definition: Definition
    value: int | float | None
    terms: dict[str, object]
    sql: tuple[SqlFile, ...]
    accounts: tuple[AccountBehind, ...] = ()
    accounts_count: int = 0
    movements: tuple[MovementBehind, ...] = field(default=())
    movements_count: int = 0


def explain(reader: Reader, figure: Figure, *, limit: int = 200) -> Explanation:
    """What `figure` is and everything behind it.

    Raises BadUsage for a field or column that does not exist. A row that `tenure churn` does not
    print, because it is all zero, has the value 0 or None and nothing behind it.
    """
    meant = definition(figure.field)
    grouping = read_grouping(reader, figure.by)
    terms = _row(reader, figure)
    accounts, accounts_count = accounts_behind(reader, figure, limit=limit)
    moved, moved_count = _movements(reader, figure, grouping, meant, limit)
    return Explanation(
        figure=figure,
        definition=meant,
        value=terms.get(figure.field, 0 if meant.unit != "share" else None),
        terms=terms,
        sql=sql_behind(figure, grouping),
        accounts=tuple(accounts),
        accounts_count=accounts_count,
        movements=tuple(moved),
        movements_count=moved_count,
    )


def accounts_behind(
    reader: Reader, figure: Figure, *, limit: int = 200
) -> tuple[list[AccountBehind], int]:
    """The accounts that have a part in the figure, the weightiest first, and how many there are.

    Of a converted figure, each currency of an account is a row, in that currency.
    """
    grouping = read_grouping(reader, figure.by)
    params = {
        **ledger_params(figure.rules, grouping, None, figure.before_on, figure.until_on),
        "month": figure.month,
        "field": figure.field,
        "only_currency": "" if figure.is_converted else figure.currency,
        "in_group": bool(figure.by),
        "group_value": figure.group,
        "counts_all": figure.rules.joined_and_left_in_rates,
        "row_limit": limit,
    }
    if figure.field == "free_accounts_lost":
        file = sql("free_behind", **free_accounts(figure.rules, grouping))
    else:
        grouped = grouped_months(figure.rules, grouping, figure.before_on)
        file = sql("account_behind", grouped_month=grouped)
    rows = reader.rows(file, **pick(file, params))
    count = int(str(rows[0]["accounts_behind"])) if rows else 0
    for row in rows:
        del row["accounts_behind"]
    return [AccountBehind(**row) for row in rows], count


def sql_behind(figure: Figure, grouping: Grouping) -> tuple[SqlFile, ...]:
    """The SQL files that compute the figure, from the facts up."""
    names = ["subscription_period"]
    if not figure.rules.has_default_periods:
        names.append("ruled_period")
    names.append("mrr_movement")
    if figure.is_converted:
        names += ["fx_span", "pooled_movement_converted"]
    if not figure.rules.has_default_kinds:
        names.append("ruled_movement")
    by_subscription = bool(grouping.column) and not grouping.is_account_column
    if grouping.is_account_column:
        names.append("account_value")
    elif by_subscription:
        names += ["lead_converted" if figure.is_converted else "lead_period", "period_value"]
    if figure.field == "free_accounts_lost":
        names = [name for name in names if name.endswith(("_period", "_value"))]
        names += ["free_account", "free_month"]
    elif figure.is_converted:
        names.append("churn_month_converted")
    else:
        by = "whole" if not grouping.column else "by_account"
        names += ["account_month", f"grouped_month_{'by_subscription' if by_subscription else by}"]
        names.append("churn_month")
    return tuple(load(PACKAGE, name) for name in names)


def _row(reader: Reader, figure: Figure) -> dict[str, object]:
    """The fields of the row in which the figure stands; empty when there is no such row."""
    ask = mrr_by_month if figure.field in MRR_ONLY else churn_by_month
    rows: list[ChurnMonth] | list[MrrMonth] = ask(
        reader,
        Months(figure.month, figure.month),
        rules=figure.rules,
        by=figure.by,
        currency=figure.currency if figure.is_converted else None,
        until_on=figure.until_on,
    )
    for row in rows:
        if (row.currency, row.group) == (figure.currency, figure.group):
            return {k: v for k, v in asdict(row).items() if k not in ("month", "currency", "group")}
    return {}


def _movements(
    reader: Reader, figure: Figure, grouping: Grouping, meant: Definition, limit: int
) -> tuple[list[MovementBehind], int]:
    """The month's movements of the kinds that the figure is made of, in its group."""
    if not meant.kinds:
        return [], 0
    into = figure.currency if figure.is_converted else None
    file = sql("movement", **movements(figure.rules, into))
    params = {
        **ledger_params(figure.rules, grouping, into),
        "first_on": figure.month,
        "before_on": figure.before_on,
        "only_kind": "",
        "only_currency": figure.currency,
        "only_account_id": "",
    }
    found = [Movement(**row) for row in reader.rows(file, **pick(file, params))]
    found = [one for one in found if one.kind in meant.kinds]
    if figure.by or meant.unit == "share":
        mine = _accounts_meant(reader, figure, meant)
        found = [one for one in found if one.account_id in mine]
    heaviest = sorted(found, key=lambda one: (-abs(one.delta_minor), one.account_id, one.moved_on))
    shown = heaviest[:limit]
    facts = _facts(reader, {one.account_id for one in shown}, figure.before_on)
    return [MovementBehind(one, _facts_of(one, facts[one.account_id])) for one in shown], len(found)


def _accounts_meant(reader: Reader, figure: Figure, meant: Definition) -> set[str]:
    """Whose movements count: those in a rate, or else everybody of the group who moved."""
    asked = figure if meant.unit == "share" else replace(figure, field=MOVED)
    behind, _ = accounts_behind(reader, asked, limit=NO_LIMIT)
    return {one.account_id for one in behind}


def _facts(
    reader: Reader, account_ids: set[str], before_on: date
) -> dict[str, list[tuple[FactBehind, date | None]]]:
    """Every fact of these accounts, with the day on which an invoice line runs out."""
    facts: dict[str, list[tuple[FactBehind, date | None]]] = defaultdict(list)
    if not account_ids:
        return facts
    rows = reader.rows(sql("fact_behind"), account_ids=sorted(account_ids), before_on=before_on)
    for row in rows:
        account_id, runs_out_on = str(row.pop("account_id")), row.pop("runs_out_on")
        facts[account_id].append((FactBehind(**row), runs_out_on))
    return facts


def _facts_of(
    movement: Movement, facts: list[tuple[FactBehind, date | None]]
) -> tuple[FactBehind, ...]:
    """The facts that take effect, or lines that run out, on the day of the movement.

    A rule can move an account on a day without facts, as when a past-due spell has lasted too
    long: then those of the last day before it.
    """
    mine = [
        fact
        for fact, runs_out_on in facts
        if movement.moved_on in (fact.takes_effect_on, runs_out_on)
    ]
    if mine:
        return tuple(mine)
    past = [fact for fact, _ in facts if fact.takes_effect_on < movement.moved_on]
    last_on = max((fact.takes_effect_on for fact in past), default=None)
    return tuple(fact for fact in past if fact.takes_effect_on == last_on)
