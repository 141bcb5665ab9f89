"""An account's state, made anew from all that the lake knows of it.

History comes in no order: a file of last year after this morning's clicks, subscriptions after
events, two accounts that turn out to be one. So an account that it is about is told its whole life
again, in the order in which it became known. Signals are raised of what happened in the last 30
days (the rules say how many) and is not over; those that stand already stay as they are.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from tenure.base.home import Home
from tenure.customers.chunks import write_in_chunks
from tenure.customers.junk_ids import ANONYMOUS
from tenure.customers.models import IdentityLink, Membership
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader, reading
from tenure.lake.shipping import last_batch
from tenure.signals.fold import fold
from tenure.signals.fresh_rows import FreshRows, fresh_events, fresh_facts
from tenure.signals.happenings import Happening
from tenure.signals.keep import Teller, save, watches_of
from tenure.signals.models import AccountWatch
from tenure.signals.outcomes import Outcome
from tenure.signals.places import Places, homes_of, parts
from tenure.signals.rules import Rules
from tenure.signals.saying import say
from tenure.signals.stale import ACCOUNT, PERSON, forget_keys, ready
from tenure.signals.state import AccountState, pack
from tenure.signals.watched import watched_by
from tenure.signals.whereabouts import add_whereabouts

FEWEST, MOST = 20, 2_000


@dataclass(slots=True)
class Life:
    """All that happened in one account, in order."""

    account_id: str
    happenings: list[Happening]


class Rebuilder:
    """Makes stale accounts anew, as many at a time as take about `slice_s` seconds."""

    def __init__(self) -> None:
        self._at_once = FEWEST

    def some(self, teller: Teller, until: float, slice_s: float) -> int:
        """How many accounts were made anew before `until` (of `time.monotonic`), or one slice."""
        done = 0
        while keys := ready(teller.now, self._at_once):
            started = time.monotonic()
            accounts = _accounts_of(keys, teller.places)
            if accounts:
                rebuild(teller, sorted(accounts))
            forget_keys(keys)
            done += len(accounts)
            took_s = time.monotonic() - started
            wanted = round(len(keys) * slice_s / max(took_s, 0.001))
            self._at_once = max(FEWEST, min(MOST, 2 * self._at_once, wanted))
            if time.monotonic() >= until:
                break
        return done


def rebuild(teller: Teller, account_ids: Sequence[str]) -> None:
    """Make these accounts' state anew, and raise what they did not hear of yet."""
    home, places, rules, now = teller.home, teller.places, teller.rules, teller.now
    last = last_batch(home)
    batch = last.number if last else 0
    lives = {life.account_id: life for life in lives_of(home, account_ids, places, rules, now)}

    def prepare(chunk: Sequence[str]) -> Callable[[], None]:
        states: dict[str, AccountState] = {}
        outcomes: list[Outcome] = []
        held = watches_of(chunk)
        for account_id in chunk:
            states[account_id] = AccountState(account_id)
        turns = [(states[each], lives[each].happenings if each in lives else []) for each in chunk]
        add_whereabouts(home, places, turns)
        for state, happenings in turns:
            outcomes += fold(state, happenings, rules, teller.measured, teller.until)
        saying = say(outcomes, states, rules, now, is_history=True)
        rows = [
            AccountWatch(
                account_id=account_id,
                batch=max(batch, held[account_id].batch if account_id in held else 0),
                due_at=state.due_at(),
                state=pack(state),
            )
            for account_id, state in states.items()
        ]
        write_rows = save(rows)

        def write() -> None:
            saying.write()
            write_rows()

        return write

    write_in_chunks(account_ids, prepare)


def lives_of(
    home: Home, account_ids: Sequence[str], places: Places, rules: Rules, now: datetime
) -> Iterator[Life]:
    """What happened in each of these accounts that was known by `now`."""
    last = last_batch(home)
    if last is None:
        return
    with reading(home, fresh=True) as reader:
        rows = _rows_of(reader, account_ids, rules, last.number, now)
    places.look_up(rows.told)
    wanted = set(account_ids)
    lives: dict[str, list[Happening]] = defaultdict(list)
    for each in rows.told:
        account_id = places.account(each)
        if account_id in wanted:
            each.happening.person_id = places.person_of(each)
            lives[account_id].append(each.happening)
    for account_id, happenings in lives.items():
        happenings.sort(key=Happening.order)
        yield Life(account_id, happenings)


def _rows_of(
    reader: Reader, account_ids: Sequence[str], rules: Rules, last: int, now: datetime
) -> FreshRows:
    watched = watched_by(rules)
    keys = _raw_ids("account", account_ids)
    people = _people_alone_in(account_ids)
    raw_people = _raw_ids("person", people)
    events: pa.Table = reader.arrow(
        load("tenure.signals", "account_event"),
        account_keys=keys,
        user_ids=[each for each in raw_people if not each.startswith(ANONYMOUS)],
        anonymous_ids=[
            each.removeprefix(ANONYMOUS) for each in raw_people if each.startswith(ANONYMOUS)
        ],
        names=sorted(watched.names),
        last_batch=last,
        until_at=now,
    )
    facts: pa.Table = reader.arrow(
        load("tenure.signals", "account_fact"),
        account_keys=keys,
        last_batch=last,
        until_at=now,
    )
    found = fresh_events(events, watched, rules.calendar, None)
    found.told += fresh_facts(facts, rules.calendar, None).told
    return found


def _accounts_of(keys: Sequence[str], places: Places) -> set[str]:
    places.read_links()
    people = [key.removeprefix(PERSON) for key in keys if key.startswith(PERSON)]
    found = {
        account_id
        for key in keys
        if key.startswith(ACCOUNT)
        and (account_id := places.canonical_account(key.removeprefix(ACCOUNT)))
    }
    homes = homes_of({person for each in people if (person := places.person(each))})
    return found | {account_id for account_id in homes.values() if account_id}


def _raw_ids(kind: str, ids: Collection[str]) -> list[str]:
    found = set(ids)
    for part in parts(ids):
        links = IdentityLink.objects.filter(kind=kind, canonical_id__in=part)
        found |= set(links.values_list("raw_id", flat=True))
    return sorted(found)


def _people_alone_in(account_ids: Sequence[str]) -> list[str]:
    """Those whose events count there when they name no account."""
    people: set[str] = set()
    for part in parts(account_ids):
        rows = Membership.objects.filter(account_id__in=part)
        people |= set(rows.values_list("person_id", flat=True))
    wanted = set(account_ids)
    return [person_id for person_id, home in homes_of(people).items() if home in wanted]
