"""Pages of fixes and interviews as forms see them: recorded, changed, told, asked and noted."""

import re

import pytest
from django.test import Client

from reasons.fix_worlds import account_rows, company, lived, names
from reasons.reason_worlds import at
from tenure.base.clock import system_clock
from tenure.definitions.store import put_in_force
from tenure.reasons.models import (
    Fix,
    FixChange,
    Interview,
    LeavingReview,
    ReasonRecord,
    Survey,
)
from tenure.reasons.surveys import make_survey
from tenure.signals.models import Signal
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db
PRODUCT = """
[[first_value.step]]
name = "first_project"
title = "A project is set up"
event = "Project Created"
within_days = 10
"""
FORM = {"title": "Gantt charts", "answers": "reason:missing_feature", "shipped_on": "2025-07-01"}


@pytest.fixture
def eight(home) -> None:
    """Eight accounts, of which three left for something that was missing, and one that names it."""
    left = {
        "a00": ("2025-06-01", '{"reason": "missing_feature", "text": "No Gantt."}'),
        "a01": ("2025-06-10", '{"reason": "missing_feature"}'),
        "a02": ("2025-08-10", '{"reason": "missing_feature"}'),
    }
    more = """
2025-05-01 09:00  bea@a04  reason: Reason Given  {"reason": "missing_feature", "text": "<b>Gantt</b>"}
"""  # noqa: E501
    lived(home, company(dict.fromkeys(names(8), "2025-01-01"), left, more), "2025-10-01")


def test_a_fix_is_recorded_shown_told_and_withdrawn(eight, visitor: Client):
    assert "Nobody should leave twice" in visitor.get("/leaving/fixes").content.decode()

    made = visitor.post("/leaving/new-fix?reason=missing_feature", {**FORM, "from": "reason"})
    fix = Fix.objects.get()
    listed = visitor.get("/leaving/fixes").content.decode()
    shown = visitor.get(made["location"]).content.decode()
    visitor.post(f"/leaving/fixes/{fix.key}/act", {"what": "tell"})
    visitor.post(f"/leaving/fixes/{fix.key}/act", {"what": "withdraw", "on": "2025-09-01"})

    assert made["location"] == f"/leaving/fixes/{fix.key}"
    assert "Gantt charts" in listed
    assert "&lt;b&gt;Gantt&lt;/b&gt;" in shown
    assert "no proof" in shown
    assert Task.objects.get(account_id="a04").title == "Tell them: Gantt charts"
    fix.refresh_from_db()
    assert (str(fix.withdrawn_on), fix.recorded_from) == ("2025-09-01", "reason")
    assert not FixChange.objects.filter(recorded_at=None).exists()


def test_every_figure_leads_to_the_rows_behind_it(eight, visitor: Client):
    visitor.post("/leaving/new-fix", FORM)
    key = Fix.objects.get().key

    before = visitor.get(f"/leaving/fixes/{key}/behind?time=before").content.decode()
    after = visitor.get(f"/leaving/fixes/{key}/behind?time=after").content.decode()
    month = visitor.get(f"/leaving/fixes/{key}/behind?from=2025-06-01&before=2025-06-05")
    nonsense = visitor.get(f"/leaving/fixes/{key}/behind?from=x&before=y&page=z")
    far = visitor.get(f"/leaving/fixes/{key}/behind?before=0001-01-01")
    csv = b"".join(visitor.get(f"/leaving/fixes/{key}/left.csv").streaming_content).decode()

    assert set(re.findall(r'/accounts/(a\d+)"', before)) == {"a00", "a01"}
    assert set(re.findall(r'/accounts/(a\d+)"', after)) == {"a02"}
    assert set(re.findall(r'/accounts/(a\d+)"', month.content.decode())) == {"a00"}
    assert nonsense.status_code == 200
    assert far.status_code == 200
    assert csv.splitlines()[0].startswith("account_id,decided_at,how")
    assert len(csv.splitlines()) == 4
    assert visitor.get("/leaving/fixes/nothing").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": " "}, "title is empty"),
        ({"answers": ""}, "which reason it answers"),
        ({"answers": "reason:nonsense"}, "is no reason"),
        ({"answers": "step:nonsense"}, "is no step"),
        ({"shipped_on": "soon"}, "Write a day"),
        ({"withdrawn_on": "2025-01-01"}, "before it shipped"),
        ({"link": "javascript:alert(1)"}, "is no address"),
        ({"owner": "nobody"}, "Nobody of this name"),
        ({"adoption_feature": "nonsense"}, "is no feature"),
        ({"rival": "x", "answers": "reason:missing_feature/by_hand"}, "keep one"),
    ],
)
def test_the_form_names_what_is_wrong_and_keeps_what_was_written(home, visitor, change, words):
    reply = visitor.post("/leaving/new-fix", {**FORM, "notes": "kept words", **change})

    assert reply.status_code == 422
    assert words in reply.content.decode()
    assert "kept words" in reply.content.decode()
    assert "aria-invalid" in reply.content.decode()
    assert not Fix.objects.exists()


