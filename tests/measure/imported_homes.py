"""A home that the real command line has filled from files, and what it answers."""

import json
import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def tenure(home: Path, *words: str) -> subprocess.CompletedProcess:
    """Runs `tenure`, in a process of its own, and shows what it said when it fails."""
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "tenure.app", "--home", str(home), *words],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def imported(home: Path, data: Path, name: str) -> Path:
    """A home with the data set `name` of the shared data, by the map under `examples/`."""
    tenure(home, "init")
    tenure(home, "import", str(data / name), "--map", str(EXAMPLES / name / "map.toml"))
    return home


def churn(home: Path, *words: str) -> list[dict]:
    return json.loads(tenure(home, "churn", "--format", "json", *words).stdout)
