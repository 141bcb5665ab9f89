"""The console's pages Proof and Education: what they show, and what their buttons do."""

import re

import pytest
from django.test import Client

from content.content_worlds import NOW, accounts, person, said_by
from tenure.content.models import GoalReached, LessonProgress
from tenure.content.models import Testimonial as Words
from tenure.customers.models import Person
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force

pytestmark = pytest.mark.django_db


def page(visitor: Client, path: str) -> str:
    reply = visitor.get(path)
    assert reply.status_code == 200, reply.content.decode()[:2000]
    return re.sub(r"\s+", " ", reply.content.decode())


@pytest.fixture
def northwind(home):
    accounts("acme plan=Pro stage=new\nbeta plan=Pro")
    person("ann")
    text = 'title = { en = "Reports" }\nlink = "https://x.test"\nstages = ["new"]\n'
    packed = pack({"lesson.toml": text}, "lesson.toml", "lessons/reports")
    put_in_force("lesson", "reports", packed, now=NOW, by="ada")
    goal = 'title = { en = "Ten" }\nevent = "Report Exported"\ntimes = 10\nrecognition = true\n'
    put_in_force("goal", "ten", goal, now=NOW, by="ada")
    return home


def test_pages_without_anything_say_what_comes_next(home, visitor):
    assert "Nothing that customers said is kept yet" in page(visitor, "/proof")
    assert "There is no lesson yet" in page(visitor, "/education")


def test_words_are_looked_at_tagged_cut_and_taken_back(northwind, visitor):
    form = {
        "url": "https://g2.test/1", "words": "Slow at first. Quick now.", "date": "2026-01-02",
        "who": "Bo", "language": "en", "kind": "review",
    }  # fmt: skip
    reply = visitor.post("/proof/public", form)
    said = Words.objects.get()
    one = f"/proof/said/{said.key}"
    assert reply["location"] == one
    assert "it stands in public" in page(visitor, one)

    visitor.post(f"{one}/decline", {"because": ""})
    said.refresh_from_db()
    assert said.standing == "waiting"
    visitor.post(f"{one}/approve")
    visitor.post(f"{one}/tag", {"stages": ["new"], "kept_from": "acme, beta.test"})
    visitor.post(f"{one}/shorten", {"excerpt": "Quick now."})
    visitor.post(f"{one}/agree", {"may_site": "1", "evidence": "mail of 3 May"})
    said.refresh_from_db()
    assert (said.standing, said.stages, said.kept_from, said.excerpt, said.scope) == (
        "approved", ["new"], ["acme", "beta.test"], "Quick now.", ["site"],
    )  # fmt: skip
    assert "Words of 1 customer may be shown" in page(visitor, "/proof")
    visitor.post(f"{one}/withdraw", {"evidence": "by phone"})
    assert "Taken back" in page(visitor, f"{one}")
    assert "by phone" in page(visitor, f"{one}")


def test_what_was_typed_into_words_is_text(northwind, visitor):
    said = said_by("acme", "<script>alert(1)</script>", who='"><b>x')

    for path in ("/proof", f"/proof/said/{said.key}"):
        html = page(visitor, path)
        assert "<script>alert(1)" not in html
        assert "<b>x" not in html


def test_a_list_is_narrowed_by_its_link_and_is_a_file(northwind, visitor):
    said_by("acme", "About reports.", features=["reports"])
    said_by("beta", "About the portal.", features=["portal"])

    narrowed = page(visitor, "/proof?feature=portal")
    assert ("About the portal." in narrowed, "About reports." in narrowed) == (True, False)
    assert "Nothing fits" in page(visitor, "/proof?state=declined")
    assert "Nothing fits" in page(visitor, "/proof?q=%00nobody")
    rows = visitor.get("/proof.csv?q=portal").getvalue().decode()
    assert "About the portal." in rows
    assert "About reports." not in rows


def test_a_link_is_made_and_shown(northwind, visitor):
    made = visitor.post("/proof/ask", {"account": "acme", "person": "ann"}, follow=True)
    assert "/say/ask_" in made.content.decode()
    none = visitor.post("/proof/ask", {"account": "nobody"}, follow=True)
    assert "there is no account" in none.content.decode()


def test_lessons_goals_and_progress_have_their_pages(northwind, visitor):
    LessonProgress.objects.create(
        person_id="ann", account_id="acme", lesson="reports", started_at=NOW, finished_at=NOW
    )
    GoalReached.objects.create(
        goal="ten", over="person", subject_id="ann", account_id="acme", reached_at=NOW,
        public_id="goal_1", named_as="Ann L.",
    )  # fmt: skip
    overview = page(visitor, "/education?account=beta")
    assert "1 lesson, finished 1 time" in overview
    assert "Cannot tell yet" in overview
    assert "Nobody of it has begun a lesson." in overview
    assert "Ann" in page(visitor, "/education/lessons/reports")
    assert "An association, and no proof" in page(visitor, "/education/lessons/reports")
    assert "Ann L." in page(visitor, "/education/goals/ten")
    assert "There is no account of this id." in page(visitor, "/education?account=nobody")
    rows = visitor.get("/education/progress.csv?lesson=reports").getvalue().decode()
    assert "ann,acme,reports" in rows
    assert visitor.get("/education/lessons/none").status_code == 404


def test_an_account_is_not_named_as_the_person_of_the_same_id(northwind, visitor):
    goal = 'title = { en = "All" }\nover = "account"\nevent = "Report Exported"\n'
    put_in_force("goal", "all", goal, now=NOW, by="ada")
    person("acme")
    Person.objects.filter(pk="acme").update(name="Zoe")
    GoalReached.objects.create(
        goal="all", over="account", subject_id="acme", account_id="acme", reached_at=NOW,
        public_id="goal_2",
    )  # fmt: skip

    assert "Zoe" not in page(visitor, "/education/goals/all")


def test_nobody_who_is_not_signed_in_sees_them(northwind, client):
    said = said_by("acme")

    for path in ("/proof", "/education", f"/proof/said/{said.key}", "/proof.csv"):
        assert client.get(path).status_code == 302
    assert client.post(f"/proof/said/{said.key}/withdraw").status_code == 302
    said.refresh_from_db()
    assert said.is_live
