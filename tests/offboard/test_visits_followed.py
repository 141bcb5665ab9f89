"""Visits folded from their events: each once, whatever comes when; silence is abandonment."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offboard.visit_worlds import NOON, at_offers
from tenure.customers.follow import follow
from tenure.lake.reading import reading
from tenure.offboard.event import ABANDONED, NAMES, VisitEvent, Whose
from tenure.offboard.models import LogEntry, LogHead, OffboardCursor, Visit
from tenure.offboard.visits import VisitFollower, fold_batch, follow_visits
from tenure.offboard.visits_fold import fold, new_visit
from tenure.offers.models import OfferShown
from tenure.proof.models import Assignment
from tenure.saves.models import Save
from tenure.signals.models import Signal
from tenure.signals.watch import watch


def test_a_visit_has_every_step_and_everything_that_was_decided(way_out):
    confirm = way_out.step(at_offers(way_out), "leave")
    way_out.clock.passes(seconds=40)
    way_out.step(confirm, "leave")
    way_out.ship()

    visit = Visit.objects.get()
    assert (visit.account_id, visit.subscription_id, visit.person_id) == ("acme", "sub_1", "ann")
    assert (visit.arm, visit.share, visit.experiment) == ("treated", 0.8, "cancel_flow")
    assert (visit.flow, visit.shape, visit.channel) == ("default", "click_to_cancel", "api")
    assert (visit.reason, visit.outcome, visit.decision) == (
        "changed_needs",
        "canceled",
        "declined",
    )
    assert (visit.plan, visit.mrr_minor, visit.currency) == ("Team", 29_000, "EUR")
    assert [s["screen"] for s in visit.steps if s["kind"] == "Screen Shown"] == [
        "why", "value", "offers", "confirm", "left",
    ]  # fmt: skip
    fitting = [each for each in visit.considered if not each["why_not"]]
    assert sum(each["probabilities"][0] for each in fitting) == pytest.approx(1)
    assert all(each["why_not"] for each in visit.considered if each not in fitting)
    assert visit.offers_shown == [each.offer for each in OfferShown.objects.order_by("place")]
    assert (visit.ended_at - visit.opened_at).total_seconds() == 40


def test_exposure_is_recorded_and_who_left_is_followed(way_out):
    way_out.leave(way_out.open())
    way_out.ship()

    assert Assignment.objects.get().arm == "treated"
    assert Save.objects.get().kind == "left"


def test_silence_of_half_an_hour_is_abandonment(way_out):
    at_offers(way_out)
    way_out.clock.passes(minutes=29, seconds=59)
    way_out.ship()
    assert Visit.objects.get().outcome == ""

    way_out.clock.passes(seconds=1)
    way_out.ship()

    visit = Visit.objects.get()
    assert (visit.outcome, visit.ended_at) == ("abandoned", way_out.clock.now)
    assert Save.objects.get().kind == "abandoned"
    way_out.ship()
    assert LogEntry.objects.filter(kind=ABANDONED).count() == 1


def test_an_abandoned_visit_raises_intent_with_a_task_that_offers_no_discount(way_out):
    at_offers(way_out)
    way_out.clock.passes(minutes=31)
    way_out.ship()
    way_out.ship()
    follow(way_out.home, way_out.clock())

    watch(way_out.home, way_out.clock())

    signal = Signal.objects.get()
    assert (signal.kind, signal.account_id, signal.urgency) == ("cancel_intent", "acme", "now")
    assert signal.evidence[0]["what"] == "visit"
    assert signal.next_step == "help_them_on"
    assert signal.task is not None


def test_a_test_raises_nothing_and_follows_nobody(way_out):
    at_offers(way_out, mode="test")
    way_out.clock.passes(minutes=31)
    way_out.ship()
    way_out.ship()
    follow(way_out.home, way_out.clock())
    watch(way_out.home, way_out.clock())

    assert Visit.objects.get().outcome == "abandoned"
    assert (Signal.objects.count(), Save.objects.count(), Assignment.objects.count()) == (0, 0, 0)


def test_saying_that_one_stays_is_no_save(way_out):
    stayed = way_out.step(at_offers(way_out), "stay")
    way_out.ship()

    assert stayed.json["result"]["outcome"] == "abandoned"
    visit = Visit.objects.get()
    assert (visit.outcome, visit.decision) == ("abandoned", "stayed")
    assert Save.objects.get().kind == "stayed"


def test_who_comes_back_to_an_abandoned_visit_goes_on_with_it(way_out):
    offers = at_offers(way_out)
    way_out.clock.passes(minutes=45)
    way_out.ship()
    assert Visit.objects.get().outcome == "abandoned"
    way_out.clock.passes(minutes=5)

    left = way_out.leave(offers)
    way_out.ship()

    assert left.json["result"]["outcome"] == "canceled"
    assert Visit.objects.get().outcome == "canceled"
    assert Save.objects.get().kind == "left"


def test_cancelling_in_a_later_visit_makes_the_earlier_one_a_cancellation(way_out):
    way_out.step(at_offers(way_out), "accept:pause_2_months")
    way_out.ship()
    assert Visit.objects.get().outcome == "saved"
    way_out.clock.passes(days=20)

    way_out.leave(way_out.open())
    way_out.ship()

    first, second = Visit.objects.order_by("opened_at")
    assert (first.outcome, first.decision) == ("canceled", "accepted")
    assert second.outcome == "canceled"
    assert Save.objects.get(kind="save").status == "lost"


def test_a_given_reason_is_told_as_every_other(way_out):
    at_offers(way_out)
    way_out.ship()

    with reading(way_out.home, fresh=True) as reader:
        told = [r for r in reader.relation("event").to_pylist() if r["type"] == "reason"]
    assert [(r["name"], r["account_key"]) for r in told] == [("Reason Given", "acme")]


def test_what_was_handed_over_and_what_the_lake_has_give_the_same(way_out):
    way_out.open()
    way_out.ship()
    way_out.leave(at_offers(way_out))
    way_out.ship()
    whole = [*Visit.objects.order_by("pk").values("steps", "outcome", "reason", "offers_shown")]
    numbers = list(LogEntry.objects.order_by("number").values_list("message_id", flat=True))
    for model in (Visit, LogEntry, OffboardCursor):
        model.objects.all().delete()
    LogHead.objects.all().delete()

    # The lake has them all by now: another follower reads them from there.
    VisitFollower(way_out.home).follow(way_out.clock())

    again = Visit.objects.order_by("pk").values("steps", "outcome", "reason", "offers_shown")
    assert [*again] == whole
    assert list(LogEntry.objects.order_by("number").values_list("message_id", flat=True)) == numbers


def test_following_again_changes_nothing(way_out):
    way_out.leave(at_offers(way_out))
    way_out.ship()
    before = [*Visit.objects.values()], LogEntry.objects.count()

    for _ in range(3):
        follow_visits(way_out.home, way_out.clock())

    assert ([*Visit.objects.values()], LogEntry.objects.count()) == before


def test_a_batch_that_was_folded_in_part_goes_on_after_that_part(way_out):
    events = [
        VisitEvent(f"m{n}", "Screen Shown", NOON, Whose("v1", "acme"), {"screen": "why"}, n)
        for n in range(50)
    ]
    fold_batch(events[:50], 7)
    OffboardCursor.objects.update(batch=6, done=20)
    Visit.objects.update(steps=Visit.objects.get().steps[:20])

    fold_batch(events, 7)

    assert len(Visit.objects.get().steps) == 50
    assert (OffboardCursor.objects.get().batch, OffboardCursor.objects.get().done) == (7, 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*NAMES, "Concession Given"]), max_size=12), st.randoms())
def test_whatever_comes_in_which_order_a_cancellation_stays_one(names, chance: random.Random):
    whose = Whose("v", "acme", "s", "p")
    told = [
        VisitEvent(str(n), name, NOON, whose, {"seq": n}, n)
        for n, name in enumerate([*names, "Leaving Confirmed"])
    ]
    chance.shuffle(told)
    visit = new_visit(told[0], "acme")

    for event in told:
        fold(visit, event)

    assert visit.outcome == "canceled"
