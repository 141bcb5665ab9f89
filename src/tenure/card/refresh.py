"""Account cards as they are now, written to state where a point read takes a millisecond.

A card is what the lake computes (`sql/account_card.sql`) beside what `customers` says of who it
is. Only cards that changed are written; each carries a digest of itself, so that telling the
changed ones reads two short columns.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Count

from tenure.base.home import Home
from tenure.card.models import AccountCard, Status
from tenure.customers.chunks import write_in_chunks
from tenure.customers.models import Membership
from tenure.customers.news import latest
from tenure.customers.upsert import Write, upsert
from tenure.customers.whole import Whole, accounts_as_wholes
from tenure.lake.reading import Reader, reading

FROM_LAKE = (
    "status", "mrr_minor", "currency", "plan", "billing_interval", "quantity", "paying_since_on",
    "left_on", "notice_at", "ends_on", "people_active_30_days", "events_30_days", "last_seen_at",
)  # fmt: skip
# Text columns that are empty, not null, where the lake knows nothing.
_TEXTS = ("currency", "plan", "billing_interval")
_ENCODER = msgspec.json.Encoder(order="deterministic")
_COLUMNS = [field.name for field in AccountCard._meta.concrete_fields if field.name != "account_id"]


Card = tuple[str, dict[str, Any]]  # account id, and every column but the digest


@dataclass(frozen=True, slots=True)
class CardsRefreshed:
    """How many accounts have a card, and how many cards were written or removed."""

    cards: int
    written: int
    removed: int


def refresh_cards(home: Home, now: datetime) -> CardsRefreshed:
    """How many cards changed, now in state: one for each account, with billing or without.

    `now` decides what is current and what the last 30 days are. Reads what the last refresh of the
    lake published. A crash leaves some cards new and some old; the next call writes the rest.
    """
    with reading(home) as reader:
        known = from_lake(reader)
    return write_cards(cards(known))


def from_lake(reader: Reader) -> dict[str, dict[str, Any]]:
    """The lake's part of each card, by account."""
    table = reader.relation("account_card")
    rows = (row for batch in table.to_batches(max_chunksize=20_000) for row in batch.to_pylist())
    return {row["account_id"]: row for row in rows}


def cards(known: dict[str, dict[str, Any]]) -> Iterator[Card]:
    """A card for each account there is; accounts that billing does not know never paid."""
    members = dict(
        Membership.objects.filter(until_at=None)
        .values_list("account_id")
        .annotate(Count("person_id", distinct=True))
    )
    for whole in accounts_as_wholes():
        yield whole.id, _card(whole, members.get(whole.id, 0), known.get(whole.id, {}))


def write_cards(wanted: Iterator[Card]) -> CardsRefreshed:
    """Make state hold these cards, and no others."""
    held = dict(AccountCard.objects.values_list("account_id", "row_digest"))
    changed = []
    count = 0
    for account_id, values in wanted:
        count += 1
        digest = _digest(values)
        if held.pop(account_id, None) != digest:
            changed.append(AccountCard(account_id=account_id, row_digest=digest, **values))
    write_in_chunks(changed, _written)
    write_in_chunks(list(held), _removed)
    return CardsRefreshed(count, len(changed), len(held))


def _card(whole: Whole, people: int, known: dict[str, Any]) -> dict[str, Any]:
    values = {name: known.get(name) for name in FROM_LAKE}
    for name in _TEXTS:
        values[name] = values[name] or ""
    values |= {
        "name": whole.name,
        "domain": whole.domain,
        "status": values["status"] or Status.NEVER_PAID,
        "mrr_minor": values["mrr_minor"] or 0,
        "people": people,
        "people_active_30_days": values["people_active_30_days"] or 0,
        "events_30_days": values["events_30_days"] or 0,
        "last_seen_at": latest(values["last_seen_at"], whole.last_seen_at),
        "created_at": whole.created_at,
        "traits": whole.traits,
    }
    return values


def _digest(values: dict[str, Any]) -> str:
    return hashlib.blake2b(_ENCODER.encode(values), digest_size=16).hexdigest()


def _written(chunk: Sequence[AccountCard]) -> Write:
    return upsert(AccountCard, chunk, ["account_id"], _COLUMNS)


def _removed(account_ids: Sequence[str]) -> Write:
    return AccountCard.objects.filter(account_id__in=account_ids).delete
