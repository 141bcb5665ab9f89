"""Each answer of a survey is kept as it is given, and told to the lake: an unfinished one counts.

The answer is on disk in state when `take_answer` returns; events follow, and whatever was not told
because something was stopped in between is told by the worker (`tell_surveys`), once.
"""

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from tenure.base.errors import InvalidInput, Unavailable
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.lake.reading import company_day
from tenure.lake.recording import record
from tenure.reasons.models import Survey, SurveyAnswer
from tenure.reasons.recording import (
    SURVEY,
    TEST,
    TEXT_MOST,
    GivenReason,
    in_place_of,
    reason_row,
)
from tenure.reasons.survey_questions import (
    DONE,
    FOLLOW_UP,
    KEPT,
    NEXT_JOB,
    NO,
    ORDER,
    STOPPED,
    STOPPED_BY_THEM,
    TALK,
    YES,
    Answer,
    Known,
    attention_ended,
    next_question,
    reason_of,
)
from tenure.reasons.surveys import answers_of, known_of
from tenure.reasons.taxonomy import taxonomy
from tenure.reasons.taxonomy_parts import RIVAL, Taxonomy
from tenure.reasons.worth_ladder import refuse
from tenure.tasks.work import open_task

log = logging.getLogger("tenure.reasons")

TYPE = "offboard"
ANSWERED, ENDED = "Survey Answered", "Survey Ended"
BY_SURVEY = "exit survey"
AT_ONCE = 200
TALK_WITHIN = timedelta(days=2)


def take_answer(
    home: Home,
    survey: Survey,
    answer: Answer,
    now: datetime,
    *,
    language: str = "",
) -> Survey:
    """The survey with this answer, kept. The same again changes nothing; another one corrects it.

    After its end nothing is taken any more. Raises InvalidInput for a choice that is none, a text
    that is too long, and a question that is none.
    """
    known, reasons = known_of(survey), taxonomy()
    _check(answer, known, answers_of(survey), reasons)
    with transaction.atomic():
        held = Survey.objects.select_for_update().get(pk=survey.pk)
        if held.ended_at is None:
            _keep(held, answer, now)
            _end_where_over(held, known, reasons, now)
            held.answered_at = now
            held.language = held.language or language
            held.save(update_fields=["answered_at", "language", "ended_at", "ended_because"])
            _ask_for_a_talk(home, held, answer, now)
    _tell_if_possible(home, held, now)
    return held


def end_survey(home: Home, survey: Survey, now: datetime) -> Survey:
    """The survey as ended by them: what they said until then stays."""
    Survey.objects.filter(pk=survey.pk, ended_at=None).update(
        ended_at=now, ended_because=STOPPED_BY_THEM
    )
    survey.refresh_from_db()
    _tell_if_possible(home, survey, now, is_over=True)
    return survey


def decline(home: Home, survey: Survey, now: datetime) -> Survey:
    """The survey of somebody who does not want to be asked again: it ends, and holds for ever.

    A link that was made for no person in particular speaks for the account: whoever of us was about
    to ask it something else is called off as well.
    """
    with transaction.atomic():
        if survey.mode == "live" and not survey.person_id:
            refuse(survey.account_id, by=BY_SURVEY, now=now)
        Survey.objects.filter(pk=survey.pk, declined_at=None).update(declined_at=now)
    return end_survey(home, survey, now)


def tell_surveys(home: Home, now: datetime) -> int:
    """How many surveys had something that the lake was not told yet."""
    waiting = SurveyAnswer.objects.filter(told__lte=F("changes")).values("survey_id")
    surveys = list(Survey.objects.filter(pk__in=waiting).order_by("pk")[:AT_ONCE])
    for survey in surveys:
        tell_survey(home, survey, now)
    return len(surveys)


def tell_survey(home: Home, survey: Survey, now: datetime, *, is_over: bool = False) -> None:
    """What was answered becomes events, and one reason that corrects the one told before.

    The same answers are the same events, whoever tells them and however often. `is_over`: the end
    is told without a new answer, too.
    """
    rows = list(SurveyAnswer.objects.filter(survey=survey).order_by("place", "id"))
    fresh = [each for each in rows if each.told <= each.changes]
    if not fresh and not is_over:
        return
    told = [_answered(survey, each) for each in fresh]
    reason, in_all = _reason(survey, rows), survey.reason_event
    if reason is not None and reason["message_id"] not in in_all.split():
        in_all = in_place_of(reason, in_all)
        told.append(reason)
    if survey.ended_at is not None:
        told.append(_ended(survey))
    record(home, settings.DATABASE_URL, told, now)
    with transaction.atomic():
        for each in fresh:
            # Not what was said anew meanwhile: that is told next.
            SurveyAnswer.objects.filter(pk=each.pk, changes=each.changes).update(
                told=each.changes + 1
            )
        if in_all != survey.reason_event:
            survey.reason_event = in_all
            Survey.objects.filter(pk=survey.pk).update(reason_event=in_all)


def _check(answer: Answer, known: Known, given: list[Answer], reasons: Taxonomy) -> None:
    if len(answer.text) > TEXT_MOST:
        raise InvalidInput(
            f"this has {len(answer.text)} characters; shorten it to {TEXT_MOST}", field="text"
        )
    if answer.question not in ORDER:
        raise InvalidInput(f"{answer.question[:80]!r} is no question of ours", field="question")
    if answer.choice and answer.choice not in _choices(answer.question, known, given, reasons):
        raise InvalidInput(f"{answer.choice[:80]!r} is no answer to choose", field="choice")


