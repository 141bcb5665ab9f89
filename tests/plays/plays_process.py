"""The program that tests start: a worker that lives through two weeks of three plays, on the state
that the environment names. It forks a process for each life, and says how each came out.

    undisturbed          one life
    killed NUMBER...     for each number from the same beginning: a life that is killed with SIGKILL
                         at that place between its commits, twice, and one that lives it through
    together LIVES       so many at the same moments, over many accounts
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import Barrier
from pathlib import Path
from typing import NoReturn

import django

django.setup()

from commit_points import CommitPoints  # noqa: E402
from deltalake import DeltaTable  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from message_worlds import settings_of  # noqa: E402
from small_company import (  # noqa: E402
    ACCOUNTS,
    BEGINS,
    MANY_AT_ONCE,
    SAYING,
    arrive,
    catch_up,
    event,
    go_on,
    settle,
    wrong_with,
)

from tenure.messages.models import Message, MessageDecision  # noqa: E402
from tenure.messages.sending import send_due  # noqa: E402
from tenure.messages.smtp import Smtp  # noqa: E402
from tenure.plays.models import Enrolment, PlayDecision  # noqa: E402
from tenure.tasks.models import Task, TaskChange  # noqa: E402

HOME = settings.TENURE_HOME
BEGAN = HOME.root.with_name(f"{HOME.root.name}_as_it_began")
PLAYS = ("reports", "hello")
MANY = {f"a{n}": f"p{n}" for n in range(24)}
HOURS = (0, 6, 66, 76, 96, 14 * 24)  # after the begin, at which a worker looks
LEASES_OVER = timedelta(minutes=20)


def happen(accounts: dict[str, str]) -> None:
    """All of them come into both plays; acme's project is there on the fourth day."""
    rows = [
        event(name, account, person, BEGINS, f"{name}/{account}")
        for account, person in accounts.items()
        for name in ("Report Exported", "Signed In")
    ]
    fourth_day = BEGINS + timedelta(hours=90)
    first = next(iter(accounts))
    rows.append(event("Project Created", first, accounts[first], fourth_day, "project"))
    arrive(HOME, rows, BEGINS)


def live(port: int, meet: Callable[[], object] = lambda: None) -> None:
    """What a worker does at each moment, from the one that it was killed in."""
    so_far = HOME.root / "moment"
    for place in range(int(so_far.read_text()) if so_far.exists() else 0, len(HOURS)):
        for later in (timedelta(), LEASES_OVER):
            now = BEGINS + timedelta(hours=HOURS[place]) + later
            meet()
            arrive(HOME, [], now)
            catch_up(HOME, now)
            go_on(HOME, now)
            transport = Smtp(settings_of(port), lambda now=now: now)
            send_due(now, {"mail": transport})
            transport.close()
        if meet is _alone:
            so_far.write_text(str(place + 1))


def _alone() -> None:
    """Nobody else works."""


def forked(act: Callable[[], None]) -> int:
    """How a process of its own ended that does this: 0, or the signal."""
    connection.close()
    child = os.fork()
    if child == 0:
        _end_with(act)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _end_with(act: Callable[[], None]) -> NoReturn:
    """End this process with it: nothing of who forked it is to be done at exit."""
    ended = 1
    try:
        act()
        ended = 0
    finally:
        if ended:
            sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(ended)


def life(port: int, at: int) -> int:
    """How it ended; `at` 0 is never killed."""

    def act() -> None:
        points = CommitPoints(at, lambda: os.kill(os.getpid(), signal.SIGKILL))
        with connection.execute_wrapper(points):
            live(port, _alone)
        (HOME.root / "points").write_text(str(points.passed))

    return forked(act)


def outcome() -> dict[str, object]:
    """All that came of it, in an order of its own; without times, which a kill may put off."""
    enrolments = Enrolment.objects.order_by("play", "raw_subject_id")
    entered = {row.pk: f"{row.play}/{row.raw_subject_id}" for row in enrolments}
    return {
        "wrong": wrong_with(SAYING),
        "enrolments": [[entered[e.pk], e.at, e.ended_because, e.visits] for e in enrolments],
        "decisions": sorted(
            f"{entered[pk]} {step} {what}"
            for pk, step, what in PlayDecision.objects.values_list("enrolment", "step", "what")
        ),
        "messages": sorted(Message.objects.values_list("key", "status")),
        "planned": sorted(MessageDecision.objects.values_list("message__key", "status")),
        "tasks": sorted(Task.objects.values_list("key", flat=True)),
        "changes": TaskChange.objects.count(),
        "traits": _traits(),
    }


def _traits() -> list[str]:
    """The accounts whose trait was set, once for each event that says so."""
    lake = DeltaTable(HOME.root / "lake" / "event").to_pyarrow_table().to_pylist()
    return sorted(row["account_key"] for row in lake if row["type"] == "group")


def say_outcome(**more: object) -> None:
    """To who started this, who looks at what arrived meanwhile."""

    def act() -> None:
        arrive(HOME, [], BEGINS + timedelta(days=20))
        sys.stdout.write(json.dumps(outcome() | more) + "\n")
        sys.stdout.flush()

    assert forked(act) == 0
    sys.stdin.readline()


def keep_the_beginning(accounts: dict[str, str]) -> None:
    def act() -> None:
        settle(HOME, accounts, PLAYS)
        HOME.settings_file.write_text(MANY_AT_ONCE)
        happen(accounts)

    assert forked(act) == 0
    _copy(HOME.root, BEGAN)
    if settings.DATABASE_URL:
        _admin("create database {0}_as_it_began template {0}")


def begin_again() -> None:
    _copy(BEGAN, HOME.root)
    if settings.DATABASE_URL:
        _admin("drop database {0} with (force)")
        _admin("create database {0} template {0}_as_it_began")


def _copy(source: Path, to: Path) -> None:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(source, to)


def _admin(statement: str) -> None:
    import psycopg

    address, _, name = settings.DATABASE_URL.rpartition("/")
    with psycopg.connect(f"{address}/postgres", autocommit=True) as admin:
        admin.execute(statement.format(name))


def undisturbed(port: int) -> None:
    keep_the_beginning(ACCOUNTS)
    assert life(port, 0) == 0
    say_outcome(points=int((HOME.root / "points").read_text()))


def killed(port: int, *numbers: int) -> None:
    for number in numbers:
        begin_again()
        ended = [life(port, number), life(port, number)]
        assert life(port, 0) == 0
        say_outcome(number=number, kills=ended.count(-signal.SIGKILL))


def together(port: int, lives: int) -> None:
    keep_the_beginning(MANY)
    assert life(port, 0) == 0
    say_outcome()
    begin_again()
    barrier = Barrier(lives)
    connection.close()
    children = []
    for _ in range(lives):
        child = os.fork()
        if child == 0:
            _end_with(lambda: live(port, lambda: barrier.wait(60)))
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in children] == [0] * lives
    say_outcome()


if __name__ == "__main__":
    role, *words = sys.argv[1:]
    programs = {"undisturbed": undisturbed, "killed": killed, "together": together}
    programs[role](*map(int, words))
