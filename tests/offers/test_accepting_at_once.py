"""Visits that accept at the same moment never overspend, on SQLite and PostgreSQL alike."""

import json
from pathlib import Path

import pytest

from own_process import printed_by

pytest_plugins = ["postgres"]
PROGRAM = Path(__file__).with_name("accepting_process.py")


@pytest.mark.slow
@pytest.mark.parametrize("state", ["sqlite", "postgres"])
def test_what_two_visits_were_both_shown_is_spent_once(state, request, migrated_home):
    url = request.getfixturevalue("migrated_url") if state == "postgres" else ""

    found = json.loads(printed_by(PROGRAM, migrated_home, database_url=url).splitlines()[-1])

    assert found["same_visit"] == {"accepted": 1, "was accepted": 4}
    # Of five visits of one account, one has the lower price; the others are told why not.
    assert found["one_account"].pop("accepted") == 1
    assert sum(found["one_account"].values()) == 4
    # Of 110,000, two are spent: four more of 17,400 fit, and a fifth would be 121,800.
    assert found["many"] == {"accepted": 4, "budget_all": 4}
    assert found["spent_minor"] == 6 * 17_400
    assert found["most_of_one"] == 1
    assert found["saves"] == found["changes"] == found["told"] == 6
