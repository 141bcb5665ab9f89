"""Where counts pile up at a round number and never pass it: a limit of the plan, it seems."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenure.card.product_draft_words import comment, counted, toml

LEAST_ACCOUNTS = 8  # on a plan, before a pile means anything
LEAST_PILE = 3
PILE_SHARE = 0.05
PILE_SHARE_MOST = 0.9  # where nearly everybody has the same, nothing has stopped them
NEAR_SHARE = 0.8  # the pile has to be higher than all that stands this close below it,
NEAR_SHARE_FEW = 0.5  # and below ten, where small counts pile up by themselves, this close


@dataclass(frozen=True, slots=True)
class Suspected:
    """Counts of an event, or of seats, that stop at `at_most` on a plan."""

    event: str  # empty: seats
    period: str  # ever | month
    plan: str
    at_most: int
    piled: int  # accounts exactly there
    accounts: int


def suspected_limits(
    counts: Iterable[Mapping[str, Any]], prices: Iterable[Mapping[str, Any]], events: Iterable[str]
) -> list[Suspected]:
    """Limits that the counts of `draft_count` and the seats of `draft_price` suggest.

    On another plan somebody has more, or there is no other plan: else it is no limit of a plan.
    An event that seems limited ever and by the month is taken for limited ever.
    """
    wanted = set(events)
    times: dict[tuple[str, str, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in counts:
        if row["event"] in wanted:
            times[row["event"], row["period"], row["plan"]][row["times"]] += row["accounts"]
    for row in prices:
        if row["quantity"]:
            times["", "ever", row["plan"]][row["quantity"]] += row["accounts"]
    found: dict[tuple[str, str], Suspected] = {}
    for (event, period, plan), histogram in sorted(times.items()):
        at_most = cap_of(histogram)
        elsewhere = [
            max(counts_there)
            for (other, when, there), counts_there in times.items()
            if (other, when) == (event, period) and there != plan
        ]
        is_of_plan = not elsewhere or max(elsewhere) > (at_most or 0)
        if at_most is not None and is_of_plan and (event, plan) not in found:
            found[event, plan] = Suspected(
                event, period, plan, at_most, histogram[at_most], sum(histogram.values())
            )
    periods = {event: one.period for (event, _), one in sorted(found.items(), reverse=True)}
    return [one for one in found.values() if one.period == periods[one.event]]


def cap_of(histogram: Mapping[int, int]) -> int | None:
    """The round number at which the counts stop and pile up; None when they just thin out."""
    accounts = sum(histogram.values())
    if accounts < LEAST_ACCOUNTS:
        return None
    most = max(histogram)
    piled = histogram[most]
    from_share = NEAR_SHARE if most >= 10 else NEAR_SHARE_FEW
    close = sum(n for times, n in histogram.items() if from_share * most <= times < most)
    is_pile = piled >= max(LEAST_PILE, PILE_SHARE * accounts) and piled > close
    is_pile &= piled <= PILE_SHARE_MOST * accounts
    return most if is_pile and most > 1 and _is_round(most) else None


def limit_lines(limits: Sequence[Suspected], names: Mapping[str, str]) -> list[str]:
    """The limits of events as TOML, each with its evidence; seats need no declaration."""
    lines = []
    for event in dict.fromkeys(one.event for one in limits if one.event):
        of_event = [one for one in limits if one.event == event]
        lines.append("[[limit]]")
        for one in of_event:
            lines.append(
                comment(
                    f"on {one.plan} {counted(one.piled, 'account has', 'accounts have')} exactly "
                    f"{one.at_most:,}, and none of {one.accounts:,} has more"
                )
            )
        lines += [
            f"name = {toml(names[event])}",
            'counts = "events"',
            f"event = {toml(event)}",
            f"period = {toml(of_event[0].period)}",
            "",
        ]
    return lines


def _is_round(number: int) -> bool:
    if number < 10:
        return number in (2, 3, 5)
    if number < 100:
        return number % 5 == 0 or number % 12 == 0
    return number % (10 if number < 1000 else 100) == 0
