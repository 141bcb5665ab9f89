"""What mails may say of the product and of one account in it, in the words of the product file.

product.name                                as its file calls it, else the company
product.outcome, .first_value               what they came for; what the first value is
product.next_step, .next_step_how           the step that is open, and the one next thing to do
product.unused_feature                      what they pay for and have not used: the first one
product.uses                                [{title, count}]: what they made of it, the most first
product.limit_title, .limit_used, .limit_at_most  the limit that is nearest
product.next_plan, .next_plan_limit, .next_plan_price, .plan_price
product.peers, .peers_used                  how many pay for the next plan and use this limit most
                                            of theirs, and how much half of them use at least

Null where nobody knows: a mail says what else to say.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from statistics import median
from typing import Any

from babel import Locale
from babel.numbers import format_decimal
from django.conf import settings

from tenure.card.models import AccountCard, Status
from tenure.card.product import product
from tenure.card.product_parts import Limit, Plan, Product
from tenure.offers.wording import money

NAMES = (
    "name", "outcome", "first_value", "next_step", "next_step_how", "unused_feature", "uses",
    "limit_title", "limit_used", "limit_at_most", "next_plan", "next_plan_limit", "next_plan_price",
    "plan_price", "peers", "peers_used",
)  # fmt: skip
USES_MOST = 3
PEERS_LEAST = 5  # fewer are no picture of anything, and might be recognised
_PEERS_READ = 5_000
_LOCALES = {"zh-hans": "zh_Hans_CN", "zh-hant": "zh_Hant_TW"}


def product_words(
    card: Mapping[str, Any], language: str, today: date, sold: Product | None = None
) -> dict[str, Any]:
    """Each of `NAMES` for an account with this card, in a language."""
    sold = product() if sold is None else sold
    return {
        "name": sold.name or settings.TENURE_HOME.company.name,
        **_aims(sold, card),
        **_use(sold, card),
        **_limit(sold, card, language, today),
    }


def _aims(sold: Product, card: Mapping[str, Any]) -> dict[str, Any]:
    wanted = str(card.get("required_outcome") or "")
    outcome = sold.outcome_called(wanted) if wanted else None
    open_step = card.get("next_step")
    step = next((each for each in sold.first_value.steps if each.name == open_step), None)
    return {
        "outcome": outcome.title if outcome else wanted or None,
        "first_value": sold.first_value.title or None,
        "next_step": step.title if step else None,
        "next_step_how": (step.next or None) if step else None,
    }


def _use(sold: Product, card: Mapping[str, Any]) -> dict[str, Any]:
    unused = set(card.get("paid_features_unused") or ())
    titles = {each.name: each.title for each in sold.features}
    # What sets the product apart first, then in the order of the file.
    ordered = sorted(sold.features, key=lambda each: not each.sets_apart_product)
    uses = [_count(str(said)) for said in card.get("feature_uses") or ()]
    uses = sorted((each for each in uses if each[0] in titles), key=lambda each: -each[1])
    return {
        "unused_feature": next((each.title for each in ordered if each.name in unused), None),
        "uses": [{"title": titles[name], "count": each} for name, each in uses[:USES_MOST]] or None,
    }


def _count(said: str) -> tuple[str, int]:
    """`report_export: 142, last on 2026-02-27` as the name and the number."""
    name, _, rest = said.partition(":")
    count = rest.partition(",")[0].strip()
    return name, int(count) if count.isdecimal() else 0


def _limit(sold: Product, card: Mapping[str, Any], language: str, today: date) -> dict[str, Any]:
    name, currency = card.get("limit_name"), str(card.get("currency") or "")
    limit = next((each for each in sold.limits if each.name == name), None)
    plan = next((each for each in sold.plans if each.name == card.get("plan")), None)
    higher = _next_plan(sold, plan, str(name), currency) if limit and plan else None
    home = str(settings.TENURE_HOME.root)
    peers = _peers(higher.name, limit, home, today) if higher and limit else ()
    enough = len(peers) >= PEERS_LEAST
    return {
        "limit_title": limit.title if limit else None,
        "limit_used": _number(card.get("limit_used"), language),
        "limit_at_most": _number(card.get("limit_at_most"), language),
        "next_plan": higher.name if higher else None,
        "next_plan_limit": _number(higher.limits.get(str(name)), language) if higher else None,
        "next_plan_price": _price(higher, currency, language),
        "plan_price": _price(plan, currency, language),
        "peers": len(peers) if enough else None,
        "peers_used": _number(median(peers), language) if enough else None,
    }


def _next_plan(sold: Product, plan: Plan, limit: str, currency: str) -> Plan | None:
    """The cheapest plan above theirs that allows more of the limit."""
    now, price = plan.limits.get(limit), plan.list_price_minor.get(currency)
    if now is None or price is None:
        return None
    above = [
        each
        for each in sold.plans
        if each.list_price_minor.get(currency, -1) > price
        and (each.limits.get(limit) is None or each.limits[limit] > now)
    ]
    return min(above, key=lambda each: each.list_price_minor[currency], default=None)


def _price(plan: Plan | None, currency: str, language: str) -> str | None:
    """A month (of a seat, where it is sold by the seat) at list price."""
    price = plan.list_price_minor.get(currency) if plan else None
    return (
        None
        if price is None
        else money(price, currency, Locale.parse(_LOCALES.get(language, "en")))
    )


@lru_cache(maxsize=64)
def _peers(plan: str, limit: Limit, home: str, today: date) -> tuple[float, ...]:
    """How much the payers of the plan whose fullest limit it is use of it; read once a day, and
    anew where the product file counts the limit in another way."""
    rows = AccountCard.objects.filter(plan=plan, status=Status.PAYING)
    rows = rows.filter(values__limit_name=limit.name)
    used = rows.order_by("pk").values_list("values__limit_used", flat=True)[:_PEERS_READ]
    return tuple(float(each) for each in used if each is not None)


def _number(value: float | int | None, language: str) -> str | None:
    """As one writes it: `10,000`, and 4.0 as 4."""
    locale = Locale.parse(_LOCALES.get(language, "en"))
    return None if value is None else format_decimal(round(value, 1), locale=locale)
