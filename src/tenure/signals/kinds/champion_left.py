"""champion_left: the most active person of an account goes, or stays away.

Rule    the champion is who was there on most days of the last 90, at least 8 (then who came first).
        They left when an event says so (removed from the account, deactivated, mail bounces for
        good), or when they are silent for longer than their own rhythm explains (`rhythm.py`), at
        least 21 days, while others were there on at least 3 days since: a whole account that is
        silent is `gone_quiet`. It ends by itself when they are back.
"""

from collections.abc import Iterator
from dataclasses import replace

from tenure.signals.happenings import Happening
from tenure.signals.measured import USE, Measured
from tenure.signals.outcomes import Outcome, raised, resolved
from tenure.signals.rhythm import quiet_after, silent_days
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState

KIND = "champion_left"
HEARS = frozenset({"use", "event"})
STALE_DAYS = 60  # a silence that began earlier is told already, or never was
SOFT = frozenset({"soft", "transient", "temporary", "delayed"})


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """They are back, or an event says that they go."""
    person_id = happening.person_id
    if happening.sort == "use":
        if KIND not in state.wakes:
            state.wake(
                KIND, rules.calendar.starts_at(rules.calendar.day_of(happening.known_at) + 1)
            )
        standing = state.standing(KIND, person_id) if state.open and person_id else None
        if standing is not None and happening.at > standing.last_at:
            yield resolved(state, standing, at=happening.known_at, because="back")
        return
    if happening.name not in rules.champion_left.events or not person_id:
        return
    if is_soft(happening) or state.standing(KIND, person_id) is not None:
        return
    # What the leaving itself is part of is no use any more.
    if champion(state, happening.day, rules) != person_id:
        return
    yield raised(
        state,
        KIND,
        happening.at,
        at=happening.known_at,
        topic=person_id,
        person_id=person_id,
        urgency="now",
        evidence=[
            _activity(state, person_id, happening.day, rules),
            {"what": "said_gone", "at": happening.at, "name": happening.name,
             "ref": happening.ref},
        ],
        next_step="find_the_next_champion",
        params={"because": happening.name},
    )  # fmt: skip


def due(state: AccountState, rules: Rules, at: int, measured: Measured) -> Iterator[Outcome]:
    """Whether a champion has been silent for too long, once a day while the account is used."""
    own, today = rules.champion_left, rules.calendar.day_of(at)
    if state.has_ended(at) or state.is_paused(at):
        return
    told = state.of(KIND).setdefault("told", {})
    missing = measured.missing(USE, today)
    rhythm = replace(
        rules.gone_quiet, least_days=own.least_days, least_silence_days=own.least_silence_days
    )
    for person_id, person in sorted(state.people.items()):
        last = person.days.last
        silent = silent_days(last, today, missing)
        if not own.least_silence_days <= silent <= STALE_DAYS or told.get(person_id) == last:
            continue
        if state.days.count(last + 1, today - 1) < own.others_days:
            continue
        if state.standing(KIND, person_id) is not None or champion(state, last, rules) != person_id:
            continue
        quiet = quiet_after(person.days, rhythm, missing)
        if quiet is None or quiet >= today:
            continue
        told[person_id] = last
        yield raised(
            state,
            KIND,
            at,
            at=at,
            topic=person_id,
            episode=f"{person_id}:{last}",
            person_id=person_id,
            urgency="soon",
            evidence=[
                _activity(state, person_id, last, rules),
                {"what": "silent_while_others_work", "at": rules.calendar.starts_at(last),
                 "days": silent, "usual_days": silent_days(last, quiet + 1, missing),
                 "others_days": state.days.count(last + 1, today - 1)},
            ],
            next_step="reach_the_champion",
            params={"silent_days": silent},
            is_silence=True,
        )  # fmt: skip
    for person_id in [each for each in told if each not in state.people]:
        del told[person_id]


def champion(state: AccountState, day: int, rules: Rules) -> str | None:
    """Who was there on most days of those that end with this one; None when nobody stands out."""
    own = rules.champion_left
    best: tuple[int, int, str] | None = None
    for person_id, person in state.people.items():
        days = person.days.count(day - own.over_days + 1, day)
        rank = (-days, person.first_day, person_id)
        if days >= own.least_days and (best is None or rank < best):
            best = rank
    return best[2] if best else None


def is_soft(happening: Happening) -> bool:
    """Whether a bounce is for now only."""
    for name in ("bounce_type", "type"):
        value = happening.properties.get(name)
        if isinstance(value, str) and value.casefold() in SOFT:
            return True
    return False


def _activity(state: AccountState, person_id: str, day: int, rules: Rules) -> dict:
    own = rules.champion_left
    days = state.people[person_id].days
    return {
        "what": "was_champion",
        "at": rules.calendar.starts_at(days.last),
        "person_id": person_id,
        "active_days": days.count(day - own.over_days + 1, day),
        "over_days": own.over_days,
    }
