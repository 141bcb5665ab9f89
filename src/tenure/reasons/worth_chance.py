"""How often similar cases came back, or stayed: counted from this company's own history.

Whoever left counts once the whole time to come back is over; whoever gave notice, or caused a
signal, once it is known what became of it. So nothing is counted that had no time to happen.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tenure.measure.notices import Notice
from tenure.proof.shares import Share, share_of
from tenure.reasons.models import LeavingReview
from tenure.reasons.review_models import Occasion
from tenure.reasons.reviews_warnings import CHANCES
from tenure.reasons.worth_cases import URGENT
from tenure.signals.leavings import Spell
from tenure.signals.models import Signal

SETTLED_DAYS = 30  # after the announced end: whoever still pays then has taken the notice back
ALL = ""  # the group of all cases of an occasion


@dataclass(slots=True)
class History:
    """Cases by occasion and group: `(part, of)`. Of who left the group is the reason, of who is at
    risk the signal's kind."""

    counts: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def chance(self, occasion: str, group: str, too_few: int) -> tuple[Share, str]:
        """The share of the group where it is told of enough cases, else that of all."""
        of = self.counts.get(occasion, {})
        own = of.get(group, (0, 0)) if group else (0, 0)
        if own[1] >= too_few:
            return share_of(*own), group
        return share_of(*of.get(ALL, (0, 0))), ALL

    def as_text(self) -> str:
        return json.dumps(self.counts, sort_keys=True)

    @classmethod
    def of_text(cls, text: str) -> "History":
        """What `as_text` wrote."""
        return cls(
            {
                occasion: {group: (part, of) for group, (part, of) in groups.items()}
                for occasion, groups in json.loads(text).items()
            }
        )


def history(
    spells: Iterable[Spell], told: Iterable[Notice], *, within_days: int, today: date, now: datetime
) -> History:
    """What became of every past case that has had its time."""
    of_account = _by_account(spells)
    at_risk = _at_risk(of_account, within_days, now)
    return History(
        {
            Occasion.LEFT.value: _left(within_days, today),
            Occasion.LEAVING.value: _leaving(of_account, told, today),
            Occasion.AT_RISK.value: at_risk,
            # An abandoned visit is a signal of its own; too few are told apart otherwise.
            Occasion.ABANDONED.value: {ALL: at_risk.get("cancel_intent", (0, 0))},
        }
    )


def _left(within_days: int, today: date) -> dict[str, tuple[int, int]]:
    """Whoever ended so long ago: did they pay again within the time?"""
    within = timedelta(days=within_days)
    ended = LeavingReview.objects.filter(withdrawn_at=None, ended_on__lte=today - within)
    part: Counter[str] = Counter()
    of: Counter[str] = Counter()
    rows = ended.values_list("reason", "ended_on", "returned_on")
    for reason, ended_on, returned_on in rows.iterator(2_000):
        is_back = returned_on is not None and returned_on <= ended_on + within
        for group in {reason, ALL}:
            of[group] += 1
            part[group] += is_back
    return {group: (part[group], count) for group, count in of.items()}


def _leaving(
    of_account: Mapping[str, list[Spell]], told: Iterable[Notice], today: date
) -> dict[str, tuple[int, int]]:
    """Whoever gave notice: do they still pay some time after the announced end? Once for each
    account and end. A reason is known of those alone who went, so nothing is told apart by it."""
    settled = timedelta(days=SETTLED_DAYS)
    cases = {
        (notice.account_id, notice.ends_on): notice
        for notice in told
        if notice.ends_on + settled <= today
    }
    stayed = sum(
        any(
            spell.starts_on <= notice.noticed_on
            and (spell.ended_on is None or spell.ended_on > notice.ends_on + settled)
            for spell in of_account.get(account_id, ())
        )
        for (account_id, _), notice in cases.items()
    )
    return {ALL: (stayed, len(cases))}


def _by_account(spells: Iterable[Spell]) -> Mapping[str, list[Spell]]:
    found: dict[str, list[Spell]] = defaultdict(list)
    for spell in spells:
        found[spell.account_id].append(spell)
    return found


def _pays(spell: Spell, at: datetime) -> bool:
    """Whether that is a time of paying, at that time, without a decision to leave yet."""
    is_undecided = spell.decided_at is None or spell.decided_at > at
    return spell.starts_on <= at.date() and is_undecided


def _at_risk(
    of_account: Mapping[str, list[Spell]], within_days: int, now: datetime
) -> dict[str, tuple[int, int]]:
    """Whoever paid and caused an urgent signal that long ago: had they not decided to leave within
    the time? Each account once in a group, by its first signal: who causes many is one account, and
    which is the last depends on what became of them.
    """
    within = timedelta(days=within_days)
    raised = Signal.objects.filter(raised_at__lte=now - within, urgency__in=URGENT)
    decided: dict[str, list[datetime]] = defaultdict(list)
    reviews = LeavingReview.objects.filter(withdrawn_at=None)
    for account_id, at in reviews.values_list("account_id", "decided_at").iterator(2_000):
        decided[account_id].append(at)
    part: Counter[str] = Counter()
    of: Counter[str] = Counter()
    counted: dict[str, set[str]] = defaultdict(set)
    rows = raised.exclude(kind__in=CHANCES).order_by("raised_at", "id")
    for account_id, kind, at in rows.values_list("account_id", "kind", "raised_at").iterator(2_000):
        if not any(_pays(spell, at) for spell in of_account.get(account_id, ())):
            continue
        has_left = any(at <= one <= at + within for one in decided[account_id])
        for group in {kind, ALL} - counted[account_id]:
            counted[account_id].add(group)
            of[group] += 1
            part[group] += not has_left
    return {group: (part[group], count) for group, count in of.items()}
