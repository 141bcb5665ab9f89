"""What can be done with a task, by whom, and what happens when two do it at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.tasks.models import Outcome, Task, TaskChange
from tenure.tasks.work import assign, close, open_task, put_off, reopen, snooze, tick

pytestmark = pytest.mark.django_db
NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
TODAY = NOON.date()


@pytest.fixture
def ann():
    return get_user_model().objects.create_user("ann")


@pytest.fixture
def bob():
    return get_user_model().objects.create_user("bob")


def opened(**more) -> Task:
    fields = {"title": "Call", "because": {"kind": "person"}, "now": NOON, "by": "ann"}
    return open_task(**fields | more)


def seen_again(task: Task) -> Task:
    return Task.objects.get(pk=task.pk)


def history(task: Task) -> list[tuple[str, str]]:
    return list(task.changes.order_by("number").values_list("name", "made_by"))


def test_the_same_key_is_the_same_task_as_it_is_now(ann):
    first = opened(key="signal:1", checklist=["Look"], owner=ann, due_on=TODAY)
    close(first, "helped", now=NOON, by="ann")
    second = opened(key="signal:1", title="Another")

    assert second == first
    assert (second.title, second.status) == ("Call", "done")
    assert history(first) == [
        ("Task Opened", "ann"),
        ("Task Assigned", "ann"),
        ("Task Closed", "ann"),
    ]
    assert opened() != opened(), "tasks without a key are as many as are opened"


def test_of_two_who_close_the_second_is_told_who_did_what(ann, bob):
    task = opened()
    anns, bobs = seen_again(task), seen_again(task)
    close(anns, "helped", "They renewed", now=NOON, by="ann")

    with pytest.raises(Conflict, match="ann closed this task as 'helped' on 2025-03-14"):
        close(bobs, "left_anyway", now=NOON, by="bob")

    task = seen_again(task)
    assert (task.outcome, task.outcome_text, task.closed_by) == ("helped", "They renewed", "ann")


def test_closing_it_the_same_way_twice_changes_nothing():
    task = opened()
    close(seen_again(task), "helped", "x", now=NOON, by="ann")
    close(seen_again(task), "helped", "x", now=NOON + timedelta(days=1), by="bob")

    assert seen_again(task).closed_by == "ann"
    assert len(history(task)) == 2


@pytest.mark.parametrize("outcome", Outcome.values)
def test_an_outcome_after_which_nobody_had_to_act_drops_the_task(outcome):
    closed = close(opened(), outcome, now=NOON, by="ann")

    expected = "dropped" if outcome in ("not_needed", "resolved_itself") else "done"
    assert closed.status == expected


def test_of_two_who_assign_the_second_is_told(ann, bob):
    task = opened()
    anns, bobs = seen_again(task), seen_again(task)
    assign(anns, ann, now=NOON, by="ann")

    with pytest.raises(Conflict, match="ann has changed this task meanwhile"):
        assign(bobs, bob, now=NOON, by="bob")
    assert seen_again(task).owner == ann
    # To the same owner both may.
    assert assign(seen_again(task), ann, now=NOON, by="bob").owner == ann
    assert assign(seen_again(task), bob, now=NOON, by="bob").owner == bob
    assert assign(seen_again(task), None, now=NOON, by="bob").owner is None


def test_changes_of_different_things_do_not_meet(ann):
    task = opened(checklist=["one", "two"])
    views = [seen_again(task) for _ in range(5)]
    tick(views[0], 0, True, now=NOON, by="ann")
    tick(views[1], 1, True, now=NOON, by="bob")
    snooze(views[2], TODAY + timedelta(days=1), now=NOON, by="cat")
    put_off(views[3], TODAY, now=NOON, by="dan")
    closed = close(views[4], "reached", now=NOON, by="eve")

    assert [item["done_by"] for item in closed.checklist] == ["ann", "bob"]
    assert [by for _, by in history(task)] == ["ann", "ann", "bob", "cat", "dan", "eve"]
    numbers = task.changes.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "act",
    [
        lambda task: assign(task, None, now=NOON, by="bob"),
        lambda task: snooze(task, TODAY, now=NOON, by="bob"),
        lambda task: put_off(task, TODAY, now=NOON, by="bob"),
        lambda task: tick(task, 0, True, now=NOON, by="bob"),
        lambda task: close(task, "other", now=NOON, by="bob"),
    ],
)
def test_a_closed_task_changes_only_by_opening_it_again(act):
    task = opened(checklist=["one"])
    stale = seen_again(task)
    close(task, "helped", now=NOON, by="ann")

    with pytest.raises(Conflict, match="reopen it to change it"):
        act(stale)
    reopened = reopen(seen_again(task), now=NOON, by="ann")
    assert (reopened.status, reopened.outcome, reopened.closed_at) == ("open", "", None)
    act(reopened)


def test_what_changes_nothing_is_no_change(ann):
    task = opened(owner=ann, due_on=TODAY, checklist=["one"])
    before = len(history(task))
    assign(task, ann, now=NOON, by="bob")
    put_off(task, TODAY, now=NOON, by="bob")
    snooze(task, None, now=NOON, by="bob")
    tick(task, 0, False, now=NOON, by="bob")
    reopen(task, now=NOON, by="bob")

    assert len(history(task)) == before


@pytest.mark.parametrize(
    ("act", "complaint"),
    [
        (lambda: opened(title="  \n "), "title: ''"),
        (lambda: opened(title="x" * 301), "write 1 to 300"),
        (lambda: opened(checklist=[""]), "checklist: ''"),
        (lambda: opened(checklist=["x"] * 51), "51 items are too many"),
        (lambda: close(opened(), "won", now=NOON, by="ann"), "use one of helped"),
        (lambda: close(opened(), "other", "x" * 4001, now=NOON, by="ann"), "use 4000 at most"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(act, complaint):
    with pytest.raises(InvalidInput, match=complaint):
        act()


@pytest.mark.parametrize("index", [-1, 1, 10**9])
def test_an_item_that_there_is_not(index):
    with pytest.raises(NotFound, match="so none at"):
        tick(opened(checklist=["one"]), index, True, now=NOON, by="ann")


def test_history_holds_codes_and_days_and_no_texts(ann):
    task = opened(title="Secret", checklist=["Secret item"], owner=ann, due_on=date(2025, 4, 1))
    tick(task, 0, True, now=NOON, by="ann")
    close(task, "reached", "Secret words", now=NOON + timedelta(days=2), by="ann")

    said = str(list(TaskChange.objects.values_list("properties", flat=True)))
    assert "ecret" not in said
    assert "'open_days': 2.0" in said
