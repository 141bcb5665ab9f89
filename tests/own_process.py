"""Programs of the tests, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def printed_by(program: Path, root: Path, *words: str, database_url: str = "") -> str:
    """What a program of the tests prints in the home at `root`, its state where it is told."""
    done = subprocess.run(
        [sys.executable, "-W", "error", program, *words],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ
        | {
            "TENURE_HOME": str(root),
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
            "PYTHONPATH": str(Path(__file__).parent),
        },
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
