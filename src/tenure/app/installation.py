"""An installation is made once and brought up to date at every start; both are safe to repeat."""

import json
import os
import secrets
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tenure.base.errors import BadUsage, Conflict, Unavailable
from tenure.base.home import Company, Home, check_company

# Found by trying each character with deltalake 1.6.6.
UNFIT_IN_PATHS = "%[]^|\\"


def make_home(home: Home, company: Company | None = None) -> bool:
    """Create the folder, its secret and, when `company` is given, its settings. True when new.

    Raises Unavailable when nothing can be written there, BadUsage for a company that is none.
    """
    _check_path(home.root)
    if company:
        _check(company)
    is_new = not home.secret_file.exists()
    try:
        home.root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"{home.root} cannot be made a folder ({error.strerror}); name another with --home"
        ) from None
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
            f"currency = {_toml_text(company.currency)}  # for amounts that name none\n"
            "\n# [reach]  # when people get mail of plays, by their own clock; docs/reach.md\n"
            '# quiet_from = "21:00"\n# quiet_until = "08:00"\n# points_a_week = 9\n',
            "utf-8",
        )
    return is_new


def bring_up_to_date(home: Home) -> None:
    """Make the home if there is none, and apply the state's migrations that are missing.

    A home that is made in passing says so, because a mistyped `--home` is made as well.
    """
    if not home.secret_file.exists() and not home.settings_file.exists():
        make_home(home, Company())
        sys.stderr.write(
            f"Made an installation in {home.root}: days are cut in UTC, amounts that name no "
            "currency are in USD. Change that in its `tenure.toml`.\n"
        )
    make_home(home)
    _ = home.company  # a settings file with a mistake is said now, not by a worker at night
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def require_home(home: Home) -> None:
    """Raises Conflict, with what to do, when there is no installation in this folder."""
    if not home.secret_file.is_file():
        raise Conflict(
            f"there is no installation in {home.root}; "
            "make one with `tenure init`, or `tenure demo` for a simulated company"
        )


def _check_path(root: Path) -> None:
    """The lake takes its folder for an address, in which these characters mean something else."""
    wrong = sorted({each for each in str(root) if each in UNFIT_IN_PATHS or not each.isprintable()})
    if wrong:
        raise Unavailable(
            f"{str(root)!r} holds {' '.join(map(repr, wrong))}, which the lake cannot have in its "
            "path; name another folder with --home"
        )


def _check(company: Company) -> None:
    try:
        check_company(company)
    except ValueError as error:
        field, _, problem = str(error).partition(": ")
        raise BadUsage(f"--{field.replace('_', '-')}: {problem}", field=field) from None


def _toml_text(text: str) -> str:
    """A basic string of TOML: what JSON escapes, TOML does the same way, and DEL besides."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
