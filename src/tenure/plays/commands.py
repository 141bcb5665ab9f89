"""`tenure plays`: which plays there are, who is in them, and why somebody went as they did."""

import getpass
from datetime import datetime

import click
from django.conf import settings
from django.db.models import Count, Q

from tenure.base.clock import system_clock
from tenure.kit.output import FORMATS, print_rows
from tenure.messages.models import Message
from tenure.plays.enrolling import enrol_one
from tenure.plays.following import begin_at
from tenure.plays.in_force import play_named, plays
from tenure.plays.models import Enrolment, PlaySwitch
from tenure.plays.switching import switch

_FORMAT = click.option("--format", "fmt", type=click.Choice(FORMATS), default="table")
_NAME = click.argument("name")


@click.group("plays")
def plays_group() -> None:
    """Programmes that reach people: which there are, who is in them, and why."""


@plays_group.command("list")
@_FORMAT
def list_(fmt: str) -> None:
    """The plays in force: on or off, how many came in, and where they are."""
    on = set(PlaySwitch.objects.filter(is_on=True).values_list("play", flat=True))
    counts = {
        row["play"]: row
        for row in Enrolment.objects.values("play").annotate(
            entered=Count("id"),
            open=Count("id", filter=Q(ended_at=None)),
            goal=Count("id", filter=Q(goal_at__isnull=False)),
            left_alone=Count("id", filter=Q(arm="hold_out")),
        )
    }
    rows = []
    for play in plays():
        held = counts.get(play.name, {})
        rows.append(
            {
                "play": play.name,
                "is_on": play.name in on,
                "over": play.over,
                "entry": play.entry.kind,
                "hold_out_share": play.hold_out_share,
                "entered": held.get("entered", 0),
                "in_it": held.get("open", 0),
                "reached_goal": held.get("goal", 0),
                "left_alone": held.get("left_alone", 0),
            }
        )
    columns = ["play", "is_on", "over", "entry", "hold_out_share", "entered", "in_it"]
    print_rows(rows, [*columns, "reached_goal", "left_alone"], fmt)


@plays_group.command()
@_NAME
def on(name: str) -> None:
    """Switch NAME on: it hears what happens from now on."""
    play = play_named(name)
    begin_at(settings.TENURE_HOME, play)
    switch(name, is_on=True, now=system_clock(), by=getpass.getuser())
    click.echo(f"{name} is on; {play.hold_out_share:.0%} of accounts are left alone by chance")


@plays_group.command()
@_NAME
def off(name: str) -> None:
    """Switch NAME off: nobody comes in or goes on; who is in it stays where they are."""
    switch(name, is_on=False, now=system_clock(), by=getpass.getuser())
    click.echo(f"{name} is off")


@plays_group.command()
@_NAME
@click.argument("id")
def enrol(name: str, id: str) -> None:
    """Bring the account or person ID into NAME."""
    by = getpass.getuser()
    if enrol_one(settings.TENURE_HOME, play_named(name), id, system_clock(), by):
        click.echo(f"{id} is in {name}")
    else:
        click.echo(f"{id} did not come in: they were here before, or its condition does not hold")


@plays_group.command()
@_NAME
@click.argument("id")
@_FORMAT
def why(name: str, id: str, fmt: str) -> None:
    """Why ID did or did not get what NAME says, step by step."""
    rows = [row for each in _enrolments(name, id) for row in _story(each)]
    print_rows(sorted(rows, key=lambda row: str(row["at"])), ["at", "step", "what", "detail"], fmt)


def _enrolments(name: str, id: str) -> list[Enrolment]:
    found = Enrolment.objects.filter(Q(subject_id=id) | Q(account_id=id), play=name)
    return list(found.order_by("entered_at", "pk").prefetch_related("decisions"))


def _story(row: Enrolment) -> list[dict[str, object]]:
    """How somebody came in, each decision, and each message with what became of it."""
    story = [_line(row.entered_at, "", "entered", f"{row.because}; {row.arm}")]
    story += [_line(each.at, each.step, each.what, each.detail) for each in row.decisions.all()]
    prefix = f"{row.play}/{row.subject_id}/{row.entry_key}/"
    for message in Message.objects.filter(key__startswith=prefix, play=row.play).order_by("pk"):
        detail = f"to {message.person_id or 'nobody'}; {message.status}; {message.why}".rstrip("; ")
        story.append(_line(message.intended_at, message.step, message.channel, detail))
    return story


def _line(at: datetime, step: str, what: str, detail: str) -> dict[str, object]:
    return {"at": at, "step": step, "what": what, "detail": detail}
