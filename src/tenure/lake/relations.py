"""Which relations the lake keeps itself, and how `customers` writes who is who.

| stored as             | seen in SQL as    | holds |
|---|---|---|
| `event`               | `event`           | every event row; seen without corrected ones |
| `billing_fact`        | `billing_fact`    | every billing row; seen as the last word on a fact |
| `identity_link`       | `identity_link`   | how canonical ids changed; seen as they are |
| `membership_link`     | `membership_link` | who came to and left which account; seen as it is |

The stored rows themselves are the relations `<name>_row`. Nothing stored is ever changed, so that
any past state can be seen: a snapshot written by `customers` is kept as what it changed.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable

from tenure.base.home import Home
from tenure.lake import tables
from tenure.lake.lease import Lease, lake_writer
from tenure.lake.manifest import read_manifest
from tenure.lake.schema import BILLING_FACT, EVENT, INSTANT, PARTITIONS, STATISTICS

IDENTITY_LINK = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),  # account | person
        pa.field("raw_id", pa.string(), nullable=False),
        pa.field("canonical_id", pa.string(), nullable=False),
        # Since when anybody could know: `known_at` of the event that said so, or the click.
        pa.field("changed_at", INSTANT, nullable=False),
        pa.field("is_gone", pa.bool_(), nullable=False),
        pa.field("snapshot", pa.int64(), nullable=False),
    ]
)
MEMBERSHIP_LINK = pa.schema(
    [
        pa.field("person_id", pa.string(), nullable=False),
        pa.field("account_id", pa.string(), nullable=False),
        pa.field("changed_at", INSTANT, nullable=False),
        pa.field("is_gone", pa.bool_(), nullable=False),
        pa.field("snapshot", pa.int64(), nullable=False),
    ]
)
STORED = {
    "event": EVENT,
    "billing_fact": BILLING_FACT,
    "identity_link": IDENTITY_LINK,
    "membership_link": MEMBERSHIP_LINK,
}
LINK_KEYS = {
    "identity_link": ("kind", "raw_id"),
    "membership_link": ("person_id", "account_id"),
}


def write_identity_links(
    home: Home, rows: Iterable[Mapping[str, object]], *, now: datetime, lease: Lease | None = None
) -> int:
    """How many links changed, now on disk; `rows` are all links that hold (kind, raw_id,
    canonical_id, changed_at), those of ids that are their own canonical id left out.

    A link that is no longer among `rows` ends at `now`. The same rows again change nothing.
    """
    return _write_snapshot(home, "identity_link", rows, now, lease)


def write_membership_links(
    home: Home, rows: Iterable[Mapping[str, object]], *, now: datetime, lease: Lease | None = None
) -> int:
    """How many memberships changed, now on disk; `rows` are all that hold (person_id, account_id,
    changed_at), with canonical ids. One that is no longer among them ends at `now`.
    """
    return _write_snapshot(home, "membership_link", rows, now, lease)


def _write_snapshot(
    home: Home,
    name: str,
    rows: Iterable[Mapping[str, object]],
    now: datetime,
    lease: Lease | None,
) -> int:
    """Append what differs from the state that earlier snapshots add up to."""
    keys = LINK_KEYS[name]
    wanted = {tuple(row[key] for key in keys): dict(row) for row in rows}
    with lake_writer(home, f"write {name}", lease=lease, wait_seconds=60):
        folder = tables.folder_of(home, name)
        if not DeltaTable.is_deltatable(str(folder)):
            if not wanted:
                return 0
            table = tables.create(folder, STORED[name], (), ("changed_at",))
        else:
            tables.mend(folder)
            table = DeltaTable(folder)
        held, snapshot = _state(table, keys)
        # Forgetting may have removed the rows of the last snapshot; its number stays used.
        manifest = read_manifest(home)
        snapshot = max(snapshot, manifest.marks.get(name, 0) if manifest else 0)
        changes = [
            {**row, "is_gone": False}
            for key, row in wanted.items()
            if key not in held or held[key].get("canonical_id") != row.get("canonical_id")
        ]
        changes += [
            {**row, "changed_at": now, "is_gone": True}
            for key, row in held.items()
            if key not in wanted
        ]
        if changes:
            for row in changes:
                row["snapshot"] = snapshot + 1
            tables.append(table, pa.Table.from_pylist(changes, schema=STORED[name]))
        return len(changes)


def _state(table: DeltaTable, keys: tuple[str, ...]) -> tuple[dict[tuple, dict], int]:
    """The links that hold after all snapshots, by key, and the number of the last snapshot."""
    rows = table.to_pyarrow_table()
    last = pc.max(rows["snapshot"]).as_py() or 0
    held: dict[tuple, dict] = {}
    for row in rows.sort_by("snapshot").to_pylist():
        held[tuple(row[key] for key in keys)] = row
    return {key: row for key, row in held.items() if not row["is_gone"]}, last


def stored_partitions(name: str) -> list[str]:
    """The columns that a stored table is cut into folders by."""
    return PARTITIONS.get(name, [])


def stored_statistics(name: str) -> list[str]:
    """The columns whose least and greatest value a stored table's log may name."""
    return STATISTICS.get(name, ["changed_at"])
