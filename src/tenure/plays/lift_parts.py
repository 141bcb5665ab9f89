"""What the report of plays reads of each account that came in, and what it says. No store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from tenure.proof.lift import Lift
from tenure.proof.ratio import Ratio

AT_DAYS = (30, 90, 180)
GOAL = "goal"
MRR = tuple(f"mrr_{days}" for days in AT_DAYS)
TREATED, HOLD_OUT = "treated", "hold_out"


@dataclass(frozen=True, slots=True)
class Entered:
    """One account since chance decided about it: in a play since its first time in it, in a split
    since it first came to it. Whatever it was sent.

    `arm` is `treated` or `hold_out`, of a split where it went; `share` the chance of that.
    `reached` is None while the window of the goal is not over; `mrr_minor` by days after, None
    while that day is not over or there is no rate. What was before: MRR on the day before, and use
    in the four weeks before.
    """

    account_id: str
    arm: str
    share: float
    entered_at: datetime
    is_kept_back: bool = False
    reached: bool | None = None
    had_reached: bool = False  # the goal, before chance decided: says nothing of it
    mrr_minor: Mapping[int, float | None] = field(default_factory=dict)
    mrr_before_minor: float = 0.0
    events_before: int = 0


@dataclass(frozen=True, slots=True)
class Costs:
    """What a play cost the patience of those whom it reached."""

    people: int = 0  # to whom at least one message went out
    messages: int = 0
    switched_off: int = 0  # people who switched its topic, all mail or all asking off afterwards
    complaints: int = 0
    bounces: int = 0


@dataclass(frozen=True, slots=True)
class PlayClaim:
    """A difference for one account. `not_over`: accounts whose time is not over; they are left out
    of both arms.
    """

    name: str  # goal | mrr_30 | mrr_90 | mrr_180
    unit: str  # share | minor
    lift: Lift
    in_all: tuple[float, float, float] | None  # value, low, high: for those that were treated
    not_over: int


@dataclass(frozen=True, slots=True)
class SplitArm:
    """One way of a split. `claims` are against the first way; the first has none."""

    name: str  # the step that it goes to
    share: float  # as the play says now
    accounts: int
    claims: tuple[PlayClaim, ...] = ()


@dataclass(frozen=True, slots=True)
class SplitLift:
    """The ways of one split, each against the first, of accounts that came to it and were not left
    alone. `level` is that of each interval: all of one figure hold together at 95 %.
    """

    step: str
    arms: tuple[SplitArm, ...]
    level: float
    ratio: Ratio | None

    @property
    def against(self) -> str:
        return self.arms[0].name


@dataclass(frozen=True, slots=True)
class WeekArm:
    """Accounts of one arm that came in in a week; of those whose window is over, who reached."""

    entered: int = 0
    over: int = 0
    reached: int = 0

    @property
    def share(self) -> float | None:
        return self.reached / self.over if self.over else None


@dataclass(frozen=True, slots=True)
class Week:
    """One week of a play from Monday, by the company's days. `messages` went out in it, to whomever
    and whenever they came in.
    """

    first_on: date
    treated: WeekArm
    held_out: WeekArm
    messages: int = 0


@dataclass(frozen=True, slots=True)
class PlayLift:
    """What one play, or all of them together, is known to have done. Amounts in `currency`.

    What is owed to a customer is compared with nothing: it has no claims, and may have splits.
    """

    play: str  # empty: all plays together
    currency: str
    accounts: int
    treated: int
    held_out: int
    kept_back: int  # of the long-term hold-out: in neither arm of a play
    claims: tuple[PlayClaim, ...]
    ratio: Ratio | None
    costs: Costs = Costs()
    without_rate: int = 0
    splits: tuple[SplitLift, ...] = ()
    weeks: tuple[Week, ...] = ()

    def claim(self, name: str) -> PlayClaim | None:
        return next((each for each in self.claims if each.name == name), None)


@dataclass(frozen=True, slots=True)
class PlaysReport:
    """Each play by itself; `pooled` over all of them, each compared within itself; and what the
    long-term hold-out says of them all: who is reached by plays less who is by none.
    """

    plays: tuple[PlayLift, ...]
    pooled: PlayLift
    long_term: PlayLift
