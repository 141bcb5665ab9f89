"""`tenure content`: what customers said and may be said again; lessons, and who learned what."""

from datetime import datetime
from pathlib import Path

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage
from tenure.content import asks, listed
from tenure.content.audience import NOBODY, audiences
from tenure.content.effects import effect_of
from tenure.content.importing import day_at, import_csv, import_mentions
from tenure.content.lessons import goals, lesson_named, lessons
from tenure.content.models import LessonProgress, Origin, Standing, Testimonial
from tenure.content.next_lesson import ranked
from tenure.content.picking import Sayable, Wanted
from tenure.content.pupils import pupil
from tenure.content.testimonials import (
    MAIL,
    OPERATOR,
    PLACES,
    TAGS,
    Said,
    agree,
    keep,
    moderate,
    shorten,
    tag,
    testimonial_of,
    withdraw,
)
from tenure.customers.merging import canonical_id
from tenure.kit.output import FORMATS, print_rows

BY = "command line"
_FORMAT = click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True,
    help="How to print it.",
)  # fmt: skip
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def content() -> None:
    """What customers said and may be said again; lessons, goals, and who learned what."""


@content.command("list")
@click.option("--standing", type=click.Choice(Standing.values), help="Only these.")
@_FORMAT
def list_said(standing: str | None, fmt: str) -> None:
    """Everything that customers said, the latest first."""
    rows = Testimonial.objects.order_by("-said_at", "-pk")
    rows = rows.filter(standing=standing) if standing else rows
    print_rows([listed.said_row(each) for each in rows], listed.SAID, fmt)


@content.command("ask")
@click.argument("account")
@click.option("--person", default="", metavar="ID", help="For this person of it.")
@click.option("--feature", default="", help="What they are asked about.")
@click.option("--language", default="", help="In which the page begins.")
@click.option("--url", required=True, help="Where Tenure is reached: https://tenure.example.com")
def ask(account: str, person: str, feature: str, language: str, url: str) -> None:
    """Print a link by which somebody may say something, see it, and take it back."""
    made = asks.make_ask(
        account, person_id=person, feature=feature, language=language, now=system_clock(), by=BY
    )
    click.echo(asks.address_of(made, url))


@content.command("import")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--language", default="en", show_default=True, help="Where a row says none.")
@click.option("--mentions", "is_of_mentions", is_flag=True, help="What was imported as mentions.")
@click.option("--url", default="", help="One review or post: where it stands.")
@click.option("--words", default="", help="What it says.")
@click.option("--date", type=_DAY, help="When it was said.")
@click.option("--who", default="", help="Who said it.")
def import_said(  # noqa: PLR0913
    path: Path | None, *, language: str, is_of_mentions: bool, url: str, words: str,
    date: datetime | None, who: str,
) -> None:  # fmt: skip
    """Take in public reviews and posts: a CSV file, one by its link, or imported mentions.

    Nothing is fetched from the address; the words are those that you give.
    """
    now = system_clock()
    if sum((path is not None, is_of_mentions, bool(url))) != 1:
        raise BadUsage("give a file, --mentions, or --url with --words and --date")
    if path is not None:
        came = import_csv(path, now=now, by=BY, language=language)
        for row in came:
            if row.problem:
                click.echo(f"{path}: line {row.line}: {row.problem}", err=True)
        click.echo(sum(row.is_new for row in came))
        return
    if is_of_mentions:
        added, problems = import_mentions(settings.TENURE_HOME, now=now, by=BY)
        for problem in problems:
            click.echo(problem, err=True)
        click.echo(added)
        return
    if date is None or not words:
        raise BadUsage("--url needs --words and --date")
    said_at = day_at(f"{date:%Y-%m-%d}")
    said = Said(words, language, said_at, who=who, origin=Origin.REVIEW, source_url=url)
    click.echo(keep(said, now=now, by=BY).key)


@content.command("approve")
@click.argument("key")
def approve(key: str) -> None:
    """Let words be shown, where their consent holds."""
    moderate(testimonial_of(key), Standing.APPROVED, by=BY, now=system_clock())


@content.command("decline")
@click.argument("key")
@click.option("--because", required=True, help="Why; that they are critical is no reason.")
def decline(key: str, because: str) -> None:
    """Show words nowhere."""
    moderate(testimonial_of(key), Standing.DECLINED, by=BY, now=system_clock(), because=because)


