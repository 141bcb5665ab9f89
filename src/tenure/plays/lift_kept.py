"""The report of plays without counting it at every look.

Few enrolments are counted where they are asked for, anew when there is news. Many are counted in a
process of their own, every ten minutes at most while somebody looks: until it is done the report of
before is told, with when it was counted.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import Count, Max

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.kit.counted_apart import count_apart, read_counted, write_counted
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import company_day
from tenure.plays.lift import plays_report
from tenure.plays.lift_parts import PlaysReport
from tenure.plays.models import Enrolment, PlaySwitch

HERE_AT_MOST = 5_000  # enrolments: some tenths of a second on one core
FRESH_FOR = timedelta(minutes=10)
MODULE = "tenure.plays.lift_alone"
BEING_COUNTED = "the report of plays is being counted; ask again in a minute"
_REPORTS_KEPT, _FILES_KEPT = 4, 12
_memory: OrderedDict[tuple[object, ...], "Written"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Written:
    """A report and when it was counted."""

    report: PlaysReport
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """None of `written`: it is being counted for the first time. `is_counting`: anew, meanwhile."""

    written: Written | None
    is_counting: bool = False

    @property
    def report(self) -> PlaysReport | None:
        return self.written.report if self.written else None


def report_kept(
    home: Home,
    now: datetime,
    *,
    currency: str = "",
    here_at_most: int = HERE_AT_MOST,
    begin: Callable[[Path, Sequence[str], Mapping[str, str]], bool] = count_apart,
) -> Kept:
    """The report, as fresh as can be had at once. `begin` counts many apart."""
    # Ids are counted up: the last one says at once that there are no more than so many.
    last = Enrolment.objects.aggregate(last=Max("pk"))["last"] or 0
    if last > here_at_most:
        file = file_of(home, currency)
        held = read_counted(file, Written)
        if held is not None and now - held.counted_at < FRESH_FOR:
            return Kept(held)
        command = [sys.executable, "-m", MODULE, str(file), currency]
        if begin(file, command, {"TENURE_HOME": str(home.root)}):
            return Kept(held, is_counting=True)
    state = _state(home, now, currency)
    counted = _memory.get(state)
    if counted is None:
        counted = _memory[state] = Written(plays_report(home, now, currency=currency), now)
        while len(_memory) > _REPORTS_KEPT:
            _memory.popitem(last=False)
    return Kept(counted)


def file_of(home: Home, currency: str) -> Path:
    """Where a report lies that another process has counted. No account is named in it."""
    return home.root / "figures" / f"plays-{digest(str(home.root), currency)[:24]}.json"


def write_report(file: Path, written: Written) -> None:
    """Put it where whoever asks will find it."""
    write_counted(file, written, pattern="plays-*.json", most=_FILES_KEPT)


def _state(home: Home, now: datetime, currency: str) -> tuple[object, ...]:
    """What differs as soon as a figure may: news in the lake, of an enrolment or a switch, or ten
    minutes, in which messages went out and were switched off.
    """
    manifest = read_manifest(home)
    seen = Enrolment.objects.aggregate(Count("pk"), Max("pk"), Max("goal_at"))
    switched = PlaySwitch.objects.aggregate(Count("pk"), Max("changed_at"))
    return (
        str(home.root),
        currency,
        manifest.number if manifest else -1,
        company_day(home, now),
        *sorted(seen.items()),
        *sorted(switched.items()),
        int(now.timestamp() // FRESH_FOR.total_seconds()),
    )
