"""Lessons and goals: read from files, followed by events, and forgotten with who learned."""

import json
from datetime import UTC, datetime

import pytest
from django.test import Client
from icalendar import Calendar

from card.card_worlds import live
from content.content_worlds import accounts, person
from customers.arriving import NOW, arrive, events
from tenure.app.decoders import DECODERS
from tenure.base.errors import BadDefinition
from tenure.content.forgetting import forget_in_content
from tenure.content.learn_link import Learner, certificate_path, lesson_path
from tenure.content.lesson_file import check_goal, check_lesson, read_goal, read_lesson
from tenure.content.lessons import goal_named, lesson_named
from tenure.content.models import GoalReached, LessonProgress
from tenure.content.progress import EVENTS_AT_ONCE, begin_anew, follow_content, parts_of
from tenure.customers.follow import follow
from tenure.definitions.files import apply
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import reading
from tenure.lake.shipping import ship
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db

PAGE = 'title = { en = "Reports", "zh-hans" = "报告" }\nlanguages = ["en", "zh-hans"]\n'
PAGES = {"page.en.md": "Open *Reports*.\n", "page.zh-hans.md": "打开*报告*。\n"}
VIDEO = 'title = { en = "Portal" }\nkind = "video"\nlink = "https://video.test/portal"\n'
COURSE = 'title = { en = "All" }\nkind = "course"\nparts = ["reports", "portal"]\n'
WEBINAR = """
title = { en = "Live" }
kind = "webinar"
link = "https://live.test/1"
starts_at = 2026-02-03T15:00:00+01:00
minutes = 45
"""
EXPORTS = """
title = { en = "Two exports in a week" }
event = "Report Exported"
times = 2
within_days = 7
certificate = true
recognition = true
[reward]
text = { en = "Ten more reports" }
task = "Give them ten more reports"
"""
SCHOOL = 'title = { en = "Through the course" }\nlessons = ["reports", "portal"]\n'
WORLD = """
    day 1    identify  ada @acme   {"name": "Ada"}
    day 1    identify  bob @acme   {"name": "Bob"}
    day 350  track     ada @acme   Report Exported
    day 358  track     ada @acme   Report Exported
    day 363  track     ada @acme   Report Exported
    day 350  track     bob @acme   Report Exported
    day 360  track     ada @acme   Lesson Started   {"lesson": "reports"}
    day 361  track     ada @acme   Lesson Finished  {"lesson": "reports"}
    day 362  track     ada @acme   Video Watched    {"video": "p1"}
    day 362  track     bob @acme   Video Watched    {"video": "p2"}
    day 363  track     bob @acme   Lesson Finished  {"lesson": "none_such"}
    day 363  track     bob @acme   Lesson Started   {"lesson": "portal"}
"""


def declare(name: str, text: str, **files: str) -> None:
    packed = pack({"lesson.toml": text} | files, "lesson.toml", f"lessons/{name}")
    put_in_force("lesson", name, packed, now=NOW, by="ada")


def declare_goal(name: str, text: str) -> None:
    put_in_force("goal", name, text, now=NOW, by="ada")


def declare_all() -> None:
    declare("reports", PAGE, **PAGES)
    shown = '[finished]\nevent = "Video Watched"\nproperty = "video"\nvalue = "p1"\n'
    declare("portal", VIDEO + shown)
    declare("all", COURSE)


def reach(subject: str) -> None:
    GoalReached.objects.create(
        goal="exports", over="person", subject_id=subject, account_id="acme", reached_at=NOW,
        public_id=f"goal_{subject}",
    )  # fmt: skip


def progress() -> list[str]:
    rows = LessonProgress.objects.order_by("person_id", "lesson")
    return [
        f"{row.person_id} {row.lesson} {_day(row.started_at)} {_day(row.finished_at)}"
        for row in rows
    ]


def _day(at: datetime | None) -> str:
    return f"{at:%m-%d}" if at else "-"


# --- files


@pytest.mark.parametrize(
    ("text", "files", "message"),
    [
        (PAGE, {}, "lesson.toml: link: there is no page.en.md; add it, or a link"),
        (VIDEO.replace("https", "ftp"), {}, "link: 'ftp://video.test/portal' is no address"),
        (VIDEO + 'stages = ["nwe"]', {}, "there is no stage 'nwe'; did you mean 'new'?"),
        (VIDEO + "starts_at = 2026-02-03T15:00:00Z", {}, "only a webinar begins at a time"),
        (WEBINAR.replace("+01:00", ""), {}, "is no time with a zone"),
        (VIDEO, {"page.de.md": "x"}, "page.de.md: no language of this lesson has it"),
        (COURSE.replace('"portal"', '"all"'), {}, "parts: it is a part of itself"),
        (VIDEO + '[finished]\nevent = "A"\nproperty = "p"', {}, "name a property and its value"),
    ],
)
def test_a_mistake_in_a_lesson_is_refused_with_its_place(text, files, message):
    with pytest.raises(BadDefinition) as refused:
        read_lesson({"lesson.toml": text} | files, "lessons/all")
    assert message in refused.value.message


