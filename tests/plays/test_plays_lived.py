"""A play from its folder to the mail in somebody's box: through lake, cards, engine and ledger."""

from collections import Counter
from datetime import timedelta
from email import message_from_bytes

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test import Client

from card.card_worlds import live
from customers.arriving import NOW, arrive, events
from tenure.base.errors import BadDefinition, Conflict
from tenure.card.models import AccountCard
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.messages.consent import switched_off
from tenure.messages.mime import mail_bytes
from tenure.messages.models import Message, Status
from tenure.plays.commands import plays_group
from tenure.plays.enrolling import enrol_one
from tenure.plays.following import begin_at, follow_plays, switch_on
from tenure.plays.in_force import play_named
from tenure.plays.models import Enrolment, PlayDecision, PlaySwitch
from tenure.plays.replay_summary import note_replay
from tenure.plays.replaying import Replay, replay
from tenure.plays.switching import running_named, standings, switch
from tenure.plays.turning import go_on_due
from tenure.proof.models import Assignment
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db

TOMORROW = NOW.date() + timedelta(days=1)
WORLD = """
    day 1    group     ada @acme   {"name": "Acme"}
    day 1    identify  ada @acme   {"name": "Ada Lovelace", "email": "ada@acme.example"}
    day 1    group     bob @beta   {"name": "Beta"}
    day 1    identify  bob @beta   {"name": "Bob", "email": "bob@beta.example", "locale": "zh-CN"}
    day 1    group     cai @nomail  {"name": "No mail"}
    day 364  track     ada @acme   Report Exported
"""
PLAY = """
title = "More out of reports"
languages = ["en", "zh-hans"]
topic = "tips"
[entry]
event = "Report Exported"
[goal]
event = "Report Shared"
within_days = 30
[hold_out]
share = 0.5
[[step]]
name = "welcome"
mail = "01-welcome"
[[step]]
name = "two_days"
wait = { days = 2 }
[[step]]
name = "call"
task = { title = { en = "Call them", zh-hans = "致电" }, within_days = 2 }
"""
MAIL = """+++
subject = "{{ account.name }} and reports"
required = ["account.name"]
[defaults]
person.first_name = "there"
person.name = "yourself"
[action]
label = "Open it"
link = "https://app.example.com/{{ person.first_name }}"
+++
Hello {{ person.first_name | default: 'there' }}, *you* are {{ person.name }}.
"""
FILES = {"play.toml": PLAY, "01-welcome.en.md": MAIL, "01-welcome.zh-hans.md": MAIL}


def declare(files: dict[str, str] = FILES, name: str = "reports") -> None:
    put_in_force("play", name, pack(files, "play.toml", f"plays/{name}"), now=NOW, by="ada")


def edit(files: dict[str, str], name: str = "reports") -> None:
    """Declared anew while it is on, looked at, and switched on again."""
    declare(files, name)
    PlaySwitch.objects.filter(play=name).update(digest=play_named(name).digest)


def begin(home, name: str = "reports") -> None:
    """As after a replay in which nobody came in; real ones are in test_replay.py."""
    play, today = play_named(name), NOW.date()
    note_replay(Replay(name, play.digest, today - timedelta(days=1), today, (), {}), NOW)
    begin_at(home, play)
    switch(name, is_on=True, now=NOW, by="ada")


def put_in_arm(account_id: str, arm: str, name: str = "reports", *, kept_back="treated") -> None:
    """As chance may have it; `kept_back` is the arm of the long-term hold-out of all plays."""
    for experiment, drawn in ((f"play:{name}", arm), ("plays", kept_back)):
        Assignment.objects.get_or_create(
            experiment=experiment,
            account_id=account_id,
            defaults={"arm": drawn, "share": 0.5, "exposed_at": NOW},
        )


@pytest.fixture
def lived(home):
    live(home, WORLD)
    declare()
    begin(home)
    return home


def export(home, *who: str) -> None:
    """These report exports happen now, and are followed."""
    arrive(home, events("\n".join(f"day 365  track  {each}   Report Exported" for each in who)))
    follow_plays(home, NOW)


