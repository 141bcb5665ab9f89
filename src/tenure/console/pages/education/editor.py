"""Writing a lesson or a goal: begun with a name, looked at as customers will see it."""

import re
from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition
from tenure.console.pages.files_editor import editor
from tenure.content.learn_page import IMAGES, certificate_html, lesson_html
from tenure.content.lesson_file import GOAL, KIND, Goal, Lesson, read_goal, read_lesson
from tenure.content.models import GoalReached
from tenure.content.say_page import style
from tenure.definitions.kinds import file_of
from tenure.definitions.store import withdraw
from tenure.kit.public_page import public_reply

NAME_MOST = 80
LESSON_BEGINS = """title = { en = "A title" }
languages = ["en"]               # each needs a page.LANGUAGE.md, unless there is a link
kind = "page"                    # page | video | course | webinar
# feature = "report_export"      # of product.toml
# craft = "reporting"            # a subject of your own
# stages = ["new", "active"]     # of the account; left out: all
# personas = ["buyer"]           # roles of product.toml; left out: all
# minutes = 5
"""
GOAL_BEGINS = """title = { en = "A title" }
over = "person"                  # person | account
event = "Report Exported"        # or: outcome = "..." of product.toml, or lessons = ["..."]
# times = 2
# within_days = 7
# certificate = true
# recognition = true             # they may have themselves named
"""


def _lesson_look(name: str, files: Mapping[str, str], file: str) -> str:
    """Where the page of this language is looked at; empty while it cannot be read."""
    if _lesson(name, files) is None:
        return ""
    found = re.fullmatch(r"page\.([\w-]+)\.md", file)
    language = f"?language={found[1]}" if found else ""
    return reverse("look-at-lesson", args=[name]) + language


def _goal_look(name: str, files: Mapping[str, str], file: str) -> str:
    """Where its certificate is looked at; empty of one that has none."""
    goal = _goal(name, files)
    has_page = goal is not None and (goal.has_certificate or goal.may_be_named)
    return reverse("look-at-goal", args=[name]) if has_page else ""


def _lesson(name: str, files: Mapping[str, str]) -> Lesson | None:
    try:
        return read_lesson(files, file_of(KIND, name))
    except BadDefinition:
        return None


def _goal(name: str, files: Mapping[str, str]) -> Goal | None:
    try:
        return read_goal(files["goal.toml"], file_of(GOAL, name))
    except BadDefinition:
        return None


LESSON = editor.Edited(
    kind=KIND,
    page="education-lesson",
    edit="edit-lesson",
    check="check-lesson",
    list="education",
    place="education",
    said=gettext_lazy(
        "It is checked and kept while you write; nothing changes for anybody before you publish."
    ),
    done=gettext_lazy("Published. Mails and pages show it from now on."),
    docs="docs/content.md",
    new_file="page.zh-hans.md",
    preview=_lesson_look,
    begins=lambda _name: {"lesson.toml": LESSON_BEGINS, "page.en.md": ""},
)
GOALS = editor.Edited(
    kind=GOAL,
    page="education-goal",
    edit="edit-goal",
    check="check-goal",
    list="education",
    place="education",
    said=LESSON.said,
    done=gettext_lazy("Published. Who has reached it is looked up in the background."),
    docs="docs/content.md",
    preview=_goal_look,
    begins=lambda _name: {"goal.toml": GOAL_BEGINS},
)


@require_http_methods(["GET", "POST"])
def edit_lesson(request: HttpRequest, name: str) -> HttpResponse:
    """The editor of a lesson."""
    return editor.edit(request, LESSON, name)


@require_http_methods(["GET", "POST"])
def edit_goal(request: HttpRequest, name: str) -> HttpResponse:
    """The editor of a goal."""
    return editor.edit(request, GOALS, name)


@require_POST
def check_lesson(request: HttpRequest, name: str) -> HttpResponse:
    """What is said of a lesson while it is written."""
    return editor.check_written(request, LESSON, name)


@require_POST
def check_goal(request: HttpRequest, name: str) -> HttpResponse:
    """What is said of a goal while it is written."""
    return editor.check_written(request, GOALS, name)


@require_GET
def begin_writing(request: HttpRequest, kind: str) -> HttpResponse:
    """To the editor of a lesson or goal of this name, there or new; nothing is kept by it."""
    edited = {KIND: LESSON, GOAL: GOALS}[kind]
    name = slugify(request.GET.get("name", ""))[:NAME_MOST].strip("-_")
    if name:
        return redirect(edited.edit, name)
    messages.error(
        request,
        _("No file can be named after this title. Name it in a-z, 0-9, _ and -, such as teams."),
    )
    return redirect(edited.list)


@require_GET
@xframe_options_sameorigin
def look_at_lesson(request: HttpRequest, name: str) -> HttpResponse:
    """The draft of a lesson as customers will see it, for the frame beside the editor."""
    language = request.GET.get("language", "")[:16]
    lesson = _lesson(name, editor.files_written(request, LESSON, name))
    if lesson is None:
        raise Http404
    return _framed(lesson_html(lesson, language or lesson.languages[0], language))


@require_GET
@xframe_options_sameorigin
def look_at_goal(request: HttpRequest, name: str) -> HttpResponse:
    """The certificate of a goal that is being written, made out to nobody."""
    goal, language = _goal(name, editor.files_written(request, GOALS, name)), get_language() or "en"
    if goal is None:
        raise Http404
    reached = GoalReached(reached_at=system_clock())
    return _framed(certificate_html(goal, reached, _("Their name"), language))


@require_POST
def put_out(request: HttpRequest, kind: str, name: str) -> HttpResponse:
    """Put a lesson or goal out of force; its versions, and what people did, stay."""
    edited = {KIND: LESSON, GOAL: GOALS}[kind]
    withdraw(edited.kind, name, now=system_clock())
    said = _("“%(name)s” is not in force any more. Its versions stay, and can be published again.")
    messages.success(request, said % {"name": name})
    return redirect(edited.list)


def _framed(html: str) -> HttpResponse:
    """A public page inside one of ours: nothing in it runs or leads anywhere."""
    language = get_language() or "en"
    return public_reply(html, style(), 200, language, images=IMAGES, is_looked_at=True)
