"""Several look at the same saves at the same moment: nothing doubles, on SQLite and PostgreSQL."""

import json
from pathlib import Path

import pytest

from own_process import printed_by

pytest_plugins = ["postgres"]
PROGRAM = Path(__file__).with_name("proving_process.py")


@pytest.mark.parametrize("state", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def test_what_many_look_at_is_written_once(state, request, migrated_home):
    url = request.getfixturevalue("migrated_url") if state == "postgres" else ""

    found = json.loads(printed_by(PROGRAM, migrated_home, database_url=url).splitlines()[-1])

    assert found["ended"] == ["done"]
    assert found["saves"] == 121
    # Every third ended, one left by itself, and billing knows nothing of the new one.
    assert found["by_status"] == {"lost": 41, "provisional": 79, "applied": 1}
    assert found["checks"] == 120 * 5 + 4
    assert found["answers"] == found["answers_given"] == 120 * 3
    assert found["twice"] == 0
    assert found["tasks"] == found["task_keys"]
