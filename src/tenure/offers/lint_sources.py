"""Where each rule of the linter comes from: a study, a law, a figure, or a promise of ours."""

_DESIGN = "Tenure's own rule: what was promised, is dated and watched"

SOURCES = {
    "discount_on_intent": "Ascarza 2018, Retention Futility, JMR 55(1): acting on risk instead of "
    "on response loses money; a wish to leave is answered by help",
    "plan_advice_on_intent": "Ascarza, Iyengar, Schleicher, HBR Oct 2015: plan advice that nobody "
    "had asked for raised leaving from 6.4 % to 10.0 % of 65,000 customers",
    "discount_without_commitments": "give and take: a concession without one teaches to ask again; "
    "no right to leave hangs on it",
    "discount_without_plan": "a lower price on no value: of those who took a discount on leaving "
    "22 % stayed, 11 % beyond its end (Churnkey's own figures)",
    "condition_on_leaving": "leaving is always possible: ROSCA 15 USC 8403, California ARL "
    "(AB 2863), BGB §312k",
    "below_margin_floor": "your [budget]: gross_margin_share and margin_floor_share",
    "no_budget": "cancelling for a discount is taught by guides (conusi.org, 'phantom exit'): what "
    "has no budget is spent by who asks loudest",
    "pause_without_reminder": "nobody is charged again unawares: California ARL, UK DMCC Act 2024 "
    "(reminders before renewal)",
    "pause_is_long": "pauses of more than three months rarely return (marketingskills, no data "
    "given); on average 54 % resume, 43 to 89 % by company (Churnkey)",
    "commitment_unwatched": _DESIGN,
    "commitment_of_ours_unowned": _DESIGN,
    "terms_hidden": "terms are clear before they are agreed to: ROSCA 15 USC 8403(1), UCPD Art. 7",
    "unknown_term": "the text would have a gap",
    "event_unknown": "a commitment is watched by the product's own events",
    "reason_unknown": "reasons.toml",
    "follow_up_unknown": "reasons.toml",
    "plan_unknown": "product.toml",
    "segment_unknown": "a segment that is not there has no members",
    "no_way_there": "an offer of a meeting without a link or a calendar leaves it to a task",
}
