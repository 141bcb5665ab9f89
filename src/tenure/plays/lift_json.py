"""The report of plays as JSON has it, and as rows of a table."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from tenure.plays.lift_parts import PlayClaim, PlayLift, PlaysReport, SplitLift, Week, WeekArm
from tenure.plays.lift_words import claim_words
from tenure.proof.ratio import Ratio

COLUMNS = [
    "play", "claim", "accounts", "treated", "held_out", "treated_mean", "held_out_mean",
    "difference", "low", "high", "is_known", "more_accounts_needed", "sentence",
]  # fmt: skip
POOLED, LONG_TERM = "(all, pooled)", "(long-term hold-out)"


def report_json(report: PlaysReport) -> dict[str, Any]:
    """All of it with plain values; null is what is not known, amounts in minor units."""
    return {
        "plays": [lift_json(each) for each in report.plays],
        "pooled": lift_json(report.pooled),
        "long_term": lift_json(report.long_term),
    }


def lift_json(told: PlayLift) -> dict[str, Any]:
    """One play, or all of them."""
    return {
        "play": told.play or None,
        "currency": told.currency,
        "accounts": told.accounts,
        "accounts_treated": told.treated,
        "accounts_held_out": told.held_out,
        "accounts_kept_back": told.kept_back,
        "accounts_without_rate": told.without_rate,
        "claims": [_claim(each, told.currency) for each in told.claims],
        "ratio": None if told.ratio is None else _ratio(told.ratio),
        "costs": asdict(told.costs),
        "splits": [_split(each, told.currency) for each in told.splits],
        "weeks": [_week(each) for each in told.weeks],
    }


def report_rows(report: PlaysReport) -> Iterator[dict[str, Any]]:
    """One row for each play and claim, then those of all plays."""
    for each in report.plays:
        yield from lift_rows(each, each.play)
    yield from lift_rows(report.pooled, POOLED)
    yield from lift_rows(report.long_term, LONG_TERM)


def lift_rows(told: PlayLift, name: str) -> Iterator[dict[str, Any]]:
    """One row for each claim, then for each way of a split but the first: there `treated` is the
    way and `held_out` the first one.
    """
    for claim in told.claims:
        yield _row(claim, name, claim.name, told.currency)
    for split in told.splits:
        for arm in split.arms:
            for claim in arm.claims:
                named = f"{claim.name} of {split.step}: {arm.name} against {split.against}"
                yield _row(claim, name, named, told.currency)


def _row(claim: PlayClaim, play: str, named: str, currency: str) -> dict[str, Any]:
    said = _claim(claim, currency)
    return {
        **{column: said[column] for column in COLUMNS if column in said},
        "play": play,
        "claim": named,
        "accounts": said["accounts_treated"] + said["accounts_held_out"],
        "treated": said["accounts_treated"],
        "held_out": said["accounts_held_out"],
        "difference": said["value"],
    }


def _claim(claim: PlayClaim, currency: str) -> dict[str, Any]:
    said = asdict(claim.lift)
    said["accounts_treated"], said["accounts_held_out"] = said.pop("treated"), said.pop("control")
    said["held_out_mean"] = said.pop("control_mean")
    said["more_accounts_needed"] = said.pop("more_needed")
    in_all = claim.in_all
    return {
        "claim": claim.name,
        "unit": claim.unit,
        **said,
        "in_all": None
        if in_all is None
        else dict(zip(("value", "low", "high"), in_all, strict=True)),
        "accounts_not_over": claim.not_over,
        "sentence": claim_words(claim, currency),
    }


def _split(split: SplitLift, currency: str) -> dict[str, Any]:
    """Each way but the first has claims; their `against` figures are of the first."""
    return {
        "step": split.step,
        "against": split.against,
        "level": split.level,
        "ratio": None if split.ratio is None else _ratio(split.ratio),
        "arms": [
            {
                "arm": arm.name,
                "share": arm.share,
                "accounts": arm.accounts,
                "claims": [_against(_claim(claim, currency)) for claim in arm.claims],
            }
            for arm in split.arms
        ],
    }


def _against(said: dict[str, Any]) -> dict[str, Any]:
    """A claim of two ways, by names that fit them."""
    renamed = {
        "accounts_treated": "accounts",
        "treated_mean": "mean",
        "accounts_held_out": "accounts_against",
        "held_out_mean": "mean_against",
    }
    return {renamed.get(name, name): value for name, value in said.items()}


def _week(week: Week) -> dict[str, Any]:
    """`goal_share` is of those whose window is over; null while that is nobody's."""
    return {
        "week_from": week.first_on.isoformat(),
        "messages_out": week.messages,
        "treated": _week_arm(week.treated),
        "held_out": _week_arm(week.held_out),
    }


def _week_arm(arm: WeekArm) -> dict[str, Any]:
    return {
        "entered": arm.entered,
        "window_over": arm.over,
        "reached_goal": arm.reached,
        "goal_share": arm.share,
    }


def _ratio(ratio: Ratio) -> dict[str, Any]:
    said = asdict(ratio)
    return {**said, "counts": dict(ratio.counts), "expected": dict(ratio.expected)}
