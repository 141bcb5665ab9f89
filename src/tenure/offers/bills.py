"""What one bill comes to for this account: today, and in another plan.

Prices in terms are those of one bill, and `bill_months` says for how long one is: MRR times twelve
is a price that nobody was ever asked for (10 EUR in 3 months are 3.33 a month, and not 9.99).
"""

from tenure.card.product_parts import Plan, Product
from tenure.offers.unfit import Unfit
from tenure.offers.wanted import Wanted

YEAR_MONTHS = 12


def whole_months(wanted: Wanted) -> int:
    """For how many months one bill is. Raises Unfit(price_not_known) for days and weeks."""
    months = wanted.bill_months
    if months.denominator != 1 or months < 1:
        raise Unfit("price_not_known")
    return int(months)


def paid_minor(wanted: Wanted) -> int:
    """The MRR of who pays. Raises Unfit(pays_nothing)."""
    mrr_minor = wanted.minor("mrr_minor")
    if mrr_minor <= 0 or wanted.text("status") != "paying":
        raise Unfit("pays_nothing")
    return mrr_minor


def bill_minor(wanted: Wanted) -> int:
    """What one bill is: by the month the MRR, else as billing tells it.

    Raises Unfit: `pays_nothing`, and `price_not_known` where billing tells no amount.
    """
    mrr_minor = paid_minor(wanted)
    if whole_months(wanted) == 1:
        return mrr_minor
    price_minor = wanted.minor("bill_minor")
    # From when another price would hold is part of it: a year may lie between two bills.
    if price_minor <= 0 or wanted.day("renews_on") is None:
        raise Unfit("price_not_known")
    return price_minor


def list_bill_minor(plan: Plan, wanted: Wanted, units: int) -> int | None:
    """What one bill of so many seats of a plan would be by its list price; None where none says.

    A year has a list price of its own where the product file names one.
    """
    months, currency = whole_months(wanted), wanted.text("currency")
    year_minor = plan.list_price_year_minor.get(currency)
    if year_minor is not None and months % YEAR_MONTHS == 0:
        return year_minor * units * (months // YEAR_MONTHS)
    month_minor = plan.list_price_minor.get(currency)
    return None if month_minor is None else month_minor * units * months


def plan_called(product: Product, name: str) -> Plan | None:
    """The plan that billing calls so."""
    return next((p for p in product.plans if p.name.casefold() == name.casefold()), None)


def is_list_price_known(wanted: Wanted, product: Product) -> bool:
    """Whether list prices tell what a bill in another plan would be.

    By the month they do, and by the year where the product file names prices of a year. Else they
    do where the account's own is what its list price comes to: who pays less for longer shows that
    there is a price that the list does not name.
    """
    if whole_months(wanted) == 1 or _has_year_list(wanted, product):
        return True
    return _listed_now_minor(wanted, product) == bill_minor(wanted)


def is_below_year_list(wanted: Wanted, product: Product, share: float) -> bool:
    """Whether a year costs it less than so much of its list price of a year, as far as known."""
    paid_minor = wanted.minor("bill_minor")
    if paid_minor <= 0 or not _has_year_list(wanted, product):
        return False
    listed_minor = _listed_now_minor(wanted, product)
    return listed_minor is not None and paid_minor < share * listed_minor


def _has_year_list(wanted: Wanted, product: Product) -> bool:
    if wanted.bill_months % YEAR_MONTHS != 0:
        return False
    return any(wanted.text("currency") in plan.list_price_year_minor for plan in product.plans)


def _listed_now_minor(wanted: Wanted, product: Product) -> int | None:
    """The list price of one bill for its own plan and seats; None where they are not known."""
    plan = plan_called(product, wanted.text("plan"))
    units = wanted.minor("quantity") if plan is not None and plan.per_seat else 1
    return list_bill_minor(plan, wanted, units) if plan is not None and units > 0 else None