@content.command("agree")
@click.argument("key")
@click.argument("scope", nargs=-1, type=click.Choice(PLACES), required=True)
@click.option("--evidence", required=True, help="How they agreed: a mail of which day, a contract.")
def note_consent(key: str, scope: tuple[str, ...], evidence: str) -> None:
    """Note where somebody agreed to be shown: `mail`, `site`."""
    agree(testimonial_of(key), scope, how=OPERATOR, by=BY, now=system_clock(), evidence=evidence)


@content.command("withdraw")
@click.argument("key")
@click.option("--evidence", default="", help="How they said so.")
def take_back(key: str, evidence: str) -> None:
    """Take words back: from now on they are shown nowhere, nor in a mail that still waits."""
    withdraw(testimonial_of(key), how=OPERATOR, by=BY, now=system_clock(), evidence=evidence)


@content.command("tag")
@click.argument("key")
@click.argument("kind", type=click.Choice(TAGS))
@click.argument("values", nargs=-1)
def tag_said(key: str, kind: str, values: tuple[str, ...]) -> None:
    """Say who should read words: features, segments, plans or stages; or who must not."""
    tag(testimonial_of(key), system_clock(), **{kind: values})


@content.command("shorten")
@click.argument("key")
@click.argument("excerpt")
def shorten_said(key: str, excerpt: str) -> None:
    """Show a part of words, cut from them, with … where something is left out."""
    shorten(testimonial_of(key), excerpt, system_clock())


@content.command("pick")
@click.argument("account", required=False, default="")
@click.option("--feature", default="")
@click.option("--language", default="en", show_default=True)
@click.option("--place", type=click.Choice(PLACES), default=MAIL, show_default=True)
def pick(account: str, feature: str, language: str, place: str) -> None:
    """Print what would be said to an account, and why the rest would not."""
    id = canonical_id("account", account) if account else ""
    audience = audiences([id]).get(id, NOBODY)
    wanted, held = Wanted(place, language, audience, feature=feature), Sayable.now()
    for said in held.pick(wanted):
        click.echo(said.said)
    for refused in held.refused(wanted):
        click.echo(f"{refused.key}: {refused.because}", err=True)


@content.command("lessons")
@_FORMAT
def list_lessons(fmt: str) -> None:
    """The lessons in force, with how many began and finished each."""
    counts = listed.taken_counts()
    rows = [listed.lesson_row(each, counts) for each in lessons().values()]
    print_rows(rows, listed.LESSONS, fmt)


@content.command("goals")
@_FORMAT
def list_goals(fmt: str) -> None:
    """The goals in force, with how many reached each."""
    print_rows([listed.goal_row(each) for each in goals().values()], listed.GOALS, fmt)


@content.command("progress")
@click.option("--account", default="", metavar="ID", help="Of this account.")
@click.option("--lesson", default="", help="In this lesson.")
@_FORMAT
def progress(account: str, lesson: str, fmt: str) -> None:
    """Who began and finished what, the latest first."""
    rows = LessonProgress.objects.order_by("-started_at", "pk")
    rows = rows.filter(account_id=canonical_id("account", account)) if account else rows
    rows = rows.filter(lesson=lesson) if lesson else rows
    print_rows([listed.progress_row(each) for each in rows], listed.PROGRESS, fmt)


@content.command("next")
@click.argument("account")
@click.option("--person", default="", metavar="ID", help="For this person of it.")
@click.option("--language", default="en", show_default=True)
def next_for(account: str, person: str, language: str) -> None:
    """The lessons for an account, the next one first, and what speaks for each."""
    them = pupil(canonical_id("account", account), language, person)
    for each in ranked(lessons(), them, system_clock()):
        click.echo(f"{each.lesson.name}  {', '.join(each.because)}")


@content.command("effect")
@click.argument("lesson")
def effect(lesson: str) -> None:
    """What a lesson did: use of its feature, and who stayed, beside accounts like those."""
    told = effect_of(settings.TENURE_HOME, lesson_named(lesson), system_clock())
    rows = listed.effect_json(told)
    print_rows(
        [
            {"outcome": name, **{key: value for key, value in rows[name].items() if key != "is"}}
            for name in ("adoption", "retention")
            if rows[name]
        ],
        ("outcome", "took", "similar", "difference", "low", "high", "is_seen", "missing"),
        "json",
    )
    click.echo(f"This is {listed.ASSOCIATION}.", err=True)
