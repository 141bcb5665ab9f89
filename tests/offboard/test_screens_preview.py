"""Every screen of a flow before it is in force: of a real account, or marked as an example."""

from datetime import UTC, date, datetime

import pytest
from flow_worlds import TEXT

from tenure.base.errors import BadDefinition, InvalidInput
from tenure.card.card_of import Card
from tenure.card.models import AccountCard
from tenure.definitions.store import put_in_force
from tenure.offboard.flow import built_in_text
from tenure.offboard.models import Visit, VisitOutcome
from tenure.offboard.screens_preview import HELD_OUT, SCENARIOS, UNKNOWN, preview

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
PRODUCT = """
[[feature]]
name = "invoicing"
title = "Invoices from tracked time"
events = ["Invoice Sent"]
[[feature]]
name = "portal"
title = "Client portal"
events = ["Client Portal Shared"]
"""
CARD = Card(
    "acme",
    {
        "status": "paying",
        "plan": "Team",
        "billing_interval": "month",
        "mrr_minor": 29_000,
        "currency": "EUR",
        "renews_on": date(2026, 3, 31),
        "began_on": date(2025, 1, 10),
        "use_days": 212,
        "feature_uses": ["invoicing: 142, last on 2026-02-27", "portal: 3, last on 2026-03-01",
                         "gone: 9, last on 2026-03-01"],
        "people_active_90_days": 9,
    },
    None,
    date(2026, 3, 3),
)  # fmt: skip


def names(previews):
    return [each.name for each in previews]


def shown(text=TEXT, **more):
    said = {"language": "en", "shape": "full", "now": NOW} | more
    return preview(text, "flows/acme.toml", **said)


def test_each_screen_is_there_once_in_the_order_of_the_way():
    assert names(shown()) == [
        "why", "value", "offers", "confirm", "left", "back", "accepted", "stayed",
    ]  # fmt: skip
    assert names(shown(scenario=HELD_OUT)) == ["why", "confirm", "left", "back", "stayed"]
    assert names(shown(scenario=UNKNOWN))[:3] == ["why", "offers", "confirm"]
    assert names(shown(shape="direct"))[:3] == ["confirm", "left", "left"]


def test_without_an_account_what_is_shown_of_one_is_marked():
    value = next(each for each in shown() if each.name == "value")

    assert 'class="badge">Example' in value.page


def test_with_an_account_it_is_that_account_s_own():
    put_in_force("product", "", PRODUCT, now=NOW, by="test")
    AccountCard.objects.create(account_id="acme", name="Acme GmbH", status="paying")

    by_name = {each.name: each for each in shown(card=CARD)}

    assert "badge" not in by_name["value"].fragment
    assert "Invoices from tracked time" in by_name["value"].fragment
    assert ">142<" in by_name["value"].fragment
    assert "gone" not in by_name["value"].fragment  # no feature any more
    assert "Acme GmbH" in by_name["confirm"].fragment
    assert "€290 a month" in by_name["confirm"].fragment
    assert "March 31, 2026" in by_name["confirm"].fragment


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
@pytest.mark.parametrize("shape", ["full", "click_to_cancel", "direct"])
def test_the_built_in_flow_is_shown_in_each_language_and_shape(language, shape):
    for scenario in SCENARIOS:
        for each in shown(built_in_text(), language=language, shape=shape, scenario=scenario):
            lang = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}.get(language, language)
            assert f'<html lang="{lang}"' in each.page
            assert each.style in each.page
            assert "style-src 'sha256-" in each.policy


def test_nothing_is_recorded():
    shown()

    assert not Visit.objects.exists()
    assert not VisitOutcome.objects.exists()


def test_what_the_flow_does_not_have_is_refused_by_name():
    with pytest.raises(InvalidInput, match="language is 'de'; use en"):
        shown(language="de")
    with pytest.raises(InvalidInput, match="scenario is 'x'; use whole, held_out"):
        shown(scenario="x")
    with pytest.raises(BadDefinition, match="title: this is missing"):
        shown("")


def test_a_flow_that_may_not_be_published_can_still_be_looked_at():
    text = TEXT + '[words]\nkeep = { en = "Wait, we will miss you" }\n'

    assert "we will miss you" in shown(text)[0].page
