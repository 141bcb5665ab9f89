"""How soon does Tenure serve, and how much memory does it hold?"""

import subprocess
import sys
import time
from pathlib import Path

from tenure.bench.processes import new_home, resident_mb, running
from tenure.bench.rows import Row

START_FLOOR_S, MEMORY_FLOOR_MB = 3, 300


def measure_starting(root: Path) -> list[Row]:
    """Two rows: seconds until `tenure serve` answers, and resident MB of all its processes."""
    new_home(root)
    with running(root, "serve") as (_, pid, took_s):
        time.sleep(2)  # let the worker take its first turn
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
            lower_is_better=True,
        ),
    ]


def _bare_start_s(*modules: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import " + ", ".join(modules)], check=True)
    return time.perf_counter() - started
