"""Several publish at the same moment: one does, the others are told, on SQLite and PostgreSQL."""

import json
from pathlib import Path

import pytest

from own_process import printed_by

pytest_plugins = ["postgres"]
PROGRAM = Path(__file__).with_name("publishing_process.py")


@pytest.mark.parametrize("state", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("over", "versions"), [("over_one", 2), ("over_none", 1)])
def test_of_many_who_publish_over_one_version_one_does(
    state, over, versions, request, migrated_home
):
    url = request.getfixturevalue("migrated_url") if state == "postgres" else ""

    found = json.loads(printed_by(PROGRAM, migrated_home, over, database_url=url).splitlines()[-1])

    assert found["told"] == ["published", *["told"] * 5]
    assert found["versions"] == versions
    assert found["by"] == found["winner"]
