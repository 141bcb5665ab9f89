"""What the account card would have said of a simulated account at an instant, for who chooses.

The card itself is made by the lake, which knows nothing yet while the company is lived. Only what
anybody could have seen stands here; nothing of it is latent.
"""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tenure.card.product_parts import Product
from tenure.demo.block import Block
from tenure.demo.catalogue import FEATURES, OUTCOMES, PLANS, amount_minor
from tenure.demo.companies import OUTCOME_NAMES
from tenure.demo.contracts import Contract, after_months
from tenure.demo.passing import ZONE
from tenure.demo.seasons import BY_INDUSTRY, INDUSTRIES

ZONE_OF_COMPANY = ZoneInfo(ZONE)
NEW_DAYS = 30
OWN_SEASON_DAYS = 455  # a year, and the three months that it is compared with
# Not to be shown to the account: its day is not known here.
NOT_SHOWN = ("first_value_on", "last_seen_on", "began_on")


def card_then(block: Block, contract: Contract, product: Product, today: date) -> dict[str, object]:
    """The card's columns of a payer, by name, as of a day of the company."""
    account, standing = contract.account, block.standing
    adopted = [bool(each) for each in standing.adopted[account]]
    began_on = day_of(int(block.companies.signup_at[account]))
    seats, currency = contract.seats, contract.currency
    list_minor = amount_minor(contract.plan, seats, currency, "month", discount_percent=0)
    limit, projects = PLANS[contract.plan].projects_max, int(standing.projects[account])
    people = max(1, round(float(standing.active_people[account])))
    renews_on = day_of(contract.renews_at)
    values: dict[str, object] = {
        "account_id": block.companies.key(account),
        "status": "paying",
        "stage": "new" if (today - began_on).days < NEW_DAYS else "active",
        "plan": PLANS[contract.plan].name,
        "billing_interval": contract.interval,
        "quantity": seats,
        "members": int(block.crowd.members(contract.renews_at)[account].sum()),
        "people_active_90_days": people,
        "mrr_minor": contract.mrr_minor,
        "list_price_minor": list_minor,
        "bill_minor": contract.amount_minor,
        "price_to_list_share": contract.mrr_minor / list_minor,
        "currency": currency,
        "paying_since_on": day_of(contract.started_at),
        "renews_on": renews_on if renews_on > today else None,
        "last_paid_on": _last_paid_on(block, contract),
        "began_on": began_on,
        "tenure_days": (today - began_on).days,
        "active_days": max(1, (today - began_on).days // 3),
        "last_seen_on": today,
        "first_value_on": None if _next_step(product, adopted) else began_on,
        "next_step": _next_step(product, adopted),
        "required_outcome": OUTCOME_NAMES[int(block.companies.outcome[account])],
        "outcome_stated_on": began_on,
        "is_outcome_reached": _has_outcome(block, account),
        "paid_features_unused": _unused(product, contract, adopted),
        "limit_name": "projects",
        "limit_used": projects,
        "limit_use_share": projects / limit,
        "is_paused": False,
        **_season(block, account, today, began_on),
    }
    return {name: value for name, value in values.items() if value is not None}


def shown_of_card(values: Mapping[str, object]) -> dict[str, object]:
    """What of the card may be read by the account itself on the page of what it would lose."""
    return {name: value for name, value in values.items() if name not in NOT_SHOWN}


def day_of(at: int) -> date:
    """The company's day that holds an instant."""
    return datetime.fromtimestamp(at, ZONE_OF_COMPANY).date()


def _last_paid_on(block: Block, contract: Contract) -> date:
    months = 12 if contract.interval == "year" else 1
    last_at = after_months(block.calendar, contract.renews_at, -months, contract.anchor_day)
    return day_of(max(last_at, contract.started_at))


def _next_step(product: Product, adopted: list[bool]) -> str | None:
    """The first step to first value that was not taken."""
    used = {feature.event for feature, is_used in zip(FEATURES, adopted, strict=True) if is_used}
    return next((s.name for s in product.first_value.steps if s.event not in used), None)


def _has_outcome(block: Block, account: int) -> bool:
    wanted = OUTCOMES[OUTCOME_NAMES[int(block.companies.outcome[account])]]
    return all(bool(block.standing.adopted[account, index]) for index in wanted)


def _unused(product: Product, contract: Contract, adopted: list[bool]) -> list[str]:
    """What the plan contains and nobody ever used, by the product file's names."""
    unused = {
        feature.event
        for feature, is_used in zip(FEATURES, adopted, strict=True)
        if feature.plan_rank <= contract.plan and not is_used
    }
    return [each.name for each in product.features if unused.intersection(each.events)]


def _season(block: Block, account: int, today: date, began_on: date) -> dict[str, object]:
    """Use now and a year ago against the three months before, where the trade has seasons."""
    curve = BY_INDUSTRY.get(INDUSTRIES[block.companies.industry[account]])
    if curve is None:
        return {}
    month = today.month - 1
    before = sum(curve[(month - back) % 12] for back in (1, 2, 3)) / 3
    ratio = curve[month] / before
    is_own = (today - began_on).days > OWN_SEASON_DAYS
    said: dict[str, object] = {"events_trend_ratio": ratio}
    return said | ({"season_ratio": ratio, "is_season_own": True} if is_own else {})
