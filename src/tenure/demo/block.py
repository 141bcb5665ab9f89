"""A block of accounts that live together in memory: its state, its agenda, what it has noted."""

import heapq
from dataclasses import dataclass, field

import numpy as np

from tenure.demo.companies import Companies
from tenure.demo.contracts import Contract
from tenure.demo.journal import Journal
from tenure.demo.people import Crowd
from tenure.demo.rules import Rules
from tenure.demo.seasons import Calendar, working_seconds
from tenure.demo.standing import Standing
from tenure.demo.truth import BlockTruth
from tenure.demo.way_out import WayOut


@dataclass
class Block:
    """Everything of a block; accounts are indexes into it. Rules change it week by week."""

    calendar: Calendar
    rules: Rules
    companies: Companies
    crowd: Crowd
    standing: Standing
    journal: Journal
    truth: BlockTruth
    rng: np.random.Generator
    until_at: int  # what happens from here on is lived but not told
    contracts: list[Contract | None]
    subscriptions: list[int]  # how many each account has had
    agenda: list[tuple[int, int, int, str, int]] = field(default_factory=list)
    week: int = 0
    way_out: WayOut | None = None  # None: it leaves by the product's own page
    _serial: int = 0

    def plan_ahead(self, at: int, account: int, what: str, token: int = 0) -> None:
        """Put something on the agenda; `token` tells whether it still applies when it is due."""
        self._serial += 1
        heapq.heappush(self.agenda, (at, self._serial, account, what, token))

    @property
    def week_ends_at(self) -> int:
        return self.calendar.week_starts_at(self.week + 1)

    def contract(self, account: int) -> Contract:
        contract = self.contracts[account]
        assert contract is not None, f"account {account} has no contract"
        return contract

    def working_time(self, account: int, day: int) -> int:
        """An instant in the account's working hours of a local day."""
        seconds = working_seconds(self.rng, 1)
        zone = self.companies.zone[account : account + 1]
        return int(self.calendar.instant(np.array([day]), seconds, zone)[0])

    def moment(self, account: int) -> int | None:
        """A working time of this week: while the account is there, after its contract changed."""
        weekday = int(np.searchsorted(self.calendar.day_weights, self.rng.random(), side="right"))
        at = self.working_time(account, self.week * 7 + min(weekday, 6))
        earliest = int(self.standing.present_from[account]) + 60
        contract = self.contracts[account]
        if contract is not None:
            earliest = max(earliest, contract.changed_at + 60)
        at = max(at, earliest)
        return at if at < self.standing.present_until[account] else None

    def show_terms(self, contract: Contract) -> None:
        """Let the weekly rules see what the contract says now."""
        standing, account = self.standing, contract.account
        standing.plan[account] = contract.plan
        standing.seats[account] = contract.seats
        standing.mrr_minor[account] = contract.mrr_minor
        standing.is_annual[account] = contract.interval == "year"
        standing.is_leaving[account] = contract.notice_at is not None
