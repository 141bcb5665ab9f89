"""A person or an account, taken out of the lake without a trace.

    key set ─▶ rows of base and link tables ─▶ derived tables (refresh) ─▶ old files ─▶ old log

The log of a Delta table keeps the condition of a delete, and a vacuum keeps what the log still
needs: so a new, empty version is published, checkpointed, and everything older is removed.
Every step may be repeated: a forgetting that was interrupted is simply asked for again.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

from tenure.base.errors import Conflict
from tenure.base.home import Home
from tenure.kit.sql_file import SqlFile, load
from tenure.lake import tables
from tenure.lake.durable import fsync_path
from tenure.lake.engine import Engine, quoted, select_from
from tenure.lake.key_set import KeySet, digests_of
from tenure.lake.lease import Lease, lake_writer
from tenure.lake.manifest import read_manifest
from tenure.lake.news import Losses
from tenure.lake.readers import held_versions
from tenure.lake.reading import (
    day_of_state,
    derived_relations,
    published_source,
    sql_packages,
    standing_params,
    views_at,
)
from tenure.lake.refresh import WAIT_S, refresh
from tenure.lake.relations import STORED
from tenure.lake.schema import TABLES
from tenure.lake.shipping import APPLICATION
from tenure.lake.snapshot import derived_table, newest_version
from tenure.lake.upkeep import remove_spilled, vacuum_lake
from tenure.lake.views import ROW, Views

ANONYMOUS = "anon:"
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Ids:
    """Raw ids as they stand in events and facts: all that stand for one person or account."""

    user_ids: Sequence[str] = ()
    anonymous_ids: Sequence[str] = ()
    account_keys: Sequence[str] = ()

    @property
    def person_ids(self) -> list[str]:
        """The same people as identity links and derived relations name them."""
        return [*self.user_ids, *(ANONYMOUS + each for each in self.anonymous_ids)]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows were deleted from each stored table, and how many keys from the key sets."""

    rows: dict[str, int]
    keys: int
    files: int


@dataclass(frozen=True, slots=True)
class _Found:
    rows: dict[str, int]
    messages: dict[str, pa.Table]
    accounts: frozenset[str]
    days: frozenset[date]


def forget(
    home: Home,
    ids: Ids,
    now: datetime,
    *,
    elsewhere: Iterable[Callable[[], object]] = (),
    lease: Lease | None = None,
    packages: Sequence[str] | None = None,
    readers_wait_s: float = 60.0,
) -> Forgotten:
    """What was removed, when nothing of these ids is left in the lake and the key sets.

    `elsewhere` is called before, under the lake-writer lease, so that no bodies of theirs (inbox,
    rejected rows) are shipped meanwhile. Raises Conflict when somebody still reads old files after
    `readers_wait_s`: no newer reader sees the rows, and asking again removes the files.
    Raises LeaseHeld when another process writes the lake for longer than a minute.
    """
    with lake_writer(home, "forget", lease=lease, wait_seconds=WAIT_S) as held:
        for remove in elsewhere:
            remove()
        # So that the rows to forget are the only news that the refresh after deleting finds.
        refresh(home, now, held, packages)
        found = _find(home, ids, packages)
        keys = sum(_drop_keys(home, name, found.messages[name]) for name in found.messages)
        for name, condition in _conditions(ids).items():
            if found.rows.get(name):
                tables.delete(DeltaTable(tables.folder_of(home, name)), condition)
        losses = Losses(found.rows, found.accounts, found.days)
        refresh(home, now, held, packages, losses=losses)
        for name in STORED:
            _start_log_anew(home, name)
        refresh(home, now, held, packages)
        _wait_for_readers(home, now, readers_wait_s)
        files = vacuum_lake(home, now, base_hours=0)
        remove_spilled(home, now + timedelta(days=1))
    return Forgotten(found.rows, keys, files)


def _conditions(ids: Ids) -> dict[str, str]:
    """The condition of each stored table's rows that go."""
    people, visitors = [*ids.user_ids], [*ids.anonymous_ids]
    accounts = [*ids.account_keys]
    of_kind = [
        f"(kind = {quoted(kind)} and ({_any({'raw_id': names, 'canonical_id': names})}))"
        for kind, names in (("person", ids.person_ids), ("account", accounts))
        if names
    ]
    return {
        "event": _any(
            {
                "user_id": people,
                "anonymous_id": visitors,
                "previous_id": people + visitors,
                "account_key": accounts,
            }
        ),
        "billing_fact": _any({"account_key": accounts}),
        "identity_link": " or ".join(of_kind) or "false",
        "membership_link": _any({"person_id": ids.person_ids, "account_id": accounts}),
    }


