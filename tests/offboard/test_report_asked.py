"""Who asks for the report of leaving: on the command line, and over the API."""

import json
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner

from tenure.base.errors import BadUsage, InvalidInput
from tenure.offboard.models import Visit
from tenure.offboard.report import report
from tenure.offboard.report_commands import leaving_report

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def visits(home, db):
    said = {"last_at": NOON, "arm": "treated", "share": 0.8, "experiment": "cancel_flow"}
    for number, (day, mode) in enumerate([(3, "live"), (4, "live"), (31, "live"), (4, "test")]):
        at = NOON.replace(day=day)
        Visit.objects.create(
            visit_id=f"v{number}", account_id="acme", mode=mode, opened_at=at, **said
        )
    return home


def asked(*arguments):
    return CliRunner().invoke(leaving_report, list(arguments), catch_exceptions=False)


def test_a_range_of_months_holds_its_last_day(visits):
    found = json.loads(asked("--from", "2026-03", "--to", "2026-03", "--format", "json").stdout)

    assert (found["first_on"], found["before_on"]) == ("2026-03-01", "2026-04-01")
    assert found["counts"]["visits"] == 3


def test_a_range_of_days_holds_its_last_day_and_no_test(visits):
    found = json.loads(
        asked("--from", "2026-03-03", "--to", "2026-03-04", "--format", "json").stdout
    )

    assert found["counts"]["visits"] == 2


def test_the_table_says_that_it_cannot_tell_yet(visits):
    assert "Cannot tell yet" in asked().stdout


def test_no_day_is_refused(visits):
    with pytest.raises(BadUsage, match="2025-03-01 or 2025-03"):
        asked("--from", "March")


def test_the_api_gives_the_same(visits, visitor):
    answer = visitor.get("/api/leaving/report", {"first": "2026-03-01", "last": "2026-03-31"})
    printed = json.loads(asked("--from", "2026-03", "--to", "2026-03", "--format", "json").stdout)

    assert answer.status_code == 200
    assert answer.json() == printed


def test_the_api_refuses_days_in_the_wrong_order(visits, visitor):
    answer = visitor.get("/api/leaving/report", {"first": "2026-03-02", "last": "2026-03-01"})

    assert answer.status_code == 422
    assert "swap" in answer.json()["message"]


def test_a_column_that_is_none_is_refused(visits):
    with pytest.raises(InvalidInput, match="by"):
        report(visits, None, date(2026, 4, 1), now=NOON, by=("colour",))


def test_a_visit_counts_as_saved_or_not_only_when_its_time_is_over(visits):
    def over(day, month):
        now = datetime(2026, month, day, 12, tzinfo=UTC)
        found = report(visits, None, date(2026, 4, 1), now=now)
        return [found.saved[at_days].of for at_days in (30, 180)]

    # Opened on the 3rd, the 4th and the 31st of March.
    assert over(31, 3) == [0, 0]
    assert over(3, 4) == [1, 0]
    assert over(1, 5) == [3, 0]
    assert over(1, 9) == [3, 2]
