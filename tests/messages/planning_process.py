"""The programs that tests start: `prepare COUNT`, `release-until STAGE` and `release-by-threads`, on
the state that the environment names.

A planner says `here` when it has come to its stage, and waits there to be killed: `written` (what
was let go is written, and not committed).
"""

import sys
from datetime import timedelta

from sending_process import by_threads, say, stop_here  # sets Django up  # isort: skip
from django.conf import settings
from django.db import connection
from message_worlds import NOON
from planning_worlds import Plays, held, people

from tenure.messages.planning import release_due

THREADS = 4


def prepare(count: int) -> None:
    """So many people, each with three mails that wait and an allowance for one."""
    home = settings.TENURE_HOME
    home.settings_file.write_text("[reach]\npoints_a_week = 3\n")
    people("\n".join(f"p{n}" for n in range(count)))
    for number in range(3):
        held("\n".join(f"p{n} mail key {n}/{number} priority {number}" for n in range(count)))


def release(stage: str = "") -> None:
    home = settings.TENURE_HOME

    def stops(execute, sql, params, many, context):
        done = execute(sql, params, many, context)
        if stage == "written" and sql.startswith("UPDATE") and '"released_at"' in sql:
            stop_here()
        return done

    with connection.execute_wrapper(stops):
        while release_due(home, NOON + timedelta(seconds=1), Plays()).total:
            pass
    say("done")


PROGRAMS = {
    "prepare": lambda count: prepare(int(count)),
    "release-until": release,
    "release-by-threads": lambda: by_threads(THREADS, release),
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](*sys.argv[2:])
