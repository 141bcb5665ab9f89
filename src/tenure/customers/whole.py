"""One account or person as a whole: what was said of its own id and of every id merged into it."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Q, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from tenure.base.errors import NotFound
from tenure.customers.merging import canonical_id
from tenure.customers.models import Account, Person
from tenure.customers.news import latest

_AT_ONCE = 2_000


@dataclass(slots=True)
class Whole:
    """`traits` are those of the canonical id; ids merged into it fill what it does not say."""

    id: str
    name: str
    domain: str  # of an account
    email: str  # of a person
    traits: dict[str, Any]
    created_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime | None
    deleted_at: datetime | None  # of an account, when it and all merged into it are deleted
    merged_ids: list[str]


TOLD_OF_ACCOUNT = (
    "account_id",
    "name",
    "domain",
    "traits",
    "created_at",
    "last_seen_at",
)


def plain_accounts() -> QuerySet:
    """TOLD_OF_ACCOUNT of canonical accounts, each by what was said of its own id, as text: traits
    as JSON, instants as the database writes them (in UTC). For many: nothing is made of the values.
    """
    return Account.objects.filter(merged_into="").values_list(*_as_text())


def plain_accounts_in_place(after: int) -> QuerySet:
    """The same and the place of the row in SQLite's file, in the order of places `after` that."""
    place = RawSQL("customers_account.rowid", (), output_field=BigIntegerField())
    placed = Account.objects.filter(merged_into="").annotate(place=place).filter(place__gt=after)
    return placed.order_by("place").values_list(*_as_text(), "place")


def _as_text() -> tuple[str | Cast, ...]:
    return *TOLD_OF_ACCOUNT[:3], *(Cast(name, TextField()) for name in TOLD_OF_ACCOUNT[3:])


def joined_accounts() -> Iterator[tuple[str | None, ...]]:
    """The same of every account that others were merged into, as a whole."""
    merged = Account.objects.exclude(merged_into="").values_list("merged_into", flat=True)
    joined = sorted(set(merged))
    for start in range(0, len(joined), 500):
        part = joined[start : start + 500]
        for whole in _wholes(Account.objects.filter(Q(pk__in=part) | Q(merged_into__in=part))):
            yield (
                whole.id,
                whole.name,
                whole.domain,
                json.dumps(whole.traits),
                whole.created_at.isoformat(),
                whole.last_seen_at and whole.last_seen_at.isoformat(),
            )


def account_as_whole(account_id: str) -> Whole:
    """The account that this id leads to. Raises NotFound when nobody named it."""
    return _one(Account, "account", account_id)


def person_as_whole(person_id: str) -> Whole:
    """The person that this id leads to. Raises NotFound when nobody named or identified it."""
    return _one(Person, "person", person_id)


def _one(model: type[Account] | type[Person], kind: str, raw_id: str) -> Whole:
    id = canonical_id(kind, raw_id)
    rows = model.objects.filter(pk=id) | model.objects.filter(merged_into=id)
    for whole in _wholes(rows):
        return whole
    raise NotFound(f"there is no {kind} {raw_id!r}; its id is what events and files call it")


def _wholes(rows: QuerySet) -> Iterator[Whole]:
    names = [
        "merged_into",
        "pk",
        "name",
        "traits",
        "created_at",
        "first_seen_at",
        "last_seen_at",
    ]
    names += ["domain", "deleted_at"] if rows.model is Account else ["email"]
    # Tuples, because a hundred thousand model instances take seconds to make.
    read = rows.values_list(*names)
    losers = defaultdict(list)
    for merged_into, *values in read.exclude(merged_into="").iterator(_AT_ONCE):
        losers[merged_into].append(_whole(rows.model, values))
    for _, *values in read.filter(merged_into="").iterator(_AT_ONCE):
        whole = _whole(rows.model, values)
        for other in sorted(losers.get(whole.id, ()), key=lambda each: each.id):
            _add(whole, other)
        yield whole


def _whole(model: type[Account] | type[Person], values: list[Any]) -> Whole:
    id, name, traits, created_at, first_seen_at, last_seen_at, *own = values
    domain, email, deleted_at = (own[0], "", own[1]) if model is Account else ("", own[0], None)
    return Whole(
        id=id,
        name=name,
        domain=domain,
        email=email,
        traits=traits,
        created_at=created_at,
        first_seen_at=first_seen_at,
        last_seen_at=last_seen_at,
        deleted_at=deleted_at,
        merged_ids=[],
    )


def _add(whole: Whole, other: Whole) -> None:
    whole.name = whole.name or other.name
    whole.domain = whole.domain or other.domain
    whole.email = whole.email or other.email
    whole.traits = {**other.traits, **whole.traits}
    whole.created_at = min(whole.created_at, other.created_at)
    whole.first_seen_at = min(whole.first_seen_at, other.first_seen_at)
    whole.last_seen_at = latest(whole.last_seen_at, other.last_seen_at)
    both = whole.deleted_at and other.deleted_at
    whole.deleted_at = max(whole.deleted_at, other.deleted_at) if both else None
    whole.merged_ids.append(other.id)
