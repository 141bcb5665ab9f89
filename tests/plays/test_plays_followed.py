"""What happens to plays that nobody planned: merges, late news, broken turns, edits, missing places."""

from datetime import timedelta

import pytest
from test_plays_lived import (
    FILES,
    MAIL,
    NOW,
    PLAY,
    WORLD,
    begin,
    declare,
    edit,
    export,
    put_in_arm,
)  # fmt: skip

from card.card_worlds import live
from customers.arriving import arrive, events
from tenure.base.errors import Conflict
from tenure.card.models import AccountCard
from tenure.customers.follow import follow
from tenure.customers.merging import merge, unmerge
from tenure.customers.models import FollowCursor
from tenure.customers.publishing import IDENTITY_LINKS, publish_links
from tenure.definitions.models import DefinitionVersion
from tenure.messages.models import Message
from tenure.plays.dates import enter_due_dates
from tenure.plays.enrolling import enrol_one
from tenure.plays.following import follow_plays, heard_since, switch_on
from tenure.plays.in_force import play_named, plays, unreadable_plays
from tenure.plays.ledger_rows import enrolment_of
from tenure.plays.listing import play_lines
from tenure.plays.merged import follow_merges
from tenure.plays.models import Enrolment, PlayCursor, PlayDate, PlayDecision, PlaySwitch
from tenure.plays.turning import go_on_due

pytestmark = pytest.mark.django_db

INVITE = (
    PLAY.split("[[step]]")[0]
    + """
[[step]]
name = "project"
wait = { event = "Project Created", at_most_days = 7, else = "stuck" }
[[step]]
name = "praise"
mail = "01-welcome"
goes_to = "end"
[[step]]
name = "stuck"
task = { title = { en = "Call them", zh-hans = "致电" } }
"""
)
COMES_BY = INVITE.replace('"Project Created"', '"In-app Shown"')
AGAIN = PLAY.replace('event = "Report Exported"', 'event = "Report Exported"\nagain = "after_exit"')


@pytest.fixture
def lived(home):
    live(home, WORLD)
    declare()
    begin(home)
    return home


def test_a_banner_of_another_play_is_none_that_this_one_waits_for(lived) -> None:
    put_in_arm("acme", "treated")
    edit({**FILES, "play.toml": COMES_BY})
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    shown = {"source": "tenure", "type": "message", "name": "In-app Shown", "user_id": "ada",
             "account_key": "acme", "known_at": NOW, "received_at": NOW,
             "occurred_at": NOW + timedelta(minutes=1)}  # fmt: skip
    arrive(lived, [shown | {"message_id": "1", "properties": '{"play":"tips"}'}])
    follow_plays(lived, NOW + timedelta(minutes=2))
    assert Enrolment.objects.get().at == "project" and not Message.objects.exists()
    arrive(lived, [shown | {"message_id": "2", "properties": '{"play":"reports"}'}])
    follow_plays(lived, NOW + timedelta(minutes=2))
    assert Message.objects.get().step == "praise"


def test_an_enrolment_follows_its_account_into_another_and_back_under_the_same_keys(lived) -> None:
    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    [before] = Message.objects.values_list("key", flat=True)
    merge("account", "acme", "beta", now=NOW, by="cai")
    publish_links(lived, NOW)
    follow_plays(lived, NOW)
    row = Enrolment.objects.get()
    assert (row.subject_id, row.account_id, row.raw_account_id) == ("beta", "beta", "acme")
    go_on_due(lived, NOW + timedelta(days=2))
    row.refresh_from_db()
    assert row.ended_because == "finished"
    assert {key.partition("/")[0] for key in Message.objects.values_list("key", flat=True)} == {
        before.partition("/")[0]
    }
    unmerge("account", "acme", now=NOW + timedelta(days=3), by="cai")
    publish_links(lived, NOW + timedelta(days=3))
    follow_plays(lived, NOW + timedelta(days=3))
    assert Enrolment.objects.get().subject_id == "acme"


