"""Reminders: what somebody's tasks due today and overdue are, once a day at their hour."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.base.home import Home
from tenure.messages.configuration import console_url
from tenure.messages.ledger import intend
from tenure.messages.models import Channel, Purpose, Recipient
from tenure.messages.open_signals import account_names, titles_of
from tenure.messages.recipients import end_of_day, is_hour_come, local, readers
from tenure.messages.writing import Written, link, write
from tenure.tasks.choose_tasks import TaskChoice, chosen_tasks
from tenure.tasks.models import Task

TASKS_MAX = 40


def intend_reminders(home: Home, now: datetime) -> int:
    """How many reminders were written into the ledger: for each owner and day one at most."""
    here = local(home, now)
    due = [
        recipient
        for recipient in readers()
        if recipient.wants_reminders and is_hour_come(recipient, recipient.reminded_on, here)
    ]
    return sum(_remind(home, recipient, now) for recipient in due)


@transaction.atomic
def _remind(home: Home, recipient: Recipient, now: datetime) -> int:
    here = local(home, now)
    recipient = Recipient.objects.select_for_update(of=("self",)).get(pk=recipient.pk)
    if not is_hour_come(recipient, recipient.reminded_on, here):
        return 0
    recipient.reminded_on = here.date()
    recipient.save(update_fields=["reminded_on"])
    mine = chosen_tasks(TaskChoice("mine", "open"), recipient.user, here.date())
    tasks = list(mine.filter(due_on__lte=here.date()))
    if not tasks:
        return 0
    mail = _mail(home, recipient, tasks, here.date())
    accounts = {task.account_id for task in tasks if task.account_id}
    people = {task.person_id for task in tasks if task.person_id}
    intend(
        key=f"{Purpose.REMINDER}:{recipient.name}:{here.date()}",
        purpose=Purpose.REMINDER,
        channel=Channel.MAIL,
        to=recipient,
        recipient=recipient.user.email,
        now=now,
        valid_until=end_of_day(here),
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        about=[
            *(("task", str(task.pk)) for task in tasks),
            *(("account", each) for each in sorted(accounts)),
            *(("person", each) for each in sorted(people)),
        ],
    )
    return 1


def _mail(home: Home, recipient: Recipient, tasks: Sequence[Task], today: date) -> Written:
    url, names = console_url(home), account_names(task.account_id for task in tasks)
    with translation.override(recipient.language):
        titles = titles_of(tasks)
        shown = [
            {
                "title": titles[task.pk],
                "url": link(url, "task", task.pk),
                "account": names.get(task.account_id, ""),
                "due": due_words(task.due_on, today),
            }
            for task in tasks[:TASKS_MAX]
        ]
        subject = _subject(titles[tasks[0].pk], tasks, today)
    context = {
        "tasks": shown,
        "more": len(tasks) - len(shown),
        "action_url": link(url, "tasks"),
        "preferences_url": link(url, "you"),
        "company": home.company.name,
    }
    return write("reminder", subject, context, recipient.language)


def due_words(due_on: date, today: date) -> str:
    """When it is or was due, in the language in force."""
    if due_on >= today:
        return _("due today")
    return _("was due on %(day)s") % {"day": date_format(due_on, "DATE_FORMAT")}


def _subject(first: str, tasks: Sequence[Task], today: date) -> str:
    overdue = sum(task.due_on < today for task in tasks)
    if len(tasks) == 1:
        words = _("Overdue: %(task)s") if overdue else _("Due today: %(task)s")
        return words % {"task": first}
    if not overdue:
        return ngettext("%(n)s task due today", "%(n)s tasks due today", len(tasks)) % {
            "n": len(tasks)
        }
    words = ngettext(
        "%(n)s task due, %(late)s of them overdue",
        "%(n)s tasks due, %(late)s of them overdue",
        len(tasks),
    )
    return words % {"n": len(tasks), "late": overdue}
