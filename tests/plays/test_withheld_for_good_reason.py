"""What waits and is not to be said any more: the same words twice, a step that was taken out."""

from datetime import timedelta

import pytest
from django.db import connection
from small_company import on_the_card
from test_plays_lived import FILES, MAIL, PLAY, WORLD, begin, declare, edit, export, put_in_arm

from card.card_worlds import live
from customers.arriving import NOW
from messages.message_worlds import send_all
from tenure.customers.merging import merge
from tenure.customers.publishing import publish_links
from tenure.messages.consent import say
from tenure.messages.models import Message, MessageDecision
from tenure.plays.following import follow_plays, switch_on
from tenure.plays.in_force import play_named
from tenure.plays.models import PlaySwitch
from tenure.plays.replay_summary import note_replay
from tenure.plays.replaying import Replay
from tenure.plays.steps_gone import waiting_for_gone, withheld_lately, withhold_gone
from tenure.plays.turning import go_on_due

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
ALIKE = MAIL.replace("{{ account.name }} and reports", "Reports").replace(
    'required = ["account.name"]\n', ""
)
LASTING = PLAY.replace(
    "[hold_out]", '[exit]\nwhere = "mrr_minor > 0"\n[deadline]\nhours = 48\n[hold_out]'
).replace('mail = "01-welcome"', 'mail = "01-welcome"\nvalid_until = "trial_ends_on"')
QUIET = PLAY.replace('name = "welcome"\nmail', 'name = "hello"\nmail')


def waiting(home, mail: str = ALIKE, play: str = PLAY) -> None:
    """Two accounts wait for the same mail of one play."""
    live(home, WORLD)
    declare({"play.toml": play, "01-welcome.en.md": mail, "01-welcome.zh-hans.md": mail})
    begin(home)
    for account in ("acme", "beta"):
        put_in_arm(account, "treated")
    export(home, "ada @acme", "bob @beta")
    go_on_due(home, NOW)
    Message.objects.update(status="held", next_at=LATER, written_at=LATER, because={})


def one_person(home) -> None:
    merge("person", "bob", "ada", now=LATER, by="cai")
    publish_links(home, LATER)
    follow_plays(home, LATER)


def fates() -> dict[str, tuple[str, str]]:
    rows = Message.objects.order_by("pk").values_list("account_id", "status", "because__code")
    return {account: (status, code) for account, status, code in rows}


def test_who_turns_out_to_be_one_person_gets_the_same_words_once(home) -> None:
    waiting(home)
    one_person(home)
    go_on_due(home, LATER)
    assert fates() == {"acme": ("ready", "released"), "beta": ("held", "same_words")}
    Message.objects.filter(account_id="acme").update(status="sent", sending_at=LATER)
    go_on_due(home, LATER + timedelta(hours=1))
    assert fates()["beta"] == ("suppressed", "same_words")
    told = MessageDecision.objects.filter(because__code="same_words").order_by("at")
    assert [(each.message.account_id, each.status) for each in told] == [
        ("beta", "held"),
        ("beta", "suppressed"),
    ]


def test_what_went_already_is_not_said_again_under_another_name(home) -> None:
    waiting(home)
    Message.objects.filter(account_id="acme").update(
        status="sent", sending_at=NOW, ended_at=NOW, points=3
    )
    Message.objects.filter(account_id="acme").update(
        text=Message.objects.get(account_id="acme").text
    )
    one_person(home)
    go_on_due(home, LATER)
    assert fates()["beta"] == ("suppressed", "same_words")


def test_of_two_accounts_each_is_told_what_is_of_it(home) -> None:
    waiting(home, MAIL)
    one_person(home)
    go_on_due(home, LATER)
    assert {status for status, _ in fates().values()} == {"ready"}


def test_what_waits_for_a_step_that_an_edit_took_out_is_withheld_and_says_so(home) -> None:
    waiting(home)
    edit({**FILES, "play.toml": QUIET})  # applied: the old one goes on
    play = play_named("reports")
    assert waiting_for_gone(play).count() == 2
    note_replay(
        Replay("reports", play.digest, NOW.date() - timedelta(days=1), NOW.date(), (), {}), NOW
    )
    PlaySwitch.objects.update(digest="an older one")
    switch_on(home, "reports", now=LATER, by="ada")
    assert set(fates().values()) == {("suppressed", "step_gone")}
    assert withheld_lately("reports", LATER) == 2
    assert MessageDecision.objects.filter(because__code="step_gone").count() == 2


def test_what_a_sender_began_with_meanwhile_goes_and_no_decision_says_otherwise(home) -> None:
    waiting(home)
    Message.objects.update(status="claimed")
    edit({**FILES, "play.toml": QUIET})

    def sends(execute, sql, params, many, context):
        """A sender is quicker with Acme's."""
        if sql.startswith("UPDATE") and "step_gone" in str(params):
            Message.objects.filter(account_id="acme").update(status="sending")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(sends):
        assert withhold_gone(play_named("reports"), LATER) == 1
    assert fates() == {"acme": ("sending", None), "beta": ("suppressed", "step_gone")}
    [said] = MessageDecision.objects.filter(because__code="step_gone")
    assert said.message.account_id == "beta"


def test_a_step_that_was_renamed_is_still_said(home) -> None:
    waiting(home)
    named = QUIET.replace("[goal]", '[moved]\nwelcome = "hello"\n[goal]')
    edit({"play.toml": named, "01-welcome.en.md": ALIKE, "01-welcome.zh-hans.md": ALIKE})
    assert not waiting_for_gone(play_named("reports")).exists()
    Message.objects.update(written_at=NOW)
    go_on_due(home, LATER)
    assert {status for status, _ in fates().values()} == {"ready"}


def test_a_message_of_a_step_that_is_gone_does_not_go_whenever_it_was_written(home) -> None:
    waiting(home)
    edit({**FILES, "play.toml": QUIET})
    Message.objects.update(written_at=NOW)
    go_on_due(home, LATER)
    assert set(fates().values()) == {("suppressed", "step_gone")}


def test_what_waited_is_asked_anew_whether_they_left_and_its_deadline_stays(home) -> None:
    waiting(home, play=LASTING)
    on_the_card("acme", mrr_minor=900)
    on_the_card("beta", trial_ends_on=str((NOW + timedelta(days=9)).date()))
    go_on_due(home, LATER + timedelta(hours=1))
    assert fates() == {"acme": ("suppressed", "exit"), "beta": ("ready", "released")}
    assert Message.objects.get(account_id="beta").valid_until == NOW + timedelta(hours=48)


def test_who_turns_out_to_have_switched_it_off_gets_nothing_that_was_let_go(home) -> None:
    waiting(home)
    assert say("ada", "tips", is_granted=False, how="page", now=NOW)
    go_on_due(home, LATER)
    assert fates()["beta"] == ("ready", "released")
    merge("person", "bob", "ada", now=LATER, by="cai")
    nowhere = 1  # no mail server is there, and none is asked
    send_all(nowhere, LATER)
    beta = Message.objects.get(account_id="beta")
    assert (beta.status, beta.why) == ("suppressed", "switched off before it was sent")
