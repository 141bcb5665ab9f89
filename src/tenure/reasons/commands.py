"""`tenure reasons`: why accounts left, as they said and as what was seen says."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage
from tenure.base.home import Home
from tenure.kit.output import FORMATS, print_rows
from tenure.lake.reading import Only, company_day, reading
from tenure.reasons.following import follow_reasons
from tenure.reasons.inferring import infer
from tenure.reasons.inferring_follow import follow_inferred, held_weights
from tenure.reasons.inferring_sentences import (
    STRENGTHS,
    commonness_sentence,
    evidence_sentence,
    plain_money,
)
from tenure.reasons.inferring_subjects import Subject
from tenure.reasons.leavings_with_reasons import (
    LeavingReasons,
    by_reason,
    leavings_with_reasons,
    quality,
)
from tenure.reasons.models import ReasonRecord, Theme
from tenure.reasons.recording import INFERRED
from tenure.reasons.taxonomy import taxonomy
from tenure.reasons.themes import follow_themes

BY_REASON = (
    "reason", "root", "avoidable", "stated", "followed_up", "inferred", "agree", "mrr_stated",
    "mrr_inferred",
)  # fmt: skip
OF_ACCOUNT = (
    "said_at", "source", "reason", "next_job", "rival", "confidence", "evidence", "how_common",
    "text",
)  # fmt: skip
THEMES = ("language", "label", "texts", "phrases", "central_text", "first_seen_on", "last_seen_on")


@click.command()
@click.option("--from", "first", metavar="DATE", help="First day, as in 2025-01-31.")
@click.option("--to", "last", metavar="DATE", help="Last day, itself included.")
@click.option("--account", "account_id", metavar="ID", help="All that is known of one account.")
@click.option("--themes", is_flag=True, help="What their free texts have in common.")
@click.option("--again", is_flag=True, help="Conclude anew about every leaving there ever was.")
@click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True,
    help="How to print it.",
)  # fmt: skip
def reasons(
    first: str | None, last: str | None, account_id: str | None, themes: bool, again: bool, fmt: str
) -> None:
    """Why accounts left: as they said, and as what was seen before says."""
    home: Home = settings.TENURE_HOME
    now = system_clock()
    if account_id and themes:
        raise BadUsage("--account and --themes are two questions; ask one at a time")
    follow_reasons(home, now)
    follow_inferred(home, now, again=again)
    if themes:
        follow_themes(home, now)
        _print_themes(fmt)
    elif account_id:
        _print_account(home, account_id, now, fmt)
    else:
        span = _span(home, first, last, now)
        _print_by_reason(leavings_with_reasons(home, *span), fmt)


def _print_by_reason(leavings: list[LeavingReasons], fmt: str) -> None:
    known = taxonomy()
    rows = [
        {
            "reason": row.code,
            "root": row.root,
            "avoidable": row.avoidable,
            "stated": row.stated,
            "followed_up": row.followed_up,
            "inferred": row.inferred,
            "agree": row.agree,
            "mrr_stated": _money(row.mrr_stated_minor),
            "mrr_inferred": _money(row.mrr_inferred_minor),
        }
        for row in by_reason(leavings, known)
    ]
    print_rows(rows, BY_REASON, fmt)
    told = quality(leavings)
    free = told.volunteered_share
    click.echo(
        f"{told.leavings} decided to leave; {told.said_something} said why"
        + (f", {free:.0%} of them freely where that is known" if free is not None else "")
        + f"; of {told.contradicted} what was seen says otherwise; "
        f"of {told.nothing_seen} nothing that was seen explains it.",
        err=True,
    )


def _print_account(home: Home, account_id: str, now: datetime, fmt: str) -> None:
    zone = home.company.time_zone
    records = ReasonRecord.objects.filter(account_id=account_id, superseded_by="", mode="live")
    rows = [
        row
        for record in records.order_by("said_at", "source", "rank")
        for row in _rows_of(record, zone)
    ]
    if not any(record.source == INFERRED for record in records):
        rows += _as_of_now(home, account_id, now)
    print_rows(rows, OF_ACCOUNT, fmt)
    span = (datetime(1970, 1, 1, tzinfo=UTC), now + timedelta(days=1))
    for each in leavings_with_reasons(home, *span, account_id=account_id):
        other = each.contradiction
        if other is not None and each.said is not None:
            click.echo(
                f"They said {each.said.code}; what was seen says {other.code} "
                f"({STRENGTHS['strong' if (other.confidence or 0) >= 0.5 else 'some']}).",
                err=True,
            )


def _rows_of(record: ReasonRecord, zone: str) -> list[dict[str, object]]:
    """A row for what was said, and for each piece of evidence of what is inferred."""
    at = record.said_at.astimezone(ZoneInfo(zone)).date()
    base: dict[str, object] = {
        "said_at": at,
        "source": record.source,
        "reason": record.code,
        "next_job": record.next_job or None,
        "rival": record.rival or None,
        "confidence": record.confidence,
        "evidence": None,
        "how_common": None,
        "text": record.text or None,
    }
    if not record.evidence:
        return [base]
    return [
        {
            **base,
            "evidence": evidence_sentence(piece, time_zone=zone),
            "how_common": commonness_sentence(piece) or None,
        }
        for piece in record.evidence
    ]


def _as_of_now(home: Home, account_id: str, now: datetime) -> list[dict[str, object]]:
    """What would be inferred if it decided to leave at this moment."""
    with reading(home, only=Only([account_id])) as reader:
        found = infer(reader, [Subject(account_id, now)], weights=held_weights())
    return [
        {
            "said_at": company_day(home, now),
            "source": "inferred, if it left now",
            "reason": each.code,
            "next_job": each.next_job or None,
            "rival": each.rival or None,
            "confidence": each.confidence,
            "evidence": evidence_sentence(piece, time_zone=home.company.time_zone),
            "how_common": commonness_sentence(piece) or None,
            "text": None,
        }
        for each in found
        for piece in each.evidence
    ]


def _print_themes(fmt: str) -> None:
    rows = [
        {
            "language": each.language,
            "label": each.label,
            "texts": each.texts,
            "phrases": ", ".join(each.phrases[:4]),
            "central_text": each.central_text,
            "first_seen_on": each.first_seen_at.date(),
            "last_seen_on": each.last_seen_at.date(),
        }
        for each in Theme.objects.filter(mode="live", is_gone=False).order_by("-texts", "key")
    ]
    print_rows(rows, THEMES, fmt)
    texts = ReasonRecord.objects.filter(mode="live", superseded_by="").exclude(text="")
    rest = texts.filter(theme=None).count()
    click.echo(f"{rest} of {texts.count()} texts are in no theme.", err=True)


def _span(
    home: Home, first: str | None, last: str | None, now: datetime
) -> tuple[datetime, datetime]:
    zone = ZoneInfo(home.company.time_zone)
    start = _day(first, "from") if first else date(1970, 1, 1)
    end = _day(last, "to") if last else company_day(home, now)
    if end < start:
        raise BadUsage(f"--to {end} is before --from {start}; turn them round", field="to")
    return (
        datetime.combine(start, time(), zone).astimezone(UTC),
        datetime.combine(end + timedelta(days=1), time(), zone).astimezone(UTC),
    )


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadUsage(
            f"--{field} {text!r} is no day; write it as 2025-01-31", field=field
        ) from None


def _money(by_currency: dict[str, int]) -> str:
    return " + ".join(plain_money(minor, each) for each, minor in sorted(by_currency.items()))
