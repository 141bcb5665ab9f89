"""Who used what in a week: the many small events, as arrays."""

from dataclasses import dataclass

import numpy as np

from tenure.demo.block import Block
from tenure.demo.catalogue import FEATURES, ROLE_EVENTS_PER_WEEK, ROLE_WEIGHTS
from tenure.demo.seasons import working_seconds

SIGNED_IN = len(FEATURES)  # its index beside the features
VARIANTS = 6  # property sets are picked by a number below this, modulo how many there are
LATE_SHARE = 0.01  # of events reach us hours later, from a phone that was offline
_POPULARITY = np.array([feature.popularity for feature in FEATURES])
_ROLE_WEIGHTS = np.array(ROLE_WEIGHTS)
_ROLE_EVENTS = np.array(ROLE_EVENTS_PER_WEEK)


@dataclass(frozen=True)
class WeekOfUse:
    """Events of one week, one entry each; `row` numbers them before anything is left out."""

    week: int
    row: np.ndarray
    account: np.ndarray
    slot: np.ndarray
    event: np.ndarray  # index into FEATURES, or SIGNED_IN
    variant: np.ndarray
    occurred_at: np.ndarray
    received_at: np.ndarray


def who_is_active(block: Block) -> np.ndarray:
    """Who uses the product at all this week, (n, SLOTS) bool: the content and the diligent."""
    standing, crowd = block.standing, block.crowd
    mood = 0.15 + 0.85 / (1 + np.exp(-(standing.satisfaction - 0.33) / 0.07))
    season = block.calendar.season(block.week, block.companies.industry)
    rate = mood * np.minimum(season, 1.15) * np.where(standing.is_leaving, 0.45, 1.0)
    is_there = standing.present_until > standing.present_from
    here = crowd.members(block.week_ends_at - 1) & is_there[:, None]
    draws = block.rng.random(here.shape)
    return here & (draws < np.minimum(rate[:, None] * crowd.diligence, 0.97))


def use_of_week(block: Block, active: np.ndarray, scale: float, seed: list[int]) -> WeekOfUse:
    """What the active people did: features in use, by role, on working days.

    `scale` thins the events and changes nothing else; draws come from a stream of this week's own.
    """
    rng = np.random.default_rng([*seed, block.week])
    standing, crowd, calendar = block.standing, block.crowd, block.calendar
    accounts, slots = active.nonzero()
    role = crowd.role[accounts, slots]
    mood = 0.4 + 1.3 * standing.satisfaction[accounts]
    counts = rng.poisson(_ROLE_EVENTS[role] * mood * scale)
    signs_in = rng.random(len(accounts)) < scale
    person = np.repeat(np.arange(len(accounts)), counts)
    event = _choose_features(block, accounts[person], role[person], rng)
    person = np.concatenate([person, np.flatnonzero(signs_in)])
    event = np.concatenate([event, np.full(int(signs_in.sum()), SIGNED_IN)])
    account, slot = accounts[person], slots[person]
    count = len(person)
    day = np.searchsorted(calendar.day_weights, rng.random(count), side="right")
    seconds = working_seconds(rng, count)
    at = calendar.instant(
        block.week * 7 + np.minimum(day, 6), seconds, block.companies.zone[account]
    )
    _sign_in_first(at, person, event)
    is_late = rng.random(count) < LATE_SHARE
    delay = np.where(is_late, rng.integers(1800, 40 * 3600, count), rng.integers(1, 4, count))
    variant = rng.integers(0, VARIANTS, count)
    there = (at >= standing.present_from[account]) & (at < standing.present_until[account])
    there &= (at > crowd.joined_at[account, slot]) & (at < crowd.left_at[account, slot])
    there &= at + delay < block.until_at
    return WeekOfUse(
        week=block.week,
        row=np.flatnonzero(there),
        account=account[there],
        slot=slot[there],
        event=event[there],
        variant=variant[there],
        occurred_at=at[there],
        received_at=(at + delay)[there],
    )


def _sign_in_first(at: np.ndarray, person: np.ndarray, event: np.ndarray) -> None:
    """Whoever did anything signed in shortly before the first of it, changed in place."""
    first = np.full(person.max(initial=0) + 1, np.iinfo(np.int64).max)
    did = event != SIGNED_IN
    np.minimum.at(first, person[did], at[did])
    signs_in = ~did & (first[person] < np.iinfo(np.int64).max)
    at[signs_in] = first[person[signs_in]] - 40


def _choose_features(
    block: Block, account: np.ndarray, role: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """One adopted feature for each event, (n,)."""
    needed = np.where(block.companies.needed[account], 1.8, 1.0)
    weights = block.standing.adopted[account] * needed * _POPULARITY * _ROLE_WEIGHTS[role]
    weights[:, 0] += 0.01  # everybody has a dashboard
    cumulative = np.cumsum(weights, axis=1)
    draws = rng.random(len(account)) * cumulative[:, -1]
    return np.minimum((cumulative <= draws[:, None]).sum(axis=1), len(FEATURES) - 1)
