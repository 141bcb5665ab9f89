"""A replay says what would have gone to whom, when, and what not; and how it would have read."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.db import connection
from play_worlds import play_of

from card.card_worlds import live
from customers.arriving import DAY_0, NOW
from tenure.base.home import Home
from tenure.customers.models import Account, Membership, Person
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.messages.consent import OPERATOR, say
from tenure.plays.in_force import names_of_then
from tenure.plays.models import ReplayedMail, ReplayedSubject
from tenure.plays.parts import Play
from tenure.plays.replay_asked import by_day, look
from tenure.plays.replay_examples import examples_of
from tenure.plays.replay_failed import clear_failed, failed_because, note_failed
from tenure.plays.replay_reach import reach_of
from tenure.plays.replay_summary import summary_of
from tenure.plays.replaying import Replay, replay

pytestmark = pytest.mark.django_db
WORLD = """
    day 1     identify  ada @acme   {"email": "ada@acme.example", "name": "Ada"}
    day 1     identify  bob @beta   {"email": "bob@beta.example", "name": "Bob"}
    day 1     identify  cyd @core   {"name": "Cyd"}
    day 10.9  track  ada @acme   Report Exported
    day 12.5  track  bob @beta   Report Exported
    day 12.5  track  cyd @core   Report Exported
"""
PAYS = """
    day 1   acme  start  s1/1  status=active plan=Pro mrr_minor=1000
    day 30  acme  start  s1/2  status=active plan=Team mrr_minor=3000
