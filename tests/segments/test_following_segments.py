"""Who enters and leaves is kept, and told as events, each once, whatever is killed."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from card.card_worlds import live
from customers.arriving import DAY_0, NOW
from tenure.app.decoders import DECODERS
from tenure.base.errors import BadDefinition, NotFound
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.definitions.models import DefinitionVersion
from tenure.definitions.store import put_in_force, withdraw
from tenure.kit.sql_file import SqlFile
from tenure.lake.inbox import open_inbox
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import reading
from tenure.lake.shipping import ship
from tenure.segments.definition import check_segment, segment_named, segments
from tenure.segments.follow import Following, follow_segments
from tenure.segments.forgetting import forget_in_segments
from tenure.segments.history import segments_of, stays
from tenure.segments.models import SegmentFollowed, SegmentMember
from tenure.segments.published import count_of, member_ids, why_in
from tenure.segments.telling import tell

pytestmark = pytest.mark.django_db

WORLD = """
    day 1    group  ada @acme         {"name": "Acme"}
    day 1    group  bob @beta         {"name": "Beta"}
    day 350  track  ada @acme         Report Exported
    day 364  track  ada @acme         Report Exported
    day 364  track  bob @beta         Signed In
"""
PAYS = """
    day 1  acme  start  s1/1  status=active plan=Pro mrr_minor=1000
    day 1  beta  start  s2/1  status=active plan=Team mrr_minor=200
