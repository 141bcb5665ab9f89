"""Lessons, certificates and who reached a goal, as public pages: no session, no cookie, no script.

GET   /learn/<name>             what a lesson says, for anybody
GET   /learn/<name>.ics         a webinar for a calendar
GET   /learn/<name>/<token>     the same, of one person; POST  begin | finish: an event
GET   /certificate/<token>      POST  name | unname: whether they are named in public
GET   /reached/<goal>           those who want to be

A GET changes nothing. What a person does here is an event as from anywhere else, and counts with
the next look of the worker.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from icalendar import Calendar, Event

from tenure.base.clock import system_clock
from tenure.base.errors import NotFound, TenureError
from tenure.base.ids import digest
from tenure.content.learn_link import (
    PATH,
    Learner,
    certificate_of,
    certificate_path,
    learner_of,
    lesson_path,
)
from tenure.content.lesson_file import FINISHED, PERSON, STARTED, Goal, Lesson
from tenure.content.lessons import goal_named, lesson_named, lessons
from tenure.content.models import GoalReached, LessonProgress
from tenure.content.say_page import failed_page, frame, language_of, style
from tenure.customers.merging import canonical_id, ids_behind
from tenure.customers.models import Account, Person
from tenure.kit.liquid import Marked
from tenure.kit.markdown import html_of
from tenure.kit.public_page import public_reply
from tenure.kit.typed_texts import typed_text
from tenure.lake.recording import record

NAME_MOST = 200
NAMED_MOST = 1_000
IMAGES = "https: data:"  # of a lesson: whoever wrote it put them there
_NOTED = {"begin": STARTED, "finish": FINISHED}


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def lesson_page(request: HttpRequest, name: str, token: str = "") -> HttpResponse:
    """One lesson."""
    try:
        lesson = lesson_named(name)
        learner = learner_of(token) if token else None
        if request.method == "POST" and learner is not None:
            return _noted(request, lesson, learner)
        return _lesson_shown(request, lesson, learner)
    except TenureError as error:
        return failed_page(request, error)


@login_not_required
@require_http_methods(["GET", "HEAD"])
def webinar_ics(request: HttpRequest, name: str) -> HttpResponse:
    """A webinar for a calendar. Its uid stays, so that a change of its time moves it there."""
    try:
        lesson = lesson_named(name)
        if lesson.starts_at is None:
            raise NotFound(f"{name!r} is no webinar")
    except TenureError as error:
        return failed_page(request, error)
    language = lesson.language_for(language_of(request, "")) or lesson.languages[0]
    reply = HttpResponse(_ics(lesson, language), content_type="text/calendar; charset=utf-8")
    reply.headers["Content-Disposition"] = f'attachment; filename="{lesson.name}.ics"'
    return reply


@login_not_required
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def certificate_page(request: HttpRequest, token: str) -> HttpResponse:
    """Who reached a goal, to keep and to print."""
    now = system_clock()
    try:
        reached = GoalReached.objects.filter(public_id=certificate_of(token)).first()
        if reached is None:
            raise NotFound("this certificate is not kept any more")
        goal = goal_named(reached.goal)
        if not (goal.has_certificate or goal.may_be_named):
            raise NotFound("this goal has no certificate")
        if request.method == "POST" and goal.may_be_named:
            _name(request, reached, now)
            return HttpResponseRedirect(certificate_path(reached.public_id), status=303)
    except TenureError as error:
        return failed_page(request, error)
    language = language_of(request, "")
    html = certificate_html(goal, reached, reached.named_as or _name_of(reached), language)
    return public_reply(html, style(), 200, language)


def certificate_html(goal: Goal, reached: GoalReached, name: str, language: str) -> str:
    """The whole page of a certificate."""
    with translation.override(language), timezone.override(_zone()):
        context = {
            **frame(language),
            "company": settings.TENURE_HOME.company.name,
            "goal": goal,
            "title": goal.words(goal.title, language),
            "reward": goal.words(goal.reward, language),
            "name": name,
            "reached": reached,
        }
        return str(get_template("content/certificate.html").render(context))


@login_not_required
@require_http_methods(["GET", "HEAD"])
def reached_page(request: HttpRequest, name: str) -> HttpResponse:
    """Those who reached a goal and want to be named, the latest first."""
    try:
        goal = goal_named(name)
        if not goal.may_be_named:
            raise NotFound(f"nobody is named for {name!r}")
    except TenureError as error:
        return failed_page(request, error)
    language = language_of(request, "")
    rows = GoalReached.objects.filter(goal=goal.name).exclude(named_as="")
    with translation.override(language), timezone.override(_zone()):
        context = {
            **frame(language),
            "company": settings.TENURE_HOME.company.name,
            "title": goal.words(goal.title, language),
            "rows": rows.order_by("-reached_at")[:NAMED_MOST],
        }
        html = get_template("content/reached.html").render(context)
    return public_reply(html, style(), 200, language)


def note_progress(lesson: str, learner: Learner, what: str, now: datetime) -> None:
    """Record that somebody began or finished a lesson: the same again is the same event."""
    said = {"lesson": lesson}
    row = {
        "message_id": digest("lesson", what, lesson, learner.person_id, learner.account_id),
        "type": "system",
        "name": what,
        "occurred_at": now,
        "account_key": learner.account_id or None,
        "user_id": learner.person_id,
        "properties": json.dumps(said),
    }
    record(settings.TENURE_HOME, settings.DATABASE_URL, [row], now)


def _noted(request: HttpRequest, lesson: Lesson, learner: Learner) -> HttpResponse:
    now = system_clock()
    action, known = request.POST.get("action", ""), _still_known(learner)
    query = ""
    if known is not None and action in _NOTED:
        note_progress(lesson.name, known, _NOTED[action], now)
        query = f"?done={action}"
    return HttpResponseRedirect(f"{lesson_path(lesson.name, learner)}{query}", status=303)


def _still_known(learner: Learner) -> Learner | None:
    """Whose progress it is: an old link of who was forgotten makes nobody known again."""
    if not Person.objects.filter(pk=learner.person_id).exists():
        return None
    is_there = Account.objects.filter(pk=learner.account_id).exists()
    return learner if is_there else Learner(learner.person_id)


def _lesson_shown(request: HttpRequest, lesson: Lesson, learner: Learner | None) -> HttpResponse:
    wanted = language_of(request, "")
    html = lesson_html(
        lesson,
        wanted,
        request.GET.get("language", "")[:16],
        learner,
        bool(request.GET.get("done") == "finish"),
    )
    return public_reply(html, style(), 200, wanted, images=IMAGES)


def lesson_html(
    lesson: Lesson,
    wanted: str,
    asked: str,
    learner: Learner | None = None,
    has_just_finished: bool = False,
) -> str:
    """The whole page of a lesson in the language asked for, else the one wanted, else its first.

    What somebody said a moment ago counts with the next look of the worker: `has_just_finished`.
    """
    spoken = lesson.language_for(asked) or lesson.language_for(wanted) or lesson.languages[0]
    text = (lesson.pages or {}).get(spoken, "")
    with translation.override(wanted):
        context: dict[str, Any] = {
            **frame(wanted),
            "company": settings.TENURE_HOME.company.name,
            "lesson": lesson,
            "spoken": spoken,
            "title": lesson.title[spoken],
            "summary": lesson.summary.get(spoken, ""),
            "body": mark_safe(html_of(Marked(text, ()))),  # noqa: S308  Markdown without HTML
            "learner": learner,
            "parts": _parts(lesson, learner, spoken),
            "is_finished": bool(learner and has_just_finished) or _has_finished(lesson, learner),
            "ics": f"{PATH}{lesson.name}.ics" if lesson.starts_at else "",
            "is_over": bool(lesson.ends_at and lesson.ends_at < system_clock()),
        }
        return str(get_template("content/lesson.html").render(context))


def _parts(lesson: Lesson, learner: Learner | None, language: str) -> list[dict[str, object]]:
    held = lessons()
    done = _finished_by(learner)
    return [
        {
            "title": held[name].title.get(language) or held[name].title[held[name].languages[0]],
            "link": lesson_path(name, learner),
            "is_finished": name in done,
        }
        for name in lesson.parts
        if name in held
    ]


def _finished_by(learner: Learner | None) -> set[str]:
    if learner is None:
        return set()
    whole = canonical_id("person", learner.person_id)
    rows = LessonProgress.objects.filter(person_id__in=ids_behind("person", whole))
    return set(rows.filter(finished_at__isnull=False).values_list("lesson", flat=True))


def _has_finished(lesson: Lesson, learner: Learner | None) -> bool:
    return lesson.name in _finished_by(learner)


def _zone() -> ZoneInfo:
    """Where days are the company's: a goal is reached on one."""
    return ZoneInfo(settings.TENURE_HOME.company.time_zone)


