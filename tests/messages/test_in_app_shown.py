"""Who gets what is shown in the product, and what becomes of it when they act."""

import json
from datetime import timedelta

import pytest
from in_app_worlds import FILES, NOON, TASK, Page, forged, meant, written

from tenure.customers.models import IdentityLink
from tenure.messages.consent import say
from tenure.messages.forgetting import forget_in_messages
from tenure.messages.in_app.http import ASK, DID
from tenure.messages.in_app.parts import BANNER, CHECKLIST, MODAL, SURVEY
from tenure.messages.in_app.waiting import expire, withdraw
from tenure.messages.models import Message
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(home):
    return Page(home)


def status(key: str) -> str:
    return Message.objects.get(key=key).status


def test_what_waits_for_who_is_proved_to_be_there_comes_the_most_important_first(page) -> None:
    meant(BANNER, priority=20)
    meant(MODAL, priority=80)
    meant(SURVEY, person_id="bob")
    assert [(each["key"], each["kind"]) for each in page.shown()] == [
        ("modal", "modal"),
        ("banner", "banner"),
    ]
    assert page.asks()[1]["poll_s"] == 300


@pytest.mark.parametrize(
    ("change", "code", "reply"),
    [
        (lambda token: forged(token), "token_forged", 401),
        (lambda token: token[:-2], "token_forged", 401),
        (lambda token: token.replace("tenureperson1", "tenure1"), "token_malformed", 400),
        (lambda _: "ann", "token_malformed", 400),
        (lambda _: "", "token_malformed", 400),
    ],
)
def test_whoever_only_says_who_they_are_is_told_nothing(page, change, code, reply) -> None:
    meant(BANNER)
    token = change(page.token())
    got, said = page.posts(ASK, {"token": token})
    assert (got, said["code"]) == (reply, code)
    got, said = page.posts(DID, {"token": token, "key": BANNER, "did": "dismissed"})
    assert (got, said["code"], status(BANNER)) == (reply, code, "ready")


def test_a_token_of_the_cancel_flow_is_none_of_these(page) -> None:
    from tenure.offboard.tokens import sign

    token = sign({"person": "ann", "exp": 4_000_000_000}, page.key)
    assert page.posts(ASK, {"token": token})[1]["code"] == "token_malformed"


def test_a_token_holds_for_its_time_and_for_a_key_in_use(page) -> None:
    token = page.token()
    page.now += timedelta(hours=2)
    assert page.posts(ASK, {"token": token})[1]["code"] == "token_expired"
    long = page.token(exp=int((page.now + timedelta(days=9)).timestamp()))
    assert page.posts(ASK, {"token": long})[1]["field"] == "exp"
    page.key.revoked_at = NOON
    assert page.asks()[1]["code"] == "key_revoked"


def test_somebody_else_can_neither_see_nor_close_it(page) -> None:
    meant(BANNER)
    other = Page(page.home, said={"person": "bob"})
    assert other.shown() == []
    assert other.did(BANNER, "dismissed")[0] == 404
    assert status(BANNER) == "ready"


def test_in_another_account_what_is_about_this_one_is_not_shown(page) -> None:
    meant(BANNER)
    meant(MODAL, account_id="")
    page.said["account"] = "beta"
    assert [each["key"] for each in page.shown()] == ["modal"]
    page.said["account"] = "acme"
    assert len(page.shown()) == 2


def test_an_id_that_was_merged_is_the_same_person(page) -> None:
    meant(BANNER)
    IdentityLink.objects.create(
        kind="person",
        raw_id="ann-old",
        joined_id="ann",
        canonical_id="ann",
        because="alias",
        made_at=NOON,
        changed_at=NOON,
        known_at=NOON,
    )
    assert len(Page(page.home, said={"person": "ann-old"}).shown()) == 1
    meant(MODAL, person_id="ann-old")
    say("ann", "tips", is_granted=False, how="page", now=NOON)
    assert page.shown() == []


