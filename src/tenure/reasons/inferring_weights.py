"""How much each rule tells, learned from the company's own leavers and stayers.

One logistic regression of leaving on the strengths of all rules together, so that two rules that
hold for the same accounts are not counted twice; beside them how long the account was there, how
many people it has, and how busy they were.
Each rule starts from what is usual (its prior) and moves from there only as far as the company's
own history carries: the maximum a posteriori under a normal prior, found by Newton's method.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

import numpy as np

USUAL, USUAL_IF_SAID = 0.4, 1.2  # log odds ratio of a rule that holds in full, before any history
SPREAD = 1.0  # how far history may easily move it
WEAK = 0.2  # a rule below this does not tell leavers from stayers
# Borders of the bands: days there, people, and each person's days of use in 28, earlier.
TENURE_DAYS, PEOPLE, BUSY_DAYS = (30, 60, 120, 240, 480), (2, 4, 8, 16), (1.0, 3.0, 5.0, 7.0)
STEPS, CLOSE = 40, 1e-8


@dataclass(frozen=True, slots=True)
class Weight:
    """What one rule tells. `leavers` of `of_leavers` had it, `stayers` of `of_stayers`."""

    rule: str
    log_odds: float  # where it holds in full, all other rules equal; shrunk
    leavers: int
    of_leavers: int
    stayers: int
    of_stayers: int

    @property
    def is_weak(self) -> bool:
        """It does not tell who leaves: half a ratio of 1.2, or less."""
        return self.log_odds < WEAK

    @property
    def ratio(self) -> float:
        """How many times as common it is among leavers; half a one is added on each side."""
        left = (self.leavers + 0.5) / (self.of_leavers + 1)
        return left / ((self.stayers + 0.5) / (self.of_stayers + 1))


@dataclass(frozen=True)
class Weights:
    """Each rule's weight, and what is usual among those who stayed."""

    of_rules: tuple[Weight, ...]
    paid_per_person_minor: dict[str, float] = field(default_factory=dict)
    leavers: int = 0
    stayers: int = 0
    digest: str = ""  # of the rules, the taxonomy and the product that it was learned with

    @cached_property
    def by_rule(self) -> dict[str, Weight]:
        return {each.rule: each for each in self.of_rules}

    def as_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def of_text(cls, text: str) -> "Weights":
        said = json.loads(text)
        said["of_rules"] = tuple(Weight(**each) for each in said["of_rules"])
        return cls(**said)


def learn(
    rules: Sequence[tuple[str, bool]],
    left: np.ndarray,
    stayed: np.ndarray,
    beside: tuple[np.ndarray, np.ndarray],
) -> list[Weight]:
    """The weight of each rule, given as (name, whether somebody said so).

    `left` and `stayed` have a row for each subject and a column for each rule, with strengths of
    0 to 1. `beside` says of the same how many days they were there, how many people, and how busy
    these were: those who are many and busy write more tickets, and stay longer.
    """
    prior = np.array([USUAL_IF_SAID if says_it else USUAL for _, says_it in rules])
    found = prior
    if len(left) and len(stayed):
        strengths = np.vstack([left, stayed])
        bands = _bands(np.vstack(beside))
        has_left = np.r_[np.ones(len(left)), np.zeros(len(stayed))]
        found = _most_likely(strengths, bands, has_left, prior)
    return [
        Weight(
            name,
            round(float(found[place]), 4),
            int((left[:, place] > 0).sum()) if len(left) else 0,
            len(left),
            int((stayed[:, place] > 0).sum()) if len(stayed) else 0,
            len(stayed),
        )
        for place, (name, _) in enumerate(rules)
    ]


def shares(scores: dict[str, float]) -> tuple[dict[str, float], float]:
    """What share of a leaving each code explains, and the share that nothing explains.

    With an odds ratio of e^s for all that was seen, 1 - e^-s of such leavings would not have
    happened without it (the attributable fraction among the exposed; Greenland and Robins, Am. J.
    Epidemiol. 128, 1988). It is split over the codes by their part of s.
    """
    held = {code: score for code, score in scores.items() if score > 0}
    total = sum(held.values())
    explained = 1 - math.exp(-total)
    return (
        {code: explained * score / total for code, score in held.items()} if total else {},
        math.exp(-total),
    )


def _bands(beside: np.ndarray) -> np.ndarray:
    """A column for each band of days, which together are the intercept, and of people."""
    days = np.searchsorted(TENURE_DAYS, beside[:, 0], side="right")
    people = np.searchsorted(PEOPLE, beside[:, 1], side="right")
    busy = np.searchsorted(BUSY_DAYS, beside[:, 2], side="right")
    return np.hstack(
        [
            np.eye(len(TENURE_DAYS) + 1)[days],
            np.eye(len(PEOPLE) + 1)[people][:, 1:],
            np.eye(len(BUSY_DAYS) + 1)[busy][:, 1:],
        ]
    )


def _most_likely(
    strengths: np.ndarray, bands: np.ndarray, has_left: np.ndarray, prior: np.ndarray
) -> np.ndarray:
    x = np.hstack([strengths, bands])
    middle = np.r_[prior, np.zeros(bands.shape[1])]
    precision = np.r_[np.full(len(prior), 1 / SPREAD**2), np.full(bands.shape[1], 1e-3)]
    beta = middle.copy()
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        slope = x.T @ (has_left - chance) - precision * (beta - middle)
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < CLOSE:
            break
    return beta[: len(prior)]
