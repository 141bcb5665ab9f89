"""However events arrive, in whatever order, parts and repetitions, state ends the same: as a plain
reading of all of them, sorted, says. The oracle below shares no code with the follower.
"""

import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tenure.customers.follow import follow_reader
from tenure.customers.junk_ids import JunkIds
from tenure.customers.models import Account, IdentityLink, Membership, Person
from tenure.kit.sql_file import load
from tenure.lake.engine import Engine
from tenure.lake.schema import BILLING_FACT, EVENT

DAY_0 = datetime(2025, 1, 1, tzinfo=UTC)
USERS = ["ada", "bob", "eve", "null", None]
DEVICES = ["x", "y", "undefined", None]
ACCOUNTS = ["acme", "beta", None]
SAYINGS = [("identify", None), ("group", None), ("alias", None), ("page", None)] + [
    ("track", name)
    for name in (
        "Account Added User", "Account Removed User", "Account Deleted", "Account Created", "Use",
    )
]  # fmt: skip


class LakeInMemory:
    """The event relations on a real engine, over rows given as dicts."""

    def __init__(self, folder) -> None:
        self.engine = Engine(folder)
        self.engine.register("billing_fact_row", BILLING_FACT.empty_table())

    def hold(self, rows: list[dict]) -> None:
        self.engine.register("event_row", pa.Table.from_pylist(rows, schema=EVENT))
        self.engine.create_view("correction", load("tenure.lake", "correction").text)
        self.engine.create_view("event", load("tenure.lake", "event").text)

    def arrow(self, sql, /, **params):
        return self.engine.arrow(sql.text, params)


@st.composite
def said(draw):
    type_, name = draw(st.sampled_from(SAYINGS))
    properties = draw(
        st.dictionaries(st.sampled_from(["name", "plan", "role", "account_name"]),
                        st.sampled_from(["a", "b", 3, None]), max_size=2)
    )  # fmt: skip
    return {
        "type": type_,
        "name": name,
        "user_id": draw(st.sampled_from(USERS)),
        "anonymous_id": draw(st.sampled_from(DEVICES)),
        "previous_id": draw(st.sampled_from(["x", "z", "bob"])) if type_ == "alias" else None,
        "account_key": draw(st.sampled_from(ACCOUNTS)),
        "occurred_at": DAY_0 + timedelta(days=draw(st.integers(0, 6))),
        "known_at": DAY_0 + timedelta(days=draw(st.integers(6, 9))),
        "properties": json.dumps(properties, sort_keys=True),
        "context": draw(st.sampled_from(["{}", '{"active": false}'])),
    }


def rows_of(worlds: list[dict]) -> list[dict]:
    return [
        event | {
            "message_id": f"m{number}", "source": "web", "received_at": DAY_0, "batch": 1,
            "occurred_month": "2025-01",
        }
        for number, event in enumerate(worlds)
    ]  # fmt: skip


def is_junk(id: str | None) -> bool:
    return id in ("null", "undefined", None)


def traits_by_reading_on(sayings: list[tuple]) -> dict:
    """Sorted by time, read from top to bottom; on a tie the greater text stands last."""
    traits: dict = {}
    words = [
        (at, known, key, json.dumps(value))
        for at, known, values in sayings
        for key, value in values.items()
    ]
    for _, _, key, text in sorted(words):
        traits[key] = json.loads(text)
    return {key: value for key, value in traits.items() if value is not None}


def seen(mine: list[dict]) -> tuple:
    used = [r["occurred_at"] for r in mine if "false" not in r["context"]]
    return min(r["occurred_at"] for r in mine), max(used, default=None)


def last(mine: list[dict], *what: tuple) -> datetime | None:
    return max((r["occurred_at"] for r in mine if (r["type"], r["name"]) in what), default=None)


def ended(over: datetime | None, back: datetime | None) -> datetime | None:
    return over if over and not (back and back > over) else None


def of_account(row: dict) -> dict:
    values = json.loads(row["properties"])
    if row["name"] == "Account Created":
        return {"name": values["account_name"]} if "account_name" in values else {}
    return values if row["type"] == "group" else {}


def of_person(row: dict) -> dict:
    return json.loads(row["properties"]) if row["type"] == "identify" else {}


def traits(mine: list[dict], values) -> dict:
    return traits_by_reading_on([(r["occurred_at"], r["known_at"], values(r)) for r in mine])


def role(mine: list[dict]) -> str:
    given = [r for r in mine if r["name"] == "Account Added User" or r["type"] == "identify"]
    said = [(r["occurred_at"], json.loads(r["properties"]).get("role")) for r in given]
    return max(((at, str(text)) for at, text in said if text is not None), default=(0, ""))[1]


