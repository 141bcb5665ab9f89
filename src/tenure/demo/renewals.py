"""What an account pays and when: renewals, failed cards, pauses, and changes of seats and plan."""

import math

import numpy as np

from tenure.demo.block import Block
from tenure.demo.catalogue import BUSINESS, FEATURES, PLANS, STARTER
from tenure.demo.contracts import (
    Contract,
    after_months,
    note_pause,
    note_payment,
    note_resume,
    note_version,
)
from tenure.demo.leaving import is_overprovisioned
from tenure.demo.moving import remove_idle_people
from tenure.demo.seasons import DAY_S
from tenure.demo.standing import Phase

RETRY_AFTER_DAYS = (3, 5, 8, 12)


def plan_next_renewal(block: Block, contract: Contract, at: int) -> None:
    """Put the next renewal on the agenda, and before it the decision whether to stay."""
    months = 12 if contract.interval == "year" else 1
    contract.renews_at = after_months(block.calendar, at, months, contract.anchor_day)
    lead_days = (7, 60) if contract.interval == "year" else (1, 25)
    day = block.calendar.day_of(contract.renews_at) - int(block.rng.integers(*lead_days))
    block.plan_ahead(contract.renews_at, contract.account, "renewal", contract.renews_at)
    if contract.renews_at < block.calendar.week_starts_at(block.calendar.weeks + 10):
        decides_at = max(at + 3600, block.calendar.epoch + day * DAY_S + 9 * 3600)
        block.plan_ahead(decides_at, contract.account, "decision", contract.renews_at)


def renew(block: Block, account: int, at: int) -> None:
    """A new period begins on the terms that hold now, and is charged."""
    contract = block.contract(account)
    if contract.ends_at is not None:
        return  # it ends at this very instant instead
    if contract.ahead is not None:
        _begin_agreed_terms(block, contract, at)
    else:
        before = (contract.plan, contract.seats, contract.interval, contract.discount_percent)
        _reconsider_terms(block, contract, at)
        if before != (contract.plan, contract.seats, contract.interval, contract.discount_percent):
            note_version(block.journal, contract, at)
            block.show_terms(contract)
    if contract.free_until_at is not None and contract.free_until_at <= at:
        contract.free_until_at, contract.conceded = None, {}
    if contract.free_until_at is None:
        charge(block, contract, at)
    plan_next_renewal(block, contract, at)


def _begin_agreed_terms(block: Block, contract: Contract, at: int) -> None:
    """The plan that was agreed at the way out begins; its facts are known since then."""
    ahead = contract.ahead
    assert ahead is not None
    contract.plan, contract.seats, contract.version = ahead.plan, ahead.seats, ahead.version
    contract.changed_at, contract.ahead = at, None
    block.show_terms(contract)


def charge(block: Block, contract: Contract, at: int) -> None:
    """Try to take the money of one period; a card that fails is tried again four times."""
    rules, account = block.rules, contract.account
    chance = rules.card_fails * (0.33 if contract.interval == "year" else 1.0)
    fails = bool(block.companies.pays_by_card[account]) and block.rng.random() < chance
    contract.failures = int(fails)
    note_payment(block.journal, contract, at, succeeded=not fails)
    if fails:
        block.plan_ahead(at + RETRY_AFTER_DAYS[0] * DAY_S, account, "retry", contract.number)


def retry(block: Block, account: int, at: int) -> bool:
    """Try a failed card again. True when it failed for the last time."""
    contract = block.contract(account)
    if not contract.failures or contract.ends_at is not None:
        return False
    recovers = block.rng.random() < block.rules.card_recovers
    if recovers:
        note_payment(block.journal, contract, at, succeeded=True)
        contract.failures = 0
        speaker = block.crowd.speaker(account, at - 600)
        if speaker >= 0 and block.rng.random() < 0.6:
            block.journal.track("Payment Method Updated", account, speaker, at - 600)
        return False
    contract.failures += 1
    note_payment(block.journal, contract, at, succeeded=False)
    if contract.failures > len(RETRY_AFTER_DAYS):
        return True
    waits = RETRY_AFTER_DAYS[contract.failures - 1] - RETRY_AFTER_DAYS[contract.failures - 2]
    block.plan_ahead(at + waits * DAY_S, account, "retry", contract.number)
    return False


def pause(block: Block, contract: Contract, at: int, months: int) -> None:
    """From a renewal on nothing is charged and nothing used, for some months."""
    resumes_at = after_months(block.calendar, at, months, contract.anchor_day)
    note_pause(block.journal, contract, at, resumes_at)
    rest(block, contract, at, resumes_at)


