"""Tasks over the JSON API, as a program asks."""

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tenure.base.clock import system_clock
from tenure.console.tokens import create_token
from tenure.tasks.models import TaskChange

pytestmark = pytest.mark.django_db


class Program:
    """Sends JSON with a token, and gives (status, what was answered)."""

    def __init__(self) -> None:
        _, token = create_token("helpdesk", system_clock())
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def ask(self, path: str) -> tuple[int, Any]:
        reply = self.client.get(f"/api{path}")
        return reply.status_code, reply.json()

    def tell(self, path: str, **said: Any) -> tuple[int, Any]:
        reply = self.client.post(f"/api{path}", json.dumps(said), content_type="application/json")
        return reply.status_code, reply.json()


@pytest.fixture
def program(home) -> Program:
    get_user_model().objects.create_user("ann")
    return Program()


def test_a_task_from_opening_to_its_outcome(program):
    status, task = program.tell(
        "/tasks",
        title="Call",
        key="ticket 7",
        owner="ann",
        due_on="2031-01-31",
        checklist=["Ring up"],
    )
    assert (status, task["owner"], task["due_on"]) == (201, "ann", "2031-01-31")
    number = task["id"]
    assert program.tell("/tasks", title="Call", key="ticket 7")[1]["id"] == number
    program.tell(f"/tasks/{number}/assign", owner=None)
    program.tell(f"/tasks/{number}/snooze", until_on="2031-01-02")
    program.tell(f"/tasks/{number}/tick", item=0)
    status, task = program.tell(f"/tasks/{number}/close", outcome="helped", text="Done")

    assert (status, task["status"], task["closed_by"]) == (200, "done", "helpdesk")
    assert (task["owner"], task["checklist"][0]["done_by"]) == (None, "helpdesk")
    assert program.tell(f"/tasks/{number}/reopen")[1]["status"] == "open"
    assert set(TaskChange.objects.values_list("made_by", flat=True)) == {"helpdesk"}


def test_lists_are_filtered_and_paged(program):
    for number in range(5):
        program.tell(
            "/tasks", title=f"t{number}", account_id=f"acc_{number % 2}", due_on="2001-01-01"
        )
    status, found = program.ask("/tasks?when=overdue&account_id=acc_0&limit=2&offset=1")

    assert (status, [task["title"] for task in found]) == (200, ["t2", "t4"])
    assert program.ask("/tasks?whose=ann")[1] == []
    assert len(program.ask("/tasks?whose=nobody")[1]) == 5


@pytest.mark.parametrize(
    ("path", "said", "status", "field"),
    [
        ("/tasks", {"title": ""}, 422, "title"),
        ("/tasks", {"title": "x", "owner": "eve"}, 422, "owner"),
        ("/tasks", {"title": "x", "due_on": "soon"}, 422, None),
        ("/tasks/999999999999999999999999/close", {"outcome": "helped"}, 404, None),
    ],
)
def test_what_is_wrong_is_named(program, path, said, status, field):
    answered, error = program.tell(path, **said)

    assert (answered, error["success"]) == (status, False)
    assert field is None or error["field"] == field


def test_closing_what_somebody_closed_otherwise_is_a_conflict(program):
    number = program.tell("/tasks", title="x")[1]["id"]
    program.tell(f"/tasks/{number}/close", outcome="helped")
    status, error = program.tell(f"/tasks/{number}/close", outcome="no_answer")

    assert (status, error["code"]) == (409, "conflict")
    assert program.ask("/tasks?when=never")[0] == 422
    assert program.ask("/tasks?limit=100000")[0] == 422


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("title", {"title": "half \ud800"}),
        ("checklist", {"title": "Call", "checklist": ["half \udfff"]}),
        ("account_id", {"title": "Call", "account_id": "a\0b"}),
        ("person_id", {"title": "Call", "person_id": "p" * 513}),
        ("key", {"title": "Call", "key": "k" * 513}),
    ],
)
def test_what_no_database_keeps_is_refused_by_its_field(program, field, said):
    status, error = program.tell("/tasks", **said)

    assert (status, error["field"]) == (422, field)


def test_an_empty_key_is_none(program):
    numbers = {program.tell("/tasks", title="Call", key="")[1]["id"] for _ in range(2)}

    assert len(numbers) == 2


def test_a_token_has_no_tasks_of_its_own_and_offsets_end(program):
    program.tell("/tasks", title="Nobody has it")

    status, error = program.ask("/tasks?whose=mine")
    assert (status, error["field"]) == (422, "whose")
    assert program.ask(f"/tasks?offset={2**63}")[0] == 422
    assert program.ask(f"/signals?offset={2**63}")[0] == 422
