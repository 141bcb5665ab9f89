"""How the product stands: every count against one taken from the same rows in plain Python."""

import random
from collections import defaultdict
from datetime import date, timedelta
from statistics import median

import pytest
from card_worlds import facts, live

from customers.arriving import DAY_0, NOW, arrive, events
from tenure.card.product import product
from tenure.card.product_standing import accounts_behind, feature_accounts, product_standing
from tenure.definitions.store import put_in_force
from tenure.lake.reading import reading

pytestmark = pytest.mark.django_db
TODAY = date(2026, 1, 1)
PRODUCT = """
[[feature]]
name = "reports"
events = ["Report Made", "Report Sent"]
sets_apart = ["plan"]
plans = ["Pro"]
[[feature]]
name = "boards"
events = ["Board Viewed"]
[[plan]]
name = "Basic"
limits = { reports = 5 }
[[plan]]
name = "Pro"
limits = { reports = 20 }
[[limit]]
name = "reports"
counts = "events"
event = "Report Made"
[[role]]
name = "buyer"
values = ["owner"]
[[role]]
name = "user"
values = ["member"]
[first_value]
[[first_value.step]]
name = "look"
event = "Board Viewed"
within_days = 5
[[first_value.step]]
name = "make"
event = "Report Made"
within_days = 10
[[first_value.step]]
name = "send"
event = "Report Sent"
[[outcome]]
name = "faster"
title = "Get faster"
values = ["speed"]
events = ["Report Made", "Report Sent"]
within_days = 28
"""
NAMES = ["Board Viewed", "Report Made", "Report Sent", "Signed In"]


class World:
    """Forty accounts by chance, the same ones each time."""

    def __init__(self) -> None:
        rng = random.Random(5)
        self.use: list[tuple[str, str, str, int]] = []  # account, person, event, day
        self.plan: dict[str, str] = {}
        self.held: set[str] = set()
        self.wants: dict[str, str] = {}
        lines, billing = [], []
        for number in range(40):
            account = f"a{number:02}"
            begins = rng.randrange(100, 360)
            self.plan[account] = rng.choice(["Basic", "Pro"])
            billing.append(
                f"day {begins} {account} start s{number}/1 status=active plan={self.plan[account]} mrr_minor=1000"
            )
            if rng.random() < 0.25:
                billing.append(f"day {rng.randrange(begins + 1, 365)} {account} end s{number}")
            else:
                self.held.add(account)
            for _ in range(rng.randrange(0, 25)):
                person = f"{account}-{rng.choice('xyz')}"
                day = rng.randrange(begins, 365)
                self.use.append((account, person, rng.choices(NAMES, [5, 4, 1, 2])[0], day))
            if rng.random() < 0.6:
                spelled = rng.choice(["faster", "Get FASTER", "Speed", "Cheaper"])
                self.wants[account] = "Cheaper" if spelled == "Cheaper" else "faster"
                lines.append(f'day {begins} group @{account}  {{"required_outcome": "{spelled}"}}')
            role = rng.choice(["Owner", "member", "wizard"])
            lines.append(f'day {begins} identify {account}-x @{account}  {{"role": "{role}"}}')
        self.rows, self.facts = events("\n".join(lines)), facts("\n".join(billing))
        for number, (account, person, name, day) in enumerate(self.use):
            at = DAY_0 + timedelta(days=day, minutes=number % 1000)
            self.rows.append(
                {"message_id": f"use{number}", "source": "web", "type": "track", "name": name, "occurred_at": at,
                 "known_at": at, "received_at": at, "account_key": account, "user_id": person}
            )  # fmt: skip

    def uses(self, *names: str, since: int = 0) -> list[tuple[str, str, str, int]]:
        return [use for use in self.use if use[2] in names and use[3] >= since]


@pytest.fixture
def world(home) -> World:
    put_in_force("product", "", PRODUCT, now=NOW, by="ada")
    world = World()
    arrive(home, world.rows, world.facts)
    live(home)
    return world


@pytest.fixture
def standing(home, world):
    with reading(home) as reader:
        yield product_standing(reader, product(), TODAY)


LATELY = (TODAY - DAY_0.date()).days - 27  # the first of 28 days, today the last


def test_each_count_is_the_one_that_plain_python_finds(home, world, standing):
    check_features(world, standing)
    check_limits(world, standing)
    check_path(world, standing)
    check_outcomes(world, standing)
    with reading(home) as reader:
        check_doors(world, standing, reader)


def check_features(world: World, standing) -> None:
    found = {feature.name: feature for feature in standing.features}
    assert set(found) == {"reports", "boards"}
    for name, names, plans in [
        ("reports", ("Report Made", "Report Sent"), {"Pro"}),
        ("boards", ("Board Viewed",), {"Basic", "Pro"}),
    ]:
        uses = world.uses(*names, since=LATELY)
        holders = {account for account in world.held if world.plan[account] in plans}
        using = {use[0] for use in uses}
        assert (found[name].accounts, found[name].people, found[name].events) == (
            len(using), len({use[1] for use in uses}), len(uses),
        )  # fmt: skip
        assert found[name].holders == len(holders)
        assert found[name].unused == len(holders - using)


