"""The figures of a play are kept while they move, and are those that counting gives."""

from datetime import timedelta

import msgspec
import pytest
from test_plays_lived import FILES, PLAY, WORLD, begin, declare, edit, export, put_in_arm

from card.card_worlds import live
from customers.arriving import NOW, arrive, events
from tenure.card.models import AccountCard
from tenure.customers.merging import merge
from tenure.customers.publishing import publish_links
from tenure.plays.enrolling import Candidate, enrol_all
from tenure.plays.following import follow_plays
from tenure.plays.forgetting import forget_in_plays
from tenure.plays.in_force import play_named
from tenure.plays.listing import play_line, play_lines
from tenure.plays.models import Enrolment, PlayTally
from tenure.plays.subjects import Who
from tenure.plays.tally import Tally, add_rows, counted_anew, put_together, tallies
from tenure.plays.turning import go_on_due

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def lived(home):
    live(home, WORLD)
    declare()
    begin(home)
    for account, arm in (("acme", "treated"), ("beta", "hold_out"), ("nomail", "treated")):
        put_in_arm(account, arm)
    export(home, "ada @acme", "bob @beta", "cai @nomail")
    return home


def kept() -> Tally:
    found = tallies("reports")["reports"]
    assert found == counted_anew("reports")
    return found


def test_every_way_that_an_enrolment_goes_is_counted_as_it_goes(lived) -> None:
    assert kept() == Tally(entered=3, left_alone=1, here={"welcome": 3})
    go_on_due(lived, NOW)
    assert kept().here == {"two_days": 3} and kept().came == {"welcome": 3, "two_days": 3}
    arrive(lived, events("day 365.1  track  ada @acme   Report Shared"))
    follow_plays(lived, NOW + DAY)
    assert kept().ended == {"goal": 1} and kept().reached_goal == 1
    go_on_due(lived, NOW + 2 * DAY)
    assert kept().stuck == 0 and kept().ended == {"goal": 1, "finished": 2}
    [line] = play_lines(NOW)
    assert line == play_line(play_named("reports"), NOW) and line.messages
    assert (line.entered, line.in_it, line.reached_goal, line.left_alone) == (3, 0, 1, 1)


def test_broken_merged_and_forgotten_ones_are_counted_too(lived) -> None:
    broken = PLAY.replace('name = "two_days"', 'name = "way"').replace(
        "wait = { days = 2 }", "branch = [{ where = \"mrr_minor > 1\", to = \"call\" }]"
    )  # fmt: skip
    edit({**FILES, "play.toml": broken})
    card = AccountCard.objects.get(pk="nomail")
    AccountCard.objects.filter(pk="nomail").update(values={**card.values, "mrr_minor": "a word"})
    go_on_due(lived, NOW)
    assert kept().stuck == 1
    merge("account", "acme", "nomail", now=NOW, by="cai")
    publish_links(lived, NOW)
    follow_plays(lived, NOW + DAY)
    assert kept().entered == 3
    assert forget_in_plays(["beta"], []) == 1
    assert kept().entered == 2 and kept().left_alone == 0


def test_many_changes_are_put_together_and_stay_what_they_were(lived) -> None:
    rows = list(Enrolment.objects.all())
    for _ in range(400):
        add_rows(rows)
        add_rows(rows, -1)
    before, many = kept(), PlayTally.objects.count()
    assert put_together() == many
    assert PlayTally.objects.count() < 10 and kept() == before
    assert put_together() == 0


def test_who_came_in_by_another_process_at_this_moment_is_not_counted_twice(lived) -> None:
    play = replace_again(play_named("reports"))
    who = [Who("account", id, id) for id in ("acme", "zeta")]
    candidates = [Candidate(each, "again/1", "event: x", NOW) for each in who]
    first = enrol_all(lived, play, candidates, NOW)
    Enrolment.objects.filter(account_id="acme", entry_key="again/1").update(subject_id="gone")
    # The rules look at whom they stand for now; only the key tells that they were here.
    assert (first, enrol_all(lived, play, candidates, NOW)) == (2, 0)
    assert kept().entered == 5


def replace_again(play):
    entry = msgspec.structs.replace(play.entry, again="every_time")
    return msgspec.structs.replace(play, entry=entry)