def test_who_does_it_after_the_play_was_switched_on_gets_the_mail_and_then_a_task(lived) -> None:
    put_in_arm("acme", "treated")
    assert follow_plays(lived, NOW).entered == 0  # what was done before does not count
    export(lived, "ada @acme")
    assert go_on_due(lived, NOW) == 1
    [mail] = Message.objects.all()
    assert (mail.recipient, mail.status, mail.person_id) == ("ada@acme.example", "ready", "ada")
    assert mail.subject == "Acme and reports"
    assert "Hello Ada, you are Ada Lovelace." in mail.text
    assert 'href="https://app.example.com/Ada"' in mail.html
    assert go_on_due(lived, NOW + timedelta(hours=47)) == 0
    assert go_on_due(lived, NOW + timedelta(days=2)) == 1
    assert [task.title for task in Task.objects.all()] == ["Call them"]
    assert Enrolment.objects.get().ended_because == "finished"


def test_who_is_left_alone_by_chance_goes_the_same_way_and_hears_nothing(lived) -> None:
    put_in_arm("acme", "hold_out")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    go_on_due(lived, NOW + timedelta(days=2))
    [mail] = Message.objects.all()
    assert (mail.status, mail.recipient, mail.text) == (Status.CONTROL, "", "")
    assert not Task.objects.exists()
    row = Enrolment.objects.get()
    assert (row.arm, row.ended_because) == ("hold_out", "finished")


def test_each_reads_their_own_language(lived) -> None:
    put_in_arm("beta", "treated")
    export(lived, "bob @beta")
    go_on_due(lived, NOW)
    [mail] = Message.objects.all()
    assert 'lang="zh-hans"' in mail.html


def test_without_an_address_the_ledger_says_why_nothing_was_sent(lived) -> None:
    put_in_arm("nomail", "treated")
    export(lived, "cai @nomail")
    go_on_due(lived, NOW)
    [mail] = Message.objects.all()
    assert mail.status == Status.SUPPRESSED and "nobody to write to" in mail.why


def test_the_goal_ends_it_and_is_kept_with_its_time(lived) -> None:
    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    arrive(lived, events("day 365.1  track  ada @acme   Report Shared"))
    later = NOW + timedelta(days=1)
    assert follow_plays(lived, later).turns == 1
    row = Enrolment.objects.get()
    assert (row.ended_because, row.goal_at) == ("goal", NOW + timedelta(days=0.1))
    assert go_on_due(lived, NOW + timedelta(days=9)) == 0 and not Task.objects.exists()


def test_the_same_thing_again_is_not_a_second_mail(lived) -> None:
    put_in_arm("acme", "treated")
    export(lived, "ada @acme", "ada @acme")
    export(lived, "ada @acme")
    # As if the cursor had been lost with the process that held it.
    begin_back(lived)
    follow_plays(lived, NOW)
    go_on_due(lived, NOW)
    go_on_due(lived, NOW)
    assert Enrolment.objects.count() == Message.objects.count() == 1


def begin_back(home) -> None:
    from tenure.plays.models import PlayCursor

    PlayCursor.objects.filter(name="event:reports").update(number=-1)


def test_a_turn_that_somebody_else_took_meanwhile_is_not_taken_again(lived) -> None:
    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    [row] = Enrolment.objects.all()
    from tenure.plays.turning import take_turns
    from tenure.plays.turns import Due

    plays = {"reports": play_named("reports")}
    assert take_turns(lived, plays, [(row, [Due(NOW)])], NOW) == 1
    assert take_turns(lived, plays, [(row, [Due(NOW)])], NOW) == 0  # with the row as it was
    assert Message.objects.count() == 1
    assert Counter(PlayDecision.objects.values_list("what", flat=True)) == {"waits": 1}


def test_who_goes_on_at_the_moment_that_something_happens_hears_of_it_all_the_same(lived) -> None:
    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    arrive(lived, events("day 365.1  track  ada @acme   Report Shared"))
    quicker: list[str] = []

    def timer(execute, sql, params, many, context):
        """Another worker's turn, between what was read and what is written."""
        if sql.startswith("UPDATE") and "plays_enrolment" in sql and not quicker:
            quicker.append(sql)
            Enrolment.objects.update(turns=F("turns") + 1)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(timer):
        follow_plays(lived, NOW + timedelta(days=1))
    assert quicker and Enrolment.objects.get().ended_because == "goal"


def test_switched_on_again_while_it_is_on_it_misses_nothing_and_says_why(lived) -> None:
    put_in_arm("acme", "treated")
    arrive(lived, events("day 365  track  ada @acme   Report Exported"))
    assert CliRunner().invoke(plays_group, ["on", "reports"]).exit_code == 0
    assert follow_plays(lived, NOW).entered == 1
    go_on_due(lived, NOW)
    why = CliRunner().invoke(plays_group, ["why", "reports", "acme", "--format", "csv"]).output
    assert "(event: Report Exported); their account is not left alone" in why
    assert "welcome,mail,to ada; template" in why and "Waiting: Nothing spoke against it" in why


