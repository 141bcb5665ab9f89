"""The list of tasks, one of them, and everything that its forms do; without script."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from tenure.base.clock import system_clock
from tenure.customers.models import Account
from tenure.tasks.models import Task
from tenure.tasks.work import assign, close, open_task, snooze

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def northwind(home) -> Account:
    return Account.objects.create(
        account_id="acc_1", name="Northwind", created_at=LONG_AGO, first_seen_at=LONG_AGO
    )


def task_for(user=None, title="Call them", due_in=0, account_id="", **more) -> Task:
    today = system_clock().date()
    return open_task(
        title=title,
        because={"kind": "person"},
        account_id=account_id,
        owner=user,
        due_on=None if due_in is None else today + timedelta(days=due_in),
        now=system_clock(),
        by="owner",
        **more,
    )


def page(visitor: Client, path: str) -> str:
    reply = visitor.get(path)
    assert reply.status_code == 200, reply.content.decode()[:400]
    return reply.content.decode()


def test_the_title_says_what_is_late_then_what_is_due(visitor, ann):
    assert "Nothing to do" in page(visitor, "/tasks")
    task_for(ann, due_in=3)
    assert "1 open task, none overdue" in page(visitor, "/tasks")
    task_for(ann, due_in=0)
    assert "1 task is due today" in page(visitor, "/tasks")
    task_for(ann, due_in=-1)
    task_for(ann, due_in=-5)
    assert "2 tasks are overdue" in page(visitor, "/tasks")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"late", "today", "far", "no day"}),
        ("when=overdue", {"late"}),
        ("when=today", {"today"}),
        ("when=snoozed", {"asleep"}),
        ("when=done", {"over"}),
        ("whose=all&when=overdue", {"late", "bobs"}),
        ("whose=bob", {"bobs"}),
        ("whose=nobody", {"unowned"}),
        ("whose=all&account=acc_1", {"today"}),
        ("when=nonsense&page=xyz&whose=", {"late", "today", "far", "no day"}),
    ],
)
def test_each_filter_shows_its_tasks_and_stays_in_the_link(visitor, ann, bob, query, shown):
    now = system_clock()
    task_for(ann, "late", -1)
    task_for(ann, "today", 0, account_id="acc_1")
    task_for(ann, "far", 40)
    task_for(ann, "no day", None)
    task_for(bob, "bobs", -2)
    task_for(None, "unowned", 0)
    snooze(task_for(ann, "asleep", 0), now.date() + timedelta(days=2), now=now, by="owner")
    close(task_for(ann, "over", 0), "helped", now=now, by="owner")

    html = page(visitor, f"/tasks?{query}")

    every = ["late", "today", "far", "no day", "bobs", "unowned", "asleep", "over"]
    assert {title for title in every if f">{title}</a>" in html} == shown


def test_tasks_are_grouped_by_account(visitor, ann, northwind):
    task_for(ann, "second", 2, account_id="acc_1")
    task_for(ann, "first", 1, account_id="acc_1")
    task_for(ann, "other", 3)

    html = page(visitor, "/tasks")

    places = [html.index(f">{words}<") for words in ("Northwind", "first", "second", "other")]
    assert places == sorted(places)
    assert html.count(">Northwind<") == 1
    assert "Without an account" in html


def test_one_task_is_a_page_and_a_drawer(visitor, ann, northwind):
    task = task_for(ann, account_id="acc_1", checklist=["Look at the bill", "Ring up"])

    whole = page(visitor, f"/tasks/{task.pk}?next=/tasks")
    drawer = visitor.get(f"/tasks/{task.pk}", headers={"HX-Target": "drawer-body"}).content.decode()

    for html in (whole, drawer):
        assert "Northwind" in html
        assert "Ring up" in html
        assert "owner opened this task" in html
    assert "<html" in whole
    assert "<html" not in drawer


def test_a_task_that_is_not_there_is_said_so(visitor):
    assert visitor.get("/tasks/999999").status_code == 404
    assert visitor.get("/tasks/99999999999999999999999").status_code == 404


def test_ticking_shows_who_did_it(visitor, ann):
    task = task_for(ann, checklist=["Look", "Ring up"])
    act = f"/tasks/{task.pk}/tick"

    visitor.post(act, {"item": "1", "done": "1"})
    part = visitor.post(act, {"item": "0", "done": "1"}, headers={"HX-Target": "task-checklist"})

    task.refresh_from_db()
    assert [bool(item["done_at"]) for item in task.checklist] == [True, True]
    assert part.content.decode().lstrip().startswith('<div id="task-checklist">')
    visitor.post(act, {"item": "1", "done": "0"})
    task.refresh_from_db()
    assert [bool(item["done_at"]) for item in task.checklist] == [True, False]


def test_giving_snoozing_moving_and_closing_go_back_to_the_list(visitor, ann, bob):
    task = task_for(ann)
    day = system_clock().date()
    steps = [
        ("assign", {"owner": "bob", "seen": str(ann.pk)}),
        ("due", {"due_on": "2031-02-03", "seen": day.isoformat()}),
        ("snooze", {"days": "7", "seen": ""}),
        ("close", {"outcome": "reached", "text": "They answered"}),
    ]
    for what, form in steps:
        reply = visitor.post(f"/tasks/{task.pk}/{what}", {**form, "next": "/tasks?whose=all"})
        assert (reply.status_code, reply.headers["Location"]) == (302, "/tasks?whose=all")

    task.refresh_from_db()
    assert task.owner == bob
    assert task.due_on.isoformat() == "2031-02-03"
    assert task.snoozed_until_on == day + timedelta(days=7)
    assert (task.status, task.outcome, task.closed_by) == ("done", "reached", "owner")
    assert "They answered" in page(visitor, f"/tasks/{task.pk}")
    visitor.post(f"/tasks/{task.pk}/reopen")
    task.refresh_from_db()
    assert task.status == "open"


def test_the_second_of_two_who_give_it_is_told_what_the_first_did(visitor, ann, bob):
    task = task_for(None)
    assign(Task.objects.get(pk=task.pk), bob, now=system_clock(), by="bob")

    reply = visitor.post(
        f"/tasks/{task.pk}/assign", {"owner": "owner", "seen": "", "next": "/tasks"}, follow=True
    )

    task.refresh_from_db()
    assert task.owner == bob
    assert "bob has changed this task meanwhile" in reply.content.decode()


@pytest.mark.parametrize(
    ("what", "form", "words"),
    [
        ("close", {}, "Choose what came of it"),
        ("close", {"outcome": "won"}, "Choose what came of it"),
        ("snooze", {"until_on": "yesterday"}, "Write a day as"),
        ("snooze", {"until_on": "2020-01-01"}, "Choose a day after today"),
        ("assign", {"owner": "nobody else"}, "Nobody of this name"),
        ("tick", {"item": "7", "done": "1"}, "none at 7"),
    ],
)
def test_a_form_that_cannot_be_read_changes_nothing(visitor, ann, what, form, words):
    task = task_for(ann, checklist=["one"])
    reply = visitor.post(f"/tasks/{task.pk}/{what}", form, follow=True)

    assert words in reply.content.decode()
    assert Task.objects.get(pk=task.pk).changes_made == task.changes_made


def test_looking_never_changes_and_other_hosts_are_never_gone_to(visitor, ann):
    task = task_for(ann)
    assert visitor.get(f"/tasks/{task.pk}/close").status_code == 405
    assert visitor.post(f"/tasks/{task.pk}/explode").status_code == 404
    form = {"outcome": "helped", "next": "https://evil.example/"}
    assert visitor.post(f"/tasks/{task.pk}/close", form).headers["Location"] == "/"


def test_a_task_by_hand_with_its_account_filled_in(visitor, ann, northwind):
    assert 'value="acc_1"' in page(visitor, "/tasks/new?account=acc_1")

    form = {
        "title": "Send the offer",
        "account": "northwind",
        "owner": "owner",
        "due_on": "2031-01-01",
        "why": "They asked for it on the phone",
        "checklist": "Write it\n\nSend it\n",
        "next": "/accounts/acc_1",
    }
    assert visitor.post("/tasks/new", form).headers["Location"] == "/accounts/acc_1"

    task = Task.objects.get()
    assert (task.account_id, task.owner, task.created_by) == ("acc_1", ann, "owner")
    assert [item["text"] for item in task.checklist] == ["Write it", "Send it"]
    assert "They asked for it on the phone" in page(visitor, f"/tasks/{task.pk}")


def test_a_task_by_hand_that_lacks_something_keeps_what_was_written(visitor, ann):
    form = {"title": " ", "account": "acme", "why": "Because"}
    reply = visitor.post("/tasks/new", form)

    assert reply.status_code == 422
    assert "Write what is to be done" in reply.content.decode()
    assert "Because" in reply.content.decode()
    assert "not exactly one" in visitor.post("/tasks/new", form | {"title": "x"}).content.decode()
    assert not Task.objects.exists()


def test_texts_that_look_like_markup_are_text(visitor, ann):
    task = task_for(ann, "<script>alert(1)</script>", checklist=["<b>bold</b>"])

    for html in (page(visitor, "/tasks"), page(visitor, f"/tasks/{task.pk}")):
        assert "<script>alert" not in html
        assert "<b>bold" not in html


def test_nobody_sees_tasks_without_signing_in(home):
    assert Client().get("/tasks").headers["Location"].startswith("/sign-in")
    assert Client().post("/tasks/1/close").headers["Location"].startswith("/sign-in")
