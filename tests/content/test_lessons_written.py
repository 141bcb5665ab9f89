"""Lessons and goals are written in the console: checked, looked at, published over what was seen."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from content.content_worlds import NOW
from tenure.console.models import DefinitionDraft
from tenure.content.lessons import goals, lesson_named, lessons
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force, versions

pytestmark = pytest.mark.django_db
EDIT, CHECK = "/education/lessons/reports/edit", "/education/lessons/reports/check"
TOML = 'title = { en = "Reports" }\nlanguages = ["en", "zh-hans"]\n'


def page(visitor: Client, path: str) -> str:
    reply = visitor.get(path, follow=True)
    assert reply.status_code == 200, reply.content.decode()[:2000]
    return re.sub(r"\s+", " ", reply.content.decode())


def post(visitor: Client, path: str, **form: str) -> str:
    return visitor.post(path, form, follow=True).content.decode()


def test_a_lesson_is_begun_written_file_by_file_looked_at_and_published(home, visitor: Client):
    assert "Name of a new lesson" in page(visitor, "/education")
    assert "page.en.md" in page(visitor, "/education/write/lesson?name=Reports")
    assert not DefinitionDraft.objects.exists()  # a look alone keeps nothing

    wrong = post(visitor, CHECK, file="lesson.toml", text=TOML.replace("Rep", "R\n"))
    missing = post(visitor, CHECK, file="lesson.toml", text=TOML)
    assert "(at line 1, column" in wrong
    assert "lessons/reports/lesson.toml: title" in missing and "zh-hans" in missing
    post(visitor, CHECK, file="page.en.md", text="# How\n\nTwo *minutes*.\n")
    right = TOML.replace("}", ', zh-hans = "报告" }', 1)
    post(visitor, EDIT, file="lesson.toml", text=right, do="add", new="page.zh-hans.md")
    told = post(visitor, CHECK, file="page.zh-hans.md", text="两分钟。\n")
    assert "It can be published." in told
    assert 'src="/education/lessons/reports/look?language=zh-hans"' in told
    assert "Your drafts" in page(visitor, "/education")
    assert lessons() == {}

    look = visitor.get("/education/lessons/reports/look?language=zh-hans")
    assert "两分钟。" in look.content.decode()
    assert "sandbox" in look["content-security-policy"]
    assert "frame-ancestors 'self'" in look["content-security-policy"]
    assert look["x-frame-options"] == "SAMEORIGIN"
    assert "<em>minutes</em>" in page(visitor, "/education/lessons/reports/look?language=en")

    html = post(visitor, EDIT, file="page.zh-hans.md", text="两分钟。\n", do="publish")
    assert "Published. Mails and pages show it from now on." in html
    assert "Versions" in html
    assert lesson_named("reports").pages == {
        "en": "# How\n\nTwo *minutes*.\n",
        "zh-hans": "两分钟。\n",
    }
    assert not DefinitionDraft.objects.exists()


def test_what_is_wrong_is_not_published_and_nobody_is_overwritten(home, visitor: Client):
    def put(text: str) -> str:
        packed = pack({"lesson.toml": text}, "lesson.toml", "lessons/reports")
        return put_in_force("lesson", "reports", packed, now=NOW, by="bo").digest

    link = 'title = { en = "%s" }\nlink = "https://x.test"\n'
    first = put(link % "One")
    wrong = post(visitor, EDIT, file="lesson.toml", text="kind = 1", do="publish", base=first)
    assert "It is not published" in wrong
    second = put(link % "Two")
    html = post(visitor, EDIT, file="lesson.toml", text=link % "Mine", do="publish", base=first)
    assert "Somebody has published another version meanwhile" in html
    assert lesson_named("reports").title["en"] == "Two"
    assert DefinitionDraft.objects.get().base == second  # what it is compared with from now on
    post(visitor, EDIT, file="lesson.toml", text=link % "Mine", do="publish", base=second)
    assert lesson_named("reports").title["en"] == "Mine"

    assert [each.applied_by for each in versions("lesson", "reports")][1:] == ["bo", "bo"]
    shown = page(visitor, "/education/lessons/reports")
    assert f"?version={first}" in shown
    assert "One" in page(visitor, f"{EDIT}?version={first}")


def test_a_goal_is_written_alike_with_its_certificate_and_put_out_of_force(home, visitor: Client):
    edit = "/education/goals/ten/edit"
    text = 'title = { en = "Ten exports" }\nevent = "Report Exported"\ntimes = 10\n'
    assert "goal.toml" in page(visitor, "/education/write/goal?name=ten")
    check = "/education/goals/ten/check"
    assert "/look" not in post(visitor, check, file="goal.toml", text=text)
    told = post(visitor, check, file="goal.toml", text=text + "certificate = true\n")
    assert 'src="/education/goals/ten/look"' in told
    assert "Ten exports" in page(visitor, "/education/goals/ten/look")
    post(visitor, edit, file="goal.toml", text=text, do="publish")
    assert goals()["ten"].times == 10

    assert "not in force any more" in post(visitor, "/education/out/goal/ten")
    assert goals() == {}
    assert "Ten exports" in page(visitor, edit)  # it can be published again


def test_a_draft_is_seen_by_who_wrote_it_and_thrown_away_whole_or_by_file(home, visitor: Client):
    bo = get_user_model().objects.create_user("bo")
    theirs = pack({"lesson.toml": "", "page.en.md": "Of Bo."}, "lesson.toml", "lessons/reports")
    DefinitionDraft.objects.create(
        user=bo, kind="lesson", name="reports", text=theirs, base="", saved_at=NOW
    )
    assert "Of Bo." not in page(visitor, f"{EDIT}?file=page.en.md")
    post(visitor, CHECK, file="page.zh-hans.md", text="两分钟。")
    assert "两分钟。" in page(visitor, f"{EDIT}?file=page.zh-hans.md")
    post(visitor, EDIT, file="page.zh-hans.md", do="delete")
    assert "两分钟。" not in page(visitor, f"{EDIT}?file=page.zh-hans.md")
    post(visitor, EDIT, file="lesson.toml", do="discard")
    assert [draft.user for draft in DefinitionDraft.objects.all()] == [bo]

    goal = 'title = { en = "Ten" }\nevent = "Report Exported"\n'
    other = put_in_force("goal", "ten", goal, now=NOW, by="bo").digest
    assert visitor.get(f"{EDIT}?version={other}").status_code == 404


def test_names_that_are_none_lead_back_or_nowhere(home, visitor: Client):
    for none in ("%20!", "%E6%8A%A5%E8%A1%A8"):
        told = page(visitor, f"/education/write/lesson?name={none}")
        assert "Name it in a-z, 0-9" in told
    assert visitor.get("/education/lessons/Reports!/edit").status_code == 404
    assert visitor.get("/education/goals/none").status_code == 404
