"""Why somebody did or did not get what a play says: of who came in, and of who never did."""

from datetime import timedelta

import pytest
from django.urls import reverse

from card.card_worlds import live
from customers.arriving import DAY_0, NOW, arrive, events
from tenure.base.errors import InvalidInput, NotFound
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force, withdraw
from tenure.messages.consent import say
from tenure.messages.models import Message, MessageData
from tenure.messages.origin import Volume
from tenure.plays.enrolling import enrol_one
from tenure.plays.following import begin_at, follow_plays
from tenure.plays.in_force import play_named
from tenure.plays.models import Enrolment, PlayReplay, PlaySwitch
from tenure.plays.releasing import PlaysOrigin
from tenure.plays.turning import go_on_due
from tenure.plays.why import Why, why
from tenure.plays.why_story import story_rows
from tenure.plays.why_words import headline
from tenure.proof.models import Assignment

pytestmark = pytest.mark.django_db

WORLD = """
    day 1    group     ada @acme   {"name": "Acme", "plan": "Pro"}
    day 1    identify  ada @acme   {"name": "Ada", "email": "ada@acme.example", "tz": "Asia/Tokyo"}
    day 1    group     bob @beta   {"name": "Beta"}
    day 1    identify  bob @beta   {"name": "Bob", "email": "bob@beta.example"}
    day 1    group     cai @gamma  {"name": "Gamma"}
    day 1    identify  cai @gamma  {"name": "Cai"}
    day 350  track     cai @gamma  Report Exported
    day 364  track     ada @acme   Report Exported
"""
PLAY = """
title = "More reports"
topic = "tips"
priority = 70
[entry]
event = "Report Exported"
where = "mrr_minor >= 0 and plan = 'Pro'"
[goal]
event = "Report Shared"
[hold_out]
share = 0.5
[deadline]
hours = 48
[[step]]
name = "welcome"
mail = "01"
"""
MAIL = """+++
subject = "For {{ account.name | default: 'you' }}"
+++
Hello {{ person.name | default: 'there' }}.
"""
REACH = '[reach]\nquiet_from = "08:00"\nquiet_until = "20:00"\n'  # night shifts


def declare(name: str, text: str) -> None:
    files = pack({"play.toml": text, "01.en.md": MAIL}, "play.toml", f"plays/{name}")
    put_in_force("play", name, files, now=NOW, by="ada")


def switched_on(home, name: str) -> None:
    play = play_named(name)
    begin_at(home, play)
    PlaySwitch.objects.create(
        play=name, is_on=True, digest=play.digest, changed_at=NOW, changed_by="ada"
    )


def codes(told: Why) -> list[tuple[str, bool | None]]:
    return [(asked.code, asked.holds) for asked in told.absence]


def said(told: Why) -> str:
    return "\n".join(f"{row['step']} {row['what']}: {row['detail']}" for row in story_rows(told))


@pytest.fixture
def lived(home):
    home.settings_file.write_text(REACH)
    live(home, WORLD)
    return home


