"""An import in a process of its own that kills itself with SIGKILL at a named moment.

python import_process.py FOLDER MAP MOMENT    (TENURE_HOME names the home)
"""

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tenure.app.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from import_world import ship_everything  # noqa: E402
from tenure.collect.files.import_run import Importer, import_files  # noqa: E402
from tenure.collect.files.map_file import load_map  # noqa: E402
from tenure.lake.inbox import open_inbox  # noqa: E402


class Fuse:
    """Counts moments such as `Reading`, `Writing+2`, `ship`, `shipped`; dies at the named one."""

    def __init__(self, moment: str) -> None:
        self.moment, self.what, self.steps = moment, "", 0

    def reach(self, moment: str) -> None:
        if moment == self.moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def begin(self, what: str, length: int) -> None:
        self.what, self.steps = what, 0
        self.reach(what)

    def advance(self, by: int) -> None:
        self.steps += 1
        self.reach(f"{self.what}+{self.steps}")

    def end(self) -> None:
        self.reach(f"{self.what}.")

    def say(self, sentence: str) -> None: ...


def main(folder: str, map_path: str, moment: str) -> None:
    call_command("migrate", verbosity=0)
    home = settings.TENURE_HOME
    fuse = Fuse(moment)
    inbox = open_inbox(home, "")

    def pipeline(home, now) -> None:
        fuse.reach("ship")
        ship_everything(home, now)
        fuse.reach("shipped")

    importer = Importer(home, inbox, pipeline, datetime.now(UTC), fuse, arrival_rows=500)
    run = import_files(importer, Path(folder), load_map(Path(map_path), currency="USD"))
    print(run.rows_new, run.rows_unchanged, run.rows_rejected)


if __name__ == "__main__":
    main(*sys.argv[1:])
