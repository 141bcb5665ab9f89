"""The command line and the JSON API over what customers said and what was learned."""

import pytest
from click.testing import CliRunner
from django.test import Client

from content.content_worlds import NOW, accounts, person, said_by
from tenure.content.commands import content
from tenure.content.effects_kept import follow_effects
from tenure.content.models import LessonProgress
from tenure.content.models import Testimonial as Words
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force

pytestmark = pytest.mark.django_db


def ran(*arguments: str) -> str:
    result = CliRunner().invoke(content, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def northwind(home):
    accounts("acme plan=Pro stage=new\nbeta plan=Pro")
    person("ann")
    text = 'title = { en = "Reports" }\nlink = "https://x.test"\nstages = ["new"]\n'
    packed = pack({"lesson.toml": text}, "lesson.toml", "lessons/reports")
    put_in_force("lesson", "reports", packed, now=NOW, by="ada")
    return home


def test_words_go_from_their_link_to_where_they_may_be_shown(northwind):
    key = ran(
        "import", "--url", "https://g2.test/1", "--words", "Quick.", "--date", "2026-01-02",
        "--who", "Bo",
    ).strip()  # fmt: skip
    assert ran("pick", "acme") == ""
    ran("approve", key)
    ran("tag", key, "features", "reports")
    assert ran("pick", "acme", "--feature", "reports") == "Quick.\n"
    assert key in ran("list", "--format", "csv")
    ran("withdraw", key)
    assert ran("pick", "acme") == ""
    ran("agree", key, "site", "--evidence", "mail of 3 May")
    assert ran("pick", "--place", "site") == "Quick.\n"
    ran("decline", key, "--because", "it is of another product")
    assert ran("pick", "--place", "site") == ""
    assert ran("ask", "acme", "--person", "ann", "--url", "https://t.test").startswith(
        "https://t.test/say/ask_"
    )


def test_lessons_and_progress_are_listed(northwind):
    LessonProgress.objects.create(
        person_id="ann", account_id="acme", lesson="reports", started_at=NOW
    )
    assert ran("next", "acme") == "reports  stage, begun\n"
    assert "reports,page,Reports" in ran("lessons", "--format", "csv")
    assert "ann,acme,reports,2026-05-10," in ran("progress", "--format", "csv")
    assert ran("goals", "--format", "csv").startswith("goal,title")


def test_programs_ask_for_the_same(northwind, visitor: Client):
    said = said_by("beta", "Quick.", features=["reports"])
    picked = visitor.get("/api/testimonials/pick?account_id=acme&feature=reports").json()
    assert picked["testimonial"]["words"] == "Quick."
    own = visitor.get("/api/testimonials/pick?account_id=beta").json()
    assert own == {
        "testimonial": None,
        "refused": [{"key": said.key, "because": "their own words"}],
    }
    assert visitor.get("/api/testimonials?standing=waiting").json() == {"testimonials": []}
    made = visitor.post(
        "/api/testimonials/asks", {"account_id": "acme"}, content_type="application/json"
    )
    assert made.json()["path"].startswith("/say/ask_")
    url = f"/api/testimonials/{said.key}/withdraw"
    back = visitor.post(url, {"evidence": "by phone"}, content_type="application/json")
    assert (back.status_code, back.json()["shown"]) == (200, "")
    assert not Words.objects.get().is_live

    following = visitor.get("/api/lessons/next?account_id=acme").json()
    assert following["lessons"] == [{"lesson": "reports", "because": ["stage"]}]
    assert visitor.get("/api/lessons").json()["lessons"][0]["lesson"] == "reports"
    assert visitor.get("/api/lessons/reports").json()["effect"] is None  # not counted yet
    follow_effects(northwind, NOW)
    effect = visitor.get("/api/lessons/reports").json()["effect"]
    assert (effect["adoption"], effect["retention"]["missing"]) == (None, 20)
    assert visitor.get("/api/progress?lesson=reports").json() == {"progress": []}
    assert Client().get("/api/testimonials").status_code == 401