def test_many_who_are_due_at_once_do_not_keep_other_mail_waiting(lived) -> None:
    play = play_named("reports")
    Enrolment.objects.bulk_create(
        Enrolment(
            play="reports",
            digest=play.digest,
            over="account",
            subject_id=f"a{n}",
            account_id=f"a{n}",
            raw_subject_id=f"a{n}",
            raw_account_id=f"a{n}",
            entry_key="once",
            arm="treated",
            share=0.5,
            entered_at=NOW,
            at="welcome",
            due_at=NOW,
        )  # fmt: skip
        for n in range(201)
    )
    assert [go_on_due(lived, NOW, max_seconds=-1) for _ in range(3)] == [200, 1, 0]


def test_an_edited_play_is_gone_on_with_where_somebody_is(lived) -> None:
    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    declare({**FILES, "play.toml": PLAY.replace("days = 2 }", "days = 1 }", 1)})
    follow_plays(lived, NOW + timedelta(days=1))
    assert go_on_due(lived, NOW + timedelta(days=1)) == 0  # nobody has looked at it yet
    row, [edited] = Enrolment.objects.get(), standings()
    assert row.due_at == NOW + timedelta(days=2) and edited.has_newer
    assert running_named("reports").digest == row.digest != edited.play.digest
    with pytest.raises(Conflict, match="replay it first"):
        switch("reports", is_on=True, now=NOW, by="ada")
    note_replay(replay(lived, play_named("reports"), NOW.date(), TOMORROW), NOW)
    switch_on(lived, "reports", now=NOW, by="ada")
    follow_plays(lived, NOW + timedelta(days=1))
    go_on_due(lived, NOW + timedelta(days=1))
    assert Task.objects.count() == 1


def test_one_click_switches_the_topic_off_and_opening_the_link_does_not(lived) -> None:
    put_in_arm("acme", "treated")
    (lived.root / "tenure.toml").write_text('[console]\nurl = "https://tenure.example.com"\n')
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    [mail] = Message.objects.all()
    sent = message_from_bytes(mail_bytes(mail, "Acme <a@example.com>", "", NOW))
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = sent["List-Unsubscribe"].strip("<>")
    assert address.startswith("https://tenure.example.com/mail/") and address in mail.text
    path, client = address.removeprefix("https://tenure.example.com"), Client()
    page = client.get(path)
    assert page.status_code == 200 and "Switch off tips" in page.content.decode()
    assert switched_off(["ada"], "tips") == set()
    reply = client.post(path, {"List-Unsubscribe": "One-Click"})
    assert reply.status_code == 200 and switched_off(["ada"], "tips") == {"ada"}
    assert client.post(path, {"action": "on", "topic": "tips"}).status_code == 303
    assert switched_off(["ada"], "tips") == set()
    assert client.post(path[:-2] + "xx", {"List-Unsubscribe": "One-Click"}).status_code == 401


def test_who_switched_the_topic_off_is_withheld_in_either_arm(lived) -> None:
    from tenure.messages.consent import say

    for account, arm in (("acme", "treated"), ("beta", "hold_out")):
        put_in_arm(account, arm)
    for person in ("ada", "bob"):
        say(person, "tips", is_granted=False, how="page", now=NOW)
    export(lived, "ada @acme", "bob @beta")
    go_on_due(lived, NOW)
    assert {mail.status for mail in Message.objects.all()} == {Status.SUPPRESSED}
    assert {mail.why for mail in Message.objects.all()} == {"switched off: tips"}


def test_who_is_forgotten_leaves_no_trace_and_still_gets_no_mail(lived) -> None:
    from tenure.messages.consent import say
    from tenure.messages.forgetting import forget_in_messages
    from tenure.plays.forgetting import forget_in_plays

    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    say("ada", "tips", is_granted=False, how="page", now=NOW)
    assert forget_in_messages(["acme"], ["ada"], NOW) == 1
    assert forget_in_plays(["acme"], ["ada"]) == 1
    left = []
    for table in ("tenure_messages_message", "tenure_messages_consent", "plays_enrolment"):
        with connection.cursor() as cursor:
            cursor.execute(f"select * from {table}")  # noqa: S608  a name of ours
            left += [str(row) for row in cursor.fetchall()]
    assert left and not any("ada" in row.lower() or "acme" in row.lower() for row in left)
    assert switched_off(["ada"], "tips") == {"ada"}


