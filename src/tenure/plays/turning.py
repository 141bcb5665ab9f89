"""Enrolments take their turns: a timer is due, something happened, or the play was edited.

    go_on_due(home, now)         # beside sending, every few seconds

A turn is computed by the pure engine and written in one transaction: the row first, on the
condition that nobody took a turn of it meanwhile, then what its effects come to. So two workers
take one turn once, and a kill leaves it whole or not taken. A turn that cannot be taken, because
of what its play or its subject says, is kept and tried again in an hour (`broken_turns.py`); the
others go on.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from tenure.base.home import Home
from tenure.lake.shipping import last_batch
from tenure.messages.ledger import intend_all
from tenure.plays.asking import Asking
from tenure.plays.broken_turns import UNTAKEABLE, all_heard, due_of, is_broken, note_fault
from tenure.plays.carrying_out import carry_out, messages_of
from tenure.plays.doing import Doing
from tenure.plays.engine import step
from tenure.plays.in_force import play_of
from tenure.plays.models import Enrolment, PlayCursor, PlayDecision
from tenure.plays.moving import moved
from tenure.plays.parts import Play, Wait
from tenure.plays.releasing import release_held
from tenure.plays.showing import take_back
from tenure.plays.subjects import Subject, Subjects, Who
from tenure.plays.switching import plays_on
from tenure.plays.tally import Marks, add, changed, put_together
from tenure.plays.turns import EXIT, Due, Happening, State, Turn

AT_ONCE = 200  # rows in one transaction, which holds the database's lock
SECONDS_MAX = 5.0  # of one round: after it sign-in links are sent, which cannot wait
LATE_MOST = timedelta(minutes=1)  # from when something happened until it was shipped, as a rule
UNHEARD_MOST = timedelta(hours=1)  # so long it is waited for what was shipped to be heard
CURSOR = "event:"  # before the name of a play: how far it has heard
Stops = Callable[[], bool]
Waiting = tuple[Enrolment, Sequence[Happening]]


@dataclass(frozen=True, slots=True)
class Taken:
    """One enrolment with all that its turn comes to, and what it was of."""

    row: Enrolment
    turn: Turn
    subject: Subject
    happenings: Sequence[Happening]


def go_on_due(
    home: Home,
    now: datetime,
    *,
    stops: Stops = lambda: False,
    max_seconds: float = SECONDS_MAX,
) -> int:
    """How many enrolments went on: of all plays that are on, those whose time has come.

    For so many seconds; who is left over goes on in the next round.
    """
    plays = {play.name: play for play in plays_on()}
    taken, ends = 0, time.monotonic() + max_seconds
    while plays and not stops():
        due = Enrolment.objects.filter(play__in=plays, ended_at=None, due_at__lte=now)
        due = due.exclude(_still_listening(home, plays.values(), now))
        rows = list(due.order_by("due_at", "pk")[:AT_ONCE])
        rows += _over_and_unheard(plays, now, AT_ONCE - len(rows))
        went = take_turns(home, plays, [(row, [Due(due_of(row) or now)]) for row in rows], now)
        taken += went
        if len(rows) < AT_ONCE or not went or time.monotonic() > ends:
            break
    put_together()
    release_held(home, now, stops=stops)
    return taken


def _over_and_unheard(plays: Iterable[str], now: datetime, most: int) -> list[Enrolment]:
    """Who has left and may have reached the goal in a turn that could not be taken."""
    over = Enrolment.objects.filter(play__in=plays, ended_at__isnull=False, unheard__isnull=False)
    return list(over.filter(due_at__lte=now).order_by("due_at", "pk")[:most])


def _still_listening(home: Home, plays: Iterable[Play], now: datetime) -> Q:
    """Who waits for an event that may have happened in time and was not heard of yet.

    They go on once all that had been shipped when their time came was heard; an hour late at most.
    """
    listening, waits = Q(pk__in=()), {}
    for play in plays:
        steps = [each for each in play.steps if isinstance(each.act, Wait) and each.act.event]
        if steps:
            waits[play.name] = [each.name for each in steps]
    if not waits:
        return listening
    last = last_batch(home)
    heard = {
        row.name.removeprefix(CURSOR): row
        for row in PlayCursor.objects.filter(name__in=[CURSOR + name for name in waits])
    }
    for name, steps in waits.items():
        cursor = heard.get(name)
        has_heard_all = last is None or (cursor is not None and cursor.number >= last.number)
        until = now if has_heard_all else (cursor.heard_at if cursor is not None else None)
        until = max(until or now - UNHEARD_MOST, now - UNHEARD_MOST) - LATE_MOST
        waiting = Q(play=name, at__in=steps, since_at__isnull=False)
        listening |= waiting & Q(due_at__gt=until)
    return listening


def take_turns(
    home: Home, plays: dict[str, Play], waiting: Sequence[Waiting], now: datetime
) -> int:
    """How many turns were written; the others were taken by somebody else at this moment."""
    subjects = Subjects(home, [who_of(row) for row, _ in waiting], now)
    before = _versions_before(plays, [row for row, _ in waiting])
    taken, written = [], 0
    for row, happenings in waiting:
        play, subject = plays[row.play], subjects.of(who_of(row))
        old = before.get((row.play, row.digest), play)
        try:
            turn = _turn(row, (old, play), happenings, subject, now)
        except UNTAKEABLE as error:
            written += note_fault(row, error, happenings, now)
        else:
            taken.append(Taken(row, turn, subject, happenings))
    for start in range(0, len(taken), AT_ONCE):
        written += _write_or_note(home, plays, taken[start : start + AT_ONCE], now)
    return written


def _write_or_note(
    home: Home, plays: dict[str, Play], taken: Sequence[Taken], now: datetime
) -> int:
    """How many were written: all at once, or where that fails one by one."""
    try:
        return _write(home, plays, taken, now)
    except UNTAKEABLE as error:
        if len(taken) == 1:
            return note_fault(taken[0].row, error, taken[0].happenings, now)
    return sum(_write_or_note(home, plays, [each], now) for each in taken)


def who_of(row: Enrolment) -> Who:
    return Who(row.over, row.subject_id, row.account_id)


def state_of(row: Enrolment) -> State:
    """The engine's state of a row."""
    return State(
        play=row.play,
        digest=row.digest,
        subject=row.raw_subject_id,
        entry_key=row.entry_key,
        entered_at=row.entered_at,
        at=row.at,
        since=row.since_at,
        due_at=due_of(row),
        visits=row.visits,
        goal_at=row.goal_at,
        ended_at=row.ended_at,
        because=row.ended_because,
    )


