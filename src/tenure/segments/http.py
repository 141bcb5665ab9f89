"""Segments over the JSON API: list, ask a condition, members, why, history."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router, Schema

from tenure.base.clock import system_clock
from tenure.base.home import Home
from tenure.card.card_of import account_card
from tenure.lake.reading import company_day
from tenure.segments.condition import read_condition
from tenure.segments.definition import segment_named, segments, warning
from tenure.segments.history import members_now, membership_history, segments_of
from tenure.segments.models import SegmentFollowed, SegmentMember
from tenure.segments.published import look_at, member_ids, past_asked, why_in
from tenure.segments.vocabulary import ACCOUNT

router = Router(tags=["segments"])
ROWS_MAX = 1000
OFFSET_MAX = 1_000_000_000  # what a database counts to is not much more
_FIRST_DAY = date(1970, 1, 1)


class SegmentShown(Schema):
    name: str
    title: str
    over: str
    where: str
    description: str
    digest: str
    is_built_in: bool
    members: int
    followed_at: datetime | None
    problem: str


class Asked(Schema):
    where: str
    over: str = ACCOUNT
    as_of: str = ""


class Counted(Schema):
    count: int
    mrr_minor: dict[str, int]
    sample: list[str]
    warnings: list[str]


class MemberShown(Schema):
    subject_id: str
    entered_at: datetime | None


class MembersPage(Schema):
    count: int
    members: list[MemberShown]


class ReasonShown(Schema):
    question: str
    holds: bool | None
    is_negated: bool
    values: dict[str, Any]
    sentence: str


class Why(Schema):
    subject_id: str
    holds: bool | None
    account_id: str
    reasons: list[ReasonShown]


class DayShown(Schema):
    day: date
    members: int
    entered: int
    left: int


class Page(Schema):
    limit: int = 100
    offset: int = 0
    as_of: str = ""


def _home() -> Home:
    return settings.TENURE_HOME


def _as_of(text: str) -> datetime | None:
    return past_asked(_home(), text, system_clock())


@router.get("/segments", response=list[SegmentShown])
def list_segments(request: HttpRequest) -> list[dict[str, Any]]:
    """All segments in force, with how many were in each when it was last followed."""
    inside = members_now()
    followed = {each.segment: each for each in SegmentFollowed.objects.all()}
    return [
        {
            "name": each.name,
            "title": str(each.title),
            "over": each.over,
            "where": each.where,
            "description": str(each.description),
            "digest": each.digest,
            "is_built_in": each.is_built_in,
            "members": inside.get(each.name, 0),
            "followed_at": getattr(followed.get(each.name), "followed_at", None),
            "problem": getattr(followed.get(each.name), "problem", ""),
        }
        for each in segments()
    ]


@router.post("/segments/count", response=Counted)
def count_condition(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """How many fulfil a condition, what they pay, and the first few. A wrong one is told with its
    place and what to write instead.
    """
    condition = read_condition(asked.where, asked.over)
    found = look_at(_home(), condition, _as_of(asked.as_of))
    return {
        "count": found.count,
        "mrr_minor": found.mrr_minor,
        "sample": list(found.sample),
        "warnings": [warning(unseen) for unseen in condition.unseen],
    }


@router.get("/segments/{name}/members", response=MembersPage)
def list_members(request: HttpRequest, name: str, page: Query[Page]) -> dict[str, Any]:
    """Who is in a segment since when, the latest entry first; with `as_of`, who was then, by id."""
    segment = segment_named(name)
    first, most = min(max(0, page.offset), OFFSET_MAX), max(1, min(page.limit, ROWS_MAX))
    if as_of := _as_of(page.as_of):
        ids = member_ids(_home(), segment.condition(), as_of)
        shown = [{"subject_id": id, "entered_at": None} for id in ids[first : first + most]]
        return {"count": len(ids), "members": shown}
    rows = SegmentMember.objects.filter(segment=name, left_at=None)
    ordered = rows.order_by("-entered_at", "subject_id")[first : first + most]
    return {
        "count": rows.count(),
        "members": [{"subject_id": r.subject_id, "entered_at": r.entered_at} for r in ordered],
    }


@router.get("/segments/{name}/why/{path:subject_id}", response=Why)
def why_member(request: HttpRequest, name: str, subject_id: str, as_of: str = "") -> dict[str, Any]:
    """Why an account or person is in a segment, or not: each part with its value for them."""
    found = why_in(_home(), segment_named(name).condition(), subject_id, _as_of(as_of))
    return {
        "subject_id": found.subject_id,
        "holds": found.holds,
        "account_id": found.account_id,
        "reasons": [reason.as_row() for reason in found.reasons],
    }


@router.get("/segments/{name}/history", response=list[DayShown])
def history(request: HttpRequest, name: str, since: date | None = None) -> list[dict[str, Any]]:
    """Members, entries and exits of each day; the last 90 days unless told otherwise.

    A segment that was withdrawn keeps its history.
    """
    today = company_day(_home(), system_clock())
    zone = _home().company.time_zone
    if not SegmentMember.objects.filter(segment=name).exists():
        segment_named(name)
    first_on = max(since, _FIRST_DAY) if since else today - timedelta(days=89)
    days = membership_history(name, first_on, today, zone)
    return [
        {"day": d.day, "members": d.members, "entered": d.entered, "left": d.left} for d in days
    ]


@router.get("/accounts/{path:account_id}/segments", response=list[dict])
def segments_of_account(request: HttpRequest, account_id: str) -> list[dict[str, Any]]:
    """The segments that an account is in, and since when. A merged id leads to whom it is now."""
    found = account_card(_home(), account_id, now=system_clock())
    return [
        {"segment": stay.segment, "entered_at": stay.entered_at} for stay in segments_of(found.id)
    ]
