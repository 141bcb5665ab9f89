"""Who may be reached when: hours, one allowance over all channels, chance, wishes and bursts."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from message_worlds import NOON, intended
from planning_worlds import Plays, held, home_with, people, release, stand, why

from tenure.base.errors import BadDefinition, NotFound
from tenure.customers.merging import merge
from tenure.messages.answers import FAILED, Answer
from tenure.messages.because_words import stands_sentence
from tenure.messages.consent import say
from tenure.messages.forgetting import forget_in_messages
from tenure.messages.ledger import begin, claim, suppress_address
from tenure.messages.models import Message, MessageData, MessageDecision, Status, StoppedStep
from tenure.messages.origin import Anew, Volume
from tenure.messages.planning import hold_back, release_due, wake
from tenure.messages.reach_settings import reach_settings
from tenure.messages.sending import settle
from tenure.messages.volume import let_go_on, stopped_steps
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db
NIGHTS = 'quiet_from = "21:00"\nquiet_until = "08:00"\n'
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def test_a_mail_that_nothing_speaks_against_goes_at_once_and_a_control_is_counted(tmp_path):
    people("ann\nbob")
    held("ann mail key a\nbob mail key b arm hold_out")
    assert release(home_with(tmp_path)).counts == {"ready": 1, "control": 1}
    assert stand() == {"a": "ready", "b": "control"}
    a, b = Message.objects.order_by("key")
    assert (a.because["code"], a.because["spent"], a.points) == ("released", 0, 3)
    assert (b.because["code"], b.ended_at, b.released_at) == ("control", NOON, NOON)


def test_everybody_waits_for_the_morning_of_their_own_clock(tmp_path):
    people("""
        ann  time_zone=Europe/Berlin
        bob  time_zone=Pacific/Auckland
        cai  country=JP
        dot
    """)
    held("ann mail key a\nbob mail key b\ncai mail key c\ndot mail key d")
    home = home_with(tmp_path, NIGHTS, zone="America/New_York")
    release(home, NOON)  # 13:00, 01:00, 21:00 and 08:00
    assert stand() == {"a": "ready", "b": "held", "c": "held", "d": "ready"}
    assert stand("next_at", "because")["b"] == (
        datetime(2025, 3, 14, 19, tzinfo=UTC),
        {
            "code": "quiet_hours",
            "until": "2025-03-14T19:00:00+00:00",
            "zone": "Pacific/Auckland",
        },
    )
    assert Message.objects.get(key="c").next_at == datetime(2025, 3, 14, 23, tzinfo=UTC)
    release(home, NOON + timedelta(hours=7))
    assert stand()["b"] == "ready" and stand()["c"] == "held"


def test_what_is_shown_in_the_product_waits_for_no_morning(tmp_path):
    people("ann time_zone=Pacific/Auckland")
    held("ann banner key b")
    release(home_with(tmp_path, NIGHTS))
    assert stand() == {"b": "ready"}


def test_what_somebody_is_owed_waits_for_their_day_only_if_it_comes_in_time(tmp_path):
    people("ann time_zone=Pacific/Auckland")  # 01:00 there, seven hours of night left
    held("""
        ann mail key receipt topic owed
        ann mail key soon topic owed lost 6h
        ann mail key later topic owed lost 24h
    """)
    release(home_with(tmp_path, NIGHTS + "points_a_week = 0"))
    assert stand() == {"receipt": "ready", "soon": "ready", "later": "held"}
    release(home_with(tmp_path, NIGHTS + "points_a_week = 0"), NOON + timedelta(hours=7))
    assert stand()["later"] == "ready"


def test_what_is_owed_in_the_morning_has_its_room_before_what_could_go_now(tmp_path):
    people("ann time_zone=Pacific/Auckland")
    home = home_with(tmp_path, NIGHTS + "points_a_week = 3")
    held("ann mail key owed topic owed lost 24h priority 10")
    release(home)
    held("ann banner key b priority 90")
    release(home)
    assert stand() == {"owed": "held", "b": "held"}


def test_what_their_night_alone_makes_too_late_is_not_laid_to_anything_else(tmp_path):
    people("ann time_zone=Pacific/Auckland")  # seven hours of night left
    home = home_with(tmp_path, NIGHTS)
    held("ann mail key a lost 2h")
    release(home)
    waits = Message.objects.get()
    assert waits.because == {"code": "quiet_hours", "until": None, "zone": "Pacific/Auckland"}
    assert stands_sentence(waits) == "Held: quiet hours"
    release(home, NOON + timedelta(hours=2))
    late = "Withheld: It was of no use any more; until then it waited: quiet hours"
    assert stands_sentence(Message.objects.get()) == late


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("suppressed", "Withheld: switched off before it was sent"),
        ("bounced", "Returned: switched off before it was sent"),
        ("sent", "Sent: Nothing spoke against it: 0 of 9 points were spent that week"),
    ],
)
def test_what_came_of_it_later_is_not_laid_to_the_planner(status, said):
    because = {"code": "released", "spent": 0, "allowance": 9}
    message = Message(status=status, because=because, why="switched off before it was sent")
    assert stands_sentence(message) == said


def test_one_allowance_holds_over_all_channels_and_what_is_owed_counts(tmp_path):
    people("ann")
    home = home_with(tmp_path, "points_a_week = 6")
    held("ann mail key m topic owed\nann modal key o\nann banner key b")
    release(home)
    held("ann banner key late")
    release(home)
    assert stand() == {"m": "ready", "o": "ready", "b": "ready", "late": "held"}
    said = Message.objects.get(key="late").because
    assert {name: said[name] for name in ("code", "spent", "allowance", "points")} == {
        "code": "fatigue",
        "spent": 6,
        "allowance": 6,
        "points": 1,
    }


def test_what_no_play_meant_takes_their_attention_too(tmp_path):
    people("ann\nbob")
    about = [("account", "acme"), ("person", "ann")]
    intended("ann@example.org", key="receipt", purpose="receipt", about=about)
    held("ann mail key a\nbob mail key b")
    release(home_with(tmp_path, "points_a_week = 5"))
    assert (stand()["a"], stand()["b"]) == ("held", "ready")
    assert Message.objects.get(key="receipt").person_id == "ann"


def test_priority_decides_then_what_is_lost_first(tmp_path):
    people("ann")
    held("""
        ann mail key low    priority 10 lost 1h
        ann mail key late   priority 70 lost 300h
        ann mail key sooner priority 70 lost 200h
    """)
    home = home_with(tmp_path, "points_a_week = 3")
    release(home)
    assert stand() == {"low": "held", "late": "held", "sooner": "ready"}
    assert Message.objects.get(key="late").next_at == NOON + WEEK
    # Low can not be in time any more; it waits until then, and says why it never went.
    release(home, NOON + timedelta(hours=2))
    assert stand("status", "because")["low"] == (
        "suppressed",
        {"code": "too_late", "waited_for": "fatigue"},
    )


def test_a_weak_message_does_not_take_the_place_of_a_strong_one_that_waits(tmp_path):
    people("ann time_zone=Pacific/Auckland")
    home = home_with(tmp_path, NIGHTS + "points_a_week = 3")
    held("ann mail key strong priority 90\nann banner key weak priority 10")
    release(home)  # night: the mail waits for the morning, the banner could be shown now
    assert stand() == {"strong": "held", "weak": "held"}
    assert (why("strong"), why("weak")) == ("quiet_hours", "fatigue")
    release(home, NOON + timedelta(hours=7))
    assert stand()["strong"] == "ready"
    assert Message.objects.get(key="weak").next_at >= NOON + WEEK


def test_the_week_rolls_and_only_what_reached_them_counts(tmp_path):
    people("ann")
    home = home_with(tmp_path, "points_a_week = 3")
    held("ann mail key first")
    release(home)
    Message.objects.filter(key="first").update(status=Status.FAILED, ended_at=NOON)
    held("ann mail key second", NOON + DAY)
    release(home, NOON + DAY)
    assert stand()["second"] == "ready"  # the first reached nobody
    Message.objects.filter(key="second").update(status=Status.SENT, sending_at=NOON + DAY)
    held("ann mail key third", NOON + 2 * DAY)
    release(home, NOON + 2 * DAY)
    assert stand("status", "next_at")["third"] == ("held", NOON + DAY + WEEK)
    release(home, NOON + WEEK + DAY)
    assert stand()["third"] == "ready"


def test_what_nobody_comes_to_see_takes_the_room_of_one_week(tmp_path):
    people("ann")
    home = home_with(tmp_path, "points_a_week = 3")
    held("ann banner key b")
    release(home)
    held("ann mail key m", NOON + DAY)
    release(home, NOON + DAY)
    assert stand("status", "next_at")["m"] == ("held", NOON + WEEK)
    release(home, NOON + WEEK)
    assert stand() == {"b": "ready", "m": "ready"}


def test_what_is_refused_gives_its_room_back_at_once(tmp_path):
    people("ann")
    home = home_with(tmp_path, "points_a_week = 3")
    held("ann mail key a priority 90\nann mail key b")
    release(home)
    assert stand() == {"a": "ready", "b": "held"}
    [taken] = claim(["mail"], 1, NOON)
    assert begin(taken, NOON)
    settle(taken, Answer(FAILED, "554 no"), NOON)
    release(home)
    assert stand() == {"a": "failed", "b": "ready"}


def test_who_is_left_alone_waits_like_everybody_but_takes_nobodys_place(tmp_path):
    people("ann\nbob")
    home = home_with(tmp_path, "points_a_week = 3")
    for who, arm in (("ann", "treated"), ("bob", "hold_out")):
        held(f"""
            {who} mail key {who}/1 arm {arm} priority 60
            {who} mail key {who}/2 arm {arm}
        """)
    held("bob mail key bob/other play other priority 40")
    release(home)
    assert stand() == {
        "ann/1": "ready",
        "ann/2": "held",
        "bob/1": "control",
        "bob/2": "held",
        "bob/other": "ready",
    }
    assert Message.objects.get(key="bob/2").next_at == Message.objects.get(key="ann/2").next_at


def test_one_person_under_two_ids_has_one_allowance(tmp_path):
    people("ann\nanna")
    home = home_with(tmp_path, "points_a_week = 3")
    held("anna mail key old")
    release(home)
    merge("person", "anna", "ann", now=NOON)
    held("ann mail key new")
    release(home)
    assert stand() == {"old": "ready", "new": "held"}


def test_what_is_switched_off_or_refused_meanwhile_is_withheld_and_says_so(tmp_path):
    people("ann\nbob\ncai")
    home = home_with(tmp_path, NIGHTS)
    night = NOON + timedelta(hours=11)
    held("ann mail key a\nbob mail key b\ncai mail key c", night)
    release(home, night)
    say("ann", "tips", is_granted=False, how="page", now=night)
    suppress_address("bob@example.org", "550", night)
    assert stand() == {"a": "suppressed", "b": "suppressed", "c": "held"}
    held("ann mail key again\nbob mail key more", night)
    release(home, night)
    assert (why("again"), stand()["again"]) == ("switched_off", "suppressed")
    assert stand()["more"] == "suppressed"


def test_what_a_sender_has_taken_is_withheld_too_as_long_as_it_was_not_begun(tmp_path):
    people("ann")
    held("ann mail key a")
    release(home_with(tmp_path))
    [taken] = claim(["mail"], 10, NOON)
    say("ann", "*", is_granted=False, how="one_click", now=NOON)
    assert stand() == {"a": "suppressed"}
    assert not Message.objects.filter(pk=taken.pk, status=Status.CLAIMED).exists()


def test_a_play_that_is_off_lets_nothing_go_and_takes_no_place(tmp_path):
    people("ann")
    home = home_with(tmp_path, "points_a_week = 3")
    held("ann mail key off play old priority 90\nann mail key on")
    release(home, origin=Plays(off={"old"}))
    assert (stand(), why("off")) == ({"off": "held", "on": "ready"}, "play_off")
    assert wake(NOON, play="old") == 1
    release(home)
    assert why("off") == "fatigue"
    assert hold_back(NOON, play="tips") == 0  # of no enrolment, so nobody would plan it again
    Message.objects.filter(key="on").update(enrolment="e")
    [taken] = claim(["mail"], 1, NOON)
    assert hold_back(NOON, play="tips") == 1
    assert not begin(taken, NOON)
    assert stand()["on"] == "held"


def test_a_step_above_what_its_replay_foretold_is_stopped_until_somebody_says_go(tmp_path):
    home = home_with(tmp_path, "times_replayed = 2\nat_least = 1")
    people("\n".join(f"p{n}" for n in range(8)))
    foretold = Plays(first=Volume(2, 3))
    held("\n".join(f"p{n} mail key k{n}" for n in range(4)))
    assert release(home, origin=foretold).counts == {"ready": 4}
    held("p4 mail key k4\np5 mail key k5 step second")
    assert release(home, origin=foretold).counts == {"held": 1, "ready": 1}
    [stopped] = stopped_steps()
    assert (stopped.play, stopped.step) == ("tips", "first")
    assert stopped.because == {"hours": 1, "most": 4, "replayed": 2}
    assert Task.objects.get().title == "tips: the step first was stopped above 4 messages"
    # An hour later it is stopped still, and one task is enough.
    later = NOON + timedelta(hours=2)
    held("p6 mail key k6", later)
    release(home, later, foretold)
    assert stand()["k6"] == "held" and Task.objects.count() == 1
    assert let_go_on("tips", "first", now=later, by="ada") == 2
    release(home, later, foretold)
    assert (stand()["k4"], stand()["k6"]) == ("ready", "ready")
    with pytest.raises(NotFound, match="no step of 'tips' is stopped"):
        let_go_on("tips", "", now=later, by="ada")
    assert StoppedStep.objects.get().released_by == "ada"


def test_what_the_morning_lets_go_at_once_is_no_burst(tmp_path):
    home = home_with(tmp_path, NIGHTS + "times_replayed = 1\nat_least = 1")
    people("\n".join(f"p{n}" for n in range(10)))
    night = NOON + timedelta(hours=10)
    for n in range(10):
        now = night + timedelta(hours=n)
        held(f"p{n} mail key k{n}", now)
        release(home, now, Plays(first=Volume(1, 24)))
    assert Counter(stand().values()) == {"held": 10}
    release(home, night + timedelta(hours=10), Plays(first=Volume(1, 24)))
    assert Counter(stand().values()) == {"ready": 10}


def test_what_has_waited_is_asked_anew_and_its_words_are_those_of_now(tmp_path):
    people("ann\nbob\ncai time_zone=Pacific/Auckland")
    home = home_with(tmp_path, NIGHTS)
    held("ann mail key a\nbob mail key b", night := NOON + timedelta(hours=11))
    origin = Plays()
    release(home, night, origin)
    assert origin.asked == []
    origin.news = {
        "a": Anew({"subject": "Your trial ends on Friday"}, {"account.trial_ends_on": "Friday"}),
        "b": Anew({}, because={"code": "goal"}),
    }
    release(home, night + timedelta(hours=9), origin)
    assert sorted(origin.asked) == ["a", "b"]
    assert stand("status", "subject")["a"] == ("ready", "Your trial ends on Friday")
    assert MessageData.objects.get().values == {"account.trial_ends_on": "Friday"}
    assert (stand()["b"], why("b")) == ("suppressed", "goal")
    told = MessageDecision.objects.filter(message__key="b").values_list("status", "because__code")
    assert list(told)[-1] == ("suppressed", "goal")


def test_each_change_of_mind_is_a_row_that_stays(tmp_path):
    people("ann time_zone=Pacific/Auckland")
    home = home_with(tmp_path, NIGHTS + "points_a_week = 3")
    held("ann mail key a")
    for hours in (0, 1, 7):
        release(home, NOON + timedelta(hours=hours))
    told = MessageDecision.objects.order_by("pk").values_list("status", "because__code")
    assert list(told) == [("held", "quiet_hours"), ("ready", "released")]


def test_who_is_forgotten_leaves_no_data_and_nothing_that_waits(tmp_path):
    people("ann")
    home = home_with(tmp_path, NIGHTS)
    [message] = held("ann mail key a", night := NOON + timedelta(hours=11))
    row = Message.objects.get()
    row.about.create(kind="person", subject_id="ann")
    MessageData.objects.create(message=row, values={"person.first_name": "Ann"})
    release(home, night)
    forget_in_messages([], ["ann"], night)
    row.refresh_from_db()
    assert (row.status, row.person_id, row.because, row.enrolment) == ("suppressed", "", {}, "")
    assert not MessageData.objects.exists() and not MessageDecision.objects.exists()
    assert release(home, night + DAY).total == 0


def test_of_two_planners_at_once_only_one_has_planned(tmp_path):
    """The second reads, the first writes, then the second: it begins anew, and the allowance holds."""
    people("ann")
    home = home_with(tmp_path, "points_a_week = 3")
    held("ann mail key a\nann mail key b")

    class Interrupted(Plays):
        did = False

        def is_off(self, play: str) -> bool:
            if not self.did:
                self.did = True
                release_due(home, NOON, Plays())
            return False

    release(home, origin=Interrupted())
    assert Counter(stand().values()) == {"ready": 1, "held": 1}


def test_planning_reads_once_for_many(tmp_path):
    home = home_with(tmp_path, NIGHTS)
    people("\n".join(f"p{n} time_zone=Europe/Berlin" for n in range(100)))
    held("\n".join(f"p{n} mail" for n in range(100)))
    with CaptureQueriesContext(connection) as asked:
        release(home)
    assert Counter(stand().values()) == {"ready": 100}
    assert len(asked) < 40


@pytest.mark.parametrize(
    ("reach", "problem"),
    [
        ('quiet_from = "9pm"', "'9pm' is no time of day"),
        ('quiet_until = "08:00"', "reach.quiet_from: quiet hours have a begin and an end"),
        ('quiet_days = ["sunday"]', "there is no day 'sunday'; did you mean 'sun'?"),
        ("points_a_week = -1", "-1 is below 0"),
        ("times_replayed = 0.5", "0.5 is below 1"),
        ("times_replayed = nan", "times_replayed: nan is no number"),
        ("[reach.points]\nmails = 3", "there is no such field; did you mean mail?"),
    ],
)
def test_a_mistake_in_the_configuration_is_named_with_what_to_write(tmp_path, reach, problem):
    with pytest.raises(BadDefinition) as refused:
        reach_settings(home_with(tmp_path, reach))
    assert "tenure.toml: reach" in refused.value.message and problem in refused.value.message
