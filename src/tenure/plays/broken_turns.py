"""What of a turn that could not be taken, because of what its play or its subject says?

Nothing of it is lost: what was heard in it is kept with the row and heard again, and a time that
had come keeps its place, so that a deadline counts from when it was due. It is tried again in an
hour; what is heard meanwhile comes after what could not be heard.

`Enrolment.unheard` is null while turns can be taken. Else `due_at` is when it is tried again, and
`was_due_at` the time that had come or will come.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from tenure.base.errors import TenureError
from tenure.plays.fault_words import fault_words
from tenure.plays.models import Enrolment, PlayDecision
from tenure.plays.tally import add, changed
from tenure.plays.turns import Happening, Occurred

log = logging.getLogger("tenure.plays")

# What a play, a card or a trait may say that no turn can be taken of. Ours are worse, and stop it.
UNTAKEABLE = (TenureError, ArithmeticError, LookupError, TypeError, ValueError, AssertionError)
AGAIN_AFTER = timedelta(hours=1)
# Of one event; no play waits for so many of one kind.
UNHEARD_MOST = 100


def is_broken(row: Enrolment) -> bool:
    """Whether its last turn is still to be taken."""
    return row.unheard is not None


def due_of(row: Enrolment) -> datetime | None:
    """When its time has come or comes, whenever that is tried again."""
    return row.was_due_at if is_broken(row) else row.due_at


def all_heard(row: Enrolment, happenings: Iterable[Happening]) -> list[Happening]:
    """What could not be heard before, and then this; what is among both once."""
    before = [
        Occurred(event, datetime.fromisoformat(at), datetime.fromisoformat(heard_at))
        for event, at, heard_at in row.unheard or ()
    ]
    known = {(each.event, each.at) for each in before}
    return [
        *before,
        *(
            each
            for each in happenings
            if not isinstance(each, Occurred) or (each.event, each.at) not in known
        ),
    ]


def note_fault(
    row: Enrolment, error: Exception, happenings: Iterable[Happening], now: datetime
) -> int:
    """1 where it was noted why no turn could be taken, with all that was heard in it; 0 where
    somebody else took one meanwhile.
    """
    said = fault_words(error)
    if row.at:
        said = f"{row.at}: {said}"
    log.error("%s: a turn could not be taken: %s", row.play, said)
    changes = {"fault": said, "turns": row.turns + 1, **_kept(row, happenings, now)}
    with transaction.atomic():
        noted = Enrolment.objects.filter(pk=row.pk, turns=row.turns).update(**changes)
        if noted and not row.fault:
            add({row.play: changed(row, changes)})
        if noted and said != row.fault:
            PlayDecision.objects.create(
                enrolment=row, at=now, step=row.at, what="fault", detail=said
            )
    return noted


def _kept(row: Enrolment, happenings: Iterable[Happening], now: datetime) -> dict[str, Any]:
    """The columns of a row that is tried again; none where nothing would be lost."""
    unheard = _written([*all_heard(row, happenings)], now)
    due_at = due_of(row)
    is_due = row.ended_at is None and due_at is not None and due_at <= now
    if not unheard and not is_due:
        return {}
    return {"unheard": unheard, "was_due_at": due_at, "due_at": now + AGAIN_AFTER}


def _written(happenings: Iterable[Happening], now: datetime) -> list[list[str]]:
    """The events among these, as a row keeps them."""
    kept: dict[str, list[list[str]]] = {}
    for each in happenings:
        if isinstance(each, Occurred):
            heard_at = each.heard_at or now
            line = [each.event, each.at.isoformat(), heard_at.isoformat()]
            kept.setdefault(each.event, []).append(line)
    lines = [line for several in kept.values() for line in several[:UNHEARD_MOST]]
    return sorted(lines, key=lambda line: datetime.fromisoformat(line[1]))
