"""What somebody who leaves says in the cancel flow: a reason, what followed it, a sentence, and
what does the job now. Half of what is said is not what is the matter."""

from dataclasses import dataclass

import numpy as np

from tenure.demo.leaving import CHINESE_WORDS, POLITE_WEIGHTS, WORDS
from tenure.demo.rules import Rules
from tenure.offboard.flow_parts import Flow

# true cause -> the flow's reason that says so
TRUTHFUL = {
    "poor_fit": "missing_feature",
    "never_set_up": "setup_trouble",
    "too_few_use_it": "not_adopted",
    "champion_left": "changed_needs",
    "unreliable": "bad_service",
    "bad_support": "bad_service",
    "need_ended": "changed_needs",
    "competitor": "missing_feature",
    "too_expensive": "price_value",
    "season_over": "changed_needs",
}
POLITE = ("price_value", "not_adopted", "changed_needs", "other", "missing_feature")
# the flow's reason -> whose sentences go with it
_WORDS_OF = {
    "missing_feature": "missing_capability",
    "price_value": "price_value",
    "not_adopted": "low_use",
    "setup_trouble": "hard_to_use",
    "bad_service": "service_experience",
    "changed_needs": "business_change",
    "other": "other",
}
NEXT_JOBS = {"competitor": "rival", "too_expensive": "free_software", "need_ended": "nothing"}
SAYS_A_REASON = 0.9  # asked on the way out more say one than of their own accord
WRITES = 0.45  # of those who name a reason write a sentence too
SAYS_NEXT_JOB = 0.5  # of those who have left, where there is something to say


@dataclass(frozen=True, slots=True)
class Said:
    """Empty where nothing is said."""

    reason: str = ""
    follow_up: str = ""
    text: str = ""
    next_job: str = ""


def say(cause: str, language: str, flow: Flow, rules: Rules, rng: np.random.Generator) -> Said:
    """What is said, in one of the flow's languages. Draws as often, whatever is said."""
    says, is_true, writes, says_job, pick, follow = rng.random(6)
    polite = POLITE[int(rng.choice(len(POLITE), p=POLITE_WEIGHTS))]
    next_job = NEXT_JOBS.get(cause, "") if says_job < SAYS_NEXT_JOB else ""
    if says >= SAYS_A_REASON:
        return Said(next_job=next_job)
    is_true = is_true < rules.says_the_true_one and cause in TRUTHFUL
    code = TRUTHFUL[cause] if is_true else polite
    asked = next(each for each in flow.why.reasons if each.code == code)
    options = [name for name, _ in asked.follow_up.options] if asked.follow_up else []
    follow_up = options[int(follow * len(options))] if options else ""
    text = _sentence(_WORDS_OF[code], language, pick) if writes < WRITES else ""
    return Said(code, follow_up, text, next_job)


def _sentence(code: str, language: str, pick: float) -> str:
    tag = {"zh-hant": "zh-Hant", "zh-hans": "zh-Hans"}.get(language, "")
    if tag in CHINESE_WORDS.get(code, {}):
        return CHINESE_WORDS[code][tag]
    return WORDS[code][int(pick * 2)]
