"""What follows from an accepted offer: terms for ever, billing, both sides' commitments, a save."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from offers.accept_worlds import shown, shown_discount
from offers.offer_worlds import NOW, TODAY, discount, offer, usual_budget
from tenure.base.errors import Conflict
from tenure.billing.models import BillingChange
from tenure.definitions.store import put_in_force
from tenure.lake.inbox import open_inbox
from tenure.lake.rows import decode_rows
from tenure.offers.accepting import OfferGone, accept
from tenure.offers.forgetting import forget_in_offers
from tenure.offers.habits import habits
from tenure.offers.history import history_of
from tenure.offers.models import Concession, Purse
from tenure.offers.recording import record_concessions
from tenure.saves.models import Commitment, Save
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db
PAUSE = offer("pause", "pause", "months = 2\nreminder_days = 7")
BUDGET = 'currency = "EUR"'


@pytest.fixture(autouse=True)
def in_force(home):
    """A book of a discount, in euros, is in force."""
    home.settings_file.write_text('[company]\ncurrency = "EUR"\n')
    put_in_force("offers", "", usual_budget(BUDGET) + "\n" + discount(), now=NOW, by="test")


def accepted(offered, visit="v1", account="acme", now=NOW, **more):
    return accept(
        offered, visit_id=visit, account_id=account, subscription_id="s1", person_id="ann",
        now=now, **more,
    )  # fmt: skip


def test_a_discount_is_stored_as_it_was_shown_with_what_it_costs():
    offered = shown_discount()
    accepted(offered, reason="price_value")
    row = Concession.objects.get()

    assert row.terms == offered.terms
    assert row.words["terms"] == offered.terms_text
    assert (row.price_before_minor, row.price_minor) == (29000, 23200)
    assert (row.cost_minor, row.forgone_minor) == (17400, 17400)
    assert row.is_price_cut
    assert row.runs_until_on == date(2027, 3, 1)
    assert row.given_on == TODAY
    assert row.reason == "price_value"


def test_billing_is_asked_for_what_was_shown_and_the_save_is_followed():
    made = accepted(shown_discount())
    change = BillingChange.objects.get()

    assert made.change.key == change.key == made.concession.change_key
    assert change.kind == "discount"
    assert change.values["percent_off"] == 20
    assert change.values["until_on"] == "2027-03-01"
    save = Save.objects.get()
    assert (save.offer, save.cost_minor, save.change_key) == ("less", 17400, change.key)
    assert save.status == "accepted"


@pytest.mark.parametrize(
    ("text", "name", "changed", "kind", "values"),
    [
        (PAUSE, "pause", {}, "pause", {"until_on": "2027-02-01", "starts_on": "2026-12-01"}),
        (offer("sleep", "dormant", "months = 4\nreminder_days = 14"), "sleep", {}, "pause",
         {"until_on": "2027-04-01", "is_dormant": True}),
        (offer("down", "cheaper_plan", 'because = ["cancel_visit"]'), "down", {}, "plan_change",
         {"plan": "Starter", "quantity": 10, "effective": "period_end"}),
        (offer("more", "trial_extension", "days = 14"), "more",
         {"status": "trial", "mrr_minor": 0, "trial_ends_on": date(2026, 11, 25)},
         "trial_extension", {"until_on": "2026-12-09"}),
        (offer("free", "free_months", "months = 1"), "free", {}, "free_months",
         {"months": 1, "until_on": "2027-01-01"}),
        (offer("back", "refund", "percent = 100"), "back", {}, "refund",
         {"amount_minor": 29000, "currency": "EUR"}),
    ],
)  # fmt: skip
def test_what_each_kind_asks_of_billing(text, name, changed, kind, values):
    accepted(shown(text, name, changed=changed))
    change = BillingChange.objects.get()

    assert change.kind == kind
    assert values.items() <= change.values.items()


@pytest.mark.parametrize("kind", ["training", "advice", "human", "custom"])
def test_what_billing_cannot_do_is_a_task_for_a_person(kind):
    made = accepted(shown(offer("help", kind), "help"))
    task = Task.objects.get()

    assert made.change is None
    assert made.save.status == "applied"
    assert task.key == made.concession.task_key
    assert (task.account_id, task.person_id) == ("acme", "ann")
    assert task.due_on == TODAY + timedelta(days=14)
    assert task.because["kind"] == "offer"
    assert not BillingChange.objects.exists()


def test_a_partner_and_a_time_that_was_taken_are_told_in_the_task():
    partner = shown(offer("firm", "partner", 'partner = "Ardent"'), "firm")
    accepted(partner)
    at = NOW + timedelta(days=2)
    talk = shown(offer("talk", "human"), "talk")
    accepted(talk, "v2", "other", time_at=at)

    by_account = {task.account_id: task for task in Task.objects.all()}
    assert by_account["acme"].title == "firm"
    assert by_account["other"].title == "talk, at 2026-11-24 09:00 UTC"
    assert by_account["other"].due_on == at.date()
    with pytest.raises(OfferGone) as gone:
        accepted(talk, "v3", "third", time_at=at)
    assert gone.value.why == "time_taken"


def test_both_sides_commitments_are_dated_and_ours_is_a_task_of_theirs_only_once():
    accepted(shown_discount(), language="zh-hans")
    ours, theirs = Commitment.objects.order_by("pk")

    assert (ours.side, ours.due_on, ours.has_task) == ("us", TODAY + timedelta(days=7), True)
    assert (theirs.side, theirs.event) == ("them", "Invoice Sent")
    assert theirs.person_id == "ann"
    assert theirs.language == "zh-hans"
    # Whoever works here reads it in their own language.
    assert theirs.texts["en"] == "You send an invoice by December 20, 2026"
    assert theirs.texts["zh-hant"] == "You send an invoice by 2026年12月20日"
    assert not Task.objects.exists()  # `saves` opens the one of our commitment


def test_the_same_again_gives_what_was_there_and_another_offer_is_refused():
    first = accepted(shown_discount())
    again = accepted(shown_discount(), now=NOW + timedelta(minutes=3))

    assert (first.is_new, again.is_new) == (True, False)
    assert again.concession == first.concession
    assert again.change == first.change
    assert len(again.commitments) == 2
    assert Save.objects.count() == BillingChange.objects.count() == 1
    with pytest.raises(Conflict, match="'less' was accepted in this visit already"):
        accepted(shown(PAUSE, "pause"))


def test_what_was_spent_since_it_was_shown_is_not_spent_twice():
    offered = shown_discount()  # shown to both before either accepts
    accepted(offered, "v1")
    with pytest.raises(OfferGone) as gone:
        accepted(offered, "v2")

    assert gone.value.why == "discount_running"
    assert gone.value.status == 409
    assert gone.value.code == "offer_gone"
    assert Concession.objects.count() == Save.objects.count() == 1


def test_all_accounts_together_get_what_the_month_holds():
    """17,400 each, of 500,000: 28 fit."""
    put_in_force(
        "offers", "", usual_budget(f"{BUDGET}\nall_month_minor = 60000") + "\n" + discount(),
        now=NOW, by="test",
    )  # fmt: skip
    offered, ended = shown_discount(), []
    for number in range(5):
        try:
            accepted(offered, f"v{number}", f"a{number}")
            ended.append("accepted")
        except OfferGone as error:
            ended.append(error.why)

    assert ended == ["accepted"] * 3 + ["budget_all"] * 2
    # The month that follows has its own.
    accepted(replace(offered, commitments=()), "v9", "a9", now=NOW + timedelta(days=9))


def test_a_test_visit_spends_nothing_and_asks_nobody():
    offered = shown_discount()
    accepted(offered, "t1", mode="test")
    accepted(shown(offer("help", "training"), "help"), "t2", mode="test")

    assert history_of("acme", NOW).given == ()
    assert history_of("acme", NOW).spent_all_minor == {}
    assert BillingChange.objects.get().mode == "test"
    assert not Task.objects.exists()
    assert not Purse.objects.filter(name__startswith="all:").exists()
    accepted(offered, "v1")  # the live budget is whole


def test_what_billing_refused_in_the_end_was_not_given():
    accepted(shown_discount())
    BillingChange.objects.update(status="refused")

    found = history_of("acme", NOW)
    assert found.given == ()
    assert found.spent_all_minor == {}
    assert habits(1) == []


def test_history_counts_what_was_given_also_under_an_id_that_was_merged():
    from tenure.customers.models import IdentityLink

    accepted(shown_discount(), account="old-acme")
    IdentityLink.objects.create(
        kind="account", raw_id="old-acme", canonical_id="acme", joined_id="acme", made_at=NOW,
        known_at=NOW, changed_at=NOW, because="operator",
    )  # fmt: skip
    found = history_of("acme", NOW)

    assert [each.offer for each in found.given] == ["less"]
    assert found.spent_minor("EUR") == 17400
    assert found.spent_all_minor == {"EUR": 17400}
    assert found.visits_with_price_cut == 1


def test_who_comes_for_a_lower_price_again_and_again_is_listed():
    for number, days_ago in enumerate((900, 500)):
        now = NOW - timedelta(days=days_ago)
        offered = shown_discount()
        until = (now.date() + timedelta(days=90)).isoformat()
        past = replace(offered, terms={**offered.terms, "ends_on": until}, commitments=())
        accepted(past, f"v{number}", "often", now)
    accepted(shown_discount(), "w1", "once")
    accepted(shown(PAUSE, "pause"), "w2", "pauses")

    [habit] = habits(2)
    assert (habit.account_id, habit.visits) == ("often", 2)
    assert habit.cost_minor == {"EUR": 2 * 17400}
    assert (habit.last_on - habit.first_on).days == 400


def events_of(home) -> list[dict]:
    """What waits in the inbox of Tenure's own telling."""
    inbox = open_inbox(home)
    try:
        batch = inbox.open_batch(after=0, now=NOW, max_bytes=10**9)
        return decode_rows(inbox.arrivals(batch.number)).events.to_pylist()
    finally:
        inbox.close()