def _any(wanted: dict[str, list[str]]) -> str:
    """A condition that holds where any column has one of its values."""
    parts = [
        f"{column} in ({', '.join(map(quoted, values))})"
        for column, values in wanted.items()
        if values
    ]
    return " or ".join(parts) or "false"


def _find(home: Home, ids: Ids, packages: Sequence[str] | None) -> _Found:
    """What there is to forget, and which days and accounts derived relations have to make again."""
    manifest = read_manifest(home)
    assert manifest is not None, "a refresh has just published one"
    engine = Engine(home.lake)
    derived = derived_relations(sql_packages(packages))
    standing = standing_params(home, day_of_state(home, manifest))
    views = views_at(home, engine, manifest.versions, derived, standing)
    people = {"person_ids": ids.person_ids, "account_keys": list(ids.account_keys)}
    try:
        events = load("tenure.lake", "forgotten_event")
        facts = load("tenure.lake", "forgotten_fact")
        views.need([*events.reads, *facts.reads, "identity_link", "membership_link"])
        named = {"user_ids": list(ids.user_ids), "anonymous_ids": list(ids.anonymous_ids)}
        keys = {"account_keys": people["account_keys"]}
        engine.create_table(events.name, events.text, {**named, **keys})
        accounts = _column(engine, load("tenure.lake", "account_of_forgotten"), people)
        days = _days(engine, home.company.time_zone)
        for sql in derived.values():
            source = published_source(home, sql, manifest.versions.get(derived_table(sql)))
            if source and {"day", "person_id", "account_id"} <= source.columns.keys():
                engine.create_view("published", select_from(source))
                days |= _column(engine, load("tenure.lake", "day_of_forgotten"), people)
        messages = {
            "event": engine.arrow("select source, message_id from forgotten_event"),
            "billing_fact": engine.arrow(facts.text, keys),
        }
        return _Found(_count(engine, views, ids), messages, frozenset(accounts), frozenset(days))
    finally:
        engine.close()


def _count(engine: Engine, views: Views, ids: Ids) -> dict[str, int]:
    counts = {}
    for name, condition in _conditions(ids).items():
        views.need([name + ROW])
        [(rows,)] = engine.rows(f"select count(*) from {name + ROW} where {condition}")  # noqa: S608
        counts[name] = rows
    return counts


def _days(engine: Engine, time_zone: str) -> set[date]:
    sql = load("tenure.lake", "day_of_event_news")
    engine.create_view("touched_event", "select * from forgotten_event")
    return _column(engine, sql, {"time_zone": time_zone})


def _column(engine: Engine, sql: SqlFile, params: dict[str, object]) -> set:
    return {value for (value,) in engine.rows(sql.text, params) if value is not None}


def _drop_keys(home: Home, name: str, messages: pa.Table) -> int:
    """Take the digests of these messages out of the permanent key set."""
    version = newest_version(home, name)
    if version is None or not messages.num_rows:
        return 0
    table = DeltaTable(tables.folder_of(home, name))
    committed = table.transaction_version(APPLICATION) or 0
    keys = KeySet.load(home.keys / name, committed=committed)
    if keys is None:  # made anew from the table, which will not hold them, by the next shipper
        return 0
    sources, message_ids = messages["source"].to_pylist(), messages["message_id"].to_pylist()
    return keys.remove(digests_of(name, sources, message_ids))


def _start_log_anew(home: Home, name: str) -> None:
    """A new version that changes nothing, with a checkpoint: the log before it is not needed."""
    if newest_version(home, name) is None:
        return
    table = DeltaTable(tables.folder_of(home, name))
    schema = TABLES.get(name, STORED[name])
    tables.append(table, schema.empty_table())
    table.create_checkpoint()
    log = tables.folder_of(home, name) / tables.LOG
    for path in [*log.glob("*.checkpoint*.parquet"), log / "_last_checkpoint", log]:
        fsync_path(Path(path))


def _wait_for_readers(home: Home, now: datetime, wait_s: float) -> None:
    """Until nobody reads a version older than the published one."""
    until = time.monotonic() + wait_s
    manifest = read_manifest(home)
    current = manifest.versions if manifest else {}
    while any(
        version < current.get(name, 0)
        for name, versions in held_versions(home, now).items()
        for version in versions
    ):
        if time.monotonic() >= until:
            raise Conflict(
                "the rows are deleted, but another process still reads the old files; "
                "ask again when it has finished"
            )
        time.sleep(POLL_S)