"""
PLAY = """
title = "Reports"
topic = "tips"
[entry]
event = "Report Exported"
[goal]
event = "Report Shared"
within_days = 30
[hold_out]
share = 0.01
"""
OWED = PLAY.replace('topic = "tips"', 'purpose = "transactional"').split("[hold_out]")[0]
STEPS = """
[[step]]
name = "welcome"
mail = "01-welcome"
"""
WORDS = {"01-welcome.en.md": '+++\nsubject = "Hi"\n+++\nYou are on {{ account.plan | default: "none" }}.\n'}  # fmt: skip
QUIET = '[reach]\nquiet_from = "21:00"\nquiet_until = "08:00"\npoints_a_week = 3\n'


@pytest.fixture
def lived(home) -> Home:
    live(home, WORLD, PAYS)
    return home


def a_play(steps: str = STEPS, **files: str) -> Play:
    return play_of(steps, PLAY, names=names_of_then(), **(WORDS | files))


def replayed(home: Home, play: Play) -> Replay:
    day = DAY_0.date()
    found = replay(home, play, day, day + timedelta(days=40))
    for life in found.lives:
        life.arm, life.is_kept_back = "treated", False
    return found


def test_what_reaches_nobody_is_withheld_with_the_reason(lived) -> None:
    say(Person.objects.get(pk="bob").pk, "tips", is_granted=False, how=OPERATOR, now=NOW)
    play = a_play()
    past = replayed(lived, play)
    found = reach_of(lived, (play, past), [])
    assert found.withheld == {"nobody": 1, "switched_off": 1}
    assert found.people == {"ada"} and found.intended == 3
    assert sum(found.went_by_day.values()) == 1
    past.lives[0].is_kept_back = True
    assert reach_of(lived, (play, past), []).intended == 2  # nothing was meant for Ada
    past.lives[0].is_kept_back = False
    Person.objects.filter(pk="cyd").update(email="cyd at core")  # is no address, as it is live
    found = reach_of(lived, (play, past), [])
    assert found.withheld == {"no_address": 1, "switched_off": 1} and found.people == {"ada"}


def test_a_message_at_night_waits_for_their_morning_and_a_full_week_for_room(lived) -> None:
    lived.settings_file.write_text(QUIET, "utf-8")
    play = a_play(STEPS + '[[step]]\nname = "again"\nmail = "01-welcome"\n')
    past = replayed(lived, play)
    found = reach_of(lived, (play, past), [])
    # One mail is all that a week holds; the second of each waits for the next week.
    assert found.waited == {"quiet_hours": 1, "fatigue": 2}
    first = (DAY_0 + timedelta(days=11)).date().isoformat()
    assert found.went_by_day[first] == 1
    # So it is where they have room, and their account has none.
    lived.settings_file.write_text(
        QUIET.replace("week = 3", "week = 9") + "points_a_week_account = 3\n", "utf-8"
    )
    found = reach_of(lived, (play, past), [])
    assert found.waited == {"quiet_hours": 1, "account_fatigue": 2}


def test_days_are_those_of_the_company(lived) -> None:
    play = a_play()
    past = replace(replayed(lived, play), zone=ZoneInfo("Asia/Tokyo"))
    # Ada's report of ten at night is of the next day there, and the others' of the same.
    on = [DAY_0.date() + timedelta(days=n) for n in (11, 12)]
    assert by_day(past) == {f"{on[0]}": 1, f"{on[1]}": 2}
    ada, evening = past.lives[0], DAY_0.replace(hour=22) + timedelta(days=30)  # of January
    said = [(evening + timedelta(hours=hours), ada.effects[0][1]) for hours in (0, 3)]
    state = msgspec.structs.replace(ada.state, entered_at=evening)
    one = summary_of(replace(past, lives=(replace(ada, state=state, effects=said),)))
    assert (one["entered_by_month"], one["most_in_a_day"]) == ({"2025-02": 1}, 2)
    assert one["step_volume"] == {"welcome": [1, 2]}
    lived.settings_file.write_text('[company]\ntime_zone = "Asia/Tokyo"\n', "utf-8")
    there = reach_of(Home(lived.root), (play, past), [])
    assert there.went_by_day == {f"{on[0]}": 1, f"{on[1]}": 1}


def test_what_would_wait_longer_than_anything_is_kept_is_withheld_as_it_is_live(lived) -> None:
    lived.settings_file.write_text("[reach]\npoints_a_week = 3\n", "utf-8")
    more = "".join(f'[[step]]\nname = "{n}"\nmail = "01-welcome"\n' for n in ("second", "third"))
    play = a_play(STEPS + more)
    found = reach_of(lived, (play, replayed(lived, play)), [])
    # A mail a week: of three at once the third would come when two weeks are over.
    assert found.waited["fatigue"] == 2 and found.withheld["fatigue"] == 2


def test_what_is_owed_waits_for_their_day_only_where_it_says_until_when_it_is_of_use(lived) -> None:
    lived.settings_file.write_text(QUIET, "utf-8")
    waited = []
    for deadline in ("", "[deadline]\nhours = 48\n", "[deadline]\nhours = 1\n"):
        play = play_of(STEPS, OWED + deadline, names=names_of_then(), **WORDS)
        waited.append(reach_of(lived, (play, replayed(lived, play)), []).waited)
    assert waited == [{}, {"quiet_hours": 1}, {}]


def test_who_is_forgotten_while_a_replay_goes_on_is_nowhere_in_what_it_keeps(lived) -> None:
    files = pack({"play.toml": OWED + STEPS} | WORDS, "play.toml", "plays/tips")
    put_in_force("play", "tips", files, now=NOW, by="ada")

    def forgets(execute, sql, params, many, context):
        """Between what the replay read of people and what it keeps."""
        if sql.startswith("INSERT") and "plays_playreplay" in sql:
            Membership.objects.filter(person_id="bob").delete()
            Person.objects.filter(pk="bob").delete()
            Account.objects.filter(pk="beta").delete()
        return execute(sql, params, many, context)

    days = (DAY_0.date(), DAY_0.date() + timedelta(days=40))
    note_failed("tips", "there is no day")
    with connection.execute_wrapper(forgets):
        seen = look(lived, "tips", days, NOW, is_alone=True)
    assert {mail.person_id for mail in seen.examples} == {"ada", "bob"}
    assert {mail.person_id for mail in ReplayedMail.objects.all()} == {"ada"}
    assert {each.subject_id for each in ReplayedSubject.objects.all()} == {"acme", "core"}
    assert failed_because("tips") == ""  # the one before


def test_what_other_plays_send_takes_from_the_same_week(lived) -> None:
    lived.settings_file.write_text("[reach]\npoints_a_week = 3\n", "utf-8")
    play = a_play()
    other = play_of(STEPS, PLAY, name="other", names=names_of_then(), **WORDS)
    alone = reach_of(lived, (play, replayed(lived, play)), [])
    beside = [(other, replayed(lived, other))]
    together = reach_of(lived, (play, replayed(lived, play)), beside)
    assert not alone.waited
    assert together.waited["fatigue"] + beside_waits(lived, play, other) == 2
    urgent = play_of(STEPS, "priority = 90\n" + PLAY, name="other", names=names_of_then(), **WORDS)
    later = play_of(STEPS, "priority = 10\n" + PLAY, name="other", names=names_of_then(), **WORDS)
    assert [beside_waits(lived, play, each) for each in (urgent, later)] == [0, 2]


def beside_waits(home: Home, play: Play, other: Play) -> int:
    """How many of the other's wait instead."""
    found = reach_of(home, (other, replayed(home, other)), [(play, replayed(home, play))])
    return found.waited["fatigue"]


def test_an_example_says_what_was_so_then(lived) -> None:
    play = a_play()
    mails = examples_of(lived, play, replayed(lived, play), NOW)
    assert [(mail.step, mail.person_id) for mail in mails] == [
        ("welcome", "ada"),
        ("welcome", "bob"),
    ]
    assert "You are on Pro." in mails[0].text  # Team since, and not then
    assert "You are on none." in mails[1].text
    ReplayedMail.objects.bulk_create(mails)
    assert ReplayedMail.objects.count() == 2


def test_why_a_replay_failed_is_kept_until_the_next(db) -> None:
    note_failed("tips", "there is no segment 'team'")
    note_failed("tips", "there is no day")
    assert failed_because("tips") == "there is no day" and failed_because("other") == ""
    clear_failed("tips")
    assert failed_because("tips") == ""
