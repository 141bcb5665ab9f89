"""What customers said, lessons and progress over the JSON API."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from tenure.base.clock import system_clock
from tenure.content import asks, listed
from tenure.content.audience import NOBODY, audiences
from tenure.content.effects_kept import kept_effect
from tenure.content.lessons import goals, lesson_named, lessons
from tenure.content.models import LessonProgress, Standing, Testimonial
from tenure.content.next_lesson import ranked
from tenure.content.picking import Wanted, sayable
from tenure.content.pupils import pupil
from tenure.content.stages import forecast
from tenure.content.testimonials import OPERATOR, testimonial_of, withdraw
from tenure.customers.merging import canonical_id

router = Router(tags=["content"])
ROWS_MOST = 1_000


class Asked(Schema):
    """Whom to ask, about what."""

    account_id: str
    person_id: str = ""
    feature: str = ""
    language: str = ""


class TakenBack(Schema):
    """How they said so."""

    evidence: str = ""


@router.get("/testimonials")
def list_testimonials(request: HttpRequest, standing: str = "") -> dict[str, Any]:
    """What customers said, the latest first; of one standing where it is given."""
    rows = Testimonial.objects.order_by("-said_at", "-pk")
    if standing in Standing.values:
        rows = rows.filter(standing=standing)
    return {"testimonials": [listed.said_row(each) for each in rows[:ROWS_MOST]]}


@router.get("/testimonials/pick")
def pick(
    request: HttpRequest,
    account_id: str = "",
    feature: str = "",
    language: str = "en",
    place: Literal["mail", "site"] = "mail",
) -> dict[str, Any]:
    """What would be said to an account, or null; and why the others would not."""
    id = canonical_id("account", account_id.replace("\0", "")) if account_id else ""
    wanted = Wanted(place, language, audiences([id]).get(id, NOBODY), feature=feature)
    held = sayable(system_clock())
    found = held.pick(wanted)
    return {
        "testimonial": listed.said_row(found[0]) if found else None,
        "refused": [
            {"key": each.key, "because": each.because} for each in held.refused(wanted)[:ROWS_MOST]
        ],
    }


@router.post("/testimonials/asks")
def make_ask(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """A link by which somebody may say something; its path, below where Tenure is reached."""
    made = asks.make_ask(
        asked.account_id, person_id=asked.person_id, feature=asked.feature,
        language=asked.language, now=system_clock(), by="api",
    )  # fmt: skip
    return {"path": asks.address_of(made, ""), "expires_at": made.expires_at.isoformat()}


@router.post("/testimonials/{key}/withdraw")
def take_back(request: HttpRequest, key: str, said: TakenBack) -> dict[str, Any]:
    """The words are shown nowhere from now on, nor in a mail that still waits."""
    row = withdraw(
        testimonial_of(key), how=OPERATOR, by="api", now=system_clock(), evidence=said.evidence
    )
    return listed.said_row(row)


@router.get("/lessons")
def list_lessons(request: HttpRequest) -> dict[str, Any]:
    """The lessons and goals in force, with how many people began, finished and reached them."""
    counts = listed.taken_counts()
    return {
        "lessons": [listed.lesson_row(each, counts) for each in lessons().values()],
        "goals": [listed.goal_row(each) for each in goals().values()],
    }


@router.get("/lessons/next")
def next_for(
    request: HttpRequest, account_id: str, person_id: str = "", language: str = "en"
) -> dict[str, Any]:
    """The lessons for somebody, the next one first, with what speaks for each; and the stage that
    accounts of theirs come to most, where that can be said."""
    them = pupil(
        canonical_id("account", account_id.replace("\0", "")), language, person_id.replace("\0", "")
    )
    told = forecast(them.audience.stage)
    return {
        "stage": them.audience.stage,
        "next_stage": {"stage": told.to, "part": told.share.part, "of": told.share.of},
        "lessons": [
            {"lesson": each.lesson.name, "because": list(each.because)}
            for each in ranked(lessons(), them, system_clock())
        ],
    }


@router.get("/lessons/{name}")
def one_lesson(request: HttpRequest, name: str) -> dict[str, Any]:
    """One lesson, with what it did as of the day on which that was counted; null: not yet."""
    lesson, kept = lesson_named(name), kept_effect(name)
    return {
        **listed.lesson_row(lesson, listed.taken_counts()),
        "effect": listed.effect_json(kept.effect) if kept else None,
        "counted_on": kept.counted_on.isoformat() if kept else None,
    }


@router.get("/progress")
def list_progress(request: HttpRequest, account_id: str = "", lesson: str = "") -> dict[str, Any]:
    """Who began and finished what, the latest first."""
    rows = LessonProgress.objects.order_by("-started_at", "pk")
    if account_id:
        rows = rows.filter(account_id=canonical_id("account", account_id.replace("\0", "")))
    if lesson:
        rows = rows.filter(lesson=lesson.replace("\0", ""))
    return {"progress": [listed.progress_row(each) for each in rows[:ROWS_MOST]]}
