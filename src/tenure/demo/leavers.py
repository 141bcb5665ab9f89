"""Who comes to the way out of Fernhill in a year, and how each would answer: known here alone.

Drawn for one purpose, so that hundreds of simulated years are quick: the accounts and their hidden
response to each treatment are those of the company (`companies.py`, `treatments.py`); what leads
them to the cancel page is drawn from their chance of leaving, without living each week.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from tenure.demo.catalogue import COMPANY_CURRENCY, PLANS, STARTER, TEAM, amount_minor, least_plan
from tenure.demo.companies import OUTCOME_NAMES, Companies, draw_companies, draw_signup_days
from tenure.demo.rules import RULES
from tenure.demo.seasons import Calendar
from tenure.demo.treatments import TREATMENTS, draw_effects

MONTHS = 12
MONTH_DAYS = 30
_REASONS = {
    "unskilled": ("not_adopted", "setup_trouble"),
    "price": ("price_value", "price_value"),
    "season": ("changed_needs", "changed_needs"),
    "fit": ("missing_feature", "missing_feature"),
    "other": ("bad_service", "closing", "other", "price_value"),
}
_FOLLOW_UPS = {
    "price_value": ("cheaper_elsewhere", "little_value", "price_rose"),
    "not_adopted": ("no_training", "old_way"),
    "setup_trouble": ("import", "settings"),
    "changed_needs": ("season",),
    "missing_feature": ("by_hand", "cannot_work"),
}


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who comes to the cancel page. `chance` is theirs of leaving at one decision, `luck`
    what decides it: below the chance they leave. `effects` shift its log-odds, by treatment.
    `draws` are uniform, for everything else that is left to chance, the same in both arms.
    """

    account_id: str
    day: int  # of the year on which they come
    chance: float
    luck: float
    effects: dict[str, float]
    reason: str
    follow_up: str
    draws: np.ndarray
    country: str
    seats: int
    plan: int
    is_annual: bool
    currency: str
    period_left_days: int  # until what is paid for ends
    is_asleep: bool
    is_seasonal: bool
    has_first_value: bool
    outcome: str
    text: str = ""  # what they write beside it
    next_job: str = ""  # what does the job, once they have left

    @property
    def leaves_alone(self) -> bool:
        """What they do when they are left alone."""
        return self.luck < self.chance

    @property
    def mrr_minor(self) -> int:
        return round(self.bill_minor / 12) if self.is_annual else self.bill_minor

    @property
    def bill_minor(self) -> int:
        interval = "year" if self.is_annual else "month"
        return amount_minor(self.plan, self.seats, self.currency, interval, discount_percent=0)

    @property
    def list_minor(self) -> int:
        return amount_minor(self.plan, self.seats, self.currency, "month", discount_percent=0)

    def card(self, today: date) -> dict[str, object]:
        """What Tenure knows of the account that day: nothing hidden is in it."""
        renews_on = today + timedelta(self.period_left_days)
        return {
            "account_id": self.account_id,
            "status": "paying",
            "stage": "active",
            "plan": PLANS[self.plan].name,
            "billing_interval": "year" if self.is_annual else "month",
            "quantity": self.seats,
            "members": self.seats,
            "people_active_90_days": max(1, self.seats // 2),
            "mrr_minor": self.mrr_minor,
            "list_price_minor": self.list_minor,
            "bill_minor": self.bill_minor,
            "price_to_list_share": self.mrr_minor / self.list_minor,
            "currency": self.currency,
            "renews_on": renews_on,
            "last_paid_on": today - timedelta(MONTH_DAYS - self.period_left_days % MONTH_DAYS),
            "began_on": today - timedelta(200),
            "active_days": 60,
            "last_seen_on": today - timedelta(3),
            "first_value_on": today - timedelta(120) if self.has_first_value else None,
            "required_outcome": self.outcome,
            "outcome_stated_on": today - timedelta(198),
            "paid_features_unused": _UNUSED,
            "limit_name": "projects",
            "limit_used": 5,
            "limit_use_share": 5 / PLANS[self.plan].projects_max,
            "season_ratio": 0.3 if self.is_seasonal and self.draws[9] < 0.5 else 1.0,
            "is_season_own": self.is_seasonal,
            "is_paused": False,
        }


_UNUSED = ["client_portal", "accounting", "forecast", "api", "budgets"]


def draw_leavers(seed: int, *, accounts: int = 900, effect: float = 1.0) -> list[Leaver]:
    """Everybody who comes within a year, by day. `effect` is how much of Fernhill's treatment
    effects there is: 1 as in the company, 0 none at all. The same seed draws the same.
    """
    rng = np.random.default_rng([seed, 41])
    days = draw_signup_days(_calendar(), accounts, rng)
    companies = draw_companies(_calendar(), np.arange(accounts), days, rng)
    effects = effect * draw_effects(companies, rng)
    chances = _chances(companies, rng)
    found = []
    lucks, looks = rng.random((2, accounts, MONTHS))
    for account in range(accounts):
        for month in range(MONTHS):
            chance, luck = float(chances[account]), float(lucks[account, month])
            comes = luck < chance or looks[account, month] < 0.008 + 0.2 * chance
            if comes:
                found.append(_leaver(companies, account, month, chance, luck, effects, rng))
                break
    return sorted(found, key=lambda leaver: (leaver.day, leaver.account_id))


@cache
def _calendar() -> Calendar:
    return Calendar(date(2024, 1, 1), date(2026, 1, 1), 0)


def _chances(companies: Companies, rng: np.random.Generator) -> np.ndarray:
    """Of leaving at one decision, by the company's own curve."""
    content = 0.16 + 0.42 * companies.fit + rng.normal(0, 0.09, len(companies))
    chances = RULES.leave_at_most / (
        1 + np.exp((content - RULES.leave_midpoint) / RULES.leave_spread)
    )
    return np.clip(np.where(companies.is_asleep, 0.4 * chances, chances), 0.002, 0.9)


def _leaver(  # noqa: PLR0913
    companies: Companies, account: int, month: int, chance: float, luck: float,
    effects: np.ndarray, rng: np.random.Generator,
) -> Leaver:  # fmt: skip
    draws = rng.random(24)
    seats = max(2, int(companies.size_target[account]))
    plan = min(least_plan(seats, STARTER) + (draws[1] < 0.4), TEAM + 1)
    reason = _reason(companies, account, draws)
    options = _FOLLOW_UPS.get(reason, ("",))
    return Leaver(
        account_id=companies.key(account),
        day=int(MONTH_DAYS * (month + draws[0])),
        chance=chance,
        luck=luck,
        effects=dict(zip(TREATMENTS, map(float, effects[account]), strict=True)),
        reason=reason,
        follow_up=options[int(draws[2] * len(options))],
        draws=draws,
        country=companies.country_code(account),
        seats=seats,
        plan=int(plan),
        is_annual=bool(draws[3] < 0.2),
        currency=COMPANY_CURRENCY,  # one for all: what rates do, other tests see to
        period_left_days=1 + int(25 * draws[4]),
        is_asleep=bool(companies.is_asleep[account]),
        is_seasonal=bool(companies.seasonality[account]),
        has_first_value=bool(companies.skill[account] > 0.4),
        outcome=OUTCOME_NAMES[int(companies.outcome[account])],
    )


def _reason(companies: Companies, account: int, draws: np.ndarray) -> str:
    """What they say; half the time it is what is the matter."""
    matter = "other"
    if companies.seasonality[account]:
        matter = "season"
    elif companies.skill[account] < 0.55:
        matter = "unskilled"
    elif companies.fit[account] < 0.6:
        matter = "fit"
    elif companies.worth_minor[account] < 5_000:
        matter = "price"
    words = _REASONS[matter if draws[5] < RULES.says_the_true_one else "other"]
    return words[int(draws[6] * len(words))]
