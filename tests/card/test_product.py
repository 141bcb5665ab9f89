"""A product file is read with every mistake named, and given to SQL row by row."""

import re
import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from django.utils.module_loading import import_string
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import BadDefinition
from tenure.card import product_relations
from tenure.card.product import product, read_product, warnings_of
from tenure.card.product_parts import Product
from tenure.card.product_seen import Seen
from tenure.definitions.store import put_in_force
from tenure.demo.catalogue import FEATURES, OUTCOMES, PLANS

NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)
FERNHILL = (files("tenure.demo") / "product.toml").read_text("utf-8")
SMALL = """
[[plan]]
name = "Starter"
[[plan]]
name = "Pro Plus"
per_seat = true
list_price_minor = { EUR = 1500, USD = 1600 }
limits = { seats = 12, projects = 15 }

[[limit]]
name = "projects"
counts = "events"
event = "Project Created"
period = "month"

[[feature]]
name = "report_export"
events = ["Report Exported", "Report Printed"]
sets_apart = ["product"]
plans = ["Pro Plus"]
[[feature]]
name = "dashboard"
title = "仪表板"
events = ["Dashboard Viewed"]

[[role]]
name = "buyer"
values = ["Owner", " Billing Admin "]

[first_value]
title = "First report"
[[first_value.step]]
name = "first_project"
event = "Project Created"
within_days = 3
[[first_value.step]]
name = "first_report"
event = "Report Exported"

[[outcome]]
name = "faster"
events = ["Report Exported"]
values = ["Get Faster"]

[[reach]]
event = "Shared"
property = "guests"
[[reach]]
event = "Sent"

[[intent]]
event = "Cancelled"
[[intent]]
page = "*/cancel*"
"""


def test_a_file_is_read_as_it_stands():
    read = read_product(SMALL, "product.toml")

    assert [feature.title for feature in read.features] == ["Report export", "仪表板"]
    assert [feature.plans for feature in read.features] == [("Pro Plus",), ("Starter", "Pro Plus")]
    assert (read.features[0].sets_apart_product, read.features[0].sets_apart_plan) == (True, False)
    assert read.roles[0].values == ("owner", "billing admin")
    assert [step.within_days for step in read.first_value.steps] == [3, None]
    assert read.outcomes[0].within_days == 28
    assert read.outcome_called("get faster ") == read.outcomes[0]
    assert read.outcome_called("Faster") == read.outcomes[0]
    assert read.outcome_called("slower") is None
    assert [limit.name for limit in read.limits] == ["projects", "seats"]  # seats need no [[limit]]


def test_an_empty_file_is_an_empty_product():
    assert read_product("", "product.toml") == Product()


def test_the_demo_file_says_what_the_demo_sells():
    read = read_product(FERNHILL, "product.toml")

    assert [feature.events for feature in read.features] == [(one.event,) for one in FEATURES]
    for declared, sold in zip(read.plans, PLANS, strict=True):
        assert (declared.name, dict(declared.list_price_minor)) == (sold.name, sold.seat_minor)
        assert dict(declared.limits) == {"seats": sold.seats_max, "projects": sold.projects_max}
    names = [plan.name for plan in PLANS]
    for declared, built in zip(read.features, FEATURES, strict=True):
        assert declared.plans == tuple(names[built.plan_rank :])
        assert declared.sets_apart_plan is (built.plan_rank > 0)
    events = [feature.event for feature in FEATURES]
    assert {one.name: {events.index(event) for event in one.events} for one in read.outcomes} == {
        name: set(shown_by) for name, shown_by in OUTCOMES.items()
    }


def test_the_example_of_the_documentation_is_a_product_file():
    page = (Path(__file__).parents[2] / "docs" / "product.md").read_text("utf-8")
    [example] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)

    read = read_product(example, "docs/product.md")

    assert [read.features, read.plans, read.limits, read.roles, read.outcomes, read.reach].count(
        ()
    ) == 0
    assert len(read.intents) == 2