def check_limits(world: World, standing) -> None:
    counts: dict[str, int] = defaultdict(int)
    for account, *_ in world.uses("Report Made"):
        counts[account] += 1
    for limit in standing.limits:
        mine = [account for account in world.held if world.plan[account] == limit.plan]
        shares = [counts[account] / limit.at_most for account in mine]
        assert limit.accounts == len(mine)
        assert limit.near == sum(0.8 <= share < 1 for share in shares)
        assert limit.full == sum(share >= 1 for share in shares)
    assert sum(limit.near + limit.full for limit in standing.limits) > 3


def check_path(world: World, standing) -> None:
    began = {account: int(fact["fact_key"].split("/")[-1]) for account, fact in starts(world)}
    newcomers = [
        account
        for account, day in began.items()
        if DAY_0.date() + timedelta(days=day) >= TODAY - timedelta(days=179)
    ]
    firsts = {
        account: {
            name: day for *_, name, day in sorted(uses_of(world, account), key=lambda u: -u[3])
        }
        for account in newcomers
    }
    today = (TODAY - DAY_0.date()).days
    reached = {step: [] for step in range(4)}
    stuck, gone = defaultdict(int), defaultdict(int)
    for account in newcomers:
        days, at = firsts[account], min(firsts[account].values(), default=None)
        for number, (event, within) in enumerate(
            [("Board Viewed", 5), ("Report Made", 10), ("Report Sent", None)], 1
        ):
            if event in days:
                taken = max(at, days[event])
                reached[number].append(taken - at)
                at = taken
                continue
            overdue = within is not None and at is not None and at + within < today
            stuck[number] += overdue and account in world.held
            gone[number] += account not in world.held
            break
    for step in standing.steps:
        assert step.newcomers == len(newcomers)
        assert step.reached == len(reached[step.number])
        assert step.median_days == (median(reached[step.number]) if reached[step.number] else None)
        assert (step.stuck, step.gone) == (stuck[step.number], gone[step.number])
    assert standing.most_stuck.stuck == max(stuck.values()) > 2


def check_outcomes(world: World, standing) -> None:
    wanted = defaultdict(list)
    for account, outcome in world.wants.items():
        if account in world.held:
            wanted[outcome].append(account)
    reached = 0
    for account in wanted["faster"]:
        made = [use[3] for use in uses_of(world, account) if use[2] == "Report Made"]
        sent = [use[3] for use in uses_of(world, account) if use[2] == "Report Sent"]
        reached += any(abs(one - other) < 28 for one in made for other in sent)
    faster, cheaper = standing.outcomes
    assert (faster.name, faster.wanted, faster.reached) == (
        "faster",
        len(wanted["faster"]),
        reached,
    )
    assert (cheaper.name, cheaper.wanted, cheaper.reached) == (
        "Cheaper",
        len(wanted["Cheaper"]),
        None,
    )
    assert cheaper.declared is None


def check_doors(world: World, standing, reader) -> None:
    """The accounts behind a count are as many as it says."""
    for feature in standing.features:
        rows = feature_accounts(reader, feature.name, TODAY)
        assert sum(row["events"] > 0 for row in rows) == feature.accounts
        assert sum(row["holds"] and not row["events"] for row in rows) == feature.unused
    for limit in standing.limits:
        rows = accounts_behind(reader, TODAY, limit=(limit.name, limit.plan))
        assert len(rows) == limit.near + limit.full
    for step in standing.steps:
        assert len(accounts_behind(reader, TODAY, step=step.name)) == step.stuck
    for outcome in standing.outcomes:
        rows = accounts_behind(reader, TODAY, outcome=outcome.name)
        assert len(rows) == outcome.wanted
        assert sum(bool(row["is_outcome_reached"]) for row in rows) == (outcome.reached or 0)


def starts(world: World):
    return [(fact["account_key"], fact) for fact in world.facts if fact["kind"] == "start"]


def uses_of(world: World, account: str) -> list[tuple[str, str, str, int]]:
    return [use for use in world.use if use[0] == account]


def test_without_a_file_features_are_the_names_of_events(home):
    live(
        home,
        "day 360 track ada @acme  Report Made\nday 361 track bob @acme  Report Made\nday 100 track ada @acme  Old Thing",
    )

    with reading(home) as reader:
        found = product_standing(reader, product(), TODAY)

    assert [(one.name, one.accounts, one.people, one.holders) for one in found.features] == [
        ("Report Made", 1, 2, None), ("Old Thing", 0, 0, None),
    ]  # fmt: skip
    assert (list(found.limits), list(found.steps), list(found.outcomes)) == ([], [], [])


def test_an_empty_home_stands_nowhere(home):
    put_in_force("product", "", PRODUCT, now=NOW, by="ada")

    with reading(home) as reader:
        found = product_standing(reader, product(), TODAY)

    assert {feature.accounts for feature in found.features} == {0}
    assert {step.newcomers for step in found.steps} == {0}
    assert found.most_stuck is None
    assert [limit.full for limit in found.limits] == [0, 0]
