"""What each lesson did, as it was counted last: in the background, once a day or when it changed.

follow_effects(home, now)      # after all else is followed
kept_effect("reports")         # what a page shows, with its day; None: not counted yet
"""

from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.content.effects import Effect, effect_of
from tenure.content.lessons import feature_events, lessons
from tenure.content.models import LessonEffect
from tenure.definitions.store import all_current
from tenure.lake.reading import company_day


@dataclass(frozen=True, slots=True)
class KeptEffect:
    """What a lesson did, as of the end of the day before `counted_on`."""

    effect: Effect
    counted_on: date


def kept_effect(lesson: str) -> KeptEffect | None:
    """What was counted last; None where nothing was."""
    return kept_effects([lesson]).get(lesson)


def kept_effects(names: list[str]) -> dict[str, KeptEffect]:
    """The same of several, by name."""
    rows = LessonEffect.objects.filter(lesson__in=names)
    return {
        row.lesson: KeptEffect(effect, row.counted_on)
        for row in rows
        if (effect := _effect_in(row)) is not None
    }


def follow_effects(home: Home, now: datetime) -> int:
    """Count what was not counted today, was before its lesson changed, or cannot be read any more;
    how many lessons were.

    What is kept of lessons that are not in force any more goes.
    """
    held, today = lessons(), company_day(home, now)
    if not held:
        return LessonEffect.objects.all().delete()[0]
    LessonEffect.objects.exclude(lesson__in=held).delete()
    versions = {each.name: each.digest for each in all_current("lesson")}
    counted = 0
    known = {
        row.lesson: (row.counted_on, row.digest)
        for row in LessonEffect.objects.all()
        if _effect_in(row) is not None
    }
    for lesson in held.values():
        ground = digest("effect", versions[lesson.name], *feature_events(lesson.feature))
        if known.get(lesson.name) == (today, ground):
            continue
        told = msgspec.to_builtins(effect_of(home, lesson, now))
        LessonEffect.objects.update_or_create(
            lesson=lesson.name, defaults={"told": told, "counted_on": today, "digest": ground}
        )
        counted += 1
    return counted


def _effect_in(row: LessonEffect) -> Effect | None:
    """What was counted; None where another release wrote it in another shape."""
    try:
        return msgspec.convert(row.told, Effect)
    except msgspec.ValidationError:
        return None
