"""A play over the past: what it would have done is what it would have done then."""

from collections import Counter
from datetime import date, timedelta

import pytest
from play_worlds import play_of

from card.card_worlds import live
from customers.arriving import DAY_0, NOW, arrive, events
from tenure.base.errors import Conflict, InvalidInput
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.plays.in_force import names_of_then, play_named
from tenure.plays.models import ReplayedSubject
from tenure.plays.parts import Play
from tenure.plays.replay_asked import look
from tenure.plays.replay_beside import changes_of, crowd_of
from tenure.plays.replay_summary import note_replay, summary_of
from tenure.plays.replaying import Replay, replay
from tenure.plays.switching import switch

pytestmark = pytest.mark.django_db

WORLD = """
    day 1     group  ada @acme   {"name": "Acme"}
    day 1     group  bob @beta   {"name": "Beta"}
    day 10.5  track  ada @acme   Report Exported
    day 12    track  bob @beta   Report Exported
    day 13.5  track  bob @beta   Report Shared
    day 40    track  ada @acme   Report Exported
"""
PAYS = """
    day 1   acme  start  s1/1  status=active plan=Pro mrr_minor=1000
    day 20  acme  start  s1/2  status=active plan=Team mrr_minor=3000
    day 1   beta  start  s2/1  status=active plan=Team mrr_minor=200
"""
HEAD = """
title = "Reports"
topic = "tips"
[hold_out]
share = 0.01
[goal]
event = "Report Shared"
within_days = 30
"""
STEPS = """
[[step]]
name = "welcome"
mail = "01-welcome"
[[step]]
name = "three_days"
wait = { days = 3 }
[[step]]
name = "more"
mail = "02-more"
"""
BY_EVENT = '[entry]\nevent = "Report Exported"\nagain = "after_exit"\n'


@pytest.fixture(scope="module")
def lived(tmp_path_factory, django_db_setup, django_db_blocker):
    """A home in which all of that has happened."""
    from django.db import transaction

    from tenure.base.home import Home

    home = Home(tmp_path_factory.mktemp("replayed") / "home")
    home.root.mkdir()
    with django_db_blocker.unblock(), transaction.atomic():
        live(home, WORLD, PAYS)
        transaction.set_rollback(True)
    return home


def a_play(head: str, steps: str = STEPS) -> Play:
    return play_of(steps, HEAD + head, names=names_of_then())


def run(home, play: Play, first: int = 0, last: int = 60) -> Replay:
    day = DAY_0.date()
    return replay(home, play, day + timedelta(days=first), day + timedelta(days=last))


def said(replayed: Replay) -> list[str]:
    """`acme welcome 10.5`: who, which step, on which day."""
    return sorted(
        f"{life.account_id} {effect.step} {(at - DAY_0) / timedelta(days=1):g}"
        for life in replayed.lives
        for at, effect in life.effects
    )


def test_each_is_reached_when_it_would_have_been(lived) -> None:
    found = run(lived, a_play(BY_EVENT))
    assert said(found) == [
        "acme more 13.5",
        "acme more 43",
        "acme welcome 10.5",
        "acme welcome 40",
        "beta welcome 12",
    ]
    ends = Counter((life.account_id, life.state.because) for life in found.lives)
    assert ends == {("acme", "finished"): 2, ("beta", "goal"): 1}


def test_who_may_come_in_once_comes_in_once(lived) -> None:
    once = run(lived, a_play('[entry]\nevent = "Report Exported"\n'))
    assert Counter(life.account_id for life in once.lives) == {"acme": 1, "beta": 1}
    assert once.turned_away == {"been_here": 1}


def test_a_condition_is_asked_of_the_card_of_that_morning(lived) -> None:
    pro = run(lived, a_play(BY_EVENT + "where = \"plan = 'Pro'\"\n"))
    assert [(life.account_id, life.state.entered_at) for life in pro.lives] == [
        ("acme", DAY_0 + timedelta(days=10.5))
    ]
    assert pro.turned_away == {"condition": 2}


def test_events_count_up_to_the_moment(lived) -> None:
    branch = """
[[step]]
name = "which"
branch = [{ where = "did('Report Exported', 40) >= 2", to = "again" }]
[[step]]
name = "first"
mail = "01-first"
goes_to = "end"
[[step]]
name = "again"
mail = "02-again"
"""
    found = run(lived, a_play(BY_EVENT, branch))
    assert said(found) == ["acme again 40", "acme first 10.5", "beta first 12"]


def test_who_enters_a_segment_is_met_in_the_morning_after(lived) -> None:
    put_in_force(
        "segment", "team", 'title = "Team"\nwhere = "plan = \'Team\'"\n', now=NOW, by="ada"
    )
    found = run(lived, a_play('[entry]\nsegment = "team"\n'), first=5)
    assert said(found) == ["acme more 23", "acme welcome 20"]


def test_what_is_learned_later_changes_nothing_before(home) -> None:
    live(home, WORLD, PAYS)
    before = said(run(home, a_play(BY_EVENT), last=30))
    arrive(home, events("day 50  track  bob @beta   Report Exported"))
    assert said(run(home, a_play(BY_EVENT), last=30)) == before != []


def test_no_days_are_refused(lived) -> None:
    with pytest.raises(InvalidInput, match="there is no day") as no_day:
        replay(lived, a_play(BY_EVENT), date(2025, 2, 1), date(2025, 2, 1))
    assert no_day.value.field == "from"


def over_people(head: str, steps: str = STEPS) -> Play:
    text = HEAD.replace("[hold_out]", 'over = "person"\n[hold_out]') + head
    return play_of(steps, text, names=names_of_then())


