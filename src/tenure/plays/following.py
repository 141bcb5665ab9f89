"""What happened brings people into plays, and on in them.

    follow_plays(home, now)      # after the cards and segments are up to date

Events of the lake are read from a cursor: those that a play begins with, waits for, or ends with.
Who comes in is a row and nothing else; its first step is taken when it is due, which is at once.
So whatever is killed anywhere is done again, and changes nothing the second time.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from tenure.base.home import Home
from tenure.kit.sql_file import load
from tenure.lake.reading import company_day, reading
from tenure.lake.shipping import last_batch
from tenure.plays.broken_turns import UNTAKEABLE
from tenure.plays.dates import enter_by_date, look_up_dates
from tenure.plays.enrolling import Candidate, enrol_all
from tenure.plays.fault_words import fault_words
from tenure.plays.in_force import play_named
from tenure.plays.merged import follow_merges
from tenure.plays.models import Enrolment, PlayCursor, PlaySwitch
from tenure.plays.parts import PERSON, Play
from tenure.plays.past import EVER
from tenure.plays.subjects import Who
from tenure.plays.switching import has_newer, is_switched_on, plays_on, switch
from tenure.plays.turning import CURSOR, take_turns
from tenure.plays.turns import Happening, Looked, Occurred, is_heard_by

log = logging.getLogger("tenure.plays")

ENTERED = "Segment Entered"
ROWS_MOST = 50_000  # in memory at a time
_LOOKED = "looked"
_LOOKED_AT_ONCE = 1_000
_LATE_DAYS = 7  # what is known so late of a goal that was reached in time still counts


@dataclass(frozen=True, slots=True)
class Followed:
    """How many came in, and how many turns were taken because of what happened."""

    entered: int
    turns: int


def follow_plays(home: Home, now: datetime) -> Followed:
    """Bring all plays that are on up to what was shipped.

    What is wrong with one play is noted with it, and keeps the others from nothing.
    """
    plays = plays_on()
    if not plays:
        return Followed(0, 0)
    follow_merges(plays, now)
    entered, turns, last = 0, 0, last_batch(home)
    for play in plays:
        fault = ""
        try:
            came_in, took = _follow(home, play, last.number if last else None, now)
            entered, turns = entered + came_in, turns + took
        except UNTAKEABLE as error:
            fault = fault_words(error)
            log.error("%s cannot be followed: %s", play.name, fault)
        PlaySwitch.objects.filter(play=play.name).exclude(fault=fault).update(fault=fault)
    return Followed(entered, turns)


def switch_on(home: Home, name: str, *, now: datetime, by: str) -> Play:
    """The play, on in the version that holds. One that was off hears what happens from now on; one
    that was edited goes on where it is. Raises as `switch`.
    """
    with transaction.atomic():
        was_on = is_switched_on(name)
        if was_on and not has_newer(name):
            return play_named(name)
        play = switch(name, is_on=True, now=now, by=by)
        if not was_on:  # else what it has not read yet would be passed over
            begin_at(home, play)
    return play


def begin_at(home: Home, play: Play) -> None:
    """A play that is switched on hears what happens from now on."""
    last = last_batch(home)
    PlayCursor.objects.update_or_create(
        name=CURSOR + play.name, defaults={"number": last.number if last else -1}
    )


def _follow(home: Home, play: Play, last: int | None, now: datetime) -> tuple[int, int]:
    """How many came into one play, and how many turns of it were taken."""
    entered, turns = 0, _edited(home, play, now)
    if last is not None:
        for rows in heard_since(home, play, last, now):
            heard = hear(home, play, rows, now)
            entered, turns = entered + heard.entered, turns + heard.turns
    if play.entry.kind == "date":
        look_up_dates(home, play, now)
        entered += enter_by_date(home, [play], now)
    return entered, turns + _look(home, [play], now)


def hear(home: Home, play: Play, rows: Sequence[dict[str, Any]], now: datetime) -> Followed:
    """How many these rows of `play_event` brought into a play that is on, and on in it."""
    entered = enrol_all(home, play, _brought_in(play, rows), now)
    return Followed(entered, _went_on(home, play, rows, now))


def heard_since(
    home: Home, play: Play, last: int, now: datetime, *, rows_most: int = ROWS_MOST
) -> Iterator[list[dict[str, Any]]]:
    """What happened since the last look that this play may care for, so many rows at a time.

    The cursor moves on after each part, so a pass that is killed does the part again.
    """
    cursor = PlayCursor.objects.filter(name=CURSOR + play.name).first()
    if cursor is None:
        return
    entry, at = play.entry, cursor.number
    begins = {"event": entry.events, "signal": (entry.signal,), "segment": (ENTERED,)}
    names = sorted(play.events() | set(begins.get(entry.kind, ())))
    while names and at < last:
        with reading(home, fresh=True) as reader:
            rows = reader.rows(
                load("tenure.plays", "play_event"),
                after_batch=at,
                last_batch=last,
                names=names,
                rows_most=rows_most,
                known_since=EVER,
            )
        if not rows:
            break
        yield rows
        at = max(int(row["batch"]) for row in rows)
        PlayCursor.objects.filter(pk=cursor.pk).update(number=at)
    PlayCursor.objects.filter(pk=cursor.pk).update(number=max(last, at), heard_at=now)


def _brought_in(play: Play, rows: Iterable[dict[str, Any]]) -> list[Candidate]:
    found = []
    on_since = PlaySwitch.objects.get(play=play.name).changed_at
    for row in rows:
        # History that arrives while the play is on brings nobody in.
        if row["occurred_at"] < on_since:
            continue
        if not _begins(play, row) or (who := _who(play, row)) is None:
            continue
        brought_by = f"{row['source']}/{row['message_id']}"
        because = f"{play.entry.kind}: {row['segment'] or row['name']}"
        found.append(Candidate(who, brought_by, because, row["occurred_at"]))
    return found


def _begins(play: Play, row: dict[str, Any]) -> bool:
    entry = play.entry
    if entry.kind == "segment":
        return (
            row["type"] == "segment" and row["name"] == ENTERED and row["segment"] == entry.segment
        )
    if entry.kind == "signal":
        return row["type"] == "signal" and row["name"] == entry.signal
    return entry.kind == "event" and row["type"] != "signal" and row["name"] in entry.events


def _who(play: Play, row: dict[str, Any]) -> Who | None:
    """Whom a row is about; None where it names nobody of the kind that the play is over."""
    account_id, person_id = row["account_id"] or "", row["person_id"] or ""
    subject = person_id if play.over == PERSON else account_id
    return Who(play.over, subject, account_id or person_id) if subject else None


def _went_on(home: Home, play: Play, rows: Sequence[dict[str, Any]], now: datetime) -> int:
    """Who waits for an event, or leaves by one, hears of it in the order in which it happened."""
    heard: dict[str, list[Happening]] = defaultdict(list)
    names = play.events()
    for row in rows:
        who = _who(play, row)
        if who is not None and row["name"] in names and is_heard_by(play.name, row):
            heard[who.subject_id].append(Occurred(row["name"], row["occurred_at"]))
    if not heard:
        return 0
    ids = sorted(heard)
    taken = 0
    for start in range(0, len(ids), _LOOKED_AT_ONCE):
        chunk = ids[start : start + _LOOKED_AT_ONCE]
        concerned = _still_open(play, now).filter(subject_id__in=chunk)
        while True:
            waiting = [(row, heard[row.subject_id]) for row in concerned.order_by("pk")]
            told = take_turns(home, {play.name: play}, waiting, now)
            taken += told
            # A timer was quicker with one of them: it has not heard yet. The others change nothing.
            if told == len(waiting):
                break
    return taken


def _still_open(play: Play, now: datetime) -> Any:
    """Who is in it, and who has left and may still reach its goal in the window."""
    is_open = Q(ended_at=None)
    if play.goal is not None:
        begun = now - timedelta(days=play.goal.within_days + _LATE_DAYS)
        is_open |= Q(goal_at=None, entered_at__gt=begun)
    return Enrolment.objects.filter(is_open, play=play.name)


def _edited(home: Home, play: Play, now: datetime) -> int:
    """Who is in an older version of a play goes by the one that holds."""
    taken = after = 0
    older = Enrolment.objects.filter(play=play.name, ended_at=None).exclude(digest=play.digest)
    # Each once: who cannot be moved stays in the older version, and is asked in the next pass.
    while rows := list(older.filter(pk__gt=after).order_by("pk")[:_LOOKED_AT_ONCE]):
        taken += take_turns(home, {play.name: play}, [(row, []) for row in rows], now)
        after = rows[-1].pk
    return taken


def _look(home: Home, plays: Iterable[Play], now: datetime) -> int:
    """Once a day: does a goal or an exit hold by now of whom nothing else was heard?"""
    today = company_day(home, now).isoformat()
    taken = 0
    for play in plays:
        asks = (play.goal is not None and play.goal.where) or play.exit.where
        name = f"{_LOOKED}:{play.name}"
        cursor, _ = PlayCursor.objects.get_or_create(name=name)
        if not asks or cursor.text == today:
            continue
        after = 0
        while True:
            left = _still_open(play, now).filter(pk__gt=after)
            rows = list(left.order_by("pk")[:_LOOKED_AT_ONCE])
            if not rows:
                break
            looks = [(row, [Looked(now)]) for row in rows]
            taken += take_turns(home, {play.name: play}, looks, now)
            after = rows[-1].pk
        PlayCursor.objects.filter(name=name).update(text=today)
    return taken
