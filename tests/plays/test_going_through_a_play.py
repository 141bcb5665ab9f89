"""Somebody in a play: what is done with them, when, and why not."""

from datetime import date
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from play_worlds import HEAD, Passage, Subject, at, play_of

from tenure.plays.engine import enrol, step
from tenure.plays.moving import moved
from tenure.plays.turns import Occurred, State

WELCOME = """
[[step]]
name = "welcome"
mail = "01-welcome"
[[step]]
name = "two_days"
wait = { days = 2, until = "09:00" }
[[step]]
name = "features"
mail = "02-features"
"""
TRIAL = """
[[step]]
name = "near"
wait = { date = "trial_ends_on", before_hours = 72 }
[[step]]
name = "notice"
mail = "01-72-hours"
valid_until = "trial_ends_on"
"""
INVITE = """
[[step]]
name = "project"
wait = { event = "Project Created", at_most_days = 7, else = "stuck" }
[[step]]
name = "praise"
mail = "01-praise"
goes_to = "end"
[[step]]
name = "stuck"
mail = "02-stuck"
"""
DEADLINE = HEAD.replace("[entry]", "[deadline]\nhours = 48\n[entry]")


def test_what_does_not_wait_is_done_at_once_and_the_rest_when_its_time_has_come() -> None:
    passage = Passage(play_of(WELCOME), "2026-03-01 14:00")
    assert passage.line == "welcome 2026-03-01 14:00"
    assert passage.state.due_at == at("2026-03-04 09:00")
    passage.at("2026-03-04 08:59")
    assert passage.line == "welcome 2026-03-01 14:00"
    passage.at("2026-03-04 09:00")
    assert passage.line == "welcome 2026-03-01 14:00 · features 2026-03-04 09:00"
    assert passage.state.because == "finished"


def test_a_wall_time_is_that_of_the_person_unless_the_file_says_otherwise() -> None:
    shanghai = Subject(their_zone=ZoneInfo("Asia/Shanghai"))
    theirs = Passage(play_of(WELCOME), "2026-03-01 14:00", shanghai)
    assert theirs.state.due_at == at("2026-03-04 01:00")
    ours = play_of(WELCOME.replace('"09:00"', '"09:00", in = "company"'))
    assert Passage(ours, "2026-03-01 14:00", shanghai).state.due_at == at("2026-03-04 09:00")


def test_somebody_who_moved_meanwhile_is_written_to_by_their_new_clock() -> None:
    subject = Subject(their_zone=ZoneInfo("America/New_York"))
    passage = Passage(play_of(WELCOME), "2026-03-01 14:00", subject)
    subject.their_zone = ZoneInfo("America/Los_Angeles")
    passage.at("2026-03-03 14:00")  # nine in New York, six in Los Angeles
    assert passage.line == "welcome 2026-03-01 14:00"
    assert passage.until("2026-03-09 00:00").line.endswith("features 2026-03-03 17:00")


def test_a_trial_that_is_extended_is_told_later_and_one_that_ended_is_not_told() -> None:
    subject = Subject(values={"trial_ends_on": date(2026, 3, 10)})
    passage = Passage(play_of(TRIAL), "2026-03-01 14:00", subject)
    assert passage.state.due_at == at("2026-03-07 00:00")
    subject.values["trial_ends_on"] = date(2026, 3, 20)
    passage.at("2026-03-07 00:00")
    assert passage.line == "" and passage.state.due_at == at("2026-03-17 00:00")
    passage.until("2026-03-30 00:00")
    assert passage.line == "notice 2026-03-17 00:00"
    assert passage.did[0][1].valid_until == at("2026-03-20 00:00")


def test_without_the_date_there_is_nothing_to_wait_for() -> None:
    passage = Passage(play_of(TRIAL), "2026-03-01 14:00")
    assert (passage.state.because, passage.line) == ("no_date", "")


def test_what_was_due_long_ago_says_until_when_it_was_of_use() -> None:
    passage = Passage(play_of(WELCOME, DEADLINE), "2026-03-01 14:00")
    passage.at("2026-03-20 12:00")  # the worker was down for two weeks
    late = passage.did[-1][1]
    assert late.planned_at == at("2026-03-04 09:00")
    assert late.valid_until == at("2026-03-06 09:00")


def test_an_event_that_is_waited_for_goes_on_and_without_it_the_other_way() -> None:
    in_time = Passage(play_of(INVITE), "2026-03-01 14:00")
    in_time.hears("Project Created", "2026-03-03 10:00").until("2026-04-01 00:00")
    assert in_time.line == "praise 2026-03-03 10:00"
    in_vain = Passage(play_of(INVITE), "2026-03-01 14:00").until("2026-04-01 00:00")
    assert in_vain.line == "stuck 2026-03-08 14:00"


