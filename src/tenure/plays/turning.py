"""Enrolments take their turns: a timer is due, something happened, or the play was edited.

    go_on_due(home, now)         # beside sending, every few seconds

A turn is computed by the pure engine and written in one transaction: the row first, on the
condition that nobody took a turn of it meanwhile, then what its effects come to. So two workers
take one turn once, and a kill leaves it whole or not taken.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tenure.base.home import Home
from tenure.messages.ledger import intend_all
from tenure.plays.carrying_out import carry_out, messages_of
from tenure.plays.doing import Doing
from tenure.plays.engine import step
from tenure.plays.in_force import play_of
from tenure.plays.models import Enrolment, PlayDecision
from tenure.plays.moving import moved
from tenure.plays.parts import Play
from tenure.plays.subjects import Subject, Subjects, Who
from tenure.plays.switching import plays_on
from tenure.plays.turns import Due, Happening, State, Turn

AT_ONCE = 200  # rows in one transaction, which holds the database's lock
SECONDS_MAX = 5.0  # of one round: after it sign-in links are sent, which cannot wait
Stops = Callable[[], bool]
Waiting = tuple[Enrolment, Sequence[Happening]]


@dataclass(frozen=True, slots=True)
class Taken:
    """One enrolment with all that its turn comes to."""

    row: Enrolment
    turn: Turn
    subject: Subject


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
        rows = list(due.order_by("due_at", "pk")[:AT_ONCE])
        went = take_turns(home, plays, [(row, [Due(now)]) for row in rows], now)
        taken += went
        if len(rows) < AT_ONCE or not went or time.monotonic() > ends:
            break
    return taken


def take_turns(
    home: Home, plays: dict[str, Play], waiting: Sequence[Waiting], now: datetime
) -> int:
    """How many turns were written; the others were taken by somebody else at this moment."""
    subjects = Subjects(home, [who_of(row) for row, _ in waiting], now)
    before = _versions_before(plays, [row for row, _ in waiting])
    taken = []
    for row, happenings in waiting:
        play, subject = plays[row.play], subjects.of(who_of(row))
        old = before.get((row.play, row.digest), play)
        taken.append(Taken(row, _turn(row, (old, play), happenings, subject, now), subject))
    written = 0
    for start in range(0, len(taken), AT_ONCE):
        written += _write(home, plays, taken[start : start + AT_ONCE], now)
    return written


def who_of(row: Enrolment) -> Who:
    return Who(row.over, row.subject_id, row.account_id)


def state_of(row: Enrolment) -> State:
    """The engine's state of a row."""
    return State(
        play=row.play,
        digest=row.digest,
        subject=row.subject_id,
        entry_key=row.entry_key,
        entered_at=row.entered_at,
        at=row.at,
        since=row.since_at,
        due_at=row.due_at,
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
    for happening in happenings:
        turns.append(step(play, state, happening, subject, now))
        state = turns[-1].state
    return Turn(
        state,
        tuple(effect for turn in turns for effect in turn.effects),
        tuple(decision for turn in turns for decision in turn.decisions),
    )


def _write(home: Home, plays: dict[str, Play], taken: Sequence[Taken], now: datetime) -> int:
    doing = {
        each.row.pk: [
            Doing(plays[each.row.play], each.row, effect, each.subject)
            for effect in each.turn.effects
        ]
        for each in taken
    }
    # Before the lock is held: writing the words takes longer than writing the rows.
    messages = messages_of(home, [each for several in doing.values() for each in several], now)
    with transaction.atomic():
        ours = [each for each in taken if _move(each)]
        PlayDecision.objects.bulk_create(
            PlayDecision(
                enrolment=each.row, at=now, step=said.step, what=said.what, detail=said.detail
            )
            for each in ours
            for said in each.turn.decisions
        )
        intend_all([said for each in ours for said in messages.get(each.row.pk, ())])
        carry_out(home, [effect for each in ours for effect in doing[each.row.pk]], now)
    return len(ours)


def _move(taken: Taken) -> bool:
    """Whether the row went where the turn says; False when another turn was quicker."""
    row, state = taken.row, taken.turn.state
    if state == state_of(row):
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
    }
    return bool(Enrolment.objects.filter(pk=row.pk, turns=row.turns).update(**changes))