def rest(block: Block, contract: Contract, at: int, resumes_at: int) -> None:
    """Nobody uses it and nobody pays until then."""
    account = contract.account
    block.standing.phase[account] = Phase.PAUSED
    block.standing.depart(account, at)
    block.plan_ahead(resumes_at, account, "resume", contract.number)


def resume(block: Block, account: int, at: int) -> None:
    contract = block.contract(account)
    note_resume(block.journal, contract, at)
    block.standing.phase[account] = Phase.PAYING
    block.standing.arrive(account, at, block.week_ends_at)
    charge(block, contract, at)
    plan_next_renewal(block, contract, at)


def change_terms_in_between(block: Block) -> None:
    """This week's upgrades: more people than seats, a limit reached, a feature missed."""
    standing, rng = block.standing, block.rng
    payers = (standing.phase == Phase.PAYING) & ~standing.is_leaving
    people = block.crowd.members(block.calendar.week_starts_at(block.week)).sum(axis=1)
    content = standing.satisfaction > 0.47
    limits = np.array([plan.projects_max for plan in PLANS])[standing.plan]
    near_limit = payers & (standing.projects > 0.9 * limits)
    draws = rng.random((2, len(payers)))
    for account in (payers & (people > standing.seats)).nonzero()[0]:
        _upgrade(block, int(account), seats=int(people[account]) + int(rng.integers(0, 2)))
    for account in (near_limit & (draws[0] < 0.3)).nonzero()[0]:
        at = block.moment(int(account))
        if at is not None and (speaker := block.crowd.speaker(int(account), at)) >= 0:
            limit = PLANS[standing.plan[account]].projects_max
            block.journal.track(
                "Limit Reached", int(account), speaker, at, limit="projects", value=limit
            )
    wants = _misses_feature(block) & payers & content & (draws[1] < 0.012)
    wants |= near_limit & content & (draws[1] < 0.10)
    for account in (wants & (standing.plan < BUSINESS)).nonzero()[0]:
        _upgrade(block, int(account), plan=int(standing.plan[account]) + 1)


def _upgrade(block: Block, account: int, plan: int = 0, seats: int = 0) -> None:
    contract = block.contract(account)
    at = block.moment(account)
    changed_this_week = contract.changed_at >= block.calendar.week_starts_at(block.week)
    if contract.ahead is not None or contract.rests_until_at is not None:
        return  # what was agreed at the way out begins first
    if at is None or changed_this_week or at >= contract.renews_at - 3600:
        return
    contract.plan = max(contract.plan, plan)
    contract.seats = max(contract.seats, seats, PLANS[contract.plan].seats_min)
    while contract.seats > PLANS[contract.plan].seats_max and contract.plan < BUSINESS:
        contract.plan += 1
    note_version(block.journal, contract, at)
    block.show_terms(contract)


def _reconsider_terms(block: Block, contract: Contract, at: int) -> None:
    """At a renewal: discounts run out, seats and plans that nobody uses go, the content commit."""
    standing, rng, account = block.standing, block.rng, contract.account
    if contract.discount_ends_at is not None and contract.discount_ends_at <= at:
        contract.discount_percent, contract.discount_ends_at = 0, None
        contract.conceded = {}
    if is_overprovisioned(standing, account) and rng.random() < 0.35:
        used = math.ceil(float(standing.active_people[account])) + 1
        contract.seats = min(contract.seats, max(PLANS[contract.plan].seats_min, used))
        remove_idle_people(block, account, contract.seats, at)
    uses_plan = any(
        standing.adopted[account, index]
        for index, feature in enumerate(FEATURES)
        if feature.plan_rank == contract.plan
    )
    fits_below = contract.plan > STARTER and (
        contract.seats <= PLANS[contract.plan - 1].seats_max
        and standing.projects[account] < PLANS[contract.plan - 1].projects_max
    )
    if fits_below and not uses_plan and rng.random() < 0.10:
        contract.plan -= 1
    if contract.conceded:
        return  # agreed a month, and for months
    if contract.interval == "month" and standing.satisfaction[account] > 0.55:
        contract.interval = "year" if rng.random() < 0.012 else "month"


def _misses_feature(block: Block) -> np.ndarray:
    """Who needs a feature that the plan does not have, (n,)."""
    ranks = np.array([feature.plan_rank for feature in FEATURES])
    missing = block.companies.needed & (ranks[None, :] > block.standing.plan[:, None])
    return np.asarray(missing.any(axis=1))
