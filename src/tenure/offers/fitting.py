"""Whether an offer fits an account: every reason why not, and the terms if it does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from tenure.card.product_parts import Product
from tenure.offers.bills import is_below_year_list
from tenure.offers.history import History
from tenure.offers.kinds import DORMANT, PRICE_CUTS, RESTS, TRIAL_EXTENSION
from tenure.offers.next_step import NEXT_STEP, NextStep
from tenure.offers.parts import INTENT, THEM, Commitment, Offer, OfferBook
from tenure.offers.terms import Terms, terms_of
from tenure.offers.unfit import Unfit
from tenure.offers.wanted import Wanted

_GONE = ("leaving", "left")
# A year of a plan paid monthly at its list price is a share of 1; less is a discount already.
_LIST_PRICE_SHARE = 0.995


@dataclass(frozen=True, slots=True)
class Fitting:
    """One candidate. `terms` are None where it does not fit."""

    offer: Offer
    why_not: tuple[str, ...]
    terms: Terms | None
    commitments: tuple[Commitment, ...] = ()
    step: str = ""  # what `{{ next_step }}` says


def fitting(
    offer: Offer,
    wanted: Wanted,
    book: OfferBook,
    history: History,
    step: NextStep | None = None,
) -> Fitting:
    """The offer with its terms for this account, or all that speaks against it.

    `step` is the account's `next_step`: commitments to it are left out where there is none.
    """
    why_not = [*_occasion(offer, wanted), *_account(offer, wanted, book, history)]
    commitments = _agreed(offer, step)
    terms = None
    try:
        terms = terms_of(offer, wanted, book)
    except Unfit as error:
        why_not.append(error.code)
    if offer.kind in PRICE_CUTS:
        if len(commitments) < len(offer.commitments):
            why_not.append("no_step")
        elif needs_plan(wanted, book) and not has_plan(commitments):
            why_not.append("no_first_value")
        why_not += _price_cut(wanted, book, history, terms)
    if terms is not None:
        why_not += budgets_left(terms, book, history)
    codes = tuple(dict.fromkeys(why_not))
    if codes:
        return Fitting(offer, codes, None)
    return Fitting(offer, (), terms, commitments, step.title if step else "")


def _agreed(offer: Offer, step: NextStep | None) -> tuple[Commitment, ...]:
    """The commitments with the event that shows each done."""
    named = (
        replace(each, event=step.event) if each.event == NEXT_STEP and step else each
        for each in offer.commitments
    )
    return tuple(each for each in named if each.event != NEXT_STEP)


def _occasion(offer: Offer, wanted: Wanted) -> Iterator[str]:
    if not offer.is_enabled:
        yield "not_enabled"
    if wanted.allowed is not None and offer.name not in wanted.allowed:
        yield "not_allowed"
    if wanted.text("status") in _GONE or wanted.text("stage") in _GONE:
        yield "leaving"
    if wanted.because == INTENT and offer.kind in PRICE_CUTS:
        yield "discount_on_intent"
    elif wanted.because not in offer.because:
        yield "not_here"
    if wanted.reason in offer.except_reasons:
        yield "reason"
    elif not (offer.kind == DORMANT and is_seasonal(wanted)):
        # Who sleeps every year at this time may sleep, whatever they call it.
        if offer.reasons and wanted.reason not in offer.reasons:
            yield "reason"
        if offer.follow_ups and wanted.follow_up not in offer.follow_ups:
            yield "follow_up"


def _account(offer: Offer, wanted: Wanted, book: OfferBook, history: History) -> Iterator[str]:
    if offer.asked is not None:
        values = {**wanted.values, "account_id": wanted.account_id}
        holds = offer.asked(values, wanted.today, ZoneInfo(book.time_zone))
        if holds is not True:
            yield "condition" if holds is False else "condition_unknown"
    if offer.segments and not history.segments.intersection(offer.segments):
        yield "segment"
    cooldown = timedelta(days=book.budget.cooldown_days)
    if offer.kind in (*RESTS, TRIAL_EXTENSION):
        last_on = history.last_on(offer=offer.name)
        if last_on is not None and wanted.today - last_on < cooldown:
            yield "cooldown"
        if offer.kind in RESTS and history.running(RESTS):
            yield "already_paused"


def _price_cut(
    wanted: Wanted, book: OfferBook, history: History, terms: Terms | None
) -> Iterator[str]:
    if history.running(PRICE_CUTS) or _pays_less(wanted, book.product):
        yield "discount_running"
    last_on = history.last_on(is_price_cut=True)
    if last_on is not None and wanted.today - last_on < timedelta(book.budget.cooldown_days):
        yield "cooldown"
    if history.visits_with_price_cut >= book.budget.habit_visits:
        yield "habit"
    share = terms.price_share if terms is not None else None
    floor = exact(book.budget.margin_floor_share)
    if share is not None and margin_share(share, book) < floor:
        yield "below_margin_floor"


def needs_plan(wanted: Wanted, book: OfferBook) -> bool:
    """Whether the account never got what the product is for, so that a lower price alone would be
    a price on no value. Where no steps are declared, it is asked whether anybody ever used it.
    """
    if book.product.first_value.steps:
        return wanted.day("first_value_on") is None
    return wanted.values.get("last_seen_on") is None


def has_plan(commitments: Iterable[Commitment]) -> bool:
    """Whether they agree to something that events show: the plan to get there."""
    return any(each.side == THEM and each.event for each in commitments)


def margin_share(price_share: Fraction, book: OfferBook) -> Fraction:
    """What is left of the list price after the cost of serving, which no discount makes less."""
    return price_share - (1 - exact(book.budget.gross_margin_share))


def exact(share: float) -> Fraction:
    """The share as it was written: 0.3 is three tenths, and no nearest double of it."""
    return Fraction(str(share))


def _pays_less(wanted: Wanted, product: Product) -> bool:
    """Whether it is below list price: of the month, which a year paid in advance rightly is, or of
    the year where one is named.
    """
    if wanted.bill_months > 1:
        return is_below_year_list(wanted, product, _LIST_PRICE_SHARE)
    share = wanted.values.get("price_to_list_share")
    return share is not None and float(share) < _LIST_PRICE_SHARE  # type: ignore[arg-type]


def budgets_left(terms: Terms, book: OfferBook, history: History) -> Iterator[str]:
    """What is over budget once this is given. An offer that costs nothing is never."""
    if terms.cost_minor > 0:
        currency = str(terms.values["currency"])
        yield from over_budget(terms.cost_minor, currency, book, history)


def over_budget(cost_minor: int, currency: str, book: OfferBook, history: History) -> Iterator[str]:
    """Which budgets so much more would be over; those of a currency that has none are 0."""
    account_minor = book.budget.per_account_minor.get(currency, 0)
    if history.spent_minor(currency) + cost_minor > account_minor:
        yield "budget_account"
    if history.spent_all_minor.get(currency, 0) + cost_minor > book.budget.all_month_minor.get(
        currency, 0
    ):
        yield "budget_all"


def is_seasonal(wanted: Wanted) -> bool:
    """Whether it is as quiet as its own last year was at this time: it sleeps, it does not go.

    One year alone says little (docs/offers.md has figures), so this year has to agree with it.
    """
    values = wanted.values
    last_year, this_year = values.get("season_ratio"), values.get("events_trend_ratio")
    if values.get("is_season_own") is not True or last_year is None or this_year is None:
        return False
    return max(float(last_year), float(this_year)) < SEASONAL_RATIO  # type: ignore[arg-type]


SEASONAL_RATIO = 0.7  # of the use a day in the three months before
