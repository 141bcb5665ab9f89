"""What would have been raised, had these rules been in force all the time? Writes nothing.

Each account's life is told to the same kinds as live, in the order in which it became known, and
whoever waits for a time is asked at that time. Ids are led where they lead today.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tenure.base.home import Home
from tenure.customers.junk_ids import load_junk_ids
from tenure.customers.models import Account
from tenure.signals.days import micros
from tenure.signals.fold import fold
from tenure.signals.heard import measured
from tenure.signals.outcomes import Outcome
from tenure.signals.places import Places
from tenure.signals.rebuild import lives_of
from tenure.signals.rules import Rules, rules_in_force
from tenure.signals.state import AccountState
from tenure.signals.whereabouts import add_whereabouts

ACCOUNTS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """One account's conclusions, in order: `Raised`, `Joined` and `Resolved` of `outcomes.py`.

    `at` of each is when it would have been concluded, in microseconds (`days.instant`).
    """

    account_id: str
    outcomes: list[Outcome]


def replay(home: Home, until: datetime, *, rules: Rules | None = None) -> Iterator[Replayed]:
    """The conclusions about every account up to `until`, account by account.

    Raises BadDefinition when a definition in force cannot be read.
    """
    rules = rules or rules_in_force(home.company.time_zone)
    places = Places(load_junk_ids(home))
    ids = list(Account.objects.filter(merged_into="").order_by("pk").values_list("pk", flat=True))
    told = measured(home, rules, until)
    for start in range(0, len(ids), ACCOUNTS_AT_ONCE):
        part = ids[start : start + ACCOUNTS_AT_ONCE]
        turns = [
            (AccountState(life.account_id), life.happenings)
            for life in lives_of(home, part, places, rules, until)
        ]
        add_whereabouts(home, places, turns)
        for state, happenings in turns:
            outcomes = fold(state, happenings, rules, told, micros(until))
            if outcomes:
                yield Replayed(state.account_id, outcomes)
