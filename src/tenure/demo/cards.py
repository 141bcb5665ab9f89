"""When the cards that accounts pay by expire, as each payment's fact says."""

from collections import defaultdict
from datetime import date, timedelta

import numpy as np

from tenure.demo.block import Block
from tenure.demo.journal import Fact

BECAUSE_EXPIRED = 0.45  # of charges that fail do so because the card has just expired
VALID_MONTHS = 36


def show_expiry(block: Block, rng: np.random.Generator) -> None:
    """Put `card_expires_on` into the payments of who pays by card, in place.

    A charge fails for an expired card or for another reason; a card that was not the reason is
    replaced in its last month, and the next payment shows the new date.
    """
    payments: dict[int, list[int]] = defaultdict(list)
    facts = block.journal.facts
    for place, fact in enumerate(facts):
        if fact.kind.startswith("payment_") and block.companies.pays_by_card[fact.account]:
            payments[fact.account].append(place)
    for _, places in sorted(payments.items()):
        places.sort(key=lambda place: facts[place].at)
        _of_account(block, facts, places, rng)


def _of_account(
    block: Block, facts: list[Fact], places: list[int], rng: np.random.Generator
) -> None:
    expires = _month_end(block.calendar.date_of(facts[places[0]].at), int(rng.integers(1, 36)))
    groups: list[list[int]] = [[]]  # payments between failures; a group ends before a recovery
    for place in places:
        groups[-1].append(place)
        fact = facts[place]
        if fact.kind == "payment_failed" and fact.attributes["attempt"] == 1:
            groups.append([])
    for group in groups:
        if not group:
            continue
        last = facts[group[-1]]
        failed_on = block.calendar.date_of(last.at)
        if last.kind == "payment_failed" and rng.random() < BECAUSE_EXPIRED:
            expires = _month_end(failed_on, -1)
        for place in group:
            on = block.calendar.date_of(facts[place].at)
            is_reason = last.kind == "payment_failed" and place == group[-1]
            while expires < on and not is_reason and facts[place].kind == "payment_succeeded":
                expires = _month_end(expires, VALID_MONTHS)
            attributes = {**facts[place].attributes, "card_expires_on": expires.isoformat()}
            facts[place] = facts[place]._replace(attributes=attributes)


def _month_end(on: date, months: int) -> date:
    """The last day of the month that comes so many months after the one of `on`."""
    month = on.year * 12 + on.month + months
    return date(month // 12, month % 12 + 1, 1) - timedelta(days=1)
