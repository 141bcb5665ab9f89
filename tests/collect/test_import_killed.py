"""An import that is killed with SIGKILL anywhere is run again: all rows are there, none twice."""

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from import_world import ImportWorld
from tenure.base.home import Home

TESTS = Path(__file__).parents[1]
MAP = """
source = "shop"
time_zone = "UTC"
[[file]]
match = "use.csv"
kind = "event"
[file.columns]
account = "who"
name = "what"
occurred_at = "day"
[[file]]
match = "subs.csv"
kind = "subscription"
[file.columns]
account = "who"
subscription = "id"
starts_at = "from"
ends_at = "to"
mrr = "mrr"
"""
MOMENTS = [
    "Reading",
    "Reading+2",
    "Writing",
    "Writing+2",
    "Writing+5",
    "Writing.",
    "ship",
    "shipped",
]


def run_import(world: ImportWorld, map_path: Path, moment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, TESTS / "import_process.py", world.folder, map_path, moment],
        env={**os.environ, "TENURE_HOME": str(world.home.root), "PYTHONPATH": str(TESTS)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_a_killed_import_is_completed_by_the_next_one_and_doubles_nothing(tmp_path):
    (tmp_path / "home").mkdir()
    world = ImportWorld(Home(tmp_path / "home"), tmp_path / "files")
    use = [f"a{n % 7},Opened,2024-01-{n % 28 + 1:02}" for n in range(2000)]  # equal rows as well
    subs = [f"s{n},a{n % 7},2024-01-01,{'2024-05-01' if n % 3 else ''},10" for n in range(900)]
    world.write("use.csv", "\n".join(["who,what,day", *use, "a1,Opened,never"]))
    world.write("subs.csv", "\n".join(["id,who,from,to,mrr", *subs]))
    map_path = tmp_path / "map.toml"
    map_path.write_text(MAP)

    for moment in MOMENTS:
        killed = run_import(world, map_path, moment)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    last = run_import(world, map_path, "never")

    assert last.returncode == 0, last.stderr
    assert last.stdout.split() == ["0", "2900", "1"]
    events, facts = world.events(), world.facts()
    assert len(events) == len({row["message_id"] for row in events}) == 2000
    assert len({row["source_ref"] for row in events}) == 2000
    assert len(facts) == len({row["fact_key"] for row in facts}) == 900 + 600
    assert not any(world.home.root.joinpath("staging").glob("*"))
    with sqlite3.connect(world.home.state_file) as state:
        statuses = state.execute("select status, count(*) from collect_importrun group by status")
        rejected = state.execute("select count(*) from collect_rejectedrow").fetchone()
    assert dict(statuses) == {"interrupted": len(MOMENTS), "done": 1}
    assert rejected == (1,)
    state.close()