def test_an_event_of_before_the_wait_does_not_end_it() -> None:
    passage = Passage(play_of(INVITE), "2026-03-01 14:00")
    passage.hears("Project Created", "2026-03-01 13:59")
    assert passage.line == "" and not passage.state.is_over


def test_an_event_that_is_heard_before_the_first_turn_is_not_missed() -> None:
    play, came = play_of(INVITE), enrol(play_of(INVITE), "acme", "1", at("2026-03-01 14:00"))
    heard = Occurred("Project Created", at("2026-03-01 14:01"))
    turn = step(play, came, heard, Subject(), at("2026-03-01 14:05"))
    assert [effect.step for effect in turn.effects] == ["praise"]
    assert turn.state.because == "finished"


def test_what_brought_somebody_in_is_neither_what_they_are_waited_for_nor_the_goal() -> None:
    passage = Passage(play_of(INVITE), "2026-03-01 14:00")
    passage.hears("Project Created", "2026-03-01 14:00")
    passage.hears("Subscription Started", "2026-03-01 14:00")
    assert passage.line == "" and passage.state.goal_at is None and not passage.state.is_over


def test_who_reaches_the_goal_is_told_nothing_more() -> None:
    passage = Passage(play_of(WELCOME), "2026-03-01 14:00")
    passage.hears("Subscription Started", "2026-03-02 10:00").until("2026-04-01 00:00")
    assert passage.line == "welcome 2026-03-01 14:00"
    assert passage.state.because == "goal" and passage.state.goal_at == at("2026-03-02 10:00")


def test_of_several_events_the_one_that_reached_the_goal_is_named() -> None:
    several = HEAD.replace('"Subscription Started"', '["Subscription Started", "Report Exported"]')
    passage = Passage(play_of(WELCOME, several), "2026-03-01 14:00")
    passage.hears("Report Exported", "2026-03-02 10:00")
    assert passage.why[-1].endswith(": goal Report Exported")


def test_a_goal_counts_after_the_last_step_but_not_after_its_window() -> None:
    done = Passage(play_of(WELCOME), "2026-03-01 14:00").until("2026-03-10 00:00")
    assert done.state.because == "finished" and done.state.goal_at is None
    done.hears("Subscription Started", "2026-03-31 13:59")
    assert done.state.goal_at == at("2026-03-31 13:59") and done.state.because == "finished"
    late = Passage(play_of(WELCOME), "2026-03-01 14:00").until("2026-03-10 00:00")
    assert late.hears("Subscription Started", "2026-03-31 14:00").state.goal_at is None


def test_an_exit_that_holds_ends_it_before_the_next_step() -> None:
    head = HEAD + '[exit]\nwhere = "status = \'left\'"\nevents = ["Report Exported"]\n'
    subject = Subject()
    passage = Passage(play_of(WELCOME, head), "2026-03-01 14:00", subject)
    subject.true.add("status = 'left'")
    passage.until("2026-04-01 00:00")
    assert (passage.line, passage.state.because) == ("welcome 2026-03-01 14:00", "exit")
    other = Passage(play_of(WELCOME, head), "2026-03-01 14:00")
    assert other.hears("Report Exported", "2026-03-02 10:00").state.because == "exit"


def test_a_condition_that_became_true_between_two_steps_is_seen_when_one_looks() -> None:
    head = HEAD.replace('event = "Subscription Started"', "where = \"status = 'paying'\"")
    subject = Subject()
    passage = Passage(play_of(WELCOME, head), "2026-03-01 14:00", subject)
    subject.true.add("status = 'paying'")
    passage.looks("2026-03-02 10:00")
    assert passage.state.goal_at == at("2026-03-02 10:00") and passage.state.because == "goal"


def test_the_first_way_that_holds_is_gone_and_an_unknown_one_is_not() -> None:
    steps = """
[[step]]
name = "which"
branch = [{ where = "plan = 'Pro'", to = "pro" }, { where = "plan = 'Team'", to = "team" }]
else = "end"
[[step]]
name = "pro"
mail = "01-pro"
goes_to = "end"
[[step]]
name = "team"
mail = "02-team"
"""
    began = "2026-03-01 14:00"
    both = Passage(play_of(steps), began, Subject({"plan = 'Pro'", "plan = 'Team'"}))
    assert both.line == f"pro {began}"
    assert Passage(play_of(steps), began, Subject({"plan = 'Team'"})).line == f"team {began}"
    neither = Passage(play_of(steps), began)
    assert (neither.line, neither.state.because) == ("", "finished")


