"""The calendars of who can be talked to: read by the worker, so that nobody waits for one.

follow_calendars(home, calendars, now)       # in the worker
free_times(calendar, now)                    # where they are shown: one query
"""

import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPException

from tenure.base.errors import InvalidInput, Unavailable
from tenure.base.home import Home
from tenure.offers.models import Concession, FreeTimes
from tenure.offers.parts import OfferBook
from tenure.offers.slots import Slot, free_slots

EVERY = timedelta(minutes=10)
HOLDS = timedelta(hours=24)  # what could not be read again since then is not offered
WITHIN_S = 10.0
BYTES_MOST = 4_000_000

Fetch = Callable[[str], str]


def calendars_of(book: OfferBook) -> dict[str, int]:
    """The calendars that the offers name, with how many minutes one meeting takes."""
    return {
        str(each.fields["calendar"]): int(each.fields.get("minutes") or 30)  # type: ignore[call-overload]
        for each in book.offers
        if each.fields.get("calendar")
    }


def follow_calendars(
    home: Home, calendars: dict[str, int], now: datetime, fetch: Fetch | None = None
) -> int:
    """How many calendars were read: those not read, or tried, for ten minutes.

    One that cannot be read keeps what it said for a day, and says in `problem` why.
    """
    read = 0
    for calendar, minutes in calendars.items():
        row, _ = FreeTimes.objects.get_or_create(calendar=calendar)
        if row.tried_at is not None and now - row.tried_at < EVERY:
            continue
        row.tried_at = now
        try:
            feed = (fetch or fetched)(calendar)
            zone = home.company.time_zone
            found = free_slots(feed, now, minutes=minutes, time_zone=zone)
        except (Unavailable, InvalidInput) as error:
            row.problem = error.message
        else:
            row.times = [[s.starts_at.isoformat(), s.ends_at.isoformat()] for s in found]
            row.read_at, row.problem = now, ""
            read += 1
        row.save()
    FreeTimes.objects.exclude(calendar__in=calendars).delete()
    return read


def free_times(calendar: str, now: datetime, most: int = 12) -> list[Slot]:
    """The next free times of a calendar that nobody took here since it was read."""
    row = FreeTimes.objects.filter(calendar=calendar).first()
    if row is None or row.read_at is None or now - row.read_at > HOLDS:
        return []
    slots = [
        Slot(datetime.fromisoformat(starts).astimezone(UTC), datetime.fromisoformat(ends))
        for starts, ends in row.times
    ]
    taken = taken_times(now)
    return [each for each in slots if each.starts_at > now and each.starts_at not in taken][:most]


def taken_times(now: datetime) -> set[datetime]:
    """Times to come that somebody accepted."""
    rows = Concession.objects.filter(mode="live", time_at__gte=now)
    return set(rows.values_list("time_at", flat=True))


def fetched(calendar: str) -> str:
    """The text at an address. Raises Unavailable when it is not there in ten seconds."""
    if not calendar.startswith(("https://", "http://127.0.0.1:")):
        raise Unavailable("a calendar is read from https:// alone")
    asked = urllib.request.Request(calendar, headers={"Accept": "text/calendar"})
    try:
        with urllib.request.urlopen(asked, timeout=WITHIN_S) as answer:
            body: bytes = answer.read(BYTES_MOST + 1)
    except (OSError, HTTPException, ValueError) as error:
        # Not the address: whoever knows it can read the calendar.
        raise Unavailable(f"the calendar cannot be read: {type(error).__name__}") from None
    if len(body) > BYTES_MOST:
        raise Unavailable(f"the calendar is larger than {BYTES_MOST:,} bytes")
    return body.decode("utf-8", "replace")