def test_history_that_is_imported_while_it_is_on_brings_nobody_in(lived) -> None:
    arrive(lived, events("day 300  track  ada @acme   Report Exported"))
    assert follow_plays(lived, NOW).entered == 0
    assert not Enrolment.objects.exists()


def test_who_came_in_late_is_in_it_since_it_happened_and_too_late_is_not_sent(lived) -> None:
    edit({**FILES, "play.toml": PLAY.replace("[goal]", "[deadline]\nhours = 4\n[goal]")})
    put_in_arm("acme", "treated")
    arrive(lived, events("day 365  track  ada @acme   Report Exported"))
    later = NOW + timedelta(hours=5)  # the worker was down
    follow_plays(lived, later)
    assert Enrolment.objects.get().entered_at == NOW
    go_on_due(lived, later)
    [mail] = Message.objects.all()
    assert mail.status == Status.SUPPRESSED and mail.why.startswith("too late")


def test_a_goal_by_condition_counts_in_its_window_after_the_last_step(lived) -> None:
    goal = "where = \"plan = 'Team'\"\n"
    edit({**FILES, "play.toml": PLAY.replace('event = "Report Shared"\n', goal)})
    for account, arm in (("acme", "treated"), ("beta", "hold_out")):
        put_in_arm(account, arm)
    export(lived, "ada @acme", "bob @beta")
    go_on_due(lived, NOW)
    go_on_due(lived, NOW + timedelta(days=2))
    assert {row.ended_because for row in Enrolment.objects.all()} == {"finished"}
    for card in AccountCard.objects.all():
        AccountCard.objects.filter(pk=card.pk).update(values={**card.values, "plan": "Team"})
    follow_plays(lived, NOW + timedelta(days=3))
    goals = {row.account_id: row.goal_at for row in Enrolment.objects.all()}
    assert goals == dict.fromkeys(("acme", "beta"), NOW + timedelta(days=3))


def test_who_reached_a_goal_that_ends_nothing_still_leaves_by_an_event(lived) -> None:
    goes_on = PLAY.replace("within_days = 30", "within_days = 30\nends = false")
    edit({**FILES, "play.toml": goes_on.replace("[goal]", '[exit]\nevents = ["Left"]\n[goal]')})
    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    arrive(lived, events("day 365.1  track  ada @acme   Report Shared"))
    follow_plays(lived, NOW + timedelta(days=1))
    row = Enrolment.objects.get()
    assert row.goal_at is not None and row.ended_at is None
    arrive(lived, events("day 365.2  track  ada @acme   Left"))
    follow_plays(lived, NOW + timedelta(days=1))
    assert Enrolment.objects.get().ended_because == "exit"


def test_ids_of_any_length_are_no_matter_to_the_ledger(home) -> None:
    long = "a" * 400
    live(
        home,
        f"""
        day 1  group     ada @{long}   {{"name": "Long"}}
        day 1  identify  ada @{long}   {{"email": "ada@long.example"}}
    """,
    )
    declare()
    begin(home)
    put_in_arm(long, "treated")
    export(home, f"ada @{long}")
    go_on_due(home, NOW)
    go_on_due(home, NOW + timedelta(days=2))
    keys = [Message.objects.get().key, Task.objects.get().key]
    assert all(key and len(key) < 200 and "aaaa" not in key for key in keys)


def test_what_somebody_is_owed_comes_whatever_they_switched_off(lived) -> None:
    from tenure.messages.consent import say

    owed = PLAY.replace("[hold_out]\nshare = 0.5\n", "")
    declare({**FILES, "play.toml": 'purpose = "transactional"\n' + owed}, "owed")
    begin(lived, "owed")
    put_in_arm("acme", "treated")
    say("ada", "tips", is_granted=False, how="page", now=NOW)
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    say("ada", "*", is_granted=False, how="page", now=NOW)
    assert dict(Message.objects.values_list("play", "status")) == {
        "reports": Status.SUPPRESSED,
        "owed": Status.READY,
    }


def test_what_waits_to_be_sent_is_withheld_when_its_topic_is_switched_off(lived) -> None:
    from tenure.messages.consent import say

    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    assert Message.objects.get().status == Status.READY
    say("ada", "another", is_granted=False, how="page", now=NOW)
    assert Message.objects.get().status == Status.READY
    say("ada", "tips", is_granted=False, how="page", now=NOW)
    mail = Message.objects.get()
    assert (mail.status, mail.why) == (Status.SUPPRESSED, "switched off before it was sent")


