"""Count the figures of the page about leaving, and end: a process of its own, started by `kept.py`.

python -m tenure.console.pages.leaving.count_alone FILE FIRST_ON BEFORE_ON LANGUAGE
"""

import os
import sys
from datetime import date
from pathlib import Path

import django


def main(words: list[str]) -> None:
    """Write the figures to FILE. An empty FIRST_ON is the first visit there is."""
    file, first_on, before_on, language = words
    os.nice(5)
    django.setup()

    from django.conf import settings
    from django.utils import translation

    from tenure.base.clock import system_clock
    from tenure.console.pages.leaving.count import count_figures
    from tenure.console.pages.leaving.kept import Written, state_of, write

    home, now = settings.TENURE_HOME, system_clock()
    translation.activate(language)
    state = state_of(home, now)  # before: what comes meanwhile is counted next time
    figures = count_figures(
        home,
        date.fromisoformat(first_on) if first_on else None,
        date.fromisoformat(before_on),
        now=now,
    )
    write(Path(file), Written(state, figures))


if __name__ == "__main__":
    main(sys.argv[1:])
