"""What is kept of each account between two happenings: small, and a join of all that was told.

Sets, least and greatest values, and lists sorted by time: order, parts and repetition of what is
told change nothing. `open` and `wakes` are the engine's: which signals stand, and when which kind
has to look again though nothing happens.
"""

from bisect import insort
from typing import Any

import msgspec

from tenure.signals.days import Days

# A year, and as much again before the same weeks of last year that they can be compared.
ACCOUNT_DAYS_KEPT = 430
PERSON_DAYS_KEPT = 190
PEOPLE_KEPT = 300
STARTS_KEPT = 24


class PersonUse(msgspec.Struct, array_like=True, gc=False):
    """One person in this account. `first_day` is their first of use here."""

    first_day: int
    days: Days


class Start(msgspec.Struct, array_like=True, order=True):
    """A version of a subscription, from an instant on."""

    at: int
    known_at: int
    key: str
    plan: str = ""
    status: str = ""
    quantity: int = 0
    mrr_minor: int = 0


class Contract(msgspec.Struct, array_like=True):
    """One subscription: its versions by when they begin, its pauses, and its end."""

    starts: list[Start] = []
    ends: list[list[Any]] = []  # [at, fact_key] of the whole subscription
    pauses: list[list[int]] = []  # [from, until], until 0 while unknown

    def version(self, at: int) -> Start | None:
        """The version that holds at an instant; None before the first and after the end."""
        held = None
        for start in self.starts:
            if start.at <= at:
                held = start
        if held and any(held.at <= ended_at <= at for ended_at, _ in self.ends):
            return None
        return held

    def is_paused(self, at: int) -> bool:
        return any(since <= at and (not until or at < until) for since, until in self.pauses)


class OpenSignal(msgspec.Struct, array_like=True):
    """A signal that stands. `last_at` is when its newest evidence happened."""

    key: str
    kind: str
    topic: str
    person_id: str
    happened_at: int
    last_at: int


class AccountState(msgspec.Struct, array_like=True):
    """All that the kinds know of one account. `memory` has a table for each kind that needs one."""

    account_id: str
    first_at: int = 0  # of its first use; 0 while nobody used anything
    days: Days = msgspec.field(default_factory=Days)
    people: dict[str, PersonUse] = {}
    features: list[str] = []
    contracts: dict[str, Contract] = {}
    open: dict[str, OpenSignal] = {}  # by kind and topic
    wakes: dict[str, int] = {}  # by kind
    memory: dict[str, dict[str, Any]] = {}

    def of(self, kind: str) -> dict[str, Any]:
        """What this kind remembers."""
        held = self.memory.get(kind)
        if held is None:
            held = self.memory[kind] = {}
        return held

    def standing(self, kind: str, topic: str = "") -> OpenSignal | None:
        """The signal of that kind and topic that stands."""
        return self.open.get(f"{kind}|{topic}")

    def all_standing(self, kind: str) -> list[OpenSignal]:
        return [each for each in self.open.values() if each.kind == kind]

    def wake(self, kind: str, at: int | None) -> None:
        """When this kind has to look again; None: never, unless something happens."""
        if at is None:
            self.wakes.pop(kind, None)
        else:
            self.wakes[kind] = at

    def wake_by(self, kind: str, at: int) -> None:
        """As `wake`, but an earlier time that is set already holds."""
        self.wakes[kind] = min(at, self.wakes.get(kind, at))

    def due_at(self) -> int | None:
        """When the first of the kinds has to look again."""
        return min(self.wakes.values()) if self.wakes else None

    def version(self, at: int) -> Start | None:
        """The subscription version that stands for the account: the dearest that runs."""
        found = [held for each in self.contracts.values() if (held := each.version(at))]
        return max(found, key=lambda each: (each.mrr_minor, each.at, each.key), default=None)

    def has_ended(self, at: int) -> bool:
        """Whether it had a subscription and has none now."""
        return bool(self.contracts) and self.version(at) is None

    def is_paused(self, at: int) -> bool:
        return any(each.is_paused(at) for each in self.contracts.values())


def note_use(state: AccountState, person_id: str, day: int, at: int) -> bool:
    """Whether that this person was there on that day, or so early, is new."""
    is_new = not state.first_at or at < state.first_at
    if is_new:
        state.first_at = at
    is_new |= state.days.add(day, ACCOUNT_DAYS_KEPT)
    if person_id:
        person = state.people.get(person_id)
        if person is None:
            _make_room(state)
            person = state.people[person_id] = PersonUse(day, Days())
        person.first_day = min(person.first_day, day)
        is_new |= person.days.add(day, PERSON_DAYS_KEPT)
    return is_new


def note_fact(state: AccountState, kind: str, fact: dict[str, Any], at: int, known_at: int) -> None:
    """Take a billing fact about a subscription into its contract."""
    contract = state.contracts.setdefault(fact.get("subscription_id") or "", Contract())
    key = fact.get("fact_key") or ""
    if kind == "start":
        _note_start(contract, fact, Start(at, known_at, key))
    elif kind == "end" and not fact.get("version_key"):
        ends = [each for each in contract.ends if each[1] != key]
        if not fact.get("is_void"):
            insort(ends, [at, key])
        contract.ends = ends[-STARTS_KEPT:]
    elif kind == "pause":
        _note_pause(contract, at, fact.get("ends_at") or 0)
    elif kind == "resume":
        for pause in contract.pauses:
            if pause[0] <= at and (not pause[1] or at < pause[1]):
                pause[1] = at


def _note_start(contract: Contract, fact: dict[str, Any], start: Start) -> None:
    """The last word on a version holds."""
    if any(each.key == start.key and each.known_at > start.known_at for each in contract.starts):
        return
    contract.starts = [each for each in contract.starts if each.key != start.key]
    if fact.get("is_void"):
        return
    start.plan, start.status = fact.get("plan") or "", fact.get("status") or ""
    start.quantity, start.mrr_minor = fact.get("quantity") or 0, fact.get("mrr_minor") or 0
    insort(contract.starts, start)
    del contract.starts[:-STARTS_KEPT]


def _note_pause(contract: Contract, at: int, until: int) -> None:
    if all(pause[0] != at for pause in contract.pauses):
        insort(contract.pauses, [at, until])
        del contract.pauses[:-STARTS_KEPT]


def founders_of(state: AccountState, founding_days: int) -> list[str]:
    """Who was there in the first days of the account's use, the first of them first."""
    if not state.people:
        return []
    first = min(person.first_day for person in state.people.values())
    found = [
        (person.first_day, person_id)
        for person_id, person in state.people.items()
        if person.first_day < first + founding_days
    ]
    return [person_id for _, person_id in sorted(found)]


def _make_room(state: AccountState) -> None:
    """Let go of who was away longest, so that no account's state grows without bound.

    Those who were there first stay: they chose it.
    """
    if len(state.people) < PEOPLE_KEPT:
        return
    first = set(sorted(state.people, key=lambda each: (state.people[each].first_day, each))[:30])
    by_last = sorted(state.people, key=lambda each: (state.people[each].days.last, each))
    for person_id in [each for each in by_last if each not in first][: PEOPLE_KEPT // 10]:
        del state.people[person_id]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(AccountState).decode


def pack(state: AccountState) -> bytes:
    """The state as it lies in the database."""
    return _encode(state)


def unpack(blob: bytes) -> AccountState:
    """The state from the database."""
    return _decode(blob)
