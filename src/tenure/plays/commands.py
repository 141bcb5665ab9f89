"""`tenure plays`: which plays there are, who is in them, and why somebody went as they did."""

import getpass
import json

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.kit.output import FORMATS, print_rows
from tenure.messages.volume import let_go_on
from tenure.plays.enrolling import enrol_one
from tenure.plays.following import switch_on
from tenure.plays.in_force import play_named, unreadable_plays
from tenure.plays.library_commands import add, library, lint, win_back_for
from tenure.plays.lift import play_lift, plays_report
from tenure.plays.lift_json import COLUMNS, lift_json, lift_rows, report_json, report_rows
from tenure.plays.listing import play_lines
from tenure.plays.switching import running_named, switch_off
from tenure.plays.why import why as asked_why
from tenure.plays.why_story import story_rows
from tenure.plays.why_words import headline
from tenure.segments.published import past_asked

_FORMAT = click.option("--format", "fmt", type=click.Choice(FORMATS), default="table")
_NAME = click.argument("name")


@click.group("plays")
def plays_group() -> None:
    """Programmes that reach people: which there are, who is in them, and why."""


for _each in (library, add, lint, win_back_for):
    plays_group.add_command(_each)


@plays_group.command("list")
@_FORMAT
def list_(fmt: str) -> None:
    """The plays in force: on or off, how many came in, and where they are."""
    rows = [
        {
            "play": each.play.name,
            "is_on": each.is_on,
            "has_newer": each.has_newer,
            "over": each.play.over,
            "entry": each.play.entry.kind,
            "hold_out_share": each.play.hold_out_share,
            "entered": each.entered,
            "in_it": each.in_it,
            "reached_goal": each.reached_goal,
            "left_alone": each.left_alone,
            "faults": "; ".join(each.faults),
        }
        for each in play_lines(system_clock())
    ]
    columns = ["play", "is_on", "has_newer", "over", "entry", "hold_out_share", "entered"]
    print_rows(rows, [*columns, "in_it", "reached_goal", "left_alone", "faults"], fmt)
    for name, fault in unreadable_plays().items():
        click.echo(f"{name} cannot be read: {fault}", err=True)


@plays_group.command()
@click.argument("name", required=False, default="")
@click.option("--currency", default="", metavar="CODE", help="Amounts in this currency.")
@_FORMAT
def report(name: str, currency: str, fmt: str) -> None:
    """What difference plays made: NAME alone, or each, all pooled, and the long-term hold-out."""
    home, now = settings.TENURE_HOME, system_clock()
    if name:
        one = play_lift(home, play_named(name), now, currency=currency)
        told, rows = lift_json(one), list(lift_rows(one, name))
    else:
        whole = plays_report(home, now, currency=currency)
        told, rows = report_json(whole), list(report_rows(whole))
    if fmt == "json":
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    print_rows(rows, COLUMNS, fmt)


@plays_group.command()
@_NAME
def on(name: str) -> None:
    """Switch NAME on: it hears what happens from now on."""
    play = switch_on(settings.TENURE_HOME, name, now=system_clock(), by=getpass.getuser())
    click.echo(f"{name} is on; {play.hold_out_share:.0%} of accounts are left alone by chance")


@plays_group.command()
@_NAME
def off(name: str) -> None:
    """Switch NAME off: nobody comes in or goes on; who is in it stays where they are."""
    switch_off(name, now=system_clock(), by=getpass.getuser())
    click.echo(f"{name} is off")


@plays_group.command()
@_NAME
@click.argument("step", default="")
def release(name: str, step: str) -> None:
    """Let the stopped steps of NAME go on, or its one STEP: they did more than its replay foretold.

    What waits is sent in the next seconds; from then on it is counted anew.
    """
    waiting = let_go_on(name, step, now=system_clock(), by=getpass.getuser())
    click.echo(f"{name} goes on; {waiting:,} messages waited", err=True)


@plays_group.command()
@_NAME
@click.argument("id")
def enrol(name: str, id: str) -> None:
    """Bring the account or person ID into NAME."""
    by = getpass.getuser()
    if enrol_one(settings.TENURE_HOME, running_named(name), id, system_clock(), by):
        click.echo(f"{id} is in {name}")
    else:
        click.echo(f"{id} did not come in: they were here before, or its condition does not hold")


@plays_group.command()
@_NAME
@click.argument("id")
@click.option("--as-of", default="", help="ask at the door as of a day (2026-03-01) or an instant")
@_FORMAT
def why(name: str, id: str, as_of: str, fmt: str) -> None:
    """Why ID did or did not get what NAME says, step by step; of anybody."""
    home, now = settings.TENURE_HOME, system_clock()
    told = asked_why(home, name, id, now, as_of=past_asked(home, as_of, now))
    click.echo(headline(told), err=True)
    print_rows(list(story_rows(told)), ["at", "step", "what", "detail"], fmt)