def account_of(mine: list[dict]) -> tuple:
    back = last(mine, ("group", None), ("track", "Account Created"))
    return (
        *seen(mine),
        traits(mine, of_account),
        ended(last(mine, ("track", "Account Deleted")), back),
    )


def membership_of(mine: list[dict]) -> tuple:
    back = last(mine, ("identify", None), ("group", None), ("track", "Account Added User"))
    over = last(mine, ("track", "Account Removed User"))
    return min(r["occurred_at"] for r in mine), role(mine), ended(over, back)


def claims_in(rows: list[dict]) -> dict[str, set]:
    claims = defaultdict(set)
    for row in rows:
        made = row["occurred_at"], row["user_id"]
        if not is_junk(row["anonymous_id"]):
            claims[row["anonymous_id"]].add((*made, "identify"))
        if row["previous_id"] and row["previous_id"] != row["user_id"]:
            claims[row["previous_id"]].add((*made, "alias"))
    return claims


def grouped(rows: list[dict], *keys: str) -> dict:
    groups = defaultdict(list)
    for row in rows:
        if not any(is_junk(row[key]) for key in keys):
            groups[tuple(row[key] for key in keys)].append(row)
    return groups


def expected(rows: list[dict]) -> dict:
    people = {id: mine for (id,), mine in grouped(rows, "user_id").items()}
    accounts = {id: mine for (id,), mine in grouped(rows, "account_key").items()}
    pairs = grouped(rows, "user_id", "account_key")
    claims = claims_in([row for mine in people.values() for row in mine])
    firsts = {device: min(made)[1] for device, made in claims.items()}
    every = [(device, *claim) for device, made in claims.items() for claim in made]
    return {
        "people": {id: (*seen(mine), traits(mine, of_person)) for id, mine in people.items()},
        "accounts": {id: account_of(mine) for id, mine in accounts.items()},
        "members": {pair: membership_of(mine) for pair, mine in pairs.items()},
        "links": {f"anon:{device}": user for device, user in firsts.items()},
        "apart": {
            (f"anon:{device}", user) for device, _, user, _ in every if user != firsts[device]
        }
        | {(device, user) for device, _, user, why in every if why == "alias" and device in people},
    }


def found() -> dict:
    return {
        "people": {p.pk: (p.first_seen_at, p.last_seen_at, p.traits) for p in Person.objects.all()},
        "accounts": {
            a.pk: (a.first_seen_at, a.last_seen_at, a.traits, a.deleted_at)
            for a in Account.objects.all()
        },
        "members": {
            (m.person_id, m.account_id): (m.since_at, m.role, m.until_at)
            for m in Membership.objects.all()
        },
        "links": dict(
            IdentityLink.objects.exclude(canonical_id="").values_list("raw_id", "canonical_id")
        ),
        "apart": set(IdentityLink.objects.exclude(refused="").values_list("raw_id", "joined_id")),
    }


class TestOrder(TestCase):
    @pytest.fixture(autouse=True)
    def _lake(self, tmp_path):
        self.lake = LakeInMemory(tmp_path)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(said(), max_size=14), st.integers(1, 4), st.randoms(use_true_random=False))
    def test_order_parts_and_repetition_of_input_change_nothing(
        self, worlds: list[dict], batches: int, chance: random.Random
    ):
        rows = rows_of(worlds)
        wanted = expected(rows)

        chance.shuffle(rows)
        for row in rows:
            row["batch"] = chance.randint(1, batches)
        for until in range(1, batches + 1):
            # Rows of earlier batches repeat themselves in later ones: a join takes them twice.
            repeated = [
                r | {"batch": until} for r in rows if r["batch"] < until and chance.random() < 0.3
            ]
            self.lake.hold([r for r in rows if r["batch"] <= until] + repeated)
            follow_reader(self.lake, JunkIds(), at_once=chance.choice([1, 5, 100]))

        assert found() == wanted

    @settings(max_examples=15, deadline=None)
    @given(st.lists(said(), min_size=1, max_size=12), st.randoms(use_true_random=False))
    def test_corrected_events_leave_no_trace(self, worlds: list[dict], chance: random.Random):
        """A correction that says nothing itself: the end is as if its event had never been."""
        rows = rows_of(worlds)
        gone = [row for row in rows if chance.random() < 0.4]
        kept = [row for row in rows if row not in gone]

        self.lake.hold(rows)
        follow_reader(self.lake, JunkIds())
        silent = {"type": "system", "user_id": None, "anonymous_id": None, "account_key": None}
        self.lake.hold(rows + [
            row | silent | {"previous_id": None, "properties": "{}", "batch": 2,
                            "message_id": "c" + row["message_id"], "corrects": row["message_id"]}
            for row in gone
        ])  # fmt: skip
        follow_reader(self.lake, JunkIds())

        assert found() == expected(kept)
