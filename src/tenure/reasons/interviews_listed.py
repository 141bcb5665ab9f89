"""Surveys, talks and sheets as plain values: one shape for commands, the API and pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import get_language

from tenure.reasons.inferring_sentences import evidence_sentence, plain_money
from tenure.reasons.interview_questions import RULES
from tenure.reasons.interview_sheet import Sheet, step_title
from tenure.reasons.models import Interview, ReasonRecord, Survey, SurveyAnswer
from tenure.reasons.reviews_sentences import piece_at, piece_sentence
from tenure.reasons.survey_times import QuestionTime
from tenure.reasons.surveys import answers_of
from tenure.reasons.taxonomy import taxonomy
from tenure.reasons.taxonomy_parts import words_in

INTERVIEWS = ("kind", "key", "account_id", "person_id", "decided_at", "at", "standing", "answers",
              "seconds", "reason")  # fmt: skip
QUESTIONS = ("question", "asked", "answered", "skipped", "ended_here", "median_seconds")


@dataclass(frozen=True, slots=True)
class Listed:
    """A survey link or a talk."""

    kind: str  # survey | talk
    survey: Survey | None
    talk: Interview | None
    answers: tuple[SurveyAnswer, ...]
    at: datetime

    @property
    def account_id(self) -> str:
        return (self.survey or self.talk).account_id  # type: ignore[union-attr]

    def standing_on(self, now: datetime) -> str:
        """waiting | begun | ended | declined | expired, of a survey; noted, of a talk."""
        survey = self.survey
        if survey is None:
            return "noted"
        if survey.declined_at:
            return "declined"
        if survey.ended_at:
            return "ended"
        if survey.answered_at:
            return "begun"
        return "expired" if survey.expires_at <= now else "waiting"

    @property
    def seconds(self) -> float | None:
        """Of a survey: how long its questions took, all together."""
        return sum(each.seconds for each in self.answers) if self.answers else None

    @property
    def reason(self) -> str:
        """The reason that it came to, as a code."""
        if self.talk is not None:
            return self.talk.code
        return next((each.choice for each in self.answers if each.question == "stopped"), "")


def interviews_listed(
    *, mode: str = "live", account_id: str = "", most: int = 1_000
) -> list[Listed]:
    """Every survey link and talk, the latest first."""
    of_mode = {"mode": mode, **({"account_id": account_id} if account_id else {})}
    surveys = list(Survey.objects.filter(**of_mode).order_by("-made_at")[:most])
    answers: dict[int, list[SurveyAnswer]] = {each.pk: [] for each in surveys}
    held = SurveyAnswer.objects.filter(survey__in=surveys) if surveys else []
    for each in sorted(held, key=lambda row: (row.place, row.pk)):
        answers[each.survey_id].append(each)
    found = [
        Listed("survey", each, None, tuple(answers[each.pk]), each.answered_at or each.made_at)
        for each in surveys
    ]
    talks = Interview.objects.filter(**of_mode).order_by("-noted_at")[:most]
    found += [Listed("talk", None, each, (), each.noted_at) for each in talks]
    return sorted(found, key=lambda each: each.at, reverse=True)[:most]


def interview_row(each: Listed, now: datetime) -> dict[str, Any]:
    """One line of a list."""
    survey, talk = each.survey, each.talk
    about: Any = survey or talk
    return {
        "kind": each.kind,
        "key": survey.public_id if survey else about.key,
        "account_id": about.account_id,
        "person_id": about.person_id or None,
        "decided_at": about.decided_at,
        "at": each.at,
        "standing": each.standing_on(now),
        "answers": sum(not one.is_skipped for one in each.answers) if survey else None,
        "seconds": each.seconds,
        "reason": each.reason or None,
    }


def question_row(each: QuestionTime) -> dict[str, Any]:
    """One question over all surveys."""
    return {name: getattr(each, name) for name in QUESTIONS}


def survey_json(survey: Survey) -> dict[str, Any]:
    """One survey with its answers; never the link, which is a key."""
    return {
        "survey": survey.public_id,
        "mode": survey.mode,
        "account_id": survey.account_id,
        "person_id": survey.person_id,
        "decided_at": _instant(survey.decided_at),
        "made_at": _instant(survey.made_at),
        "mailed_at": _instant(survey.mailed_at),
        "ended_at": _instant(survey.ended_at),
        "ended_because": survey.ended_because,
        "declined_at": _instant(survey.declined_at),
        "answers": [
            {
                "question": each.question,
                "choice": each.choice,
                "text": each.text,
                "is_skipped": each.is_skipped,
                "seconds": round(each.seconds, 1),
            }
            for each in answers_of(survey)
        ],
    }


def talk_json(talk: Interview) -> dict[str, Any]:
    """One talk with its notes."""
    return {
        "interview": talk.key,
        "mode": talk.mode,
        "account_id": talk.account_id,
        "decided_at": _instant(talk.decided_at),
        "spoke_on": talk.spoke_on.isoformat(),
        "minutes": talk.minutes,
        "interviewer": talk.interviewer,
        "spoke_with": talk.spoke_with,
        "person_id": talk.person_id,
        "notes": talk.notes,
        "quotes": talk.quotes,
        "consents_to_notes": talk.consents_to_notes,
        "consents_to_quotes": talk.consents_to_quotes,
        "may_contact": talk.may_contact,
        "reason": talk.code,
        "detail": talk.detail,
        "next_job": talk.next_job,
        "rival": talk.rival,
        "versions": talk.versions,
    }


def sheet_json(sheet: Sheet) -> dict[str, Any]:
    """What the sheet says, as values."""
    return {
        "account_id": sheet.account_id,
        "name": sheet.name,
        "plan": sheet.plan,
        "mrr_minor": sheet.mrr_minor,
        "currency": sheet.currency,
        "since_on": sheet.since_on.isoformat() if sheet.since_on else None,
        "decided_at": _instant(sheet.decided_at),
        "wanted": [
            {"outcome": each.outcome, "role": each.role, "said_by": each.said_by,
             "at": _instant(each.occurred_at), "is_current": each.is_current}
            for each in sheet.wanted
        ],
        "reached": {name: _plain(value) for name, value in sheet.reached.items()},
        "said": [_record_json(each) for each in sheet.said],
        "inferred": [_record_json(each) for each in sheet.inferred],
        "contradiction": sheet.contradiction.code if sheet.contradiction else None,
        "warnings": [dict(each) for each in sheet.warnings],
        "tried": [dict(each) for each in sheet.tried],
        "story": [
            {"at": _instant(each.happened_at), "kind": each.kind, "title": each.title}
            for each in sheet.story
        ],
        "questions": sheet.questions,
    }  # fmt: skip


def sheet_context(sheet: Sheet, zone: ZoneInfo) -> dict[str, Any]:
    """What a template needs to say the sheet in the language that is active."""
    known, language = taxonomy(), get_language() or "en"
    name = zone.key

    def title(code: str) -> str:
        return words_in(known.reason(code).title, language)

    def day(at: datetime) -> str:
        return date_format(at.astimezone(zone), "DATE_FORMAT")

    return {
        "sheet": sheet,
        "mrr": plain_money(sheet.mrr_minor, sheet.currency) if sheet.mrr_minor else "",
        "decided": day(sheet.decided_at) if sheet.decided_at else "",
        "rules": [str(each) for each in RULES],
        "said": [(day(each.said_at), each.source, title(each.code), each) for each in sheet.said],
        "inferred": [
            (
                title(each.code),
                [evidence_sentence(piece, time_zone=name) for piece in each.evidence[:4]],
            )
            for each in sheet.inferred[:2]
        ],
        "contradiction": title(sheet.contradiction.code) if sheet.contradiction else "",
        "warnings": [(day(piece_at(each)), piece_sentence(each)) for each in sheet.warnings],
        "tried": [(day(piece_at(each)), piece_sentence(each)) for each in sheet.tried],
        "wanted": [
            (day(each.occurred_at), each.title, each.role, each.said_by) for each in sheet.wanted
        ],
        "story": [(day(each.happened_at), each.title) for each in sheet.story],
        "next_step": step_title(str(sheet.reached.get("next_step") or "")),
        "first_value_on": _date(sheet.reached.get("first_value_on")),
        "outcome_reached_on": _date(sheet.reached.get("outcome_reached_on")),
    }


def _record_json(each: ReasonRecord) -> dict[str, Any]:
    return {
        "source": each.source,
        "reason": each.code,
        "detail": each.detail,
        "next_job": each.next_job,
        "rival": each.rival,
        "text": each.text,
        "at": _instant(each.said_at),
        "evidence": each.evidence,
    }


def _date(value: object) -> str:
    """A day as the card's JSON holds it, in words."""
    if not value:
        return ""
    day = datetime.fromisoformat(value) if isinstance(value, str) else value
    return date_format(day, "DATE_FORMAT")  # type: ignore[arg-type]


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