def test_the_form_is_filled_in_from_a_reason_a_record_and_a_stuck_step(home, visitor):
    put_in_force("product", "", PRODUCT, now=at("2025-01-01"), by="ada")
    record = ReasonRecord.objects.create(
        key="k", source="followed_up", account_key="a", account_id="a", code="missing_feature",
        detail="by_hand", said_at=at("2025-01-01"), known_at=at("2025-01-01"),
        recorded_at=at("2025-01-01"),
    )  # fmt: skip
    signal = Signal.objects.create(
        key="stuck/a/first_project", kind="stuck_at_step", topic="first_project", account_id="a",
        happened_at=at("2025-01-01"), raised_at=at("2025-01-01"),
        last_evidence_at=at("2025-01-01"), urgency="soon", next_step="take_the_step",
    )  # fmt: skip

    def chosen(link: str) -> str:
        html = visitor.get(f"/leaving/new-fix?{link}").content.decode()
        return re.findall(r'<option value="([^"]+)" selected', html)[0]

    assert chosen("reason=hard_start") == "reason:hard_start"
    assert chosen(f"record={record.key}") == "reason:missing_feature/by_hand"
    assert chosen(f"signal={signal.pk}") == "step:first_project"
    detail = visitor.get(f"/signals/{signal.pk}").content.decode()
    assert f"/leaving/new-fix?signal={signal.pk}" in detail
    visitor.post("/leaving/new-fix", {**FORM, "answers": "step:first_project"})
    assert Fix.objects.get().step == "first_project"


def test_a_link_is_made_shown_and_answered(home, visitor: Client, client):
    account_rows(["acme"])

    made = visitor.post("/leaving/interviews/link", {"account": "acme", "mode": "live"})
    shown = visitor.get(made["location"]).content.decode()
    link = re.search(r"/interview/sv_\w+\.[\w-]+", shown)[0]
    stranger = Client()
    page = stranger.get(link)
    step = re.search(r'name="step" value="([^"]+)"', page.content.decode())[1]
    stranger.post(link, {"step": step, "action": "next", "text": "Faster <i>invoices</i>"})

    listed = visitor.get("/leaving/interviews").content.decode()
    answers = visitor.get(made["location"]).content.decode()
    assert page.status_code == 200
    assert "1 survey answered" in listed
    assert "Faster &lt;i&gt;invoices&lt;/i&gt;" in answers
    wrong = visitor.post("/leaving/interviews/link", {"account": "nobody"}, follow=True)
    assert "there is no account" in wrong.content.decode()


