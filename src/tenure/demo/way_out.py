"""The way out of the simulated company: from when on it is open, and who came to it, with what.

Plain data of one block of accounts, with a stream of its own, so that blocks do not depend on each
other and what was told before stays as it was told. Budgets are cut by accounts: each block gives
away its part of the month's, and all together never more than the whole.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import floor

import numpy as np

from tenure.demo.leavers import Leaver
from tenure.demo.offering import Offering
from tenure.demo.passing import Passing
from tenure.offboard.facts import Facts
from tenure.offboard.passage import Ask, Passage, Shown
from tenure.offers.history import Given, History
from tenure.offers.kinds import PRICE_CUTS
from tenure.proof.assignment import Arm

# So many accounts come to the flow; of a larger company the rest leaves by the product's own page.
ACCOUNTS_MOST = 10_000


@dataclass(frozen=True, slots=True)
class LivedVisit:
    """One visit of the simulated company, as it went; `at` is the instant of its last step."""

    account_id: str
    ask: Ask
    begun: Passage
    passing: Passing
    facts: Facts
    card: dict[str, object]
    today: date
    at: datetime
    arm: Arm
    next_job: str  # what they say does the job now, once they have left
    # By the number of a commitment of ours, when it was done; None: never.
    done_at: dict[int, datetime | None]
    returned_at: datetime | None = None  # when the cancellation was taken back
    # What would have become of it, left alone and treated: only the truth file has these.
    leaves_alone: bool = False
    leaves_treated: bool = False


@dataclass
class WayOut:
    """The way out of one block. `salt` decides who is left alone."""

    offering: Offering
    opens_at: int
    salt: str
    rng: np.random.Generator
    visits: list[LivedVisit] = field(default_factory=list)
    # Who comes again, by a number that the agenda carries: who it is, and why in truth.
    expected: list[tuple[Leaver, str]] = field(default_factory=list)
    promised: list[tuple[int, str]] = field(default_factory=list)  # (account, event)
    helped: dict[int, tuple[float, int]] = field(default_factory=dict)  # shift, until
    _given: dict[int, list[Given]] = field(default_factory=dict)
    _seen: dict[tuple[int, int], datetime] = field(default_factory=dict)
    _spent: dict[tuple[date, str], int] = field(default_factory=dict)

    @classmethod
    def of_block(
        cls, offering: Offering, opens_at: int, salt: str, seed: list[int], share: float
    ) -> "WayOut":
        """With so much of the budgets for all accounts."""
        budget = offering.book.budget
        part = {
            currency: floor(minor * share) for currency, minor in budget.all_month_minor.items()
        }
        book = replace(offering.book, budget=replace(budget, all_month_minor=part))
        own = replace(offering, book=book)
        return cls(own, opens_at, salt, np.random.default_rng(seed))

    def history(self, account: int, today: date) -> History:
        """What was given to the account, and to all of the block in this month."""
        month = today.replace(day=1)
        spent = {name: minor for (on, name), minor in self._spent.items() if on == month}
        return History(today, tuple(self._given.get(account, ())), frozenset(), spent)

    def was_here(self, account: int, subscription: int, now: datetime) -> bool:
        """Whether they saw offers so recently that they see why and confirm alone."""
        last = self._seen.get((account, subscription))
        again_after = timedelta(days=self.offering.flow.again_after_days)
        return last is not None and last > now - again_after

    def note_seen(self, account: int, subscription: int, now: datetime) -> None:
        """Offers were on the screen."""
        self._seen[account, subscription] = now

    def note_given(self, account: int, shown: Shown, visit_id: str, today: date) -> None:
        """An offer was accepted."""
        terms = shown.terms
        ends = next((terms[n] for n in ("resumes_on", "wakes_on", "ends_on") if terms.get(n)), None)
        currency = str(terms.get("currency", ""))
        given = Given(
            shown.name, shown.kind, visit_id, shown.kind in PRICE_CUTS, today,
            date.fromisoformat(str(ends)) if ends else None, currency, shown.cost_minor,
        )  # fmt: skip
        self._given.setdefault(account, []).append(given)
        key = today.replace(day=1), currency
        self._spent[key] = self._spent.get(key, 0) + shown.cost_minor

    def shift(self, account: int, at: int) -> float:
        """What is left of the help that was accepted, as a shift of the log-odds of leaving."""
        shift, until = self.helped.get(account, (0.0, 0))
        return shift if at < until else 0.0
