"""Everything that follows of saves, in the worker's turn after cards and segments."""

from datetime import date, datetime

from tenure.base.home import Home
from tenure.lake.reading import company_day
from tenure.saves.follow_up import follow_up
from tenure.saves.models import Save, SavesCursor
from tenure.saves.proving import Proved, prove
from tenure.saves.similar import follow_similar
from tenure.saves.telling import tell_of_saves
from tenure.saves.watching import watch_commitments

CURSOR = "similar"


def follow_saves(home: Home, now: datetime) -> Proved:
    """What proving came to. Commitments are watched, tasks opened and dropped, standings recorded;
    similar accounts are looked at once a day. May be killed anywhere, and is then done again."""
    today = company_day(home, now)
    proved = prove(home, now)
    watch_commitments(home, now)
    follow_up(home, now)
    if Save.objects.filter(mode="live").exists() and not _is_done(today):
        follow_similar(home, now)
        SavesCursor.objects.update_or_create(name=CURSOR, defaults={"seen": today.isoformat()})
    tell_of_saves(home, now)
    return proved


def _is_done(today: date) -> bool:
    return SavesCursor.objects.filter(name=CURSOR, seen=today.isoformat()).exists()
