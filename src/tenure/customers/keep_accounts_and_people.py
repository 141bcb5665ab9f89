"""What news makes of the rows of accounts, people and blocked ids.

Each function reads what is held and returns the write that is left to do, with nothing in it when
nothing changed. With `again`, the news is all there is of these ids, and replaces what the rows
held; else it is added. Either way a repetition changes nothing.
"""

from collections.abc import Sequence
from typing import TypeVar

from tenure.customers.models import Account, BlockedId, Person
from tenure.customers.news import BlockedNews, SeenNews, join_seen
from tenure.customers.traits import Traits, created_at, domain_of, person_name, text_of
from tenure.customers.upsert import Write, upsert

Row = TypeVar("Row", Account, Person)

_SEEN = ["first_seen_at", "last_seen_at", "source", "created_at", "name", "traits", "trait_times"]
_OF_ACCOUNT = [*_SEEN, "domain", "confirmed_at", "removed_at", "deleted_at"]
_OF_PERSON = [*_SEEN, "email"]


def keep_accounts(news: Sequence[SeenNews], *, again: bool = False) -> Write:
    """Create the accounts that are new, and change those of which something new was said."""
    held = Account.objects.in_bulk([each.id for each in news])
    before = {id: _shape(row, _OF_ACCOUNT) for id, row in held.items()}
    joined = [_joined(held.get(each.id), Account(account_id=each.id), each, again) for each in news]
    for row, _ in joined:
        row.name = text_of(row.traits, "name")
        row.domain = domain_of(row.traits)
        is_deleted = row.removed_at and not (row.confirmed_at and row.confirmed_at > row.removed_at)
        row.deleted_at = row.removed_at if is_deleted else None
    changed = [
        row for row, is_told in joined if is_told or before.get(row.pk) != _shape(row, _OF_ACCOUNT)
    ]
    return upsert(Account, changed, ["account_id"], _OF_ACCOUNT)


def keep_people(news: Sequence[SeenNews], *, again: bool = False) -> Write:
    """Create the people that are new, and change those of whom something new was said."""
    held = Person.objects.in_bulk([each.id for each in news])
    before = {id: _shape(row, _OF_PERSON) for id, row in held.items()}
    joined = [_joined(held.get(each.id), Person(person_id=each.id), each, again) for each in news]
    for row, _ in joined:
        row.name = person_name(row.traits)
        row.email = text_of(row.traits, "email")
    changed = [
        row for row, is_told in joined if is_told or before.get(row.pk) != _shape(row, _OF_PERSON)
    ]
    return upsert(Person, changed, ["person_id"], _OF_PERSON)


def keep_blocked(news: Sequence[BlockedNews]) -> Write:
    """Note which ids were turned away, and when."""
    held = {
        (row.kind, row.raw_id): row
        for row in BlockedId.objects.filter(raw_id__in=[each.id for each in news])
    }
    rows = []
    for each in news:
        row = held.get((each.kind, each.id))
        if row is None:
            row = BlockedId(kind=each.kind, raw_id=each.id, because=each.because)
            row.first_seen_at, row.last_seen_at = each.first_seen_at, each.last_seen_at
            row.source = each.source
        if (each.first_seen_at, each.source) < (row.first_seen_at, row.source):
            row.first_seen_at, row.source = each.first_seen_at, each.source
        row.last_seen_at = max(row.last_seen_at, each.last_seen_at)
        rows.append(row)
    told = ["because", "source", "first_seen_at", "last_seen_at"]
    return upsert(BlockedId, rows, ["kind", "raw_id"], told)


def _joined(held: Row | None, blank: Row, news: SeenNews, again: bool) -> tuple[Row, bool]:
    """The row with the news in it, and whether it learned of traits or lost any."""
    row = held or blank
    if held is None or again:
        row.first_seen_at, row.source = news.first_seen_at, news.source
        row.last_seen_at = None
        row.traits, row.trait_times = {}, {}
        if isinstance(row, Account):
            row.confirmed_at = row.removed_at = None
    join_seen(row, news)
    is_told = Traits(row.traits, row.trait_times).join(news.traits)
    row.created_at = created_at(row.traits) or row.first_seen_at
    return row, is_told or again


def _shape(row: Account | Person, fields: Sequence[str]) -> tuple[object, ...]:
    """What of a row would be written, traits apart."""
    return tuple(getattr(row, name) for name in fields if name not in ("traits", "trait_times"))
