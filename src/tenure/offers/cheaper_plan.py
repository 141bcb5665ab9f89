"""Which cheaper plan an account could have without losing anything that it uses."""

from dataclasses import dataclass

from tenure.card.product_parts import SEATS, Plan, Product
from tenure.offers.bills import bill_minor, is_list_price_known, list_bill_minor, plan_called
from tenure.offers.unfit import Unfit
from tenure.offers.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Cheaper:
    """The plan with what one bill of it would be, at list price, for so many seats."""

    plan: Plan
    price_minor: int
    seats: int | None


def cheaper_plan(wanted: Wanted, product: Product, named: str = "") -> Cheaper:
    """The cheapest plan that has every feature in use and whose limits hold all use. With `named`
    that plan alone; a plan that costs nothing only when it is named.

    Raises Unfit: `no_cheaper_plan` where none costs less, `use_does_not_fit` where those that do
    would be too small, `use_not_known` where the card does not tell, `price_not_known` where no
    list price tells what one bill would be.
    """
    current, now_minor = plan_called(product, wanted.text("plan")), bill_minor(wanted)
    if current is None:
        raise Unfit("no_cheaper_plan")
    if not is_list_price_known(wanted, product):
        raise Unfit("price_not_known")
    cheaper = [
        found
        for plan in product.plans
        if plan is not current and (not named or plan.name.casefold() == named.casefold())
        if (found := _priced(plan, wanted)) is not None
        and (named or found.price_minor > 0)
        and found.price_minor < now_minor
    ]
    if not cheaper:
        raise Unfit("no_cheaper_plan")
    problems: list[str] = []
    for found in sorted(cheaper, key=lambda each: each.price_minor):
        problem = _problem(found.plan, current, product, wanted)
        if not problem:
            return found
        problems.append(problem)
    raise Unfit("use_not_known" if set(problems) == {"use_not_known"} else "use_does_not_fit")


def _priced(plan: Plan, wanted: Wanted) -> Cheaper | None:
    """What one bill of the plan is at list price, for as many seats as now."""
    seats = (wanted.minor("quantity") or max(_people(wanted), 1)) if plan.per_seat else None
    price_minor = list_bill_minor(plan, wanted, seats or 1)
    return None if price_minor is None else Cheaper(plan, price_minor, seats)


def _problem(plan: Plan, current: Plan, product: Product, wanted: Wanted) -> str:
    """Why the plan would take something away that is in use; empty when it would not."""
    if not _loses(plan, current, product) <= set(wanted.values.get("paid_features_unused") or ()):  # type: ignore[call-overload]
        return "use_does_not_fit"
    for name, at_most in plan.limits.items():
        used = _used(name, current, wanted)
        if used is None:
            return "use_not_known"
        if used > at_most:
            return "use_does_not_fit"
    return ""


def _loses(plan: Plan, current: Plan, product: Product) -> set[str]:
    return {
        feature.name
        for feature in product.features
        if current.name in feature.plans and plan.name not in feature.plans
    }


def _used(limit: str, current: Plan, wanted: Wanted) -> float | None:
    """What it uses of a limit, or the most that it can be; None where nothing tells.

    The card has the limit of which most is used. Of the others of the present plan, no larger a
    share can be used than of that one.
    """
    if limit == SEATS:
        # Nobody is to lose a seat that they pay for without a word: fewer seats is another matter.
        return max(_people(wanted), wanted.minor("quantity"))
    if wanted.text("limit_name") == limit:
        used = wanted.values.get("limit_used")
        return None if used is None else float(used)  # type: ignore[arg-type]
    share, allowed = wanted.values.get("limit_use_share"), current.limits.get(limit)
    if share is None or allowed is None:
        return None
    return float(share) * allowed  # type: ignore[arg-type]


def _people(wanted: Wanted) -> int:
    """Everybody who belongs to it, or used it in 90 days without a seat of their own."""
    return max(wanted.minor("members"), wanted.minor("people_active_90_days"))
