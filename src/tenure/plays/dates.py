"""Who comes into a play because a date of theirs is near: their trial ends, their contract renews.

Looked for over the card in state, a window of days wide, so that a worker that was down misses
nobody; what would be too late is the deadline's matter.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.base.home import Home
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import company_day
from tenure.plays.enrolling import Candidate
from tenure.plays.moments import instant_of
from tenure.plays.parts import PERSON, Play
from tenure.plays.subjects import Subjects, Who
from tenure.segments.condition import read_condition
from tenure.segments.published import member_ids

LOOK_BACK_DAYS = 3
_AT_ONCE = 1_000


def due_by_date(home: Home, play: Play, now: datetime) -> list[Candidate]:
    """Those whose date, less or plus the hours of the play, has come within the last days."""
    if play.over == PERSON or read_manifest(home) is None:
        return []
    column, hours = play.entry.date, timedelta(hours=play.entry.hours)
    middle = company_day(home, now - hours)
    first, last = middle - timedelta(days=LOOK_BACK_DAYS + 1), middle + timedelta(days=1)
    text = f"{column} >= date '{first}' and {column} <= date '{last}'"
    ids = member_ids(home, read_condition(text))
    return [
        each
        for start in range(0, len(ids), _AT_ONCE)
        for each in _due(home, play, ids[start : start + _AT_ONCE], now, hours)
    ]


def _due(
    home: Home, play: Play, ids: list[str], now: datetime, hours: timedelta
) -> Iterator[Candidate]:
    whos = [Who(play.over, id, id) for id in ids]
    subjects, zone = Subjects(home, whos, now), ZoneInfo(home.company.time_zone)
    for who in whos:
        value = subjects.of(who).value(play.entry.date)
        begins = instant_of(value, zone)
        if begins is None:
            continue
        if now - timedelta(days=LOOK_BACK_DAYS) < begins + hours <= now:
            because = f"date: {play.entry.date}"
            yield Candidate(who, f"{play.entry.date}/{value}", because, begins + hours)
