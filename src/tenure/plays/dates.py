"""Whose date brings them into a play now?

    look_up_dates(home, play, now)      # after the cards: asks the lake, every few minutes at most
    enter_due_dates(home, now)          # beside sending: an indexed look-up

The dates of the next days are kept in state as they are found, so that each comes to the minute
also where nothing else happens. Whoever has another date by then, or none, is left out: their new
one is found in its turn. It is looked a few days back too, so that a worker that was down misses
nobody; what would be too late is the deadline's matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.base.home import Home
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import company_day
from tenure.plays.broken_turns import UNTAKEABLE
from tenure.plays.enrolling import Candidate, enrol_all
from tenure.plays.models import Enrolment, PlayCursor, PlayDate, PlaySwitch
from tenure.plays.moments import instant_of
from tenure.plays.parts import ACCOUNT, PERSON, Play
from tenure.plays.subjects import Subjects, Who
from tenure.plays.switching import plays_on
from tenure.segments.condition import read_condition
from tenure.segments.published import member_ids

LOOK_BACK_DAYS = 3
LOOK_AHEAD = timedelta(days=2)
LOOK_EVERY = timedelta(minutes=5)
_AT_ONCE = 1_000


def look_up_dates(home: Home, play: Play, now: datetime) -> int:
    """How many dates of the next days were found that were not known before."""
    if play.over == PERSON or read_manifest(home) is None:
        return 0
    name = f"dates:{play.name}"
    cursor, _ = PlayCursor.objects.get_or_create(name=name)
    looked = f"{play.digest} {now.isoformat()}"
    before, _, said = cursor.text.partition(" ")
    is_fresh = before == play.digest and datetime.fromisoformat(said) > now - LOOK_EVERY
    if is_fresh and company_day(home, datetime.fromisoformat(said)) == company_day(home, now):
        return 0
    found = sum(
        _keep(home, play, part, now) for part in _parts(_accounts_with_a_date(home, play, now))
    )
    PlayCursor.objects.filter(name=name).update(text=looked)
    return found


def enter_due_dates(home: Home, now: datetime) -> int:
    """The same of all plays that are on; with no date due it is one indexed look-up."""
    on = PlaySwitch.objects.filter(is_on=True).values("play")
    due = PlayDate.objects.filter(due_at__lte=now, play__in=on).values_list("play", flat=True)
    names = set(due.distinct())
    entered, failed = 0, None
    for play in plays_on() if names else ():
        if play.name in names:
            try:
                entered += enter_by_date(home, [play], now)
            except UNTAKEABLE as error:  # said at the end: it keeps the other plays from nothing
                failed = failed or error
    if failed is not None:
        raise failed
    return entered


def enter_by_date(home: Home, plays: Iterable[Play], now: datetime) -> int:
    """How many came in because their date has come, of those that were looked up."""
    entered = 0
    by_date = {play.name: play for play in plays if play.entry.kind == "date"}
    due = PlayDate.objects.filter(play__in=by_date, due_at__lte=now).order_by("due_at", "pk")
    while by_date and (rows := list(due[:_AT_ONCE])):
        candidates: defaultdict[str, list[Candidate]] = defaultdict(list)
        whos = [Who(ACCOUNT, row.subject_id, row.subject_id) for row in rows]
        subjects = Subjects(home, whos, now)
        for row, who in zip(rows, whos, strict=True):
            column = by_date[row.play].entry.date
            # Longer ago the play was off, or nothing ran: as if it had not been looked up.
            if row.due_at <= now - timedelta(days=LOOK_BACK_DAYS):
                continue
            if str(subjects.of(who).value(column)) == row.value:
                brought_by = f"{column}/{row.value}"
                candidates[row.play].append(
                    Candidate(who, brought_by, f"date: {column}", row.due_at)
                )
        for name, several in candidates.items():
            entered += enrol_all(home, by_date[name], several, now)
        PlayDate.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return entered


def _accounts_with_a_date(home: Home, play: Play, now: datetime) -> list[str]:
    """Whose date, less or plus the hours of the play, lies within the days that are looked at."""
    column, hours = play.entry.date, timedelta(hours=play.entry.hours)
    first = company_day(home, now - hours) - timedelta(days=LOOK_BACK_DAYS + 1)
    last = company_day(home, now - hours + LOOK_AHEAD) + timedelta(days=1)
    text = f"{column} >= date '{first}' and {column} <= date '{last}'"
    return member_ids(home, read_condition(text))


def _keep(home: Home, play: Play, ids: Sequence[str], now: datetime) -> int:
    column, hours = play.entry.date, timedelta(hours=play.entry.hours)
    whos = [Who(play.over, id, id) for id in ids]
    subjects, zone = Subjects(home, whos, now), ZoneInfo(home.company.time_zone)
    rows = []
    for who in whos:
        value = subjects.of(who).value(column)
        begins = instant_of(value, zone)
        if begins is None:
            continue
        if now - timedelta(days=LOOK_BACK_DAYS) < begins + hours <= now + LOOK_AHEAD:
            rows.append(
                PlayDate(
                    play=play.name, subject_id=who.subject_id, value=str(value),
                    due_at=begins + hours,
                )
            )  # fmt: skip
    known = _came_in(play, ids)
    rows = [row for row in rows if (row.subject_id, f"{column}/{row.value}") not in known]
    return len(PlayDate.objects.bulk_create(rows, ignore_conflicts=True))


def _came_in(play: Play, ids: Sequence[str]) -> set[tuple[str, str]]:
    """Who is in the play by which date; of a play that is entered once, its key is no date."""
    rows = Enrolment.objects.filter(play=play.name, subject_id__in=ids)
    return set(rows.values_list("subject_id", "entry_key"))


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
