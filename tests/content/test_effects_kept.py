"""What a lesson did is counted in the background, and beside accounts that chance chose."""

from datetime import timedelta

import pytest

from card.card_worlds import live
from customers.arriving import NOW
from tenure.content.effects import _below, _spells
from tenure.content.effects_kept import follow_effects, kept_effect
from tenure.content.models import LessonEffect, LessonProgress
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force

pytestmark = pytest.mark.django_db
LESSON = 'title = { en = "Reports" }\nlink = "https://x.test"\n'


def lesson(name: str, more: str = "") -> None:
    packed = pack({"lesson.toml": LESSON + more}, "lesson.toml", f"lessons/{name}")
    put_in_force("lesson", name, packed, now=NOW, by="ada")


def test_it_is_counted_once_a_day_and_when_the_lesson_changed(home):
    live(home, 'day 300  group  ada @acme  {"name": "Acme"}')
    lesson("reports")
    LessonProgress.objects.create(
        person_id="ada", account_id="acme", lesson="reports", finished_at=NOW - timedelta(days=40)
    )
    assert kept_effect("reports") is None
    counted = [follow_effects(home, NOW) for _ in range(2)]
    first = kept_effect("reports")
    lesson("reports", "minutes = 5\n")
    counted.append(follow_effects(home, NOW))
    counted.append(follow_effects(home, NOW + timedelta(days=1)))
    later = kept_effect("reports")

    assert counted == [1, 0, 1, 1]
    assert (first.effect.finished, first.counted_on) == (1, NOW.date())
    assert (first.effect.retention.difference, first.effect.retention.missing) == (None, 20)
    assert later.counted_on == NOW.date() + timedelta(days=1)

    LessonEffect.objects.create(lesson="gone", told={}, counted_on=NOW.date(), digest="x")
    LessonEffect.objects.filter(lesson="reports").update(told={"ended": 1})  # by another release
    assert kept_effect("reports") is None
    follow_effects(home, NOW + timedelta(days=1))
    assert [row.lesson for row in LessonEffect.objects.all()] == ["reports"]
    assert kept_effect("reports").effect.finished == 1


def test_the_pages_say_that_it_was_not_counted_yet_and_count_nothing(home, visitor):
    lesson("reports")
    pages = [visitor.get(path) for path in ("/education", "/education/lessons/reports")]

    assert [page.status_code for page in pages] == [200, 200]
    assert all("Not counted yet" in page.content.decode() for page in pages)
    assert not LessonEffect.objects.exists()


def test_paying_is_read_of_the_days_on_which_it_changed():
    day = NOW.date()
    told = _spells(
        [("a", day, True), ("a", day + timedelta(3), False), ("a", day + timedelta(9), True)]
    )

    assert [(each.starts_on, each.ended_on) for each in told["a"]] == [
        (day, day + timedelta(3)), (day + timedelta(9), None),
    ]  # fmt: skip


def test_a_share_of_all_accounts_is_those_whose_digest_is_below():
    assert [_below(share) for share in (2, 0.5, 1 / 16)] == ["g", "80000000", "10000000"]