def test_a_goal_states_one_thing_that_reaches_it():
    with pytest.raises(BadDefinition, match="state one thing that reaches it"):
        read_goal(EXPORTS.replace("times", 'lessons = ["a"]\ntimes'), "goals/two.toml")
    with pytest.raises(BadDefinition, match='write over = "account"'):
        read_goal('title = { en = "A" }\noutcome = "x"', "goals/two.toml")
    assert read_goal(EXPORTS, "goals/two.toml").name == "two"


@pytest.mark.django_db
def test_what_is_not_there_yet_is_a_warning(home):
    packed = pack({"lesson.toml": COURSE}, "lesson.toml", "lessons/all")

    assert check_lesson(packed, "lessons/all") == [
        "lessons/all: parts: there is no lesson 'reports' in force yet",
        "lessons/all: parts: there is no lesson 'portal' in force yet",
    ]
    assert check_goal(SCHOOL, "goals/a.toml")[0].endswith("no lesson 'reports' in force yet")
    with pytest.raises(BadDefinition, match="there is no 'gone' in product.toml"):
        check_goal('title = { en = "A" }\nover = "account"\noutcome = "gone"', "goals/a.toml")


# --- progress


@pytest.fixture
def lived(home):
    """What happened has arrived, and nothing else follows from it yet."""
    declare_all()
    arrive(home, events(WORLD))
    follow(home, NOW)
    return home


@pytest.fixture
def refreshed(home):
    declare_all()
    live(home, WORLD)
    return home


def test_events_say_who_began_and_finished_what(lived):
    follow_content(lived, NOW)

    assert progress() == [
        "ada all 12-27 12-29",
        "ada portal 12-29 12-29",
        "ada reports 12-27 12-28",
        "bob all 12-30 -",
        "bob portal 12-30 -",
    ]


def test_the_same_events_again_change_nothing(lived):
    first = follow_content(lived, NOW)
    before = progress()
    begin_anew()
    again = follow_content(lived, NOW)

    assert first.progress == 5
    assert (again.progress, progress()) == (0, before)
    assert follow_content(lived, NOW).progress == 0


def test_a_lesson_that_is_declared_later_counts_what_happened_before(lived):
    follow_content(lived, NOW)
    shown = '[finished]\nevent = "Video Watched"\nproperty = "video"\nvalue = "p2"\n'
    declare("second", VIDEO + shown)

    follow_content(lived, NOW)

    assert "bob second 12-29 12-29" in progress()


def test_much_is_read_in_parts_of_whole_batches():
    assert parts_of([]) == []
    assert parts_of([(3, 10)]) == [(2, 3)]
    most = EVENTS_AT_ONCE
    drawn = [(1, most - 5), (2, 5), (4, 1), (7, most + 9), (8, 1), (9, 1)]
    assert parts_of(drawn) == [(0, 2), (3, 4), (6, 7), (7, 9)]


def test_an_earlier_event_that_comes_late_is_the_first(lived):
    follow_content(lived, NOW)
    arrive(lived, events('day 300  track  ada @acme  Lesson Finished  {"lesson": "reports"}'))

    follow_content(lived, NOW)

    assert "ada reports 10-28 10-28" in progress()


# --- goals


def test_a_goal_is_reached_once_and_its_reward_is_a_task(refreshed):
    declare_goal("exports", EXPORTS)
    declare_goal("school", SCHOOL)

    follow_content(refreshed, NOW)
    begin_anew()
    follow_content(refreshed, NOW)

    rows = GoalReached.objects.order_by("goal")
    assert [(row.goal, row.subject_id, _day(row.reached_at)) for row in rows] == [
        ("exports", "ada", "12-30"),
        ("school", "ada", "12-29"),
    ]
    task = Task.objects.get()
    assert (task.title, task.person_id, task.account_id) == (
        "Give them ten more reports", "ada", "acme",
    )  # fmt: skip


def test_a_goal_is_told_once_so_that_plays_can_begin_by_it(refreshed):
    declare_goal("exports", EXPORTS)
    follow_content(refreshed, NOW)
    begin_anew()
    follow_content(refreshed, NOW)

    inbox = open_inbox(refreshed)
    ship(refreshed, inbox, DECODERS, lambda *_: None, NOW)
    inbox.close()
    with reading(refreshed, fresh=True) as reader:
        rows = reader.relation("event").to_pylist()
    told = [row for row in rows if row["name"] == "Goal Reached"]
    assert [(row["user_id"], row["account_key"], row["properties"]) for row in told] == [
        ("ada", "acme", '{"goal": "exports"}')
    ]


