"""A person makes the change: a task with all the terms, settled by the facts that arrive."""

import json
from datetime import timedelta

import pytest
from billing_worlds import NOON, asked

from customers.arriving import arrive
from tenure.billing.by_task import TaskBilling
from tenure.billing.changes import carry_out, carry_out_due
from tenure.billing.models import BillingChange
from tenure.tasks.models import Task
from tenure.tasks.work import close

pytestmark = pytest.mark.django_db(transaction=True)


def fact(kind: str, key: str, days: float, **columns) -> dict:
    at = NOON + timedelta(days=days)
    row = {
        "message_id": f"{key}@{days}", "source": "billing", "fact_key": f"sub_1/{key}",
        "kind": kind, "account_key": "acme", "subscription_id": "sub_1", "version_key": "v1",
        "effective_at": at, "known_at": at, "received_at": at,
    }  # fmt: skip
    return row | columns


START = {"status": "active", "plan": "Team", "billing_interval": "month", "mrr_minor": 9900}


class Days:
    """A home whose worker runs at some days after noon."""

    def __init__(self, home) -> None:
        self.home, self.days = home, 0.0
        self.system = TaskBilling(home, clock=lambda: NOON + timedelta(days=self.days))
        arrive(home, [], [fact("start", "v1/start", -40, **START)])

    def work(self, days: float) -> BillingChange:
        self.days = days
        now = NOON + timedelta(days=days)
        carry_out_due(self.home, now, system=self.system)
        return BillingChange.objects.get()


def test_somebody_pauses_it_and_the_facts_of_the_next_day_show_it(home):
    days = Days(home)
    change = carry_out(asked(), days.system, NOON)
    [task] = Task.objects.all()

    assert (change.status, change.standing) == ("sent", "pending")
    assert change.reference == f"task:{task.pk}"
    assert "Pause (until_on 2027-01-20): sub_1" in task.title
    assert [item["text"] for item in task.checklist] == ["until_on: 2027-01-20"]
    assert task.account_id == "acme"

    assert days.work(1).status == "sent"
    close(task, "helped", "did it", now=NOON + timedelta(days=1), by="ann")
    change = days.work(1.1)
    assert (change.status, change.standing, change.counts) == ("done", "pending", False)
    pause = fact("pause", "pause/1", 1, ends_at=NOON + timedelta(days=61))
    arrive(home, [], [pause])
    assert days.work(2).counts
    assert Task.objects.count() == 1


def test_somebody_says_that_it_is_done_and_no_fact_ever_shows_it(home):
    days = Days(home)
    carry_out(asked(), days.system, NOON)
    close(Task.objects.get(), "helped", now=NOON, by="ann")
    days.work(0.1)
    for each in (1, 2, 3, 4):
        days.work(each)

    change = BillingChange.objects.get()
    assert (change.standing, change.counts) == ("unsure", False)
    assert Task.objects.get(status="open").key == "billing:differs:visit_1:pause"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("helped", "done"), ("reached", "done"), ("other", "done"), ("not_needed", "refused"),
        ("resolved_itself", "refused"), ("left_anyway", "refused"), ("no_answer", "refused"),
    ],
)  # fmt: skip
def test_what_came_of_the_task_is_the_answer(home, outcome, status):
    days = Days(home)
    carry_out(asked(), days.system, NOON)
    close(Task.objects.get(), outcome, "so it went", now=NOON, by="ann")
    change = days.work(0.01)

    assert change.status == status
    assert change.why == "ann: so it went"


def test_weeks_later_it_is_still_on_the_list(home):
    days = Days(home)
    carry_out(asked("cancel_now"), days.system, NOON)
    for hours in range(1, 72):
        change = days.work(hours / 24)

    assert (change.status, Task.objects.count(), change.calls.count()) == ("sent", 1, 1)
    assert change.calls.get().times == change.attempts > 60


def test_the_terms_that_facts_have(home):
    arrive(
        home,
        [],
        [
            fact("start", "v1/start", -100, **START | {"quantity": 4, "currency": "EUR"}),
            fact("end", "v1/end", -10),
            fact(
                "start", "v2/start", -10, version_key="v2", **START | {"plan": "Starter"},
                attributes=json.dumps({"discount_percent": 20, "discount_ends_on": "2027-02-01"}),
            ),
            fact("notice", "notice/1", -1, version_key=None, ends_at=NOON + timedelta(days=11)),
        ],
    )  # fmt: skip
    terms = TaskBilling(home, clock=lambda: NOON).read_back("acme", "sub_1")

    assert (terms.status, terms.plan, terms.percent_off) == ("active", "Starter", 20)
    assert terms.discount_ends_on.isoformat() == "2027-02-01"
    assert terms.cancels_on.isoformat() == "2026-12-01"
    # A monthly anniversary of 12 August, the first start.
    assert terms.period_ends_on.isoformat() == "2026-12-12"
    assert TaskBilling(home).read_back("acme", "sub_2") is None
    assert TaskBilling(home).read_back("nobody", "") is None