def test_of_two_accounts_that_become_one_the_later_enrolment_ends(lived) -> None:
    for account in ("acme", "beta"):
        put_in_arm(account, "treated")
    export(lived, "ada @acme")
    arrive(lived, events("day 365.2  track  bob @beta   Report Exported"))
    follow_plays(lived, NOW + timedelta(hours=5))
    go_on_due(lived, NOW + timedelta(hours=5))
    merge("account", "acme", "beta", now=NOW + timedelta(hours=6), by="cai")
    publish_links(lived, NOW + timedelta(hours=6))
    follow_plays(lived, NOW + timedelta(hours=6))
    ended = {row.raw_account_id: row.ended_because for row in Enrolment.objects.all()}
    assert ended == {"acme": "", "beta": "merged"}
    assert PlayDecision.objects.filter(what="merged").count() == 1
    # Whoever they are now has been here, and does not come in once more.
    arrive(lived, events("day 365.5  track  bob @beta   Report Exported"))
    assert follow_plays(lived, NOW + timedelta(days=1)).entered == 0


def test_a_pass_that_was_killed_before_it_ended_the_later_one_ends_it_the_next_time(lived) -> None:
    for account in ("acme", "beta"):
        put_in_arm(account, "treated")
    export(lived, "ada @acme", "bob @beta")
    go_on_due(lived, NOW)
    Message.objects.update(status="held", next_at=NOW, written_at=NOW)
    merge("account", "acme", "beta", now=NOW + timedelta(hours=1), by="cai")
    publish_links(lived, NOW + timedelta(hours=1))
    Enrolment.objects.update(subject_id="beta", account_id="beta")  # so far it came
    follow_plays(lived, NOW + timedelta(hours=1))
    [first, later] = Enrolment.objects.order_by("ended_because")
    assert (first.ended_because, later.ended_because) == ("", "merged")
    # What waits of the later one would say the same to the same people.
    go_on_due(lived, NOW + timedelta(hours=1))
    waited = {message.enrolment: message for message in Message.objects.all()}
    withheld = waited[enrolment_of(later)]
    assert (withheld.status, withheld.because["code"]) == ("suppressed", "exit")
    assert waited[enrolment_of(first)].status != "suppressed"


def test_somebody_unknown_who_gives_a_name_stays_in_the_play(home) -> None:
    live(home, WORLD)
    over_people = PLAY.replace('title = "M', 'over = "person"\ntitle = "M')
    declare({**FILES, "play.toml": over_people})
    begin(home)
    put_in_arm("anon:x", "treated")
    arrive(home, events("day 365  track  anon:x   Report Exported"))
    follow_plays(home, NOW)
    assert Enrolment.objects.get().subject_id == "anon:x"
    arrive(home, events('day 365.1  identify  dee anon:x  {"email": "dee@home.example"}'))
    follow(home, NOW + timedelta(hours=3))
    follow_plays(home, NOW + timedelta(hours=3))
    row = Enrolment.objects.get()
    assert (row.subject_id, row.account_id, row.raw_subject_id) == ("dee", "dee", "anon:x")
    go_on_due(home, NOW + timedelta(hours=3))
    assert Message.objects.get().person_id == "dee"


def test_one_turn_that_cannot_be_taken_stops_no_other_and_is_tried_again(lived) -> None:
    for account in ("acme", "beta"):
        put_in_arm(account, "treated")
    export(lived, "ada @acme", "bob @beta")
    Enrolment.objects.filter(account_id="acme").update(at="no_such_step")
    assert go_on_due(lived, NOW) == 2
    broken, fine = (
        Enrolment.objects.get(account_id="acme"),
        Enrolment.objects.get(account_id="beta"),
    )
    assert "no_such_step" in broken.fault and broken.due_at == NOW + timedelta(hours=1)
    assert fine.since_at is not None and fine.fault == ""
    [line] = play_lines(NOW)
    assert line.stuck == 1 and line.faults
    Enrolment.objects.filter(account_id="acme").update(at="welcome")
    assert go_on_due(lived, NOW + timedelta(hours=1)) == 1
    assert Enrolment.objects.get(account_id="acme").fault == ""
    assert PlayDecision.objects.filter(what="fault").count() == 1


