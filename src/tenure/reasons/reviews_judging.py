"""Was it known or a surprise, and could it have been overcome: what the data propose.

Pure. Known: there was a warning, and one of us saw it or did something before the account decided.
A surprise: there was no warning, or nobody saw it. Of leavings from before Tenure ran here nobody
can tell whether a warning was seen, unless something shows it. docs/reasons.md has the rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tenure.reasons.review_models import Known, Overcome
from tenure.reasons.reviews_acts import LOOKED
from tenure.reasons.taxonomy_parts import OTHER, Taxonomy

Piece = dict[str, Any]

TIME_ENOUGH_DAYS = 14  # from a warning to the decision: whoever sees it can still do something
LEFT_ALONE = frozenset({"seen", "unseen"})  # there was a warning, and nobody did anything


@dataclass(frozen=True, slots=True)
class Attention:
    """Whether it was known, why so, and the first who looked and who acted after a warning."""

    known: str
    because: str  # acted | seen | no_warning | unseen | before_us
    seen: Piece | None = None
    acted: Piece | None = None


def attention_of(
    warnings: Sequence[Piece], acts: Sequence[Piece], decided_at: datetime, watching_since: datetime
) -> Attention:
    """Whether somebody of us knew. Instants in the pieces are ISO texts in UTC."""
    if not warnings:
        return Attention(Known.SURPRISE, "no_warning")
    minded = [
        act
        for act in acts
        if warnings[0]["at"] <= act["at"] < decided_at.isoformat() and _is_about(act, warnings)
    ]
    done = next((act for act in minded if act["is_act"]), None)
    seen = minded[0] if minded else None
    if done is not None:
        return Attention(Known.KNOWN, "acted", seen, done)
    if seen is not None:
        return Attention(Known.KNOWN, "seen", seen)
    if decided_at < watching_since:
        return Attention("", "before_us")
    return Attention(Known.SURPRISE, "unseen")


def _is_about(act: Piece, warnings: Sequence[Piece]) -> bool:
    """An answer is attention to its own ticket alone; all else is attention to the account."""
    if act["what"] != "answered":
        return True
    return any(each.get("ticket") == act["ticket"] for each in warnings)


def lead_days(warnings: Sequence[Piece], decided_at: datetime) -> int | None:
    """Whole days from the earliest warning to the decision; None without one."""
    if not warnings:
        return None
    return (decided_at - datetime.fromisoformat(warnings[0]["at"])) // timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Chance:
    """Whether it could have been overcome, and what that rests on."""

    overcome: str
    because: tuple[str, ...]


def overcome_of(
    reason: str,
    known: Taxonomy,
    *,
    lead: int | None,
    attention: Attention,
    broken: Sequence[Piece],
    tried: Sequence[Piece],
) -> Chance:
    """What the taxonomy says of the reason, moved by what was seen.

    Without a reason, and a promise that we broke, nobody can tell. What can be avoided in part
    could have been overcome where we broke a promise, or had time enough and nobody acted. What
    can be avoided could be so only in part where somebody acted in time and they left all the same.
    """
    if not reason or reason == OTHER:
        if broken:
            return Chance(Overcome.YES, ("promise_broken",))
        return Chance("", ("reason_unknown",))
    base = known.reason(reason).avoidable
    because = [f"avoidable_{base}"]
    had_time = lead is not None and lead >= TIME_ENOUGH_DAYS
    if base == Overcome.NO:
        return Chance(Overcome.NO, tuple(because))
    if broken:
        return Chance(Overcome.YES, (*because, "promise_broken"))
    if base == Overcome.PARTLY and had_time and attention.because in LEFT_ALONE:
        return Chance(Overcome.YES, (*because, "time_unused"))
    if base == Overcome.YES and _tried_in_time(tried, attention):
        return Chance(Overcome.PARTLY, (*because, "tried_in_vain"))
    return Chance(base, tuple(because))


def _tried_in_time(tried: Sequence[Piece], attention: Attention) -> bool:
    return attention.acted is not None and any(each["what"] not in LOOKED for each in tried)
