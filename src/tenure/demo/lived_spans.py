"""When each account of a lived block was there, paid, and said that it goes: read off its facts."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tenure.demo.block import Block
from tenure.demo.people import BUYER, IMPLEMENTER
from tenure.demo.seasons import DAY_S, working_seconds

MONTH_S = 30 * DAY_S


@dataclass(frozen=True, slots=True)
class Decision:
    """A notice that was given, whether or not it was kept."""

    account: int
    notice_at: int
    ends_at: int


class LivedSpans:
    """Spans `[from, until)` by account, and who was there. Draws nothing of its own."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.horizon = block.calendar.week_starts_at(block.calendar.weeks)
        self.there: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.paying: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.decisions: list[Decision] = []
        self._read()

    def _read(self) -> None:
        began: dict[tuple[int, int], int] = {}
        paid: dict[tuple[int, int], int] = {}
        ended: dict[tuple[int, int], int] = {}
        for fact in self.block.journal.facts:
            subscription = (fact.account, fact.subscription)
            if fact.kind == "start":
                began.setdefault(subscription, fact.at)
                if fact.status == "active":
                    paid.setdefault(subscription, fact.at)
            elif fact.kind == "end" and fact.version is None:
                ended[subscription] = fact.at
            elif fact.kind == "notice" and fact.ends_at is not None:
                self.decisions.append(Decision(fact.account, fact.at, fact.ends_at))
        for starts, spans in ((began, self.there), (paid, self.paying)):
            for subscription, from_at in starts.items():
                spans[subscription[0]].append((from_at, ended.get(subscription, self.horizon)))
        for spans in (self.there, self.paying):
            for each in spans.values():
                each.sort()

    def is_there(self, account: int, at: int) -> bool:
        """Whether the account has any subscription just now, with some minutes to spare."""
        return any(start + 600 < at < end - 600 for start, end in self.there[account])

    def somebody(self, account: int, at: int, rng: np.random.Generator) -> int:
        """The slot of a person who is there, mostly of those who decide; -1 if there is nobody."""
        crowd = self.block.crowd
        joined, left = crowd.joined_at[account], crowd.left_at[account]
        here = np.flatnonzero((joined + 300 < at) & (left - 300 > at))
        if not len(here):
            return -1
        role = crowd.role[account, here]
        deciding = here[(role == BUYER) | (role == IMPLEMENTER)]
        among = deciding if len(deciding) and rng.random() < 0.75 else here
        return int(among[int(rng.integers(0, len(among)))])

    def working_moment(self, account: int, at: int, rng: np.random.Generator) -> int | None:
        """A working time on the day of `at` (of Monday, at weekends) while the account is there."""
        calendar = self.block.calendar
        day = calendar.day_of(at)
        weekday = calendar.date_of(at).weekday()
        day += max(0, 7 - weekday) if weekday > 4 else 0
        seconds = working_seconds(rng, 1)
        if not 0 <= day < calendar.weeks * 7:
            return None
        zone = self.block.companies.zone[account : account + 1]
        moment = int(calendar.instant(np.array([day]), seconds, zone)[0])
        return moment if self.is_there(account, moment) else None

    def by_chance(
        self, per_month: float, rng: np.random.Generator
    ) -> Iterator[tuple[int, int, int]]:
        """(account, person, instant) at that rate while accounts pay, for whatever reason."""
        for account, spans in sorted(self.paying.items()):
            for start, end in spans:
                for _ in range(int(rng.poisson(per_month * (end - start) / MONTH_S))):
                    at = self.working_moment(account, int(rng.integers(start, end)), rng)
                    person = -1 if at is None else self.somebody(account, at, rng)
                    if at is not None and person >= 0:
                        yield account, person, at

    def before(
        self, decision: Decision, days: tuple[float, float], rng: np.random.Generator
    ) -> tuple[int, int] | None:
        """(person, instant) some days before a notice, if the account was there and had anybody."""
        at = decision.notice_at - int(rng.uniform(*days) * DAY_S)
        moment = self.working_moment(decision.account, at, rng)
        if moment is None or moment >= decision.notice_at - 300:
            return None
        person = self.somebody(decision.account, moment, rng)
        return None if person < 0 else (person, moment)
