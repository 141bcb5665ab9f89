"""The one next thing that an account could do to get what it bought the product for.

A commitment with the event `@next_step` is about this: an agreed plan, and not a phrase.
"""

from dataclasses import dataclass

from tenure.card.product_parts import Product
from tenure.offers.wanted import Wanted

NEXT_STEP = "@next_step"


@dataclass(frozen=True, slots=True)
class NextStep:
    """What is to be done, and the event that shows it."""

    title: str
    event: str


def next_step(wanted: Wanted, product: Product) -> NextStep | None:
    """In this order: the step to first value that it has not taken; of what shows the outcome that
    it wants, if it has not reached it, what it pays for and never used, else the first; anything
    that it pays for and never used. None where the product file or the card names none of these.
    """
    for step in product.first_value.steps:
        if step.name == wanted.text("next_step"):
            return NextStep(step.next or step.title, step.event)
    unused = [str(name) for name in wanted.values.get("paid_features_unused") or ()]  # type: ignore[union-attr]
    features = {each.name: each for each in product.features if each.events}
    new = [features[name] for name in unused if name in features]
    outcome = product.outcome_called(wanted.text("required_outcome"))
    if outcome is not None and wanted.values.get("is_outcome_reached") is not True:
        for feature in new:
            for event in feature.events:
                if event in outcome.events:
                    return NextStep(feature.title, event)
        return NextStep(outcome.title, outcome.events[0])
    # What only we have comes first: it is why they would miss us.
    for feature in sorted(new, key=lambda each: not each.sets_apart_product):
        return NextStep(feature.title, feature.events[0])
    return None
