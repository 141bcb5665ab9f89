"""Whatever happens to plays and their messages and in whatever order, on SQLite and PostgreSQL:
`plays_machine.py` says what can, and what must not come of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from plays_machine import run

pytest_plugins = ["postgres"]
PROGRAM = Path(__file__).with_name("plays_machine.py")
TESTS = Path(__file__).parents[1]
STEPS = 12
COME_TO = {"sent", "suppressed", "control", "finished"}  # in any of them
# With this set so many passages are looked at, in an order of its own: by hand, some thousands.
DEEP = "TENURE_TEST_PASSAGES"


@pytest.mark.slow
@pytest.mark.django_db
def test_what_plays_meant_is_there_once_whatever_happens(home) -> None:
    assert run(int(os.environ.get(DEEP, 4)), STEPS) >= COME_TO


@pytest.mark.slow
def test_it_is_the_same_on_postgres_with_transactions_of_its_own(tmp_path, migrated_url) -> None:
    done = subprocess.run(
        [sys.executable, PROGRAM, os.environ.get(DEEP, "4"), str(STEPS)],
        env=os.environ
        | {
            "TENURE_HOME": str(tmp_path),
            "DATABASE_URL": migrated_url,
            "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
            "PYTHONPATH": os.pathsep.join(map(str, (TESTS, TESTS / "plays"))),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) >= COME_TO