def test_a_split_is_by_chance_and_by_its_shares() -> None:
    steps = """
[[step]]
name = "which"
split = [{ share = 0.3, to = "short" }, { share = 0.7, to = "long" }]
[[step]]
name = "short"
mail = "01-short"
goes_to = "end"
[[step]]
name = "long"
mail = "02-long"
"""
    began, went = "2026-03-01 14:00", []
    for point in (0.0, 0.29, 0.3, 0.99):
        passage = Passage(play_of(steps), began, Subject(points={"which": point}))
        went.append(passage.did[0][1].step)
    assert went == ["short", "short", "long", "long"]


def test_each_round_of_a_loop_is_a_message_of_its_own_and_a_second_turn_is_none() -> None:
    steps = """
[[step]]
name = "weekly"
mail = "01-weekly"
[[step]]
name = "a_week"
wait = { days = 7 }
goes_to = "weekly"
"""
    passage = Passage(play_of(steps), "2026-03-01 14:00").until("2026-03-16 00:00")
    keys = [effect.key for _, effect in passage.did]
    assert [key.partition("/")[2] for key in keys] == [f"weekly/{n}" for n in (1, 2, 3)]
    assert len({key.partition("/")[0] for key in keys}) == 1 and "acme" not in keys[0]
    assert passage.at("2026-03-16 00:00").line.count("weekly") == 3


def test_who_waits_in_a_step_that_was_edited_stays_in_it_and_a_shorter_wait_ends() -> None:
    passage = Passage(play_of(WELCOME), "2026-03-01 14:00")
    shorter = play_of(WELCOME.replace("days = 2", "days = 1"))
    turn = moved(passage.state, passage.play, shorter, at("2026-03-03 10:00"))
    passage.play, passage.state = shorter, turn.state
    passage.at("2026-03-03 10:00")
    assert passage.line == "welcome 2026-03-01 14:00 · features 2026-03-03 10:00"


def test_who_waits_in_a_step_that_is_gone_goes_on_below_it() -> None:
    passage = Passage(play_of(WELCOME), "2026-03-01 14:00")
    without = play_of(WELCOME.replace('name = "two_days"', 'name = "a_pause"'))
    turn = moved(passage.state, passage.play, without, at("2026-03-02 10:00"))
    assert turn.state.at == "features" and turn.state.since is None
    renamed = play_of(
        WELCOME.replace('name = "two_days"', 'name = "a_pause"'),
        HEAD + '[moved]\ntwo_days = "a_pause"\n',
    )
    kept = moved(passage.state, passage.play, renamed, at("2026-03-02 10:00")).state
    assert kept.at == "a_pause" and kept.since == passage.state.since
    # What is below may have another name by now: it is that step all the same.
    called = WELCOME.replace('"two_days"', '"a_pause"').replace('"features"', '"more"')
    below = play_of(called, HEAD + '[moved]\nfeatures = "more"\n')
    assert moved(passage.state, passage.play, below, at("2026-03-02 10:00")).state.at == "more"
    other = play_of('[[step]]\nname = "other"\nmail = "09-other"\n')
    gone = moved(passage.state, passage.play, other, at("2026-03-02 10:00")).state
    assert gone.because == "step_gone" and gone.is_over


_DOES = st.lists(
    st.one_of(
        st.integers(1, 9).map(lambda days: ("at", days)),
        st.sampled_from(["Project Created", "Report Exported", "Subscription Started"]).map(
            lambda event: ("hears", event)
        ),
        st.just(("looks", 0)),
    ),
    max_size=12,
)


@given(_DOES, st.sampled_from([WELCOME, TRIAL, INVITE]))
@settings(max_examples=150, deadline=None)
def test_whatever_happens_no_effect_is_there_twice_and_what_is_over_stays_over(
    does: list[tuple[str, object]], steps: str
) -> None:
    subject = Subject(values={"trial_ends_on": date(2026, 3, 12)})
    passage, day = Passage(play_of(steps), "2026-03-01 14:00", subject), 1
    ended: State | None = None
    for what, value in does:
        day += value if isinstance(value, int) else 0
        now = f"2026-{3 + (day - 1) // 28:02d}-{(day - 1) % 28 + 1:02d} 15:00"
        if what == "hears":
            passage.hears(str(value), now)
        elif what == "at":
            passage.at(now)
        else:
            passage.looks(now)
        keys = [effect.key for _, effect in passage.did]
        assert len(keys) == len(set(keys))
        if ended is not None:
            assert msgspec.structs.replace(passage.state, goal_at=ended.goal_at) == ended
        ended = passage.state if passage.state.is_over else None
    # What is kept of an enrolment is read back as it was.
    assert msgspec.json.decode(msgspec.json.encode(passage.state), type=State) == passage.state
