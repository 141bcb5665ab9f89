"""How the product is used: features, limits, the way to first value, outcomes, roles.

Counts are of accounts that hold something: that pay, leave, are on trial or have a free plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tenure.card.product_parts import Outcome, Product
from tenure.card.timeline import Reads
from tenure.kit.sql_file import load

USE_DAYS = 28
NEWCOMER_DAYS = 180
HERE = "tenure.card"


@dataclass(frozen=True, slots=True)
class FeatureStanding:
    """Use of one feature in 28 days. `holders` have a plan with it; None where no plan is known."""

    name: str
    title: str
    accounts: int
    people: int
    events: int
    holders: int | None
    holders_using: int | None
    plans: tuple[str, ...]
    sets_apart_product: bool
    sets_apart_plan: bool

    @property
    def unused(self) -> int | None:
        """Accounts whose plan contains it and that do not use it."""
        if self.holders is None or self.holders_using is None:
            return None
        return self.holders - self.holders_using

    @property
    def holders_share(self) -> float | None:
        """Of the accounts whose plan contains it, how many use it; None when there are none."""
        if not self.holders or self.holders_using is None:
            return None
        return self.holders_using / self.holders


@dataclass(frozen=True, slots=True)
class LimitStanding:
    """Accounts of one plan at one limit: `near` from 80 %, `full` from 100 % on."""

    name: str
    title: str
    plan: str
    at_most: int
    accounts: int
    near: int
    full: int


@dataclass(frozen=True, slots=True)
class StepStanding:
    """How many newcomers took a step and all before it, and where those wait who did not."""

    number: int
    name: str
    title: str
    within_days: int | None
    next: str
    newcomers: int
    reached: int
    median_days: float | None
    stuck: int
    on_the_way: int
    gone: int

    @property
    def reached_share(self) -> float | None:
        return self.reached / self.newcomers if self.newcomers else None


@dataclass(frozen=True, slots=True)
class OutcomeStanding:
    """How many accounts want an outcome now; `reached` is None while nothing says how it shows."""

    name: str
    title: str
    declared: Outcome | None
    wanted: int
    reached: int | None

    @property
    def reached_share(self) -> float | None:
        return self.reached / self.wanted if self.wanted and self.reached is not None else None


@dataclass(frozen=True, slots=True)
class RoleStanding:
    """Members of a role (`none`: nothing tells it) and accounts that have one."""

    role: str
    people: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Standing:
    features: Sequence[FeatureStanding]
    limits: Sequence[LimitStanding]
    steps: Sequence[StepStanding]
    outcomes: Sequence[OutcomeStanding]
    roles: Sequence[RoleStanding]

    @property
    def most_stuck(self) -> StepStanding | None:
        """The step at which most newcomers are stuck; None when none is."""
        stuck = max(self.steps, key=lambda step: step.stuck, default=None)
        return stuck if stuck and stuck.stuck else None


def product_standing(reader: Reads, product: Product, today: date) -> Standing:
    """How the product in force is used, on the company's day `today`.

    Without declared features each name of a track event is one.
    """
    return Standing(
        features=_features(reader, product, today),
        limits=_limits(reader, product),
        steps=_steps(reader, product, today),
        outcomes=_outcomes(reader, product),
        roles=[
            RoleStanding(row["role"], row["people"], row["accounts"])
            for row in reader.rows(load(HERE, "product_role_use"))
        ],
    )


def feature_accounts(reader: Reads, feature: str, today: date) -> list[dict[str, Any]]:
    """Accounts that use a feature or hold it, with people, events and the last day of 28 days."""
    return reader.rows(
        load(HERE, "product_feature_account"), feature=feature, **_last_days(USE_DAYS, today)
    )


def accounts_behind(
    reader: Reads,
    today: date,
    *,
    limit: tuple[str, str] | None = None,
    step: str | None = None,
    outcome: str | None = None,
) -> list[dict[str, Any]]:
    """Accounts near a limit of a plan (name, plan), stuck before a step, or wanting an outcome."""
    name, plan = limit or (None, None)
    return reader.rows(
        load(HERE, "product_behind"),
        limit_name=name,
        plan=plan,
        step_name=step,
        outcome=outcome,
        **_last_days(NEWCOMER_DAYS, today),
    )


def _features(reader: Reads, product: Product, today: date) -> list[FeatureStanding]:
    declared = {feature.name: feature for feature in product.features}
    found = []
    for row in reader.rows(load(HERE, "product_feature_use"), **_last_days(USE_DAYS, today)):
        feature = declared.get(row["feature"])
        found.append(
            FeatureStanding(
                name=row["feature"],
                title=feature.title if feature else row["feature"],
                accounts=row["accounts"],
                people=row["people"],
                events=row["events"],
                holders=row["holders"],
                holders_using=row["holders_using"],
                plans=feature.plans if feature else (),
                sets_apart_product=bool(feature and feature.sets_apart_product),
                sets_apart_plan=bool(feature and feature.sets_apart_plan),
            )
        )
    return found


def _limits(reader: Reads, product: Product) -> list[LimitStanding]:
    titles = {limit.name: limit.title for limit in product.limits}
    return [
        LimitStanding(
            name=row["limit_name"],
            title=titles.get(row["limit_name"], row["limit_name"]),
            plan=row["plan"],
            at_most=row["at_most"],
            accounts=row["accounts"],
            near=row["near"],
            full=row["full"],
        )
        for row in reader.rows(load(HERE, "product_limit_use"))
    ]


def _steps(reader: Reads, product: Product, today: date) -> list[StepStanding]:
    declared = {step.name: step for step in product.first_value.steps}
    rows = reader.rows(load(HERE, "product_path"), **_last_days(NEWCOMER_DAYS, today))
    return [
        StepStanding(
            number=row["step"],
            name=row["step_name"],
            title=declared[row["step_name"]].title,
            within_days=declared[row["step_name"]].within_days,
            next=declared[row["step_name"]].next,
            newcomers=row["newcomers"],
            reached=row["reached"],
            median_days=row["median_days"],
            stuck=row["stuck"],
            on_the_way=row["on_the_way"],
            gone=row["gone"],
        )
        for row in rows
        if row["step_name"] in declared
    ]


def _outcomes(reader: Reads, product: Product) -> list[OutcomeStanding]:
    """The declared outcomes in the file's order, then what else accounts want."""
    wanted: dict[str, tuple[int, int | None]] = {}
    for row in reader.rows(load(HERE, "product_outcome_use")):
        meant = product.outcome_called(row["outcome"])
        name = meant.name if meant else row["outcome"]
        before, reached = wanted.get(name, (0, None))
        more = row["reached"]
        both = None if reached is None and more is None else (reached or 0) + (more or 0)
        wanted[name] = before + row["wanted"], both
    found = []
    for outcome in product.outcomes:
        count, reached = wanted.pop(outcome.name, (0, None))
        found.append(OutcomeStanding(outcome.name, outcome.title, outcome, count, reached))
    found += [OutcomeStanding(name, name, None, count, None) for name, (count, _) in wanted.items()]
    return found


def _last_days(days: int, today: date) -> dict[str, date]:
    return {
        "first_on": today - timedelta(days=days - 1),
        "before_on": today + timedelta(days=1),
    }
