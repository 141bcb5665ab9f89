"""The life of a company, week by week, block of accounts by block of accounts.

Every block draws from streams of its own, so blocks do not depend on each other, and a simulation
is always lived to the end of its plan and told only until `until_at`: telling more of it later
changes nothing that was told before.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from tenure.base.ids import digest
from tenure.base.months import previous_month
from tenure.demo import by_flow, departures, moving, promises, renewals, signing_up
from tenure.demo.block import Block
from tenure.demo.companies import draw_companies, draw_signup_days
from tenure.demo.journal import Journal
from tenure.demo.money_market import exchange_rates
from tenure.demo.offering import fernhill_offering
from tenure.demo.people import Crowd
from tenure.demo.rules import RULES, Rules
from tenure.demo.seasons import DAY_S, Calendar
from tenure.demo.site import visits_before_signup
from tenure.demo.standing import Phase, Standing
from tenure.demo.support import ask_for_help, incident_reports
from tenure.demo.traces import Noted, leave_traces
from tenure.demo.treatments import draw_effects
from tenure.demo.truth import BlockTruth
from tenure.demo.use import WeekOfUse, use_of_week, who_is_active
from tenure.demo.value import adopt_features, meet_incidents, meet_the_world, receive_value
from tenure.demo.way_out import ACCOUNTS_MOST, WayOut

BLOCK_ACCOUNTS = 500  # held in memory together; part of what the seed means
_COMPANIES, _LIFE, _USE, _SITE, _SIGNUPS = range(1, 6)
_WAY_OUT = 31
LIVED_MONTHS = 12  # before the current one, in which the cancel flow is open


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is asked for. The same scenario is the same company, on every machine."""

    accounts: int
    seed: int
    starts_on: date
    ends_on: date  # the first day that is not lived any more
    until_at: int  # told are events known before this instant
    events_scale: float = 1.0

    @property
    def tag(self) -> str:
        """Stands for the scenario in message ids; telling more of it keeps the tag."""
        parts = (self.accounts, self.seed, self.starts_on, self.ends_on, self.events_scale)
        return digest(*map(str, parts))[:8]

    @property
    def way_out_opens_on(self) -> date:
        """Twelve whole months and the one after, before the end; the first day of a short plan."""
        month = self.ends_on
        for _ in range(LIVED_MONTHS + 1):
            month = previous_month(month)
        return max(month, self.starts_on)


@dataclass(frozen=True)
class LivedBlock:
    """A block after its life: what to tell, and what is true."""

    number: int
    block: Block
    use: list[WeekOfUse]


def live(
    scenario: Scenario, tell: Callable[[int, int], None], rules: Rules = RULES
) -> Iterator[LivedBlock]:
    """Every block of the company, lived. `tell(done, of)` hears of account-weeks as they pass."""
    calendar = Calendar(scenario.starts_on, scenario.ends_on, scenario.seed)
    signup_days = draw_signup_days(
        calendar, scenario.accounts, np.random.default_rng([scenario.seed, 0, _SIGNUPS])
    )
    total = scenario.accounts * calendar.weeks
    done = 0
    for number, first in enumerate(range(0, scenario.accounts, BLOCK_ACCOUNTS)):
        numbers = np.arange(first, min(first + BLOCK_ACCOUNTS, scenario.accounts))
        block = _new_block(scenario, calendar, number, numbers, signup_days[numbers], rules)
        use, noted = [], Noted.of(len(numbers))
        for week in range(calendar.weeks):
            use.append(_live_week(block, week, scenario, number))
            noted.note(block)
            done += len(numbers)
            tell(done, total)
        leave_traces(block, noted, [scenario.seed, number])
        yield LivedBlock(number, block, use)


