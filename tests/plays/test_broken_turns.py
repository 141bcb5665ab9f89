"""A turn that cannot be taken loses nothing: what was heard in it, and when it was due."""

import re
from datetime import timedelta

import pytest
from play_worlds import HEAD, Passage, Subject, at, play_of
from test_plays_lived import FILES, PLAY, WORLD, begin, declare, edit, export, put_in_arm

from card.card_worlds import live
from customers.arriving import NOW, arrive, events
from tenure.base.errors import BadDefinition, InvalidInput
from tenure.card.models import AccountCard
from tenure.messages.models import Message
from tenure.plays.engine import step
from tenure.plays.fault_words import fault_words
from tenure.plays.following import follow_plays
from tenure.plays.models import Enrolment, PlayCursor
from tenure.plays.turning import go_on_due
from tenure.plays.turns import Due

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
LISTENS = (
    PLAY.split("[[step]]")[0]
    + """
[deadline]
hours = 48
[[step]]
name = "project"
wait = { event = "Project Created", at_most_days = 7, else = "way" }
[[step]]
name = "way"
branch = [{ where = "mrr_minor > 100", to = "later" }]
[[step]]
name = "welcome"
mail = "01-welcome"
[[step]]
name = "later"
wait = { days = 1 }
"""
)


@pytest.fixture
def listens(home):
    """Acme is in a play, waits for a project, and no turn after that can be taken."""
    live(home, WORLD)
    declare({**FILES, "play.toml": LISTENS})
    begin(home)
    put_in_arm("acme", "treated")
    export(home, "ada @acme")
    go_on_due(home, NOW)
    say_mrr("a word")
    return home


def say_mrr(value: object) -> None:
    card = AccountCard.objects.get(pk="acme")
    AccountCard.objects.filter(pk="acme").update(values={**card.values, "mrr_minor": value})


def test_what_went_wrong_is_said_without_what_a_card_says(listens, caplog) -> None:
    say_mrr("ada@acme.example")
    go_on_due(listens, NOW + timedelta(days=7, hours=2))
    broken = Enrolment.objects.get()
    assert re.fullmatch(r"project: \w+Error in tenure\.segments\.\w+, line \d+", broken.fault)
    assert broken.fault in caplog.text and "ada@acme" not in caplog.text
    assert fault_words(BadDefinition("plays/tips: no such column")) == "plays/tips: no such column"
    assert fault_words(InvalidInput("'ada@' is no address")) == "InvalidInput in unknown code"


def test_what_was_heard_in_a_turn_that_broke_is_heard_again(listens) -> None:
    arrive(listens, events("day 365.5  track  ada @acme   Project Created"))
    heard_at = NOW + timedelta(hours=13)
    follow_plays(listens, heard_at)
    broken = Enrolment.objects.get()
    assert broken.fault and broken.at == "project" and broken.due_at == heard_at + HOUR
    assert broken.was_due_at == NOW + timedelta(days=7)
    go_on_due(listens, heard_at + HOUR + timedelta(minutes=2))
    assert Enrolment.objects.get().turns > broken.turns  # tried again, and as broken as before
    say_mrr(0)
    go_on_due(listens, heard_at + 3 * HOUR)
    [mail] = Message.objects.all()
    assert mail.step == "welcome" and mail.valid_until == heard_at + timedelta(hours=48)
    row = Enrolment.objects.get()
    assert (row.at, row.fault, row.unheard, row.was_due_at) == ("later", "", None, None)
    assert row.since_at == heard_at  # as if it had been taken then


def test_a_timer_that_is_tried_again_keeps_the_deadline_that_it_had(listens) -> None:
    due_at = NOW + timedelta(days=7)
    go_on_due(listens, due_at + 2 * HOUR)
    broken = Enrolment.objects.get()
    assert (broken.was_due_at, broken.due_at) == (due_at, due_at + 3 * HOUR)
    say_mrr(0)
    go_on_due(listens, due_at + 4 * HOUR)
    assert Message.objects.get().valid_until == due_at + timedelta(hours=48)


