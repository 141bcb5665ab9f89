"""conversation_silence: an account that used to talk to us does not any more.

Rule    days on which it talked (tickets, chats, mails, calls, as the rules name them) have a
        rhythm of their own; a silence longer than it explains (`rhythm.py`), after at least 6 such
        days over 6 weeks, of at least a week, is a signal, unless the account has ended: who
        complains still cares. It ends by itself when they talk again.
"""

from collections.abc import Iterator

from tenure.signals.days import Days
from tenure.signals.happenings import Happening
from tenure.signals.measured import TALK, Measured
from tenure.signals.outcomes import Outcome, raised, resolved
from tenure.signals.rhythm import quiet_after, silent_days
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState
from tenure.signals.watched import TALK_TYPES

KIND = "conversation_silence"
HEARS = frozenset({"event"})
DAYS_KEPT = 190
NO_TALK = frozenset({"Ticket Closed", "Ticket Solved"})  # our side alone


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """They talk."""
    if not is_talk(happening, rules):
        return
    memory = state.of(KIND)
    days = Days(*memory.get("days", [0, b""]))
    if not days.add(happening.day, DAYS_KEPT):
        return
    memory["days"] = [days.last, days.bits]
    standing = state.standing(KIND)
    if standing is not None and days.last > memory["told"]:
        yield resolved(state, standing, at=happening.known_at, because="talking_again")
    if happening.day == days.last:
        own = rules.conversation_silence
        at = rules.calendar.starts_at(days.last + own.least_silence_days + 1)
        state.wake(KIND, max(at, happening.known_at))


def due(state: AccountState, rules: Rules, at: int, measured: Measured) -> Iterator[Outcome]:
    """Whether the silence tells by now."""
    own, memory = rules.conversation_silence, state.of(KIND)
    days = Days(*memory["days"])
    if state.standing(KIND) is not None or state.has_ended(at) or memory.get("told") == days.last:
        return
    today = rules.calendar.day_of(at)
    missing = measured.missing(TALK, today)
    quiet = quiet_after(days, own, missing)
    if quiet is None:
        return
    if quiet >= today:
        look_on = measured.look_on(TALK, quiet + 1, today)
        state.wake(KIND, rules.calendar.starts_at(look_on))
        return
    memory["told"] = days.last
    silent = silent_days(days.last, today, missing)
    usual = silent_days(days.last, quiet + 1, missing)
    yield raised(
        state,
        KIND,
        at,
        at=at,
        episode=str(days.last),
        urgency="watch",
        evidence=[
            {"what": "last_talk", "at": rules.calendar.starts_at(days.last), "days": silent,
             "usual_days": usual,
             "talks": days.count(days.last - DAYS_KEPT + 1, days.last)},
        ],
        next_step="start_a_conversation",
        params={"silent_days": silent, "usual_days": usual},
        is_silence=True,
    )  # fmt: skip


def is_talk(happening: Happening, rules: Rules) -> bool:
    """Whether this is the account talking to us, or we with it."""
    if happening.type in TALK_TYPES:
        return happening.name not in NO_TALK
    return happening.name in rules.conversation_silence.events
