"""On the simulated company: of those who left for a true cause, how many had each kind warned of?

The truth file of `tenure demo` knows what nobody could see. It is read here for this report and
nowhere else in the program.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.base.home import Home
from tenure.signals.replay_report import Alarm, Period


@dataclass(frozen=True, slots=True)
class CauseReport:
    """Payers that left for one true cause, and how many of them had a signal of one kind before."""

    kind: str
    true_cause: str
    is_voluntary: bool
    leavings: int
    warned: int
    share: float


def against_truth(home: Home, alarms: Iterable[Alarm], period: Period) -> list[CauseReport]:
    """One row per kind and true cause; none where the company is not simulated.

    A leaving is warned of by a signal within the period's days before its notice, or its end.
    """
    if not home.truth_file.exists():
        return []
    told = json.loads(home.truth_file.read_text("utf-8"))["leavings"]
    raised: dict[str, list[Alarm]] = defaultdict(list)
    kinds = set()
    for alarm in alarms:
        raised[alarm.account_id].append(alarm)
        kinds.add(alarm.kind)
    leavings: Counter[tuple[str, bool]] = Counter()
    warned: Counter[tuple[str, str]] = Counter()
    for leaving in told:
        decided_at = datetime.fromisoformat(leaving["notice_at"] or leaving["left_at"])
        if leaving["was"] != "paying":
            continue
        if not period.first_on <= period.day(decided_at) < period.before_on:
            continue
        cause = leaving["true_cause"]
        leavings[cause, leaving["is_voluntary"]] += 1
        since = decided_at - timedelta(days=period.within_days)
        before = {a.kind for a in raised[leaving["account"]] if since <= a.at < decided_at}
        warned.update((kind, cause) for kind in before)
    return [
        CauseReport(
            kind, cause, is_voluntary, count, warned[kind, cause], warned[kind, cause] / count
        )
        for kind in sorted(kinds)
        for (cause, is_voluntary), count in sorted(
            leavings.items(), key=lambda i: (not i[0][1], i[0])
        )
    ]
