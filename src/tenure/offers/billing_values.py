"""What billing is asked for, made of the terms that were shown: nothing else, and nothing anew."""

from collections.abc import Mapping

from tenure.offers import kinds


def billing_values(kind: str, terms: Mapping[str, object]) -> dict[str, object]:
    """The values of the change as `billing.kinds` has them."""
    wanted = _VALUES[kind]
    values = {name: terms[term] for name, term in wanted.items() if terms.get(term) is not None}
    if kind == kinds.DORMANT:
        values["is_dormant"] = True
    return values


# By the name that billing has for it, the term.
_VALUES: dict[str, dict[str, str]] = {
    kinds.CHEAPER_PLAN: {"plan": "plan", "quantity": "seats", "effective": "effective"},
    kinds.PAUSE: {"until_on": "resumes_on", "starts_on": "starts_on"},
    kinds.DORMANT: {"until_on": "wakes_on", "starts_on": "sleeps_on"},
    kinds.DISCOUNT: {
        "percent_off": "percent_off",
        "amount_off_minor": "amount_off_minor",
        "currency": "currency",
        "months": "months",
        "until_on": "ends_on",
        "starts_on": "starts_on",
    },
    kinds.TRIAL_EXTENSION: {"until_on": "ends_on"},
    kinds.FREE_MONTHS: {"months": "months", "until_on": "ends_on", "starts_on": "starts_on"},
    kinds.REFUND: {"amount_minor": "amount_minor", "currency": "currency"},
}
