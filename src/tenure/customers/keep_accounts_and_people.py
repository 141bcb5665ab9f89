"""What news makes of the rows of accounts, people and blocked ids.

Called inside a transaction, with a chunk. With `again`, the news is all there is of these ids, and
replaces what the rows held; else it is added. Either way a repetition changes nothing.
"""

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model

from tenure.customers.models import Account, BlockedId, Person
from tenure.customers.news import BlockedNews, SeenNews, join_seen
from tenure.customers.traits import Traits, created_at, domain_of, person_name, text_of

Row = TypeVar("Row", Account, Person)

_SEEN = ["first_seen_at", "last_seen_at", "source", "created_at", "name", "traits", "trait_times"]
_OF_ACCOUNT = [*_SEEN, "domain", "confirmed_at", "removed_at", "deleted_at"]
_OF_PERSON = [*_SEEN, "email"]


def keep_accounts(news: Sequence[SeenNews], *, again: bool = False) -> None:
    """Create the accounts that are new, and change those of which something new was said."""
    held = Account.objects.in_bulk([each.id for each in news])
    rows = [_joined(held.get(each.id), Account(account_id=each.id), each, again) for each in news]
    for row in rows:
        row.name = text_of(row.traits, "name")
        row.domain = domain_of(row.traits)
        is_deleted = row.removed_at and not (row.confirmed_at and row.confirmed_at > row.removed_at)
        row.deleted_at = row.removed_at if is_deleted else None
    _write(Account, rows, _OF_ACCOUNT)


def keep_people(news: Sequence[SeenNews], *, again: bool = False) -> None:
    """Create the people that are new, and change those of whom something new was said."""
    held = Person.objects.in_bulk([each.id for each in news])
    rows = [_joined(held.get(each.id), Person(person_id=each.id), each, again) for each in news]
    for row in rows:
        row.name = person_name(row.traits)
        row.email = text_of(row.traits, "email")
    _write(Person, rows, _OF_PERSON)


def keep_blocked(news: Sequence[BlockedNews]) -> None:
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
    BlockedId.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["kind", "raw_id"],
        update_fields=["because", "source", "first_seen_at", "last_seen_at"],
    )


def _joined(held: Row | None, blank: Row, news: SeenNews, again: bool) -> Row:
    row = held or blank
    if held is None or again:
        row.first_seen_at, row.source = news.first_seen_at, news.source
        row.last_seen_at = None
        row.traits, row.trait_times = {}, {}
        if isinstance(row, Account):
            row.confirmed_at = row.removed_at = None
    join_seen(row, news)
    traits = Traits(row.traits, row.trait_times)
    traits.join(news.traits)
    row.created_at = created_at(row.traits) or row.first_seen_at
    return row


def _write(model: type[Model], rows: Sequence[Model], fields: list[str]) -> None:
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=[model._meta.pk.name], update_fields=fields
    )
