"""kill -9 at the commits of a play's turns, and several workers at once, on SQLite and PostgreSQL:
in the end all is as if one worker had lived through it undisturbed."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from messages.smtp_sink import Sink, sink_running

pytestmark = pytest.mark.slow

pytest_plugins = ["postgres"]
PROGRAM = Path(__file__).with_name("plays_process.py")
TESTS = Path(__file__).parents[1]
# One after the other is killed with this set; else some of them.
DEEP = "TENURE_TEST_DEEP"
STRIDE = 71


@contextmanager
def lives(home: Path, url: str, sink: Sink, *words: object) -> Iterator[Iterator[dict]]:
    """What came of each life that a program of `plays_process.py` tells of, as it does."""
    process = subprocess.Popen(
        [sys.executable, PROGRAM, words[0], str(sink.port), *map(str, words[1:])],
        env=os.environ
        | {
            "TENURE_HOME": str(home),
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
            "PYTHONPATH": os.pathsep.join(map(str, (TESTS, TESTS / "plays", TESTS / "messages"))),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def told() -> Iterator[dict]:
        for line in process.stdout:
            came = json.loads(line)
            arrived = Counter(to for to, _ in sink.taken)
            sink.taken.clear()
            yield came | {"arrived": arrived}
            process.stdin.write("on\n")
            process.stdin.flush()

    try:
        yield told()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def is_the_same_but_for_what_is_unsure(came: dict, undisturbed: dict) -> bool:
    """Whether all is as it was without a kill; what was being sent by then says that it is unsure,
    and did not arrive twice."""
    unsure = {key for key, status in came["messages"] if status == "unknown"}
    missing = undisturbed["arrived"] - came["arrived"]
    known = [[key, "sent" if key in unsure else status] for key, status in came["messages"]]
    told = ("wrong", "enrolments", "decisions", "planned", "tasks", "changes", "traits")
    return (
        all(came[what] == undisturbed[what] for what in told)
        and known == undisturbed["messages"]
        and not came["arrived"] - undisturbed["arrived"]
        and missing.total() <= len(unsure) <= came["kills"]
    )


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_worker_killed_at_each_commit_leaves_what_an_undisturbed_one_would(
    database, request, migrated_home
):
    home = migrated_home
    url = request.getfixturevalue("migrated_url") if database == "postgres" else ""
    with sink_running() as sink:
        with lives(home, url, sink, "undisturbed") as told:
            [undisturbed] = told
        assert undisturbed["wrong"] == [] and undisturbed["arrived"].total() > 5
        # The second place is in what happened being heard: a cursor that moved on would lose it.
        first, step = (1, 1) if os.environ.get(DEEP) else (2, STRIDE)
        numbers = range(first, undisturbed["points"] + 1, step)
        with lives(home, url, sink, "killed", *numbers) as told:
            came = list(told)
    assert len(came) == len(numbers)
    assert all(each["kills"] for each in came)
    assert [
        each["number"] for each in came if not is_the_same_but_for_what_is_unsure(each, undisturbed)
    ] == []


def test_three_workers_at_once_do_each_thing_once(migrated_home, migrated_url):
    with sink_running() as sink, lives(migrated_home, migrated_url, sink, "together", 3) as told:
        [one, three] = told
    assert one["wrong"] == three["wrong"] == []
    assert one["arrived"].total() > 50
    assert three == one
