"""Whether an account leaves when it decides, why in truth, and what it says about it."""

import math

import numpy as np

from tenure.demo.catalogue import PLANS
from tenure.demo.companies import Companies
from tenure.demo.rules import Rules
from tenure.demo.standing import COMPONENTS, Standing
from tenure.demo.value import HEALTHY

# component of value -> true cause
CAUSES = {
    "fit": "poor_fit",
    "progress": "never_set_up",
    "reach": "too_few_use_it",
    "champion": "champion_left",
    "quality": "unreliable",
    "service": "bad_support",
    "need": "need_ended",
    "rival": "competitor",
    "price": "too_expensive",
}
INVOLUNTARY = ("card_failed", "bankrupt", "acquired")
# true cause -> the code that says so (reference: canonical exit reasons)
TRUTHFUL = {
    "poor_fit": "missing_capability",
    "never_set_up": "hard_to_use",
    "too_few_use_it": "low_use",
    "champion_left": "business_change",
    "unreliable": "quality_reliability",
    "bad_support": "service_experience",
    "need_ended": "business_change",
    "competitor": "competitor",
    "too_expensive": "price_value",
    "season_over": "temporary_pause",
    "bankrupt": "business_change",
    "acquired": "business_change",
}
POLITE = ("price_value", "low_use", "business_change", "other", "missing_capability")
POLITE_WEIGHTS = (0.46, 0.2, 0.1, 0.16, 0.08)
WORDS = {
    "price_value": ("Too expensive for what we use.", "We need to cut costs this quarter."),
    "low_use": ("We don't use it enough.", "The team went back to spreadsheets."),
    "missing_capability": (
        "We need retainers and it cannot do them.",
        "It does not fit the way we bill.",
    ),
    "quality_reliability": ("Too many outages on invoice days.", "The sync kept failing."),
    "hard_to_use": ("We never got it set up properly.", "Too complicated for our people."),
    "service_experience": ("Support took days to answer.", "Nobody could help us."),
    "competitor": ("We are moving to another tool.", "We found something that suits us better."),
    "temporary_pause": ("Our season is over.", "No projects until spring."),
    "business_change": ("We are restructuring.", "The project it was for has ended."),
    "other": ("", "Personal reasons."),
}
CHINESE_WORDS = {
    "price_value": {"zh-Hant": "對我們來說太貴了。", "zh-Hans": "对我们来说太贵了。"},
    "low_use": {"zh-Hant": "我們用得太少。", "zh-Hans": "我们用得太少。"},
    "hard_to_use": {"zh-Hant": "一直沒有設定好。", "zh-Hans": "一直没有设置好。"},
    "service_experience": {"zh-Hant": "客服回覆太慢。", "zh-Hans": "客服回复太慢。"},
    "competitor": {"zh-Hant": "我們改用別的工具。", "zh-Hans": "我们改用别的工具。"},
}


def chance_of_leaving(
    standing: Standing, companies: Companies, rules: Rules, account: int
) -> float:
    """Probability that the account decides to leave at a decision that is due now."""
    pain = rules.price_pain * _price_excess(standing, companies, account)
    content = float(standing.satisfaction[account]) - pain
    monthly = rules.leave_at_most / (
        1 + math.exp((content - rules.leave_midpoint) / rules.leave_spread)
    )
    if companies.is_asleep[account]:
        monthly *= 1 - rules.asleep_discount
    if standing.is_annual[account]:
        return 1 - (1 - monthly) ** rules.annual_weight
    return monthly


def true_cause(standing: Standing, companies: Companies, rules: Rules, account: int) -> str:
    """The one thing whose repair would have raised satisfaction most.

    Each component is lifted to its healthy level, by itself, from where satisfaction's own inertia
    has it; the price is cut to what the product is worth to the account.
    """
    satisfaction = float(standing.satisfaction[account])
    gains = {
        component: satisfaction * max(0.0, HEALTHY[component] / float(level) - 1)
        for component, level in zip(COMPONENTS, standing.smoothed[account], strict=True)
    }
    gains["price"] = rules.price_pain * _price_excess(standing, companies, account)
    component = max(gains, key=lambda name: gains[name])
    return CAUSES[component] if gains[component] > 0.01 else "need_ended"


def stated_reason(cause: str, rules: Rules, rng: np.random.Generator) -> str | None:
    """What the account says when it leaves, as a reason code; None when it says nothing."""
    if rng.random() >= rules.says_a_reason:
        return None
    if cause in TRUTHFUL and rng.random() < rules.says_the_true_one:
        return TRUTHFUL[cause]
    return POLITE[int(rng.choice(len(POLITE), p=POLITE_WEIGHTS))]


def reason_text(code: str, language_tag: str, rng: np.random.Generator) -> str:
    """The sentence that goes with a reason; some accounts in Taiwan and China write Chinese."""
    pick = int(rng.integers(0, 2))
    if language_tag in CHINESE_WORDS.get(code, {}):
        return CHINESE_WORDS[code][language_tag]
    return WORDS[code][pick]


def is_overprovisioned(standing: Standing, account: int) -> bool:
    """Whether the account pays for far more seats than it uses."""
    least = PLANS[standing.plan[account]].seats_min
    used = max(least, math.ceil(float(standing.active_people[account])) + 1)
    return used < 0.7 * int(standing.seats[account])


def _price_excess(standing: Standing, companies: Companies, account: int) -> float:
    worth = companies.worth_minor[account] * max(float(standing.active_people[account]), 0.7)
    return min(2.0, max(0.0, float(standing.mrr_minor[account]) / float(worth) - 1))
