"""Segments from the command line and over the JSON API."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.auth import get_user_model
from django.test import Client

from card.card_worlds import live
from customers.arriving import NOW
from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage, NotFound
from tenure.console.tokens import create_token
from tenure.definitions.store import put_in_force
from tenure.segments.commands import segment
from tenure.segments.follow import follow_segments

pytestmark = pytest.mark.django_db

WORLD = """
    day 1    group  ada @acme  {"name": "Acme"}
    day 1    group  bob @beta  {"name": "Beta"}
    day 364  track  ada @acme  Report Exported
"""
PAYS = """
    day 1  acme  start  s1/1  status=active plan=Pro mrr_minor=1000
    day 1  beta  start  s2/1  status=active plan=Team mrr_minor=200
"""


@pytest.fixture
def lived(home):
    """Two accounts, one of which exports reports, and a segment of those that do."""
    live(home, WORLD, PAYS)
    text = 'title = "Exports"\nwhere = "did(\'Report Exported\', 30) >= 1"\n'
    put_in_force("segment", "exports", text, now=NOW, by="ann")
    follow_segments(home, NOW)
    return home


def said(*words: str) -> str:
    done = CliRunner().invoke(segment, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_line(lived):
    listed = {row["segment"]: row for row in json.loads(said("list", "--format", "json"))}
    assert listed["exports"]["members"] == 1
    assert listed["stage_left"]["is_built_in"] is True

    counted = said("count", "mrr_minor > 0", "--format", "json")
    assert json.loads(counted) == [{"members": 2, "mrr_minor": 1200, "currency": "EUR"}]

    rows = json.loads(said("members", "exports", "--format", "json"))
    assert rows == [{"account_id": "acme", "name": "Acme", "mrr_minor": 1000, "currency": "EUR"}]
    people = said("members", "account.plan = 'Team'", "--over", "person", "--format", "json")
    assert [row["person_id"] for row in json.loads(people)] == ["bob"]
    assert json.loads(said("members", "exports", "--as-of", "2025-06-01", "--format", "json")) == []

    assert said("why", "exports", "acme") == (
        "+ did('Report Exported', 30) is 1, and 1 >= 1 holds\n"
    )
    assert said("why", "exports", "beta") == (
        "- did('Report Exported', 30) is 0, and 0 >= 1 does not hold\n"
    )
    assert "did you mean 'Report Exported'?" in said("check", "did('Report Export', 3) > 0")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plan = 'Pro' and\n\tlast_seen_day > 14", "   last_seen_day > 14\n   ^^^^^^^^^^^^^\n"),
        ("mrr_minor >", "  mrr_minor >\n            ^"),
        ("", "there is no condition"),
    ],
)
def test_a_wrong_condition_is_shown_with_carets_below_the_place(home, text, shown):
    with pytest.raises(BadUsage) as caught:
        said("check", text)

    assert shown in caught.value.message


def test_a_name_that_is_none_is_not_taken_for_a_condition(home):
    with pytest.raises(NotFound, match="no segment 'exportz'"):
        said("count", "exportz")


class Program:
    """Sends JSON with a token, and gives (status, what was answered)."""

    def __init__(self) -> None:
        _, token = create_token("crm", system_clock())
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def ask(self, path: str, **query: str) -> tuple[int, Any]:
        reply = self.client.get(f"/api{path}", query)
        return reply.status_code, reply.json()

    def tell(self, path: str, **words: Any) -> tuple[int, Any]:
        reply = self.client.post(f"/api{path}", json.dumps(words), content_type="application/json")
        return reply.status_code, reply.json()


def test_the_json_api(lived):
    get_user_model().objects.create_user("ann")
    program = Program()

    status, listed = program.ask("/segments")
    [exports] = [each for each in listed if each["name"] == "exports"]
    assert (status, exports["members"], exports["problem"]) == (200, 1, "")

    assert program.tell("/segments/count", where="mrr_minor > 0 or did('Nope', 3) > 0") == (
        200,
        {
            "count": 2,
            "mrr_minor": {"EUR": 1200},
            "sample": ["acme", "beta"],
            "warnings": ["no event 'Nope' has been seen yet"],
        },
    )
    status, error = program.tell("/segments/count", where="plan = Pro")
    assert (status, error["code"], error["suggestion"]) == (422, "bad_condition", "'Pro'")
    assert error["position"] == {"line": 1, "column": 8, "length": 3, "start": 7}
    assert program.tell("/segments/count", where="true", over="team")[0] == 422

    status, page = program.ask("/segments/exports/members", limit="1")
    assert (page["count"], page["members"][0]["subject_id"]) == (1, "acme")
    assert program.ask("/segments/exports/members", as_of="2025-06-01")[1]["count"] == 0

    assert len(program.ask("/segments/exports/members", offset=str(10**20))[1]["members"]) == 0
    status, error = program.ask("/segments/exports/members", as_of="2999-01-01")
    assert (status, error["field"]) == (422, "as_of")

    status, why = program.ask("/segments/exports/why/acme")
    assert (status, why["holds"]) == (200, True)
    assert why["reasons"][0]["values"] == {"did('Report Exported', 30)": 1}
    assert program.ask("/segments/exports/why/nobody")[0] == 404

    status, days = program.ask("/segments/exports/history", since="2025-12-01")
    assert (days[0]["members"], days[0]["entered"]) == (1, 1)
    assert program.ask("/segments/exports/history", since="0001-01-01")[1] == days
    assert program.ask("/segments/nope/history")[0] == 404

    status, inside = program.ask("/accounts/acme/segments")
    assert "exports" in [each["segment"] for each in inside]
    assert program.ask("/accounts/nobody/segments")[0] == 404


def test_nobody_asks_without_a_token(home):
    assert Client().get("/api/segments").status_code == 401
