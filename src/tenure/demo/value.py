"""What an account got out of the product this week, and how content that leaves it.

value = fit^0.6 x progress' x reach' x champion' x quality x service' x need x rival', where x' runs
from a floor to 1 (see `rules.py`). Satisfaction follows value with inertia.
"""

import numpy as np

from tenure.demo.block import Block
from tenure.demo.catalogue import FEATURES
from tenure.demo.people import IMPLEMENTER
from tenure.demo.seasons import WEEK_S

# A week's factors that nobody would complain about; the cause of leaving is the component whose
# repair to this level would help most.
HEALTHY = {
    "fit": 0.84, "progress": 0.86, "reach": 0.80, "champion": 1.0,
    "quality": 0.985, "service": 0.95, "need": 1.0, "rival": 1.0,
}  # fmt: skip
_PLAN_RANK = np.array([feature.plan_rank for feature in FEATURES])


def adopt_features(block: Block) -> None:
    """Set up a week's worth: needed features first, fast while new, faster with skilled hands."""
    standing, companies, crowd = block.standing, block.companies, block.crowd
    rules = block.rules
    starts_at = block.calendar.week_starts_at(block.week)
    age_weeks = (starts_at - companies.signup_at) / WEEK_S
    hands = (crowd.members(block.week_ends_at) & (crowd.role == IMPLEMENTER)).any(axis=1)
    pace = rules.adoption_per_week * companies.skill * np.where(hands, 1.3, 0.55)
    pace *= np.where(age_weeks < rules.adoption_fades_after_weeks, 1.0, 0.33)
    chance = np.where(companies.needed, pace[:, None], 0.25 * pace[:, None])
    allowed = _PLAN_RANK[None, :] <= standing.plan[:, None]
    adopts = (block.rng.random(chance.shape) < chance) & standing.is_live[:, None]
    standing.adopted = np.where(
        standing.is_live[:, None], (standing.adopted | adopts) & allowed, standing.adopted
    )
    standing.progress = (standing.adopted & companies.needed).sum(axis=1) / companies.needed.sum(
        axis=1
    )
    standing.had_first_value |= (standing.progress >= 0.5) & (standing.active_people > 0.4)


def receive_value(block: Block, active: np.ndarray) -> None:
    """A week's value from what is in place and how many were active, (n,); moves satisfaction."""
    standing, live = block.standing, block.standing.is_live
    standing.active_people = np.where(
        live, 0.65 * standing.active_people + 0.35 * active, standing.active_people
    )
    standing.projects += np.where(live, 0.11 * active * standing.satisfaction, 0.0)
    expected = np.clip(block.companies.size_target, 1.5, 8)
    reach = np.clip(active / expected, 0, 1) ** 0.5
    standing.reach = np.where(live, 0.85 * standing.reach + 0.15 * reach, standing.reach)
    factors = _factors(block)
    standing.value = np.where(live, factors.prod(axis=1), 0.0)
    keep = block.rules.inertia
    moved = keep * standing.satisfaction + (1 - keep) * standing.value
    standing.satisfaction = np.where(live, moved, standing.satisfaction)
    smoothed = keep * standing.smoothed + (1 - keep) * factors
    standing.smoothed = np.where(live[:, None], smoothed, standing.smoothed)
    standing.quality = np.minimum(1.0, standing.quality + 0.08 * (1 - standing.quality))


def meet_incidents(block: Block) -> None:
    """Outages of this week hurt who uses the feature: a little, or a lot."""
    standing = block.standing
    starts_at = block.calendar.week_starts_at(block.week)
    for incident in block.calendar.incidents:
        if starts_at <= incident.started_at < starts_at + WEEK_S:
            hurt = standing.adopted[:, incident.feature] & standing.is_live
            standing.quality = np.where(
                hurt, standing.quality * (0.62 if incident.is_bad else 0.93), standing.quality
            )


def meet_the_world(block: Block) -> None:
    """Needs end and rivals court, whatever the product does."""
    standing, rules, rng = block.standing, block.rules, block.rng
    n = len(standing.phase)
    ends = (rng.random(n) < rules.need_ends_per_week) & standing.is_live
    standing.need = np.where(ends, 0.42, standing.need)
    courted = (rng.random(n) < rules.rival_courts_per_week) & standing.is_live
    standing.rival_until_week = np.where(courted, block.week + 12, standing.rival_until_week)


def _factors(block: Block) -> np.ndarray:
    """The factors of value in the order of COMPONENTS, (n, components)."""
    standing, rules = block.standing, block.rules

    def floor(least: float, share: np.ndarray) -> np.ndarray:
        return least + (1 - least) * share

    return np.column_stack(
        [
            block.companies.fit**0.6,
            floor(rules.value_without_progress, standing.progress),
            floor(rules.value_without_reach, standing.reach),
            floor(rules.value_without_champion, (block.crowd.champion >= 0).astype(float)),
            standing.quality,
            floor(rules.value_under_bad_service, standing.service),
            standing.need,
            np.where(standing.rival_until_week > block.week, 0.62, 1.0),
        ]
    )
