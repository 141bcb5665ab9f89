"""gone_quiet: nobody of an account is there any more, against its own rhythm.

Rule    the silence since the last day of use is longer than the account's gaps of the last half
        year make likely (1 %): see `rhythm.py`. Not before 8 active days over 4 weeks, nor before
        7 whole days of silence, nor for an account that is paused, has ended, or was silent in the
        same days of last year. It ends by itself on the next day of use.
"""

from collections.abc import Iterator

from tenure.signals.days import DAY_US
from tenure.signals.happenings import Happening
from tenure.signals.measured import USE, Measured
from tenure.signals.outcomes import Outcome, raised, resolved
from tenure.signals.rhythm import quiet_after, silent_days, was_silent_last_year
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState

KIND = "gone_quiet"
HEARS = frozenset({"use", "fact"})
LOOK_AGAIN_US = 7 * DAY_US


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """They are back; or there is nobody to be missed any more."""
    standing = state.standing(KIND)
    if happening.sort == "fact":
        if standing is not None and state.has_ended(happening.known_at):
            yield resolved(state, standing, at=happening.known_at, because="subscription_ended")
        elif happening.name in ("start", "resume") and state.days.last:
            _look_later(state, rules, happening.known_at)
        return
    if standing is not None and state.days.last > state.of(KIND)["told"]:
        yield resolved(state, standing, at=happening.known_at, because="back")
    if happening.day == state.days.last:
        # The earliest that could tell; worked out well only when it comes.
        own = rules.gone_quiet
        at = rules.calendar.starts_at(happening.day + own.least_silence_days + 1)
        state.wake(KIND, max(at, happening.known_at))


def due(state: AccountState, rules: Rules, at: int, measured: Measured) -> Iterator[Outcome]:
    """Whether the silence tells by now."""
    if state.standing(KIND) is not None or state.has_ended(at):
        return
    if state.is_paused(at):
        state.wake(KIND, at + LOOK_AGAIN_US)
        return
    own, days = rules.gone_quiet, state.days
    today = rules.calendar.day_of(at)
    missing = measured.missing(USE, today)
    quiet = quiet_after(days, own, missing)
    if quiet is None:
        return
    if quiet >= today:
        look_on = measured.look_on(USE, quiet + 1, today)
        state.wake(KIND, rules.calendar.starts_at(look_on))
        return
    if was_silent_last_year(days, days.last + 1, today - 1, missing):
        state.wake(KIND, rules.calendar.starts_at(today + 7))
        return
    state.of(KIND)["told"] = days.last
    last_at = rules.calendar.starts_at(days.last)
    silent = silent_days(days.last, today, missing)
    usual = silent_days(days.last, quiet + 1, missing)
    yield raised(
        state,
        KIND,
        at,
        at=at,
        episode=str(days.last),
        urgency="soon",
        evidence=[
            {"what": "last_day", "at": last_at, "days": silent},
            {"what": "rhythm", "at": last_at, "usual_days": usual},
        ],
        next_step="ask_what_changed",
        params={"silent_days": silent, "usual_days": usual},
        is_silence=True,
    )


def _look_later(state: AccountState, rules: Rules, at: int) -> None:
    own = rules.gone_quiet
    day = max(state.days.last, rules.calendar.day_of(at)) + own.least_silence_days + 1
    state.wake_by(KIND, rules.calendar.starts_at(day))