def test_a_play_over_people_is_replayed_by_person_with_the_arm_of_their_account(home) -> None:
    live(home, WORLD, PAYS)
    found = run(home, over_people(BY_EVENT))
    assert [(life.subject_id, life.account_id) for life in found.lives] == [
        ("ada", "acme"),
        ("bob", "beta"),
        ("ada", "acme"),
    ]
    ends = Counter((life.subject_id, life.state.because) for life in found.lives)
    assert ends == {("ada", "finished"): 2, ("bob", "goal"): 1}


def test_of_people_events_count_and_their_accounts_are_asked_as_of_that_morning(lived) -> None:
    branch = """
[[step]]
name = "which"
branch = [{ where = "did('Report Exported', 40) >= 2 and account.plan = 'Team'", to = "team" },
          { where = "did('Report Exported', 40) >= 1", to = "one" }]
else = "end"
[[step]]
name = "one"
mail = "01-one"
goes_to = "end"
[[step]]
name = "team"
mail = "02-team"
"""
    found = run(lived, over_people(BY_EVENT, branch))
    steps = [(life.subject_id, effect.step) for life in found.lives for _, effect in life.effects]
    # What is asked of their accounts is as of midnight, at which the second export was.
    assert steps == [("ada", "one"), ("bob", "one"), ("ada", "team")]


def test_another_version_is_seen_beside_the_old_one(lived) -> None:
    old = a_play(BY_EVENT)
    new = a_play(BY_EVENT + "where = \"plan = 'Pro'\"\n", STEPS.replace("days = 3", "days = 1"))
    changes = changes_of((old, run(lived, old)), (new, run(lived, new)))
    assert (changes.entered_before, changes.entered_after) == (3, 1)
    assert changes.reached_no_more == ("beta",) and changes.fewer == ("acme",)
    assert (changes.messages_before, changes.messages_after) == (5, 2)
    twice = a_play(BY_EVENT, STEPS.replace('mail = "02-more"', 'mail = "01-welcome"'))
    again = changes_of((new, run(lived, new)), (twice, run(lived, twice)))
    assert again.twice == ("acme",) and again.reached_anew == ("beta",)


def test_what_else_reached_them_is_counted_in_their_fullest_week(lived) -> None:
    play = a_play(BY_EVENT)
    other = play_of(STEPS, HEAD + BY_EVENT, name="other", names=names_of_then())
    for each in (one := run(lived, play)).lives:
        each.arm, each.is_kept_back = "treated", False
    for each in (two := run(lived, other)).lives:
        each.arm, each.is_kept_back = "treated", False
    crowd = crowd_of(one, [two])
    assert crowd.alone == {1: 1, 2: 1} and crowd.together == {2: 1, 4: 1}
    assert crowd.accounts_with_more == 2 and crowd.others == ("other",)
    assert crowd.fullest[0] == ("acme", 4)


def test_a_look_is_kept_with_whom_it_found_and_switches_the_play_on(home) -> None:
    live(home, WORLD, PAYS)
    mail = '+++\nsubject = "Hi"\n+++\nHello\n'
    files = {"play.toml": HEAD + BY_EVENT + STEPS, "01-welcome.en.md": mail, "02-more.en.md": mail}
    put_in_force("play", "tips", pack(files, "play.toml", "plays/tips"), now=NOW, by="ada")
    days = (DAY_0.date(), DAY_0.date() + timedelta(days=45))
    first = look(home, "tips", days, NOW)
    assert first.changes is None and first.summary["changes"] is None
    shorter = files | {"play.toml": HEAD + '[entry]\nevent = "Report Exported"\n' + STEPS}
    put_in_force("play", "tips", pack(shorter, "play.toml", "plays/tips"), now=NOW, by="ada")
    second = look(home, "tips", days, NOW)
    assert second.summary["changes"]["fewer"] == 1 and second.summary["entered"] == 2
    kept = {row.subject_id: (row.messages_before, row.messages)
            for row in ReplayedSubject.objects.all()}  # fmt: skip
    assert kept == {"acme": (4, 2), "beta": (1, 1)}
    assert switch("tips", is_on=True, now=NOW, by="ada").name == "tips"


def test_the_summary_adds_up_to_what_was_replayed(lived) -> None:
    summary = summary_of(run(lived, a_play(BY_EVENT)))
    assert summary["entered"] == 3 and summary["accounts"] == 2
    assert summary["steps"] == {"welcome": 3, "more": 2}
    assert summary["ended"] == {"finished": 2, "goal": 1}
    assert summary["most_in_a_day"] == 1 and summary["most_for_one_account"] == 4
    assert summary["entered_by_month"] == {"2025-01": 2, "2025-02": 1}


def test_a_play_is_switched_on_only_after_a_replay_of_what_holds(home) -> None:
    live(home, WORLD, PAYS)
    mail = '+++\nsubject = "Hi"\n+++\nHello\n'
    files = {"play.toml": HEAD + BY_EVENT + STEPS, "01-welcome.en.md": mail, "02-more.en.md": mail}
    put_in_force("play", "tips", pack(files, "play.toml", "plays/tips"), now=NOW, by="ada")
    with pytest.raises(Conflict, match="replay it first"):
        switch("tips", is_on=True, now=NOW, by="ada")
    note_replay(run(home, play_named("tips")), NOW)
    assert switch("tips", is_on=True, now=NOW, by="ada").name == "tips"
    switch("tips", is_on=False, now=NOW, by="ada")
    files["01-welcome.en.md"] = mail.replace("Hello", "Hi")
    put_in_force("play", "tips", pack(files, "play.toml", "plays/tips"), now=NOW, by="ada")
    with pytest.raises(Conflict, match="replay it first") as stale:
        switch("tips", is_on=True, now=NOW, by="ada")
    assert stale.value.status == 409
