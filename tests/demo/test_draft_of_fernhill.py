"""From what Fernhill's lake has seen, a draft finds what Fernhill's catalogue sells."""

import pytest
from lived_company import NOW

from tenure.base.home import Home
from tenure.card.product import read_product
from tenure.card.product_draft import draft_product
from tenure.demo.catalogue import FEATURES, OUTCOMES, PLANS, ROLES
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.lake.rows import pack_event_table, pack_fact_table
from tenure.lake.shipping import ship

pytestmark = pytest.mark.slow
FLOORS = ("tenure.lake", "tenure.collect", "tenure.measure")


@pytest.fixture(scope="module")
def draft(fernhill, tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("draft"))
    inbox = open_inbox(home, "")
    try:
        for packed in (pack_event_table(fernhill.events), pack_fact_table(fernhill.facts)):
            inbox.append([Arrival("rows", "demo", NOW, packed, {})])
        while not ship(home, inbox, {}, lambda batch, rows: None, NOW).is_caught_up:
            pass
    finally:
        inbox.close()
    refresh(home, NOW, packages=FLOORS)
    with reading(home, packages=FLOORS) as reader:
        text = draft_product(reader, name="Fernhill", now=NOW, time_zone="Europe/Berlin")
    return read_product(text, "product.toml")


def test_the_features_are_those_of_the_catalogue_on_their_plans(draft):
    names = [plan.name for plan in PLANS]

    assert {feature.events[0]: feature.plans for feature in draft.features} == {
        feature.event: tuple(names[feature.plan_rank :]) for feature in FEATURES
    }


def test_the_plans_have_their_list_prices_per_seat(draft):
    assert [(plan.name, plan.per_seat, dict(plan.list_price_minor)) for plan in draft.plans] == [
        (plan.name, True, plan.seat_minor) for plan in PLANS
    ]


def test_the_outcomes_that_were_stated_are_there_and_shown_by_what_serves_them(draft):
    assert {outcome.name for outcome in draft.outcomes} == set(OUTCOMES)
    for outcome in draft.outcomes:
        serving = {FEATURES[index].event for index in OUTCOMES[outcome.name]}
        assert outcome.events[0] in serving
        assert len(serving & set(outcome.events)) * 2 > len(outcome.events)


def test_roles_reach_and_signs_of_leaving_are_found(draft):
    assert {role.name for role in draft.roles} == set(ROLES)
    assert ("Client Portal Shared", "guest_count") in {
        (one.event, one.property) for one in draft.reach
    }
    assert {"Cancel Page Viewed", "Data Exported"} <= {one.event for one in draft.intents}
