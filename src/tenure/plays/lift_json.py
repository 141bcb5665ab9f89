"""The report of plays as JSON has it, and as rows of a table."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from tenure.plays.lift_parts import PlayClaim, PlayLift, PlaysReport
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
    }


def report_rows(report: PlaysReport) -> Iterator[dict[str, Any]]:
    """One row for each play and claim, then those of all plays."""
    for each in report.plays:
        yield from lift_rows(each, each.play)
    yield from lift_rows(report.pooled, POOLED)
    yield from lift_rows(report.long_term, LONG_TERM)


def lift_rows(told: PlayLift, name: str) -> Iterator[dict[str, Any]]:
    """One row for each claim."""
    for claim in told.claims:
        said = _claim(claim, told.currency)
        yield {
            "play": name,
            "claim": claim.name,
            "accounts": said["accounts_treated"] + said["accounts_held_out"],
            "treated": said["accounts_treated"],
            "held_out": said["accounts_held_out"],
            "difference": said["value"],
            **{column: said[column] for column in COLUMNS if column in said},
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


def _ratio(ratio: Ratio) -> dict[str, Any]:
    said = asdict(ratio)
    return {**said, "counts": dict(ratio.counts), "expected": dict(ratio.expected)}
