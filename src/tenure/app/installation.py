"""An installation is made once and brought up to date at every start; both are safe to repeat."""

import os
import secrets

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tenure.base.errors import Conflict, Unavailable
from tenure.base.home import Company, Home


def make_home(home: Home, company: Company | None = None) -> bool:
    """Create the folder, its secret and, when `company` is given, its settings. True when new."""
    is_new = not home.secret_file.exists()
    home.root.mkdir(parents=True, exist_ok=True)
    if not os.access(home.root, os.W_OK):
        raise Unavailable(f"{home.root} cannot be written; give it to this user or name another")
    if is_new:
        descriptor = os.open(home.secret_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        settings.SECRET_KEY = home.secret_file.read_text().strip()
    if company and not home.settings_file.exists():
        home.settings_file.write_text(
            "[company]\n"
            f"name = {_toml_text(company.name)}\n"
            f"time_zone = {_toml_text(company.time_zone)}  # days and months are cut here\n"
            f"currency = {_toml_text(company.currency)}  # for amounts that name none\n",
            "utf-8",
        )
    return is_new


def bring_up_to_date(home: Home) -> None:
    """Make the home if there is none, and apply the state's migrations that are missing."""
    make_home(home)
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def require_home(home: Home) -> None:
    """Raises Conflict, with what to do, when there is no installation in this folder."""
    if not home.secret_file.exists():
        raise Conflict(
            f"there is no installation in {home.root}; "
            "make one with `tenure init`, or `tenure demo` for a simulated company"
        )


def _toml_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
