"""Which plans were seen, and what each seems to cost per month, and per seat or not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Any

from tenure.card.product_draft_words import comment, counted, percent, toml

PLANS_MAX = 40
USUAL_SHARE = 0.25  # a price that so many agreed on may be the list price; else it is the median


@dataclass(frozen=True, slots=True)
class Price:
    """What a plan seems to cost in one currency; `usual_share` of `agreed` prices were that."""

    minor: int
    agreed: int
    usual_share: float
    is_monthly: bool  # billed by the month; else only longer intervals were seen


@dataclass(frozen=True, slots=True)
class PlanSeen:
    """A plan as its subscriptions show it."""

    name: str
    accounts: int
    per_seat: bool
    prices: Mapping[str, Price]
    limits: dict[str, int] = field(default_factory=dict)


def plans_of(rows: Iterable[Mapping[str, Any]]) -> list[PlanSeen]:
    """The plans of `draft_price`, the cheapest first."""
    by_plan: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_plan[row["plan"]].append(row)
    paid_per_seat = [_is_per_seat(of_plan) for of_plan in by_plan.values() if _paid(of_plan)]
    usually_per_seat = sum(paid_per_seat) * 2 > len(paid_per_seat)
    plans = []
    for name, of_plan in by_plan.items():
        per_seat = _is_per_seat(of_plan) if _paid(of_plan) else usually_per_seat
        prices = {
            currency: _price([row for row in of_plan if row["currency"] == currency], per_seat)
            for currency in sorted({row["currency"] for row in of_plan})
        }
        accounts = sum(row["accounts"] for row in of_plan)
        plans.append(PlanSeen(name, accounts, per_seat, prices))
    return sorted(plans, key=lambda plan: (_dearness(plan), plan.name))


def plan_lines(plans: Sequence[PlanSeen]) -> list[str]:
    """The plans as TOML, each with its evidence; the most used ones where there are very many."""
    kept = sorted(plans, key=lambda plan: -plan.accounts)[:PLANS_MAX]
    lines = []
    if len(plans) > PLANS_MAX:
        lines += [
            comment(f"{len(plans)} plans were seen; these are the {PLANS_MAX} most used."),
            "",
        ]
    for plan in (one for one in plans if one in kept):
        lines.append("[[plan]]")
        lines += [
            comment(f"{currency}: {_evidence(price)}") for currency, price in plan.prices.items()
        ]
        lines.append(f"name = {toml(plan.name)}")
        if plan.per_seat:
            lines.append("per_seat = true")
        listed = {currency: price.minor for currency, price in plan.prices.items()}
        if listed:
            lines.append(f"list_price_minor = {toml(listed)}")
        if plan.limits:
            lines.append(f"limits = {toml(plan.limits)}")
        lines.append("")
    return lines


def _evidence(price: Price) -> str:
    if not price.minor:
        return f"free, {counted(price.agreed, 'subscription', 'subscriptions')}"
    billed = "billed by the month" if price.is_monthly else "none billed by the month"
    share = percent(price.usual_share, 1)
    what = f"{share} at exactly this" if price.usual_share >= USUAL_SHARE else "the median"
    return f"{counted(price.agreed, 'agreed price', 'agreed prices')} {billed}, {what}"


def _paid(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if not row["is_free"] and row["month_minor"]]


def _is_per_seat(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the price of a seat is more usual than the price of the whole."""
    counted_rows = [row for row in _paid(rows) if (row["quantity"] or 0) > 0]
    if len({row["quantity"] for row in counted_rows}) < 2:
        return False
    per_seat = whole = 0
    for currency in {row["currency"] for row in counted_rows}:
        here = [row for row in counted_rows if row["currency"] == currency]
        per_seat += max(_times(here, per_seat=True).values())
        whole += max(_times(here, per_seat=False).values())
    return per_seat > whole


def _price(rows: Sequence[Mapping[str, Any]], per_seat: bool) -> Price:
    paid = _paid(rows)
    if not paid:
        return Price(0, sum(row["periods"] for row in rows), 1.0, True)
    monthly = [row for row in paid if row["is_monthly"]]
    times = _times(monthly or paid, per_seat=per_seat)
    agreed = sum(times.values())
    # Many may have agreed on less for a while: the list price is the highest of the usual ones.
    usual = [price for price, often in times.items() if often >= USUAL_SHARE * agreed]
    minor = max(usual, default=median_low(sorted(times.elements())))
    often = times[minor] if usual else max(times.values())
    return Price(minor, agreed, often / agreed, bool(monthly))


def _times(rows: Iterable[Mapping[str, Any]], *, per_seat: bool) -> Counter[int]:
    times: Counter[int] = Counter()
    for row in rows:
        seats = (row["quantity"] or 1) if per_seat else 1
        times[round(row["month_minor"] / max(seats, 1))] += row["periods"]
    return times


def _dearness(plan: PlanSeen) -> float:
    prices = [price.minor for price in plan.prices.values()]
    return sum(prices) / len(prices) if prices else 0.0
