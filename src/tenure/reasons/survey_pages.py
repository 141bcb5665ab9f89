"""The survey as its own few pages: public, by a signed link, without a session and without script.

GET   /interview/<token>            the question to answer now, or thanks
POST  /interview/<token>            an answer, a skip, the end, or "do not ask me again"

A form carries the question and when it was shown, signed, so that an answer counts for nothing
else and its time is what the server saw. Nothing here reads a cookie, so nothing can be done in
somebody's name from elsewhere.
"""

from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import get_template
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput, TenureError
from tenure.base.home import Home
from tenure.kit.public_page import direction_of, public_reply
from tenure.reasons.models import Survey
from tenure.reasons.survey_answers import decline, end_survey, take_answer
from tenure.reasons.survey_questions import Answer, at_most, attention_ended, next_question
from tenure.reasons.survey_words import Asked, asked_of, failed_words, language_of, languages
from tenure.reasons.surveys import PATH, answers_of, known_of, survey_of
from tenure.reasons.taxonomy import taxonomy

_STEP = "tenure.reasons.survey.step.1"
STEP_CHARS = 1_000
BODY_BYTES = 64_000
SKIP, STOP, NEVER = "skip", "stop", "never"


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def survey_page(request: HttpRequest, token: str) -> HttpResponse:
    """The page of one survey."""
    now = system_clock()
    try:
        survey = survey_of(token, now)
        if request.method == "POST":
            return _take(request, survey, token, now)
        return _shown(request, survey, token, now)
    except TenureError as error:
        return _failed(request, error)


def _take(request: HttpRequest, survey: Survey, token: str, now: datetime) -> HttpResponse:
    home: Home = settings.TENURE_HOME
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES:
        raise InvalidInput("this is too long to be an answer", field="text")
    action = request.POST.get("action", "")
    if action == NEVER:
        decline(home, survey, now)
    elif action != STOP or _says_something(request):
        answer = _answer(request, survey, now, is_skipped=action == SKIP)
        try:
            take_answer(home, survey, answer, now, language=language_of(request, survey))
        except InvalidInput as error:
            return _shown(request, survey, token, now, error=error, said=answer)
    if action == STOP:
        end_survey(home, survey, now)
    chosen = request.GET.get("language", "")
    query = f"?language={chosen}" if chosen in dict(languages()) else ""
    return HttpResponseRedirect(f"{PATH}{token}{query}", status=303)


def _says_something(request: HttpRequest) -> bool:
    """Whoever wrote something and then presses "That is all" has said it."""
    return bool(request.POST.get("choice") or request.POST.get("text", "").strip())


def _answer(request: HttpRequest, survey: Survey, now: datetime, *, is_skipped: bool) -> Answer:
    """What was posted. Raises InvalidInput for a form that is not one of this survey's."""
    question, shown_at = _step_of(request.POST.get("step", ""), survey)
    choice = request.POST.get("choice", "")
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\x00", "").strip()
    text = text.encode("utf-8", "replace").decode()  # half of a pair is no character
    is_empty = not choice and not text
    return Answer(
        question,
        "" if is_skipped else choice,
        "" if is_skipped else text,
        is_skipped or is_empty,
        max(0.0, (now - shown_at).total_seconds()),
    )


def _shown(  # noqa: PLR0913
    request: HttpRequest, survey: Survey, token: str, now: datetime, *,
    error: InvalidInput | None = None, said: Answer | None = None,
) -> HttpResponse:  # fmt: skip
    language = language_of(request, survey)
    asked = None if survey.ended_at else _question(survey, language)
    if survey.first_shown_at is None and request.method == "GET":
        Survey.objects.filter(pk=survey.pk, first_shown_at=None).update(first_shown_at=now)
    with translation.override(language):
        context = {
            **_frame(request, language),
            "survey": survey,
            "asked": asked,
            "step": _step(survey, asked.question, now) if asked else "",
            "error": error,
            "said": said,
            "is_declined": survey.declined_at is not None,
            "company": settings.TENURE_HOME.company.name,
        }
        html = get_template("reasons/survey.html").render(context)
    return public_reply(html, _style(), 422 if error else 200, language)


def _question(survey: Survey, language: str) -> Asked | None:
    known, given, reasons = known_of(survey), answers_of(survey), taxonomy()
    question = next_question(known, given, reasons)
    if not question or attention_ended(given):
        return None
    return asked_of(
        question,
        known=known,
        given=given,
        reasons=reasons,
        seed=survey.public_id,
        place=(len(given) + 1, at_most(known, given, reasons)),
        language=language,
        company=settings.TENURE_HOME.company.name,
    )


def _failed(request: HttpRequest, error: TenureError) -> HttpResponse:
    language = language_of(request, None)
    with translation.override(language):
        title, text = failed_words(error)
        context = {**_frame(request, language), "title": title, "text": text}
        html = get_template("reasons/survey_failed.html").render(context)
    return public_reply(html, _style(), 404 if error.status == 401 else error.status, language)


def _frame(request: HttpRequest, language: str) -> dict[str, object]:
    return {
        "language": language,
        "direction": direction_of(language),
        "languages": languages(),
        "style": _style(),
    }


def _step(survey: Survey, question: str, now: datetime) -> str:
    return signing.dumps([survey.public_id, question, int(now.timestamp() * 1000)], salt=_STEP)


def _step_of(text: str, survey: Survey) -> tuple[str, datetime]:
    try:
        if len(text) > STEP_CHARS:
            raise signing.BadSignature
        public_id, question, shown_ms = signing.loads(text, salt=_STEP)
    except signing.BadSignature:
        raise InvalidInput("this form is not whole; open the link again", field="step") from None
    if public_id != survey.public_id:
        raise InvalidInput("this form belongs to another link; open yours again", field="step")
    return question, datetime.fromtimestamp(shown_ms / 1000, UTC)


@cache
def _style() -> str:
    return (files("tenure.reasons") / "survey.css").read_text("utf-8")
