"""A follower that is killed anywhere tells every entry and exit exactly once."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

KILLS = 7
SEED = 20261122


@contextmanager
def started(home: Path, *words: str) -> Iterator[subprocess.Popen]:
    tests = Path(__file__).parents[1]
    environment = os.environ | {
        "TENURE_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
        "PYTHONPATH": str(tests),
    }
    environment.pop("DATABASE_URL", None)
    program = tests / "segments" / "following_segments_process.py"
    with subprocess.Popen(
        [sys.executable, program, words[0], home, *words[1:]],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def test_kill_9_at_any_moment_doubles_no_entry_and_loses_none(tmp_path):
    home, chance = tmp_path / "home", random.Random(SEED)
    with started(home, "prepare") as process:
        assert process.wait(120) == 0
    lasted = []
    for number in range(KILLS):
        with started(home, "follow", str(number)) as process:
            assert process.stdout.readline() == "following\n"
            time.sleep(chance.uniform(0.05, 1.2))
            lasted.append(process.poll() is None)
            process.kill()
    with started(home, "finish") as process:
        said, _ = process.communicate(timeout=120)
    found = json.loads(said)

    ids = [row[0] for row in found["told"]]
    assert len(ids) == len(set(ids)), "an event is in the lake twice"
    entered = sorted((who, at) for _, name, who, at in found["told"] if name == "Segment Entered")
    left = sorted((who, at) for _, name, who, at in found["told"] if name == "Segment Left")
    assert entered == sorted((who, at) for who, at, _ in found["kept"])
    assert left == sorted((who, at) for who, _, at in found["kept"] if at)
    now_in = sorted(who for who, _, at in found["kept"] if at is None)
    low, high = (0, 2000) if (KILLS - 1) % 2 else (1000, 3000)
    assert now_in == [f"a-{n:04}" for n in range(low, high)]
    # The test means something only if it was killed at work, and something had been told by then.
    assert sum(lasted) >= 1
    assert len(entered) > 3000