def _versions_before(
    plays: dict[str, Play], rows: Iterable[Enrolment]
) -> dict[tuple[str, str], Play]:
    """The older versions that some of these are in, where they can still be read."""
    held = {(row.play, row.digest) for row in rows if row.digest != plays[row.play].digest}
    found = {(name, digest): play_of(name, digest) for name, digest in held}
    return {key: play for key, play in found.items() if play is not None}


def _turn(
    row: Enrolment,
    versions: tuple[Play, Play],  # the one that the row is in, and the one that holds
    happenings: Iterable[Happening],
    subject: Subject,
    now: datetime,
) -> Turn:
    """All that happened, one after the other, as one turn; under the play as it is now."""
    old, play = versions
    state = state_of(row)
    turns = []
    if state.digest != play.digest and not state.is_over:
        turns.append(moved(state, old, play, now))
        state = turns[-1].state
    for happening in all_heard(row, happenings):
        turns.append(step(play, state, happening, subject, now))
        state = turns[-1].state
    return Turn(
        state,
        tuple(effect for turn in turns for effect in turn.effects),
        tuple(decision for turn in turns for decision in turn.decisions),
    )


def _write(home: Home, plays: dict[str, Play], taken: Sequence[Taken], now: datetime) -> int:
    doing: dict[int, list[Doing]] = {}
    asking = Asking()
    for each in taken:
        play = plays[each.row.play]
        doing[each.row.pk] = [
            Doing(play, each.row, effect, each.subject, asking.of(play, effect.what))
            for effect in each.turn.effects
        ]
    # Before the lock is held: writing the words takes longer than writing the rows.
    messages = messages_of(home, [each for several in doing.values() for each in several], now)
    with transaction.atomic():
        counts: defaultdict[str, Marks] = defaultdict(Counter)
        ours = [each for each in taken if _move(each, counts[each.row.play])]
        add(counts)
        PlayDecision.objects.bulk_create(
            PlayDecision(
                enrolment=each.row, at=now, step=said.step, what=said.what, detail=said.detail
            )
            for each in ours
            for said in each.turn.decisions
        )
        intend_all([said for each in ours for said in messages.get(each.row.pk, ())])
        carry_out(home, [effect for each in ours for effect in doing[each.row.pk]], now)
        take_back([each.row for each in ours if _needs_no_more(each, plays[each.row.play])], now)
    return len(ours)


def _needs_no_more(taken: Taken, play: Play) -> bool:
    """Whether by this turn they reached what it is for, or left it."""
    row, state = taken.row, taken.turn.state
    has_reached = row.goal_at is None and state.goal_at is not None
    ends = play.goal is not None and play.goal.ends
    return (has_reached and ends) or (row.ended_at is None and state.because == EXIT)


def _move(taken: Taken, counts: Marks) -> bool:
    """Whether the row went where the turn says; False when another turn was quicker. What changes
    of the play's figures is added to `counts`.
    """
    row, state = taken.row, taken.turn.state
    if state == state_of(row) and not row.fault and not is_broken(row):
        return True
    changes = {
        "digest": state.digest,
        "at": state.at,
        "since_at": state.since,
        "due_at": state.due_at,
        "visits": dict(state.visits),
        "goal_at": state.goal_at,
        "ended_at": state.ended_at,
        "ended_because": state.because,
        "turns": row.turns + 1,
        "fault": "",
        "unheard": None,
        "was_due_at": None,
    }
    is_ours = bool(Enrolment.objects.filter(pk=row.pk, turns=row.turns).update(**changes))
    if is_ours:
        counts.update(changed(row, changes))
    return is_ours
