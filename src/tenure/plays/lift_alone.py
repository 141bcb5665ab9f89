"""Count the report of plays, and end: a process of its own, started by `lift_kept.py`.

python -m tenure.plays.lift_alone FILE CURRENCY
"""

import os
import sys
from pathlib import Path

import django


def main(words: list[str]) -> None:
    """Write the report to FILE. An empty CURRENCY is the company's."""
    file, currency = words
    os.nice(5)
    django.setup()

    from django.conf import settings

    from tenure.base.clock import system_clock
    from tenure.plays.lift import plays_report
    from tenure.plays.lift_kept import Written, write_report

    home, now = settings.TENURE_HOME, system_clock()
    # With when it began: what comes meanwhile is counted next time.
    write_report(Path(file), Written(plays_report(home, now, currency=currency), now))


if __name__ == "__main__":
    main(sys.argv[1:])
