"""A person's verdict on a case, beside the one that was judged."""

from datetime import datetime

from django.db import transaction

from tenure.base.errors import Conflict, InvalidInput
from tenure.reasons.models import WorthVerdict
from tenure.reasons.review_models import Worth

NOTE_CHARACTERS_MAX = 2000


@transaction.atomic
def overrule(
    case: WorthVerdict,
    code: str,
    note: str = "",
    *,
    seen_at: datetime | None,
    by: str,
    now: datetime,
) -> WorthVerdict:
    """The case with a person's verdict; an empty `code` takes theirs back.

    `seen_at` is when the last person had said so as this one looked. Raises Conflict when somebody
    else did meanwhile, InvalidInput for a verdict that is none.
    """
    if code and code not in Worth.values:
        raise InvalidInput(
            f"code: {code!r} is no verdict; use one of {', '.join(Worth.values)}", field="code"
        )
    note = note.replace("\0", "").strip()
    if len(note) > NOTE_CHARACTERS_MAX:
        raise InvalidInput(
            f"note: {len(note)} characters are too long; use {NOTE_CHARACTERS_MAX} at most",
            field="note",
        )
    current = WorthVerdict.objects.select_for_update().get(pk=case.pk)
    if (current.person_code, current.person_note) == (code, note):
        return current
    if current.person_at != seen_at:
        raise Conflict(
            f"{current.person_by} said {current.person_code or 'nothing'!r} meanwhile; look at the "
            "case again, then choose"
        )
    current.person_code, current.person_note = code, note
    current.person_by, current.person_at = by, now
    current.save(update_fields=["person_code", "person_note", "person_by", "person_at"])
    return current
