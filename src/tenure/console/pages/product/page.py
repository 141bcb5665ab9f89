"""Product: what is sold, how it is used, and where newcomers stop on the way to first value."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.card.product import KIND, product
from tenure.card.product_parts import Plan, Product
from tenure.card.product_standing import (
    NEWCOMER_DAYS,
    USE_DAYS,
    LimitStanding,
    RoleStanding,
    Standing,
)
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.product.figures import standing
from tenure.definitions.store import current

FEATURES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan with its prices and, in the order of the limits, what it allows of each."""

    plan: Plan
    price: str
    limits: list[LimitStanding | None]


@require_GET
def product_page(request: HttpRequest) -> HttpResponse:
    held, declared = current(KIND), product()
    found = standing(system_clock())
    features = found.features if found else []
    context = {
        "held": held,
        "declared": declared,
        "is_empty": held is None and not features,
        "features": features[:FEATURES_SHOWN],
        "features_more": max(0, len(features) - FEATURES_SHOWN),
        "feature_plans": [plan.name for plan in declared.plans],
        "widest": max((feature.accounts for feature in features), default=0),
        "plans": _plans(found, declared),
        "near": sum(one.near + one.full for one in found.limits) if found else 0,
        "steps": found.steps if found else [],
        "has_newcomers": bool(found and found.steps and found.steps[0].newcomers),
        "most_stuck": found.most_stuck if found else None,
        "outcomes": found.outcomes if found else [],
        "outcomes_wanted": sum(one.wanted for one in found.outcomes) if found else 0,
        "roles": _roles(found, declared),
        "intents": declared.intents,
        "reach": declared.reach,
        "use_days": USE_DAYS,
        "newcomer_days": NEWCOMER_DAYS,
    }
    return page_reply(request, "product", title_of(declared, found, bool(held)), context)


def title_of(declared: Product, found: Standing | None, has_file: bool) -> str:
    """What there is to know of the product in one sentence."""
    if not has_file:
        return _("No product file says yet what is sold")
    if found and found.steps and found.steps[0].newcomers:
        last, stuck = found.steps[-1], found.most_stuck
        values = {
            "reached": written.number(last.reached),
            "all": written.number(last.newcomers),
            "goal": declared.first_value.title or last.title,
            "step": stuck.title if stuck else "",
        }
        if stuck:
            return (
                _(
                    "%(reached)s of %(all)s newcomers reached first value; "
                    "most of the others are stuck before “%(step)s”"
                )
                % values
            )
        return _("%(reached)s of %(all)s newcomers reached first value") % values
    features = ngettext("%(n)s feature", "%(n)s features", len(declared.features)) % {
        "n": written.number(len(declared.features))
    }
    plans = ngettext("%(n)s plan", "%(n)s plans", len(declared.plans)) % {
        "n": written.number(len(declared.plans))
    }
    return _("%(features)s on %(plans)s") % {"features": features, "plans": plans}


def _plans(found: Standing | None, declared: Product) -> list[PlanRow]:
    at = {(one.name, one.plan): one for one in found.limits} if found else {}
    return [
        PlanRow(plan, _price(plan), [at.get((limit.name, plan.name)) for limit in declared.limits])
        for plan in declared.plans
    ]


def _price(plan: Plan) -> str:
    """Its list prices, without the cents where there are none; those of a year last."""
    prices = [_money(minor, each) for each, minor in plan.list_price_minor.items()]
    prices += [
        _("%(money)s a year") % {"money": _money(minor, each)}
        for each, minor in plan.list_price_year_minor.items()
    ]
    return " · ".join(prices) or written.MISSING


def _money(minor: int, currency: str) -> str:
    return written.money(minor, currency, whole=written.amount(minor, currency) % 1 == 0)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One role with what is called so, and who has it."""

    title: str
    values: str
    standing: RoleStanding


def role_words() -> dict[str, str]:
    return {
        "buyer": _("Buyer"),
        "implementer": _("Implementer"),
        "user": _("User"),
        "executive": _("Executive"),
        "none": _("Nobody said"),
    }


def _roles(found: Standing | None, declared: Product) -> list[RoleRow]:
    values = {role.name: ", ".join(role.values) for role in declared.roles}
    standings = {one.role: one for one in found.roles} if found else {}
    return [
        RoleRow(title, values.get(role, ""), standings[role])
        for role, title in role_words().items()
        if role in standings and (standings[role].people or role in values)
    ]
