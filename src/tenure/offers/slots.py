"""Which times are free, by an iCal feed.

The feed is of free times: each event in it is one, repeated ones too. What it marks as busy
(`X-MICROSOFT-CDO-BUSYSTATUS:BUSY`, `FREEBUSY;FBTYPE=BUSY`, or the bare title "Busy") is taken out,
and what was cancelled is not there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from icalendar.cal import Component

from tenure.base.errors import InvalidInput

AHEAD_DAYS = 14
NOTICE_HOURS = 4  # nobody is to be rung up in the next minute
SLOTS_MOST = 200
_BUSY = frozenset({"BUSY", "OOF", "TENTATIVE"})


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A time that somebody can have, in UTC."""

    starts_at: datetime
    ends_at: datetime


def free_slots(
    feed: str, now: datetime, *, minutes: int = 30, time_zone: str = "UTC"
) -> list[Slot]:
    """The free times of the next two weeks, each so many minutes long, the next first.

    `time_zone` is that of times which name none. Days that are free as a whole are no time.
    Raises InvalidInput for what is no calendar.
    """
    try:
        calendars = icalendar.Calendar.from_ical(feed, multiple=True)
        first, last = now + timedelta(hours=NOTICE_HOURS), now + timedelta(days=AHEAD_DAYS)
        zone = ZoneInfo(time_zone)
        events = [
            event
            for calendar in calendars
            for event in recurring_ical_events.of(calendar, skip_bad_series=True).between(now, last)
        ]
        told = [span for each in events for span in _of_event(each, zone)]
        told += [
            span
            for calendar in calendars
            for part in calendar.walk("VFREEBUSY")
            for span in _of_free_busy(part, zone)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise InvalidInput(f"this is no calendar: {str(error)[:200]}", field="calendar") from None
    free = [(starts, ends) for starts, ends, is_free in told if is_free]
    busy = [(starts, ends) for starts, ends, is_free in told if not is_free]
    found = {
        slot
        for starts, ends in free
        for slot in _cut(starts, ends, timedelta(minutes=minutes))
        if first <= slot.starts_at and slot.ends_at <= last
        if not any(slot.starts_at < until and since < slot.ends_at for since, until in busy)
    }
    return sorted(found)[:SLOTS_MOST]


Span = tuple[datetime, datetime, bool]  # from, until, whether it is free


def _of_event(event: Component, zone: tzinfo) -> Iterator[Span]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    starts, ends = event.start, event.end
    is_busy = (
        str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() in _BUSY
        or str(event.get("SUMMARY", "")).strip().casefold() == "busy"
    )
    if not isinstance(starts, datetime) and not is_busy:
        return
    yield _instant(starts, zone), _instant(ends, zone), not is_busy


def _of_free_busy(part: Component, zone: tzinfo) -> Iterator[Span]:
    said = part.get("FREEBUSY", [])
    for each in said if isinstance(said, list) else [said]:
        kind = str(each.params.get("FBTYPE", "BUSY")).upper()
        periods: Iterable = each if isinstance(each, list) else [each]
        for period in periods:
            yield _instant(period.start, zone), _instant(period.end, zone), kind == "FREE"


def _instant(value: date | datetime, zone: tzinfo) -> datetime:
    """In UTC; a time without a zone, or a whole day, is of the company's."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=zone)
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone)
    return value.astimezone(ZoneInfo("UTC"))


def _cut(starts: datetime, ends: datetime, length: timedelta) -> Iterator[Slot]:
    while starts + length <= ends:
        yield Slot(starts, starts + length)
        starts += length