@pytest.mark.parametrize(
    ("change", "to", "message"),
    [
        ('plans = ["Pro Plus"]', 'plans = ["Pro"]', "feature[1].plans: there is no plan 'Pro'; did you mean 'Pro Plus'?"),
        ('sets_apart = ["product"]', 'sets_apart = ["rivals"]', "feature[1].sets_apart: there is no value 'rivals'; use product, plan"),
        ('name = "dashboard"', 'name = "Dash board"', "feature[2].name: 'Dash board' is no name; use a-z, 0-9 and _, and put other words in `title`"),
        ('name = "dashboard"', 'name = "report_export"', "feature[2].name: 'report_export' stands here twice; give one another name"),
        ('events = ["Dashboard Viewed"]', "events = []", "feature[2].events: this is empty; name at least one event"),
        ('events = ["Dashboard Viewed"]', 'event = "x"', "feature[2].events: this is missing; add it"),
        ("projects = 15", "project = 15", "plan[2].limits.project: there is no limit 'project'; did you mean 'projects'?"),
        ("projects = 15", "projects = 0", "plan[2].limits.projects: 0 is below 1; write a larger number"),
        ("EUR = 1500", "eur = 1500", "plan[2].list_price_minor.eur: 'eur' is no currency; write it as EUR"),
        ("EUR = 1500", "EUR = 15.5", "plan[2].list_price_minor.EUR: 15.5 is not a whole number; write it as one"),
        ('name = "Starter"', 'name = "Pro Plus"', "plan[2].name: 'Pro Plus' stands here twice; name each plan once"),
        ('counts = "events"', 'counts = "event"', "limit[1].counts: there is no value 'event'; did you mean 'events'?"),
        ('counts = "events"', 'counts = "sum"', "limit[1].property: this is missing; name the property of 'Project Created'"),
        ('counts = "events"', 'counts = "seats"', "limit[1].event: seats are counted without an event; leave it out"),
        ('name = "buyer"', 'name = "byer"', "role[1].name: there is no value 'byer'; did you mean 'buyer'?"),
        ('" Billing Admin "]', '"owner "]', None),
        ("within_days = 3", "within_days = 0", "first_value.step[1].within_days: 0 is below 1; write a larger number"),
        ('page = "*/cancel*"', 'page = "*/cancel*"\nevent = "x"', 'intent[2].event: name either an event or a page, as page = "*/cancel*"'),
        ("[[reach]]", '[links]\nbilling = "https://[x"\n\n[[reach]]', "links.billing: 'https://[x' leads nowhere; write \"/billing\", or \"https://example.com/billing\""),
        ("[[reach]]", "[[raech]]", "raech: there is no such field; did you mean reach?"),
    ],
)  # fmt: skip
def test_a_mistake_points_and_suggests(change, to, message):
    text = SMALL.replace(change, to, 1)
    assert text != SMALL
    if message is None:
        read_product(text, "product.toml")
        return

    with pytest.raises(BadDefinition) as refused:
        read_product(text, "product.toml")

    assert refused.value.message == f"product.toml: {message}"


def test_one_value_means_one_role_and_one_outcome():
    roles = (
        '[[role]]\nname = "buyer"\nvalues = ["Admin"]\n[[role]]\nname = "user"\nvalues = ["admin"]'
    )
    outcomes = '[[outcome]]\nname = "a"\nevents = ["E"]\n[[outcome]]\nname = "b"\ntitle = "A"\nevents = ["E"]'

    with pytest.raises(BadDefinition, match="'admin' means 'buyer' already"):
        read_product(roles, "product.toml")
    with pytest.raises(BadDefinition, match="'a' means 'a' already"):
        read_product(outcomes, "product.toml")


def test_what_was_never_seen_is_warned_of_and_what_is_near_is_named():
    read = read_product(SMALL, "product.toml")
    seen = Seen(
        frozenset({"Report Exported", "Dashboard viewed", "Project Created"}),
        frozenset({"Pro plus"}),
    )

    warnings = warnings_of(read, "product.toml", seen)

    assert (
        "product.toml: feature[2].events: no event 'Dashboard Viewed' has been seen; did you mean 'Dashboard viewed'?"
        in warnings
    )
    assert (
        "product.toml: plan[2].name: nobody has had 'Pro Plus' yet; did you mean 'Pro plus'?"
        in warnings
    )
    assert not any("no event 'Report Exported'" in each for each in warnings)
    assert warnings_of(read, "product.toml", Seen()) == []


