"""Is this installation well, and if not, what mends it?"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

from tenure.base.errors import TenureError
from tenure.base.home import Home
from tenure.billing.configured import billing_system
from tenure.billing.models import BillingChange
from tenure.billing.models import Status as ChangeStatus
from tenure.collect.http.limits import load_limits
from tenure.collect.http.prefixes import load_prefixes
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import reading
from tenure.messages.counting import waiting
from tenure.messages.mailbox.standing import mailbox_standing
from tenure.messages.models import Channel
from tenure.messages.reach_settings import reach_settings
from tenure.messages.readiness import ways_out
from tenure.messages.resolving import unsure_messages
from tenure.messages.volume import stopped_steps
from tenure.offboard.flow import unreadable_flows
from tenure.offboard.models import CancelKey
from tenure.plays.lost_links import lost_links
from tenure.plays.switching import plays_on
from tenure.signals.heard import unheard_since
from tenure.signals.rules import rules_in_force

LEAST_FREE_BYTES = 1 << 30
LATE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. A sentence that is not well ends with what to do."""

    is_well: bool
    sentence: str


def check_up(home: Home, now: datetime) -> list[Finding]:
    """Everything that can be looked at without changing anything, worst surprises first."""
    if not home.secret_file.is_file():
        return [Finding(False, f"there is no installation in {home.root}; run `tenure init`")]
    return [
        *_settings(home),
        *_disk(home),
        *_state(),
        *_inbox(home, now),
        *_lake(home),
        *_heard(home, now),
        *_messages(home, now),
        *_billing(home),
        *_flows(),
    ]


def _settings(home: Home) -> Iterator[Finding]:
    try:
        company = home.company
        load_limits(home)
        load_prefixes(home)
    except TenureError as error:
        yield Finding(False, f"{error.message}; mend the file {home.settings_file}")
        return
    yield Finding(True, f"{company.name}, days cut in {company.time_zone}, {company.currency}")
    if home.secret_file.stat().st_mode & 0o077:
        yield Finding(False, f"others can read {home.secret_file}; run chmod 600 on it")


def _disk(home: Home) -> Iterator[Finding]:
    free_bytes = shutil.disk_usage(home.root).free
    sentence = f"{free_bytes / (1 << 30):.1f} GiB free at {home.root}"
    if free_bytes < LEAST_FREE_BYTES:
        yield Finding(False, f"{sentence}; arrivals are refused when the disk is full: make room")
    else:
        yield Finding(True, sentence)


def _state() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Finding(False, f"the state cannot be read ({error}); check DATABASE_URL")
        return
    if missing:
        yield Finding(False, f"{len(missing)} migrations are missing; `tenure init` applies them")
    else:
        yield Finding(True, f"state on {connection.vendor} is up to date")


