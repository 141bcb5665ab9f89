"""What state says of accounts, people and cards comes whole, whatever stands in the rows."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tenure.card.models import AccountCard
from tenure.card.told_by_state import (
    StateReading,
    held_cards,
    people_of_accounts,
    told_of_accounts,
)
from tenure.customers.models import Account, Membership, Person

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
NAMES = ["plain", 'it\'s "quoted"', "back\\slash", "line\nand\ttab", "租期", "🏠", "", "[1, null]"]


def account(id: str, name: str = "", **more: object) -> Account:
    given = {"created_at": AT, "first_seen_at": AT, "traits": {"name": name}, **more}
    return Account.objects.create(account_id=id, name=name, **given)


def belongs(person_id: str, account_id: str, raw: str = "", until_at: datetime | None = None):
    Person.objects.get_or_create(
        person_id=person_id, defaults={"created_at": AT, "first_seen_at": AT}
    )
    Membership.objects.create(
        raw_person_id=raw or person_id, raw_account_id=account_id, person_id=person_id,
        account_id=account_id, since_at=AT, known_at=AT, until_at=until_at,
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [1, 3, 8, 1000])
def test_every_account_is_told_once_as_it_was_written_in_parts_of_any_size(home, at_once):
    for place, name in enumerate(NAMES):
        seen_at = AT + timedelta(hours=place) if place % 2 else None
        account(f"id {name}", name, domain=f"{place}.example", last_seen_at=seen_at)
    account("gone", "merged", merged_into="id plain")

    told = told_of_accounts(at_once).to_pylist()

    assert sorted(row["name"] for row in told) == sorted(NAMES)
    for row in told:
        stored = Account.objects.get(account_id=row["account_id"])
        assert (row["name"], row["domain"]) == (stored.name, stored.domain)
        assert json.loads(row["traits"]) == stored.traits or row["account_id"] == "id plain"
        seen = row["last_seen_at"] and datetime.fromisoformat(row["last_seen_at"])
        assert (seen and seen.replace(tzinfo=UTC)) == stored.last_seen_at


@pytest.mark.django_db
def test_an_account_that_others_were_merged_into_is_told_as_a_whole(home):
    account("acme", "", traits={"plan": "Pro"})
    account("acme-old", "Acme", traits={"plan": "Free", "country": "DE"}, merged_into="acme")
    account("other", "Other")

    told = {row["account_id"]: row for row in told_of_accounts().to_pylist()}

    assert told.keys() == {"acme", "other"}
    assert told["acme"]["name"] == "Acme"
    assert json.loads(told["acme"]["traits"]) == {"plan": "Pro", "country": "DE"}


@pytest.mark.django_db
def test_a_person_counts_once_for_an_account_and_not_after_they_left(home):
    for id in ("acme", "beta", "empty"):
        account(id)
    belongs("ann", "acme")
    belongs("ann", "acme", raw="anne")
    belongs("bob", "acme")
    belongs("bob", "beta", until_at=AT)
    belongs("cas", "beta")

    told = people_of_accounts().to_pylist()

    assert sorted((row["account_id"], row["people"]) for row in told) == [("acme", 2), ("beta", 1)]


@pytest.mark.django_db
def test_without_rows_there_are_columns_all_the_same(home):
    assert told_of_accounts().num_rows == people_of_accounts().num_rows == 0
    assert held_cards().column_names == ["account_id", "row_digest"]


@pytest.mark.django_db(transaction=True)
def test_state_is_read_beside_and_its_connections_are_closed(home):
    account("acme", "Acme")
    belongs("ann", "acme")
    AccountCard.objects.create(account_id="acme", status="paying", row_digest="1/2")

    with StateReading() as state:
        state.begin()
        state.begin()
        told = state.told()

    assert told.accounts["name"].to_pylist() == ["Acme"]
    assert told.people["people"].to_pylist() == [1]
    assert told.held.to_pylist() == [{"account_id": "acme", "row_digest": "1/2"}]


@pytest.mark.django_db
def test_inside_a_transaction_its_own_rows_are_read(home):
    account("acme", "Acme")

    with StateReading() as state:
        state.begin()
        told = state.told()

    assert connection.in_atomic_block
    assert told.accounts["account_id"].to_pylist() == ["acme"]
