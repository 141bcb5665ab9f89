"""The kinds of offer: what each asks of the book, does in billing, and may say in its words.

`says` are the names that `{{ ... }}` in its texts may hold: a term by its name, without `_minor`.
`must_say` are those that its terms have to hold, so that nobody agrees to what was not written.
"""

from collections.abc import Mapping
from dataclasses import dataclass

CHEAPER_PLAN, PAUSE, DISCOUNT = "cheaper_plan", "pause", "discount"
TRIAL_EXTENSION, TRAINING, ADVICE, PARTNER = "trial_extension", "training", "advice", "partner"
DORMANT, FREE_MONTHS, HUMAN, REFUND = "dormant", "free_months", "human", "refund"
CUSTOM = "custom"

# They pay less for the same: budgets, cooldowns, the margin floor and the linter are about these.
PRICE_CUTS = frozenset({DISCOUNT, FREE_MONTHS, REFUND})
# They stop paying for a while and use nothing meanwhile.
RESTS = frozenset({PAUSE, DORMANT})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `change` is what billing is asked for; empty: a person does it, or nobody."""

    fields: frozenset[str]
    says: frozenset[str]
    must_say: frozenset[str] = frozenset()
    change: str = ""
    has_task: bool = False


def _kind(
    fields: str, says: str, must_say: str = "", change: str = "", has_task: bool = False
) -> Kind:
    words = (frozenset(each.split()) for each in (fields, says, must_say))
    return Kind(*words, change=change, has_task=has_task)


KINDS: Mapping[str, Kind] = {
    CHEAPER_PLAN: _kind(
        "plan", "plan plan_before price_before price_after saving per_bill starts_on seats",
        "plan price_after", "plan_change",
    ),
    PAUSE: _kind(
        "months reminder_days",
        "months starts_on resumes_on reminder_on price_after per_bill",
        "resumes_on price_after", "pause",
    ),
    DISCOUNT: _kind(
        "percent_off amount_off_minor months",
        "percent_off amount_off months starts_on ends_on price_before price_during price_after "
        "per_bill",
        "price_during ends_on price_after", "discount",
    ),
    TRIAL_EXTENSION: _kind("days", "days ends_on ended_on", "ends_on", "trial_extension"),
    TRAINING: _kind("link minutes within_days", "minutes by_on link", has_task=True),
    ADVICE: _kind("link calendar minutes within_days", "minutes by_on link", has_task=True),
    PARTNER: _kind("partner link within_days", "partner link by_on", has_task=True),
    DORMANT: _kind(
        "months reminder_days",
        "sleeps_on wakes_on reminder_on price_after per_bill", "wakes_on price_after", "pause",
    ),
    FREE_MONTHS: _kind(
        "months", "months starts_on ends_on price_before price_after per_bill",
        "ends_on price_after", "free_months",
    ),
    HUMAN: _kind("link calendar minutes within_days", "minutes by_on link", has_task=True),
    REFUND: _kind(
        "percent amount_minor within_days", "amount percent price_after per_bill", "amount",
        "refund",
    ),
    CUSTOM: _kind("link within_days has_task", "link by_on"),
}  # fmt: skip
