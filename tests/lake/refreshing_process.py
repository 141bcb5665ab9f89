"""The program that the kill test starts, and kills: `refreshing_process.py HOME`."""

import sys
from pathlib import Path

from lake_worlds import NOON, PROBES

from tenure.base.home import Home
from tenure.lake.refresh import refresh

if __name__ == "__main__":
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    refresh(Home(Path(sys.argv[1])), NOON, packages=PROBES)
