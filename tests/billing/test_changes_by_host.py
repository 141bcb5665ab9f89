"""The host's own page makes a change: Tenure asks for nothing, and counts what billing shows."""

from datetime import timedelta

import pytest
from billing_worlds import NOON, Host, asked, hangs_up, host_running, only, webhook_to

from tenure.billing.by_hand import person_by_on
from tenure.billing.by_host import SAID_MOST, note_host
from tenure.billing.changes import carry_out, carry_out_due
from tenure.billing.models import BillingChange
from tenure.tasks.models import Task
from tenure.tasks.work import close

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "visit_1:pause"
MADE = {"kind": "pause", "id": "theirs", "values": {"until_on": "2027-01-20"}}


@pytest.fixture
def host():
    with host_running(Host()) as server:
        yield server


@pytest.fixture
def change():
    return asked(by_host=True)


def later(**span):
    return NOON + timedelta(**span)


def tried(change, host, **span):
    return carry_out(change, webhook_to(host, later(**span)), later(**span))


def said(what, message="", **span):
    return note_host(KEY, what, message, later(**span))


def test_it_is_never_asked_for_and_counts_once_billing_shows_it(change, host):
    seen = tried(change, host, minutes=1)
    assert (seen.status, seen.standing, seen.counts) == ("sent", "pending", False)

    host.make(MADE)
    seen = tried(change, host, minutes=3)

    assert (seen.status, seen.standing, seen.counts) == ("done", "done", True)
    assert set(host.kinds()) == {"read_back"}
    assert Task.objects.count() == 0


def test_the_page_has_a_moment_before_billing_is_looked_at(change, host):
    tried(change, host, seconds=5)

    assert host.requests == []


def test_that_the_page_says_it_was_done_is_believed_in_nothing(change, host):
    said("done", seconds=5)

    seen = tried(change, host, seconds=5)

    assert (seen.status, seen.standing, seen.counts) == ("sent", "pending", False)
    assert list(seen.calls.values_list("what", "said")) == [
        ("host_said", "done"), ("perform", "pending"),
    ]  # fmt: skip


def test_what_the_page_says_has_billing_looked_at_at_once(change, host):
    host.make(MADE)
    said("done", seconds=5)

    assert tried(change, host, seconds=5).counts


def test_when_nothing_comes_of_it_a_person_has_a_task_after_ten_minutes(change, host):
    for minutes in (1, 5, 9):
        tried(change, host, minutes=minutes)
        assert Task.objects.count() == 0

    seen = tried(change, host, minutes=10)

    task = Task.objects.get()
    assert task.key == f"billing:host:{KEY}"
    assert "does not show it" in task.because["text"]
    assert (seen.status, person_by_on(seen)) == ("sent", task.due_on)

    host.make(MADE)
    assert tried(change, host, minutes=20).counts
    task.refresh_from_db()
    assert (task.status, task.outcome) == ("dropped", "resolved_itself")
    assert person_by_on(seen) is None


def test_when_the_page_failed_a_person_has_a_task_at_once_and_it_says_why(change, host):
    said("failed", "The card\n was declined", seconds=5)

    seen = tried(change, host, seconds=5)

    assert seen.standing == "unsure"
    assert "The card was declined" in Task.objects.get().because["text"]


def test_what_failed_and_is_given_up_days_later_is_one_task_that_says_the_last(change, host):
    said("failed", "The card was declined", seconds=5)
    tried(change, host, seconds=5)

    seen = tried(change, host, days=3, minutes=1)

    assert seen.status == "given_up"
    task = Task.objects.get()
    assert (task.key, task.status) == (f"billing:host:{KEY}", "open")
    assert "in vain" in task.because["text"]


@pytest.mark.parametrize(("outcome", "tasks"), [("not_needed", 1), ("no_answer", 1), ("helped", 2)])
def test_who_says_that_it_was_made_is_told_that_billing_does_not_show_it(
    change, host, outcome, tasks
):
    said("failed", "The card was declined", seconds=5)
    tried(change, host, seconds=5)
    close(Task.objects.get(), outcome, now=later(minutes=5), by="ada")

    tried(change, host, days=3, minutes=1)

    assert Task.objects.count() == tasks


@pytest.mark.parametrize("failed", [True, False])
def test_what_the_page_did_not_make_is_in_the_way_of_nothing(change, host, failed):
    if failed:
        said("failed", "The card was declined", seconds=5)
    tried(change, host, seconds=30)
    second = asked("discount", key="2", now=later(minutes=1))

    waits = tried(second, host, minutes=2)
    assert (waits.status == "done") == failed
    assert tried(second, host, minutes=11).status == "done"
    change.refresh_from_db()
    assert change.status == "sent"  # it is still looked for


def test_a_page_that_failed_after_it_was_made_failed_at_nothing(change, host):
    host.make(MADE)
    said("failed", "the network went away", seconds=5)

    seen = tried(change, host, seconds=5)

    assert (seen.standing, seen.counts, Task.objects.count()) == ("done", True, 0)


def test_the_same_word_twice_is_one(change, host):
    for _ in range(3):
        said("failed", "declined", seconds=5)
        tried(change, host, seconds=5)

    assert change.calls.filter(what="host_said").count() == Task.objects.count() == 1


def test_what_the_page_said_last_holds(change):
    for word in ("failed", "done", "failed"):
        said(word, seconds=5)

    change.refresh_from_db()
    assert (change.host_said, change.calls.count()) == ("failed", 3)


def test_a_page_that_goes_on_talking_is_written_down_so_often_and_no_more(change):
    for number in range(SAID_MOST + 5):
        said("failed", f"for reason {number}", seconds=5 + number)

    change.refresh_from_db()
    assert change.calls.count() == SAID_MOST
    assert change.next_at == later(seconds=5 + SAID_MOST - 1)  # nor is billing looked at


def test_nothing_is_noted_of_a_change_that_is_not_the_pages(host):
    asked()

    assert said("failed", "I would like it so") is None
    assert note_host("no such key", "done", "", NOON) is None
    assert BillingChange.objects.get().host_said == ""


def test_billing_that_cannot_be_read_leaves_it_open(change, host):
    host.before = only("read_back", hangs_up)

    seen = tried(change, host, minutes=1)

    assert (seen.status, seen.standing) == ("sent", "pending")
    host.before = lambda asked_for: None
    host.make(MADE)
    assert tried(change, host, minutes=5).counts


def test_a_cancellation_displaces_what_the_page_did_not_make(change, host):
    asked("cancel_at_period_end", "leave:visit_1", now=later(minutes=1))

    change.refresh_from_db()
    assert (change.status, change.superseded_by) == ("given_up", "leave:visit_1")
    assert Task.objects.count() == 0


def test_what_a_test_visit_asks_for_leaves_the_house_by_nobody(host):
    change = asked(by_host=True, mode="test")

    seen = tried(change, host, minutes=1)

    assert (seen.standing, seen.counts, host.requests) == ("done", False, [])


def test_the_worker_looks_for_it_too(change, home, host):
    host.make(MADE)

    looked = carry_out_due(home, later(minutes=2), system=webhook_to(host, later(minutes=2)))

    change.refresh_from_db()
    assert (looked, change.counts) == (1, True)
