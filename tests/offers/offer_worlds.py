"""Accounts, products and books of offers drawn as text.

account("Team 29000 EUR month seats=10 renews=2026-12-01 first_value=2026-02-01")
"""

import random
from datetime import UTC, date, datetime
from textwrap import dedent

from tenure.base.home import Company
from tenure.card.card_of import Card
from tenure.card.catalogue import account_columns
from tenure.card.product import read_product
from tenure.card.product_parts import Product
from tenure.offers.book import default_text
from tenure.offers.book_file import read_book
from tenure.offers.choosing import choose
from tenure.offers.history import Given, History
from tenure.offers.learned import NOTHING
from tenure.offers.parts import OfferBook
from tenure.offers.wanted import Wanted

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
COMPANY = Company("Fernhill", "UTC", "EUR")

PRODUCT = """
[[feature]]
name = "invoicing"
title = "Invoices"
events = ["Invoice Sent"]
[[feature]]
name = "portal"
title = "Client portal"
events = ["Portal Shared"]
sets_apart = ["product", "plan"]
plans = ["Team", "Business"]
[[feature]]
name = "forecast"
title = "Forecast"
events = ["Forecast Viewed"]
plans = ["Business"]
[[plan]]
name = "Free"
per_seat = true
list_price_minor = { EUR = 0 }
limits = { seats = 3, projects = 3 }
[[plan]]
name = "Starter"
per_seat = true
list_price_minor = { EUR = 1500 }
limits = { seats = 12, projects = 15 }
[[plan]]
name = "Team"
per_seat = true
list_price_minor = { EUR = 2900 }
limits = { seats = 40, projects = 80 }
[[plan]]
name = "Business"
per_seat = true
list_price_minor = { EUR = 4500 }
[[limit]]
name = "projects"
counts = "events"
event = "Project Created"
[first_value]
title = "First invoice"
[[first_value.step]]
name = "first_project"
title = "A project is set up"
event = "Project Created"
next = "Create the first project"
[[first_value.step]]
name = "first_invoice"
title = "An invoice goes out"
event = "Invoice Sent"
[[outcome]]
name = "faster"
title = "Invoices go out faster"
events = ["Invoice Sent", "Portal Shared"]
[[intent]]
event = "Data Exported"
"""

# Ten seats of Team at list price, used well, eighteen months a customer.
USUAL = {
    "status": "paying", "stage": "active", "mrr_minor": 29000, "currency": "EUR", "plan": "Team",
    "billing_interval": "month", "quantity": 10, "list_price_minor": 29000,
    "price_to_list_share": 1.0, "renews_on": date(2026, 12, 1), "members": 9,
    "people_active_90_days": 8, "limit_name": "projects", "limit_used": 12.0,
    "limit_at_most": 80, "limit_use_share": 0.15, "first_value_on": date(2025, 6, 1),
    "last_seen_on": date(2026, 11, 20), "last_paid_on": date(2026, 11, 1),
    "paid_features_unused": ["portal"], "required_outcome": "faster", "is_outcome_reached": False,
    "is_season_own": False, "season_ratio": 1.0,
}  # fmt: skip


def product(text: str = PRODUCT) -> Product:
    return read_product(dedent(text), "product.toml") if text else Product()


def book(offers: str = "", *, budget: str = "", sold: Product | None = None) -> OfferBook:
    """A book of these offers (the shipped one where none are given), for the product above."""
    text = f"{usual_budget(budget)}\n{dedent(offers)}" if offers else default_text()
    return read_book(text, "offers.toml", product() if sold is None else sold, COMPANY)


def usual_budget(more: str = "") -> str:
    """A budget, with what is said instead."""
    lines = {
        "per_account_minor": "30000", "all_month_minor": "500000", "cooldown_days": "180",
        "explore_share": "0.1",
    }  # fmt: skip
    lines |= dict(line.split(" = ", 1) for line in dedent(more).strip().splitlines() if line)
    return "[budget]\n" + "\n".join(f"{name} = {value}" for name, value in lines.items())


def offer(name: str, kind: str, more: str = "", *, terms: str = "", commitments: str = "") -> str:
    """One `[[offer]]` with words in each language."""
    must = {
        "discount": "{{ price_during }} {{ ends_on }} {{ price_after }}",
        "pause": "{{ resumes_on }} {{ price_after }}",
        "dormant": "{{ wakes_on }} {{ price_after }}",
        "free_months": "{{ ends_on }} {{ price_after }}",
        "refund": "{{ amount }}",
        "cheaper_plan": "{{ plan }} {{ price_after }}",
        "trial_extension": "{{ ends_on }}",
    }.get(kind, "so it is")
    lines = [f'[[offer]]\nname = "{name}"\nkind = "{kind}"', dedent(more)]
    lines += [texts(each, name) for each in ("title", "text", "accept")]
    return "\n".join([*lines, texts("terms", terms or must), dedent(commitments)]) + "\n"


def texts(field: str, words: str) -> str:
    return f'{field} = {{ en = "{words}", zh-hans = "{words}", zh-hant = "{words}" }}'


BOTH_SIDES = f"""
[[offer.commitment]]
side = "us"
within_days = 7
owner_task = true
{texts("text", "We call by {{ due_on }}")}
[[offer.commitment]]
side = "them"
within_days = 28
event = "Invoice Sent"
{texts("text", "You send an invoice by {{ due_on }}")}
"""


def discount(name: str = "less", more: str = "percent_off = 20\nmonths = 3") -> str:
    return offer(name, "discount", more, commitments=BOTH_SIDES)


def card(today: date = TODAY, **changed: object) -> Card:
    """The card of a usual account, with what is different about it."""
    values = {name: column.default for name, column in account_columns().items()}
    return Card("acme", {**values, **USUAL, **changed}, None, today)


def wanted(reason: str = "", *, changed: dict | None = None, **asked: object) -> Wanted:
    asked = {"now": NOW, "reason": reason, **asked}
    return Wanted("acme", card(**(changed or {})), **asked)


def given(**changed: object) -> Given:
    usual = {
        "offer": "less", "kind": "discount", "visit_id": "v1", "is_price_cut": True,
        "given_on": date(2026, 1, 10), "runs_until_on": date(2026, 4, 10), "currency": "EUR",
        "cost_minor": 17400,
    }  # fmt: skip
    return Given(**{**usual, **changed})


def history(*before: Given, **more: object) -> History:
    return History(TODAY, tuple(before), **more)


def considered(text, reason="", *, before=(), budget="", sold=None, changed=None, **asked):
    """The only offer of a book, as it was considered; and as it was shown, if it was."""
    found = choose(
        wanted(reason, changed=changed, **asked),
        book(text, budget=budget, sold=sold), history(*before, **asked_of(before)),
        NOTHING, random.Random(1),
    )  # fmt: skip
    return found.considered[0], (found.shown or (None,))[0]


def asked_of(before):
    """What all accounts were given this month: as much as this one, where nothing else is said."""
    spent = {}
    for each in before:
        if each.given_on >= TODAY.replace(day=1):
            spent[each.currency] = spent.get(each.currency, 0) + each.cost_minor
    return {"spent_all_minor": spent}


def why_not(*args, **asked):
    return list(considered(*args, **asked)[0].why_not)


def terms(*args, **asked):
    one, shown = considered(*args, **asked)
    assert shown is not None, one.why_not
    return shown.terms