def _new_block(
    scenario: Scenario, calendar: Calendar, number: int, numbers: np.ndarray,
    signup_days: np.ndarray, rules: Rules,
) -> Block:  # fmt: skip
    def stream(purpose: int) -> np.random.Generator:
        return np.random.default_rng([scenario.seed, number, purpose])

    rng = stream(_COMPANIES)
    companies = draw_companies(calendar, numbers, signup_days, rng)
    truth = BlockTruth.of(draw_effects(companies, rng))
    crowd = Crowd(companies, rng)
    block = Block(
        calendar=calendar,
        rules=rules,
        companies=companies,
        crowd=crowd,
        standing=Standing(companies, rules),
        journal=Journal(),
        truth=truth,
        rng=stream(_LIFE),
        until_at=scenario.until_at,
        way_out=_way_out(scenario, calendar, number, len(numbers)),
        contracts=[None] * len(numbers),
        subscriptions=[0] * len(numbers),
    )
    block.journal.happenings += visits_before_signup(companies, calendar, stream(_SITE))
    if number == 0:
        block.journal.happenings += [*incident_reports(calendar), *exchange_rates(calendar)]
    for account, at in enumerate(companies.signup_at):
        block.plan_ahead(int(at), account, "sign_up")
    return block


def _way_out(scenario: Scenario, calendar: Calendar, number: int, accounts: int) -> WayOut | None:
    """The cancel flow, which is open in the last twelve whole months and the one after."""
    if number * BLOCK_ACCOUNTS >= ACCOUNTS_MOST:
        return None
    return WayOut.of_block(
        fernhill_offering(),
        calendar.epoch + (scenario.way_out_opens_on - scenario.starts_on).days * DAY_S,
        scenario.tag,
        [scenario.seed, number, _WAY_OUT],
        accounts / min(scenario.accounts, ACCOUNTS_MOST),
    )


def _live_week(block: Block, week: int, scenario: Scenario, number: int) -> WeekOfUse:
    """One week: what falls due, then who is there, what they get, and what follows from it."""
    block.week = week
    block.standing.open_week(block.calendar.week_starts_at(week), block.week_ends_at)
    while block.agenda and block.agenda[0][0] < block.week_ends_at:
        at, _, account, what, token = heapq.heappop(block.agenda)
        _fall_due(block, at, account, what, token)
    departures.end_companies(block)
    departures.review_free_accounts(block)
    moving.change_people(block)
    adopt_features(block)
    meet_incidents(block)
    meet_the_world(block)
    active = who_is_active(block)
    receive_value(block, active.sum(axis=1))
    ask_for_help(block)
    renewals.change_terms_in_between(block)
    _note_month(block)
    return use_of_week(block, active, scenario.events_scale, [scenario.seed, number, _USE])


def _fall_due(block: Block, at: int, account: int, what: str, token: int) -> None:
    """Do what was put on the agenda, unless the contract it was about has moved on."""
    if what in _BY_TOKEN:
        _BY_TOKEN[what](block, account, token, at)
        return
    if what in _WITHOUT_CONTRACT:
        _WITHOUT_CONTRACT[what](block, account, at)
        return
    contract = block.contracts[account]
    if contract is None or token not in (contract.number, contract.renews_at):
        return
    is_paused = block.standing.phase[account] == Phase.PAUSED
    if is_paused == (what == "resume"):
        _OF_CONTRACT[what](block, account, at)


_BY_TOKEN = {
    "depart": moving.depart,
    "come_again": by_flow.come_again,
    "keep_word": promises.keep_word,
}
_WITHOUT_CONTRACT = {
    "sign_up": signing_up.sign_up,
    "invite": moving.invite,
    "join": moving.join,
    "return": departures.come_back,
}
_OF_CONTRACT = {
    "trial_end": signing_up.end_trial,
    "renewal": renewals.renew,
    "retry": departures.retry_card,
    "decision": departures.decide,
    "withdraw": departures.withdraw,
    "export": departures.export_data,
    "end": departures.end,
    "company_end": departures.end_company,
    "free_end": departures.close_free_account,
    "free_pays": departures.pay_for_free_account,
    "pause": departures.begin_pause,
    "rest": departures.begin_rest,
    "resume": departures.resume_or_end,
}


def _note_month(block: Block) -> None:
    """Keep what is latent in the week in which a month turns, for each month that is told."""
    calendar, standing = block.calendar, block.standing
    month = calendar.date_of(block.week_ends_at).month
    has_turned = month != calendar.date_of(calendar.week_starts_at(block.week)).month
    if has_turned and block.week_ends_at <= block.until_at:
        block.truth.months.append(
            (standing.value.copy(), standing.satisfaction.copy(), standing.is_live.copy())
        )
