"""The report of leaving, counted: from visits and accounts to what may be said of them. Pure.

Lift is by account and by intention to treat: everybody counts who opened a visit, in the arm that
chance gave them, whatever they saw or did. Whose horizon is not over is left out of both arms.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from tenure.offboard.report_parts import (
    AT_DAYS,
    HOLD_OUT,
    HORIZON_DAYS,
    TREATED,
    Claim,
    Counts,
    Passed,
    Report,
    Slice,
    Watched,
)
from tenure.offboard.report_save_rates import save_rates
from tenure.offboard.report_words import claim_words, slice_words
from tenure.proof.lift import LEVEL, Lift, Tally, in_all, lift_of_means, lift_of_shares, tally
from tenure.proof.ratio import Ratio, sample_ratio_of
from tenure.proof.shares import Share, share_of

T = TypeVar("T", Passed, Watched)
WORTH_SHARE = 0.05  # five accounts of a hundred, or of the margin at stake: less would not matter


@dataclass(frozen=True, slots=True)
class Frame:
    """What the report is about."""

    first_on: date | None
    before_on: date
    currency: str
    gross_margin_share: float
    by: tuple[str, ...] = ()


def report_of(passed: Sequence[Passed], watched: Sequence[Watched], frame: Frame) -> Report:
    """What these visits, and the accounts behind them, tell."""
    return Report(
        first_on=frame.first_on,
        before_on=frame.before_on,
        currency=frame.currency,
        gross_margin_share=frame.gross_margin_share,
        counts=counts_of(passed),
        saved=saved_of(passed),
        claims=claims_of(passed, watched, frame),
        ratio=ratio_of(watched),
        slices=slices_of(passed, watched, frame.by),
        save_rates=save_rates(passed),
    )


def counts_of(passed: Iterable[Passed]) -> Counts:
    """How many came, and what they came to."""
    visits = list(passed)
    own = [each for each in visits if each.arm == TREATED]
    return Counts(
        visits=len(visits),
        accounts=len({each.account_id for each in visits}),
        people=len({each.person_id for each in visits if each.person_id}),
        held_out=len(visits) - len(own),
        under_way=sum(not each.outcome for each in own),
        shown=sum(bool(each.offers_shown) for each in own),
        accepted=sum(each.accepted for each in own),
        confirmed=sum(is_confirmed(each) for each in own),
        canceled=sum(each.outcome == "canceled" for each in own),
        abandoned=sum(each.outcome == "abandoned" for each in own),
        returned=sum(each.has_returned for each in own),
        cost_minor=sum(each.cost_minor for each in own if each.accepted),
    )


def is_confirmed(visit: Passed) -> bool:
    """Accepted, read back from billing, and not cancelled since."""
    return visit.accepted and visit.outcome == "saved" and visit.billing == "done"


def saved_of(passed: Iterable[Passed]) -> dict[int, Share]:
    """Of who was not held out and came so many days ago: whose accepted offer has kept them."""
    own = [each for each in passed if each.arm == TREATED]
    found = {}
    for at_days in AT_DAYS:
        over = [each for each in own if each.kept.get(at_days, False) is not None]
        part = sum(is_saved(each, at_days) for each in over)
        found[at_days] = share_of(part, len(over))
    return found


def is_saved(visit: Passed, at_days: int) -> bool:
    """Whether the offer that was accepted has kept them until that day."""
    return visit.accepted and visit.outcome != "canceled" and bool(visit.kept.get(at_days))


def claims_of(
    passed: Sequence[Passed], watched: Sequence[Watched], frame: Frame
) -> tuple[Claim, ...]:
    """Still paying at 30 and at 180 days, and the margin of 180 days: treated less hold-out."""
    visits_each = len(passed) / len(watched) if watched else 1.0
    found = [_paying_claim(watched, at_days, visits_each) for at_days in AT_DAYS]
    return (*found, _margin_claim(watched, frame, visits_each))


def paying_lift(
    watched: Iterable[Watched], at_days: int, level: float = LEVEL, worth: float = WORTH_SHARE
) -> Lift:
    """How many more of the treated are still paying on that day."""
    tallies = _tallies(
        (each, float(said), 0.0)
        for each in watched
        if (said := each.paying.get(at_days)) is not None
    )
    return lift_of_shares(tallies[TREATED], tallies[HOLD_OUT], worth=worth, level=level)


def margin_lift(watched: Iterable[Watched], gross_margin_share: float) -> Lift:
    """How much more margin a treated account leaves in 180 days. What was at stake is taken out."""
    rows, stakes = [], []
    for each in watched:
        margin, stake = each.margin_minor(gross_margin_share), each.stake_minor
        if margin is not None and stake is not None:
            rows.append((each, margin, stake * gross_margin_share))
            stakes.append(stake * gross_margin_share)
    worth = WORTH_SHARE * sum(stakes) / len(stakes) if stakes else 0.0
    tallies = _tallies(rows)
    return lift_of_means(tallies[TREATED], tallies[HOLD_OUT], worth=worth)


def ratio_of(watched: Iterable[Watched]) -> Ratio | None:
    """Whether chance has left alone as many as it should; None where nobody was to be."""
    counts: dict[float, dict[str, int]] = defaultdict(lambda: {TREATED: 0, HOLD_OUT: 0})
    for each in watched:
        if 0 < each.hold_out_share < 1:
            counts[each.hold_out_share][each.arm] += 1
    if not counts:
        return None
    return sample_ratio_of(
        [(arms, {TREATED: 1 - share, HOLD_OUT: share}) for share, arms in sorted(counts.items())]
    )


def slices_of(
    passed: Sequence[Passed], watched: Sequence[Watched], by: Sequence[str]
) -> tuple[Slice, ...]:
    """The same by offer, reason, segment and so on.

    A slice that both arms have gets its own lift, at a level that holds for all slices of its kind
    together. What was offered, only the treated have: it gets none.
    """
    found = []
    for name in by:
        visits = _by_group(passed, name)
        accounts = _by_group(watched, name) if name != "offer" else {}
        level = 1 - (1 - LEVEL) / max(1, len(visits))
        for key in sorted(visits, key=lambda key: (-len(visits[key]), key)):
            lift = None
            if name != "offer":
                lift = paying_lift(accounts.get(key, ()), HORIZON_DAYS, level)
            note = slice_words(name, lift, len(visits))
            own = visits[key]
            found.append(Slice(name, key, counts_of(own), saved_of(own), lift, note))
    return tuple(found)


def _paying_claim(watched: Sequence[Watched], at_days: int, visits_each: float) -> Claim:
    lift = paying_lift(watched, at_days)
    not_over = sum(each.paying.get(at_days) is None for each in watched)
    return _claim(f"paying_{at_days}", "share", lift, visits_each, not_over)


def _margin_claim(watched: Sequence[Watched], frame: Frame, visits_each: float) -> Claim:
    lift = margin_lift(watched, frame.gross_margin_share)
    not_over = sum(each.revenue_minor is None for each in watched)
    name = f"margin_{HORIZON_DAYS}"
    return _claim(name, "minor", lift, visits_each, not_over, frame.currency)


def _claim(  # noqa: PLR0913
    name: str, unit: str, lift: Lift, visits_each: float, not_over: int, currency: str = ""
) -> Claim:
    more = None if lift.more_needed is None else round(lift.more_needed * visits_each)
    sentence = claim_words(name, lift, more, not_over, currency)
    return Claim(name, unit, lift, in_all(lift, lift.treated), more, not_over, sentence)


def _tallies(rows: Iterable[tuple[Watched, float, float]]) -> dict[str, list[Tally]]:
    """By arm, one tally for each share under which accounts were assigned. Where the share left
    nobody to compare with, they are left out.
    """
    values: dict[tuple[str, float], tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for each, value, before in rows:
        if 0 < each.hold_out_share < 1:
            outcomes, known = values[each.arm, each.hold_out_share]
            outcomes.append(value)
            known.append(before)
    found: dict[str, list[Tally]] = {TREATED: [], HOLD_OUT: []}
    for (arm, share), (outcomes, known) in sorted(values.items()):
        chance = share if arm == HOLD_OUT else 1 - share
        found[arm].append(tally(outcomes, chance, known))
    return found


def _by_group(rows: Iterable[T], name: str) -> Mapping[str, list[T]]:
    found: dict[str, list[T]] = defaultdict(list)
    for each in rows:
        keys = each.offers_shown if name == "offer" else each.groups.get(name, ())
        for key in keys:
            found[key].append(each)
    return found
