"""Which offers were shown to whom: folded from the events `Offers Chosen`, for what is learned."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tenure.offers.models import OfferShown


def shown_rows(
    *, visit_id: str, account_id: str, mode: str, at: datetime, choice: Mapping[str, Any]
) -> list[OfferShown]:
    """A row for each offer that was shown, not stored yet. `choice` is `Choice.as_json()`."""
    of = {each["name"]: each for each in choice.get("considered", ())}
    return [
        OfferShown(
            visit_id=visit_id,
            choice=choice["choice"],
            offer=each["name"],
            kind=of[each["name"]]["kind"],
            version=of[each["name"]]["version"],
            place=place,
            probability=each["probability"],
            how=choice["how"],
            rules_first=next((e["version"] for e in of.values() if e.get("rank") == 0), ""),
            account_id=account_id,
            mode=mode,
            reason=choice.get("reason", ""),
            follow_up=choice.get("follow_up", ""),
            book_digest=choice["book"],
            shown_at=at,
        )
        for place, each in enumerate(choice.get("shown", ()))
    ]


def keep_shown(rows: Iterable[OfferShown]) -> int:
    """How many rows are kept from now on. The same again changes nothing."""
    return len(OfferShown.objects.bulk_create(list(rows), ignore_conflicts=True, batch_size=500))


def keep_choice(
    *, visit_id: str, account_id: str, mode: str, at: datetime, choice: Mapping[str, Any]
) -> int:
    """The log of one choice, once: for who folds the events of visits."""
    rows = shown_rows(visit_id=visit_id, account_id=account_id, mode=mode, at=at, choice=choice)
    return keep_shown(rows)
