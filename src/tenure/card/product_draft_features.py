"""Which events look like features, and which plans seem to contain them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenure.card.product_draft_words import (
    comment,
    counted,
    is_noise,
    slugs,
    title_from,
    toml,
)

FEATURES_MAX = 60
LEAST_ACCOUNTS = 2  # what one account alone does is no feature, where there are many
LEAST_REPEATED = 2  # times per account, on average: a feature is used again
FEW_ACCOUNTS = 10
MISSING_EXPECTED = 5  # a plan lacks a feature when so many of its accounts should have used it
MISSING_SHARE = 0.05  # of what was expected; subscriptions and events disagree now and then


@dataclass(frozen=True, slots=True)
class FeatureSeen:
    """An event that looks like the use of a feature. `lacking`: plans on which nobody used it."""

    name: str
    title: str
    event: str
    accounts: int
    people: int
    events: int
    plans: tuple[str, ...]  # those that contain it
    lacking: Mapping[str, int]  # plan -> accounts that would be expected to have used it

    @property
    def sets_apart_plan(self) -> bool:
        return bool(self.lacking)


def features_of(
    uses: Sequence[Mapping[str, Any]], by_plan: Iterable[Mapping[str, Any]], plans: Sequence[str]
) -> tuple[list[FeatureSeen], list[str]]:
    """The features among the events of `draft_use`, the most used first, and the names left out."""
    accounts_all = max((use["accounts"] for use in uses), default=0)
    least = LEAST_ACCOUNTS if accounts_all >= FEW_ACCOUNTS else 0
    likely = [
        use
        for use in uses
        if not is_noise(use["event"])
        and use["people"] > 0
        and use["accounts"] >= least
        and use["events"] >= LEAST_REPEATED * max(use["accounts"], 1)
    ][:FEATURES_MAX]
    names = slugs([use["event"] for use in likely], "feature")
    used = {(row["plan"], row["event"]): row["accounts"] for row in by_plan}
    features = []
    for use in likely:
        event = use["event"]
        lacking = _lacking(event, used, plans)
        features.append(
            FeatureSeen(
                name=names[event],
                title=title_from(event),
                event=event,
                accounts=use["accounts"],
                people=use["people"],
                events=use["events"],
                plans=tuple(plan for plan in plans if plan not in lacking),
                lacking=lacking,
            )
        )
    chosen = {feature.event for feature in features}
    return features, [use["event"] for use in uses if use["event"] not in chosen]


def feature_lines(features: Sequence[FeatureSeen], left_out: Sequence[str]) -> list[str]:
    """The features as TOML, each with its evidence."""
    lines = []
    for feature in features:
        lines.append("[[feature]]")
        lines.append(
            comment(
                f"{counted(feature.accounts, 'account', 'accounts')}, "
                f"{counted(feature.people, 'person', 'people')}, "
                f"{counted(feature.events, 'time', 'times')}"
            )
        )
        for plan, expected in feature.lacking.items():
            lines.append(
                comment(f"hardly anybody on {plan}, where about {expected} accounts were expected")
            )
        lines += [
            f"name = {toml(feature.name)}",
            f"title = {toml(feature.title)}",
            f"events = {toml([feature.event])}",
        ]
        if feature.sets_apart_plan:
            lines.append('sets_apart = ["plan"]')
            lines.append(f"plans = {toml(feature.plans)}")
        lines.append("")
    if left_out:
        shown = ", ".join(left_out[:40]) + (", ..." if len(left_out) > 40 else "")
        lines += [
            comment(
                "Not taken for features, by their names or as hardly anybody came back to them:"
            ),
            comment(shown),
            "",
        ]
    return lines


def _lacking(
    event: str, used: Mapping[tuple[str, str | None], int], plans: Sequence[str]
) -> dict[str, int]:
    """Plans on which the event is missing, though accounts of other plans use it a good deal."""
    sizes = {plan: used.get((plan, None), 0) for plan in plans}
    shares = {plan: used.get((plan, event), 0) / sizes[plan] for plan in plans if sizes[plan]}
    elsewhere = max(shares.values(), default=0.0)
    lacking = {}
    for plan, size in sizes.items():
        expected = size * elsewhere
        did = used.get((plan, event), 0)
        if expected >= MISSING_EXPECTED and did <= MISSING_SHARE * expected:
            lacking[plan] = round(expected)
    return lacking if len(lacking) < len(plans) else {}