def test_a_link_asks_nobody_and_a_mail_does(home, visitor: Client):
    account_rows(["acme"])
    decided = at("2026-03-01")
    LeavingReview.objects.create(
        key="acme1", account_key="acme", account_id="acme", since_on=decided.date(),
        decided_at=decided, decided_on=decided.date(), prepared_at=decided,
    )  # fmt: skip
    make_survey("acme", now=system_clock(), by="ada")
    before = visitor.get("/leaving/interviews").content.decode()

    Survey.objects.update(mailed_at=system_clock())
    after = visitor.get("/leaving/interviews").content.decode()

    assert "Left, and not asked" in before
    assert "Left, and not asked" not in after


def test_who_is_not_signed_in_sees_the_survey_and_nothing_else(home, client):
    account_rows(["acme"])
    survey = make_survey("acme", now=system_clock(), by="ada")

    for path in (
        "/leaving/fixes", "/leaving/interviews", "/leaving/new-fix",
        f"/leaving/interviews/surveys/{survey.public_id}", "/leaving/interviews/sheet/acme",
    ):  # fmt: skip
        assert client.get(path)["location"].startswith("/sign-in")
    assert client.get("/api/interviews").status_code == 401
    assert client.get("/api/fixes").status_code == 401


def test_the_notes_of_a_talk_are_kept_and_mended(home, visitor: Client):
    account_rows(["acme"])
    form = {"spoke_on": "2026-03-18", "interviewer": "Ada", "notes": "They never got going.",
            "quotes": "It took weeks.\n\nNobody knew.", "consents_to_notes": "yes",
            "reason": "hard_start", "minutes": "25", "may_contact": "yes"}  # fmt: skip

    sheet = visitor.get("/leaving/interviews/sheet/acme").content.decode()
    refused = visitor.post("/leaving/interviews/sheet/acme", {**form, "consents_to_notes": ""})
    made = visitor.post("/leaving/interviews/sheet/acme", form)
    talk = Interview.objects.get()
    visitor.post(made["location"], {**form, "reason": "setup_trouble"})

    assert "What was happening on the day" in sheet
    assert refused.status_code == 422
    assert "They never got going." in refused.content.decode()
    assert (talk.code, talk.quotes, talk.minutes, talk.may_contact) == (
        "hard_start", ["It took weeks.", "Nobody knew."], 25, True,
    )  # fmt: skip
    talk.refresh_from_db()
    assert (talk.code, talk.versions) == ("setup_trouble", 2)
    bad = visitor.post(made["location"], {**form, "minutes": "many", "spoke_on": ""})
    assert bad.status_code == 422
    assert visitor.get("/leaving/interviews/sheet/nobody").status_code == 404
    assert visitor.get("/leaving/interviews/talks/nothing").status_code == 404


def test_the_api_tells_what_the_pages_show(eight, visitor: Client):
    visitor.post("/leaving/new-fix", FORM)
    key = Fix.objects.get().key

    (fix,) = visitor.get("/api/fixes").json()["fixes"]
    one = visitor.get(f"/api/fixes/{key}").json()
    mended = visitor.get("/api/fixes/mended?account_id=a00").json()
    made = visitor.post(
        "/api/interviews/links", {"account_id": "a00"}, content_type="application/json"
    ).json()
    sheet = visitor.get("/api/accounts/a00/interview-sheet").json()

    assert (fix["before"]["leavings"], fix["after"]["leavings"]) == (2, 1)
    assert {each["account_id"] for each in one["left"]} == {"a00", "a01", "a02"}
    assert (mended["mended"], mended["fixes"][0]["because"]) == (False, "adoption_unseen")
    assert visitor.get("/api/fixes/mended").status_code == 422
    assert made["url"].endswith(
        f"/interview/{make_survey('a00', now=system_clock(), by='x').public_id}"
        + made["url"][made["url"].rindex(".") :]
    )
    assert Survey.objects.count() == 1
    assert sheet["said"][0]["text"] == "No Gantt."
    assert visitor.get("/api/interviews").json()["interviews"][0]["kind"] == "survey"
    assert visitor.get("/api/interviews/times").json()["made"] == 1
