"""Words and lessons where ids were merged or forgotten, days differ by zone, and things come twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import translation

from content.content_worlds import accounts, person, said_by
from customers.arriving import NOW, arrive, events
from tenure.app.decoders import DECODERS
from tenure.base.clock import system_clock
from tenure.content import asks
from tenure.content.forgetting import forget_in_content
from tenure.content.importing import (
    _note_mentions,
    ask_for_mentions,
    day_at,
    follow_mentions,
    import_mentions,
    mentions,
    take_back_forgotten,
    take_mentions_asked_for,
    untaken_mentions,
)
from tenure.content.learn_link import Learner, certificate_path, lesson_path
from tenure.content.lesson_file import read_goal
from tenure.content.models import Ask, GoalReached, LessonProgress
from tenure.content.models import Testimonial as Words
from tenure.content.progress import _reach
from tenure.content.pupils import pupil
from tenure.content.testimonials import Said, keep
from tenure.customers.merging import merge
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.lake.shipping import ship
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db
GOAL = """
title = { en = "Ten" }
event = "Report Exported"
certificate = true
[reward]
text = { en = "A mug" }
task = "Send a mug"
"""
LESSON = 'title = { en = "Reports" }\nlink = "https://x.test"\n'


def in_zone(home, zone: str) -> None:
    home.settings_file.write_text(f'[company]\ntime_zone = "{zone}"\n')


def reached(subject: str, over: str = "person", account: str = "acme") -> GoalReached:
    return GoalReached.objects.create(
        goal="ten", over=over, subject_id=subject, account_id=account, public_id=f"goal_{subject}",
        reached_at=datetime(2026, 5, 2, 22, tzinfo=UTC),
    )  # fmt: skip


def declare() -> None:
    packed = pack({"lesson.toml": LESSON}, "lesson.toml", "lessons/reports")
    put_in_force("lesson", "reports", packed, now=NOW, by="ada")
    put_in_force("goal", "ten", GOAL, now=NOW, by="ada")


# --- merged


def test_what_was_said_by_an_id_that_is_another_now_can_be_taken_back_by_the_same_link(
    home, client: Client
):
    accounts("acme")
    person("old")
    person("ann")
    link = asks.personal_path("acme", "old")
    client.post(link, {"action": "say", "words": "Fine.", "may_mail": "1"})
    merge("person", "old", "ann", now=NOW)

    assert "Fine." in client.get(link).content.decode()
    client.post(link, {"action": "back"})
    assert Words.objects.get().withdrawn_at is not None


def test_who_reached_a_goal_before_they_were_merged_gets_it_once(home):
    person("old")
    person("ann")
    goal, at = read_goal(GOAL, "goals/ten.toml"), datetime(2026, 5, 9, tzinfo=UTC)
    now = datetime(2026, 5, 10, tzinfo=UTC)
    assert _reach(goal, {"old": ("acme", at)}, now.date(), now) == 1
    merge("person", "old", "ann", now=now)

    assert _reach(goal, {"ann": ("acme", at), "bob": ("acme", at)}, now.date(), now) == 1
    assert sorted(GoalReached.objects.values_list("subject_id", flat=True)) == ["bob", "old"]
    assert Task.objects.count() == 2


def test_what_they_finished_before_they_were_merged_is_not_taught_again(home, client: Client):
    declare()
    accounts("acme")
    person("old")
    person("ann")
    LessonProgress.objects.create(
        person_id="old", account_id="acme", lesson="reports", started_at=NOW, finished_at=NOW
    )
    merge("person", "old", "ann", now=NOW)

    assert pupil("acme", "en", "ann").finished == {"reports"}
    page = client.get(lesson_path("reports", Learner("ann", "acme"))).content.decode()
    assert "You have finished this." in page


# --- forgotten


def test_forgetting_an_account_leaves_a_person_of_the_same_number_alone(home):
    reached("42", account="acme")
    reached("7", over="account", account="7")

    forget_in_content(["42"], [], NOW)
    assert GoalReached.objects.count() == 2
    forget_in_content(["7"], [], NOW)
    assert [each.subject_id for each in GoalReached.objects.all()] == ["42"]


def test_an_old_link_makes_no_account_known_again(home, client: Client):
    declare()
    person("ann")
    client.post(lesson_path("reports", Learner("ann", "gone")), {"action": "finish"})
    link = asks.personal_path("gone", "ann")
    client.post(link, {"action": "say", "words": "Fine.", "may_mail": "1"})

    inbox = open_inbox(home)
    ship(home, inbox, DECODERS, lambda *_: None, system_clock())
    inbox.close()
    with reading(home, fresh=True) as reader:
        rows = reader.relation("event").to_pylist()
    assert [(row["user_id"], row["account_key"]) for row in rows] == [("ann", None)] * 2
    assert Words.objects.get().account_id == ""


def test_nobody_has_finished_who_only_wrote_so_into_the_address(home, client: Client):
    declare()
    reply = client.post(lesson_path("reports", Learner("gone", "")), {"action": "finish"})

    assert "done" not in reply["location"]
    assert "You have finished" not in client.get("/learn/reports?done=finish").content.decode()


def test_a_lesson_shows_its_pictures_and_no_other_page_loads_anything(home, client: Client):
    text = LESSON.replace('link = "https://x.test"\n', "")
    page = {"page.en.md": "![The button](https://x.test/a.png)"}
    packed = pack({"lesson.toml": text} | page, "lesson.toml", "lessons/reports")
    put_in_force("lesson", "reports", packed, now=NOW, by="ada")
    reply = client.get("/learn/reports")

    assert '<img src="https://x.test/a.png" alt="The button"' in reply.content.decode()
    assert "default-src 'none'" in reply["content-security-policy"]
    assert "img-src https: data:;" in reply["content-security-policy"]
    assert "img-src data:;" in client.get("/learn/none")["content-security-policy"]


# --- twice


def test_a_mails_link_that_is_used_twice_at_once_is_one_ask(home):
    accounts("acme")
    person("ann")
    token = asks.personal_path("acme", "ann").removeprefix(asks.PATH)
    one, other = asks.ask_of(token, NOW), asks.ask_of(token, NOW)

    assert asks.kept(one) == asks.kept(other)
    assert Ask.objects.count() == 1


def mentioned(home) -> None:
    """Three things were said in public, one of them nowhere."""
    said = '{{"text": "{}", "url": "{}"}}'
    drawn = [
        ("Quick.\\r\\nVery.", "https://g.test/1"),
        ("No address.", "nowhere"),
        ("Slow.", "https://g.test/2"),
    ]
    rows = []
    for number, (words, url) in enumerate(drawn):
        [row] = events(f"day {number + 1}  mention  bob  Mention")
        rows.append(row | {"properties": said.format(words, url)})
    arrive(home, rows)
    refresh(home, NOW, packages=("tenure.lake",))


def test_one_mention_that_cannot_be_kept_keeps_no_other_out(home):
    mentioned(home)
    added, problems = import_mentions(home, now=NOW, by="ada")

    assert (added, [each.partition(":")[0] for each in problems]) == (2, ["nowhere"])
    assert import_mentions(home, now=NOW, by="ada") == (0, problems)
    assert Words.objects.count() == 2


def test_mentions_are_counted_and_taken_in_behind_the_page(home, visitor: Client):
    said_by("", "Kept.")  # a page with something on it
    mentioned(home)
    assert "imported mention" not in visitor.get("/proof").content.decode()
    assert follow_mentions(home, NOW) == 0
    assert "3 imported mentions have an address" in visitor.get("/proof").content.decode()

    visitor.post("/proof/mentions")
    assert "being taken in" in visitor.get("/proof").content.decode()
    assert [take_mentions_asked_for(home, NOW) for _ in range(2)] == [2, 0]
    page = visitor.get("/proof").content.decode()
    assert "1 imported mention has an address" in page
    assert "tenure content import --mentions says why" in page
    assert Words.objects.exclude(kept_by="themselves").count() == 2  # by whoever pressed


def test_what_somebody_said_who_was_forgotten_while_it_was_taken_in_goes_again(home):
    mentioned(home)
    found = [each.said for each in mentions(home) if each.said.source_url != "nowhere"]
    gone = replace(found[1], words="What they said is in the lake no more.")
    taken = {keep(said, now=NOW, by="ada").pk: said for said in (found[0], gone)}
    assert take_back_forgotten(home, taken) == 1
    assert Words.objects.get().words == found[0].words


def test_who_asks_for_mentions_while_they_are_counted_has_asked(home):
    mentioned(home)
    follow_mentions(home, NOW)
    ask_for_mentions("ada")
    _note_mentions(3, untaken=3)  # of a look that began before

    assert untaken_mentions() == (3, True)
    assert take_mentions_asked_for(home, NOW) == 2
    assert untaken_mentions() == (1, False)


# --- days and languages


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland"])
def test_a_day_is_that_day_where_the_company_is(home, zone: str):
    in_zone(home, zone)

    assert day_at("2026-05-03").date().isoformat() == "2026-05-03"
    assert day_at("2026-05-03").tzinfo.key == zone
    assert day_at("2026-05-03T08:00:00Z") == datetime(2026, 5, 3, 8, tzinfo=UTC)


def test_a_certificate_names_the_companys_day(home, client: Client):
    in_zone(home, "Europe/Berlin")
    declare()
    person("ann")
    link = certificate_path(reached("ann").public_id)

    assert "May 3, 2026" in client.get(link).content.decode()


@pytest.mark.parametrize(
    ("said", "kept"), [("zh_CN", "zh-hans"), ("zh-TW", "zh-hant"), ("zh", "zh-hans"), ("EN", "en")]
)
def test_chinese_is_kept_by_its_script(home, said: str, kept: str):
    assert keep(Said("很好", said, NOW), now=NOW, by="ada").language == kept


def test_a_page_may_ask_for_any_language_and_dates_are_in_one_there_is(home, client: Client):
    said_by("acme", "Sehr gut.", language="de")
    given = client.get("/proof.json?language=de-xx99").json()["items"]

    assert [each["where"] for each in given] == ["10. Mai 2026"]
    assert client.get("/proof.json?language=%00../../x").json() == {"items": []}
    assert translation.get_language() == "en"
