"""What was inferred beside the truth of the simulated company, and beside two simple answers."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tenure.reasons.inferring import Inferred
from tenure.reasons.inferring_subjects import Subject
from tenure.reasons.taxonomy import Taxonomy

# Which codes are right for each true cause: written down before anything was measured. A rival that
# courts is no reason of the taxonomy: right is who names what will do the job.
RIVAL = "other+rival"
RIGHT = {
    "poor_fit": {"missing_feature", "missing_integration", "experience_not_right"},
    "never_set_up": {"hard_start", "setup_trouble"},
    "too_few_use_it": {"not_adopted"},
    "champion_left": {"not_adopted", "changed_needs"},
    "unreliable": {"defects", "outages"},
    "bad_support": {"bad_service"},
    "need_ended": {"changed_needs"},
    "competitor": {RIVAL},
    "too_expensive": {"price_value"},
    "season_over": {"changed_needs"},
    "bankrupt": {"closing"},
    "acquired": {"bought"},
    "card_failed": {"out_of_cash"},
}
INVOLUNTARY = {"card_failed"}


@dataclass
class Judged:
    """Counts over leavings whose true cause is known."""

    leavings: int = 0
    first: int = 0
    first_two: int = 0
    stated: int = 0  # of all: who said nothing was not right
    said_something: int = 0
    majority: int = 0
    confusion: Counter = field(default_factory=Counter)  # (cause, code)

    def share(self, count: int) -> float:
        return count / self.leavings if self.leavings else 0.0


def causes_in(path: Path) -> list[dict]:
    truth = json.loads(path.read_text("utf-8"))
    return [each for each in truth["leavings"] if each["was"] == "paying"]


def judge(
    subjects: Sequence[Subject],
    found: Sequence[Sequence[Inferred]],
    causes: list[dict],
    known: Taxonomy,
    *,
    with_involuntary: bool = True,
) -> Judged:
    """How often the first, and one of the first two, is right; and what simpler answers would be."""
    by_account: dict[str, list[dict]] = {}
    for each in causes:
        by_account.setdefault(each["account"], []).append(each)
    judged = Judged()
    truths = []
    for subject, inferred in zip(subjects, found, strict=True):
        cause = _cause_of(subject, by_account.get(subject.account_id, []))
        if cause is None or (not with_involuntary and cause["true_cause"] in INVOLUNTARY):
            continue
        right = RIGHT[cause["true_cause"]]
        codes = [_code(each.code, each.next_job) for each in inferred]
        judged.leavings += 1
        judged.first += codes[0] in right
        judged.first_two += bool(right & set(codes[:2]))
        judged.confusion[cause["true_cause"], codes[0]] += 1
        said = cause["stated_reason"]
        if said:
            judged.said_something += 1
            judged.stated += _code(known.code_of(said), known.next_job_of(said)) in right
        truths.append(right)
    options = {code for right in truths for code in right}
    judged.majority = max((sum(code in right for right in truths) for code in options), default=0)
    return judged


def table(judged: Judged) -> str:
    """The confusion table as text: a row for each cause, the codes that came first."""
    rows = []
    causes = Counter()
    for (cause, _), count in judged.confusion.items():
        causes[cause] += count
    for cause, count in causes.most_common():
        codes = Counter(
            {code: n for (of, code), n in judged.confusion.items() if of == cause}
        ).most_common()
        right = sum(n for code, n in codes if code in RIGHT[cause])
        told = ", ".join(f"{code} {n}" for code, n in codes)
        rows.append(f"{cause:15} {count:4}  right {right / count:4.0%}   {told}")
    return "\n".join(rows)


def _cause_of(subject: Subject, causes: list[dict]) -> dict | None:
    """The leaving that this decision led to: of the same time, within a month."""
    at = subject.at

    def apart(each: dict) -> timedelta:
        return abs(datetime.fromisoformat(each["notice_at"] or each["left_at"]) - at)

    near = min(causes, key=apart, default=None)
    return near if near is not None and apart(near) < timedelta(days=31) else None


def _code(code: str, next_job: str) -> str:
    return RIVAL if code == "other" and next_job == "rival" else code
