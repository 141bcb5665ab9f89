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
    columns = [field for field in STORED[name] if field.name not in ("is_gone", "snapshot")]
    wanted = _last_of_each(pa.Table.from_pylist(list(rows), schema=pa.schema(columns)), name)
    with lake_writer(home, f"write {name}", part="stored", lease=lease, wait_seconds=60):
        folder = tables.folder_of(home, name)
        if DeltaTable.is_deltatable(str(folder)):
            tables.mend(folder)
            table = DeltaTable(folder)
        elif wanted.num_rows:
            table = tables.create(folder, STORED[name], (), ("changed_at",))
        else:
            return 0
        kept = table.to_pyarrow_table()
        changes = _changes(name, wanted, kept, now)
        if changes.num_rows:
            # Forgetting may have removed the rows of the last snapshot; its number stays used.
            manifest = read_manifest(home)
            marked = manifest.marks.get(name, 0) if manifest else 0
            number = max(pc.max(kept["snapshot"]).as_py() or 0, marked) + 1
            tables.append(table, _with(changes, "snapshot", pa.scalar(number)).cast(STORED[name]))
        return changes.num_rows


def _changes(name: str, wanted: pa.Table, kept: pa.Table, now: datetime) -> pa.Table:
    """Links that began or lead elsewhere, and those that hold no more, which end at `now`."""
    keys = list(LINK_KEYS[name])
    values = [each for each in wanted.column_names if each not in (*keys, "changed_at")]
    state = _last_of_each(kept.sort_by("snapshot"), name)
    state = state.filter(pc.invert(state["is_gone"])).select(wanted.column_names)
    # The time is no part of a link: only where it leads.
    begun = wanted.join(state, [*keys, *values], join_type="left anti")
    gone = state.join(wanted, keys, join_type="left anti")
    gone = gone.set_column(
        gone.column_names.index("changed_at"),
        "changed_at",
        pa.repeat(pa.scalar(now, INSTANT), len(gone)),
    )
    return pa.concat_tables(
        [_with(begun, "is_gone", pa.scalar(False)), _with(gone, "is_gone", pa.scalar(True))]
    )


def _last_of_each(rows: pa.Table, name: str) -> pa.Table:
    """The last row of each key, in the order in which they come."""
    keys = list(LINK_KEYS[name])
    rest = [each for each in rows.column_names if each not in keys]
    # One thread, because "last" asks for an order.
    last = rows.group_by(keys, use_threads=False).aggregate([(each, "last") for each in rest])
    return last.rename_columns([each.removesuffix("_last") for each in last.column_names]).select(
        rows.column_names
    )


def _with(rows: pa.Table, name: str, value: pa.Scalar) -> pa.Table:
    return rows.append_column(name, pa.repeat(value, rows.num_rows))


def stored_partitions(name: str) -> list[str]:
    """The columns that a stored table is cut into folders by."""
    return PARTITIONS.get(name, [])


def stored_statistics(name: str) -> list[str]:
    """The columns whose least and greatest value a stored table's log may name."""
    return STATISTICS.get(name, ["changed_at"])
