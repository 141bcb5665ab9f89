"""Review sheets and who is worth saving over the JSON API."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput, NotFound
from tenure.reasons.models import LeavingReview
from tenure.reasons.review_models import Occasion, Worth
from tenure.reasons.reviews_listed import (
    KNOWN,
    OVERCOME,
    STATES,
    ReviewChoice,
    chosen_reviews,
    sums_of,
)
from tenure.reasons.reviews_told import review_json, sums_json, worth_json
from tenure.reasons.worth_ladder import refuse
from tenure.reasons.worth_listed import STATES as CASE_STATES
from tenure.reasons.worth_listed import WorthChoice, capacity, chosen_cases, this_week
from tenure.reasons.worth_refusals import said_no
from tenure.reasons.worth_rules import worth_rules

router = Router(tags=["reviews"])
ROWS_MAX = 500
OFFSET_MAX = 1_000_000_000


class ReviewsAsked(Schema):
    state: str = "all"
    known: str = ""
    overcome: str = ""
    reason: str = ""
    account_id: str = ""
    first_on: date | None = None
    last_on: date | None = None
    limit: int = 100
    offset: int = 0


class CasesAsked(Schema):
    state: str = "open"
    verdict: str = ""
    occasion: str = ""
    reason: str = ""
    account_id: str = ""
    limit: int = 100
    offset: int = 0


class No(Schema):
    text: str = ""
    how: str = ""


@router.get("/reviews")
def list_reviews(request: HttpRequest, asked: Query[ReviewsAsked]) -> dict[str, Any]:
    """Review sheets of leavings, the latest first, and what those that fit come to."""
    _known("state", asked.state, STATES)
    _known("known", asked.known, ("", *KNOWN))
    _known("overcome", asked.overcome, ("", *OVERCOME))
    _bounded(asked.limit, asked.offset)
    choice = ReviewChoice(
        state=asked.state,
        known=asked.known,
        overcome=asked.overcome,
        reason=asked.reason,
        account_id=asked.account_id,
        first_on=asked.first_on,
        last_on=asked.last_on,
    )
    found = chosen_reviews(choice)
    page = found[asked.offset : asked.offset + asked.limit]
    return {"reviews": [review_json(each) for each in page], "sums": sums_json(sums_of(found))}


@router.get("/reviews/{review_id}")
def one_review(request: HttpRequest, review_id: int) -> dict[str, Any]:
    """One sheet with every warning, act and attempt, and every word that was said of it."""
    review = LeavingReview.objects.filter(pk=review_id).first()
    if review is None:
        raise NotFound(f"there is no review {review_id}; `GET /api/reviews` lists them")
    return review_json(review, is_whole=True)


@router.get("/worth-saving")
def list_cases(request: HttpRequest, asked: Query[CasesAsked]) -> dict[str, Any]:
    """Accounts that are at risk, leaving or have just left, with a verdict and its grounds; the
    most worth first. `this_week` are those that fit into the team's hours."""
    _known("state", asked.state, CASE_STATES)
    _known("verdict", asked.verdict, ("", *Worth.values))
    _known("occasion", asked.occasion, ("", *Occasion.values))
    _bounded(asked.limit, asked.offset)
    choice = WorthChoice(
        state=asked.state,
        code=asked.verdict,
        occasion=asked.occasion,
        reason=asked.reason,
        account_id=asked.account_id,
    )
    found = chosen_cases(choice).select_related("owner").prefetch_related("rungs")
    rules = worth_rules()
    free = capacity(rules)
    return {
        "cases": [worth_json(each) for each in found[asked.offset : asked.offset + asked.limit]],
        "count": found.count(),
        "this_week": this_week(rules),
        "capacity": {"a_week": free.a_week, "under_way": free.under_way, "free": free.free},
    }


@router.get("/said-no/{path:account_id}")
def whether_no(request: HttpRequest, account_id: str) -> dict[str, bool]:
    """Whether somebody of this account said that they do not want to be asked again."""
    return {"said_no": said_no(account_id)}


@router.post("/said-no/{path:account_id}")
def note_that_no(request: HttpRequest, account_id: str, no: No) -> dict[str, bool]:
    """Note that they said no: every ladder ends, and nobody asks again, ever."""
    by = request.user.get_username() if request.user.is_authenticated else "api"
    refuse(account_id, no.text, how=no.how, now=system_clock(), by=by)
    return {"said_no": True}


def _known(field: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise InvalidInput(
            f"{field}: {value!r} is none; use one of {', '.join(filter(None, known))}", field=field
        )


def _bounded(limit: int, offset: int) -> None:
    if not 1 <= limit <= ROWS_MAX:
        raise InvalidInput(f"limit: {limit}: write 1 to {ROWS_MAX}", field="limit")
    if not 0 <= offset <= OFFSET_MAX:
        raise InvalidInput(f"offset: {offset}: write 0 or more", field="offset")
