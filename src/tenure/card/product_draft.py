"""A first product file from what has been seen, with the evidence as comments.

    text = draft_product(reader, name="Fernhill", now=now, time_zone="Europe/Berlin")

Nothing in it is put in force: a person reads the evidence, mends it and applies it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tenure.card.product_draft_features import FeatureSeen, feature_lines, features_of
from tenure.card.product_draft_first_value import (
    ACCOUNTS_MAX,
    EARLY_DAYS,
    STAY_DAYS,
    accounts_of,
    first_value_lines,
)
from tenure.card.product_draft_intents import intent_lines, reach_lines
from tenure.card.product_draft_limits import limit_lines, suspected_limits
from tenure.card.product_draft_outcomes import accounts_by_outcome, outcome_lines
from tenure.card.product_draft_plans import plan_lines, plans_of
from tenure.card.product_draft_roles import role_lines
from tenure.card.product_draft_words import LEAVING_WORDS, comment, slugs, toml
from tenure.card.product_parts import SEATS
from tenure.card.timeline import Reads
from tenure.kit.sql_file import load

SAMPLE_DAYS, SAMPLE_ROWS = 180, 60


def draft_product(reader: Reads, *, name: str, now: datetime, time_zone: str) -> str:
    """The text of a product file that `read_product` accepts, whatever has been seen.

    Features come from track events, plans and list prices from billing, limits from counts that
    pile up, roles from traits, the first-value path from what accounts that stayed did early.
    """
    uses = reader.rows(load("tenure.card", "draft_use"))
    until_on = _last_told(uses, now.astimezone(ZoneInfo(time_zone)).date())
    prices = reader.rows(load("tenure.card", "draft_price"))
    plans = plans_of(prices)
    plan_names = [plan.name for plan in plans]
    by_plan = reader.rows(load("tenure.card", "draft_use_by_plan"))
    features, left_out = features_of(uses, by_plan, plan_names)
    events = [feature.event for feature in features]
    counts = reader.rows(load("tenure.card", "draft_count"))
    limits = suspected_limits(counts, prices, events)
    limit_names = slugs([one.event for one in limits if one.event], "limit")
    for one in limits:
        plan = next(plan for plan in plans if plan.name == one.plan)
        plan.limits[limit_names.get(one.event, SEATS)] = one.at_most
    lines = [
        *_head(name, len(features), len(plans)),
        *_section("What people use", feature_lines(features, left_out)),
        *_section("What is sold", plan_lines(plans)),
        *_section("What plans are limited by", limit_lines(limits, limit_names)),
        *_section("Who people are", role_lines(reader.rows(load("tenure.card", "draft_role")))),
        *_section("The way to first value", _first_value(reader, features, until_on)),
        *_section("What accounts bought it for", _outcomes(reader, events)),
        *_section("How many of their customers they reach", _reach(reader, events, until_on)),
        *_section("What means that somebody thinks of leaving", _intents(reader, uses)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _head(name: str, features: int, plans: int) -> list[str]:
    if features or plans:
        about = "A first draft, made from what has been seen. Read the evidence, and mend it:"
    else:
        about = "Nothing has been seen yet to make a draft from. What can stand here:"
    return [
        comment(about),
        comment("titles, which features set the product apart from rivals, what to do next."),
        comment("docs/product.md says what each field means."),
        "",
        "[product]",
        f"name = {toml(name)}",
        "",
    ]


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [comment(f"--- {title} ---"), "", *lines] if lines else []


def _last_told(uses: Sequence[Mapping[str, Any]], today: date) -> date:
    """The last day of which anything is known: data that was imported may end long ago."""
    return min(today, max((use["last_on"] for use in uses), default=today))


def _first_value(reader: Reads, features: Sequence[FeatureSeen], until_on: date) -> list[str]:
    rows = reader.rows(
        load("tenure.card", "draft_first_use"),
        until_on=until_on,
        stay_days=STAY_DAYS,
        within_days=EARLY_DAYS,
        accounts=ACCOUNTS_MAX,
    )
    if not rows:
        return []
    titles = {feature.event: feature.title for feature in features}
    names = {feature.event: feature.name for feature in features}
    return first_value_lines(accounts_of(rows), titles, names)


def _outcomes(reader: Reads, events: Sequence[str]) -> list[str]:
    def use_by(accounts: Sequence[str]) -> tuple[Mapping[str, tuple[int, int]], int, int]:
        found = reader.rows(load("tenure.card", "draft_outcome_use"), accounts=list(accounts))
        uses = {row["event"]: (row["inside"], row["outside"]) for row in found}
        inside, outside = uses.pop(None, (0, 0))
        return uses, inside, outside

    statements = reader.rows(load("tenure.card", "outcome_said"), account_id=None)
    return outcome_lines(accounts_by_outcome(statements), use_by, events)


def _reach(reader: Reads, events: Sequence[str], until_on: date) -> list[str]:
    samples = reader.rows(
        load("tenure.card", "draft_property"),
        since_at=datetime.combine(until_on, time(0), UTC) - timedelta(days=SAMPLE_DAYS),
        rows=SAMPLE_ROWS,
    )
    return reach_lines(samples, events)


def _intents(reader: Reads, uses: Sequence[Mapping]) -> list[str]:
    pages = reader.rows(load("tenure.card", "draft_page"), words=list(LEAVING_WORDS))
    return intent_lines(uses, pages)