def test_what_was_given_is_told_to_the_lake_once(home):
    accepted(shown_discount(), reason="price_value")
    assert record_concessions(NOW) == 1
    assert record_concessions(NOW) == 0

    assert list(Concession.objects.values_list("recorded_at", flat=True)) == [NOW]
    [told] = [each for each in events_of(home) if each["type"] == "offboard"]
    assert (told["name"], told["account_key"], told["user_id"]) == (
        "Concession Given", "acme", "ann",
    )  # fmt: skip
    said = json.loads(told["properties"])
    assert (said["offer"], said["cost_minor"], said["reason"]) == ("less", 17400, "price_value")


def test_who_is_forgotten_leaves_amounts_and_no_trace():
    accepted(shown_discount())
    accepted(shown_discount(), "v2", "other")
    assert forget_in_offers(["acme"], ["ann"]) >= 2

    gone, stays = Concession.objects.order_by("account_id")
    told = json.dumps({key: str(value) for key, value in vars(gone).items()})
    assert "acme" not in told
    assert "ann" not in told
    assert gone.terms == gone.words == {}
    assert gone.cost_minor == 17400
    assert (stays.account_id, stays.person_id) == ("other", "")
    assert history_of("x", NOW).spent_all_minor == {"EUR": 2 * 17400}
    assert record_concessions(NOW) == 1  # the other's alone
