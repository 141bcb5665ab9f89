"""Everything that the page about leaving counts over all visits of some days, as plain data.

It reads every visit, so its cost rises with them: `kept.py` says when and where it is done.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from tenure.base.home import Home
from tenure.console.pages.leaving.choose import SLICED_BY, STEPS, SURVIVAL_BY, Choice, chosen
from tenure.lake.reading import company_day
from tenure.offboard.report import report
from tenure.offboard.report_parts import AT_DAYS, Report
from tenure.saves.earnings import earned_by
from tenure.saves.models import Kind, Save, SaveCheck
from tenure.saves.survival import AT_DAYS as SURVIVAL_DAYS
from tenure.saves.survival import SurvivalOf, survival_of_saves

GROUPS_MOST = 12  # of one column, whose survival is drawn
CURVE_DAYS = sorted({*range(0, 366, 7), *SURVIVAL_DAYS})
SAVES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Over:
    """Of how many accepted offers of one kind the time is over. `offer` is "" for all."""

    offer: str
    at_days: int
    count: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Who accepted this very offer, and whom it has kept for 30 days."""

    offer: str
    accepted: int
    kept: int


@dataclass(slots=True)
class Money:
    """What saves cost and brought in one currency; never added across them."""

    currency: str
    saves: int = 0
    conceded_minor: int = 0
    paid_minor: int = 0
    forgone_minor: int = 0
    margin_minor: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted, and when. `survival` has the points of CURVE_DAYS."""

    counted_at: datetime
    report: Report
    over: tuple[Over, ...]
    taken: tuple[Taken, ...]
    standing: dict[str, int]
    money: tuple[Money, ...]
    survival: tuple[SurvivalOf, ...]

    def over_at(self, at_days: int, offer: str = "") -> int:
        """Of how many accepted offers so many days are over."""
        return sum(
            each.count for each in self.over if (each.offer, each.at_days) == (offer, at_days)
        )

    def survival_by(self, by: str) -> list[SurvivalOf]:
        """Its groups, the largest first."""
        return [each for each in self.survival if each.by == by]


def count_figures(home: Home, first_on: date | None, before_on: date, *, now: datetime) -> Figures:
    """The figures of live visits and saves of these days of the company. Its sentences are in the
    language of the process. Raises as `report` does.
    """
    saves = list(saves_between(first_on, before_on).order_by("pk"))
    return Figures(
        counted_at=now,
        report=report(home, first_on, before_on, now=now, by=SLICED_BY),
        over=_over(first_on, before_on),
        taken=_taken(home, first_on, before_on),
        standing=dict(Counter(each.status for each in saves)),
        money=_money(saves),
        survival=tuple(_survival(home, first_on, before_on, now)),
    )


def saves_between(first_on: date | None, before_on: date) -> QuerySet[Save]:
    """The saves of the days that count."""
    found = Save.objects.filter(mode="live", kind=Kind.SAVE, superseded_by="")
    if first_on is not None:
        found = found.filter(opened_on__gte=first_on)
    return found.filter(opened_on__lt=before_on)


def _over(first_on: date | None, before_on: date) -> tuple[Over, ...]:
    checks = SaveCheck.objects.filter(
        save_of__mode="live", save_of__kind=Kind.SAVE, save_of__opened_on__lt=before_on,
        at_days__in=AT_DAYS, is_paying__isnull=False,
    )  # fmt: skip
    if first_on is not None:
        checks = checks.filter(save_of__opened_on__gte=first_on)
    counts: Counter[tuple[str, int]] = Counter()
    for offer, at_days in checks.values_list("save_of__offer", "at_days").iterator(2_000):
        counts["", at_days] += 1
        counts[offer, at_days] += 1
    return tuple(Over(offer, at_days, count) for (offer, at_days), count in sorted(counts.items()))


def _taken(home: Home, first_on: date | None, before_on: date) -> tuple[Taken, ...]:
    visits = chosen(Choice(first_on), before_on, home.company.time_zone).order_by()
    accepted, kept = (
        Counter(visits.filter(STEPS[step][1]).values_list("offer", flat=True))
        for step in ("accepted", "saved_30")
    )
    return tuple(Taken(offer, accepted[offer], kept[offer]) for offer in sorted(accepted))


def _money(saves: list[Save]) -> tuple[Money, ...]:
    sums: dict[str, Money] = {}
    for start in range(0, len(saves), SAVES_AT_ONCE):
        part = saves[start : start + SAVES_AT_ONCE]
        for save, earned in zip(part, earned_by(part), strict=True):
            into = sums.setdefault(save.currency, Money(save.currency))
            into.saves += 1
            into.conceded_minor += save.cost_minor
            into.paid_minor += earned.paid_minor
            into.forgone_minor += earned.forgone_minor
            into.margin_minor += earned.margin_minor
    return tuple(sums[currency] for currency in sorted(sums))


def _survival(
    home: Home, first_on: date | None, before_on: date, now: datetime
) -> list[SurvivalOf]:
    today = company_day(home, now)
    return [
        group
        for by in SURVIVAL_BY
        for group in survival_of_saves(
            today=today, by=by, at_days=CURVE_DAYS, since_on=first_on, before_on=before_on
        )[:GROUPS_MOST]
    ]
