"""`tenure segment`: which there are, who is in one, and why."""

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage, NotFound
from tenure.card.models import AccountCard
from tenure.customers.models import Person
from tenure.kit.output import FORMATS, print_rows
from tenure.segments.bad_condition import BadCondition
from tenure.segments.condition import Condition, read_condition
from tenure.segments.definition import segment_named, segments, warning
from tenure.segments.history import members_now
from tenure.segments.models import SegmentFollowed
from tenure.segments.published import look_at, member_ids, past_asked, why_in
from tenure.segments.vocabulary import ACCOUNT, OVER

_LIST = ("segment", "title", "over", "members", "where", "is_built_in", "problem")
_AT_ONCE = 500  # names are looked up for so many ids at once

_SEGMENT = click.argument("segment", metavar="SEGMENT|CONDITION")
_OVER = click.option(
    "--over", type=click.Choice(OVER), default=ACCOUNT, show_default=True,
    help="Whom a condition is about; a segment says so itself.",
)  # fmt: skip
_AS_OF = click.option("--as-of", default="", metavar="DATE", help="With what was known then.")
_FORMAT = click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True
)


@click.group()
def segment() -> None:
    """List segments, count and list their members, and say why somebody is in one.

    A segment is named, or its condition is written out: "plan = 'Pro' and days_since_seen > 14".
    """


@segment.command(name="list")
@_FORMAT
def list_segments(fmt: str) -> None:
    """List all segments with how many were in each when it was last followed."""
    inside = members_now()
    problems = dict(SegmentFollowed.objects.values_list("segment", "problem"))
    rows = [
        {
            "segment": each.name,
            "title": str(each.title),
            "over": each.over,
            "members": inside.get(each.name, 0),
            "where": each.where,
            "is_built_in": each.is_built_in,
            "problem": problems.get(each.name, ""),
        }
        for each in segments()
    ]
    print_rows(rows, _LIST, fmt)


@segment.command()
@_SEGMENT
@_OVER
@_AS_OF
@_FORMAT
def count(segment: str, over: str, as_of: str, fmt: str) -> None:
    """Count who fulfils a segment or a condition, and what they pay per month."""
    home, condition = settings.TENURE_HOME, _asked(segment, over)
    found = look_at(home, condition, past_asked(home, as_of, system_clock()))
    sums = found.mrr_minor or {"": None}
    rows = [
        {"members": found.count, "mrr_minor": minor, "currency": currency or None}
        for currency, minor in sorted(sums.items())
    ]
    print_rows(rows, ("members", "mrr_minor", "currency"), fmt)


@segment.command()
@_SEGMENT
@_OVER
@_AS_OF
@_FORMAT
def members(segment: str, over: str, as_of: str, fmt: str) -> None:
    """List who fulfils a segment or a condition."""
    home, condition = settings.TENURE_HOME, _asked(segment, over)
    ids = member_ids(home, condition, past_asked(home, as_of, system_clock()))
    rows: list[dict[str, object]] = []
    for start in range(0, len(ids), _AT_ONCE):
        chunk = ids[start : start + _AT_ONCE]
        rows += _named(condition.over, chunk)
    key = f"{condition.over}_id"
    more = ("mrr_minor", "currency") if condition.over == ACCOUNT else ("email",)
    print_rows(rows, (key, "name", *more), fmt)


@segment.command()
@_SEGMENT
@click.argument("subject", metavar="ACCOUNT|PERSON")
@_OVER
@_AS_OF
@_FORMAT
def why(segment: str, subject: str, over: str, as_of: str, fmt: str) -> None:
    """Say why somebody is in a segment or not: each part with its value for them."""
    home, condition = settings.TENURE_HOME, _asked(segment, over)
    found = why_in(home, condition, subject, past_asked(home, as_of, system_clock()))
    answer = {True: "is in", False: "is not in", None: "is not in (unknown)"}[found.holds]
    click.echo(f"{subject} {answer}.", err=True)
    if fmt == "table":
        for reason in found.reasons:
            click.echo(f"{'+' if reason.helps else '-'} {reason.sentence()}")
        return
    rows = [reason.as_row() for reason in found.reasons]
    print_rows(rows, ("question", "holds", "is_negated", "values", "sentence"), fmt)


@segment.command()
@click.argument("condition")
@_OVER
def check(condition: str, over: str) -> None:
    """Check a CONDITION; where it is wrong, show the place and what to write."""
    read = _asked(condition, over, only_text=True)
    for unseen in read.unseen:
        click.echo(warning(unseen))
    names = ", ".join(str(column) for column in read.columns) or "no column"
    events = "".join(f", '{event}'" for event in read.events)
    click.echo(f"It can be asked of {read.over}s; it reads {names}{events}.", err=True)


def _asked(text: str, over: str, *, only_text: bool = False) -> Condition:
    """The condition of the segment of that name, else the text itself."""
    if not only_text:
        try:
            return segment_named(text).condition()
        except NotFound:
            if text.replace("-", "").replace("_", "").isalnum():
                raise
    try:
        return read_condition(text, over)
    except BadCondition as error:
        raise BadUsage(_pointed(text, error), field="condition") from None


def _pointed(text: str, error: BadCondition) -> str:
    """The message with the line that is wrong, and carets below the place."""
    place = error.position
    line = text.splitlines()[place.line - 1] if text.splitlines() else ""
    width = max(1, min(place.length, len(line) - place.column + 1))
    # A tab is one character wide here, so that the carets stand below the place.
    pointer = " " * (place.column - 1) + "^" * width
    shown = f"{error.message}\n  {line.replace(chr(9), ' ')}\n  {pointer}"
    return f"{shown}\n  {' ' * (place.column - 1)}{error.suggestion}" if error.suggestion else shown


def _named(over: str, ids: list[str]) -> list[dict[str, object]]:
    """The ids with what state knows of each now; a past member may be gone."""
    if over == ACCOUNT:
        fields: tuple[str, ...] = ("name", "mrr_minor", "currency")
        known = {c.pk: c for c in AccountCard.objects.filter(pk__in=ids)}
    else:
        fields = ("name", "email")
        known = {p.pk: p for p in Person.objects.filter(pk__in=ids)}
    return [
        {f"{over}_id": id, **{field: getattr(known.get(id), field, None) for field in fields}}
        for id in ids
    ]
