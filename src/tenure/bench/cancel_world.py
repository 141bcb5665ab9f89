"""A company whose accounts have cards of their own, and tokens with which some of them leave."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from tenure.base.home import Home
from tenure.bench.load import NAMES
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.rows import KIND, pack_events, pack_facts

SOURCE = "bench"
PEOPLE = 3  # in each account
USES = 6  # by each person, in the last twelve weeks
ROWS_AN_ARRIVAL = 10_000
OUTCOMES = ("Faster invoicing", "Fewer late payments", "Month-end close in three days")


def write_company(home: Home, accounts: int, now: datetime) -> None:
    """So many paying accounts with people, use and an outcome: shipped, refreshed, with cards."""
    # Django has to be ready.
    from tenure.app.worker import run_once

    inbox = open_inbox(home)
    try:
        for pack, rows in (
            (pack_facts, _facts(accounts, now)),
            (pack_events, _events(accounts, now)),
        ):
            for some in _some(rows):
                inbox.append([Arrival(KIND, SOURCE, now, pack(some), {})])
    finally:
        inbox.close()
    run_once(home, now)


def tokens_of(accounts: int, count: int, now: datetime) -> list[str]:
    """Tokens for so many visits, each by another account while there are any."""
    from tenure.offboard.keys import create_cancel_key
    from tenure.offboard.tokens import sign

    key = create_cancel_key("bench", now)
    exp = int((now + timedelta(hours=2)).timestamp())
    return [
        sign(
            {
                "account": f"a{number % accounts}",
                "subscription": f"s{number % accounts}",
                "person": f"u{number % accounts}-0",
                "mode": "live",
                "exp": exp,
                "nonce": f"bench-{number:012d}",
                "country": "US",
                "is_consumer": False,
            },
            key,
        )
        for number in range(count)
    ]


def _facts(accounts: int, now: datetime) -> Iterator[dict]:
    chance = random.Random(1)
    for number in range(accounts):
        seats = chance.randint(2, 30)
        at = now - timedelta(days=chance.randint(40, 700))
        yield {
            "message_id": f"s{number}/1/start", "fact_key": f"s{number}/1/start", "kind": "start",
            "account_key": f"a{number}", "subscription_id": f"s{number}", "version_key": "1",
            "effective_at": at, "known_at": at, "status": "active", "plan": "Team",
            "billing_interval": "month", "billing_interval_count": 1, "quantity": seats,
            "amount_minor": 1_900 * seats, "mrr_minor": 1_900 * seats, "currency": "EUR",
        }  # fmt: skip


def _events(accounts: int, now: datetime) -> Iterator[dict]:
    chance = random.Random(2)
    for number in range(accounts):
        began = now - timedelta(days=chance.randint(90, 700))
        account = {"account_key": f"a{number}"}
        traits = f'{{"name": "Company {number}", "required_outcome": "{OUTCOMES[number % 3]}"}}'
        yield _event(f"g{number}", "group", began, account | {"properties": traits})
        for place in range(PEOPLE):
            person = account | {"user_id": f"u{number}-{place}"}
            traits = f'{{"email": "u{number}-{place}@example.com", "role": "member"}}'
            yield _event(f"i{number}-{place}", "identify", began, person | {"properties": traits})
            for use in range(USES):
                at = now - timedelta(minutes=chance.randint(10, 12 * 7 * 24 * 60))
                said = person | {"name": chance.choice(NAMES)}
                yield _event(f"e{number}-{place}-{use}", "track", at, said)


def _event(id: str, type: str, at: datetime, said: dict) -> dict:
    return {"message_id": id, "type": type, "occurred_at": at, "known_at": at, **said}


def _some(rows: Iterator[dict]) -> Iterator[list[dict]]:
    some: list[dict] = []
    for row in rows:
        some.append(row)
        if len(some) == ROWS_AN_ARRIVAL:
            yield some
            some = []
    if some:
        yield some
