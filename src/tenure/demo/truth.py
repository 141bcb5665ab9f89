"""What only the simulation knows, gathered for the truth file. Nothing else ever reads it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from tenure.demo.companies import CHANNEL_NAMES, OUTCOME_NAMES, Companies
from tenure.demo.rules import Rules
from tenure.demo.seasons import iso
from tenure.demo.treatments import CLASSES, TREATMENTS
from tenure.demo.way_out import LivedVisit


@dataclass(frozen=True, slots=True)
class Leaving:
    """A subscription that ended: what truly caused it, and what was said."""

    account: int
    subscription: int
    was: str  # paying | trial | free
    is_voluntary: bool
    cause: str
    stated: str | None
    notice_at: int | None
    left_at: int
    mrr_minor: int
    currency: str


@dataclass
class BlockTruth:
    """The truth about one block of accounts."""

    effects: np.ndarray  # (n, treatments), shift of the log-odds of leaving
    decisions: np.ndarray  # (n,) how often each account decided
    leaves: np.ndarray  # (n,) left by decision or by fate
    leaves_treated: np.ndarray  # (n, treatments) would have left, had the treatment been in place
    leavings: list[Leaving] = field(default_factory=list)
    months: list[tuple[np.ndarray, ...]] = field(default_factory=list)  # value, satisfaction, phase

    @classmethod
    def of(cls, effects: np.ndarray) -> "BlockTruth":
        n = len(effects)
        return cls(
            effects=effects,
            decisions=np.zeros(n, dtype=np.int64),
            leaves=np.zeros(n, dtype=bool),
            leaves_treated=np.zeros((n, len(TREATMENTS)), dtype=bool),
        )

    def decide(self, account: int, leaves: bool, leaves_treated: np.ndarray) -> None:
        """Note both outcomes of a decision: as it went, and under each treatment."""
        self.decisions[account] += 1
        self.leaves[account] |= leaves
        self.leaves_treated[account] |= leaves_treated

    def suffer(self, account: int) -> None:
        """Note an end that no treatment would have changed."""
        self.leaves[account] = True
        self.leaves_treated[account] = True


def account_truth(truth: BlockTruth, companies: Companies, index: int) -> dict[str, object]:
    """One account's entry in the truth file."""
    responses = None
    if truth.decisions[index]:
        leaves = bool(truth.leaves[index])
        responses = {
            name: {
                "class": CLASSES[leaves, bool(treated)],
                "leaves": leaves,
                "leaves_treated": bool(treated),
                "log_odds_shift": round(float(truth.effects[index, column]), 3),
            }
            for column, (name, treated) in enumerate(
                zip(TREATMENTS, truth.leaves_treated[index], strict=True)
            )
        }
    months = truth.months
    return {
        "account": companies.key(index),
        "fit": round(float(companies.fit[index]), 3),
        "skill": round(float(companies.skill[index]), 3),
        "worth_minor_per_person": round(float(companies.worth_minor[index])),
        "required_outcome": OUTCOME_NAMES[companies.outcome[index]],
        "acquisition_channel": CHANNEL_NAMES[companies.channel[index]],
        "is_seasonal": bool(companies.seasonality[index]),
        "is_asleep": bool(companies.is_asleep[index]),
        "responses": responses,
        "value_by_month": [round(float(value[index]), 3) for value, *_ in months],
        "satisfaction_by_month": [round(float(level[index]), 3) for _, level, *_ in months],
        "is_live_by_month": [bool(live[index]) for *_, live in months],
    }


class TruthFile:
    """Written account by account, so that a big company does not have to fit into memory."""

    def __init__(self, path: Path, parameters: dict[str, object], rules: Rules) -> None:
        self.final, self.path = path, path.with_suffix(".json.new")
        self.file = self.path.open("w", encoding="utf-8")
        head = {"parameters": parameters, "rules": asdict(rules)}
        self.file.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "accounts": [\n')
        self.leavings: list[dict[str, object]] = []
        self.visits: list[dict[str, object]] = []
        self.is_first = True

    def add(
        self,
        entries: list[dict[str, object]],
        leavings: list[dict[str, object]],
        visits: list[dict[str, object]],
    ) -> None:
        for entry in entries:
            self.file.write(("" if self.is_first else ",\n") + json.dumps(entry))
            self.is_first = False
        self.leavings += leavings
        self.visits += visits

    def close(self) -> None:
        """Finish the file and put it in its place in one step."""
        leavings, visits = (
            ",\n".join(json.dumps(each, ensure_ascii=False) for each in rows)
            for rows in (self.leavings, self.visits)
        )
        self.file.write(f'\n ],\n "leavings": [\n{leavings}\n ],\n "visits": [\n{visits}\n ]\n}}\n')
        self.file.close()
        self.path.replace(self.final)


def leaving_truth(leaving: Leaving, companies: Companies) -> dict[str, object]:
    """One entry of `leavings` in the truth file."""
    key = companies.key(leaving.account)
    return {
        "account": key,
        "subscription_id": f"{key}-s{leaving.subscription}",
        "was": leaving.was,
        "is_voluntary": leaving.is_voluntary,
        "true_cause": leaving.cause,
        "stated_reason": leaving.stated,
        "notice_at": None if leaving.notice_at is None else iso(leaving.notice_at),
        "left_at": iso(leaving.left_at),
        "mrr_minor": leaving.mrr_minor,
        "currency": leaving.currency,
    }


def visit_truth(visit: LivedVisit) -> dict[str, object]:
    """One entry of `visits` in the truth file: what happened, and what would have in each arm."""
    passing = visit.passing
    return {
        "visit": passing.visit_id,
        "account": visit.account_id,
        "subscription_id": visit.ask.subscription,
        "at": iso(int(visit.at.timestamp())),
        "arm": visit.arm.name,
        "outcome": passing.outcome,
        "offer": passing.accepted.name if passing.accepted else None,
        "leaves_alone": visit.leaves_alone,
        "leaves_treated": visit.leaves_treated,
    }
