"""Changes of one subscription are made in their order, and a cancellation stands above all."""

from datetime import timedelta

import pytest
from billing_worlds import NOON, asked, host_running, only, says, webhook_to

from tenure.base.errors import Conflict
from tenure.billing import ledger
from tenure.billing.changes import carry_out, carry_out_due
from tenure.billing.models import BillingChange
from tenure.billing.retrying import try_again
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db(transaction=True)
DOWN = says(503, "down")
LOST = says(500, "")


def at(minutes: float):
    return NOON + timedelta(minutes=minutes)


def statuses() -> dict[str, str]:
    return dict(BillingChange.objects.values_list("key", "status"))


def test_a_change_waits_for_the_one_before(home):
    with host_running() as host:
        host.before = only("pause", DOWN)
        carry_out(asked("pause", key="1"), webhook_to(host), NOON)
        second = carry_out(asked("discount", key="2"), webhook_to(host), NOON)
        assert (second.status, second.standing) == ("intended", "pending")
        elsewhere = asked("discount", key="3", subscription_id="sub_2")
        assert carry_out(elsewhere, webhook_to(host), NOON).status == "done"
        host.before = lambda asked: None
        for minutes in (1, 2, 3):
            carry_out_due(home, at(minutes), system=webhook_to(host))

    assert statuses() == {"1": "done", "2": "done", "3": "done"}
    made = [each["id"] for each in host.requests if each["kind"] != "read_back"]
    assert made == ["1", "3", "1", "2"]


def test_a_cancellation_waits_for_nothing_and_what_was_not_taken_is_dropped(home):
    with host_running() as host:
        host.before = only("discount", DOWN)
        carry_out(asked("discount", key="1"), webhook_to(host), NOON)
        asked("pause", key="2")
        left = carry_out(asked("cancel_at_period_end", key="3"), webhook_to(host), NOON)
        host.before = lambda asked: None
        carry_out_due(home, at(600), system=webhook_to(host))

    assert left.counts
    assert statuses() == {"1": "given_up", "2": "given_up", "3": "done"}
    assert BillingChange.objects.get(key="1").superseded_by == "3"
    assert not Task.objects.exists()
    assert "percent_off" not in host.terms


def test_what_may_have_been_done_is_looked_for_and_not_repeated_after_a_cancellation(home):
    with host_running() as host:
        host.before = only("discount", LOST)
        carry_out(asked("discount", key="lost"), webhook_to(host), NOON)
        host.before = lambda asked: None
        carry_out(asked("cancel_at_period_end", key="left"), webhook_to(host), NOON)
        carry_out_due(home, at(10), system=webhook_to(host))

    assert statuses() == {"lost": "given_up", "left": "done"}
    assert host.kinds().count("discount") == 1


def test_a_refund_is_paid_although_they_leave(home):
    with host_running() as host:
        host.before = only("refund", DOWN)
        refund = asked("refund", key="r", values={"amount_minor": 500, "currency": "EUR"})
        carry_out(refund, webhook_to(host), NOON)
        carry_out(asked("cancel_now", key="c"), webhook_to(host), NOON)
        host.before = lambda asked: None
        carry_out_due(home, at(10), system=webhook_to(host))

    assert statuses() == {"r": "done", "c": "done"}
    assert host.terms["refunds"] == {"r": 500}


def test_coming_back_displaces_a_cancellation_that_never_arrived(home):
    with host_running() as host:
        host.before = only("cancel_at_period_end", DOWN)
        carry_out(asked("cancel_at_period_end", key="left"), webhook_to(host), NOON)
        back = carry_out(asked("uncancel", key="back"), webhook_to(host), NOON)
        host.before = lambda asked: None
        carry_out_due(home, at(600), system=webhook_to(host))

    assert back.counts
    assert statuses() == {"left": "given_up", "back": "done"}
    assert "cancels_on" not in host.terms or host.terms["cancels_on"] is None


def test_a_cancellation_waits_for_a_call_that_is_under_way(home):
    with host_running() as host:
        discount = asked("discount", key="1")
        ledger.begin(discount, "webhook", NOON)  # by somebody else, at this moment
        left = carry_out(asked("cancel_now", key="2"), webhook_to(host), NOON)
        assert (left.status, left.standing, host.requests) == ("intended", "pending", [])
        # That one died. Its call is unsure, and the cancellation goes first.
        carry_out_due(home, at(2), system=webhook_to(host))

    assert statuses() == {"1": "given_up", "2": "done"}
    assert host.effects == {"2": 1}


def test_a_test_and_life_do_not_wait_for_each_other(home):
    with host_running() as host:
        host.before = only("pause", DOWN)
        carry_out(asked("pause", key="live"), webhook_to(host), NOON)
        tried = carry_out(asked("cancel_now", key="test", mode="test"), webhook_to(host), NOON)

    assert tried.status == "done"
    assert statuses() == {"live": "intended", "test": "done"}


def test_the_operator_tries_again_what_was_refused_and_nothing_that_is_done(home):
    with host_running() as host:
        host.before = only("pause", says(200, '{"status": "refused", "message": "annual"}'))
        carry_out(asked(key="k"), webhook_to(host), NOON)
        assert Task.objects.get().status == "open"
        host.before = lambda asked: None
        again = try_again("k", now=at(5), by="ann")
        assert carry_out(again, webhook_to(host), at(5)).counts

    assert Task.objects.get().outcome == "resolved_itself"
    with pytest.raises(Conflict, match="k is done as promised"):
        try_again("k", now=at(6), by="ann")


def test_what_differed_is_read_again_and_not_asked_for(home):
    with host_running() as host:
        host.lies = True
        carry_out(asked(key="k"), webhook_to(host), NOON)
        carry_out_due(home, at(10), system=webhook_to(host))
        assert BillingChange.objects.get().standing == "unsure"
        host.terms |= {"paused_until_on": "2027-01-20"}
        again = try_again("k", now=at(60), by="ann")
        assert carry_out(again, webhook_to(host), at(60)).counts

    assert host.kinds().count("pause") == 1


def test_what_was_displaced_is_not_tried_again(home):
    asked("pause", key="1")
    asked("cancel_now", key="2")
    with pytest.raises(Conflict, match=r"1: cancel_now \(2\) took its place"):
        try_again("1", now=NOON, by="ann")