def test_the_answer_for_anybody(lived) -> None:
    home = lived
    anyone = PLAY.replace("where = \"mrr_minor >= 0 and plan = 'Pro'\"\n", "")
    declare("reports", PLAY)
    declare("manual", anyone.replace('event = "Report Exported"', "manual = true"))
    declare(
        "dated",
        anyone.replace('event = "Report Exported"', 'date = "trial_ends_on"\nbefore_hours = 24'),
    )
    declare("segment", anyone.replace('event = "Report Exported"', 'segment = "signal_near_limit"'))
    declare("signal", anyone.replace('event = "Report Exported"', 'signal = "near_limit"'))

    # It is off: nobody got anything, and what they did before would not count.
    told = why(home, "reports", "gamma", NOW)
    assert headline(told) == "“More reports” is off, so Gamma got nothing of it"
    for name in ("reports", "manual", "dated", "segment", "signal"):
        switched_on(home, name)

    # Never came in, each with the question that kept them out and the card's values.
    told = why(home, "reports", "gamma", NOW)
    assert headline(told) == "Gamma never came into “More reports”"
    assert codes(told) == [("is_on", True), ("did_before", False), ("where", False)]
    assert "mrr_minor is 0, and 0 >= 0 holds" in said(told)
    assert "No mail address of theirs is known" in said(told)
    assert codes(why(home, "reports", "beta", NOW))[1] == ("never_did", False)
    assert codes(why(home, "manual", "beta", NOW))[1] == ("nobody_said_so", False)
    assert codes(why(home, "dated", "beta", NOW))[1] == ("no_date", False)
    assert codes(why(home, "segment", "beta", NOW))[1] == ("not_in_segment", False)
    assert codes(why(home, "signal", "beta", NOW))[1] == ("no_signal", False)
    with pytest.raises(NotFound, match="no account and no person 'nobody'"):
        why(home, "reports", "nobody", NOW)

    # Came in, and waits for Tokyo's evening: it is nine in the morning there.
    for account in ("acme", "beta"):
        arm = "treated" if account == "acme" else "hold_out"
        Assignment.objects.create(
            experiment="play:manual", account_id=account, arm=arm, share=0.5, exposed_at=NOW
        )
        Assignment.objects.create(
            experiment="plays", account_id=account, arm="treated", share=0.05, exposed_at=NOW
        )
        assert enrol_one(home, play_named("manual"), account, NOW, "ada")
    go_on_due(home, NOW)
    told = why(home, "manual", "ada", NOW)  # asked of a person, in a play over accounts
    assert (told.over, headline(told)) == ("person", "What “More reports” says waits for Ada")
    [message] = told.entries[0].messages
    assert (message.status, message.because["code"]) == ("held", "quiet_hours")
    assert "It is a quiet hour on their clock (Asia/Tokyo); it may go at 2026-01-01 20:00" in said(
        told
    )
    assert (message.priority, message.arm, message.play) == (70, "treated", "manual")
    assert MessageData.objects.get(message=message).values == {
        "account.name": "Acme", "person.name": "Ada",
    }  # fmt: skip
    assert message.data_digest and message.template_digest
    # At midnight in London, where Beta is, mail may go; but chance left them alone.
    told = why(home, "manual", "beta", NOW)
    assert told.verdict == "left_alone"
    assert "Left out by chance: It would have gone" in said(told)
    assert "left alone by chance, as are 50%" in said(told)

    # What they switch off meanwhile is withheld, and the answer says so.
    say("ada", "tips", is_granted=False, how="page", now=NOW)
    told = why(home, "manual", "acme", NOW)
    assert told.verdict == "withheld"
    assert "They switched this topic off" in said(told)
    assert codes(told)[-1] == ("been_here", False)


def test_what_arrived_was_got_whatever_became_of_it_then(lived) -> None:
    text = PLAY.replace("where = \"mrr_minor >= 0 and plan = 'Pro'\"\n", "")
    declare("manual", text.replace('event = "Report Exported"', "manual = true"))
    switched_on(lived, "manual")
    assert enrol_one(lived, play_named("manual"), "acme", NOW, "ada")
    go_on_due(lived, NOW)
    verdicts = {}
    for status in ("sent", "delivered", "complained", "shown"):
        Message.objects.update(status=status)
        verdicts[status] = why(lived, "manual", "acme", NOW).verdict
    assert verdicts == {"sent": "got", "delivered": "got", "complained": "got", "shown": "got"}
    Message.objects.update(status="expired", attempts=3)  # shown, and not answered
    assert why(lived, "manual", "acme", NOW).verdict == "got"


def test_what_waited_too_long_is_never_sent_and_a_goal_calls_it_off(lived) -> None:
    home = lived
    text = PLAY.replace("where = \"mrr_minor >= 0 and plan = 'Pro'\"\n", "")
    declare("reports", text)
    declare(
        "owed",
        text.replace('topic = "tips"', 'purpose = "transactional"').replace(
            "share = 0.5", "share = 0.0"
        ),
    )
    for name in ("reports", "owed"):
        switched_on(home, name)
    for name, arm in (("play:reports", "treated"), ("plays", "treated")):
        Assignment.objects.create(
            experiment=name, account_id="acme", arm=arm, share=0.5, exposed_at=NOW
        )
    arrive(home, events("day 365  track  ada @acme   Report Exported"))
    follow_plays(home, NOW)
    go_on_due(home, NOW)
    assert sorted(Message.objects.values_list("play", "status")) == [
        ("owed", "held"),  # it is of use for 48 hours, and the evening comes before
        ("reports", "held"),
    ]
    # The goal is reached while it waits; what is owed goes all the same when it is evening there.
    Enrolment.objects.filter(play="reports").update(ended_because="goal", goal_at=NOW, ended_at=NOW)
    go_on_due(home, NOW + timedelta(hours=11))
    stand = {m.play: (m.status, m.because["code"]) for m in Message.objects.all()}
    assert stand == {"owed": ("ready", "released"), "reports": ("suppressed", "goal")}