def test_the_pages_language_goes_before_the_persons_and_the_first(page) -> None:
    words = FILES[BANNER].replace("Reports come by themselves", "报告会自动送达")
    meant(BANNER, payload=written(BANNER, zh_hans=words) | {"prefers": "en"})
    row = Message.objects.get()
    row.payload["said"]["zh-hans"] = row.payload["said"].pop("zh_hans")
    row.save()
    [chinese], [german] = page.shown("zh-CN"), page.shown("de")
    assert (chinese["language"], chinese["title"]) == ("zh-hans", "报告会自动送达")
    assert (german["language"], german["labels"]["close"]) == ("en", "Close")
    assert "text" not in german and "prefers" not in german


def test_shown_and_clicked_and_said_twice_it_is_each_once(page) -> None:
    meant(BANNER)
    for _ in range(2):
        assert page.did(BANNER, "shown")[0] == 200
    row = Message.objects.get()
    assert (row.status, row.attempts, row.sending_at) == ("shown", 1, NOON)
    for _ in range(2):
        assert page.did(BANNER, "clicked")[0] == 200
    assert page.did(BANNER, "dismissed")[0] == 200  # too late to say so
    assert status(BANNER) == "clicked"
    told = page.told()
    assert [row["name"] for row in told] == ["In-app Shown", "In-app Clicked"]
    assert {row["type"] for row in told} == {"message"}
    assert (told[1]["user_id"], told[1]["account_key"]) == ("ann", "acme")
    assert told[1]["properties"] == {
        "message": "banner", "play": "tips", "step": "say", "kind": "banner",
    }  # fmt: skip


def test_what_was_closed_is_never_shown_again(page) -> None:
    meant(BANNER)
    page.did(BANNER, "dismissed")
    assert page.shown() == []
    page.did(BANNER, "shown")
    assert (status(BANNER), page.shown()) == ("dismissed", [])


def test_what_interrupts_comes_back_a_day_later_and_three_times_at_most(page) -> None:
    meant(MODAL)
    for times in range(3):
        [message] = page.shown()
        assert message["times"] == times
        page.did(MODAL, "shown", times=times)
        page.now += timedelta(hours=23)
        assert page.shown() == []
        page.now += timedelta(hours=2)
    assert page.shown() == []
    assert expire(page.home, page.now) == 1
    assert Message.objects.get().why == "shown 3 times without an answer"


def test_after_its_time_it_is_shown_no_more_and_has_run_out(page) -> None:
    meant(BANNER, valid_until=NOON + timedelta(days=1))
    meant(MODAL)
    page.now += timedelta(days=2)
    assert [each["key"] for each in page.shown()] == ["modal"]
    assert (expire(page.home, page.now), status(BANNER)) == (1, "expired")


def test_who_reached_the_goal_is_shown_it_no_more(page) -> None:
    meant(BANNER, enrolment="e1")
    page.did(BANNER, "shown")
    assert withdraw(["e1"], "reached", NOON) == 1
    assert (page.shown(), status(BANNER)) == ([], "expired")


def test_who_switches_a_topic_off_or_is_forgotten_is_shown_nothing_more(page) -> None:
    meant(BANNER)
    page.did(BANNER, "shown")
    say("ann", "tips", is_granted=False, how="page", now=NOON)
    assert (page.shown(), status(BANNER)) == ([], "suppressed")
    meant(MODAL, topic="")
    page.did(MODAL, "shown")
    forget_in_messages([], ["ann"], NOON)
    rows = Message.objects.filter(channel="in_app")
    assert page.shown() == []
    assert {(row.person_id, row.payload, row.text) for row in rows} == {("", None, "")}


