"""What the worker does about fixes and exit interviews: tell what was not told, follow merges."""

from datetime import datetime

from django.conf import settings

from tenure.base.home import Home
from tenure.lake.reading import reading
from tenure.reasons.fixes_recorded import record_changes
from tenure.reasons.interviews import move_with_merges, tell_interviews
from tenure.reasons.models import Interview, ReasonCursor, Survey
from tenure.reasons.survey_answers import tell_surveys
from tenure.signals.cursors import changed_links

CURSOR = "interview_places"


def follow_interviews(home: Home, now: datetime) -> int:
    """How many things were told, or moved to where they belong now."""
    done = tell_surveys(home, now) + tell_interviews(home, now)
    done += record_changes(home, settings.DATABASE_URL, now)
    if Survey.objects.exists() or Interview.objects.exists():
        done += _move(home)
    return done


def _move(home: Home) -> int:
    seen = changed_links()
    held, _ = ReasonCursor.objects.get_or_create(name=CURSOR)
    if held.text == seen:
        return 0
    with reading(home, fresh=True) as reader:
        moved = move_with_merges(reader)
    ReasonCursor.objects.filter(name=CURSOR).update(text=seen)
    return moved