def _name(request: HttpRequest, reached: GoalReached, now: datetime) -> None:
    name = ""
    if request.POST.get("action") == "name":
        said = request.POST.get("named_as", "").encode("utf-8", "replace").decode()
        name = typed_text("named_as", said, NAME_MOST)
    GoalReached.objects.filter(pk=reached.pk).update(named_as=name, named_at=now if name else None)


def _name_of(reached: GoalReached) -> str:
    if reached.over == PERSON:
        person = Person.objects.filter(pk=reached.subject_id).first()
        return person.name if person else ""
    account = Account.objects.filter(pk=reached.subject_id).first()
    return account.name if account else ""


def _ics(lesson: Lesson, language: str) -> bytes:
    assert lesson.starts_at is not None
    calendar, event = Calendar(), Event()
    calendar.add("prodid", "-//Tenure//Lessons//EN")
    calendar.add("version", "2.0")
    event.add("uid", f"{digest('webinar', lesson.name)}@tenure")
    event.add("dtstamp", lesson.starts_at)
    event.add("dtstart", lesson.starts_at)
    event.add("dtend", lesson.starts_at + timedelta(minutes=lesson.minutes))
    event.add("summary", lesson.title[language])
    if lesson.summary.get(language):
        event.add("description", lesson.summary[language])
    event.add("url", lesson.link)
    event.add("location", lesson.link)
    calendar.add_component(event)
    return bytes(calendar.to_ical())
