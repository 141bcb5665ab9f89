"""What this installation knows: the columns of its cards, and the events that were ever seen."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.conf import settings

from tenure.base.home import Home
from tenure.card.catalogue import account_columns, person_columns
from tenure.kit.sql_file import load
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import reading
from tenure.segments.vocabulary import ACCOUNT, PERSON, Vocabulary


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event by its name: how often it was seen in the last 90 days, and when last."""

    name: str
    events: int
    last_on: date


def vocabulary_of(over: str) -> Vocabulary:
    """What a condition over accounts, or over people, may name here."""
    events = frozenset(event.name for event in events_seen(settings.TENURE_HOME))
    if over == PERSON:
        return Vocabulary(PERSON, person_columns(), account_columns(), events)
    return Vocabulary(ACCOUNT, account_columns(), {}, events)


def events_seen(home: Home) -> list[EventSeen]:
    """Every event name of the published state, the most frequent first; kept until the next."""
    manifest = read_manifest(home)
    return list(_events_seen(manifest.number, home)) if manifest else []


@lru_cache(maxsize=4)
def _events_seen(number: int, home: Home) -> tuple[EventSeen, ...]:
    with reading(home, threads=1) as reader:
        rows = reader.rows(load("tenure.segments", "event_seen"))
    return tuple(EventSeen(**row) for row in rows)  # type: ignore[arg-type]
