"""Small random worlds of which each row is known at a time of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from hypothesis import strategies as st

from tenure.base.home import Home
from tenure.lake import tables
from tenure.lake.relations import write_identity_links, write_membership_links
from tenure.lake.schema import BILLING_FACT, EVENT

START = datetime(2025, 1, 6, 9, tzinfo=UTC)
DAYS = 240
ACCOUNTS = ("acme", "beta", "core", "old-acme")
PEOPLE = ("ann", "bob", "cas")
RAW = (*PEOPLE, "anon:1", "anon:2", None)
_USE = ("Report Exported", "Project Created", "Opened", "Cancel Page Viewed", "Timesheet Submitted")
_OTHER = (
    ("ticket", "Ticket Opened", '{"tone": "angry", "ticket_id": "t1"}'),
    ("system", "Outcome Stated", '{"outcome": "faster", "role": "buyer", "by": "Ann"}'),
    ("identify", None, '{"role": "owner", "name": "Ann"}'),
    ("identify", None, '{"role": "admin", "company": {"id": "acme"}}'),
    ("group", None, '{"country": "DE", "employees": 12, "required_outcome": "calm"}'),
    ("group", None, '{"country": "FR", "industry": "Mining"}'),
    ("track", "Account Added User", '{"role": "member"}'),
    ("track", "Account Removed User", "{}"),
    ("track", "Signed Up", "{}"),
)


@dataclass(frozen=True)
class KnownWorld:
    events: list[dict]
    facts: list[dict]
    identities: list[dict]
    memberships: list[dict]


_days = st.floats(0, DAYS, allow_nan=False).map(lambda days: START + timedelta(days=round(days, 3)))
_late = st.sampled_from((0, 0, 0, 0.5, 3, 40, 90)).map(lambda days: timedelta(days=days))


@st.composite
def _event(draw: Callable) -> dict:
    type_, name, properties = "track", draw(st.sampled_from(_USE)), "{}"
    if draw(st.integers(0, 3)) == 0:
        type_, name, properties = draw(st.sampled_from(_OTHER))
    raw, at = draw(st.sampled_from(RAW)), draw(_days)
    anonymous = raw is not None and raw.startswith("anon:")
    known_at = at + draw(_late)
    return {
        "type": type_,
        "name": name,
        "properties": properties,
        "occurred_at": at,
        "known_at": known_at,
        "received_at": known_at,
        "user_id": None if anonymous else raw,
        "anonymous_id": raw[5:] if anonymous else None,
        "account_key": draw(st.sampled_from((*ACCOUNTS, "acme", None))),
        "corrects": draw(st.one_of(st.none(), st.none(), st.integers(0, 60).map("e{}".format))),
    }


@st.composite
def _fact(draw: Callable) -> dict:
    at = draw(_days)
    known_at = at + draw(_late)
    kind = draw(st.sampled_from(("start",) * 4 + ("end", "notice", "pause", "payment_failed")))
    return {
        "kind": kind,
        "fact_key": draw(st.integers(0, 12).map("f{}".format)),
        "account_key": draw(st.sampled_from(ACCOUNTS)),
        "subscription_id": draw(st.sampled_from(("s1", "s2"))),
        "version_key": draw(st.sampled_from(("v1", "v2"))),
        "effective_at": at,
        "ends_at": at + timedelta(days=30) if kind in ("notice", "pause") else None,
        "known_at": known_at,
        "received_at": known_at,
        "status": draw(st.sampled_from(("active", "active", "trialing", "free"))),
        "plan": draw(st.sampled_from(("Basic", "Pro"))),
        "mrr_minor": draw(st.sampled_from((0, 1000, 2500))),
        "is_void": draw(st.sampled_from((False, False, False, True))),
    }


@st.composite
def worlds(draw: Callable) -> KnownWorld:
    """A world, its rows in the order in which they came to be known."""
    begun = draw(st.lists(_event(), min_size=8, max_size=40))
    told = draw(st.lists(_fact(), max_size=12))
    linked = draw(
        st.lists(st.tuples(st.sampled_from(("anon:1", "anon:2")), st.sampled_from(PEOPLE), _days),
                 max_size=2, unique_by=lambda link: link[0])
    )  # fmt: skip
    merged = draw(st.lists(_days, max_size=1))
    belong = draw(
        st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ACCOUNTS[:3]), _days),
                 max_size=5, unique_by=lambda link: link[:2])
    )  # fmt: skip
    identities = [_link("person", raw, person, at) for raw, person, at in linked]
    identities += [_link("account", "old-acme", "acme", at) for at in merged]
    return KnownWorld(
        [_numbered(row, f"e{n}") for n, row in enumerate(sorted(begun, key=_known))],
        [_numbered(row, f"m{n}") for n, row in enumerate(sorted(told, key=_known))],
        identities,
        [
            {"person_id": person, "account_id": account, "changed_at": at}
            for person, account, at in belong
        ],
    )


def lake_of(world: KnownWorld, folder: Path, known_by: datetime | None = None) -> Home:
    """A home whose lake holds the world, or only what of it was known by a time."""
    home = Home(folder)
    home.lake.mkdir(parents=True)
    begun = [row for row in world.events if not known_by or _known(row) <= known_by]
    begun = [row for row in begun if not known_by or row["occurred_at"] <= known_by]
    told = [row for row in world.facts if not known_by or _known(row) <= known_by]
    for name, rows, schema in (("event", begun, EVENT), ("billing_fact", told, BILLING_FACT)):
        if rows:
            table = pa.Table.from_pylist(rows, schema=schema)
            tables.append(tables.open_table(home, name), table)
    for write, links in (
        (write_identity_links, world.identities),
        (write_membership_links, world.memberships),
    ):
        kept = [link for link in links if not known_by or link["changed_at"] <= known_by]
        if kept:
            write(home, kept, now=START)
    return home


def _known(row: dict) -> datetime:
    return row["known_at"]


def _link(kind: str, raw_id: str, canonical_id: str, at: datetime) -> dict:
    return {"kind": kind, "raw_id": raw_id, "canonical_id": canonical_id, "changed_at": at}


def _numbered(row: dict, message_id: str) -> dict:
    same = {"message_id": message_id, "source": "web", "batch": 1}
    if "occurred_at" in row:
        month = f"{row['occurred_at']:%Y-%m}"
        return {"context": "{}", "occurred_month": month, **row, **same}
    return {
        "attributes": "{}", "currency": "EUR", "billing_interval": "month",
        "billing_interval_count": 1, "quantity": 3, **row, **same,
    }  # fmt: skip
