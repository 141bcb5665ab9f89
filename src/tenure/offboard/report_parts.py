"""What the report of leaving reads of each visit and account, and what it says. No store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from tenure.proof.lift import Lift
from tenure.proof.ratio import Ratio
from tenure.proof.shares import Share

AT_DAYS = (30, 180)
HORIZON_DAYS = AT_DAYS[-1]
TREATED, HOLD_OUT = "treated", "hold_out"


@dataclass(frozen=True, slots=True)
class Passed:
    """One live visit. `kept` is of an accepted offer: by day, whether billing shows them paying
    then; None while that day is not over. Whoever cancelled afterwards has cancelled.
    """

    visit_id: str
    account_id: str
    opened_at: datetime
    arm: str
    hold_out_share: float
    subscription_id: str = ""
    person_id: str = ""
    outcome: str = ""  # saved | canceled | abandoned; empty: under way
    accepted: bool = False
    billing: str = ""  # done | pending | refused | unsure
    canceled_at: datetime | None = None
    has_returned: bool = False
    offers_shown: tuple[str, ...] = ()
    offer: str = ""
    cost_minor: float = 0.0
    kept: Mapping[int, bool | None] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # reason, segment, ...


@dataclass(frozen=True, slots=True)
class Watched:
    """One account, from its first visit of the period on, whatever it was shown.

    `paying` by day, None while it is not over. Amounts are in the report's currency:
    `revenue_minor` is what came in over the horizon, `stake_minor` what would have at the MRR of
    the day before, `forgone_minor` and `paid_minor` what it was given in that time. None: the time
    is not over, or there is no rate.
    """

    account_id: str
    arm: str
    hold_out_share: float
    paying: Mapping[int, bool | None]
    revenue_minor: float | None = None
    stake_minor: float | None = None
    forgone_minor: float = 0.0
    paid_minor: float = 0.0
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def margin_minor(self, gross_margin_share: float) -> float | None:
        """What was retained over the horizon: revenue × gross margin, less concessions.

        Price that was not asked for is missing from the revenue already, so only what of it the
        gross margin had left out is taken off here.
        """
        if self.revenue_minor is None:
            return None
        forgone = self.forgone_minor * (1 - gross_margin_share)
        return self.revenue_minor * gross_margin_share - forgone - self.paid_minor


@dataclass(frozen=True, slots=True)
class Counts:
    """Visits of the period; the first four of all, the others of who was not held out."""

    visits: int
    accounts: int
    people: int
    held_out: int
    under_way: int
    shown: int  # saw at least one offer
    accepted: int  # the decision
    confirmed: int  # the resolution: accepted, done in billing, and not cancelled since
    canceled: int
    abandoned: int
    returned: int  # came back while leaving: a return, never a save
    cost_minor: float


@dataclass(frozen=True, slots=True)
class Claim:
    """A difference that the flow made, for one account, and in all for those that were treated.

    `sentence` says it in words, or that it cannot be told yet and how many more visits it takes.
    """

    name: str  # paying_30 | paying_180 | margin_180
    unit: str  # share | minor
    lift: Lift
    in_all: tuple[float, float, float] | None  # value, low, high
    more_visits: int | None
    not_over: int  # accounts whose horizon is not over
    sentence: str


@dataclass(frozen=True, slots=True)
class Slice:
    """The same for some of the visits. `lift` is None where they have no hold-out of their own."""

    by: str
    key: str
    counts: Counts
    saved: Mapping[int, Share]
    lift: Lift | None
    note: str


@dataclass(frozen=True, slots=True)
class SaveRate:
    """A save rate as somebody defines it, of our visits."""

    name: str
    of: str  # whose definition
    rule: str
    share: Share
    source: str


@dataclass(frozen=True, slots=True)
class Report:
    """Days are the company's, `before_on` is not among them; amounts in minor units."""

    first_on: date | None
    before_on: date
    currency: str
    gross_margin_share: float
    counts: Counts
    saved: Mapping[int, Share]
    claims: tuple[Claim, ...]
    ratio: Ratio | None
    slices: tuple[Slice, ...]
    save_rates: tuple[SaveRate, ...]
    notes: tuple[str, ...] = ()

    def claim(self, name: str) -> Claim:
        return next(each for each in self.claims if each.name == name)