def test_one_play_that_cannot_be_read_breaks_no_other(lived) -> None:
    declare(name="other")
    held = DefinitionVersion.objects.get(kind="play", name="other")
    broken = held.text.replace("[goal]", 'where = "no_such_column = 1"\n[goal]', 1)
    DefinitionVersion.objects.filter(pk=held.pk).update(text=broken)
    assert [play.name for play in plays()] == ["reports"]
    assert "no_such_column" in unreadable_plays()["other"]
    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    assert go_on_due(lived, NOW) == 1


def test_what_was_read_in_parts_is_what_was_read_at_once(lived) -> None:
    for account in ("acme", "beta"):
        put_in_arm(account, "treated")
    for line in ("day 365  track  ada @acme   Report Exported",
                 "day 365  track  bob @beta   Report Exported",
                 "day 365.1  track  ada @acme   Report Shared"):  # fmt: skip
        arrive(lived, events(line))  # a batch each
    play, rows = play_named("reports"), []
    last = PlayCursor.objects.get(name="event:reports").number + 3
    for part in heard_since(lived, play, last, NOW, rows_most=1):
        rows.append([row["name"] for row in part])
    assert rows == [["Report Exported"], ["Report Exported"], ["Report Shared"]]
    assert PlayCursor.objects.get(name="event:reports").number == last


def test_a_timer_waits_for_what_was_shipped_before_it_ran_out(lived) -> None:
    edit({**FILES, "play.toml": INVITE})
    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    # It happened in time, was shipped, and has not been heard of yet when the timer is due.
    arrive(lived, events("day 371.99  track  ada @acme   Project Created"))
    due_at = NOW + timedelta(days=7)
    assert go_on_due(lived, due_at + timedelta(minutes=5)) == 0
    follow_plays(lived, due_at + timedelta(minutes=6))
    assert [mail.step for mail in Message.objects.all()] == ["praise"]
    assert Enrolment.objects.get().ended_because == "finished"


def test_nobody_waits_longer_than_an_hour_for_what_is_not_heard(lived) -> None:
    edit({**FILES, "play.toml": INVITE})
    put_in_arm("acme", "treated")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    arrive(lived, events("day 371  track  bob @beta   Something Else"))
    due_at = NOW + timedelta(days=7)
    assert go_on_due(lived, due_at + timedelta(minutes=30)) == 0
    assert go_on_due(lived, due_at + timedelta(hours=1, minutes=2)) == 1


BY_DATE = PLAY.replace(
    'event = "Report Exported"', 'date = "trial_ends_on"\nbefore_hours = 72\nagain = "after_exit"'
)


def test_a_date_comes_to_the_minute_without_asking_the_lake_each_time(lived) -> None:
    ends_on = (NOW + timedelta(days=4)).date()
    edit({**FILES, "play.toml": BY_DATE})
    put_in_arm("acme", "treated")
    PlayDate.objects.create(
        play="reports", subject_id="acme", value=str(ends_on), due_at=NOW + timedelta(days=1)
    )
    _on_the_card("acme", trial_ends_on=str(ends_on))
    looked = f"{play_named('reports').digest} {(NOW + timedelta(hours=23, minutes=58)).isoformat()}"
    PlayCursor.objects.update_or_create(name="dates:reports", defaults={"text": looked})
    assert follow_plays(lived, NOW + timedelta(hours=23, minutes=59)).entered == 0
    assert enter_due_dates(lived, NOW + timedelta(days=1)) == 1
    assert Enrolment.objects.get().entry_key == f"trial_ends_on/{ends_on}"
    assert not PlayDate.objects.exists()


def test_who_has_another_date_by_then_does_not_come_in_by_the_old_one(lived) -> None:
    edit({**FILES, "play.toml": BY_DATE})
    ends_on = (NOW + timedelta(days=3)).date()
    PlayDate.objects.create(play="reports", subject_id="acme", value=str(ends_on), due_at=NOW)
    _on_the_card("acme", trial_ends_on=str(ends_on + timedelta(days=7)))
    assert enter_due_dates(lived, NOW) == 0
    assert not Enrolment.objects.exists() and not PlayDate.objects.exists()


