"""Is this account worth saving: a verdict with its grounds, before any effort is spent.

    verdict(card, facts) -> Verdict(code, grounds)

Pure. The first of these that holds decides: a rule of worth.toml about their reason (gone, wants
something else, not our kind), the operator's condition of fit, effort that would cost more than
even the best chance can bring. Else it is worth it. Every ground is said, also those that did not
decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenure.proof.shares import Share
from tenure.reasons.review_models import Occasion, Worth
from tenure.reasons.worth_file import Rule, WorthRules

Ground = dict[str, Any]

# Where this company's own history is silent, for the order of the list alone, never shown.
# Came back of themselves: 79 of 754 in 180 days; notices taken back: about 4 % (reference:
# offboarding, 2.1 and 2.5). Of those who have not decided nothing is known: as likely as not.
USUAL = {Occasion.LEFT: 0.105, Occasion.LEAVING: 0.04}
AS_LIKELY_AS_NOT = 0.5
WEIGHT_OF_USUAL = 5.0  # cases
DECIDED = frozenset({Occasion.LEAVING, Occasion.LEFT})


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a verdict rests on beside the card. `chance` is of similar cases: who came back, or
    stayed. `fits` and `does_not_fit` are None where nothing was asked or nobody can tell.
    """

    occasion: str
    rules: WorthRules
    reason: str = ""
    reason_source: str = ""
    follow_up: str = ""
    next_job: str = ""
    mrr_minor: int = 0
    currency: str = ""
    chance: Share | None = None
    chance_group: str = ""  # a reason, a signal's kind; empty: all of the occasion
    tried: tuple[Ground, ...] = ()
    fits: bool | None = None
    does_not_fit: bool | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    code: str
    grounds: tuple[Ground, ...]
    margin_minor: int = 0
    expected_minor: int = 0


def verdict(card: Mapping[str, object], facts: CaseFacts) -> Verdict:
    """What to do before effort is spent, and why. `card` are the values of the account card."""
    margin = margin_minor(facts)
    rule = next((each for each in facts.rules.rules if _holds(each, facts)), None)
    grounds = [
        *_of_reason(facts, rule),
        _of_fit(facts),
        _of_margin(facts, margin),
        _of_chance(facts),
        *_of_effort(facts),
        *_of_card(card),
        {"what": "tried", "pieces": list(facts.tried)},
    ]
    return Verdict(
        _code(facts, rule, margin), tuple(grounds), margin, expected_minor(facts, margin)
    )


def margin_minor(facts: CaseFacts) -> int:
    """What it pays in the months that count, less what serving it costs."""
    return round(facts.mrr_minor * facts.rules.months * facts.rules.gross_margin_share)


def expected_minor(facts: CaseFacts, margin: int) -> int:
    """Margin × chance: what the list is ordered by.

    Of who has not decided yet, only what is likely to be lost can be saved: margin × the share
    that is lost × the share that stays. Few cases are drawn towards what is usual elsewhere.
    """
    usual = USUAL.get(Occasion(facts.occasion), AS_LIKELY_AS_NOT)
    part, of = (facts.chance.part, facts.chance.of) if facts.chance else (0, 0)
    chance = (part + usual * WEIGHT_OF_USUAL) / (of + WEIGHT_OF_USUAL)
    lost = 1.0 if facts.occasion in DECIDED else 1.0 - chance
    return round(margin * lost * chance)


def _code(facts: CaseFacts, rule: Rule | None, margin: int) -> str:
    if rule is not None:
        return rule.verdict
    if facts.does_not_fit is True or facts.fits is False:
        return Worth.NOT_OURS
    cost = effort_minor(facts)
    best = facts.chance.high if is_told(facts) and facts.chance else 1.0
    if cost is not None and margin * (best or 0.0) < cost:
        return Worth.TOO_SMALL
    return Worth.YES


def _holds(rule: Rule, facts: CaseFacts) -> bool:
    return (
        facts.reason in rule.reasons
        and (rule.follow_ups is None or facts.follow_up in rule.follow_ups)
        and (rule.next_jobs is None or facts.next_job in rule.next_jobs)
    )


def is_told(facts: CaseFacts) -> bool:
    """Whether there are cases enough to say a chance."""
    return facts.chance is not None and facts.chance.of >= facts.rules.too_few


def effort_minor(facts: CaseFacts) -> int | None:
    """What one case costs us in the account's currency; None where worth.toml does not say."""
    hour = facts.rules.hour_cost_minor.get(facts.currency)
    return None if hour is None else round(hour * facts.rules.hours_a_case)


def _of_reason(facts: CaseFacts, rule: Rule | None) -> list[Ground]:
    if not facts.reason:
        return [{"what": "no_reason"}]
    return [
        {
            "what": "reason",
            "reason": facts.reason,
            "source": facts.reason_source,
            "follow_up": facts.follow_up,
            "next_job": facts.next_job,
            "decides": rule.verdict if rule else "",
        }
    ]


def _of_fit(facts: CaseFacts) -> Ground:
    if facts.does_not_fit is True:
        return {"what": "fit", "is": False, "by": "does_not_fit"}
    if facts.fits is not None:
        return {"what": "fit", "is": facts.fits, "by": "fits"}
    is_asked = facts.rules.fits is not None or facts.rules.does_not_fit is not None
    return {"what": "fit", "is": None, "by": "unknown" if is_asked else "not_asked"}


def _of_margin(facts: CaseFacts, margin: int) -> Ground:
    return {
        "what": "margin",
        "minor": margin,
        "mrr_minor": facts.mrr_minor,
        "currency": facts.currency,
        "months": facts.rules.months,
    }


def _of_chance(facts: CaseFacts) -> Ground:
    of = facts.chance.of if facts.chance else 0
    if not is_told(facts) or facts.chance is None:
        return {"what": "chance_unknown", "of": of, "needs": facts.rules.too_few - of}
    return {
        "what": "chance",
        "occasion": facts.occasion,
        "group": facts.chance_group,
        "part": facts.chance.part,
        "of": of,
        "low": facts.chance.low,
        "high": facts.chance.high,
        "days": facts.rules.within_days,
    }


def _of_effort(facts: CaseFacts) -> list[Ground]:
    cost = effort_minor(facts)
    ground: Ground = {"what": "effort", "hours": facts.rules.hours_a_case}
    if cost is not None:
        ground.update(minor=cost, currency=facts.currency)
    return [ground]


def _of_card(card: Mapping[str, object]) -> list[Ground]:
    """What is known of what they came for."""
    grounds: list[Ground] = []
    if card.get("required_outcome"):
        grounds.append(
            {
                "what": "outcome",
                "outcome": card["required_outcome"],
                "is_reached": card.get("is_outcome_reached"),
            }
        )
    if card.get("customer_since_on") is not None:
        first = card.get("first_value_on")
        if first is not None or card.get("step_reached") is not None:
            grounds.append({"what": "first_value", "is_reached": first is not None})
    return grounds
