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
from datetime import datetime, timedelta

import pyarrow as pa

from tenure.base.home import Home
from tenure.customers.chunks import write_in_chunks
from tenure.customers.follow import EVENT_CURSOR
from tenure.customers.junk_ids import ANONYMOUS
from tenure.customers.models import FollowCursor, IdentityLink, Membership
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader, reading
from tenure.lake.shipping import last_batch
from tenure.signals.cursors import set_text, text_of
from tenure.signals.days import micros
from tenure.signals.fold import fold
from tenure.signals.fresh_rows import FreshRows, fresh_events, fresh_facts
from tenure.signals.happenings import Happening
from tenure.signals.keep import save, watches_of
from tenure.signals.models import AccountWatch, Signal, Stale
from tenure.signals.outcomes import Outcome
from tenure.signals.places import Places, homes_of, parts
from tenure.signals.rules import Rules
from tenure.signals.saying import say
from tenure.signals.state import AccountState, pack
from tenure.signals.watched import watched_by
from tenure.signals.whereabouts import add_whereabouts

FEWEST, MOST = 20, 2_000
ACCOUNT, PERSON = "account:", "person:"
FOLLOWED_WITHIN = timedelta(seconds=60)  # for who it is; then with what is known
RULES, LINKS = "rules", "links"


@dataclass(slots=True)
class Life:
    """All that happened in one account, in order."""

    account_id: str
    happenings: list[Happening]


def note_stale(rules: Rules, now: datetime) -> None:
    """Note who has to be made anew because the rules changed, or ids were merged."""
    if text_of(RULES) != rules.digest:
        if text_of(RULES):
            _note_accounts(AccountWatch.objects.values_list("account_id", flat=True), "rules", now)
        set_text(RULES, rules.digest)
    _note_merged(now)


class Rebuilder:
    """Makes stale accounts anew, as many at a time as take about `slice_s` seconds."""

    def __init__(self, home: Home, places: Places) -> None:
        self._home, self._places = home, places
        self._at_once = FEWEST

    def some(self, rules: Rules, now: datetime, until: float, slice_s: float) -> int:
        """How many accounts were made anew before `until` (of `time.monotonic`), or one slice."""
        done = 0
        while keys := ready(now, self._at_once):
            started = time.monotonic()
            accounts = _accounts_of(keys, self._places)
            if accounts:
                rebuild(self._home, sorted(accounts), self._places, rules, now)
            _forget_keys(keys)
            done += len(accounts)
            took_s = time.monotonic() - started
            wanted = round(len(keys) * slice_s / max(took_s, 0.001))
            self._at_once = max(FEWEST, min(MOST, 2 * self._at_once, wanted))
            if time.monotonic() >= until:
                break
        return done


def rebuild(
    home: Home, account_ids: Sequence[str], places: Places, rules: Rules, now: datetime
) -> None:
    """Make these accounts' state anew, and raise what they did not hear of yet."""
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
            outcomes += fold(state, happenings, rules, micros(now))
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


def ready(now: datetime, at_once: int) -> list[str]:
    """Who can be made anew: customers' state has followed what was told, or takes too long."""
    cursor = FollowCursor.objects.filter(name=EVENT_CURSOR)
    followed = cursor.values_list("batch", flat=True).first()
    rows = Stale.objects.order_by("since_at", "key")
    ready = rows.filter(batch__lte=followed or 0) | rows.filter(since_at__lte=now - FOLLOWED_WITHIN)
    return list(ready.values_list("key", flat=True)[:at_once])


def _accounts_of(keys: Sequence[str], places: Places) -> set[str]:
    people = [key.removeprefix(PERSON) for key in keys if key.startswith(PERSON)]
    found = {
        account_id
        for key in keys
        if key.startswith(ACCOUNT)
        and (account_id := places.canonical_account(key.removeprefix(ACCOUNT)))
    }
    homes = homes_of({person for each in people if (person := places.person(each))})
    return found | {account_id for account_id in homes.values() if account_id}


def _forget_keys(keys: Sequence[str]) -> None:
    for part in parts(keys):
        Stale.objects.filter(key__in=part).delete()


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


def _note_accounts(account_ids: Collection[str], because: str, now: datetime) -> None:
    rows = [Stale(key=ACCOUNT + each, because=because, since_at=now) for each in account_ids]
    Stale.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _note_merged(now: datetime) -> None:
    """Accounts whose ids, or whose people's, were merged or taken apart by somebody."""
    changed = IdentityLink.objects.filter(because="operator")
    newest = changed.order_by("-changed_at").values_list("changed_at", flat=True).first()
    if newest is None or newest.isoformat() == text_of(LINKS):
        return
    seen = text_of(LINKS)
    if seen:
        changed = changed.filter(changed_at__gt=datetime.fromisoformat(seen))
    touched: set[str] = set()
    for kind, raw_id, joined_id, canonical_id in changed.values_list(
        "kind", "raw_id", "joined_id", "canonical_id"
    ):
        ids = {each for each in (raw_id, joined_id, canonical_id) if each}
        if kind == "account":
            touched |= ids
            if canonical_id and canonical_id != raw_id:
                AccountWatch.objects.filter(account_id=raw_id).delete()
                # What still holds is raised again, as the winner's.
                open_ones = Signal.objects.filter(account_id=raw_id, resolved_at=None)
                open_ones.update(resolved_at=now, resolved_because="merged")
        else:
            rows = Membership.objects.filter(person_id__in=ids)
            touched |= set(rows.values_list("account_id", flat=True))
    _note_accounts(touched, "merged", now)
    set_text(LINKS, newest.isoformat())
