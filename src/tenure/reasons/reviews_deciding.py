"""What a person found in a review: kept beside what was prepared, one row for each time."""

from datetime import datetime

import msgspec
from django.conf import settings
from django.db import transaction

from tenure.base.errors import Conflict, InvalidInput
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.lake.recording import record
from tenure.reasons.models import LeavingReview, ReviewWord
from tenure.reasons.review_models import Known, Overcome

NOTES_CHARACTERS_MAX = 4000
REVIEWED = "Leaving Reviewed"
AT_ONCE = 200


@transaction.atomic
def decide(
    review: LeavingReview,
    *,
    known: str,
    overcome: str,
    notes: str = "",
    seen: int,
    by: str,
    now: datetime,
) -> LeavingReview:
    """The review with a person's word. Empty `known` or `overcome` leaves what was prepared.

    `seen` is how many words stood there when that person looked. The same word again changes
    nothing. Raises Conflict when somebody else said something meanwhile, InvalidInput for what is
    no answer.
    """
    _among("known", known, Known.values)
    _among("overcome", overcome, Overcome.values)
    notes = notes.replace("\0", "").strip()
    if len(notes) > NOTES_CHARACTERS_MAX:
        raise InvalidInput(
            f"notes: {len(notes)} characters are too long; use {NOTES_CHARACTERS_MAX} at most",
            field="notes",
        )
    current = LeavingReview.objects.select_for_update().get(pk=review.pk)
    said = (known, overcome, notes)
    held = (current.person_known, current.person_overcome, current.person_notes)
    if current.words_said and said == held:
        return current
    if current.words_said != seen:
        raise Conflict(
            f"{current.reviewed_by} reviewed this leaving meanwhile; look at it again, then choose"
        )
    number = seen + 1
    ReviewWord.objects.create(
        review=current,
        number=number,
        known=known,
        overcome=overcome,
        notes=notes,
        said_by=by,
        said_at=now,
        event_id=f"review:{digest(current.key, str(number))}",
    )
    current.person_known, current.person_overcome, current.person_notes = said
    current.reviewed_by, current.reviewed_at, current.words_said = by, now, number
    current.save(
        update_fields=["person_known", "person_overcome", "person_notes", "reviewed_by",
                       "reviewed_at", "words_said"]
    )  # fmt: skip
    return current


def record_words(home: Home, now: datetime) -> int:
    """How many words were told to the lake now; each is told once, in codes, without its notes."""
    told = 0
    waiting = ReviewWord.objects.filter(recorded_at=None).select_related("review").order_by("id")
    while words := list(waiting[:AT_ONCE]):
        record(home, settings.DATABASE_URL, [_event(each) for each in words], now)
        told += ReviewWord.objects.filter(pk__in=[each.pk for each in words]).update(
            recorded_at=now
        )
    return told


def _event(word: ReviewWord) -> dict[str, object]:
    review = word.review
    said = {
        "known": word.known or review.known,
        "overcome": word.overcome or review.overcome,
        "known_prepared": review.known,
        "overcome_prepared": review.overcome,
        "decided_at": review.decided_at.isoformat(),
        "by": word.said_by,
    }
    return {
        "message_id": word.event_id,
        "type": "offboard",
        "name": REVIEWED,
        "occurred_at": word.said_at,
        "account_key": review.account_key,
        "properties": msgspec.json.encode(said).decode(),
    }


def _among(field: str, value: str, known: list[str]) -> None:
    if value and value not in known:
        raise InvalidInput(
            f"{field}: {value!r} is none; use one of {', '.join(known)}, or leave it empty",
            field=field,
        )
