"""Saves as programs ask for them: `/api/saves`, `/api/commitments`, `tenure saves`."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from card.card_worlds import day
from tenure.base.clock import system_clock
from tenure.console.tokens import create_token
from tenure.saves.commitments import Promise, promise
from tenure.saves.models import CheckAnswer, Commitment, Save, SaveCheck
from tenure.saves.opening import follow_visit, open_save

pytest_plugins = ["postgres"]
OPENED = day(40.5)  # 2025-02-10


@pytest.fixture
def program(home, db):
    _, text = create_token("report", system_clock())
    return Client(headers={"Authorization": f"Bearer {text}"})


def saved(number: int = 1, **said) -> Save:
    values = {
        "visit_id": f"v{number}", "account_id": "acme", "subscription_id": "s1",
        "offer": "training", "kind": "training", "terms": {}, "reason": "not_adopted",
        "cost_minor": 0, "promised_by": "ada", "change_key": "", "mode": "live",
        "now": OPENED + timedelta(days=number),
    }  # fmt: skip
    return open_save(**{**values, **said})


def keys(reply):
    assert reply.status_code == 200, reply.content
    return [each["key"] for each in reply.json()["saves"]]


def test_saves_come_the_latest_first_with_checks_and_money(program):
    saved(1)
    save = saved(2)
    promise([Promise("us", "We call you", date(2025, 2, 20))], save=save, now=OPENED, by="ann")

    body = program.get("/api/saves").json()

    assert [each["key"] for each in body["saves"]] == ["save:v2", "save:v1"]
    assert body["count"] == 2
    [latest, _] = body["saves"]
    assert latest["checks"] == {"7": "due", "30": "due", "90": "due", "180": "due", "0": ""}
    assert [each["text"] for each in latest["commitments"]] == ["We call you"]
    assert latest["margin_minor"] is None or isinstance(latest["margin_minor"], int | float)


def test_saves_are_chosen_by_what_they_are(program):
    saved(1)
    saved(2, offer="pause", kind="pause", reason="changed_needs", account_id="bravo")
    follow_visit(visit_id="v3", account_id="acme", kind="abandoned", now=OPENED)
    Save.objects.filter(key="save:v1").update(status="kept")

    assert keys(program.get("/api/saves")) == ["save:v2", "save:v1"]
    assert keys(program.get("/api/saves?status=kept")) == ["save:v1"]
    assert keys(program.get("/api/saves?account_id=bravo")) == ["save:v2"]
    assert keys(program.get("/api/saves?offer=pause&reason=changed_needs")) == ["save:v2"]
    assert keys(program.get("/api/saves?offer=none")) == []
    assert keys(program.get("/api/saves?kind=abandoned")) == ["visit:v3"]
    assert keys(program.get("/api/saves?limit=1&offset=1")) == ["save:v1"]


def test_tests_and_what_was_superseded_are_in_no_list(program):
    saved(1, mode="test")
    saved(2)
    Save.objects.filter(key="save:v2").update(superseded_by="return:v2")

    body = program.get("/api/saves").json()

    assert (body["saves"], body["count"]) == ([], 0)


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ("saves?kind=nope", "kind", "'nope' is none; use one of save, "),
        ("saves?status=alive", "status", "'alive' is none; use one of accepted, "),
        ("saves?limit=0", "limit", "0: write 1 to 500"),
        ("saves?limit=501", "limit", "501: write 1 to 500"),
        ("saves?offset=-1", "offset", "-1: write 0 or more"),
        ("saves?offset=99999999999999", "offset", "99999999999999: write 0 or more"),
        ("saves/survival?by=colour", "by", "'colour'"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_field_value_and_remedy(program, asked, field, said):
    reply = program.get(f"/api/{asked}")

    assert reply.status_code == 422, reply.content
    assert reply.json()["field"] == field
    assert said in reply.json()["message"]


@pytest.mark.parametrize("asked", ["saves?limit=many", "saves/survival?since_on=soon"])
def test_what_is_no_number_or_day_is_refused_too(program, asked):
    reply = program.get(f"/api/{asked}")

    assert reply.status_code == 422
    assert reply.json()["message"]


def test_a_save_that_there_is_not_is_not_found(program):
    reply = program.get("/api/saves/save:nobody/history")

    assert reply.status_code == 404
    assert "save:nobody" in reply.json()["message"]


def test_the_history_has_every_answer_in_its_order(program):
    save = saved(1)
    check = SaveCheck.objects.get(save_of=save, at_days=7)
    for number, is_paying in enumerate((True, False), 1):
        CheckAnswer.objects.create(
            check_of=check,
            number=number,
            answered_at=OPENED,
            due_on=check.due_on,
            said={"is_paying": is_paying},
        )

    body = program.get("/api/saves/save:v1/history").json()

    assert [each["is_paying"] for each in body["answers"]] == [True, False]
    assert {each["at_days"] for each in body["answers"]} == {7}


def test_survival_by_offer_names_each_group_and_its_points(program):
    for number in range(1, 4):
        saved(number)
    Save.objects.filter(key="save:v1").update(
        status="lost", gone_on=date(2025, 2, 20), lost_because="canceled"
    )

    body = program.get("/api/saves/survival?by=offer").json()

    assert (body["by"], body["at_days"]) == ("offer", [7, 30, 90, 180, 365])
    [group] = body["groups"]
    assert (group["group"], group["saves"], group["gone"]) == ("training", 3, 1)
    shares = [point["share"] for point in group["points"]]
    assert shares == sorted(shares, reverse=True)


def test_commitments_are_listed_what_we_broke_first(program):
    save = saved(1)
    promise(
        [
            Promise("them", "Attend the training", date(2025, 2, 14)),
            Promise("us", "We call you", date(2025, 2, 20)),
        ],
        save=save, now=OPENED, by="ann",
    )  # fmt: skip
    Commitment.objects.filter(side="us").update(standing="broken", broken_on=date(2025, 2, 21))

    found = program.get("/api/commitments").json()["commitments"]
    elsewhere = program.get("/api/commitments?account_id=nobody").json()["commitments"]

    assert [each["text"] for each in found] == ["We call you", "Attend the training"]
    assert elsewhere == []


def test_a_stranger_is_told_nothing(home, db):
    assert Client().get("/api/saves").status_code == 401


_FILL = """
import django; django.setup()
from datetime import UTC, datetime, timedelta
from tenure.saves.opening import open_save
for number in range(3):
    open_save(
        visit_id=f"v{number}", account_id=f"a{number}", subscription_id="s1", offer="training",
        kind="training", terms={}, reason="not_adopted", cost_minor=0, promised_by="",
        change_key="", mode="live", now=datetime(2025, 2, 10 + number, tzinfo=UTC),
    )
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def kept_somewhere(request, tmp_path):
    """The environment of a home with three saves, on either database."""
    address = ""
    if request.param == "postgres":
        address = request.getfixturevalue("postgres_url")
    environment = {
        **os.environ, "TENURE_HOME": str(tmp_path / "home"), "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
    }  # fmt: skip
    init = [sys.executable, "-m", "tenure.app", "init", "--name", "Fresh"]
    for command in (init, [sys.executable, "-c", _FILL]):
        subprocess.run(command, env=environment, check=True, capture_output=True)
    return environment


def told(environment, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "tenure.app", "saves", *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def test_the_command_lists_proves_and_counts_on_either_database(kept_somewhere):
    listed = json.loads(told(kept_somewhere, "--format", "json").stdout)
    survival = json.loads(told(kept_somewhere, "--by", "offer", "--format", "json").stdout)
    owed = json.loads(told(kept_somewhere, "commitments", "--format", "json").stdout)
    proved = told(kept_somewhere, "prove").stderr

    assert [each["account_id"] for each in listed] == ["a2", "a1", "a0"]
    assert listed[0]["opened_on"] == datetime(2025, 2, 12, tzinfo=UTC).date().isoformat()
    assert {each["group"] for each in survival} == {"training"}
    assert owed == []
    assert "3 looked at" in proved
