"""Who joins an account and who leaves it, week by week; and what a champion's departure leaves."""

import numpy as np

from tenure.demo.block import Block
from tenure.demo.catalogue import PLANS, ROLES
from tenure.demo.people import NEVER
from tenure.demo.seasons import DAY_S, WEEK_S
from tenure.demo.standing import Phase

_SEATS_MAX = np.array([plan.seats_max for plan in PLANS])
RUSH_WEEKS = 7  # in which colleagues are asked in; afterwards they come one by one
LIVE = (Phase.TRIAL, Phase.FREE, Phase.PAYING)
_VACANT = -1  # the champion's place is free, and nobody has drawn for how long


def change_people(block: Block) -> None:
    """A week of joining and leaving: the content invite, and anybody may change jobs."""
    crowd, standing, rng = block.crowd, block.standing, block.rng
    starts_at = block.calendar.week_starts_at(block.week)
    members = crowd.members(starts_at)
    count = members.sum(axis=1)
    room = np.minimum(block.companies.size_target, _SEATS_MAX[standing.plan])
    eager = (0.2 + 1.2 * standing.satisfaction) * np.where(standing.is_leaving, 0.2, 1.0)
    is_new = starts_at < block.companies.signup_at + RUSH_WEEKS * WEEK_S
    rate = np.where(is_new, 0.24, 0.035) * np.clip(room - count, 0, 6) * eager
    joins = np.minimum(rng.poisson(rate), 3)
    departs = members & (rng.random(members.shape) < block.rules.departure_per_week)
    departs &= (count > 1)[:, None]
    for account in (standing.is_live & (joins > 0)).nonzero()[0]:
        at = block.moment(int(account))
        if at is None:
            continue
        for place in range(int(joins[account])):
            invite(block, int(account), at + 7 * place)
    for account, slot in np.argwhere(departs & standing.is_live[:, None]):
        # Next week, so that it takes its turn among what else falls due then.
        at = block.working_time(int(account), block.week * 7 + 7 + int(rng.integers(0, 5)))
        block.plan_ahead(at, int(account), "depart", int(slot))
    _replace_champions(block, starts_at)


def invite(block: Block, account: int, at: int) -> None:
    """Somebody asks a colleague in, who joins within a day."""
    inviter = block.crowd.speaker(account, at)
    if inviter >= 0 and block.standing.phase[account] in LIVE:
        block.journal.track("Invite Sent", account, inviter, at + 5)
        waits_s = 600 + int(block.rng.exponential(4 * 3600))
        block.plan_ahead(at + min(waits_s, DAY_S), account, "join")


def join(block: Block, account: int, at: int) -> None:
    """The colleague joins, if the account is still there."""
    if block.standing.phase[account] in LIVE:
        block.crowd.join(block.journal, account, at)


def depart(block: Block, account: int, slot: int, at: int) -> None:
    """A person leaves the account's company; without the champion nobody speaks for us."""
    crowd = block.crowd
    if crowd.busy_until[account] >= at:
        block.plan_ahead(int(crowd.busy_until[account]) + 3600, account, "depart", slot)
        return
    is_last = crowd.members(at)[account].sum() < 2
    if (
        is_last
        or crowd.left_at[account, slot] != NEVER
        or block.standing.phase[account] not in LIVE
    ):
        return
    crowd.left_at[account, slot] = at
    if crowd.champion[account] == slot:
        crowd.champion[account] = -1
        crowd.champion_returns_at[account] = _VACANT
    # The event is about the person who goes, as the B2B SaaS spec has it.
    role = ROLES[crowd.role[account, slot]]
    block.journal.track("Account Removed User", account, slot, at, role=role)


def remove_idle_people(block: Block, account: int, seats: int, at: int) -> None:
    """Who uses it least goes until the rest fit into the seats; the champion stays."""
    crowd = block.crowd
    here = crowd.members(at)[account].nonzero()[0]
    by_use = sorted(
        here, key=lambda slot: (slot == crowd.champion[account], crowd.diligence[account, slot])
    )
    for slot in by_use[: max(0, len(here) - seats)]:
        depart(block, account, int(slot), at)


def _replace_champions(block: Block, starts_at: int) -> None:
    """After a while somebody else takes the product up."""
    crowd = block.crowd
    waits = block.rng.exponential(block.rules.replacement_weeks, len(crowd.champion)) * WEEK_S
    vacant = crowd.champion_returns_at == _VACANT
    crowd.champion_returns_at[vacant] = starts_at + waits[vacant].astype(np.int64)
    ready = (crowd.champion < 0) & (crowd.champion_returns_at <= starts_at) & ~vacant
    for account in ready.nonzero()[0]:
        here = crowd.members(block.week_ends_at)[account].nonzero()[0]
        if len(here):
            crowd.champion[account] = here[0]
            crowd.champion_returns_at[account] = NEVER