def test_what_a_replay_foretold_is_that_of_the_version_that_is_on(home) -> None:
    plan = PLAY.replace("[goal]", "[to]\nat_most = 2\n[goal]")
    declare("reports", plan)
    switched_on(home, "reports")
    origin = PlaysOrigin(home)
    assert origin.volume("reports", "welcome") is None  # never replayed: nothing was foretold
    for digest, most in ((play_named("reports").digest, [4, 9]), ("older", [1, 1])):
        PlayReplay.objects.create(
            play="reports",
            digest=digest,
            since_on=NOW.date(),
            before_on=NOW.date(),
            summary={"step_volume": {"welcome": most}},
            replayed_at=NOW,
        )
    origin = PlaysOrigin(home)
    assert origin.volume("reports", "welcome") == Volume(8, 18)  # to two people each
    assert origin.volume("reports", "new_step") == Volume(0, 0)
    assert not origin.is_off("reports") and origin.is_off("gone")


def test_what_was_asked_at_the_door_as_of_a_day(lived) -> None:
    home = lived
    day_350 = DAY_0 + timedelta(days=350)
    declare("reports", PLAY.replace("mrr_minor >= 0 and plan = 'Pro'", "days_since_seen <= 3"))
    switched_on(home, "reports")
    PlaySwitch.objects.update(changed_at=day_350 - timedelta(days=30))

    # Gamma's report of day 350: half a month later nobody has seen them for long, then they had.
    now = why(home, "reports", "gamma", NOW)
    assert (now.as_of, codes(now)) == (None, [("is_on", True), ("did", True), ("where", False)])
    then = why(home, "reports", "gamma", NOW, as_of=day_350 + timedelta(hours=2))
    assert codes(then) == [("is_on", True), ("did", True), ("where", True)]
    assert "days_since_seen is 0, and 0 <= 3 holds" in said(then)
    # The day before they had not done it yet, and of before the last switch nothing is kept.
    before = why(home, "reports", "gamma", NOW, as_of=day_350 - timedelta(days=1))
    assert codes(before)[:2] == [("is_on", True), ("never_did", False)]
    early = why(home, "reports", "gamma", NOW, as_of=day_350 - timedelta(days=40))
    assert codes(early)[0] == ("was_on", None) and "is not kept" in said(early)
    # Of before the last switch it is not known either whether what they did was heard.
    PlaySwitch.objects.update(changed_at=NOW)
    unsure = why(home, "reports", "gamma", NOW, as_of=day_350 + timedelta(hours=2))
    assert codes(unsure) == [("was_on", None), ("did", None), ("where", True)]
    PlaySwitch.objects.update(changed_at=day_350 - timedelta(days=30))
    with pytest.raises(InvalidInput, match="still to come"):
        why(home, "reports", "gamma", NOW, as_of=NOW + timedelta(days=3))

    # Who came in later was asked then all the same, and who was in it was not.
    row = Enrolment.objects.create(
        play="reports", digest="x", over="account", subject_id="gamma", account_id="gamma",
        raw_subject_id="gamma", raw_account_id="gamma", entry_key="1", arm="treated", share=0.5,
        entered_at=NOW - timedelta(days=2), at="welcome",
    )  # fmt: skip
    assert not why(home, "reports", "gamma", NOW).absence
    assert why(home, "reports", "gamma", NOW, as_of=day_350).absence
    Enrolment.objects.filter(pk=row.pk).update(ended_at=NOW - timedelta(hours=1))
    assert codes(why(home, "reports", "gamma", NOW))[-1] == ("been_here", False)
    assert not why(home, "reports", "gamma", NOW, as_of=NOW - timedelta(days=1)).absence


def test_the_page_says_of_when_it_asks_and_leads_to_the_day_itself(lived, visitor) -> None:
    declare("reports", PLAY)
    switched_on(lived, "reports")
    link = f"{reverse('why')}?play=reports&id=gamma"
    now = visitor.get(link).content.decode()
    assert "As of now." in now and "as_of=2025-12-17" in now, "the day of the report"
    then = visitor.get(f"{link}&as_of=2025-12-17").content.decode()
    assert "by what was known then" in then and 'value="2025-12-17"' in then
    assert "write a day as" in visitor.get(f"{link}&as_of=soon").content.decode()


def test_a_segment_that_is_gone_is_said_beside_all_else(lived, visitor) -> None:
    text = 'title = "Gone"\nwhere = "plan = \'Pro\'"\n'
    put_in_force("segment", "gone", text, now=NOW, by="ada")
    declare("reports", PLAY.replace('event = "Report Exported"', 'segment = "gone"'))
    switched_on(lived, "reports")
    withdraw("segment", "gone", now=NOW)
    told = why(lived, "reports", "acme", NOW)
    assert codes(told)[:2] == [("is_on", True), ("segment_gone", False)]
    page = visitor.get(f"{reverse('why')}?play=reports&id=acme").content.decode()
    assert "The segment “gone” is not there any more" in page
