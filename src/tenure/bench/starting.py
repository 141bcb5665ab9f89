"""How soon does Tenure serve, and how much memory does it hold?"""

import subprocess
import sys
import time
from pathlib import Path

from tenure.app.catching_up import IDLE_S
from tenure.bench.processes import new_home, resident_mb, running
from tenure.bench.rows import Row

START_FLOOR_S, MEMORY_FLOOR_MB = 3, 300
TURN_S = 10  # in which a worker has begun with its first


def measure_starting(root: Path) -> list[Row]:
    """Seconds until `tenure serve` answers, and resident MB of all its processes: at rest, and
    while one more brings up what follows from news; it ends when there has been none for a while.
    """
    new_home(root)
    with running(root, "serve") as (_, pid, took_s):
        time.sleep(TURN_S)
        busy_mb = resident_mb(pid)
        time.sleep(IDLE_S + TURN_S)
        memory_mb = resident_mb(pid)
    return [
        Row(
            "start serving",
            took_s,
            "s",
            START_FLOOR_S,
            _bare_start_s("django", "deltalake", "duckdb"),
            "importing Django, deltalake and DuckDB alone",
            lower_is_better=True,
        ),
        Row(
            "resident memory, web and worker",
            memory_mb,
            "MB",
            MEMORY_FLOOR_MB,
            busy_mb,
            "while it catches up, too",
            lower_is_better=True,
        ),
    ]


def _bare_start_s(*modules: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import " + ", ".join(modules)], check=True)
    return time.perf_counter() - started
