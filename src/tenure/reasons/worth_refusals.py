"""Who said no, and does not want to be asked again: it holds for ever, also after a merge.

said_no(account_id) -> bool        for every slice that might ask somebody something
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from django.conf import settings

from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.card.models import AccountCard
from tenure.customers.merging import canonical_id, ids_behind
from tenure.customers.models import Account
from tenure.lake.reading import Reader
from tenure.lake.recording import record
from tenure.reasons.models import SaidNo
from tenure.reasons.review_models import Rung

NAME = "Said No"
TEXT_CHARACTERS_MAX = 4000
AT_ONCE = 200


def said_no(account_id: str) -> bool:
    """Whether somebody of this account, or of one that was merged into it, said no."""
    known = canonical_id("account", account_id)
    names = {account_id, known, *ids_behind("account", known)}
    held = SaidNo.objects.filter(account_key__in=names)
    return (held | SaidNo.objects.filter(account_id__in=names)).exists()


def who_said_no(account_ids: Iterable[str]) -> set[str]:
    """Those of these canonical accounts that said no, as `move_refusals` last placed them."""
    return set(
        SaidNo.objects.filter(account_id__in=list(account_ids)).values_list("account_id", flat=True)
    )


def note_no(account_id: str, *, text: str = "", how: str = "", by: str, now: datetime) -> SaidNo:
    """The row that says so, in the caller's transaction; the first word holds.

    Raises NotFound for an account that there is not; InvalidInput for a text that is too long, and
    for a way that is none.
    """
    if how and how not in Rung.values:
        raise InvalidInput(
            f"how: {how!r} is none; use one of {', '.join(Rung.values)}, or leave it empty",
            field="how",
        )
    text = text.replace("\0", "").strip()
    if len(text) > TEXT_CHARACTERS_MAX:
        raise InvalidInput(
            f"text: {len(text)} characters are too long; use {TEXT_CHARACTERS_MAX} at most",
            field="text",
        )
    known = canonical_id("account", account_id)
    if not (
        Account.objects.filter(pk=known).exists() or AccountCard.objects.filter(pk=known).exists()
    ):
        raise NotFound(
            f"there is no account {account_id!r}; `tenure worth` lists those on the list"
        )
    return SaidNo.objects.get_or_create(
        account_key=known,
        defaults={
            "account_id": known,
            "said_at": now,
            "how": how,
            "text": text,
            "noted_by": by,
            "event_id": f"said_no:{digest(known)}",
        },
    )[0]


def move_refusals(reader: Reader) -> None:
    """Each no stands where its account leads now."""
    rows = list(SaidNo.objects.values_list("pk", "account_key", "account_id"))
    places = reader.canonical_ids("account", [key for _, key, _ in rows])
    for (pk, _key, account_id), place in zip(rows, places, strict=True):
        if account_id != place:
            SaidNo.objects.filter(pk=pk).update(account_id=place)


def record_refusals(home: Home, now: datetime) -> int:
    """How many were told to the lake now, without their words."""
    told = 0
    while rows := list(SaidNo.objects.filter(recorded_at=None).order_by("id")[:AT_ONCE]):
        record(home, settings.DATABASE_URL, [_event(each) for each in rows], now)
        told += SaidNo.objects.filter(pk__in=[each.pk for each in rows]).update(recorded_at=now)
    return told


def _event(row: SaidNo) -> dict[str, object]:
    return {
        "message_id": row.event_id,
        "type": "offboard",
        "name": NAME,
        "occurred_at": row.said_at,
        "account_key": row.account_key,
        "properties": msgspec.json.encode({"how": row.how, "by": row.noted_by}).decode(),
    }
