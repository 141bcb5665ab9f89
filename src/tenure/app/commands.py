"""Commands that concern the installation as a whole."""

import sys
from datetime import datetime

import click
from django.conf import settings

from tenure.app.installation import bring_up_to_date, make_home
from tenure.app.serving import base_url, free_port, watch_from_here
from tenure.app.web import run_web
from tenure.base.clock import system_clock
from tenure.base.home import Company, Home

LOOPBACK = "127.0.0.1"


@click.command()
@click.option("--name", default="My company", show_default=True, help="The company's name.")
@click.option("--time-zone", default="UTC", show_default=True, help="Days and months are cut here.")
@click.option("--currency", default="USD", show_default=True, help="For amounts that name none.")
def init(name: str, time_zone: str, currency: str) -> None:
    """Make an installation in the home folder."""
    home: Home = settings.TENURE_HOME
    is_new = make_home(home, Company(name, time_zone, currency.upper()))
    bring_up_to_date(home)
    click.echo(f"{'Made' if is_new else 'Brought up to date:'} {home.root}", err=True)


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on; 0 takes any.")
def serve(host: str, port: int) -> None:
    """Serve pages and tracking, and work in the background."""
    home: Home = settings.TENURE_HOME
    bring_up_to_date(home)
    port = free_port(host, port)

    words = (
        f"\nTenure is at {base_url(host, port)}\n\n"
        f"Sign in once with {_sign_in_link(host, port)}\n\nStop with Ctrl-C.\n"
    )
    watch_from_here(home, host, port, words)


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
def web(host: str, port: int) -> None:
    """Answer HTTP only; run `tenure work` beside it."""
    bring_up_to_date(settings.TENURE_HOME)
    run_web(host, port)


@click.command()
@click.option("--catch-up", is_flag=True, hidden=True, help="Only what follows; end when idle.")
def work(catch_up: bool) -> None:
    """Ship, watch, refresh and send in the background until stopped."""
    if catch_up:  # as a child of the other
        from tenure.app.catching_up import run_while_there_is_news

        run_while_there_is_news(settings.TENURE_HOME)
        return
    from tenure.app.worker import run_worker

    bring_up_to_date(settings.TENURE_HOME)
    run_worker(settings.TENURE_HOME)


@click.command()
def ship() -> None:
    """Move what has arrived from the inbox to the lake."""
    from tenure.app.worker import ship_all
    from tenure.lake.inbox import open_inbox

    home: Home = settings.TENURE_HOME
    inbox = open_inbox(home, settings.DATABASE_URL)
    try:
        rows = ship_all(home, inbox, system_clock())
    finally:
        inbox.close()
    click.echo(f"Shipped {rows:,} rows.", err=True)


@click.command()
def refresh() -> None:
    """Bring everything that is derived up to date."""
    from tenure.app.worker import run_once

    home: Home = settings.TENURE_HOME
    bring_up_to_date(home)
    started_at: datetime = system_clock()
    rows = run_once(home, started_at)
    took_s = (system_clock() - started_at).total_seconds()
    click.echo(f"Shipped {rows:,} rows; everything is up to date after {took_s:.1f} s.", err=True)


@click.command()
@click.option("--person", "person_id", help="The person's id, as on their page or in your product.")
@click.option("--account", "account_id", help="The account's id.")
@click.option("--with-people", is_flag=True, help="Those too who were in this account only.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(person_id: str | None, account_id: str | None, with_people: bool, yes: bool) -> None:
    """Remove a person or an account, everywhere and for ever."""
    from tenure.app.forgetting import forget_everywhere
    from tenure.base.errors import BadUsage

    home: Home = settings.TENURE_HOME
    if (person_id is None) == (account_id is None):
        raise BadUsage("name either --person ID or --account ID")
    if person_id and with_people:
        raise BadUsage("--with-people goes with --account")
    kind, subject = ("person", person_id) if person_id else ("account", account_id)
    if not yes:
        click.confirm(f"Remove {kind} {subject} for ever?", abort=True, err=True)
    report = forget_everywhere(home, kind, str(subject), system_clock(), with_people=with_people)
    click.echo(f"Forgot {kind} {subject}: {report}", err=True)


@click.command()
def doctor() -> None:
    """Check the installation and say what to mend."""
    from tenure.app.check_up import check_up

    findings = check_up(settings.TENURE_HOME, system_clock())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.is_well else 'MEND'}  {finding.sentence}")
    sys.exit(0 if all(finding.is_well for finding in findings) else 1)


def _sign_in_link(host: str, port: int) -> str:
    from tenure.console.sign_in import make_sign_in_link, owner

    return make_sign_in_link(owner(), system_clock(), base_url(host, port))
