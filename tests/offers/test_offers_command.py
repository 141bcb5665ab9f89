"""`tenure offers`: what one account would be shown and why not, without changing anything."""

import json

import pytest
from click.testing import CliRunner
from django.utils import timezone

from offers.offer_worlds import NOW, PRODUCT, USUAL, discount, usual_budget
from tenure.base.errors import BadUsage, NotFound
from tenure.card.models import AccountCard
from tenure.definitions.store import put_in_force
from tenure.offers.book import check_offers
from tenure.offers.commands import offers
from tenure.offers.models import Concession, LearnedOffer, OfferShown

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def acme(home):
    """One usual account, and the product that it has."""
    home.settings_file.write_text('[company]\ncurrency = "EUR"\n')
    put_in_force("product", "", PRODUCT, now=NOW, by="test")
    values = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in USUAL.items()
    }
    # The command asks the clock: the next bill is in a week, whenever that is.
    values["renews_on"] = (timezone.now() + timezone.timedelta(days=7)).date().isoformat()
    AccountCard.objects.create(account_id="acme", name="Acme", status="paying", values=values)


def run(*words: str) -> list[dict]:
    done = CliRunner().invoke(offers, [*words, "--format", "json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_what_would_be_shown_with_terms_and_why_the_rest_would_not():
    rows = run(
        "try", "acme", "--reason", "price_value", "--follow-up", "price_rose", "--at-most", "3"
    )
    shown = [row for row in rows if row["shown_as"]]

    assert [row["shown_as"] for row in shown] == [1, 2, 3]
    assert shown[0]["offer"] == "discount_20_3_months"
    assert shown[0]["terms"]["price_during_minor"] == 23200
    told = {row["offer"]: row["why_not"] for row in rows}
    assert told["trial_extension"] == "not_in_trial"
    assert told["training"] == "reason"
    assert not Concession.objects.exists()
    assert not OfferShown.objects.exists()


def test_intent_is_answered_by_help_alone():
    rows = run("try", "acme", "--reason", "price_value", "--because", "intent", "--at-most", "9")

    kinds = {row["kind"] for row in rows if row["shown_as"]}
    assert kinds == {"advice", "human"}


def test_a_reason_or_an_account_that_is_not_there_is_told():
    with pytest.raises(BadUsage, match="use closing, bought"):
        run("try", "acme", "--reason", "nonsense")
    with pytest.raises(NotFound, match="did you mean 'acme'"):
        run("try", "ACME")


def test_the_book_the_budget_and_what_was_learned_are_listed():
    assert [row["offer"] for row in run("list")][:2] == ["training", "we_look_into_it"]
    spent = {row["currency"]: row for row in run("spent")}
    assert spent["EUR"]["all_month_minor"] == 300000
    put_in_force(
        "offers", "", usual_budget('currency = "EUR"') + "\n" + discount(), now=NOW, by="test"
    )
    assert [row["offer"] for row in run("list")] == ["less"]
    LearnedOffer.objects.create(
        offer="less", version="v", visits=3, weight=1.5, mean_share=0.25, sd_share=0.1,
        accepted=2, learned_at=NOW,
    )  # fmt: skip
    [row] = run("learned")
    assert (row["offer"], row["reason"], row["mean_share"]) == ("less", "(any)", 0.25)


def test_the_book_that_ships_can_be_printed_and_begun_with():
    text = CliRunner().invoke(offers, ["default"]).stdout

    assert all("no_way_there" in line for line in check_offers(text, "offers.toml"))
