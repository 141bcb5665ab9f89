"""Exit interviews over the JSON API: links, answers, sheets and talks; and making a link."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from tenure.base.clock import system_clock
from tenure.messages.configuration import console_url
from tenure.reasons.interview_sheet import sheet_of
from tenure.reasons.interviews_listed import (
    interviews_listed,
    question_row,
    sheet_json,
    survey_json,
    talk_json,
)
from tenure.reasons.survey_times import survey_times
from tenure.reasons.surveys import address_of, make_survey

router = Router(tags=["interviews"])
BY = "api"


class Asked(Schema):
    account_id: str
    person_id: str = ""
    mode: str = "live"


@router.get("/interviews")
def list_interviews(
    request: HttpRequest, account_id: str = "", mode: str = "live"
) -> dict[str, Any]:
    """Survey links with their answers, and talks with their notes; the latest first."""
    found = interviews_listed(mode=mode, account_id=account_id)
    return {
        "interviews": [
            {"kind": each.kind, **(survey_json(each.survey) if each.survey else {}),
             **(talk_json(each.talk) if each.talk else {})}
            for each in found
        ]
    }  # fmt: skip


@router.post("/interviews/links")
def make_link(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """The survey link of an account, its last leaving and a person: the same every time."""
    survey = make_survey(
        asked.account_id,
        person_id=asked.person_id,
        mode=asked.mode,
        now=system_clock(),
        by=BY,
    )
    return {**survey_json(survey), "url": address_of(survey, console_url(settings.TENURE_HOME))}


@router.get("/interviews/times")
def times(request: HttpRequest, mode: str = "live") -> dict[str, Any]:
    """How long the survey takes: medians in seconds, all and by question."""
    told = survey_times(mode)
    return {
        "made": told.made,
        "mailed": told.mailed,
        "started": told.started,
        "answered": told.answered,
        "declined": told.declined,
        "ended": told.ended,
        "median_seconds": told.median_seconds,
        "median_questions": told.median_questions,
        "questions": [question_row(each) for each in told.questions],
    }


@router.get("/accounts/{path:account_id}/interview-sheet")
def sheet(request: HttpRequest, account_id: str) -> dict[str, Any]:
    """What to know and what to ask before a talk with an account."""
    return sheet_json(sheet_of(settings.TENURE_HOME, account_id, system_clock()))
