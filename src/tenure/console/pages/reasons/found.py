"""The leavings that the pages about reasons are of, read once for each state of what is known."""

from collections import OrderedDict
from datetime import date, datetime
from threading import Lock
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, QuerySet

from tenure.base.home import Home
from tenure.base.months import month_of
from tenure.console.pages.reasons.choose import Choice, span_of
from tenure.lake.manifest import read_manifest
from tenure.reasons.leavings_placed import PlacedLeaving, placed_leavings
from tenure.reasons.models import ReasonCursor, ReasonRecord
from tenure.reasons.recording import INFERRED

KEPT_SPANS = 4
_kept: OrderedDict[tuple[object, ...], list[PlacedLeaving]] = OrderedDict()
_lock = Lock()


def latest_month(home: Home, today: date) -> date | None:
    """The month of the last decision to leave that a reason is known of; None before the first."""
    last = _month(home, inferred().aggregate(at=Max("said_at"))["at"])
    return min(last, month_of(today)) if last else None


def first_month(home: Home) -> date | None:
    """The month of the first."""
    return _month(home, inferred().aggregate(at=Min("said_at"))["at"])


def leavings_of(home: Home, choice: Choice) -> list[PlacedLeaving]:
    """Every leaving of these months. Kept until anything is learned or published."""
    span = span_of(choice, home.company.time_zone)
    key = (str(home.root), span, _state(home))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = placed_leavings(home, *span)
    with _lock:
        _kept[key] = found
        while len(_kept) > KEPT_SPANS:
            _kept.popitem(last=False)
    return found


def inferred() -> QuerySet[ReasonRecord]:
    """What was concluded of every leaving; the likeliest reason has rank 1."""
    return ReasonRecord.objects.filter(mode="live", superseded_by="", source=INFERRED)


def _state(home: Home) -> tuple[object, ...]:
    """What differs as soon as a leaving, a reason or the lake does."""
    manifest = read_manifest(home)
    cursors = ReasonCursor.objects.order_by("name").values_list("name", "number", "text")
    return (
        manifest.number if manifest else 0,
        ReasonRecord.objects.aggregate(last=Max("id"))["last"],
        ReasonRecord.objects.count(),
        tuple(cursors),
    )


def _month(home: Home, at: datetime | None) -> date | None:
    return month_of(at.astimezone(ZoneInfo(home.company.time_zone)).date()) if at else None