def test_an_old_link_speaks_for_whom_it_was_merged_into_and_names_nobody_forgotten(lived) -> None:
    from tenure.customers.merging import merge
    from tenure.messages.consent import say, topics_off
    from tenure.messages.models import Consent

    merge("person", "bob", "ada", now=NOW, by="cai")
    assert say("ada", "tips", is_granted=False, how="page", now=NOW)
    assert topics_off("bob", ["tips"]) == {"tips"}
    assert say("bob", "tips", is_granted=True, how="page", now=NOW)
    assert switched_off(["ada"], "tips") == set()
    assert say("nobody-any-more", "tips", is_granted=False, how="page", now=NOW)
    assert switched_off(["nobody-any-more"], "tips") == {"nobody-any-more"}
    assert not Consent.objects.filter(person_id="nobody-any-more").exists()


def test_an_address_that_is_refused_is_withheld_in_either_arm(lived) -> None:
    from tenure.messages.ledger import suppress_address

    for account, arm in (("acme", "treated"), ("beta", "hold_out")):
        put_in_arm(account, arm)
        suppress_address({"acme": "ada", "beta": "bob"}[account] + f"@{account}.example", "no", NOW)
    export(lived, "ada @acme", "bob @beta")
    go_on_due(lived, NOW)
    whys = {mail.why for mail in Message.objects.all()}
    assert {mail.status for mail in Message.objects.all()} == {Status.SUPPRESSED}
    assert whys == {"the address is suppressed: no"}


def test_of_a_person_without_an_account_no_account_is_made_up(home) -> None:
    live(
        home, WORLD + """    day 1  identify  dee  {"name": "Dee", "email": "dee@home.example"}\n"""
    )
    over_people = PLAY.replace('title = "M', 'over = "person"\ntitle = "M') + (
        '[[step]]\nname = "tell"\nwebhook = { to = "webhook", columns = ["mrr_minor"] }\n'
    )
    declare({**FILES, "play.toml": over_people})
    begin(home)
    put_in_arm("dee", "treated")
    export(home, "dee")
    go_on_due(home, NOW)
    go_on_due(home, NOW + timedelta(days=2))
    assert [(task.person_id, task.account_id) for task in Task.objects.all()] == [("dee", "")]
    hook = Message.objects.get(channel="webhook")
    assert (hook.payload["person"], hook.payload["account"]) == ("dee", None)
    assert ("person", "dee") in hook.about.values_list("kind", "subject_id")


def test_somebody_may_be_brought_in_by_hand_and_once(home) -> None:
    live(home, WORLD)
    manual = PLAY.replace('event = "Report Exported"', "manual = true")
    declare({**FILES, "play.toml": manual})
    assert enrol_one(home, play_named("reports"), "acme", NOW, "ada")
    assert not enrol_one(home, play_named("reports"), "acme", NOW, "ada")
    assert Enrolment.objects.get().because == "manual: ada"


@pytest.mark.parametrize(
    ("mail", "message"),
    [
        ("Hello", "it begins without a head"),
        ('+++\nsubject = "Hi"\n+++\n\n', "it says nothing below its head"),
        (
            '+++\nsubject = "Hi"\n+++\n\nYou pay {{ account.mrr }}\n',
            "did you mean account.mrr_minor",
        ),
        ('+++\nsubject = "Hi"\n+++\n{{ acount.name }}\n', "line 4: there is no 'acount'"),
        ('+++\nsubject = "{{ person.nam }}"\n+++\nHi\n', "did you mean person.name?"),
        ('+++\nsubject = "Hi {{ person.name }}"\n+++\nHi\n', "line 1: person.name is not known of"),
        ('+++\nsubjct = "Hi"\n+++\nHi\n', "subject: this is missing"),
        ('+++\nsubject = "Hi"\n+++\n{% if x %}\n', "expected tag endif"),
    ],
)
def test_a_mail_that_could_not_be_written_is_refused_when_it_is_applied(
    mail: str, message: str
) -> None:
    with pytest.raises(BadDefinition) as refused:
        declare({**FILES, "01-welcome.zh-hans.md": mail})
    assert message in refused.value.message
    assert "plays/reports/01-welcome.zh-hans.md" in refused.value.message
    assert settings.TENURE_HOME is not None
