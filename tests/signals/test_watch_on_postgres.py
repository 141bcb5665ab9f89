"""What is watched on PostgreSQL is what is watched on SQLite, to the byte of each state."""

from pathlib import Path

import pytest

from own_process import printed_by

pytestmark = pytest.mark.slow

pytest_plugins = ["postgres"]
WATCHING = Path(__file__).with_name("watching_process.py")


def test_both_databases_watch_the_same(tmp_path: Path, postgres_url: str):
    embedded = printed_by(WATCHING, tmp_path / "embedded")
    server = printed_by(WATCHING, tmp_path / "server", database_url=postgres_url)

    assert "cancel_intent acme" in embedded
    assert "cancel_intent bolt" in embedded
    assert "near_limit acme" in embedded
    assert server.splitlines() == embedded.splitlines()