def _choices(question: str, known: Known, given: list[Answer], reasons: Taxonomy) -> set[str]:
    if question == STOPPED:
        return set(reasons.codes())
    if question == FOLLOW_UP:
        reason = reason_of(known, given, reasons)
        follow_up = reason.follow_up if reason else None
        return {each.code for each in follow_up.options} if follow_up else set()
    if question == NEXT_JOB:
        return {each.code for each in reasons.next_jobs}
    return {YES, NO} if question == TALK else set()


def _keep(survey: Survey, answer: Answer, now: datetime) -> None:
    row = SurveyAnswer.objects.filter(survey=survey, question=answer.question).first()
    said = (answer.choice, answer.text, answer.is_skipped)
    if row is None:
        SurveyAnswer.objects.create(
            survey=survey,
            question=answer.question,
            place=SurveyAnswer.objects.filter(survey=survey).count() + 1,
            choice=answer.choice,
            text=answer.text,
            is_skipped=answer.is_skipped,
            seconds=max(0.0, answer.seconds),
            answered_at=now,
        )
    elif (row.choice, row.text, row.is_skipped) != said and not answer.is_skipped:
        row.choice, row.text, row.is_skipped = said
        row.changes += 1
        row.answered_at = now
        row.save(update_fields=["choice", "text", "is_skipped", "changes", "answered_at"])


def _end_where_over(survey: Survey, known: Known, reasons: Taxonomy, now: datetime) -> None:
    given = answers_of(survey)
    if not next_question(known, given, reasons):
        survey.ended_at = now
        survey.ended_because = attention_ended(given) or DONE


def _ask_for_a_talk(home: Home, survey: Survey, answer: Answer, now: datetime) -> None:
    """Who is ready to talk is called: a task, once."""
    if answer.question != TALK or answer.choice != YES or survey.mode != "live":
        return
    open_task(
        key=f"exit-talk:{survey.key}",
        title="Exit interview: they are ready to talk",
        because={"kind": "survey", "survey": survey.public_id},
        account_id=survey.account_id,
        person_id=survey.person_id,
        due_on=company_day(home, now) + TALK_WITHIN,
        now=now,
        by="tenure",
    )


def _reason(survey: Survey, rows: list[SurveyAnswer]) -> dict[str, Any] | None:
    """The reason as it is told by now. What they had said before stands in it, for a survey is
    heard before a statement; None while nothing of a reason was said here.
    """
    said = {each.question: each for each in rows if not each.is_skipped}
    about = [said[each] for each in (STOPPED, FOLLOW_UP, NEXT_JOB, KEPT) if each in said]
    if not any(each.choice or each.text for each in about):
        return None
    known = known_of(survey)

    def choice(question: str, before: str) -> str:
        return said[question].choice if question in said and said[question].choice else before

    next_job = choice(NEXT_JOB, known.next_job)
    rival = said[NEXT_JOB].text if NEXT_JOB in said and next_job == RIVAL else ""
    texts = [said[each].text for each in (STOPPED, KEPT) if each in said and said[each].text]
    if NEXT_JOB in said and next_job != RIVAL and said[NEXT_JOB].text:
        texts.append(said[NEXT_JOB].text)
    reason, follow_up = choice(STOPPED, known.reason), choice(FOLLOW_UP, known.follow_up)
    is_new_reason = STOPPED in said and bool(said[STOPPED].choice)
    if is_new_reason and taxonomy().reason(reason).option(follow_up) is None:
        follow_up = ""  # an answer to what was asked about the reason of before
    given = GivenReason(
        reason=reason,
        follow_up=follow_up,
        next_job=next_job,
        rival=rival or known.rival,
        text="\n".join(texts)[:TEXT_MOST],
        source=SURVEY,
        is_required=False,
    )
    at = max(each.answered_at for each in about)
    return reason_row(
        survey.account_key,
        given,
        at,
        subscription_id=survey.subscription_id,
        person_id=survey.person_id,
        mode=survey.mode,
    )


def _answered(survey: Survey, answer: SurveyAnswer) -> dict[str, Any]:
    said = {
        "survey": survey.public_id,
        "question": answer.question,
        "place": answer.place,
        "choice": answer.choice,
        "characters": len(answer.text),
        "is_skipped": answer.is_skipped,
        "seconds": round(answer.seconds, 1),
        "is_changed": answer.changes > 0,
    }
    key = digest("survey_answer", survey.public_id, answer.question, str(answer.changes))
    return _event(survey, ANSWERED, key, answer.answered_at, said)


def _ended(survey: Survey) -> dict[str, Any]:
    assert survey.ended_at is not None
    said = {"survey": survey.public_id, "because": survey.ended_because}
    key = digest("survey_end", survey.public_id)
    return _event(survey, ENDED, key, survey.ended_at, said)


def _event(
    survey: Survey, name: str, message_id: str, at: datetime, said: dict[str, Any]
) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "type": TYPE,
        "name": name + TEST if survey.mode == "test" else name,
        "occurred_at": at,
        "account_key": survey.account_key,
        "user_id": survey.person_id or None,
        "properties": json.dumps(said, ensure_ascii=False),
    }


def _tell_if_possible(home: Home, survey: Survey, now: datetime, *, is_over: bool = False) -> None:
    """The answer is kept; if the inbox is not to be reached now, the worker tells it later."""
    try:
        tell_survey(home, survey, now, is_over=is_over)
    except Unavailable as error:
        log.warning("an answer waits to be told: %s", error.message)
