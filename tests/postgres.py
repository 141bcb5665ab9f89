"""A real PostgreSQL for tests: a throw-away cluster on loopback, and a fresh database each."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from migrated import migrate


def _programs() -> Path:
    """The folder of the newest server on this machine; skips where there is none."""
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if versions:
        return max(versions, key=lambda bin_folder: int(bin_folder.parent.name))
    if found := shutil.which("initdb"):
        return Path(found).parent
    pytest.skip("there is no PostgreSQL server on this machine: apt-get install postgresql")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    """The address of a server of its own, up to the database's name. It syncs to disk."""
    programs = _programs()
    # initdb refuses root, and a folder below one with mode 0700 is out of another user's reach.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="tenure-postgres-"))
    password = secrets.token_hex(16)
    secret = folder / "password"
    secret.write_text(password)
    if user is not None:
        owner = pwd.getpwnam(user)
        for path in (folder, secret):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    places = {"cwd": folder, "user": user, "group": user, "extra_groups": [] if user else None}
    cluster = folder / "cluster"
    port = _free_port()
    subprocess.run(
        [programs / "initdb", "-D", cluster, "-U", "tenure", "--auth=scram-sha-256"]
        + ["--pwfile", secret, "--encoding=UTF8", "--locale=C.UTF-8"],
        check=True,
        capture_output=True,
        **places,
    )
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", cluster, "-p", str(port), "-h", "127.0.0.1"]
            + ["-k", str(folder), "-c", "max_connections=60"],
            stdout=log,
            stderr=log,
            **places,
        )
    address = f"postgresql://tenure:{password}@127.0.0.1:{port}/"
    try:
        _wait_until_it_answers(address, server, folder / "log")
        yield address
    finally:
        # SIGQUIT is an immediate shutdown; nothing here is worth a checkpoint.
        server.send_signal(signal.SIGQUIT)
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_answers(address: str, server: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            psycopg.connect(address + "postgres", connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                pytest.fail(f"PostgreSQL does not start:\n{log.read_text()}")
            time.sleep(0.05)


@pytest.fixture
def postgres_url(postgres_cluster: str) -> Iterator[str]:
    """The address of an empty database, dropped afterwards."""
    with _database(postgres_cluster, "template1") as address:
        yield address


@pytest.fixture(scope="session")
def migrated_template(postgres_cluster: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that has every migration, to make others from."""
    name = "migrated"
    with psycopg.connect(postgres_cluster + "postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    migrate(tmp_path_factory.mktemp("migrated") / "home", postgres_cluster + name)
    return name


@pytest.fixture
def migrated_url(postgres_cluster: str, migrated_template: str) -> Iterator[str]:
    """The address of a database that has every migration, dropped afterwards."""
    with _database(postgres_cluster, migrated_template) as address:
        yield address


@contextmanager
def _database(cluster: str, template: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(cluster + "postgres", autocommit=True) as admin:
        made = sql.SQL("create database {} template {}")
        admin.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
        yield cluster + name
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
