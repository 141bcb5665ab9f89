"""`tenure demo`: a company to look at, before there is one's own."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import click
from django.conf import settings
from django.utils.module_loading import import_string

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage
from tenure.base.home import Home
from tenure.base.money import exponent
from tenure.customers.follow import follow
from tenure.demo.catalogue import COMPANY_NAME
from tenure.demo.installing import (
    DemoSettings,
    check_home,
    declare_product,
    settings_of,
    write_settings,
)
from tenure.demo.naming import name_sources
from tenure.demo.telling import Told, ends_on, first_month, midnight, tell_company, today_of
from tenure.demo.year_lived import live_year
from tenure.lake.inbox import open_inbox
from tenure.lake.refresh import refresh

ACCOUNTS_MAX, MONTHS_MAX = 1_000_000, 120


@click.command()
@click.option(
    "--accounts", type=click.IntRange(1, ACCOUNTS_MAX), default=400, show_default=True,
    help="Companies that sign up, all in all.",
)  # fmt: skip
@click.option(
    "--months", type=click.IntRange(1, MONTHS_MAX), default=24, show_default=True,
    help="Whole months before the current one.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0), default=7, show_default=True,
    help="The same seed is the same company.",
)  # fmt: skip
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), default=None,
    help="The first day that is not told.  [default: today]",
)  # fmt: skip
@click.option(
    "--events-scale", type=click.FloatRange(0, 1), default=1.0, show_default=True,
    help="Share of everyday use to write; nothing else changes.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Even into a home that holds other data.")
def demo(
    accounts: int, months: int, seed: int, until: datetime | None, events_scale: float, force: bool
) -> None:
    """Simulate a company, and load what happened to it."""
    home: Home = settings.TENURE_HOME
    now = system_clock()
    today = today_of(now)
    until_on = until.date() if until else today
    if until_on > today:
        raise BadUsage(f"--until {until_on} is in the future; name a day up to {today}")
    wanted = DemoSettings(accounts, months, seed, first_month(until_on, months), events_scale)
    present = settings_of(home)
    if present and replace(present, starts_on=wanted.starts_on) == wanted:
        wanted = present  # the same company on another day: tell what has happened since
    check_home(home, wanted, force=force)
    write_settings(home, wanted)
    import_string(settings.TENURE_PREPARATION)(home)
    declare_product(now)

    if until_on > ends_on(wanted):
        click.echo(f"This company's plan ends on {ends_on(wanted)}; nothing follows.", err=True)
    started = time.monotonic()
    told = _tell_with_bar(home, wanted, until_on, now)
    click.echo("Loading it into the lake ...", err=True)
    load_company: Callable[..., object] = import_string(settings.TENURE_PIPELINE)
    load_company(home, now, meanwhile=lambda: _live_year(home, told, until_on, now))
    name_sources(now)
    click.echo(summary(told, home, time.monotonic() - started), err=True)


def _tell_with_bar(home: Home, wanted: DemoSettings, until_on: date, now: datetime) -> Told:
    inbox = open_inbox(home, settings.DATABASE_URL)
    try:
        with click.progressbar(
            length=1000, label=f"Living {wanted.months} months of {COMPANY_NAME}",
            file=sys.stderr,
        ) as bar:  # fmt: skip

            def hear(done: int, total: int) -> None:
                bar.update(1000 * done // total - bar.pos)

            return tell_company(home, inbox, wanted, until_on, now, hear=hear)
    finally:
        inbox.close()


def _live_year(home: Home, told: Told, until_on: date, now: datetime) -> None:
    """The last year's visits to the way out, once the lake knows who they are of."""
    if told.visits:
        click.echo(f"Living {len(told.visits):,} visits to the way out ...", err=True)
        follow(home, now)
        refresh(home, now)
        live_year(home, told.visits, told.facts_of, min(now, midnight(until_on)))


def summary(told: Told, home: Home, took_s: float) -> str:
    """What was made, in a few lines for people."""
    mrr = ", ".join(
        f"{minor / 10 ** exponent(currency):,.0f} {currency}"
        for currency, minor in sorted(told.mrr_minor.items())
    )
    return (
        f"{COMPANY_NAME} in {home.root}:\n"
        f"  {told.accounts:,} accounts signed up, {told.paying:,} pay now, "
        f"{told.left:,} times a payer left, {len(told.visits):,} visits to the way out\n"
        f"  {told.people:,} people, {told.events:,} events, {told.facts:,} billing facts\n"
        f"  MRR {mrr or 'none yet'}\n"
        f"  took {took_s:.1f} s; what really happened is in {home.truth_file.name}\n"
        "Look at it with `tenure serve`."
    )
