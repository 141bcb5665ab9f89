"""Words, lessons and goals as rows: for commands, programs and files."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count

from tenure.content.effects import Compared, Effect
from tenure.content.lesson_file import Goal, Lesson
from tenure.content.models import GoalReached, LessonProgress, Testimonial

SAID = ("key", "standing", "shown", "origin", "words", "who", "company", "language", "said_on",
        "source_url", "features", "segments")  # fmt: skip
LESSONS = ("lesson", "kind", "title", "feature", "craft", "stages", "began", "finished")
GOALS = ("goal", "title", "over", "reached", "named")
PROGRESS = ("person", "account", "lesson", "started_on", "finished_on")
ASSOCIATION = "an association: nobody chose by chance who takes a lesson"


def said_row(said: Testimonial) -> dict[str, Any]:
    """One testimonial; `shown` is where it may be now."""
    return {
        "key": said.key,
        "standing": said.standing,
        "shown": ", ".join(said.scope) if said.is_live else "",
        "origin": said.origin,
        "words": said.said,
        "who": said.who,
        "company": said.company,
        "language": said.language,
        "said_on": said.said_at.date().isoformat(),
        "source_url": said.source_url,
        "features": ", ".join(said.features),
        "segments": ", ".join(said.segments),
    }


def lesson_row(lesson: Lesson, counts: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """One lesson, with how many began and finished it."""
    began, finished = counts.get(lesson.name, (0, 0))
    return {
        "lesson": lesson.name,
        "kind": lesson.kind,
        "title": lesson.title[lesson.languages[0]],
        "feature": lesson.feature,
        "craft": lesson.craft,
        "stages": ", ".join(lesson.stages),
        "began": began,
        "finished": finished,
    }


def goal_row(goal: Goal) -> dict[str, Any]:
    """One goal, with how many reached it and how many of them want to be named."""
    rows = GoalReached.objects.filter(goal=goal.name, over=goal.over)
    return {
        "goal": goal.name,
        "title": goal.title[goal.languages[0]],
        "over": goal.over,
        "reached": rows.count(),
        "named": rows.exclude(named_as="").count(),
    }


def progress_row(row: LessonProgress) -> dict[str, Any]:
    """One person in one lesson."""
    return {
        "person": row.person_id,
        "account": row.account_id,
        "lesson": row.lesson,
        "started_on": row.started_at.date().isoformat() if row.started_at else "",
        "finished_on": row.finished_at.date().isoformat() if row.finished_at else "",
    }


def taken_counts() -> dict[str, tuple[int, int]]:
    """How many people began and finished each lesson."""
    rows = LessonProgress.objects.values_list("lesson")
    counted = rows.annotate(began=Count("pk"), finished=Count("finished_at"))
    return {lesson: (began, finished) for lesson, began, finished in counted}


def effect_json(effect: Effect) -> dict[str, Any]:
    """What a lesson did, with what kind of statement each is."""
    return {
        "finished_accounts": effect.finished,
        "adoption": _compared(effect.adoption) if effect.adoption else None,
        "retention": _compared(effect.retention),
        "lifts": {
            play: {
                "is": "caused by sending it: by hold-out",
                "value": lift.value,
                "low": lift.low,
                "high": lift.high,
                "is_known": lift.is_known,
                "more_needed": lift.more_needed,
                "treated": lift.treated,
                "control": lift.control,
            }
            for play, lift in effect.lifts.items()
        },
    }


def _compared(told: Compared) -> dict[str, Any]:
    value, low, high = told.difference or (None, None, None)
    return {
        "is": ASSOCIATION,
        "took": {"part": told.took.part, "of": told.took.of, "share": told.took.value},
        "similar": {"part": told.similar.part, "of": told.similar.of, "share": told.similar.value},
        "difference": value,
        "low": low,
        "high": high,
        "is_seen": told.is_seen,
        "missing": told.missing,
    }
