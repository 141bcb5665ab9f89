"""A play's step in the product, and one to Slack: from the folder to who sees it."""

from datetime import timedelta

import pytest
from test_plays_lived import NOW, begin, declare, export, lived, put_in_arm  # noqa: F401

from customers.arriving import arrive, events
from messages.in_app_worlds import FILES as WORDS
from messages.in_app_worlds import Page
from tenure.base.errors import BadDefinition
from tenure.card.refresh import refresh_lake_and_cards
from tenure.messages.in_app.ticking import follow_checklists
from tenure.messages.models import Message
from tenure.plays.following import follow_plays
from tenure.plays.turning import go_on_due
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db

PLAY = """
title = "Into the product"
languages = ["en", "zh-hans"]
topic = "tips"
priority = 70
[entry]
event = "Report Exported"
[goal]
event = "Report Shared"
within_days = 30
[hold_out]
share = 0.5
[[step]]
name = "say"
in_app = "01-say"
kind = "{kind}"
{more}
[[step]]
name = "sales"
slack = {{ to = "sales", text = "*{{{{ account.name }}}}* exports", columns = ["status"] }}
"""
ANSWER = (
    'on_answer = { title = { en = "Call", zh-hans = "致电" }, question = "score", at_most = 6 }'
)


def play(kind: str, more: str = "", chinese: str = "", **files: str) -> dict[str, str]:
    words = WORDS[kind]
    return {
        "play.toml": PLAY.format(kind=kind, more=more),
        "01-say.en.md": words,
        "01-say.zh-hans.md": chinese or words,
        **files,
    }


def on(home, kind: str, name: str, arm: str = "treated", **more: str) -> None:
    """A play of this kind is on; Acme is in that arm."""
    declare(play(kind, **more), name)
    begin(home, name)
    put_in_arm("acme", arm, name)


def in_app(name: str) -> Message:
    return Message.objects.get(channel="in_app", play=name)


def test_who_the_play_is_for_is_shown_it_until_they_reach_what_it_is_for(lived) -> None:  # noqa: F811
    chinese = WORDS["banner"].replace("Reports come by themselves", "报告会自动送达")
    on(lived, "banner", "told", chinese=chinese)
    on(lived, "banner", "alone", arm="hold_out")
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    row, page = in_app("told"), Page(lived, now=NOW, said={"person": "ada"})
    assert (row.why, row.status, row.person_id, row.priority, row.points) == (
        "", "ready", "ada", 70, 1,
    )  # fmt: skip
    assert row.valid_until == NOW + timedelta(days=30)
    assert row.subject == "Reports come by themselves"
    [english], [other] = page.shown("en-GB"), page.shown("zh-CN")
    assert (english["title"], other["title"]) == ("Reports come by themselves", "报告会自动送达")
    assert "Hello Ada, <em>two minutes</em>" in english["html"]
    assert english["button"]["link"] == "/reports?for=Acme"  # nobody said where the app is

    left_alone = in_app("alone")
    assert (left_alone.status, left_alone.text, left_alone.points) == ("control", "", 1)

    [post] = Message.objects.filter(channel="slack")
    assert (post.play, post.status, post.recipient) == ("told", "ready", "sales")
    fields, link = post.payload["blocks"][1]["fields"], post.payload["blocks"][2]["text"]["text"]
    assert post.payload["text"] == "*Acme* exports"
    assert fields[0]["text"].startswith("*status*\n") and link.endswith("/accounts/acme|Acme>")

    page.did(english["key"], "shown")
    arrive(lived, events("day 365.5  track  ada @acme   Report Shared"))
    follow_plays(lived, NOW + timedelta(days=1))
    assert (in_app("told").status, page.shown()) == ("expired", [])
    assert in_app("told").why == "they reached what it is for, or left the play"


def test_a_checklist_hears_what_the_account_did_and_an_answer_opens_a_task(lived) -> None:  # noqa: F811
    on(lived, "checklist", "steps")
    on(lived, "survey", "asked", more=ANSWER)
    export(lived, "ada @acme")
    go_on_due(lived, NOW)
    page = Page(lived, now=NOW, said={"person": "ada"})
    assert follow_checklists(lived, NOW) == 0
    arrive(lived, events("day 365.5  track  eve @acme   Project Created"))
    refresh_lake_and_cards(lived, NOW + timedelta(days=1))
    assert follow_checklists(lived, NOW + timedelta(days=1)) == 1
    assert follow_checklists(lived, NOW + timedelta(days=1)) == 0
    shown = {each["kind"]: each for each in page.shown()}
    assert [item["done"] for item in shown["checklist"]["items"]] == [True, False]

    page.did(shown["survey"]["key"], "answered", answers={"score": 2})
    [task] = Task.objects.all()
    assert (task.title, task.account_id, task.because["play"]) == ("Call", "acme", "asked")


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("banner", ("[button]", "[buton]"), "01-say.en.md: buton: there is no such field"),
        ("banner", ("first_name", "frist_name"), "did you mean person.first_name"),
        ("survey", ("at_most", "atmost"), "step[1].on_answer.atmost"),
        ("survey", ('"score", at', '"scor", at'), "there is no question 'scor'; use score, for"),
        ("banner", ('kind = "banner"', 'kind = "popup"'), "step[1].kind"),
        ("banner", ('to = "sales"', 'to = "https://x.example"'), "never its address"),
        ("banner", ("account.name }}*", "account.nmae }}*"), "did you mean account.name"),
        ("banner", ('["status"]', '["statsu"]'), "did you mean 'status'"),
    ],
)
def test_a_mistake_is_found_when_the_play_is_applied(home, kind, change, message) -> None:
    files = play(kind, ANSWER if kind == "survey" else "")
    changed = {name: text.replace(*change) for name, text in files.items()}
    assert changed != files
    with pytest.raises(BadDefinition) as refused:
        declare(changed)
    assert message in refused.value.message


def test_languages_have_to_ask_the_same(home) -> None:
    other = WORDS["survey"].replace('name = "why"', 'name = "more"')
    with pytest.raises(BadDefinition, match="only words may differ") as refused:
        declare(play("survey", chinese=other))
    assert refused.value.message.startswith("plays/reports/01-say.zh-hans.md")
