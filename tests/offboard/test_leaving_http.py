"""Leaving over HTTP: from a token to the end, whatever is clicked how often."""

import pytest
from offboard.visit_worlds import an_exit, card, person

from tenure.billing.models import BillingChange
from tenure.offboard.models import VisitOutcome


@pytest.fixture
def way_out(home, db):
    card()
    person()
    return an_exit(home)


def test_a_token_opens_the_first_screen(way_out):
    reply = way_out.open()

    assert reply.status == 200, reply.body
    assert reply.json["screen"]["name"] == "why"
    assert set(reply.json) == {"visit", "passage", "screen", "expires_at"}


def test_two_steps_lead_out(way_out):
    left = way_out.leave(way_out.open())

    assert left.json["result"]["outcome"] == "canceled"
    assert BillingChange.objects.get().kind == "cancel_at_period_end"
    assert VisitOutcome.objects.get().outcome == "canceled"
