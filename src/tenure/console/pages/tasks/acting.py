"""What can be done with a task from a page: the forms of `act.html`, and what their posts do."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from tenure.base.errors import InvalidInput
from tenure.tasks import work
from tenure.tasks.choose_tasks import today_of
from tenure.tasks.models import Outcome, Task

SNOOZES = (1, 3, 7, 30)  # days, offered as buttons
SNOOZE_DAYS_MAX = 730


def act_context(now: datetime) -> dict[str, Any]:
    """What `pages/tasks/act.html` needs beside `task` and `next`, once for a whole page."""
    today = today_of(now, settings.TENURE_HOME.company.time_zone)
    return {
        "act_users": owners(),
        "act_outcomes": Outcome.choices,
        "act_tomorrow": today + timedelta(days=1),
        "act_snoozes": [(days, _snooze_words(days)) for days in SNOOZES],
    }


def owners() -> list[Any]:
    """Everybody who may own a task."""
    return list(get_user_model().objects.filter(is_active=True).order_by("username"))


def act_on(what: str, task: Task, form: QueryDict, now: datetime, by: str) -> str:
    """Change the task as the form says; a sentence about what was done.

    Raises InvalidInput for a form that cannot be read, Conflict when somebody else was quicker.
    """
    return ACTS[what](task, form, now, by)


def _assign(task: Task, form: QueryDict, now: datetime, by: str) -> str:
    seen = form.get("seen", "")
    if "seen" in form:
        task.owner_id = int(seen) if seen.isdecimal() and len(seen) < 19 else None
    owner = owner_named(form.get("owner", ""))
    work.assign(task, owner, now=now, by=by)
    if owner is None:
        return _("Nobody has this task now.")
    return _("%(name)s has this task now.") % {"name": owner.get_username()}


def _snooze(task: Task, form: QueryDict, now: datetime, by: str) -> str:
    today = today_of(now, settings.TENURE_HOME.company.time_zone)
    if "seen" in form:
        task.snoozed_until_on = day_in(form, "seen")
    if form.get("wake"):
        work.snooze(task, None, now=now, by=by)
        return _("The task is back.")
    days = form.get("days", "")
    until_on = today + timedelta(days=int(days)) if days in map(str, SNOOZES) else None
    until_on = until_on or day_in(form, "until_on")
    if until_on is None or not today < until_on <= today + timedelta(days=SNOOZE_DAYS_MAX):
        raise InvalidInput(_("Choose a day after today, within two years."), field="until_on")
    work.snooze(task, until_on, now=now, by=by)
    return _("The task is out of sight until %(day)s.") % {"day": until_on.isoformat()}


def _due(task: Task, form: QueryDict, now: datetime, by: str) -> str:
    if "seen" in form:
        task.due_on = day_in(form, "seen")
    due_on = day_in(form, "due_on")
    work.put_off(task, due_on, now=now, by=by)
    if due_on is None:
        return _("The task is due on no day.")
    return _("The task is due on %(day)s.") % {"day": due_on.isoformat()}


def _tick(task: Task, form: QueryDict, now: datetime, by: str) -> str:
    item = form.get("item", "")
    if not item.isdecimal() or len(item) > 6:
        raise InvalidInput(_("There is no such item."), field="item")
    done = form.get("done") == "1"
    work.tick(task, int(item), done, now=now, by=by)
    return _("Ticked.") if done else _("Not done any more.")


def _close(task: Task, form: QueryDict, now: datetime, by: str) -> str:
    if form.get("outcome", "") not in Outcome.values:
        raise InvalidInput(_("Choose what came of it."), field="outcome")
    work.close(task, form["outcome"], form.get("text", ""), now=now, by=by)
    return _("Closed: %(outcome)s.") % {"outcome": Outcome(form["outcome"]).label}


def _reopen(task: Task, form: QueryDict, now: datetime, by: str) -> str:
    work.reopen(task, now=now, by=by)
    return _("The task is open again.")


ACTS: dict[str, Callable[[Task, QueryDict, datetime, str], str]] = {
    "assign": _assign,
    "snooze": _snooze,
    "due": _due,
    "tick": _tick,
    "close": _close,
    "reopen": _reopen,
}


def owner_named(name: str) -> Any:
    """The user with this name, None for an empty one. Raises InvalidInput for an unknown one."""
    if not name:
        return None
    user = get_user_model().objects.filter(username=name, is_active=True).first()
    if user is None:
        raise InvalidInput(_("Nobody of this name signs in here."), field="owner")
    return user


def day_in(form: QueryDict, field: str) -> date | None:
    """A day of a form, None where it is empty. Raises InvalidInput for what is no day."""
    stated = form.get(field, "").strip()
    if not stated:
        return None
    try:
        return date.fromisoformat(stated)
    except ValueError:
        raise InvalidInput(_("Write a day as 2026-03-31."), field=field) from None


def by_of(request: HttpRequest) -> str:
    """Who asks, as history names them."""
    return request.user.get_username()


def _snooze_words(days: int) -> str:
    return {1: _("Tomorrow"), 3: _("In 3 days"), 7: _("In a week"), 30: _("In 30 days")}[days]
