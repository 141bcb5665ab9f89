"""How many accounts were heard on each day that is over? Counted in the lake.

The watch keeps what it counted, because counting reads all events of a day; a replay counts anew.
"""

import json
from datetime import date, datetime
from functools import partial
from typing import Any

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.kit.sql_file import load
from tenure.lake.reading import reading
from tenure.lake.shipping import last_batch
from tenure.signals.cursors import set_text, text_of
from tenure.signals.days import instant, micros
from tenure.signals.measured import TALK, USE, WIDGET, Heard, Measured, unmeasured_days
from tenure.signals.rules import Rules
from tenure.signals.watched import watched_by

KEPT = "heard"
LOOKED_BACK_DAYS = 180
COLUMNS = {USE: "used", TALK: "talked", WIDGET: "alive"}


def measured(home: Home, rules: Rules, now: datetime) -> Measured:
    """Which days were measured, by all that the lake holds; it is read when somebody asks."""
    today = rules.calendar.day_of(micros(now))
    return Measured(partial(_counted, home, rules, 0, today), today, rules.calendar)


def measured_by_kept(home: Home, rules: Rules, now: datetime) -> Measured:
    """The same for who watches: days that were counted before are not counted again."""
    today = rules.calendar.day_of(micros(now))
    return Measured(partial(_kept, home, rules, today), today, rules.calendar)


def unheard_since(home: Home, rules: Rules, now: datetime) -> date | None:
    """The first of the days up to yesterday on which hardly anybody was there; None without any."""
    today = rules.calendar.day_of(micros(now))
    heard = _counted(home, rules, today - LOOKED_BACK_DAYS, today)
    missing = unmeasured_days(heard, today)[USE]
    first = today
    while first - 1 in missing:
        first -= 1
    return date.fromordinal(first) if first < today else None


def count_again_from(day: int) -> None:
    """More became known of that day, or of days after it."""
    kept = json.loads(text_of(KEPT) or "{}")
    if kept and day < kept["until"]:
        _keep(kept["by"], day, _before(kept["heard"], day))


def _kept(home: Home, rules: Rules, today: int) -> Heard:
    by = digest(rules.calendar.time_zone, json.dumps(_names(rules)))
    kept = json.loads(text_of(KEPT) or "{}")
    if kept.get("by") != by:
        kept = {"until": 0, "heard": {}}
    heard = _before(kept["heard"], today)
    if kept["until"] < today:
        for way, days in _counted(home, rules, kept["until"], today).items():
            heard[way] |= days
        _keep(by, today, heard)
    return heard


def _keep(by: str, until: int, heard: Heard) -> None:
    set_text(KEPT, json.dumps({"by": by, "until": until, "heard": heard}))


def _before(heard: dict[str, dict[str, int]], today: int) -> dict[str, dict[int, int]]:
    return {
        way: {int(day): count for day, count in heard.get(way, {}).items() if int(day) < today}
        for way in COLUMNS
    }


def _counted(home: Home, rules: Rules, first: int, today: int) -> Heard:
    """The accounts heard on each day from the first on, before today."""
    last = last_batch(home)
    if last is None:
        return {}
    starts_at = rules.calendar.starts_at
    with reading(home, fresh=True, threads=1) as reader:
        rows = reader.rows(
            load("tenure.signals", "heard_day"),
            **_names(rules),
            last_batch=last.number,
            since_at=instant(starts_at(first) if first else 0),
            until_at=instant(starts_at(today)),
            time_zone=rules.calendar.time_zone,
        )
    return {
        way: {row["day"].toordinal(): row[column] for row in rows if row[column]}
        for way, column in COLUMNS.items()
    }


def _names(rules: Rules) -> dict[str, Any]:
    return {
        "talks": sorted(rules.conversation_silence.events),
        "heartbeat": rules.cancel_intent.heartbeat_event,
        "not_use": sorted(watched_by(rules).not_use),
    }
