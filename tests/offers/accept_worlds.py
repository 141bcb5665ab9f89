"""Offers as they were shown, ready to be accepted."""

import random

from offers.offer_worlds import book, discount, history, wanted
from tenure.offers.choosing import ShownOffer, choose
from tenure.offers.learned import NOTHING


def shown(text: str, name: str, reason: str = "", **asked) -> ShownOffer:
    """The offer of that name out of a book, as a usual account would see it."""
    found = choose(
        wanted(reason, at_most=9, **asked), book(text), history(), NOTHING, random.Random(1)
    )
    by_name = {each.name: each for each in found.shown}
    assert name in by_name, [(each.name, each.why_not) for each in found.considered]
    return by_name[name]


def shown_discount(**asked) -> ShownOffer:
    """A fifth off 290 a month for three months: 174 in all."""
    return shown(discount(), "less", **asked)
