"""Which lesson somebody should be shown next, and why: by the stage that their account is in, then
the one that it is likely to come to, then what it pays for and has never used.

Pure; `pupils.py` says what is so of somebody.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tenure.content.audience import NOBODY, Audience
from tenure.content.lesson_file import WEBINAR, Lesson

WEBINAR_AHEAD = timedelta(days=30)
STAGE, FORECAST, UNUSED, BEGUN, OPEN = "stage", "forecast", "unused", "begun", "open"


@dataclass(frozen=True, slots=True)
class Pupil:
    """Somebody who may learn something. `next_stage` is empty where nothing can be said of it,
    `language` where any will do."""

    language: str
    audience: Audience = NOBODY
    person_id: str = ""
    role: str = ""  # buyer, implementer, user or executive; empty: not known
    finished: Collection[str] = ()
    begun: Collection[str] = ()
    unused: Collection[str] = ()  # features that the account pays for and never used
    lacking: Collection[str] = ()  # features that its plan does not contain
    next_stage: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A lesson, and what spoke for it."""

    lesson: Lesson
    because: tuple[str, ...] = field(default=())


def next_lesson(
    lessons: Mapping[str, Lesson], pupil: Pupil, now: datetime, *, feature: str = "",
    craft: str = "",
) -> Chosen | None:  # fmt: skip
    """The lesson to show next; None: there is none for them."""
    chosen = ranked(lessons, pupil, now, feature=feature, craft=craft)
    return chosen[0] if chosen else None


def ranked(
    lessons: Mapping[str, Lesson], pupil: Pupil, now: datetime, *, feature: str = "",
    craft: str = "",
) -> list[Chosen]:  # fmt: skip
    """Every lesson that somebody may be shown, the first one first. Parts of a course are reached
    by the course.
    """
    parts = {name for lesson in lessons.values() for name in lesson.parts}
    found = []
    for lesson in lessons.values():
        if feature and lesson.feature != feature or craft and lesson.craft != craft:
            continue
        if lesson.name in parts and not (feature or craft):
            continue
        if not why_not(lesson, pupil, now):
            because = _because(lesson, pupil)
            found.append((_place(lesson, because), Chosen(lesson, because)))
    return [chosen for _, chosen in sorted(found, key=lambda each: each[0])]


def why_not(lesson: Lesson, pupil: Pupil, now: datetime) -> str:
    """Why this lesson is not for them now; empty: it is."""
    if lesson.name in pupil.finished:
        return "finished"
    if pupil.language and not lesson.language_for(pupil.language):
        return "it is in none of their languages"
    if lesson.stages and not {pupil.audience.stage, pupil.next_stage} & set(lesson.stages):
        return "it is for other stages"
    if lesson.personas and pupil.role and pupil.role not in lesson.personas:
        return "it is for other roles"
    if lesson.feature and lesson.feature in pupil.lacking:
        return "their plan does not contain it"
    if lesson.kind == WEBINAR and lesson.starts_at is not None:
        if lesson.starts_at <= now:
            return "it has begun"
        if lesson.starts_at > now + WEBINAR_AHEAD:
            return "it is too far ahead"
    return ""


def _because(lesson: Lesson, pupil: Pupil) -> tuple[str, ...]:
    found = []
    if lesson.stages:
        found.append(STAGE if pupil.audience.stage in lesson.stages else FORECAST)
    if lesson.feature and lesson.feature in pupil.unused:
        found.append(UNUSED)
    if lesson.name in pupil.begun:
        found.append(BEGUN)
    return tuple(found) or (OPEN,)


def _place(lesson: Lesson, because: Collection[str]) -> tuple[object, ...]:
    stage = 0 if STAGE in because else 1 if FORECAST in because else 2
    return (stage, UNUSED not in because, BEGUN not in because, lesson.kind != WEBINAR, lesson.name)
