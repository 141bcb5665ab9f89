"""Saves over the JSON API: what was accepted, what became of it, how long it lasts."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Query, Router, Schema

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput, NotFound
from tenure.lake.reading import company_day
from tenure.saves.commitments_listed import commitments_now
from tenure.saves.listed import history_of, listed
from tenure.saves.models import Kind, Save, Status
from tenure.saves.survival import AT_DAYS, survival_of_saves

router = Router(tags=["saves"])
ROWS_MAX = 500
OFFSET_MAX = 1_000_000_000


class Asked(Schema):
    kind: str = Kind.SAVE.value
    status: str = ""
    account_id: str = ""
    offer: str = ""
    reason: str = ""
    limit: int = 100
    offset: int = 0


class SurvivalAsked(Schema):
    by: str = ""
    since_on: date | None = None
    before_on: date | None = None


@router.get("/saves")
def list_saves(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """Saves with their checks, commitments and money; the latest first."""
    _known("kind", asked.kind, Kind.values)
    _known("status", asked.status, ["", *Status.values])
    if not 1 <= asked.limit <= ROWS_MAX:
        raise InvalidInput(f"limit: {asked.limit}: write 1 to {ROWS_MAX}", field="limit")
    if not 0 <= asked.offset <= OFFSET_MAX:
        raise InvalidInput(f"offset: {asked.offset}: write 0 or more", field="offset")
    rows, count = listed(**asked.dict())
    return {"saves": rows, "count": count}


@router.get("/saves/survival")
def survival(request: HttpRequest, asked: Query[SurvivalAsked]) -> dict[str, Any]:
    """Kaplan-Meier of saves by group, with 95 % intervals, beside similar accounts."""
    today = company_day(settings.TENURE_HOME, system_clock())
    groups = survival_of_saves(
        today=today, by=asked.by, since_on=asked.since_on, before_on=asked.before_on
    )
    return {
        "by": asked.by,
        "at_days": list(AT_DAYS),
        "groups": [
            {
                "group": each.group,
                "saves": each.count,
                "gone": each.gone,
                "resting": each.resting,
                "points": [_point(point) for point in each.points],
                "similar_accounts": each.similar_count,
                "similar": [_point(point) for point in each.similar],
                "note": each.note,
            }
            for each in groups
        ],
    }


@router.get("/saves/{key}/history")
def history(request: HttpRequest, key: str) -> dict[str, Any]:
    """Every answer to the checks of a save, also those that later facts replaced."""
    save = Save.objects.filter(key=key).first()
    if save is None:
        raise NotFound(f"there is no save {key!r}; `GET /api/saves` lists them")
    return {"key": save.key, "answers": history_of(save)}


@router.get("/commitments")
def commitments(
    request: HttpRequest, account_id: str = "", with_settled: bool = False
) -> dict[str, Any]:
    """What each side promised; what we broke first."""
    return {
        "commitments": commitments_now(account_id=account_id, with_settled=with_settled)[:ROWS_MAX]
    }


def _point(point: Any) -> dict[str, Any]:
    return {
        "at_days": point.at_days,
        "share": point.share,
        "low": point.low,
        "high": point.high,
        "at_risk": point.at_risk,
    }


def _known(field: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise InvalidInput(
            f"{field}: {value!r} is none; use one of {', '.join(filter(None, known))}", field=field
        )
