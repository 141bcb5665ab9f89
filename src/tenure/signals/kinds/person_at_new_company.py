"""person_at_new_company: somebody we know from one account turns up in another.

Rule    a person is seen for the first time in an account, by their id or their email address, who
        was there on at least 3 days in another account before, and who was removed from it or was
        silent there for 30 days: they changed companies. Somebody who works in both is not meant.
        `was_in` of a happening tells where else they were known (`whereabouts.py`).
        The reverse of a champion that left: an introduction by somebody who knows the product.
"""

from collections.abc import Iterator
from typing import Any

from tenure.signals.happenings import Happening
from tenure.signals.outcomes import Outcome, raised
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState

KIND = "person_at_new_company"
HEARS = frozenset({"use", "event"})


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """Somebody turns up who was somewhere else before."""
    if not happening.was_in or not happening.person_id:
        return
    told = state.of(KIND).setdefault("told", [])
    if happening.person_id in told:
        return
    found = [each for each in happening.was_in if _has_left(each, happening, rules)]
    if not found:
        return
    told.append(happening.person_id)
    before = max(found, key=lambda each: (each["last_day"], each["account_id"]))
    yield raised(
        state,
        KIND,
        happening.at,
        at=happening.known_at,
        topic=happening.person_id,
        episode=happening.person_id,
        person_id=happening.person_id,
        urgency="soon",
        evidence=[
            {"what": "was_in", "account_id": before["account_id"], "by": before["by"],
             "active_days": before["days"], "at": rules.calendar.starts_at(before["last_day"])},
            {"what": "seen_here", "at": happening.at, "person_id": happening.person_id},
        ],
        next_step="greet_and_ask_for_an_introduction",
        params={"was_in": before["account_id"]},
    )  # fmt: skip


def _has_left(known: dict[str, Any], happening: Happening, rules: Rules) -> bool:
    own = rules.person_at_new_company
    if known["days"] < own.least_days or known["last_day"] >= happening.day:
        return False
    was_removed = known["removed_at"] is not None and known["removed_at"] <= happening.known_at
    return was_removed or happening.day - known["last_day"] > own.silent_days
