"""Education: lessons and goals, who learns what, and what each piece did."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.card.product import product
from tenure.console import format as written
from tenure.console.download import csv_reply
from tenure.console.models import DefinitionDraft
from tenure.console.pages.education import words
from tenure.console.pages.frame import page_reply
from tenure.console.pages.list_link import query_of, read_said
from tenure.content.effects_kept import KeptEffect, kept_effect, kept_effects
from tenure.content.learn_link import certificate_path, lesson_path
from tenure.content.lesson_file import GOAL, KIND, PERSON, Lesson
from tenure.content.lessons import goal_named, goals, lesson_named, lessons
from tenure.content.listed import PROGRESS, goal_row, lesson_row, progress_row, taken_counts
from tenure.content.models import GoalReached, LessonProgress
from tenure.content.next_lesson import ranked
from tenure.content.pupils import pupil
from tenure.content.stages import forecast
from tenure.customers.merging import canonical_id
from tenure.customers.models import Account, Person
from tenure.definitions.store import versions
from tenure.messages.open_signals import account_names

ROWS, NEXT, VERSIONS_SHOWN = 30, 5, 20


@require_GET
def education_page(request: HttpRequest) -> HttpResponse:
    """Every lesson with what it did, goals, where accounts go; `?account=` progress of one."""
    held, counts = lessons(), taken_counts()
    told = kept_effects(list(held))
    said = read_said(request.GET)
    account_id = canonical_id("account", said["account"]) if said.get("account") else ""
    context: dict[str, Any] = {
        "lessons": [_lesson(each, told.get(each.name), counts) for each in held.values()],
        "counted_on": max((each.counted_on for each in told.values()), default=None),
        "goals": [goal_row(each) for each in goals().values()],
        "stages": [
            (words.STAGES[stage], words.forecast_words(forecast(stage)))
            for stage in ("new", "active", "fading", "lapsed")
        ],
        "account": _account(account_id) if account_id else None,
        "account_said": said.get("account", ""),
        "drafts": _drafts(request),
        "has_account": Account.objects.filter(pk=account_id).exists() if account_id else False,
    }
    return page_reply(request, "education", _headline(held, counts), context, place="plays")


@require_GET
def lesson_page(request: HttpRequest, name: str) -> HttpResponse:
    """One lesson. Raises NotFound."""
    lesson, kept = lesson_named(name), kept_effect(name)
    told = kept.effect if kept else None
    rows = LessonProgress.objects.filter(lesson=name).order_by("-started_at", "pk")
    page = Paginator(rows, ROWS).get_page(read_said(request.GET).get("page", "1"))
    context: dict[str, Any] = {
        **_lesson(lesson, kept, taken_counts()),
        "counted_on": kept.counted_on if kept else None,
        "compared": [
            (title, each, words.verdict(each))
            for title, each in (
                (_("Used the feature within 30 days"), told and told.adoption),
                (_("Still paying 90 days later"), told and told.retention),
            )
            if each is not None
        ],
        "lifts": [
            (play, lift, words.lift_verdict(lift))
            for play, lift in (told.lifts if told else {}).items()
        ],
        "page": page,
        "rows": _people(page),
        "path": lesson_path(lesson.name),
        "edit_link": reverse("edit-lesson", args=[name]),
        "versions": versions(KIND, name)[:VERSIONS_SHOWN],
        "parts": [held for name in lesson.parts if (held := lessons().get(name))],
    }
    return page_reply(request, "education/lesson", _title(lesson), context, place="plays")


@require_GET
def goal_page(request: HttpRequest, name: str) -> HttpResponse:
    """One goal, and who reached it. Raises NotFound."""
    goal = goal_named(name)
    language = get_language() or "en"
    rows = GoalReached.objects.filter(goal=name, over=goal.over).order_by("-reached_at", "pk")
    page = Paginator(rows, ROWS).get_page(read_said(request.GET).get("page", "1"))
    ids = [each.subject_id for each in page if each.over == PERSON]
    people = dict(Person.objects.filter(pk__in=ids).values_list("pk", "name"))
    names = account_names([each.account_id for each in page])
    context: dict[str, Any] = {
        "goal": goal,
        "reward": goal.words(goal.reward, language),
        "edit_link": reverse("edit-goal", args=[name]),
        "versions": versions(GOAL, name)[:VERSIONS_SHOWN],
        "page": page,
        "rows": [
            {
                "one": each,
                "who": people.get(each.subject_id) or names.get(each.subject_id, each.subject_id),
                "account": names.get(each.account_id, each.account_id),
                "certificate": certificate_path(each.public_id),
            }
            for each in page
        ],
    }
    title = goal.words(goal.title, language)
    return page_reply(request, "education/goal", title, context, place="plays")


@require_GET
def progress_csv(request: HttpRequest) -> HttpResponse:
    """Who began and finished what; `?lesson=` and `?account=` narrow it."""
    said = read_said(request.GET)
    rows = LessonProgress.objects.order_by("-started_at", "pk")
    if said.get("lesson"):
        rows = rows.filter(lesson=said["lesson"])
    if said.get("account"):
        rows = rows.filter(account_id=canonical_id("account", said["account"]))
    listed = (progress_row(each) for each in rows)
    lines = ([row[name] for name in PROGRESS] for row in listed)
    return csv_reply(request, "progress.csv", PROGRESS, lines)


def _lesson(
    lesson: Lesson, kept: KeptEffect | None, counts: dict[str, tuple[int, int]]
) -> dict[str, Any]:
    compared = (kept.effect.adoption or kept.effect.retention) if kept else None
    features = {each.name: each.title or each.name for each in product().features}
    return {
        **lesson_row(lesson, counts),
        "lesson": lesson,
        "title": _title(lesson),
        "kind_words": words.KINDS[lesson.kind],
        "feature_words": features.get(lesson.feature, lesson.feature),
        "stage_words": [words.STAGES[stage] for stage in lesson.stages],
        "compared": compared,
        "is_adoption": kept is not None and kept.effect.adoption is not None,
        "verdict": words.verdict(compared) if compared else _("Not counted yet"),
    }


def _drafts(request: HttpRequest) -> list[tuple[DefinitionDraft, str]]:
    """What whoever looks is writing, with where."""
    rows = DefinitionDraft.objects.filter(user=request.user, kind__in=(KIND, GOAL))
    edit = {KIND: "edit-lesson", GOAL: "edit-goal"}
    return [(row, reverse(edit[row.kind], args=[row.name])) for row in rows.order_by("-saved_at")]


def _title(lesson: Lesson) -> str:
    spoken = lesson.language_for(get_language() or "en") or lesson.languages[0]
    return lesson.title[spoken]


def _account(account_id: str) -> dict[str, Any]:
    them = pupil(account_id, language="")  # whoever looks may read another one
    rows = LessonProgress.objects.filter(account_id=account_id).order_by("-started_at", "pk")
    return {
        "id": account_id,
        "name": them.audience.name or account_id,
        "stage": words.STAGES.get(them.audience.stage, "–"),
        "forecast": words.forecast_words(forecast(them.audience.stage)),
        "rows": _people(rows[:ROWS]),
        "count": rows.count(),
        "next": [
            (each.lesson, _title(each.lesson), [words.BECAUSE[one] for one in each.because])
            for each in ranked(lessons(), them, system_clock())[:NEXT]
        ],
        "reached": GoalReached.objects.filter(account_id=account_id).order_by("-reached_at"),
        "query": query_of({"account": account_id}),
    }


def _people(rows: Any) -> list[dict[str, Any]]:
    listed = list(rows)
    people = dict(
        Person.objects.filter(pk__in=[each.person_id for each in listed]).values_list("pk", "name")
    )
    names = account_names([each.account_id for each in listed])
    held = lessons()
    return [
        {
            "one": each,
            "person": people.get(each.person_id) or each.person_id,
            "account": names.get(each.account_id, each.account_id),
            "lesson": _title(held[each.lesson]) if each.lesson in held else each.lesson,
        }
        for each in listed
    ]


def _headline(held: dict[str, Lesson], counts: dict[str, tuple[int, int]]) -> str:
    if not held:
        return _("There is no lesson yet")
    finished = sum(counts[name][1] for name in held if name in counts)
    told = ngettext("%(n)s lesson", "%(n)s lessons", len(held)) % {"n": written.number(len(held))}
    done = ngettext("finished %(n)s time", "finished %(n)s times", finished)
    return f"{told}, {done % {'n': written.number(finished)}}"
