"""The figures of the page about leaving, without counting them at every look.

They are kept until a visit, a save's check or the lake has news, or a day begins. Few visits are
counted where they are asked for; many in a process of its own, so that the web process answers
everybody else meanwhile: until it is done, the page shows the figures of before, or that they are
being counted.
"""

import sys
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from threading import Lock

from django.db.models import Max
from django.utils.translation import get_language

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.console.pages.leaving.choose import Choice, chosen
from tenure.console.pages.leaving.count import Figures, count_figures
from tenure.kit.counted_apart import count_apart, read_counted, write_counted
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import company_day
from tenure.offboard.models import Visit
from tenure.offers.models import Concession
from tenure.saves.models import Save, SaveCheck

HERE_AT_MOST = 700  # visits: about a fifth of a second on one core
SPANS_KEPT = 6  # in memory
FILES_KEPT = 24
MODULE = "tenure.console.pages.leaving.count_alone"


@dataclass(frozen=True, slots=True)
class Kept:
    """None of `figures`: they are being counted for the first time. Not `is_current`: of before."""

    figures: Figures | None
    is_current: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """What the other process leaves."""

    state: str
    figures: Figures


_memory: OrderedDict[tuple[str, ...], Figures] = OrderedDict()
_lock = Lock()


def kept_figures(
    home: Home,
    first_on: date | None,
    before_on: date,
    *,
    now: datetime,
    here_at_most: int = HERE_AT_MOST,
) -> Kept:
    """The figures of these days, in the reader's language. Raises as `count_figures` does."""
    state, language = state_of(home, now), get_language() or "en"
    span = (str(home.root), str(first_on), str(before_on), language)
    key = (*span, state)
    with _lock:
        if key in _memory:
            _memory.move_to_end(key)
            return Kept(_memory[key])
    file = folder(home) / f"leaving-{digest(*span)[:24]}.json"
    if visits_between(home, first_on, before_on) > here_at_most:
        held = read(file)
        if held is None or held.state != state:
            failed = not _count_elsewhere(home, file, (first_on, before_on, language))
            if not failed:
                return Kept(held.figures if held else None, is_current=False)
        else:
            return Kept(_remember(key, held.figures))
    return Kept(_remember(key, count_figures(home, first_on, before_on, now=now)))


def visits_between(home: Home, first_on: date | None, before_on: date) -> int:
    """How many live visits the figures of these days are of."""
    return chosen(Choice(first_on), before_on, home.company.time_zone).count()


def state_of(home: Home, now: datetime) -> str:
    """What differs as soon as any figure may."""
    manifest = read_manifest(home)
    visits = Visit.objects.aggregate(at=Max("last_at"), ended=Max("ended_at"))
    saves = Save.objects.aggregate(
        last=Max("pk"), proved=Max("proved_at"), applied=Max("applied_at")
    )
    return digest(
        company_day(home, now).isoformat(),
        str(manifest.number if manifest else 0),
        str(Visit.objects.count()),
        *map(str, visits.values()),
        *map(str, saves.values()),
        str(Save.objects.count()),
        str(SaveCheck.objects.aggregate(at=Max("seen_at"))["at"]),
        str(Concession.objects.aggregate(last=Max("pk"))["last"]),
    )


def folder(home: Home) -> Path:
    """Where figures lie that another process has counted. No account is named in them."""
    return home.root / "figures"


def read(file: Path) -> Written | None:
    """What lies there; None where nothing does, or an earlier version of Tenure left it."""
    return read_counted(file, Written)


def write(file: Path, written: Written) -> None:
    """Put it there at once, and let the oldest of too many go."""
    write_counted(file, written, pattern="leaving-*.json", most=FILES_KEPT)


def _remember(key: tuple[str, ...], figures: Figures) -> Figures:
    with _lock:
        _memory[key] = figures
        while len(_memory) > SPANS_KEPT:
            _memory.popitem(last=False)
    return figures


def _count_elsewhere(home: Home, file: Path, asked: tuple[date | None, date, str]) -> bool:
    """Start the process, unless it runs. False where the last one failed: then count here."""
    first_on, before_on, language = asked
    words = [str(file), str(first_on or ""), str(before_on), language]
    env = {"TENURE_HOME": str(home.root)}
    return count_apart(file, [sys.executable, "-m", MODULE, *words], env)
