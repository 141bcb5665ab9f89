"""A measurement in a process of its own, with Django ready on a new home: no state is shared."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from tenure.bench.processes import new_home


def measured_alone(root: Path, module: str, *sizes: int) -> Any:
    """What `measure(*sizes)` of this module gives, run for itself on a new home at `root`."""
    new_home(root)
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"TENURE_HOME": str(root), "DJANGO_SETTINGS_MODULE": "tenure.app.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "tenure.bench.alone", module, *map(str, sizes)],
        env=environment,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    import django

    django.setup()  # before the measurement's models are imported
    asked, *stated = sys.argv[1:]
    sys.stdout.write(json.dumps(import_module(asked).measure(*map(int, stated))))
