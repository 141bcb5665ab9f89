"""A company of a hundred thousand accounts, drawn and written straight into lake and state.

Some accounts are a hundred times as busy as others, accounts come and leave, and people use the
product in sittings of about four events. On a day some three thousand accounts have news, and the
windows of many more move.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenure.base.home import Home
from tenure.bench.ledger import drawn_facts
from tenure.customers.chunks import write_in_chunks
from tenure.customers.models import Account, Membership, Person
from tenure.customers.upsert import insert
from tenure.lake.lease import lake_writer
from tenure.lake.relations import write_membership_links
from tenure.lake.schema import EVENT
from tenure.lake.tables import append, open_table

MONTHS = 24
DAYS = MONTHS * 30
FIRST_AT = datetime(2020, 1, 1, tzinfo=UTC)
_START_US = int(FIRST_AT.timestamp()) * 1_000_000
_DAY_US = 86_400_000_000
FEATURES = np.array(
    ["Report Exported", "Project Created", "Invoice Sent", "Client Portal Shared", "Opened",
     "Timesheet Submitted", "Cancel Page Viewed"]
    + [f"Feature {number} Used" for number in range(18)]
)  # fmt: skip
SITTING = 4  # events, on average
_ROLES = np.array(["owner", "admin", "member", "member", "viewer", "billing admin"])


@dataclass(frozen=True, slots=True)
class CardWorld:
    """Who there is: by account its first and last day and busyness, and how many people."""

    begins: np.ndarray
    ends: np.ndarray
    busy: np.ndarray
    people: np.ndarray


def write_card_world(home: Home, accounts: int, events: int, seed: int = 7) -> CardWorld:
    """The world, now in the lake as one batch and in state. `now` is then `at_day(DAYS)`."""
    chance = np.random.default_rng(seed)
    world = _drawn(chance, accounts)
    home.lake.mkdir(parents=True, exist_ok=True)
    with lake_writer(home, "write the bench's world"):
        append(open_table(home, "billing_fact"), drawn_facts(chance, accounts, MONTHS))
        append(open_table(home, "event"), _said(chance, world))
        for part in _use(chance, world, events):
            append(open_table(home, "event"), part)
    write_membership_links(home, _memberships(world), now=FIRST_AT)
    _write_state(world)
    return world


def write_news(home: Home, world: CardWorld, day: int, events: int, facts: int) -> None:
    """One more day, as batch `day`: events of that day, some late ones, and facts."""
    chance = np.random.default_rng(day)
    open_now = np.flatnonzero((world.begins < day) & (world.ends >= DAYS))
    weights = world.busy[open_now] / world.busy[open_now].sum()
    account = chance.choice(open_now, events // SITTING, p=weights)
    days = np.where(chance.random(account.size) < 0.02, day - 1, day)
    news = _events(chance, world, account, days, first=day * 100_000_000, batch=day)
    changed = chance.choice(open_now, facts, replace=False)
    drawn = drawn_facts(np.random.default_rng(day), len(world.begins), MONTHS)
    keys = pc.binary_join_element_wise("account-", pa.array(changed).cast(pa.string()), "")
    drawn = drawn.filter(pc.is_in(drawn["account_key"], keys)).filter(pc.field("kind") == "start")
    drawn = _of_day(drawn.slice(0, facts), day)
    with lake_writer(home, "write the bench's news"):
        append(open_table(home, "event"), news)
        append(open_table(home, "billing_fact"), drawn)


def at_day(day: int) -> datetime:
    """The evening of a day of the world."""
    return FIRST_AT + timedelta(days=day, hours=22)


def _of_day(facts: pa.Table, day: int) -> pa.Table:
    at = pa.array(np.full(len(facts), _START_US + day * _DAY_US)).cast(pa.timestamp("us", tz="UTC"))
    key = pc.binary_join_element_wise(facts["fact_key"], f"day-{day}", "/")
    changed = {
        "message_id": key, "fact_key": key, "version_key": key, "effective_at": at,
        "known_at": at, "received_at": at,
        "batch": pa.array(np.full(len(facts), day, np.int64)),
    }  # fmt: skip
    for name, values in changed.items():
        facts = facts.set_column(facts.schema.get_field_index(name), facts.field(name), values)
    return facts


def _drawn(chance: np.random.Generator, accounts: int) -> CardWorld:
    begins = chance.integers(0, DAYS - 10, accounts)
    lasts = chance.exponential(400, accounts).astype(np.int64) + 5
    return CardWorld(
        begins=begins,
        ends=np.minimum(begins + lasts, DAYS),
        busy=chance.lognormal(0, 1.2, accounts),
        people=1 + chance.geometric(0.25, accounts).clip(max=40),
    )


def _use(chance: np.random.Generator, world: CardWorld, events: int) -> list[pa.Table]:
    """What was done, a table for each month of thirty days."""
    spans = world.ends - world.begins
    weights = world.busy * spans
    sittings = events // SITTING
    account = chance.choice(len(spans), sittings, p=weights / weights.sum()).astype(np.int32)
    days = world.begins[account] + (chance.random(sittings) * spans[account]).astype(np.int64)
    order = np.argsort(days, kind="stable")
    account, days = account[order], days[order]
    cuts = np.searchsorted(days, np.arange(0, DAYS + 30, 30))
    return [
        _events(chance, world, account[begin:end], days[begin:end], first=begin * 1_000, batch=1)
        for begin, end in zip(cuts[:-1], cuts[1:], strict=True)
        if end > begin
    ]


def _events(
    chance: np.random.Generator,
    world: CardWorld,
    account: np.ndarray,
    days: np.ndarray,
    *,
    first: int,
    batch: int,
) -> pa.Table:
    """What sittings by these accounts on these days come to."""
    place = (world.people[account] * chance.random(account.size) ** 2).astype(np.int64)
    begun_us = _START_US + days * _DAY_US + (chance.random(account.size) * 20 + 1) * 3_600_000_000
    lasts = chance.geometric(1 / SITTING, account.size).clip(max=900)
    account, place, begun_us = (np.repeat(each, lasts) for each in (account, place, begun_us))
    count = account.size
    at_us = begun_us + chance.random(count) * 1_800_000_000
    feature = np.minimum(chance.zipf(1.5, count), len(FEATURES)) - 1
    return _table(
        at_us.astype(np.int64),
        batch,
        message_id=_keys("e-", first + np.arange(count)),
        type=pa.array(np.where(chance.random(count) < 0.85, "track", "page")),
        name=pa.array(FEATURES[feature]),
        user_id=_person(account, place),
        account_key=_keys("account-", account),
        properties=pa.array(np.where(feature == 3, '{"guest_count": 3}', "{}")),
    )


def _said(chance: np.random.Generator, world: CardWorld) -> pa.Table:
    """One group event for each account and one identify for each person, on its first day."""
    accounts = np.arange(len(world.begins))
    account = np.repeat(accounts, world.people)
    place = np.arange(account.size) - np.repeat(
        np.cumsum(world.people) - world.people, world.people
    )
    name = _keys("Company ", accounts)
    grouped = _table(
        _START_US + world.begins * _DAY_US,
        1,
        message_id=_keys("g-", accounts),
        type=_same("group", len(accounts)),
        account_key=_keys("account-", accounts),
        properties=pc.binary_join_element_wise('{"name": "', name, '"}', ""),
    )
    role = pa.array(_ROLES[chance.integers(0, len(_ROLES), account.size)])
    person = _person(account, place)
    said = pc.binary_join_element_wise(
        '{"email": "', person, '@example.com", "role": "', role, '"}', ""
    )
    identified = _table(
        _START_US + world.begins[account] * _DAY_US,
        1,
        message_id=pc.binary_join_element_wise("i-", person, ""),
        type=_same("identify", account.size),
        user_id=person,
        account_key=_keys("account-", account),
        properties=said,
    )
    return pa.concat_tables([grouped, identified])


def _memberships(world: CardWorld) -> list[dict]:
    return [
        {
            "person_id": f"p-{account}-{place}",
            "account_id": f"account-{account}",
            "changed_at": FIRST_AT + timedelta(days=int(world.begins[account])),
        }
        for account, count in enumerate(world.people)
        for place in range(count)
    ]


def _write_state(world: CardWorld) -> None:
    accounts, people, members = [], [], []
    for number, begin in enumerate(world.begins):
        at, id = FIRST_AT + timedelta(days=int(begin)), f"account-{number}"
        same = {"created_at": at, "first_seen_at": at, "source": "bench"}
        name = f"Company {number}"
        accounts.append(Account(account_id=id, name=name, traits={"name": name}, **same))
        for place in range(world.people[number]):
            person = f"p-{number}-{place}"
            people.append(Person(person_id=person, email=f"{person}@example.com", **same))
            members.append(
                Membership(
                    raw_person_id=person, raw_account_id=id, person_id=person, account_id=id,
                    since_at=at, known_at=at,
                )
            )  # fmt: skip
    for model, rows in ((Account, accounts), (Person, people), (Membership, members)):
        write_in_chunks(rows, lambda chunk, model=model: insert(model, chunk), rest=lambda s: None)


def _table(at_us: np.ndarray, batch: int, **columns: pa.Array) -> pa.Table:
    count = len(at_us)
    at = pa.array(at_us).cast(pa.timestamp("us", tz="UTC"))
    columns |= {
        "source": _same("bench", count),
        "occurred_at": at,
        "known_at": at,
        "received_at": at,
        "context": _same("{}", count),
        "batch": pa.array(np.full(count, batch, np.int64)),
        "occurred_month": pc.strftime(at, "%Y-%m"),
    }
    arrays = [
        columns[field.name].cast(field.type)
        if field.name in columns
        else pa.nulls(count, field.type)
        for field in EVENT
    ]
    return pa.table(arrays, schema=EVENT)


def _same(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)


def _keys(prefix: str, number: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(number).cast(pa.string()), "")


def _person(account: np.ndarray, place: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(
        "p", pa.array(account).cast(pa.string()), pa.array(place).cast(pa.string()), "-"
    )
