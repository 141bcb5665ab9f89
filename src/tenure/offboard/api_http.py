"""Leaving over the JSON API: tokens for hosts that sign nothing themselves; visits, to read."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput, NotFound
from tenure.offboard.keys import signing_key
from tenure.offboard.models import Visit
from tenure.offboard.tokens import VALID_AT_MOST, read_token, sign

router = Router(tags=["leaving"])
ROWS_MAX = 500
VALID_S = 3600
NONCE_BYTES = 16


class NewToken(Schema):
    account: str
    subscription: str
    person: str | None = None
    mode: str = "live"
    valid_s: int = VALID_S
    offers: list[str] | None = None
    host_acts: list[str] | None = None
    locale: str | None = None
    country: str | None = None
    is_consumer: bool | None = None
    return_url: str | None = None
    cancel_url: str | None = None
    key_id: str = ""


class TokenMade(Schema):
    token: str
    page: str  # the hosted page's path; put the address of this installation before it
    expires_at: datetime


class VisitShown(Schema):
    visit_id: str
    mode: str
    account_id: str
    subscription_id: str
    person_id: str
    flow: str
    flow_digest: str
    shape: str
    arm: str
    share: float
    language: str
    opened_at: datetime
    last_at: datetime
    ended_at: datetime | None
    reason: str
    follow_up: str
    next_job: str
    rival: str
    text: str
    offers_shown: list[str]
    offer: str
    offer_kind: str
    decision: str
    outcome: str
    billing: str
    returned_at: datetime | None


class VisitWhole(VisitShown):
    considered: list[dict[str, Any]]
    steps: list[dict[str, Any]]


class AskedVisits(Schema):
    account_id: str = ""
    outcome: str = ""
    mode: str = "live"
    limit: int = 100
    before: datetime | None = None


@router.post("/cancel/tokens", response={201: TokenMade})
def make_token(request: HttpRequest, new: NewToken) -> Status[TokenMade]:
    """A signed token that opens the cancel flow for one subscription, for an hour by default."""
    if not 0 < new.valid_s <= VALID_AT_MOST.total_seconds():
        raise InvalidInput("valid_s: write 1 to 86400 seconds", field="valid_s")
    key, now = signing_key(new.key_id), system_clock()
    expires_at = (now + timedelta(seconds=new.valid_s)).replace(microsecond=0)
    said = new.dict(exclude={"valid_s", "key_id"}, exclude_none=True)
    payload = {**said, "exp": int(expires_at.timestamp()), "nonce": secrets.token_hex(NONCE_BYTES)}
    token = sign(payload, key)
    read_token(token, {key.key_id: key}, now)  # what we would not take, we do not give
    return Status(201, TokenMade(token=token, page=f"/leave/{token}", expires_at=expires_at))


@router.get("/visits", response=list[VisitShown])
def list_visits(request: HttpRequest, asked: Query[AskedVisits]) -> list[Visit]:
    """Passages through the cancel flow, the newest first; `before` goes on from the last one."""
    if not 0 < asked.limit <= ROWS_MAX:
        raise InvalidInput(f"limit: use 1 to {ROWS_MAX}", field="limit")
    visits = Visit.objects.filter(mode=asked.mode).order_by("-opened_at", "visit_id")
    for name in ("account_id", "outcome"):
        if value := getattr(asked, name):
            visits = visits.filter(**{name: value})
    if asked.before is not None:
        visits = visits.filter(opened_at__lt=asked.before)
    return list(visits[: asked.limit])


@router.get("/visits/{visit_id}", response=VisitWhole)
def show_visit(request: HttpRequest, visit_id: str) -> Visit:
    """One passage with all of its steps, and every offer that was considered."""
    visit = Visit.objects.filter(pk=visit_id).first()
    if visit is None:
        raise NotFound(f"there is no visit {visit_id}")
    return visit
