"""State on PostgreSQL holds what state on SQLite holds, to the microsecond and the character."""

from pathlib import Path

import pytest

from own_process import printed_by

pytestmark = pytest.mark.slow

pytest_plugins = ["postgres"]


def followed(root: Path, database_url: str = "") -> str:
    program = Path(__file__).with_name("following_process.py")
    return printed_by(program, root, str(root), database_url=database_url)


def test_both_databases_hold_the_same(tmp_path: Path, postgres_url: str):
    embedded = followed(tmp_path / "embedded")
    server = followed(tmp_path / "server", postgres_url)

    assert '"name": "Acme"' in embedded
    assert embedded.startswith("[0, 0]\n")
    assert server.splitlines() == embedded.splitlines()
