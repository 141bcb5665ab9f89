"""What this installation knows: the columns of its cards, and the events that were ever seen."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.card.catalogue import account_columns, person_columns
from tenure.kit.sql_file import load
from tenure.kit.wide_relation import Column
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import reading
from tenure.segments.vocabulary import ACCOUNT, OVER, PERSON, Vocabulary


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An event by its name: how often it was seen in the last 90 days, and when last."""

    name: str
    events: int
    last_on: date


def columns_of(over: str) -> dict[str, Column]:
    """The columns of a card and the id that it is of, by name."""
    if over == PERSON:
        own_id = _id("person_id", _("Id of the person"), _("Is it this one?"))
        return {own_id.name: own_id, **person_columns()}
    own_id = _id("account_id", _("Id of the account"), _("Is it this one?"))
    return {own_id.name: own_id, **account_columns()}


def vocabulary_of(over: str) -> Vocabulary:
    """What a condition over accounts, or over people, may name here. Raises InvalidInput."""
    if over not in OVER:
        raise InvalidInput(f"over is {over!r}; use {' or '.join(OVER)}", field="over")
    events = frozenset(event.name for event in events_seen(settings.TENURE_HOME))
    accounts = columns_of(ACCOUNT) if over == PERSON else {}
    return Vocabulary(over, columns_of(over), accounts, events)


def _id(name: str, meaning: str, question: str) -> Column:
    return Column(name, "varchar", "", meaning, question)


def events_seen(home: Home) -> list[EventSeen]:
    """Every event name of the published state, the most frequent first; kept until the next."""
    manifest = read_manifest(home)
    return list(_events_seen(manifest.number, home)) if manifest else []


@lru_cache(maxsize=4)
def _events_seen(number: int, home: Home) -> tuple[EventSeen, ...]:
    with reading(home, threads=1) as reader:
        rows = reader.rows(load("tenure.segments", "event_seen"))
    return tuple(EventSeen(**row) for row in rows)  # type: ignore[arg-type]
