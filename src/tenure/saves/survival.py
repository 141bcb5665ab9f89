"""How many saves are still there after so many days, by offer, reason or segment, beside similar
accounts that had not tried to leave.

Kaplan–Meier. Who is still there and open is watched until today; who rests (a pause, free months)
and has not paid since is watched until the rest began: nobody is retained by not paying. Read from
state: quick enough for a page.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tenure.base.errors import InvalidInput
from tenure.proof.survival import SurvivalPoint, kaplan_meier
from tenure.saves.due import rests_from, rests_until
from tenure.saves.keeping import APPLIED
from tenure.saves.models import Kind, Save, Similar

BY = ("offer", "offer_kind", "reason", "segment", "plan", "stage", "kind")
AT_DAYS = (7, 30, 90, 180, 365)
# Fewer say nothing that could be told apart from chance.
FEW = 5


@dataclass(frozen=True, slots=True)
class Watched:
    """How long one was watched, and whether it was gone then."""

    days: int
    is_gone: bool


@dataclass(frozen=True, slots=True)
class SurvivalOf:
    """One group. `similar` is empty where no similar account was found: then there is nothing to
    compare with, and `note` says so.
    """

    by: str
    group: str
    count: int
    gone: int
    resting: int  # watched only until their rest began
    points: tuple[SurvivalPoint, ...]
    similar: tuple[SurvivalPoint, ...]
    similar_count: int
    without_similar: int  # saves for which none was found, or looked for yet
    note: str  # "" | few | no_similar


def survival_of_saves(
    *,
    today: date,
    by: str = "",
    at_days: Sequence[int] = AT_DAYS,
    since_on: date | None = None,
    before_on: date | None = None,
    level: float = 0.95,
) -> list[SurvivalOf]:
    """The survival of each group, the largest first; one group "" of all when `by` is empty.

    By `segment` an account counts in each that it was in. By `kind` what is followed beside the
    saves stands there as well, which else is left out. Saves that billing never showed do not
    count. Raises InvalidInput for a `by` that there is not.
    """
    if by and by not in BY:
        raise InvalidInput(f"by: {by!r} is none; use one of {', '.join(BY)}", field="by")
    saves = Save.objects.filter(
        mode="live", superseded_by="", applying__in=APPLIED, opened_on__lt=today
    )
    if by != "kind":
        saves = saves.filter(kind=Kind.SAVE)
    if since_on is not None:
        saves = saves.filter(opened_on__gte=since_on)
    if before_on is not None:
        saves = saves.filter(opened_on__lt=before_on)
    groups: dict[str, list[Save]] = defaultdict(list)
    for save in saves.order_by("pk"):
        for group in groups_of(save, by):
            groups[group].append(save)
    beside = _similar([save.pk for each in groups.values() for save in each])
    found = [
        _survival(by, group, members, beside, (today, tuple(at_days), level))
        for group, members in groups.items()
    ]
    return sorted(found, key=lambda each: (-each.count, each.group))


def groups_of(save: Save, by: str) -> list[str]:
    """The groups that a save counts in."""
    if not by:
        return [""]
    return list(save.segments) if by == "segment" else [str(getattr(save, by))]


def watched_of(save: Save, today: date) -> Watched:
    """How long a save was watched."""
    if save.gone_on is not None and save.gone_on <= today:
        return Watched((save.gone_on - save.opened_on).days, True)
    if is_resting(save, today):
        began = rests_from(save.offer_kind, save.terms) or save.opened_on
        return Watched(max((min(began, today) - save.opened_on).days, 0), False)
    return Watched((today - save.opened_on).days, False)


def is_resting(save: Save, today: date) -> bool:
    """It was agreed that nothing is paid for a while, and nothing has been paid since."""
    until = rests_until(save.offer_kind, save.terms)
    if until is None:
        return False
    return until > today or save.renewal_paid_on is None


def _similar(ids: Iterable[int]) -> dict[int, list[Similar]]:
    found: dict[int, list[Similar]] = defaultdict(list)
    wanted = sorted(set(ids))
    for first in range(0, len(wanted), 500):
        for each in Similar.objects.filter(save_of_id__in=wanted[first : first + 500]):
            found[each.save_of_id].append(each)
    return found


def _survival(
    by: str,
    group: str,
    members: Sequence[Save],
    beside: dict[int, list[Similar]],
    asked: tuple[date, tuple[int, ...], float],
) -> SurvivalOf:
    today, at_days, level = asked
    watched = [watched_of(save, today) for save in members]
    others = [each for save in members for each in beside.get(save.pk, ())]
    of_others = [
        Watched(((each.gone_on or today) - each.from_on).days, each.gone_on is not None)
        for each in others
    ]
    few = "few" if len(members) < FEW else ""
    return SurvivalOf(
        by=by,
        group=group,
        count=len(members),
        gone=sum(each.is_gone for each in watched),
        resting=sum(is_resting(save, today) and save.gone_on is None for save in members),
        points=_points(watched, at_days, level),
        similar=_points(of_others, at_days, level) if others else (),
        similar_count=len(others),
        without_similar=sum(save.pk not in beside for save in members),
        note=few or ("" if others else "no_similar"),
    )


def _points(
    watched: Sequence[Watched], at_days: Sequence[int], level: float
) -> tuple[SurvivalPoint, ...]:
    days = [float(each.days) for each in watched]
    ended = [each.is_gone for each in watched]
    return tuple(kaplan_meier(days, ended, [float(day) for day in at_days], level))
