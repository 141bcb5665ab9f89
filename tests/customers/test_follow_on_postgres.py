"""State on PostgreSQL holds what state on SQLite holds, to the microsecond and the character."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

pytest_plugins = ["postgres"]


def followed(root: Path, database_url: str = "") -> str:
    tests = Path(__file__).parents[1]
    environment = os.environ | {
        "TENURE_HOME": str(root),
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
        "PYTHONPATH": str(tests),
    }
    result = subprocess.run(
        [sys.executable, "-W", "error", tests / "customers" / "following_process.py", root],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_both_databases_hold_the_same(tmp_path: Path, postgres_url: str):
    embedded = followed(tmp_path / "embedded")
    server = followed(tmp_path / "server", postgres_url)

    assert '"name": "Acme"' in embedded
    assert embedded.startswith("[0, 0]\n")
    assert server.splitlines() == embedded.splitlines()
