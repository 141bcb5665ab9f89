"""Cards on the command line and over the JSON API."""

import json

import pytest
from click.testing import CliRunner
from django.test import Client

from card.card_worlds import day, live
from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.card.catalogue import account_columns, person_columns
from tenure.card.commands import card
from tenure.console.tokens import create_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(home):
    live(
        home,
        """
            day 1   track  ada @acme      Opened
            day 40  track  ada @acme      Opened
            day 50  track  bob @team/one  Opened
        """,
        "day 10  acme  start  s/1  status=active plan=Pro mrr_minor=1000",
    )
    _, text = create_token("a program", system_clock())
    return Client(headers={"Authorization": f"Bearer {text}"})


def said(*words: str) -> str:
    result = CliRunner().invoke(card, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_prints_every_column_as_json(program):
    told = json.loads(said("acme", "--format", "json"))

    assert told.keys() == {"account_id", "as_of", "today"} | account_columns().keys()
    assert (told["account_id"], told["status"], told["mrr_minor"]) == ("acme", "paying", 1000)
    assert (told["last_seen_on"], told["as_of"]) == (str(day(40).date()), None)


def test_a_table_has_what_there_is_to_say(program):
    lines = said("acme", "--as-of", str(day(20).date())).splitlines()

    assert lines[0].split() == ["column", "value", "unit", "meaning"]
    [seen] = [line for line in lines if line.startswith("days_since_seen ")]
    assert seen.split()[1:3] == ["19", "days"]
    assert not [line for line in lines if line.startswith("left_on")]


def test_a_time_that_is_empty_is_not_now(program):
    with pytest.raises(InvalidInput, match="as_of is ''; write a day as"):
        said("acme", "--as-of", "")


def test_a_person_has_a_card_there_too(program):
    told = json.loads(said("ada", "--person", "--format", "json"))

    assert told.keys() == {"person_id", "as_of", "today"} | person_columns().keys()
    assert told["last_seen_on"] == str(day(40).date())


def test_the_api_gives_a_card_now_and_as_of_a_day(program):
    now = program.get("/api/accounts/acme/card").json()
    then = program.get(f"/api/accounts/acme/card?as_of={day(20).date()}").json()

    assert (now["last_seen_on"], then["last_seen_on"]) == (
        str(day(40).date()), str(day(1).date()),
    )  # fmt: skip
    assert then["as_of"].startswith(f"{day(20).date()}T23:59:59")


def test_an_id_may_hold_slashes(program):
    assert program.get("/api/accounts/team/one/card").json()["account_id"] == "team/one"
    assert program.get("/api/people/bob/card").json()["person_id"] == "bob"


WRONG = [
    ("/api/accounts/nobody/card", 404, "there is no account 'nobody'"),
    ("/api/people/nobody/card", 404, "there is no person 'nobody'"),
    ("/api/accounts/acme/card?as_of=soon", 422, "write a day as 2025-03-01"),
    ("/api/accounts/acme/card?as_of=2999-01-01", 422, "still to come"),
    ("/api/accounts/team/one/card?as_of=2025-01-05", 404, "nothing was known"),
]


def test_what_is_wrong_is_said(program):
    for path, status, message in WRONG:
        reply = program.get(path)

        assert reply.status_code == status, path
        assert message in reply.json()["message"]
