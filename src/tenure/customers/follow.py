"""Keeps accounts, people, memberships and identity up to date with what was shipped.

Reads the lake from its own cursors on, in windows of batches, and writes state in short
transactions. Everything is a join (least, greatest, latest), so a crash between two chunks is
made good by reading the same window again; the cursor moves on last, and never back.

Corrections take words back, which no join can. So whoever a correction names is read again from
the first batch on, and replaces what state held of them.
"""

from dataclasses import dataclass, fields
from datetime import datetime

from django.db import transaction

from tenure.base.home import Home
from tenure.customers.chunks import write_in_chunks
from tenure.customers.corrections import read_again
from tenure.customers.junk_ids import JunkIds, load_junk_ids
from tenure.customers.keep_accounts_and_people import keep_accounts, keep_blocked, keep_people
from tenure.customers.keep_links import keep_claims, refuse_aliases_between_people
from tenure.customers.keep_memberships import keep_memberships
from tenure.customers.models import FollowCursor
from tenure.customers.news import Claim, News, Reads, SeenNews, Window, billed_accounts
from tenure.customers.publishing import publish_links
from tenure.kit.sql_file import load
from tenure.lake.reading import reading

EVENTS_AT_ONCE = 500_000
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


def follow(home: Home, now: datetime) -> Followed:
    """What was taken in: all that was shipped since the last call, and published as links.

    Raises BadDefinition when `tenure.toml` cannot be read, LeaseHeld when links changed and
    another process writes the lake; the next call then publishes them.
    """
    junk = load_junk_ids(home)
    with reading(home, fresh=True) as reader:
        followed = follow_reader(reader, junk)
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
        _advance(EVENT_CURSOR, window.last_batch)
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
    accounts = news.accounts()
    write_in_chunks(accounts, keep_accounts)
    people = news.people()
    write_in_chunks(people, keep_people)
    memberships = news.memberships()
    write_in_chunks(memberships, keep_memberships)
    claims = news.claims()
    write_in_chunks(claims, keep_claims)
    _refuse_aliases(people, claims)
    write_in_chunks(list(news.blocked.values()), keep_blocked)
    return Followed(0, len(accounts), len(people), len(memberships), len(claims))


def _refuse_aliases(people: list[SeenNews], claims: list[Claim]) -> None:
    aliases = [claim for claim in claims if claim.because == "alias"]
    write_in_chunks(
        [each.id for each in people], lambda ids: refuse_aliases_between_people(ids, [])
    )
    write_in_chunks(aliases, lambda chunk: refuse_aliases_between_people([], chunk))


def _follow_facts(reader: Reads, junk: JunkIds, followed: Followed) -> None:
    accounts, last_batch = billed_accounts(reader, _cursor(FACT_CURSOR), junk)
    write_in_chunks(accounts, keep_accounts)
    followed.accounts += len(accounts)
    _advance(FACT_CURSOR, last_batch)


def _cursor(name: str) -> int:
    return FollowCursor.objects.filter(name=name).values_list("batch", flat=True).first() or 0


def _advance(name: str, batch: int) -> None:
    with transaction.atomic():
        cursor, _ = FollowCursor.objects.get_or_create(name=name)
        if batch > cursor.batch:
            cursor.batch = batch
            cursor.save()
