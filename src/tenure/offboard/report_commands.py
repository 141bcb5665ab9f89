"""`tenure leaving-report`: what the cancel flow kept, and what difference it made."""

import sys
from datetime import date, timedelta

import click
import msgspec
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage
from tenure.base.home import Home
from tenure.base.months import read_month
from tenure.lake.reading import company_day
from tenure.offboard.report import BY, USUAL, report
from tenure.offboard.report_json import report_json, report_lines


@click.command("leaving-report")
@click.option(
    "--from", "first", metavar="DAY", help="First day or month, as 2025-03-01 or 2025-03."
)
@click.option("--to", "last", metavar="DAY", help="Last day or month, itself included.")
@click.option("--by", type=click.Choice(BY), multiple=True, help="Tell it by this as well.")
@click.option("--currency", default="", metavar="CODE", help="Amounts in this currency.")
@click.option("--format", "fmt", type=click.Choice(["table", "json"]), default="table",
              show_default=True, help="How to print it.")  # fmt: skip
def leaving_report(
    first: str | None, last: str | None, by: tuple[str, ...], currency: str, fmt: str
) -> None:
    """What the cancel flow kept, with and without those who would have stayed anyway."""
    home: Home = settings.TENURE_HOME
    now = system_clock()
    first_on = _day("from", first) if first else None
    before_on = _day("to", last, is_end=True) if last else company_day(home, now) + timedelta(1)
    if first_on is not None and first_on >= before_on:
        raise BadUsage(f"--from {first} is after --to {last}; swap them", field="from")
    found = report(home, first_on, before_on, now=now, by=by or USUAL, currency=currency)
    if fmt == "json":
        sys.stdout.write(msgspec.json.encode(report_json(found)).decode() + "\n")
        return
    for line in report_lines(found):
        click.echo(line)


def _day(option: str, text: str, *, is_end: bool = False) -> date:
    """The day, or the first after it where it ends a range."""
    try:
        if len(text) <= len("2025-03"):
            month = read_month(text)
            after = (month + timedelta(days=32)).replace(day=1)
            return after if is_end else month
        day = date.fromisoformat(text)
    except ValueError:
        raise BadUsage(
            f"--{option}: {text!r} is no day and no month; write 2025-03-01 or 2025-03",
            field=option,
        ) from None
    return day + timedelta(1) if is_end else day
