"""Who promised what in return, by when. Nothing here is ever a condition of leaving.

promise([Promise(side="them", text="Attend the training", due_on=..., event="Training Attended")],
        save=save, now=now, by="person:4")
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tenure.base.errors import InvalidInput
from tenure.base.ids import digest
from tenure.saves.models import Commitment, Save, Side

TEXT_CHARACTERS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Promise:
    """What one side promises. `due_on` is the last day; `event` shows that it was done.

    `texts` are the same words by language; `owner` is one of ours, `person_id` and `email` are who
    of theirs is reminded, and where.
    """

    side: str  # us | them
    text: str
    due_on: date
    event: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    owner: AbstractBaseUser | None = None
    person_id: str = ""
    email: str = ""
    has_task: bool = False


def promise(
    promises: Sequence[Promise],
    *,
    now: datetime,
    by: str,
    save: Save | None = None,
    account_id: str = "",
) -> list[Commitment]:
    """The commitments, in the caller's transaction; the same promised again are those of before.

    Without a `save` they belong to the account alone. Raises InvalidInput for a side that there is
    not, an empty text, and a day that is over.
    """
    account_id = save.account_id if save is not None else account_id
    if not account_id:
        raise InvalidInput("account_id: this is empty; name it or the save", field="account_id")
    made = []
    with transaction.atomic():
        for number, each in enumerate(promises):
            _check(each, now)
            within = save.key if save is not None else f"account:{account_id}:{now.isoformat()}"
            commitment, _ = Commitment.objects.get_or_create(
                key=digest(within, str(number), each.side, each.text),
                defaults={
                    "save_of": save,
                    "mode": save.mode if save is not None else "live",
                    "account_id": account_id,
                    "side": each.side,
                    "text": each.text.strip(),
                    "texts": dict(each.texts),
                    "language": each.language,
                    "event": each.event,
                    "owner": each.owner,
                    "person_id": each.person_id,
                    "email": each.email,
                    "has_task": each.has_task,
                    "promised_at": now,
                    "promised_by": by,
                    "due_on": each.due_on,
                },
            )
            made.append(commitment)
    return made


def _check(promised: Promise, now: datetime) -> None:
    if promised.side not in Side.values:
        raise InvalidInput(
            f"side: {promised.side!r} is none; use {' or '.join(Side.values)}", field="side"
        )
    text = promised.text.strip()
    if not text or len(text) > TEXT_CHARACTERS_MAX:
        raise InvalidInput(
            f"text: {text[:40]!r} has {len(text)} characters; write 1 to {TEXT_CHARACTERS_MAX}",
            field="text",
        )
    # A day of the company may have begun before that of UTC, and may end after it.
    if (now.date() - promised.due_on).days > 1:
        raise InvalidInput(f"due_on: {promised.due_on} is over; name a day to come", field="due_on")
