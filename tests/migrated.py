"""State with every migration, made once, for programs that need it and do not test how it comes."""

import os
import subprocess
import sys
from pathlib import Path


def migrate(home: Path, database_url: str = "") -> None:
    """Make the folder `home`, and apply every migration to its state."""
    home.mkdir(parents=True)
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
        check=True,
        timeout=300,
        env=os.environ
        | {
            "TENURE_HOME": str(home),
            "DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
        },
    )