"""
EXPORTS = "did('Report Exported', 30) >= 1"
TOLD = SqlFile(
    "tests", "told", "", "select * from event where type = 'segment'", "", ("event",), {}, (), ""
)


@pytest.fixture(scope="module")
def template(tmp_path_factory, django_db_setup, django_db_blocker) -> Path:
    """A home with what `WORLD` and `PAYS` say in its lake; state forgets it again."""
    home = Home(tmp_path_factory.mktemp("template") / "home")
    home.root.mkdir()
    with django_db_blocker.unblock(), transaction.atomic():
        live(home, WORLD, PAYS)
        transaction.set_rollback(True)
    return home.root


@pytest.fixture
def lived(home, template) -> Home:
    """A home of its own in which that has happened."""
    shutil.copytree(template, home.root, dirs_exist_ok=True)
    return home


def declare(name: str, where: str, now=NOW, over: str = "account") -> None:
    text = f'title = "{name}"\nover = "{over}"\nwhere = """{where}"""\n'
    put_in_force("segment", name, text, now=now, by="ada")


def told(home, name: str = "exports") -> list[tuple]:
    """The events of one segment that are in the lake, after everything was shipped."""
    inbox = open_inbox(home)
    try:
        ship(home, inbox, DECODERS, lambda batch, rejected: _refuse(rejected), NOW)
    finally:
        inbox.close()
    with reading(home, fresh=True) as reader:
        rows = reader.rows(TOLD)
    return sorted(
        (row["occurred_at"], row["name"], row["account_key"] or row["user_id"], row["properties"])
        for row in rows
        if f'"segment":"{name}"' in row["properties"]
    )


def _refuse(rejected) -> None:
    assert not rejected, rejected


def short(rows) -> list[tuple]:
    return [(name.removeprefix("Segment "), who) for _, name, who, _ in rows]


def test_what_comes_with_tenure_begins_without_anybody_entering(lived):

    followed = follow_segments(lived, NOW)

    assert followed.evaluated == len(segments())
    assert {stay.entered_because for stay in SegmentMember.objects.all()} == {"start"}
    stages = [stay.segment for stay in segments_of("acme") if stay.segment.startswith("stage_")]
    assert len(stages) == 1
    assert told(lived, stages[0]) == []


def test_who_fulfils_a_new_segment_enters_it_because_of_the_definition(lived):
    declare("exports", EXPORTS)

    assert follow_segments(lived, NOW).entered > 0

    [(at, name, who, said)] = told(lived)
    assert (at, name, who) == (NOW, "Segment Entered", "acme")
    assert '"because":"definition"' in said
    assert f'"digest":"{segment_named("exports").digest}"' in said


def test_a_second_look_without_news_evaluates_nothing(lived):
    declare("exports", EXPORTS)
    follow_segments(lived, NOW)

    assert follow_segments(lived, NOW + timedelta(minutes=1)).evaluated == 0
    assert len(told(lived)) == 1


def test_accounts_come_and_go_with_what_they_do(lived):
    declare("exports", EXPORTS)
    follow_segments(lived, NOW)
    later = NOW + timedelta(days=40)
    live(lived, "day 400  track  bob @beta  Report Exported", now=later)

    follow_segments(lived, later)

    assert short(told(lived)) == [("Entered", "acme"), ("Entered", "beta"), ("Left", "acme")]
    assert [said.count('"because":"change"') for *_, said in told(lived)] == [0, 1, 1]
    [stay] = stays("exports", "acme")
    assert (stay.entered_at, stay.left_at) == (NOW, later)


def test_who_comes_back_has_two_stays(lived):
    declare("exports", EXPORTS)
    follow_segments(lived, NOW)
    for days, event in ((40, ""), (45, "day 410  track  ada @acme  Report Exported")):
        live(lived, event, now=NOW + timedelta(days=days))
        follow_segments(lived, NOW + timedelta(days=days))

    assert [stay.left_at is None for stay in stays("exports", "acme")] == [True, False]
    assert short(told(lived)) == [("Entered", "acme"), ("Left", "acme"), ("Entered", "acme")]


def test_a_changed_condition_is_an_entry_or_exit_that_says_so(lived):
    declare("exports", EXPORTS)
    follow_segments(lived, NOW)
    declare("exports", "plan = 'Team'", now=NOW + timedelta(hours=1))

    follow_segments(lived, NOW + timedelta(hours=1))

    rows = told(lived)
    assert short(rows) == [("Entered", "acme"), ("Entered", "beta"), ("Left", "acme")]
    assert all('"because":"definition"' in said for *_, said in rows)


def test_everybody_leaves_a_segment_that_is_withdrawn(lived):
    declare("exports", EXPORTS)
    follow_segments(lived, NOW)
    withdraw("segment", "exports", now=NOW)

    follow_segments(lived, NOW + timedelta(hours=1))

    assert short(told(lived)) == [("Entered", "acme"), ("Left", "acme")]
    assert not SegmentFollowed.objects.filter(segment="exports").exists()
    assert [stay.left_because for stay in stays("exports", "acme")] == ["definition"]


def test_killed_before_telling_the_events_are_told_at_the_next_look(lived):
    declare("exports", EXPORTS)
    following = Following(read_manifest(lived), NOW)
    following.evaluate(lived, segments())
    assert told(lived) == []

    follow_segments(lived, NOW + timedelta(minutes=5))

    assert short(told(lived)) == [("Entered", "acme")]


def test_killed_after_telling_the_same_events_are_told_again_and_dropped(lived):
    declare("exports", EXPORTS)
    follow_segments(lived, NOW)
    SegmentMember.objects.update(is_entry_told=False)  # as if it had died before it could note it

    assert tell(lived, "", NOW + timedelta(minutes=5)) > 0

    assert short(told(lived)) == [("Entered", "acme")]


def test_killed_among_the_members_the_rest_follows(lived):
    declare("paying", "mrr_minor > 0")
    SegmentMember.objects.create(
        segment="paying", over="account", subject_id="acme", entered_at=NOW,
        entered_because="definition", entered_digest=segment_named("paying").digest,
    )  # fmt: skip

    follow_segments(lived, NOW + timedelta(minutes=1))

    assert short(told(lived, "paying")) == [("Entered", "acme"), ("Entered", "beta")]


def test_nobody_is_in_a_segment_twice_at_a_time(home):
    stay = {
        "segment": "x", "over": "account", "subject_id": "acme", "entered_at": NOW,
        "entered_because": "change", "entered_digest": "d",
    }  # fmt: skip
    SegmentMember.objects.create(**stay)

    with pytest.raises(IntegrityError), transaction.atomic():
        SegmentMember.objects.create(**stay)


def test_a_segment_that_cannot_be_asked_any_more_keeps_its_members_and_says_why(lived):
    declare("exports", EXPORTS)
    follow_segments(lived, NOW)
    text = 'title = "Exports"\nwhere = "gone_column > 3"\n'
    DefinitionVersion.objects.filter(name="exports").update(text=text, digest=digest(text))

    follow_segments(lived, NOW + timedelta(hours=1))

    assert "no column `gone_column`" in SegmentFollowed.objects.get(segment="exports").problem
    assert short(told(lived)) == [("Entered", "acme")]
    DefinitionVersion.objects.filter(name="exports").update(text='title = "E"\nwhere = "true"\n')
    follow_segments(lived, NOW + timedelta(hours=2))
    assert SegmentFollowed.objects.get(segment="exports").problem == ""
    assert short(told(lived)) == [("Entered", "acme"), ("Entered", "beta")]


def test_people_enter_by_their_own_name(lived):
    declare("buyers", "account.plan = 'Pro'", over="person")

    follow_segments(lived, NOW)

    assert short(told(lived, "buyers")) == [("Entered", "ada")]


def test_members_of_a_past_time_are_those_known_then(lived):
    exports = segment_named_condition(EXPORTS)

    assert member_ids(lived, exports) == ["acme"]
    assert member_ids(lived, exports, DAY_0 + timedelta(days=340)) == []
    assert count_of(lived, exports, DAY_0 + timedelta(days=351)) == 1


def test_why_is_asked_of_the_published_state(lived):

    found = why_in(lived, segment_named_condition("plan = 'Pro' and mrr_minor > 100"), "acme")

    assert [reason.sentence() for reason in found.reasons] == [
        "plan is 'Pro', as asked",
        "mrr_minor is 1000, and 1000 > 100 holds",
    ]
    with pytest.raises(NotFound):
        why_in(lived, segment_named_condition("mrr_minor > 100"), "nobody")


def segment_named_condition(text):
    from tenure.segments.condition import read_condition

    return read_condition(text)


def test_who_is_forgotten_was_never_in_a_segment(lived):
    follow_segments(lived, NOW)

    assert forget_in_segments(["acme"], []) > 0
    assert segments_of("acme") == []
    assert segments_of("beta") != []


def test_an_installation_without_data_has_no_members(home):
    assert follow_segments(home, NOW).evaluated == 0


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("quiet", 'title = "Q"\nwhere = "last_seen_day > 14"',
         "segments/quiet.toml: where: line 1, column 1: no column `last_seen_day`; "
         "did you mean `days_since_seen`?"),
        ("quiet", 'title = "Q"\nwhere = "true"\nover = "team"',
         "segments/quiet.toml: over: there is no value 'team'; use account, person"),
        ("quiet", 'where = "true"', "segments/quiet.toml: title: this is missing; add it"),
        ("stage_new", 'title = "Q"\nwhere = "true"', "a segment that Tenure comes with"),
        ("Not A Name", 'title = "Q"\nwhere = "true"', "is no name"),
        ("editor", 'title = "Q"\nwhere = "true"', "choose another name"),
    ],
)  # fmt: skip
def test_a_definition_is_refused_with_its_place(home, name, text, message):
    with pytest.raises(BadDefinition, match=r".") as caught:
        check_segment(text, f"segments/{name}.toml")

    assert message in caught.value.message


def test_a_definition_warns_of_events_that_nobody_sent(lived):

    [warning] = check_segment(
        'title = "Q"\nwhere = "did(\'Report Exportd\', 3) > 1"', "segments/q.toml"
    )

    assert warning.endswith(
        "no event 'Report Exportd' has been seen yet; did you mean 'Report Exported'?"
    )
