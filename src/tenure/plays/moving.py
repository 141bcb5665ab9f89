"""Where somebody is when the play is edited under them."""

from datetime import datetime

import msgspec

from tenure.plays.parts import Play, Wait
from tenure.plays.turns import STEP_GONE, Decision, State, Turn


def moved(state: State, old: Play, new: Play, now: datetime) -> Turn:
    """The enrolment under another version of its play.

    It stays in its step by that step's name, or by the name that `moved` gives it. Where the step
    is gone, it goes on at the first of the old steps below it that is left; with none, it is over.
    """
    if state.is_over or state.digest == new.digest:
        return Turn(state)
    at = new.moved.get(state.at, state.at)
    held = new.step(at)
    if held is not None and isinstance(held.act, Wait) and state.since is not None:
        # A wait that became shorter may be over by now: it is looked at anew.
        found = msgspec.structs.replace(state, digest=new.digest, at=at, due_at=_due(state, now))
        return Turn(found, (), (Decision(at, "moved", "stays"),))
    names = [each.name for each in old.steps]
    below = names[names.index(state.at) + 1 :] if state.at in names else []
    below = [at, *(new.moved.get(name, name) for name in below)]
    left = next((name for name in below if new.step(name) is not None), "")
    if not left:
        ended = msgspec.structs.replace(
            state, digest=new.digest, ended_at=now, because=STEP_GONE, due_at=None
        )
        return Turn(ended, (), (Decision(state.at, "moved", STEP_GONE),))
    found = msgspec.structs.replace(
        state, digest=new.digest, at=left, since=None, due_at=_due(state, now)
    )
    return Turn(found, (), (Decision(state.at, "moved", left),))


def _due(state: State, now: datetime) -> datetime:
    """At once; what was due before stays so, because deadlines count from then."""
    return now if state.due_at is None else min(state.due_at, now)
