"""hand_over: those who use it are not those who chose it.

Rule    who was there in the first 30 days of an account's use chose it. From day 90 on, looked at
        once a week: none of them was there for 45 days, while at least two others were, together on
        at least 8 days of the last 30. It ends by itself when one of them is back. Nobody who is
        there now heard what was promised, so this is told before a renewal asks them.
"""

from collections.abc import Iterator

from tenure.signals.happenings import Happening
from tenure.signals.measured import USE, Measured
from tenure.signals.outcomes import Outcome, raised, resolved
from tenure.signals.rhythm import silent_days
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState, founders_of

KIND = "hand_over"
HEARS = frozenset({"use"})
LATELY_DAYS = 30
LOOK_EVERY_DAYS = 7
NAMED = 5


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """One of those who chose it is back; or somebody is there, so it is looked at again."""
    standing = state.standing(KIND) if state.open else None
    if (
        standing is not None
        and happening.at > standing.last_at
        and happening.person_id in state.of(KIND)["founders"]
    ):
        yield resolved(state, standing, at=happening.known_at, because="back")
    if KIND not in state.wakes and state.people:
        first = min(person.first_day for person in state.people.values())
        today = rules.calendar.day_of(happening.known_at)
        day = max(first + rules.hand_over.after_days, today + LOOK_EVERY_DAYS)
        state.wake(KIND, rules.calendar.starts_at(day))


def due(state: AccountState, rules: Rules, at: int, measured: Measured) -> Iterator[Outcome]:
    """Whether those who chose it are gone while others use it."""
    own, today = rules.hand_over, rules.calendar.day_of(at)
    if state.standing(KIND) is not None or state.has_ended(at):
        return
    founders = founders_of(state, own.founding_days)
    if not founders:
        return
    last = max(state.people[each].days.last for each in founders)
    lately = {
        person_id: person.days.count(today - LATELY_DAYS, today - 1)
        for person_id, person in state.people.items()
        if person_id not in founders
    }
    active = sorted((each for each in lately if lately[each]), key=lambda each: -lately[each])
    silent = silent_days(last, today, measured.missing(USE, today))
    if silent < own.silent_days or len(active) < own.least_people:
        return
    if sum(lately.values()) < own.least_days or state.of(KIND).get("told") == last:
        return
    state.of(KIND).update(founders=founders, told=last)
    yield raised(
        state,
        KIND,
        at,
        at=at,
        episode=str(last),
        person_id=active[0],
        urgency="watch",
        evidence=[
            {"what": "chose_it", "people": founders[:NAMED], "count": len(founders),
             "at": rules.calendar.starts_at(last)},
            {"what": "use_it_now", "people": active[:NAMED], "count": len(active),
             "days": LATELY_DAYS},
        ],
        next_step="start_over_with_the_new_people",
        params={"founders": len(founders), "active": len(active)},
        is_silence=True,
    )  # fmt: skip
