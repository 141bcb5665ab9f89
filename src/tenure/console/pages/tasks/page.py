"""Tasks: what somebody has to do, by when; one of them; what they do about it; a new one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import Conflict, InvalidInput
from tenure.console import format as written
from tenure.console.pages.frame import is_part, page_reply
from tenure.console.pages.sign_in.page import safe_next
from tenure.console.pages.tasks.acting import ACTS, act_context, act_on, by_of, owners
from tenure.console.pages.tasks.choose import Choice, read_choice
from tenure.console.pages.tasks.reason import reason_of
from tenure.messages.open_signals import account_names, titles_of
from tenure.tasks.choose_tasks import WHOSE, chosen_tasks, count_by_when, task_of, today_of
from tenure.tasks.models import Status, Task

PAGE_ROWS = 100
CHECKLIST = "task-checklist"
WHEN_WORDS = {
    "open": gettext_lazy("Open"),
    "overdue": gettext_lazy("Overdue"),
    "today": gettext_lazy("Due today"),
    "week": gettext_lazy("This week"),
    "snoozed": gettext_lazy("Snoozed"),
    "done": gettext_lazy("Done"),
}
WHOSE_WORDS = {
    "mine": gettext_lazy("My tasks"),
    "all": gettext_lazy("Everybody's"),
    "nobody": gettext_lazy("Without an owner"),
}


@dataclass(frozen=True, slots=True)
class Row:
    task: Task
    title: str
    is_overdue: bool
    items_done: int


@dataclass(slots=True)
class Group:
    account_id: str
    name: str
    rows: list[Row] = field(default_factory=list)


@require_GET
def tasks(request: HttpRequest) -> HttpResponse:
    choice, now = read_choice(request.GET), system_clock()
    today = today_of(now, settings.TENURE_HOME.company.time_zone)
    found = chosen_tasks(choice.tasks, request.user, today)
    page = Paginator(found, PAGE_ROWS).get_page(choice.page)
    counts = count_by_when(choice.tasks, request.user, today)
    account_id = choice.tasks.account_id
    context = {
        "choice": choice.tasks,
        "whose": [(words, choice.query(whose=key, page=1), key) for key, words in _whose(choice)],
        "when": [
            (words, choice.query(when=key, page=1), key, counts.get(key))
            for key, words in WHEN_WORDS.items()
        ],
        "groups": _groups(list(page), today),
        "page": page,
        "previous": choice.query(page=page.number - 1) if page.has_previous() else None,
        "next": choice.query(page=page.number + 1) if page.has_next() else None,
        "here": request.get_full_path(),
        "account_name": account_names([account_id]).get(account_id, ""),
        "without_account": choice.query(account=None, page=1),
        "is_empty": not page.paginator.count and not Task.objects.exists(),
    }
    return page_reply(request, "tasks", _title(counts, page.paginator.count, choice), context)


@require_GET
def task(request: HttpRequest, task_id: int) -> HttpResponse:
    found, now = task_of(task_id), system_clock()
    return page_reply(
        request, "tasks/one", titles_of([found])[found.pk], _one(request, found, now), place="tasks"
    )


@require_POST
def act(request: HttpRequest, task_id: int, what: str) -> HttpResponse:
    """Do what a form of `act.html` asks; back to where it came from, with a sentence about it."""
    if what not in ACTS:
        raise Http404
    found, now = task_of(task_id), system_clock()
    try:
        done = act_on(what, found, request.POST, now, by_of(request))
        if not is_part(request, CHECKLIST):
            messages.success(request, done)
    except (Conflict, InvalidInput) as error:
        messages.error(request, error.message)
    if is_part(request, CHECKLIST):
        context = _one(request, task_of(task_id), now)
        return render(request, "pages/tasks/checklist.html", context)
    wanted = request.POST.get("next", "")
    return redirect(safe_next(request, wanted) if wanted else reverse("task", args=[task_id]))


def _one(request: HttpRequest, found: Task, now: datetime) -> dict[str, Any]:
    today = today_of(now, settings.TENURE_HOME.company.time_zone)
    items = [{**item, "index": index} for index, item in enumerate(found.checklist)]
    return {
        "task": found,
        "reason": reason_of(found),
        "items": items,
        "account_name": account_names([found.account_id]).get(found.account_id, ""),
        "is_overdue": _is_overdue(found, today),
        "changes": found.changes.order_by("-number")[:50],
        "next": request.GET.get("next") or request.POST.get("next", ""),
        **act_context(now),
    }


def _groups(found: Sequence[Task], today: date) -> list[Group]:
    """By account, in the order of the most urgent task of each."""
    names, titles = account_names(task.account_id for task in found), titles_of(found)
    groups: dict[str, Group] = {}
    for each in found:
        group = groups.setdefault(
            each.account_id, Group(each.account_id, names.get(each.account_id, ""))
        )
        done = sum(bool(item.get("done_at")) for item in each.checklist)
        group.rows.append(Row(each, titles[each.pk], _is_overdue(each, today), done))
    return list(groups.values())


def _is_overdue(task: Task, today: date) -> bool:
    return task.is_open and task.due_on is not None and task.due_on < today


def _whose(choice: Choice) -> list[tuple[str, Any]]:
    others = [user.get_username() for user in owners()]
    named = [(name, name) for name in others if name not in WHOSE]
    return [*WHOSE_WORDS.items(), *(named if len(named) > 1 else [])]


def _title(counts: dict[str, int], shown: int, choice: Choice) -> str:
    """The answer: what is late, else what is due today, else what there is."""
    if choice.tasks.when == "done":
        words = ngettext("%(n)s task was closed", "%(n)s tasks were closed", shown)
        return words % {"n": written.number(shown)}
    if late := counts["overdue"]:
        words = ngettext("%(n)s task is overdue", "%(n)s tasks are overdue", late)
        return words % {"n": written.number(late)}
    if due := counts["today"]:
        words = ngettext("%(n)s task is due today", "%(n)s tasks are due today", due)
        return words % {"n": written.number(due)}
    if open_tasks := counts["open"]:
        words = ngettext(
            "%(n)s open task, none overdue", "%(n)s open tasks, none overdue", open_tasks
        )
        return words % {"n": written.number(open_tasks)}
    waiting = Task.objects.filter(status=Status.OPEN, owner=None).count()
    if choice.tasks.whose == "mine" and waiting:
        words = ngettext(
            "You have nothing to do; %(n)s task has no owner",
            "You have nothing to do; %(n)s tasks have no owner",
            waiting,
        )
        return words % {"n": written.number(waiting)}
    return _("Nothing to do")
