"""Reminders: once for each owner and day, at their hour, also where clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model

from tenure.messages.models import Message, Recipient
from tenure.messages.reminders import intend_reminders
from tenure.tasks.models import Task
from tenure.tasks.work import assign, close, open_task, snooze

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(home):
    return get_user_model().objects.create_user("ann", email="ann@example.org")


def in_zone(home, zone: str) -> ZoneInfo:
    home.settings_file.write_text(f'[company]\nname = "X"\ntime_zone = "{zone}"\n')
    home.__dict__.pop("company", None)
    return ZoneInfo(zone)


def task_of(owner, due_on: date | None, title="Call") -> Task:
    return open_task(
        title=title, because={"kind": "person"}, owner=owner, due_on=due_on,
        now=datetime(2025, 1, 1, tzinfo=UTC), by="ann",
    )  # fmt: skip


def reminded_at(home, zone: ZoneInfo, first_on: date, days: int, every_minutes=10) -> list[str]:
    """When reminders are written if the worker looks all the time, in local time."""
    at = datetime(first_on.year, first_on.month, first_on.day, tzinfo=zone).astimezone(UTC)
    until, seen, found = at + timedelta(days=days), 0, []
    while at < until:
        intend_reminders(home, at)
        count = Message.objects.count()
        if count > seen:
            seen = count
            found.append(f"{at.astimezone(zone):%m-%d %H:%M}")
        at += timedelta(minutes=every_minutes)
    return found


@pytest.mark.parametrize(
    ("zone", "hour", "first_on", "expected"),
    [
        # Europe: 02:00 does not come on 30 March, and comes twice on 26 October.
        ("Europe/Berlin", 2, date(2025, 3, 29), ["03-29 02:00", "03-30 03:00", "03-31 02:00"]),
        ("Europe/Berlin", 2, date(2025, 10, 25), ["10-25 02:00", "10-26 02:00", "10-27 02:00"]),
        ("Europe/Berlin", 8, date(2025, 3, 29), ["03-29 08:00", "03-30 08:00", "03-31 08:00"]),
        # The southern half, and half an hour.
        ("Australia/Lord_Howe", 2, date(2025, 10, 4), ["10-04 02:00", "10-05 02:30", "10-06 02:00"]),
        # A day that begins at one o'clock.
        ("America/Santiago", 0, date(2025, 9, 6), ["09-06 00:00", "09-07 01:00", "09-08 00:00"]),
        # Samoa went over the date line: there was no 30 December 2011.
        ("Pacific/Apia", 8, date(2011, 12, 29), ["12-29 08:00", "12-31 08:00", "01-01 08:00"]),
        ("UTC", 23, date(2025, 1, 1), ["01-01 23:00", "01-02 23:00", "01-03 23:00"]),
    ],
)  # fmt: skip
def test_once_a_day_at_the_owner_s_hour_on_the_company_s_clock(
    home, ann, zone, hour, first_on, expected
):
    clock = in_zone(home, zone)
    task_of(ann, first_on)
    Recipient.objects.create(name=f"user:{ann.pk}", user=ann, hour=hour)

    assert reminded_at(home, clock, first_on, 3)[:3] == expected


def test_a_worker_that_was_down_at_the_hour_reminds_later_that_day_but_once(home, ann):
    in_zone(home, "UTC")
    task_of(ann, date(2025, 1, 5))
    at = datetime(2025, 1, 5, 13, 20, tzinfo=UTC)

    assert intend_reminders(home, at) == 1
    assert intend_reminders(home, at + timedelta(hours=5)) == 0
    [message] = Message.objects.all()
    assert message.valid_until == datetime(2025, 1, 6, tzinfo=UTC)


def test_what_is_due_or_overdue_of_the_owner_alone(home, ann):
    in_zone(home, "UTC")
    bob = get_user_model().objects.create_user("bob", email="bob@example.org")
    today, now = date(2025, 1, 5), datetime(2025, 1, 5, 9, tzinfo=UTC)
    task_of(ann, today, "due today")
    task_of(ann, date(2025, 1, 2), "overdue")
    task_of(ann, date(2025, 1, 6), "tomorrow")
    task_of(ann, None, "some day")
    task_of(None, today, "of nobody")
    snooze(task_of(ann, today, "asleep"), date(2025, 1, 7), now=now, by="ann")
    close(task_of(ann, today, "over"), "helped", now=now, by="ann")
    assign(task_of(ann, today, "handed on"), bob, now=now, by="ann")

    assert intend_reminders(home, now) == 2

    mails = {message.recipient: message for message in Message.objects.all()}
    every = ["due today", "overdue", "tomorrow", "some day", "of nobody", "asleep", "over\n"]
    told = [
        title for title in [*every, "handed on"] if f"* {title}" in mails["ann@example.org"].text
    ]
    assert told == ["due today", "overdue"]
    assert "* handed on" in mails["bob@example.org"].text
    assert mails["ann@example.org"].subject == "2 tasks due, 1 of them overdue"
    assert mails["bob@example.org"].subject == "Due today: handed on"
    assert f"/tasks/{Task.objects.get(title='overdue').pk}" in mails["ann@example.org"].html


def test_no_reminder_without_tasks_or_for_who_does_not_want_it(home, ann):
    in_zone(home, "UTC")
    assert intend_reminders(home, datetime(2025, 1, 5, 9, tzinfo=UTC)) == 0
    task_of(ann, date(2025, 1, 6))
    Recipient.objects.filter(user=ann).update(wants_reminders=False)
    assert intend_reminders(home, datetime(2025, 1, 6, 9, tzinfo=UTC)) == 0