def test_a_date_that_came_while_the_play_was_off_for_long_brings_nobody_in(lived) -> None:
    edit({**FILES, "play.toml": BY_DATE})
    ends_on = (NOW + timedelta(days=3)).date()
    PlayDate.objects.create(play="reports", subject_id="acme", value=str(ends_on), due_at=NOW)
    _on_the_card("acme", trial_ends_on=str(ends_on))
    assert enter_due_dates(lived, NOW + timedelta(days=60)) == 0
    assert not Enrolment.objects.exists() and not PlayDate.objects.exists()


def test_a_date_of_one_play_that_cannot_be_asked_keeps_no_other_from_its_own(lived) -> None:
    ends_on = str((NOW + timedelta(days=3)).date())
    asks = BY_DATE.replace("[goal]", 'where = "mrr_minor >= 0"\n[goal]', 1)
    declare({**FILES, "play.toml": asks}, "other")
    PlaySwitch.objects.create(play="other", is_on=True, changed_at=NOW, changed_by="ada")
    edit({**FILES, "play.toml": BY_DATE})
    for play, account in (("other", "acme"), ("reports", "beta")):
        PlayDate.objects.create(play=play, subject_id=account, value=ends_on, due_at=NOW)
        _on_the_card(account, trial_ends_on=ends_on, mrr_minor="a word")
    with pytest.raises(TypeError):
        enter_due_dates(lived, NOW)
    assert Enrolment.objects.get().play == "reports"


def _on_the_card(account_id: str, **values: object) -> None:
    card = AccountCard.objects.get(pk=account_id)
    AccountCard.objects.filter(pk=account_id).update(values={**card.values, **values})


def test_a_play_that_leads_into_the_product_is_not_switched_on_before_that_is_known(home) -> None:
    live(home, WORLD)
    mail = MAIL.replace("https://app.example.com/", "{{ links.app }}/")
    declare({**FILES, "01-welcome.en.md": mail, "01-welcome.zh-hans.md": mail})
    with pytest.raises(Conflict, match="nobody said where that is"):
        begin(home)
    block = '[[choice]]\ntext = { en = "At {{ links.app }}/", zh-hans = "在 {{ links.app }}/" }'
    named = MAIL + "\n{% block next %}\n"
    declare({**FILES, "01-welcome.en.md": named, "01-welcome.zh-hans.md": named,
             "next.block.toml": block})  # fmt: skip
    with pytest.raises(Conflict, match="nobody said where that is"):
        begin(home)
    (home.root / "tenure.toml").write_text('[plays]\napp_url = "https://app.example.com"\n')
    begin(home)
    assert PlaySwitch.objects.get().is_on


def test_whom_the_long_term_hold_out_keeps_back_hears_nothing_of_any_play_that_is_not_owed(
    home,
) -> None:
    live(home, WORLD)
    owed = 'purpose = "transactional"\n' + PLAY.replace("[hold_out]\nshare = 0.5\n", "")
    for name, text in (("reports", PLAY), ("more", PLAY), ("owed", owed)):
        declare({**FILES, "play.toml": text.replace('event = "Report Exported"', "manual = true")},
                name)  # fmt: skip
        switch_on(home, name, now=NOW, by="ada")
        put_in_arm("acme", "treated", name, kept_back="hold_out")
        assert enrol_one(home, play_named(name), "acme", NOW, "ada")
    go_on_due(home, NOW)
    arms = dict(Message.objects.values_list("play", "arm"))
    assert arms == {"reports": "hold_out", "more": "hold_out", "owed": "treated"}
    assert not Message.objects.filter(arm="hold_out").exclude(text="", recipient="").exists()
    kept = dict(Enrolment.objects.values_list("play", "is_kept_back"))
    assert kept == {"reports": True, "more": True, "owed": False}


def test_links_of_before_anybody_was_in_a_play_are_not_read(
    home, django_assert_max_num_queries
) -> None:
    FollowCursor.objects.create(name=IDENTITY_LINKS, batch=3)
    with django_assert_max_num_queries(20) as asked:
        assert follow_merges([], NOW) == 0
    assert not [each for each in asked.captured_queries if "identitylink" in each["sql"]]
    with django_assert_max_num_queries(20) as asked:
        assert follow_merges([], NOW) == 0
    assert len(asked.captured_queries) == 2, "and there is no news since"
