"""What rows of the lake say to the kinds: plain use as one happening for a person, name and day.

Pure. Rows of history, which say what was known before they arrived, are not told here: they come
in no order, so whoever they are about is made anew from all that is known (`rebuild.py`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tenure.signals.days import DAY_US, Calendar
from tenure.signals.happenings import Happening
from tenure.signals.watched import (
    JOIN_TYPES,
    OWN_TYPES,
    PAGE_TYPES,
    TALK_TYPES,
    USE_TYPES,
    VISIT_ABANDONED,
    Watched,
)

# What arrives live is known on receipt; what tells of the past was known earlier. Who was not
# watched for two days has a past, too.
LAG_US = 3_600_000_000
OLD_US = 2 * DAY_US
EVENT_COLUMNS = (
    "message_id", "source", "type", "name", "occurred_at", "known_at", "received_at",
    "user_id", "anonymous_id", "account_key", "properties", "context", "corrects",
)  # fmt: skip
FACT_COLUMNS = (
    "message_id", "source", "fact_key", "is_void", "kind", "account_key", "subscription_id",
    "version_key", "effective_at", "ends_at", "known_at", "received_at", "status", "plan",
    "quantity", "mrr_minor", "attributes",
)  # fmt: skip
FACT_KINDS = (
    "start", "end", "notice", "pause", "resume", "payment_failed", "payment_succeeded"
)  # fmt: skip
_INACTIVE = r'"active"\s*:\s*false'
_decode = msgspec.json.Decoder().decode


class Unplaced(msgspec.Struct, gc=False):
    """A happening with the ids as they were sent: whose it is has yet to be found."""

    account_key: str | None
    user_id: str | None
    anonymous_id: str | None
    happening: Happening

    def email(self) -> str:
        """The address of who it is about, where an event that names nobody names one."""
        if self.user_id or self.account_key or self.happening.sort != "event":
            return ""
        value = self.happening.properties.get("email")
        return value.strip() if isinstance(value, str) and "@" in value else ""


@dataclass(slots=True)
class FreshRows:
    """What some rows say. `history` names who they tell something older of."""

    told: list[Unplaced] = field(default_factory=list)
    pairs: set[tuple[str, str]] = field(default_factory=set)  # (user_id, account_key)
    history: set[tuple[str, str]] = field(default_factory=set)  # (`account`|`person`, raw id)
    batch: int = 0  # the last that they come from
    known_from: int | None = None  # when the first of all these events was known

    def add(self, other: "FreshRows") -> None:
        """Take in what other rows say."""
        self.told += other.told
        self.pairs |= other.pairs
        self.history |= other.history
        known = [each for each in (self.known_from, other.known_from) if each is not None]
        self.known_from = min(known, default=None)


def fresh_events(
    table: pa.Table, watched: Watched, calendar: Calendar, now: int | None
) -> FreshRows:
    """What these events say at `now`, in microseconds. Without it, rows of history are told too."""
    found = FreshRows()
    table = _selected(table, EVENT_COLUMNS)
    is_own = pc.is_in(table["type"], pa.array(OWN_TYPES))
    table = table.filter(pc.or_(pc.invert(is_own), _is_named(table, VISIT_ABANDONED)))
    if not len(table):
        return found
    found.known_from = pc.min(_us(table["known_at"])).as_py()
    if now is not None:
        table = _without_history(table, found, now)
    if not len(table):
        return found
    table = table.sort_by([("known_at", "ascending"), ("occurred_at", "ascending")])
    _add_pairs(table, found)
    found.told += _single_events(table, watched, calendar)
    found.told += _uses(table, watched, calendar)
    return found


def fresh_facts(table: pa.Table, calendar: Calendar, now: int | None) -> FreshRows:
    """What these billing facts say, as `fresh_events`."""
    found = FreshRows()
    table = _selected(table, FACT_COLUMNS)
    table = table.filter(pc.is_in(table["kind"], pa.array(FACT_KINDS)))
    if len(table) and now is not None:
        late = _is_old(table, now)
        found.history |= {("account", key) for key in _distinct(table.filter(late), "account_key")}
        table = table.filter(pc.invert(late))
    for row in _rows(table, ("effective_at", "ends_at", "known_at")):
        at = row["effective_at"]
        found.told.append(
            Unplaced(
                row["account_key"],
                None,
                None,
                Happening(
                    "fact",
                    row["kind"],
                    at,
                    row["known_at"],
                    calendar.day_of(at),
                    "fact",
                    "",
                    {
                        "fact_key": row["fact_key"],
                        "is_void": row["is_void"],
                        "subscription_id": row["subscription_id"],
                        "version_key": row["version_key"],
                        "ends_at": row["ends_at"],
                        "status": row["status"],
                        "plan": row["plan"],
                        "quantity": row["quantity"],
                        "mrr_minor": row["mrr_minor"],
                        "attributes": decoded(row["attributes"]),
                    },
                    f"{row['source']}/{row['message_id']}",
                    row["batch"],
                ),
            )
        )
    return found


def numbered(rows: pa.Table, batch: int) -> pa.Table:
    """The rows with the number of their batch, where they do not have it yet."""
    if "batch" in rows.column_names:
        return rows
    return rows.append_column("batch", pa.repeat(pa.scalar(batch, pa.int64()), len(rows)))


def decoded(text: str | None) -> dict[str, Any]:
    """A JSON object, empty where the text is none."""
    if not text or text == "{}":
        return {}
    try:
        value = _decode(text)
    except msgspec.DecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _selected(table: pa.Table, columns: Iterable[str]) -> pa.Table:
    return numbered(table, 0).select([*columns, "batch"])


def _is_old(table: pa.Table, now: int) -> pa.ChunkedArray:
    known = _us(table["known_at"])
    lag = pc.subtract(_us(table["received_at"]), known)
    return pc.or_(pc.greater(lag, LAG_US), pc.less(known, now - OLD_US))


def _without_history(table: pa.Table, found: FreshRows, now: int) -> pa.Table:
    late = pc.or_(_is_old(table, now), pc.is_valid(table["corrects"]))
    if not pc.any(late).as_py():
        return table
    old = table.filter(late)
    named = old.filter(pc.is_valid(old["account_key"]))
    found.history |= {("account", key) for key in _distinct(named, "account_key")}
    people = old.filter(pc.is_null(old["account_key"]))
    found.history |= {("person", key) for key in _distinct(people, "user_id")}
    return table.filter(pc.invert(late))


def _is_named(table: pa.Table, name: str) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(table["name"], name), False)


def _add_pairs(table: pa.Table, found: FreshRows) -> None:
    both = table.filter(
        pc.and_(
            pc.is_in(table["type"], pa.array(JOIN_TYPES)),
            pc.and_(pc.is_valid(table["user_id"]), pc.is_valid(table["account_key"])),
        )
    )
    found.pairs |= set(
        zip(both["user_id"].to_pylist(), both["account_key"].to_pylist(), strict=True)
    )


def _single_events(table: pa.Table, watched: Watched, calendar: Calendar) -> Iterator[Unplaced]:
    wanted = pc.or_(
        pc.fill_null(pc.is_in(table["name"], pa.array(sorted(watched.names), pa.string())), False),
        pc.is_in(table["type"], pa.array(TALK_TYPES)),
    )
    if watched.pages:
        is_page = pc.is_in(table["type"], pa.array(PAGE_TYPES))
        if pc.any(is_page).as_py():
            named = pc.or_(
                pc.match_substring_regex(table["properties"], watched.pages),
                pc.fill_null(pc.match_substring_regex(table["name"], watched.pages), False),
            )
            wanted = pc.or_(wanted, pc.and_(is_page, named))
    is_identify = pc.equal(table["type"], "identify")
    if pc.any(is_identify).as_py():
        says_email = pc.match_substring(table["properties"], '"email"')
        wanted = pc.or_(wanted, pc.and_(is_identify, says_email))
    for row in _rows(table.filter(wanted), ("occurred_at", "known_at")):
        at = row["occurred_at"]
        properties = decoded(row["properties"])
        if row["type"] in PAGE_TYPES and row["name"]:
            properties.setdefault("name", row["name"])
        yield Unplaced(
            row["account_key"],
            row["user_id"],
            row["anonymous_id"],
            Happening(
                "event",
                row["name"] or "",
                at,
                row["known_at"],
                calendar.day_of(at),
                row["type"],
                "",
                properties,
                f"{row['source']}/{row['message_id']}",
                row["batch"],
            ),
        )


def _uses(table: pa.Table, watched: Watched, calendar: Calendar) -> Iterator[Unplaced]:
    """One happening for each person, name and day: the first that was known of it."""
    is_use = pc.and_(
        pc.is_in(table["type"], pa.array(USE_TYPES)),
        pc.and_(
            pc.invert(
                pc.fill_null(
                    pc.is_in(table["name"], pa.array(sorted(watched.not_use), pa.string())), False
                )
            ),
            pc.invert(pc.match_substring_regex(table["context"], _INACTIVE)),
        ),
    )
    used = table.filter(is_use)
    if not len(used):
        return
    days = _days(used["occurred_at"], calendar)
    known_days = _days(used["known_at"], calendar)
    keys = ("account_key", "user_id", "anonymous_id", "name", "day", "known_day")
    columns = {
        "account_key": used["account_key"],
        "user_id": used["user_id"],
        # Whoever is known by name needs no other one.
        "anonymous_id": pc.if_else(
            pc.or_(pc.is_valid(used["user_id"]), pc.is_valid(used["account_key"])),
            pa.scalar(None, pa.string()),
            used["anonymous_id"],
        ),
        # What shows no feature is being there, whatever it is called.
        "name": pc.if_else(
            pc.fill_null(
                pc.is_in(used["name"], pa.array(sorted(watched.shows), pa.string())), False
            ),
            used["name"],
            pa.scalar("", pa.string()),
        ),
        "day": days,
        "known_day": known_days,
        "at": _us(used["occurred_at"]),
        "known_at": _us(used["known_at"]),
    }
    grouped = pa.table(columns).group_by(keys, use_threads=False)
    firsts = grouped.aggregate([("at", "first"), ("known_at", "first")])
    for account, user, anonymous, name, day, at, known_at in zip(
        *(firsts[column].to_pylist() for column in (*keys[:-1], "at_first", "known_at_first")),
        strict=True,
    ):
        yield Unplaced(account, user, anonymous, Happening("use", name or "", at, known_at, day))


def _days(instants: pa.ChunkedArray, calendar: Calendar) -> pa.Array:
    """The day of each instant, as an ordinal, in the company's time zone."""
    local = pc.local_timestamp(pc.cast(instants, pa.timestamp("us", calendar.time_zone)))
    days = pc.cast(pc.floor_temporal(local, unit="day"), pa.date32())
    return pc.add(pc.cast(days, pa.int32()), 719_163)


def _us(instants: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.cast(instants, pa.int64())


def _rows(table: pa.Table, instants: Iterable[str]) -> Iterator[dict[str, Any]]:
    columns = {
        name: (_us(table[name]) if name in instants else table[name]).to_pylist()
        for name in table.column_names
        if not pa.types.is_timestamp(table[name].type) or name in instants
    }
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def _distinct(table: pa.Table, column: str) -> list[str]:
    return [each for each in pc.unique(table[column]).to_pylist() if each]
