"""Which lessons and goals hold."""

from functools import lru_cache

from tenure.base.errors import BadDefinition, NotFound
from tenure.card.product import product
from tenure.content.lesson_file import GOAL, KIND, Goal, Lesson, read_goal, read_lesson
from tenure.definitions.folder_text import unpack
from tenure.definitions.store import all_current, current

_KEPT = 512


def lessons() -> dict[str, Lesson]:
    """The lessons in force, by name. One that cannot be read any more is left out."""
    found = [_lesson_or_none(each.text, each.where) for each in all_current(KIND)]
    return {each.name: each for each in found if each is not None}


def lesson_named(name: str) -> Lesson:
    """The lesson in force of that name. Raises NotFound."""
    held = current(KIND, name.replace("\0", ""))
    if held is None:
        raise NotFound(f"there is no lesson {name[:80]!r}; `tenure content lessons` names them")
    return _lesson(held.text, held.where)


def goals() -> dict[str, Goal]:
    """The goals in force, by name. One that cannot be read any more is left out."""
    found = [_goal_or_none(each.text, each.where) for each in all_current(GOAL)]
    return {each.name: each for each in found if each is not None}


def goal_named(name: str) -> Goal:
    """The goal in force of that name. Raises NotFound."""
    held = current(GOAL, name.replace("\0", ""))
    if held is None:
        raise NotFound(f"there is no goal {name[:80]!r}; `tenure content goals` names them")
    return _goal(held.text, held.where)


def feature_events(feature: str) -> tuple[str, ...]:
    """The events that show the use of a feature; empty where none is declared."""
    return next((each.events for each in product().features if each.name == feature), ())


@lru_cache(maxsize=_KEPT)
def _lesson(text: str, where: str) -> Lesson:
    return read_lesson(unpack(text, where), where)


def _lesson_or_none(text: str, where: str) -> Lesson | None:
    try:
        return _lesson(text, where)
    except BadDefinition:
        return None


@lru_cache(maxsize=_KEPT)
def _goal(text: str, where: str) -> Goal:
    return read_goal(text, where)


def _goal_or_none(text: str, where: str) -> Goal | None:
    try:
        return _goal(text, where)
    except BadDefinition:
        return None
