"""What newly shipped events say of accounts, people, memberships and identity.

Reads the lake; writes nothing. Every row of news is a join of what its events said, so that state
can take it in any number of times and in any order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import pyarrow as pa

from tenure.customers.junk_ids import ANONYMOUS, JunkIds
from tenure.customers.traits import Traits, company_said, traits_said
from tenure.kit.sql_file import SqlFile, load


class Reads(Protocol):
    """What is needed of `lake.reading.Reader`."""

    def arrow(self, sql: SqlFile, /, **params: object) -> pa.Table: ...


@dataclass(frozen=True, slots=True)
class Window:
    """Batches after one and up to another; `only` narrows them to these ids."""

    after_batch: int
    last_batch: int
    only: list[str] | None = None


@dataclass(slots=True)
class SeenNews:
    """News of one account or person. `confirmed_at` and `removed_at` are of accounts alone."""

    id: str
    first_seen_at: datetime
    source: str
    last_seen_at: datetime | None = None
    confirmed_at: datetime | None = None
    removed_at: datetime | None = None
    traits: Traits = field(default_factory=Traits)


@dataclass(slots=True)
class MembershipNews:
    person_id: str
    account_id: str
    since_at: datetime
    known_at: datetime
    role: str = ""
    role_at: datetime | None = None
    joined_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """An event's word that `raw_id` is `person_id`."""

    raw_id: str
    person_id: str
    because: str
    evidence: str
    made_at: datetime
    known_at: datetime


@dataclass(slots=True)
class BlockedNews:
    kind: str
    id: str
    because: str
    source: str
    first_seen_at: datetime
    last_seen_at: datetime


class News:
    """What happened in one window, junk ids told apart."""

    def __init__(self, reader: Reads, window: Window, junk: JunkIds) -> None:
        self._reader = reader
        self._window = window
        self._junk = junk
        self.blocked: dict[tuple[str, str], BlockedNews] = {}

    def accounts(self) -> list[SeenNews]:
        found = self._seen("account", "account_seen", "account_key")
        for row in self._rows("account_said"):
            if row["account_key"] in found:
                said = (
                    company_said(row["properties"])
                    if row["type"] == "identify"
                    else traits_said(row["type"], row["name"], row["properties"])
                )
                traits = found[row["account_key"]].traits
                traits.say(said, row["occurred_at"], row["known_at"])
        return list(found.values())

    def people(self) -> list[SeenNews]:
        found = self._seen("person", "person_seen", "person_id")
        for row in self._rows("person_said"):
            if row["person_id"] in found:
                said = traits_said(
                    "track" if row["name"] else "identify", row["name"], row["properties"]
                )
                traits = found[row["person_id"]].traits
                traits.say(said, row["occurred_at"], row["known_at"])
        return list(found.values())

    def memberships(self) -> list[MembershipNews]:
        found: dict[tuple[str, str], MembershipNews] = {}
        for row in self._rows("membership_seen"):
            pair = row["person_id"], row["account_key"]
            if any(self._junk.why_blocked(each) for each in pair):
                continue
            news = MembershipNews(
                *pair,
                row["since_at"],
                row["known_at"],
                row["role"] or "",
                row["said_at"] if row["role"] else None,
                row["joined_at"],
                row["removed_at"],
            )
            if pair in found:
                join_membership(found[pair], news)
            else:
                found[pair] = news
        return list(found.values())

    def claims(self) -> list[Claim]:
        return [
            Claim(**row)
            for row in self._rows("identity_claim")
            if not self._why_blocked_anonymous(row) and not self._junk.why_blocked(row["person_id"])
        ]

    def _why_blocked_anonymous(self, row: dict[str, Any]) -> str:
        raw_id = row["raw_id"].removeprefix(ANONYMOUS)
        why = self._junk.why_blocked(raw_id)
        if why:
            self._block("person", raw_id, why, row["evidence"].split("/")[0], row["made_at"])
        return why

    def _seen(self, kind: str, sql: str, key: str) -> dict[str, SeenNews]:
        found: dict[str, SeenNews] = {}
        for row in self._rows(sql):
            news = SeenNews(id=row.pop(key), **row)
            why = self._junk.why_blocked(news.id)
            if why:
                last_at = news.last_seen_at or news.first_seen_at
                self._block(kind, news.id, why, news.source, news.first_seen_at, last_at)
            elif news.id in found:
                join_seen(found[news.id], news)
            else:
                found[news.id] = news
        return found

    def _block(
        self,
        kind: str,
        raw_id: str,
        because: str,
        source: str,
        *seen_at: datetime,
    ) -> None:
        shown = "".join(c for c in raw_id if c.isprintable())[:512]
        news = BlockedNews(kind, shown, because, source, min(seen_at), max(seen_at))
        held = self.blocked.setdefault((kind, shown), news)
        held.first_seen_at = min(held.first_seen_at, news.first_seen_at)
        held.last_seen_at = max(held.last_seen_at, news.last_seen_at)

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        table = self._reader.arrow(
            load("tenure.customers", name),
            after_batch=self._window.after_batch,
            last_batch=self._window.last_batch,
            only=self._window.only,
        )
        for batch in table.to_batches(max_chunksize=50_000):
            yield from batch.to_pylist()


def billed_accounts(reader: Reads, after_batch: int, junk: JunkIds) -> tuple[list[SeenNews], int]:
    """The accounts that billing facts after a batch name, and the last batch of those facts."""
    table = reader.arrow(
        load("tenure.customers", "account_billed"), after_batch=after_batch, only=None
    )
    found: dict[str, SeenNews] = {}
    last_batch = after_batch
    for row in table.to_pylist():
        last_batch = max(last_batch, row["last_batch"])
        news = SeenNews(row["account_key"], row["first_seen_at"], row["source"])
        if not junk.why_blocked(news.id):
            join_seen(found.setdefault(news.id, news), news)
    return list(found.values()), last_batch


def join_seen(held: Any, news: SeenNews) -> None:
    """Take `news` into `held`, which is news as well or a row of state; traits are left alone."""
    if (news.first_seen_at, news.source) < (held.first_seen_at, held.source):
        held.first_seen_at, held.source = news.first_seen_at, news.source
    held.last_seen_at = latest(held.last_seen_at, news.last_seen_at)
    if hasattr(held, "confirmed_at"):
        held.confirmed_at = latest(held.confirmed_at, news.confirmed_at)
        held.removed_at = latest(held.removed_at, news.removed_at)


def join_membership(held: Any, news: MembershipNews) -> None:
    """Take `news` into `held`, which is news as well or a row of state."""
    held.since_at = min(held.since_at, news.since_at)
    held.known_at = min(held.known_at, news.known_at)
    if news.role_at and (held.role_at is None or _role_said(news) > _role_said(held)):
        held.role, held.role_at = news.role, news.role_at
    held.joined_at = latest(held.joined_at, news.joined_at)
    held.removed_at = latest(held.removed_at, news.removed_at)


def latest(first: datetime | None, second: datetime | None) -> datetime | None:
    """The later of two instants; null knows nothing."""
    if first is None or second is None:
        return first or second
    return max(first, second)


def _role_said(row: Any) -> tuple[datetime, str]:
    return row.role_at, row.role
