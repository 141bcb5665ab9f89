"""`tenure mrr` and `tenure churn`: the figures of every month, on standard output."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage
from tenure.base.home import Home
from tenure.base.months import Months, read_month
from tenure.kit.output import FORMATS, print_rows
from tenure.lake.reading import Reader, reading
from tenure.measure.churn import ChurnMonth, churn_by_month
from tenure.measure.mrr import MrrMonth, mrr_by_month
from tenure.measure.rules import load_rules
from tenure.measure.span import months_with_data

Ask = Callable[..., Sequence[ChurnMonth] | Sequence[MrrMonth]]
NO_GROUP = "(none)"


def _options(command: Callable) -> Callable:
    for option in reversed(
        (
            click.option("--from", "first", metavar="MONTH", help="First month, as in 2023-01."),
            click.option("--to", "last", metavar="MONTH", help="Last month, itself included."),
            click.option(
                "--rules", default="tenure", metavar="NAME", help="Rule set, or a .toml file."
            ),
            click.option("--by", metavar="COLUMN", help="A column of accounts or subscriptions."),
            click.option("--currency", metavar="CODE", help="Convert into one currency."),
            click.option("--as-of", metavar="DATE", help="As it was known at the end of that day."),
            click.option(
                "--format",
                "fmt",
                type=click.Choice(FORMATS),
                default="table",
                show_default=True,
                help="How to print it.",
            ),
        )
    ):
        command = option(command)
    return command


@click.command()
@_options
def churn(**asked: str | None) -> None:
    """Accounts and MRR that joined, moved and left in each month, and the rates that follow."""
    _print(churn_by_month, ChurnMonth, asked)


@click.command()
@_options
def mrr(**asked: str | None) -> None:
    """MRR at the end of each month, and the movements that explain it."""
    _print(mrr_by_month, MrrMonth, asked)


def _print(ask: Ask, shape: type, asked: dict[str, str | None]) -> None:
    home: Home = settings.TENURE_HOME
    zone = ZoneInfo(home.company.time_zone)
    rules = load_rules(asked["rules"] or "tenure")
    as_of = _end_of_day(asked["as_of"], zone)
    until_on = (as_of or system_clock()).astimezone(zone).date()
    columns = [field.name for field in fields(shape) if field.name != "group"]
    group = f"by_{asked['by']}" if asked["by"] in columns else asked["by"]
    if group:
        columns.insert(2, group)
    with reading(home, as_of=as_of) as reader:
        months = _months(reader, asked["first"], asked["last"], until_on)
        found = (
            ask(
                reader,
                months,
                rules=rules,
                by=asked["by"],
                currency=asked["currency"],
                until_on=until_on,
            )
            if months
            else []
        )
    rows = [_row(one, group, str(asked["fmt"])) for one in found]
    print_rows(rows, columns, str(asked["fmt"]))
    if not rows:
        click.echo(_why_nothing(months), err=True)


def _row(one: ChurnMonth | MrrMonth, by: str | None, fmt: str) -> dict[str, object]:
    row = asdict(one)
    group = row.pop("group")
    row["month"] = f"{one.month:%Y-%m}"
    if by:
        row[by] = NO_GROUP if group is None and fmt == "table" else group
    return row


def _months(reader: Reader, first: str | None, last: str | None, until_on: date) -> Months | None:
    """What was asked for; what is not said is taken from the data. None when there is none."""
    given = {name: _month(name, text) for name, text in (("from", first), ("to", last)) if text}
    if len(given) < 2:
        known = months_with_data(reader, until_on)
        if known is None:
            return None
        given = {"from": known.first, "to": max(known.last, given.get("from", known.last)), **given}
    if given["from"] > given["to"]:
        raise BadUsage(
            f"--from {given['from']:%Y-%m} is after --to {given['to']:%Y-%m}; swap them",
            field="from",
        )
    return Months(given["from"], given["to"])


def _month(option: str, text: str) -> date:
    try:
        return read_month(text)
    except ValueError as error:
        raise BadUsage(f"--{option}: {error}", field=option) from None


def _end_of_day(text: str | None, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadUsage(
            f"--as-of: {text!r} is not a day; write it as 2025-03-31", field="as-of"
        ) from None
    end = datetime(day.year, day.month, day.day, 23, 59, 59, 999999, tzinfo=zone)
    return end.astimezone(UTC)


def _why_nothing(months: Months | None) -> str:
    if months is None:
        return "There is no subscription and no invoice line yet: `tenure import` brings them in."
    span = f"from {months.first:%Y-%m} to {months.last:%Y-%m}"
    return f"Nobody paid, and no free account was lost, {span}."
