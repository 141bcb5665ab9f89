"""How each account would respond to each treatment, known to the simulation alone.

A treatment shifts the log-odds of leaving at a decision. The same chance that decided the real life
decides the treated one too, so both outcomes of every account are known: it is *persuadable* when
only the treatment keeps it, *sure* when it stays anyway, a *lost cause* when it leaves anyway, and
a *sleeping dog* when only the treatment makes it leave.
"""

import numpy as np

from tenure.demo.companies import Companies

TREATMENTS = ("training", "discount", "advice_call", "pause", "plan_change", "value_reminder")
CLASSES = {
    (True, False): "persuadable",
    (False, False): "sure",
    (True, True): "lost_cause",
    (False, True): "sleeping_dog",
}
TRAITS = ("unskilled", "price_sensitive", "seasonal", "asleep", "ill_suited")
# Log-odds of leaving: always, then per trait. Negative keeps.
EFFECTS = {
    "training": (0.05, (-2.2, 0.0, 0.0, 0.2, -0.2)),
    "discount": (-0.35, (0.0, -2.0, 0.0, 0.5, 0.0)),
    "advice_call": (-0.55, (-0.9, -0.3, 0.0, 1.9, 0.6)),
    "pause": (0.35, (0.0, -0.4, -2.2, 0.4, 0.2)),
    "plan_change": (0.60, (0.0, -1.4, 0.0, 1.6, 0.3)),
    "value_reminder": (-0.30, (0.0, -0.2, 0.0, 2.4, 0.9)),
}
SPREAD = 0.35  # of what no trait explains


def draw_effects(companies: Companies, rng: np.random.Generator) -> np.ndarray:
    """Shift of the log-odds of leaving, (n, treatments)."""
    sensitive = 1 / (1 + np.exp((np.log(companies.worth_minor) - 8.4) / 0.25))
    traits = np.column_stack(
        [
            np.clip((0.75 - companies.skill) / 0.5, 0, 1),
            sensitive,
            companies.seasonality,
            companies.is_asleep.astype(float),
            np.clip((0.6 - companies.fit) / 0.4, 0, 1),
        ]
    )
    always = np.array([EFFECTS[name][0] for name in TREATMENTS])
    loadings = np.array([EFFECTS[name][1] for name in TREATMENTS])
    return always + traits @ loadings.T + rng.normal(0, SPREAD, (len(companies), len(TREATMENTS)))


def chance_with(chance: float, effects: np.ndarray) -> np.ndarray:
    """The chance of leaving under each treatment, given the chance without, (treatments,)."""
    odds = chance / (1 - chance) * np.exp(effects)
    return odds / (1 + odds)