def test_a_checklist_is_done_with_its_last_item(page) -> None:
    meant(CHECKLIST)
    page.did(CHECKLIST, "clicked", name="project")
    assert page.did(CHECKLIST, "ticked", name="nothing")[1]["field"] == "name"
    page.did(CHECKLIST, "ticked", name="project")
    page.did(CHECKLIST, "ticked", name="project")
    [message] = page.shown()
    assert [item["done"] for item in message["items"]] == [True, False]
    page.did(CHECKLIST, "ticked", name="invite")
    assert (status(CHECKLIST), page.shown()) == ("done", [])
    items = {(row["name"], row["properties"]["item"]) for row in page.told()}
    assert items == {
        ("In-app Clicked", "project"),
        ("In-app Item Done", "project"),
        ("In-app Item Done", "invite"),
    }


def test_answers_become_events_and_where_wanted_a_task(page) -> None:
    meant(SURVEY, payload=written(SURVEY) | {"task": TASK})
    answers = {"score": 3, "for": 1, "why": "It is <slow>"}
    for _ in range(2):
        assert page.did(SURVEY, "answered", answers=answers)[0] == 200
    assert status(SURVEY) == "done"
    said = [row["properties"] for row in page.told()]
    assert [(row["question"], row["answer"]) for row in said] == [
        ("score", "score"), ("for", "choice"), ("why", "text"),
    ]  # fmt: skip
    assert (said[0]["score"], said[1]["choice"], said[2]["text"]) == (3, "Reports", "It is <slow>")
    [task] = Task.objects.all()
    assert (task.title, task.account_id, task.person_id) == ("Call them", "acme", "ann")
    assert [item["text"] for item in task.checklist] == [
        "How likely are you to recommend Fernhill? 3", "What for? Reports", "Why? It is <slow>",
    ]  # fmt: skip


def test_a_good_score_opens_no_task(page) -> None:
    meant(SURVEY, payload=written(SURVEY) | {"task": TASK})
    page.did(SURVEY, "answered", answers={"score": 10})
    assert (status(SURVEY), Task.objects.count()) == ("done", 0)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "answers.score"),
        ({"score": 11}, "answers.score"),
        ({"score": "9"}, "answers.score"),
        ({"score": 9, "for": 2}, "answers.for"),
        ({"score": 9, "why": "x" * 2001}, "answers.why"),
    ],
)
def test_an_answer_that_is_none_is_refused_and_nothing_is_told(page, answers, field) -> None:
    meant(SURVEY)
    got, said = page.did(SURVEY, "answered", answers=answers)
    assert (got, said["field"], status(SURVEY), page.told()) == (422, field, "ready", [])


def test_a_survey_of_blanks_says_nothing_and_stays(page) -> None:
    optional = FILES[SURVEY].replace(
        'high = "Extremely"\n', 'high = "Extremely"\noptional = true\n'
    )
    meant(SURVEY, payload=written(SURVEY, text=optional) | {"task": TASK})
    for answers in ({}, {"score": None, "why": ""}, {"why": " \u200b\n"}, {"who": "me"}):
        got, said = page.did(SURVEY, "answered", answers=answers)
        assert (got, said["field"], said["message"]) == (
            422, "answers", "nothing is answered; answer a question, or close it",
        )  # fmt: skip
    assert (status(SURVEY), page.told(), Task.objects.count()) == ("ready", [], 0)
    assert page.did(SURVEY, "answered", answers={"why": " So. ", "for": ""})[0] == 200
    assert [row["properties"]["text"] for row in page.told()] == ["So."]


def test_a_request_that_makes_no_sense_is_told_so(page) -> None:
    meant(BANNER)
    assert page.posts(ASK, b"{")[0] == 422
    assert page.posts(ASK, b"{}", "GET")[0] == 405
    assert page.posts(ASK, b"", "OPTIONS")[0] == 204
    assert page.posts(ASK, b" " * 40_000)[0] == 413
    assert page.did(BANNER, "eaten")[1]["field"] == "did"
    assert page.did(BANNER, "answered")[1]["field"] == "did"
    assert page.did("nothing", "shown")[0] == 404
    assert page.did("no\0thing", "shown")[0] == 404
    assert page.did(BANNER, "clicked", name="anything")[1]["field"] == "name"
    assert json.loads(json.dumps(page.shown()))[0]["key"] == BANNER
