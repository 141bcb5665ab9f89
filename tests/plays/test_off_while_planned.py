"""A play that is switched off while what it wants to say is being planned says nothing of it."""

from datetime import timedelta

import pytest
from django.db import connection
from small_company import BEGINS, arrive, catch_up, event, settle, turn_off

from tenure.messages.models import Message
from tenure.plays.models import PlaySwitch
from tenure.plays.releasing import release_held
from tenure.plays.turning import go_on_due

pytestmark = pytest.mark.django_db

NOON = BEGINS + timedelta(hours=1)


@pytest.fixture
def waits(home):
    """A mail to alone waits in the ledger, and nothing speaks against it."""
    settle(home, {"alone": "eve"}, ("reports",))
    arrive(home, [event("Report Exported", "alone", "eve", BEGINS, 1)], BEGINS)
    catch_up(home, BEGINS)
    go_on_due(home, BEGINS)
    Message.objects.update(status="held", next_at=BEGINS, released_at=None, because={})
    return home


def test_what_a_planner_has_in_hand_is_held_when_its_play_is_switched_off(waits) -> None:
    said = []

    def off(execute, sql, params, many, context):
        """Somebody's click, between what the planner read and what it writes."""
        if sql.startswith("UPDATE") and "plannerturn" in sql and not said:
            said.append("off")
            turn_off("reports", BEGINS)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(off):
        release_held(waits, BEGINS + timedelta(minutes=1))
    assert said and Message.objects.get().status == "held"
    assert Message.objects.get().because["code"] == "play_off"


def test_switched_off_and_killed_it_is_either_on_or_lets_nothing_go(waits) -> None:
    release_held(waits, BEGINS + timedelta(minutes=1))
    assert Message.objects.get().status == "ready"

    class Killed(BaseException):
        """Nothing catches it."""

    def dies(execute, sql, params, many, context):
        if sql.startswith("UPDATE") and "tenure_messages_message" in sql:
            raise Killed
        return execute(sql, params, many, context)

    with pytest.raises(Killed), connection.execute_wrapper(dies):
        turn_off("reports", NOON)
    assert PlaySwitch.objects.get().is_on and Message.objects.get().status == "ready"