@pytest.mark.django_db
def test_the_relations_hold_what_the_file_says_and_are_empty_without_one(home, settings):
    given = {
        name: import_string(path.replace(":", "."))
        for name, path in settings.TENURE_GIVEN_RELATIONS.items()
    }
    assert set(product_relations.COLUMNS) <= set(given)
    mine = {name: given[name] for name in product_relations.COLUMNS}

    for name, rows in mine.items():
        table = rows(home)
        assert table.num_rows == 0
        assert table.column_names == list(product_relations.COLUMNS[name])

    put_in_force("product", "", SMALL, now=NOW, by="ada")
    rows = {
        name: [tuple(row.values()) for row in each(home).to_pylist()] for name, each in mine.items()
    }

    assert product().plans[1].name == "Pro Plus"
    assert rows["product_feature"] == [
        ("report_export", "Report Exported", "Report export", True, False),
        ("report_export", "Report Printed", "Report export", True, False),
        ("dashboard", "Dashboard Viewed", "仪表板", False, False),
    ]
    assert rows["product_entitlement"] == [
        ("Pro Plus", "report_export"), ("Starter", "dashboard"), ("Pro Plus", "dashboard"),
    ]  # fmt: skip
    assert rows["product_plan"] == [
        ("Starter", None, None, False), ("Pro Plus", "EUR", 1500, True), ("Pro Plus", "USD", 1600, True),
    ]  # fmt: skip
    assert rows["product_limit"] == [
        ("projects", "Pro Plus", 15, "events", "Project Created", None, "month"),
        ("seats", "Pro Plus", 12, "seats", None, None, "ever"),
    ]
    assert rows["product_role"] == [("buyer", "owner"), ("buyer", "billing admin")]
    assert rows["product_step"] == [
        (1, "first_project", "Project Created", 3), (2, "first_report", "Report Exported", None),
    ]  # fmt: skip
    assert rows["product_outcome"] == [("faster", "Report Exported", 28)]
    assert rows["product_outcome_value"] == [("faster", "faster"), ("faster", "get faster")]
    assert rows["product_reach"] == [("Shared", "guests"), ("Sent", None)]
    assert rows["product_intent"] == [("Cancelled", None), (None, "*/cancel*")]


SCALARS = st.one_of(
    st.text(max_size=12), st.integers(-(2**70), 2**70), st.floats(), st.booleans(),
    st.sampled_from(["a", "b", "plan", "product", "seats", "events", "Pro", "buyer", "month", "*/x"]),
)  # fmt: skip
NAMES = st.sampled_from(
    [
        "product",
        "feature",
        "plan",
        "limit",
        "role",
        "first_value",
        "step",
        "outcome",
        "reach",
        "intent",
        "name",
        "title",
        "events",
        "event",
        "sets_apart",
        "plans",
        "per_seat",
        "list_price_minor",
        "limits",
        "counts",
        "property",
        "period",
        "values",
        "within_days",
        "next",
        "page",
        "EUR",
        "seats",
    ]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=5)),
    max_leaves=15,
)


def as_toml(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return (
            '"' + "".join(f"\\U{ord(c):08X}" for c in value if not 0xD800 <= ord(c) < 0xE000) + '"'
        )
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {as_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return repr(value) if value == value else "nan"


@given(st.dictionaries(NAMES, TREES, max_size=8))
@settings(max_examples=150, deadline=None)
def test_no_toml_whatever_gives_anything_but_a_product_or_a_bad_definition(tree):
    text = "\n".join(f"{key} = {as_toml(value)}" for key, value in tree.items())
    tomllib.loads(text)

    try:
        read = read_product(text, "product.toml")
    except BadDefinition as refused:
        assert refused.message.startswith("product.toml: ")
    else:
        assert isinstance(read, Product)
        assert len({feature.name for feature in read.features}) == len(read.features)


@given(st.integers(0, len(SMALL)), st.integers(0, 40), st.text(max_size=6))
@settings(max_examples=200, deadline=None)
def test_no_cut_or_typing_error_gives_anything_but_a_product_or_a_bad_definition(at, cut, typed):
    text = SMALL[:at] + typed + SMALL[at + cut :]

    try:
        read_product(text, "product.toml")
    except BadDefinition as refused:
        assert refused.message.startswith("product.toml: ")