def test_a_folder_of_lessons_and_goals_is_put_in_force(home, tmp_path):
    folder = tmp_path / "lessons" / "reports"
    folder.mkdir(parents=True)
    for name, text in {"lesson.toml": PAGE, **PAGES}.items():
        (folder / name).write_text(text)
    (tmp_path / "goals").mkdir()
    (tmp_path / "goals" / "exports.toml").write_text(EXPORTS)

    applied = apply(tmp_path, now=NOW, by="ada")

    assert [(each.kind, each.name) for each in applied] == [
        ("lesson", "reports"),
        ("goal", "exports"),
    ]
    assert (lesson_named("reports").title["en"], goal_named("exports").times) == ("Reports", 2)


def test_what_was_reached_long_ago_opens_no_task(refreshed):
    declare_goal("exports", EXPORTS.replace("times = 2", "times = 1"))

    follow_content(refreshed, NOW)

    assert GoalReached.objects.count() == 2
    assert Task.objects.count() == 0


def test_nobody_is_named_who_did_not_ask_for_it(home, client: Client):
    declare_goal("exports", EXPORTS)
    accounts("acme")
    person("ada")
    reach("ada")
    link = certificate_path(GoalReached.objects.get().public_id)
    assert "Ada" not in client.get("/reached/exports").content.decode()
    page = client.get(link).content.decode()
    assert "Two exports in a week" in page
    assert "Ten more reports" in page

    client.post(link, {"action": "name", "named_as": "Ada L."})
    assert "Ada L." in client.get("/reached/exports").content.decode()

    client.post(link, {"action": "unname"})
    assert "Ada L." not in client.get("/reached/exports").content.decode()
    assert client.get(link[:-2]).status_code == 404


def test_who_is_forgotten_learned_nothing(lived):
    follow_content(lived, NOW)
    reach("ada")

    forget_in_content([], ["ada"], NOW)

    assert progress() == ["bob all 12-30 -", "bob portal 12-30 -"]
    assert GoalReached.objects.count() == 0


# --- pages


def test_a_lesson_is_a_page_in_the_languages_it_has(home, client: Client):
    declare_all()
    english = client.get(lesson_path("reports")).content.decode()
    chinese = client.get(lesson_path("reports") + "?language=zh-hans").content.decode()
    traditional = client.get(lesson_path("reports") + "?language=zh-hant").content.decode()

    assert "Open <em>Reports</em>." in english
    assert "打开<em>报告</em>。" in chinese
    assert '<article lang="en"' in traditional
    assert client.get("/learn/none_such").status_code == 404
    assert "https://video.test/portal" in client.get(lesson_path("portal")).content.decode()


def test_somebody_says_that_they_have_finished_and_looking_says_nothing(home, client: Client):
    declare_all()
    accounts("acme")
    person("ada")
    link = lesson_path("reports", Learner("ada", "acme"))
    assert "I have finished this" in client.get(link).content.decode()
    assert client.post(link, {"action": "finish"}).status_code == 303
    client.post(link, {"action": "finish"})

    inbox = open_inbox(home)
    shipped = ship(home, inbox, DECODERS, lambda *_: None, datetime(2030, 1, 1, tzinfo=UTC))
    inbox.close()
    follow_content(home, NOW)

    assert shipped.events == 1
    [row] = LessonProgress.objects.filter(lesson="reports")
    assert (row.person_id, row.account_id, row.finished_at is not None) == ("ada", "acme", True)
    page = client.get(lesson_path("all", Learner("ada", "acme"))).content.decode()
    assert "finished" in page


def test_an_old_link_makes_nobody_known_again(home, client: Client):
    declare_all()
    client.post(lesson_path("reports", Learner("gone", "acme")), {"action": "finish"})
    inbox = open_inbox(home)
    shipped = ship(home, inbox, DECODERS, lambda *_: None, datetime(2030, 1, 1, tzinfo=UTC))
    inbox.close()

    assert shipped.events == 0


def test_a_webinar_goes_into_a_calendar(home, client: Client):
    declare("live", WEBINAR)
    reply = client.get("/learn/live.ics")
    [event] = Calendar.from_ical(reply.content).walk("VEVENT")

    assert reply["content-type"].startswith("text/calendar")
    assert event.decoded("dtstart") == datetime(2026, 2, 3, 14, tzinfo=UTC)
    assert event.decoded("dtend") == datetime(2026, 2, 3, 14, 45, tzinfo=UTC)
    assert str(event["summary"]) == "Live"
    assert client.get("/learn/none_such.ics").status_code == 404


def test_properties_that_are_no_object_show_nothing(lived):
    row = events("day 364  track  bob @acme  Lesson Finished")[0] | {"properties": json.dumps([1])}
    arrive(lived, [row])

    follow_content(lived, NOW)

    assert "bob reports" not in " ".join(progress())
