"""`tenure fixes`: what was shipped against leaving, and what came of it."""

from datetime import date, datetime

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage
from tenure.kit.output import FORMATS, print_rows
from tenure.reasons.fixes_asked import fix_told, fixes_told, mended_told
from tenure.reasons.fixes_listed import (
    HERE,
    LEFT,
    LIST,
    MENDED,
    NO_PROOF,
    fix_row,
    here_row,
    left_row,
    mended_row,
)
from tenure.reasons.fixes_recorded import (
    FixGiven,
    fix_of,
    record_changes,
    record_fix,
    ship_fix,
    withdraw_fix,
)

BY = "command line"
_FORMAT = click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True,
    help="How to print it.",
)  # fmt: skip
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(invoke_without_command=True)
@_FORMAT
@click.pass_context
def fixes(context: click.Context, fmt: str) -> None:
    """What was shipped so that nobody leaves twice for the same thing, and what came of it.

    Without a command: every fix with adoption, and leavings for what it answers in equal times
    before and after it shipped.
    """
    if context.invoked_subcommand is None:
        told = fixes_told(settings.TENURE_HOME, system_clock())
        print_rows([fix_row(*each) for each in told], LIST, fmt)
        if told:
            click.echo(f"Compared: {NO_PROOF}.", err=True)


@fixes.command("record")
@click.argument("title")
@click.option("--reason", "code", default="", help="Code of the reason that it answers.")
@click.option("--detail", default="", help="Only this answer to the reason's follow-up.")
@click.option("--theme", default="", metavar="KEY", help="Only this theme of their texts.")
@click.option("--rival", default="", help="Only what was said of this rival.")
@click.option("--step", default="", help="Or the step of the product file that it answers.")
@click.option("--planned", type=_DAY, help="Day on which it is to ship.")
@click.option("--shipped", type=_DAY, help="Day on which it shipped.")
@click.option("--feature", default="", help="Feature of the product file whose use shows adoption.")
@click.option("--event", default="", help="Or the event that shows it.")
@click.option("--link", default="", help="Where it is described: https://...")
@click.option("--notes", default="")
def record(title: str, **given: object) -> None:
    """Record what was shipped, or is planned, against a reason or a stuck step."""
    texts = {
        name: str(given[name])
        for name in ("code", "detail", "theme", "rival", "step", "link", "notes")
    }
    fix = record_fix(
        FixGiven(
            title=title,
            planned_on=_day(given["planned"]),
            shipped_on=_day(given["shipped"]),
            adoption_feature=str(given["feature"]),
            adoption_event=str(given["event"]),
            **texts,
        ),
        now=system_clock(),
        by=BY,
    )
    _tell()
    click.echo(fix.key)


@fixes.command("ship")
@click.argument("key")
@click.argument("day", type=_DAY)
def ship(key: str, day: datetime) -> None:
    """Say on which day a planned fix shipped."""
    ship_fix(fix_of(key), day.date(), now=system_clock(), by=BY)
    _tell()


@fixes.command("withdraw")
@click.argument("key")
@click.argument("day", type=_DAY)
def withdraw(key: str, day: datetime) -> None:
    """Say from which day on it is there no more."""
    withdraw_fix(fix_of(key), day.date(), now=system_clock(), by=BY)
    _tell()


@fixes.command("left")
@click.argument("key")
@_FORMAT
def left(key: str, fmt: str) -> None:
    """Who left for what it answers and is not back, and whether that is mended now."""
    told = fix_told(settings.TENURE_HOME, fix_of(key), system_clock())
    rows = [left_row(each, told.mended.get(each.account_id, "left_since")) for each in told.left]
    print_rows(rows, LEFT, fmt)


@fixes.command("tell")
@click.argument("key")
@_FORMAT
def tell(key: str, fmt: str) -> None:
    """Who is still here and had named it: whom to tell."""
    told = fix_told(settings.TENURE_HOME, fix_of(key), system_clock())
    print_rows([here_row(each) for each in told.here], HERE, fmt)


@fixes.command("mended")
@click.option("--account", "account_id", default="", metavar="ID", help="What it left for.")
@click.option("--reason", "code", default="", help="Code of a reason.")
@_FORMAT
def mended_now(account_id: str, code: str, fmt: str) -> None:
    """Whether a reason, or what an account left for, is truly mended: shipped, used, and worked."""
    if account_id and code:
        raise BadUsage("--account and --reason are two questions; ask one at a time")
    found = mended_told(settings.TENURE_HOME, system_clock(), account_id=account_id, code=code)
    print_rows([mended_row(each) for each in found], MENDED, fmt)


def _day(value: object) -> date | None:
    return value.date() if isinstance(value, datetime) else None


def _tell() -> None:
    record_changes(settings.TENURE_HOME, settings.DATABASE_URL, system_clock())
