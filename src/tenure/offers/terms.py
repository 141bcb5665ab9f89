"""What exactly is offered: days, amounts and a currency, made of the offer and the card.

Whatever is shown is what is stored, for ever: nothing here is worked out anew when somebody
accepts. Days are ISO texts, amounts integer minor units of `currency`. A price is that of one bill,
which is for a month where `bill_months` does not say for how many. Each kind also says when it
makes no sense, by raising Unfit.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tenure.billing.kinds import later
from tenure.offers import kinds
from tenure.offers.bills import YEAR_MONTHS, bill_minor, paid_minor, whole_months
from tenure.offers.cheaper_plan import cheaper_plan
from tenure.offers.parts import Money, Offer, OfferBook
from tenure.offers.unfit import Unfit
from tenure.offers.wanted import Wanted
from tenure.offers.wording import says_for_how_long
from tenure.saves.promised import a_month_minor

TermValues = dict[str, object]


@dataclass(frozen=True, slots=True)
class Terms:
    """`forgone_minor` is price that is not asked for, `paid_minor` what goes out of our pocket;
    `price_share` the price that is left of the list price, over its term or a year.
    """

    values: TermValues
    forgone_minor: int = 0
    paid_minor: int = 0
    price_share: Fraction | None = None

    @property
    def cost_minor(self) -> int:
        return self.forgone_minor + self.paid_minor


def terms_of(offer: Offer, wanted: Wanted, book: OfferBook) -> Terms:
    """The terms for this account, today. Raises Unfit where the kind makes no sense for it."""
    currency = wanted.text("currency") or wanted.currency or book.currency
    terms = _OF[offer.kind](offer, wanted, book, currency)
    cost_minor = amount_in(offer.cost_minor, currency)
    values = {"currency": currency, "version": offer.version, **terms.values}
    if "price_after_minor" in values and (months := whole_months(wanted)) != 1:
        if not says_for_how_long(offer):
            raise Unfit("price_by_month")
        values["bill_months"] = months
    return Terms(values, terms.forgone_minor, terms.paid_minor + cost_minor, terms.price_share)


def forgone_minor(kind: str, terms: Mapping[str, object]) -> int:
    """How much price is not asked for by terms that were stored; what else it costs is paid."""
    number = lambda name: int(terms.get(name) or 0)  # type: ignore[call-overload]  # noqa: E731
    if kind == kinds.DISCOUNT:
        off_minor = number("price_before_minor") - number("price_during_minor")
        return off_minor * number("months") // (number("bill_months") or 1)
    if kind == kinds.FREE_MONTHS:
        price_minor = a_month_minor(number("price_before_minor"), terms)
        return price_minor * number("months")
    return 0


def amount_in(money: Money, currency: str) -> int:
    """The amount in a currency; 0 where there is none at all. Raises Unfit for another one."""
    if not money:
        return 0
    if currency not in money:
        raise Unfit("no_currency")
    return money[currency]


def share_of(amount_minor: int, percent: float) -> int:
    """So many per cent of an amount, rounded half up to a minor unit."""
    return int(Fraction(amount_minor) * Fraction(str(percent)) / 100 + Fraction(1, 2))


def _listed(wanted: Wanted, price_minor: int) -> int:
    """The list price by the month of what one bill is for; where there is none, what it pays."""
    return wanted.minor("list_price_minor") * whole_months(wanted) or price_minor


def _cheaper_plan(offer: Offer, wanted: Wanted, book: OfferBook, currency: str) -> Terms:
    price_minor = bill_minor(wanted)
    found = cheaper_plan(wanted, book.product, str(offer.fields["plan"]))
    values: TermValues = {
        "plan": found.plan.name,
        "plan_before": wanted.text("plan"),
        "price_before_minor": price_minor,
        "price_after_minor": found.price_minor,
        "saving_minor": price_minor - found.price_minor,
        "starts_on": wanted.next_bill_on.isoformat(),
        "effective": "period_end",
    }
    if found.seats is not None:
        values["seats"] = found.seats
    return Terms(values)


def _rest_days(offer: Offer, wanted: Wanted) -> tuple[date, date, date]:
    """From when, until when, and when it is reminded. What is paid for is used up before."""
    if wanted.values.get("is_paused"):
        raise Unfit("already_paused")
    months = int(offer.fields["months"])  # type: ignore[call-overload]
    starts_on = wanted.next_bill_on
    resumes_on = later(starts_on, months)
    # Somebody who has paid for a year in advance, or for longer than the pause, saves nothing.
    if wanted.bill_months >= YEAR_MONTHS or starts_on >= later(wanted.today, months):
        raise Unfit("prepaid")
    reminder_on = resumes_on - timedelta(days=int(offer.fields["reminder_days"] or 0))  # type: ignore[call-overload]
    return starts_on, resumes_on, max(reminder_on, wanted.today)


def _pause(offer: Offer, wanted: Wanted, book: OfferBook, currency: str) -> Terms:
    paid_minor(wanted)
    starts_on, resumes_on, reminder_on = _rest_days(offer, wanted)
    price_minor = bill_minor(wanted)
    return Terms(
        {
            "months": offer.fields["months"],
            "starts_on": starts_on.isoformat(),
            "resumes_on": resumes_on.isoformat(),
            "reminder_on": reminder_on.isoformat(),
            "price_after_minor": price_minor,
        }
    )


def _dormant(offer: Offer, wanted: Wanted, book: OfferBook, currency: str) -> Terms:
    paid_minor(wanted)
    sleeps_on, wakes_on, reminder_on = _rest_days(offer, wanted)
    price_minor = bill_minor(wanted)
    return Terms(
        {
            "months": offer.fields["months"],
            "sleeps_on": sleeps_on.isoformat(),
            "wakes_on": wakes_on.isoformat(),
            "reminder_on": reminder_on.isoformat(),
            "price_after_minor": price_minor,
        }
    )


def _discount(offer: Offer, wanted: Wanted, book: OfferBook, currency: str) -> Terms:
    paid_minor(wanted)
    months = int(offer.fields["months"])  # type: ignore[call-overload]
    # A discount for 3 months says nothing to somebody whose next bill is for a year.
    if wanted.bill_months > 1 and Fraction(months) % wanted.bill_months:
        raise Unfit("not_whole_bills")
    price_minor = bill_minor(wanted)
    percent: float | None = offer.fields["percent_off"]  # type: ignore[assignment]
    values: TermValues = {}
    if percent is not None:
        off_minor = share_of(price_minor, percent)
        values["percent_off"] = percent
    else:
        off_minor = amount_in(offer.fields["amount_off_minor"], currency)  # type: ignore[arg-type]
        values["amount_off_minor"] = off_minor
        if off_minor >= price_minor:
            raise Unfit("below_margin_floor")
    starts_on = wanted.next_bill_on
    values |= {
        "months": months,
        "starts_on": starts_on.isoformat(),
        "ends_on": later(starts_on, months).isoformat(),
        "price_before_minor": price_minor,
        "price_during_minor": price_minor - off_minor,
        "price_after_minor": price_minor,
    }
    left = Fraction(price_minor - off_minor, _listed(wanted, price_minor))
    bills = months // whole_months(wanted)
    return Terms(values, forgone_minor=off_minor * bills, price_share=left)


def _free_months(offer: Offer, wanted: Wanted, book: OfferBook, currency: str) -> Terms:
    price_minor = bill_minor(wanted)
    months = int(offer.fields["months"])  # type: ignore[call-overload]
    starts_on = wanted.next_bill_on
    if whole_months(wanted) > 1 and starts_on >= later(wanted.today, months):
        raise Unfit("prepaid")
    month_minor = Fraction(price_minor, whole_months(wanted))
    left = month_minor * (YEAR_MONTHS - months) / YEAR_MONTHS
    return Terms(
        {
            "months": months,
            "starts_on": starts_on.isoformat(),
            "ends_on": later(starts_on, months).isoformat(),
            "price_before_minor": price_minor,
            "price_after_minor": price_minor,
        },
        forgone_minor=int(month_minor + Fraction(1, 2)) * months,
        price_share=left * whole_months(wanted) / _listed(wanted, price_minor),
    )


def _trial_extension(offer: Offer, wanted: Wanted, book: OfferBook, currency: str) -> Terms:
    ended_on = wanted.day("trial_ends_on")
    if wanted.text("status") != "trial" or ended_on is None or ended_on < wanted.today:
        raise Unfit("not_in_trial")
    days = int(offer.fields["days"])  # type: ignore[call-overload]
    ends_on = ended_on + timedelta(days=days)
    return Terms({"days": days, "ended_on": ended_on.isoformat(), "ends_on": ends_on.isoformat()})


def _refund(offer: Offer, wanted: Wanted, book: OfferBook, currency: str) -> Terms:
    paid_minor(wanted)
    paid_on = wanted.day("last_paid_on")
    within_days = int(offer.fields["within_days"])  # type: ignore[call-overload]
    if paid_on is None or (wanted.today - paid_on).days > within_days:
        raise Unfit("no_recent_payment")
    price_minor = bill_minor(wanted)
    percent: float | None = offer.fields["percent"]  # type: ignore[assignment]
    values: TermValues = {"paid_on": paid_on.isoformat()}
    if percent is not None:
        amount_minor = share_of(price_minor, percent)
        values["percent"] = percent
    else:
        amount_minor = amount_in(offer.fields["amount_minor"], currency)  # type: ignore[arg-type]
        amount_minor = min(amount_minor, price_minor)  # never more than was paid
    values |= {"amount_minor": amount_minor, "price_after_minor": price_minor}
    # Of what a year comes to; who pays for longer at once is asked about all of it.
    months = whole_months(wanted)
    left = price_minor - Fraction(amount_minor * months, max(YEAR_MONTHS, months))
    share = left / _listed(wanted, price_minor)
    return Terms(values, paid_minor=amount_minor, price_share=share)


def _meeting(offer: Offer, wanted: Wanted, book: OfferBook, currency: str) -> Terms:
    by_on = wanted.today + timedelta(days=int(offer.fields["within_days"]))  # type: ignore[call-overload]
    values: TermValues = {"by_on": by_on.isoformat()}
    for name in ("minutes", "link", "partner"):
        if offer.fields.get(name):
            values[name] = offer.fields[name]
    # The feed's own address is a secret: its free times are shown, it is not.
    if offer.fields.get("calendar"):
        values["has_times"] = True
    return Terms(values)


_OF: dict[str, Callable[[Offer, Wanted, OfferBook, str], Terms]] = {
    kinds.CHEAPER_PLAN: _cheaper_plan,
    kinds.PAUSE: _pause,
    kinds.DISCOUNT: _discount,
    kinds.TRIAL_EXTENSION: _trial_extension,
    kinds.TRAINING: _meeting,
    kinds.ADVICE: _meeting,
    kinds.PARTNER: _meeting,
    kinds.DORMANT: _dormant,
    kinds.FREE_MONTHS: _free_months,
    kinds.HUMAN: _meeting,
    kinds.REFUND: _refund,
    kinds.CUSTOM: _meeting,
}
