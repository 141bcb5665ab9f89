"""Who was in a segment when: by day, by segment and by account."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from tenure.segments.models import SegmentMember
from tenure.segments.vocabulary import ACCOUNT


@dataclass(frozen=True, slots=True)
class MembershipDay:
    """One day of a segment, in the company's time zone; `members` are those at its end."""

    day: date
    members: int
    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class Moves:
    """How many entered and left a segment in some time."""

    entered: int = 0
    left: int = 0


def membership_history(
    segment: str, since_on: date, until_on: date, time_zone: str = "UTC"
) -> list[MembershipDay]:
    """Each day from `since_on` to `until_on`, both included; nothing before the first entry.

    Who was in it already when Tenure first looked counts as a member of that day, not as entered.
    """
    rows = SegmentMember.objects.filter(segment=segment)
    start = _midnight(since_on, time_zone)
    before = rows.filter(entered_at__lt=start)
    members = before.filter(Q(left_at=None) | Q(left_at__gte=start)).count()
    later = rows.filter(entered_at__gte=start, entered_at__lt=_midnight(until_on, time_zone, 1))
    began = _by_day(later, "entered_at", time_zone)
    found_there = _by_day(later.filter(entered_because="start"), "entered_at", time_zone)
    gone = rows.filter(left_at__gte=start, left_at__lt=_midnight(until_on, time_zone, 1))
    ended = _by_day(gone, "left_at", time_zone)
    first_on = since_on if before.exists() else min(began, default=None)
    days: list[MembershipDay] = []
    if first_on is None:
        return days
    for number in range((until_on - first_on).days + 1):
        day = first_on + timedelta(days=number)
        entered, left = began.get(day, 0), ended.get(day, 0)
        members += entered - left
        days.append(MembershipDay(day, members, entered - found_there.get(day, 0), left))
    return days


def moves_since(since_at: datetime) -> dict[str, Moves]:
    """How many entered and left each segment since then, by its name."""
    entered = _count(
        SegmentMember.objects.filter(entered_at__gte=since_at).exclude(entered_because="start")
    )
    left = _count(SegmentMember.objects.filter(left_at__gte=since_at))
    return {
        name: Moves(entered.get(name, 0), left.get(name, 0)) for name in entered.keys() | left
    }  # fmt: skip


def members_now() -> dict[str, int]:
    """How many are in each segment that was ever followed, by its name."""
    return _count(SegmentMember.objects.filter(left_at=None))


def segments_of(account_id: str) -> list[SegmentMember]:
    """The stays of an account that last, the latest entry first."""
    rows = SegmentMember.objects.filter(subject_id=account_id, over=ACCOUNT, left_at=None)
    return list(rows.order_by("-entered_at", "segment"))


def stays(segment: str, subject_id: str) -> list[SegmentMember]:
    """Every time that somebody was in a segment, the latest first."""
    rows = SegmentMember.objects.filter(segment=segment, subject_id=subject_id)
    return list(rows.order_by("-entered_at", "-id"))


def _count(rows: QuerySet[SegmentMember]) -> dict[str, int]:
    return dict(rows.order_by().values_list("segment").annotate(Count("id")))


def _by_day(rows: QuerySet[SegmentMember], at: str, time_zone: str) -> dict[date, int]:
    """How many rows on each day; instants are few beside rows, since one look makes many."""
    zone = ZoneInfo(time_zone)
    days: dict[date, int] = {}
    for instant, number in rows.order_by().values_list(at).annotate(Count("id")):
        day = instant.astimezone(zone).date()
        days[day] = days.get(day, 0) + number
    return days


def _midnight(day: date, time_zone: str, more_days: int = 0) -> datetime:
    local = datetime.combine(day + timedelta(days=more_days), time(), ZoneInfo(time_zone))
    return local.astimezone(UTC)
