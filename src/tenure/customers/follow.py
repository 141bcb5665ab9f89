"""Keeps accounts, people, memberships and identity up to date with what was shipped.

Reads the lake from its own cursors on, in windows of batches, and writes state in short
transactions. Everything is a join (least, greatest, latest), so a crash between two chunks is
made good by reading the same window again; the cursor moves on last, and never back. What a chunk
was prepared from may change before it is written: when the cursor has moved, another follower has
overtaken this one, which starts again; when somebody has merged ids, the chunk is prepared again.

Corrections take words back, which no join can. So whoever a correction names is read again from
the first batch on, and replaces what state held of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime

from tenure.base.errors import LeaseHeld
from tenure.base.home import Home
from tenure.customers.chunks import Stale, write_in_chunks
from tenure.customers.corrections import read_again
from tenure.customers.junk_ids import JunkIds, load_junk_ids
from tenure.customers.keep_accounts_and_people import keep_accounts, keep_blocked, keep_people
from tenure.customers.keep_links import (
    has_aliases,
    keep_claims,
    refuse_aliases_between_people,
)
from tenure.customers.keep_memberships import keep_memberships
from tenure.customers.models import FollowCursor
from tenure.customers.news import Claim, News, Reads, SeenNews, Window, billed_accounts
from tenure.customers.publishing import MERGES, publish_links
from tenure.kit.sql_file import load
from tenure.lake.reading import reading

EVENTS_AT_ONCE = 250_000  # a window is held in memory: some 500 MB at most
ATTEMPTS = 5
EVENT_CURSOR, FACT_CURSOR = "event", "billing_fact"


@dataclass(slots=True)
class Followed:
    """How much one call took in. Accounts, people and so on are counted once per window."""

    events: int = 0
    accounts: int = 0
    people: int = 0
    memberships: int = 0
    claims: int = 0
    links_published: int = 0

    def add(self, other: "Followed") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


class Overtaken(Exception):
    """Another follower took in this window, or a part of it, and moved the cursor."""


def follow(home: Home, now: datetime) -> Followed:
    """What was taken in: all that was shipped since the last call, and published as links.

    Raises BadDefinition when `tenure.toml` cannot be read, LeaseHeld when another process keeps
    overtaking this one, or writes the lake when links changed; the next call then publishes them.
    """
    junk = load_junk_ids(home)
    followed = Followed()
    for _ in range(ATTEMPTS):
        try:
            with reading(home, fresh=True) as reader:
                followed.add(follow_reader(reader, junk))
            break
        except Overtaken:
            continue
    else:
        raise LeaseHeld("another process takes in the same events; it will do for both")
    followed.links_published = publish_links(home, now)
    return followed


def follow_reader(reader: Reads, junk: JunkIds, at_once: int = EVENTS_AT_ONCE) -> Followed:
    """What was taken into state from one consistent view of the lake; publishes nothing."""
    followed = Followed()
    _follow_facts(reader, junk, followed)
    for window, events in windows(reader, _cursor(EVENT_CURSOR), at_once):
        followed.events += events
        followed.add(_follow_window(reader, window, junk))
        read_again(reader, window, junk)
        _advance(EVENT_CURSOR, window.after_batch, window.last_batch)
    return followed


def windows(reader: Reads, after_batch: int, at_once: int) -> list[tuple[Window, int]]:
    """Spans of batches that hold about `at_once` events each, and how many they hold."""
    table = reader.arrow(load("tenure.customers", "news_batch"), after_batch=after_batch)
    found: list[tuple[Window, int]] = []
    events = 0
    for row in table.to_pylist():
        events += row["events"]
        if events >= at_once:
            found.append((Window(after_batch, row["batch"]), events))
            after_batch, events = row["batch"], 0
    if events:
        found.append((Window(after_batch, row["batch"]), events))
    return found


def _follow_window(reader: Reads, window: Window, junk: JunkIds) -> Followed:
    news = News(reader, window, junk)
    guard = _guard(EVENT_CURSOR, window.after_batch)
    accounts = news.accounts()
    write_in_chunks(accounts, keep_accounts, guard=guard)
    people = news.people()
    write_in_chunks(people, keep_people, guard=guard)
    memberships = news.memberships()
    write_in_chunks(memberships, keep_memberships, guard=guard)
    claims = news.claims()
    write_in_chunks(claims, keep_claims, guard=guard)
    _refuse_aliases(people, claims)
    write_in_chunks(list(news.blocked.values()), keep_blocked, guard=guard)
    return Followed(0, len(accounts), len(people), len(memberships), len(claims))


def _refuse_aliases(people: list[SeenNews], claims: list[Claim]) -> None:
    aliases = [claim for claim in claims if claim.because == "alias"]
    write_in_chunks(aliases, lambda chunk: refuse_aliases_between_people([], chunk))
    if has_aliases():
        ids = [each.id for each in people]
        write_in_chunks(ids, lambda chunk: refuse_aliases_between_people(chunk, []))


def _follow_facts(reader: Reads, junk: JunkIds, followed: Followed) -> None:
    after_batch = _cursor(FACT_CURSOR)
    accounts, last_batch = billed_accounts(reader, after_batch, junk)
    write_in_chunks(accounts, keep_accounts, guard=_guard(FACT_CURSOR, after_batch))
    followed.accounts += len(accounts)
    _advance(FACT_CURSOR, after_batch, last_batch)


def _cursor(name: str) -> int:
    return FollowCursor.objects.get_or_create(name=name)[0].batch


def _guard(name: str, after_batch: int) -> Callable[[], Callable[[], None]]:
    """See `write_in_chunks`. The rows are there, so that PostgreSQL can lock them."""

    def before() -> Callable[[], None]:
        merges = _cursor(MERGES)

        def check() -> None:
            held = FollowCursor.objects.select_for_update().filter(name__in=[name, MERGES])
            found = dict(held.order_by("name").values_list("name", "batch"))
            if found[name] != after_batch:
                raise Overtaken
            if found[MERGES] != merges:
                raise Stale

        return check

    return before


def _advance(name: str, after_batch: int, last_batch: int) -> None:
    if last_batch > after_batch:
        FollowCursor.objects.filter(name=name, batch=after_batch).update(batch=last_batch)