def _inbox(home: Home, now: datetime) -> Iterator[Finding]:
    try:
        inbox = open_inbox(home, settings.DATABASE_URL)
        try:
            depth = inbox.depth()
        finally:
            inbox.close()
    except TenureError as error:
        yield Finding(False, f"the inbox cannot be read: {error.message}")
        return
    if depth.oldest_at and now - depth.oldest_at > LATE_AFTER:
        waited = int((now - depth.oldest_at).total_seconds() // 60)
        yield Finding(
            False,
            f"the inbox holds {depth.rows:,} arrivals, the oldest {waited} minutes old; "
            "start `tenure work`, or run `tenure refresh`",
        )
    else:
        yield Finding(True, f"the inbox holds {depth.rows:,} arrivals")


def _lake(home: Home) -> Iterator[Finding]:
    try:
        with reading(home, threads=1) as reader:
            manifest = reader.manifest
    except (TenureError, OSError) as error:
        yield Finding(False, f"the lake cannot be read: {error}; mend what stands above first")
        return
    if manifest is None:
        yield Finding(True, "the lake is empty; import files, send events, or run `tenure demo`")
    else:
        yield Finding(
            True, f"the lake was last brought up to date at {manifest.published_at:%Y-%m-%d %H:%M}"
        )


def _heard(home: Home, now: datetime) -> Iterator[Finding]:
    try:
        since = unheard_since(home, rules_in_force(home.company.time_zone), now)
    except (TenureError, DatabaseError, OSError):
        return  # said above, of the lake and the state
    if since is not None:
        yield Finding(
            False,
            f"hardly anybody was there since {since}, in the whole company, so signals of silence "
            "wait; unless that is a holiday, see whether tracking and imports still run",
        )


def _messages(home: Home, now: datetime) -> Iterator[Finding]:
    try:
        for way in ways_out(home):
            yield Finding(not way.is_wrong, way.sentence)
    except TenureError as error:
        yield Finding(False, error.message)
    except DatabaseError:
        return  # said above, of the state
    yield from _mailbox(home, now)
    try:
        reach_settings(home)
    except TenureError as error:
        yield Finding(False, f"messages of plays wait: {error.message}")
    yield from _held_up()
    yield from _links(home)
    yield from _in_app()


def _mailbox(home: Home, now: datetime) -> Iterator[Finding]:
    """Whether answers are read, whatever is wrong with the ways out."""
    try:
        mailbox = mailbox_standing(home, now)
    except DatabaseError:
        return  # said above, of the state
    yield Finding(mailbox.is_well, mailbox.sentence)


def _held_up() -> Iterator[Finding]:
    """What waits for somebody's word, whatever else is wrong."""
    try:
        unsure, stopped = len(unsure_messages()), stopped_steps()
    except DatabaseError:
        return
    for each in stopped:
        most, hours = each.because["most"], each.because["hours"]
        yield Finding(
            False,
            f"{each.play}: the step {each.step} was stopped above {most} messages in {hours} h; "
            f"look at it, then `tenure plays release {each.play} {each.step}`",
        )
    if unsure:
        yield Finding(False, f"{unsure} messages are unsure; settle them with `tenure messages`")


def _links(home: Home) -> Iterator[Finding]:
    """What mails of plays that are on link to, and nobody said where it is."""
    try:
        for play in plays_on():
            yield from (Finding(False, f"{play.name}: {lost}") for lost in lost_links(play))
    except (TenureError, DatabaseError):
        return  # said above


def _in_app() -> Iterator[Finding]:
    count = waiting(Channel.IN_APP)
    if count and not CancelKey.objects.filter(revoked_at=None).exists():
        yield Finding(
            False,
            f"{count} messages wait to be shown in the product, and no key signs who is there; "
            '`tenure cancel-keys create "Web app"`, and docs/in-app.md',
        )


def _billing(home: Home) -> Iterator[Finding]:
    try:
        system = billing_system(home)
        unsure = BillingChange.objects.filter(status=ChangeStatus.UNKNOWN).count()
    except TenureError as error:
        yield Finding(False, f"no change of billing can be made: {error.message}")
        return
    except DatabaseError:
        return  # said above, of the state
    if unsure:
        yield Finding(
            False,
            f"{unsure} changes of billing are unsure; "
            "see `tenure billing changes --status unknown` and `tenure billing check`",
        )
    else:
        yield Finding(True, f"changes of billing are made by: {system.name}")


def _flows() -> Iterator[Finding]:
    """Flows that were in force and fell out: whoever they were for passes through another one."""
    try:
        fallen = unreadable_flows()
    except TenureError as error:
        yield Finding(False, f"no cancel flow can be read: {error.message}")
        return
    except DatabaseError:
        return  # said above, of the state
    for where, problem in fallen:
        why = problem.removeprefix(f"{where}: ")
        yield Finding(
            False,
            f"{where} cannot be read any more, so whoever it is for passes through the next flow "
            f"that fits: {why}; mend it and run `tenure apply`, or mend it in the console",
        )