def test_what_comes_while_a_turn_is_broken_is_heard_after_it_and_each_once(listens) -> None:
    arrive(listens, events("day 365.5  track  ada @acme   Project Created"))
    follow_plays(listens, NOW + timedelta(hours=13))
    arrive(listens, events("day 365.6  track  ada @acme   Report Shared"))
    follow_plays(listens, NOW + timedelta(hours=15))
    # As if this pass had been killed before its cursor moved on: all is heard once more.
    PlayCursor.objects.filter(name="event:reports").update(number=-1)
    follow_plays(listens, NOW + timedelta(hours=15.5))
    assert [line[0] for line in Enrolment.objects.get().unheard] == [
        "Project Created", "Report Shared",
    ]  # fmt: skip
    say_mrr(0)
    go_on_due(listens, NOW + timedelta(hours=17))
    row = Enrolment.objects.get()
    assert (row.ended_because, row.goal_at) == ("goal", NOW + timedelta(days=0.6))


def test_an_edit_that_mends_it_hears_what_could_not_be_heard(listens) -> None:
    arrive(listens, events("day 365.5  track  ada @acme   Project Created"))
    follow_plays(listens, NOW + timedelta(hours=13))
    edit({**FILES, "play.toml": LISTENS.replace("mrr_minor > 100", "plan = 'Pro'")})
    follow_plays(listens, NOW + timedelta(hours=14))
    assert [mail.step for mail in Message.objects.all()] == ["welcome"]
    assert Enrolment.objects.get().unheard is None


def test_who_had_left_reaches_the_goal_by_what_could_not_be_heard(listens) -> None:
    Enrolment.objects.update(
        ended_at=NOW + HOUR, ended_because="exit", due_at=NOW + 3 * HOUR, fault="it broke",
        unheard=[["Report Shared", (NOW + HOUR).isoformat(), (NOW + 2 * HOUR).isoformat()]],
    )  # fmt: skip
    go_on_due(listens, NOW + 3 * HOUR)
    row = Enrolment.objects.get()
    assert (row.goal_at, row.unheard, row.due_at) == (NOW + HOUR, None, None)


def test_whoever_else_is_due_keeps_them_waiting_no_longer(listens) -> None:
    Enrolment.objects.update(
        ended_at=NOW + HOUR, ended_because="exit", due_at=NOW + 3 * HOUR, fault="it broke",
        unheard=[["Report Shared", (NOW + HOUR).isoformat(), (NOW + 2 * HOUR).isoformat()]],
    )  # fmt: skip
    export(listens, "bob @beta")
    go_on_due(listens, NOW + 3 * HOUR)
    assert Enrolment.objects.get(account_id="beta").at == "project"
    assert Enrolment.objects.get(account_id="acme").goal_at == NOW + HOUR


def test_waits_after_a_turn_taken_late_count_from_then_unless_that_is_days_ago() -> None:
    play = play_of(
        """
        [[step]]
        name = "first"
        task = { title = "Look" }
        [[step]]
        name = "morning"
        wait = { until = "09:00", in = "company" }
        """,
        head=HEAD,
    )
    came = Passage(play_of("[[step]]\nname='first'\nwait={days=1}\n"), "2026-03-01 08:30").state
    due = at("2026-03-02 08:30")
    fresh = {**{name: getattr(came, name) for name in came.__struct_fields__}, "since": None}
    state = type(came)(**{**fresh, "due_at": due, "visits": {}})
    soon = step(play, state, Due(due), Subject(), at("2026-03-02 09:30")).state
    assert soon.because == "finished"  # nine o'clock is over: it goes on, and not a day later
    late = step(play, state, Due(due), Subject(), at("2026-03-05 09:30")).state
    assert late.since == at("2026-03-05 09:30") and late.due_at == at("2026-03-06 09:00")
