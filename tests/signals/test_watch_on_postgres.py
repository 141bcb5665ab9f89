"""What is watched on PostgreSQL is what is watched on SQLite, to the byte of each state."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

pytest_plugins = ["postgres"]


def watched(root: Path, database_url: str = "") -> str:
    tests = Path(__file__).parents[1]
    environment = os.environ | {
        "TENURE_HOME": str(root),
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
        "PYTHONPATH": str(tests),
    }
    result = subprocess.run(
        [sys.executable, "-W", "error", tests / "signals" / "watching_process.py"],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_both_databases_watch_the_same(tmp_path: Path, postgres_url: str):
    embedded = watched(tmp_path / "embedded")
    server = watched(tmp_path / "server", postgres_url)

    assert "cancel_intent acme" in embedded
    assert "cancel_intent bolt" in embedded
    assert "near_limit acme" in embedded
    assert server.splitlines() == embedded.splitlines()
