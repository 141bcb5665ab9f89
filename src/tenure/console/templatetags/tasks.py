"""What templates may say about a task's history."""

from collections.abc import Callable
from typing import Any

from django import template
from django.utils.translation import gettext as _

from tenure.tasks.models import Outcome, TaskChange

register = template.Library()


@register.filter
def change_words(change: TaskChange) -> str:
    """A change as a sentence; a name that is not known here as it stands."""
    said = change.properties
    words: dict[str, Callable[[], str]] = {
        "Task Opened": lambda: _("opened it"),
        "Task Assigned": lambda: _assigned(said),
        "Task Snoozed": lambda: _("put it off until %(day)s") % {"day": said.get("until_on")},
        "Task Woken": lambda: _("brought it back"),
        "Task Due Changed": lambda: _due(said),
        "Task Item Ticked": lambda: _ticked(said),
        "Task Closed": lambda: _("closed it: %(outcome)s") % {"outcome": _outcome(said)},
        "Task Reopened": lambda: _("opened it again"),
    }
    return words[change.name]() if change.name in words else change.name


def _assigned(said: dict[str, Any]) -> str:
    if not said.get("owner"):
        return _("took it from its owner")
    return _("gave it to %(name)s") % {"name": said["owner"]}


def _due(said: dict[str, Any]) -> str:
    if not said.get("due_on"):
        return _("made it due on no day")
    return _("made it due on %(day)s") % {"day": said["due_on"]}


def _ticked(said: dict[str, Any]) -> str:
    number = {"n": int(said.get("item", 0)) + 1}
    return (
        _("ticked item %(n)s") % number if said.get("done") else _("unticked item %(n)s") % number
    )


def _outcome(said: dict[str, Any]) -> str:
    outcome = str(said.get("outcome", ""))
    return str(Outcome(outcome).label) if outcome in Outcome.values else outcome
