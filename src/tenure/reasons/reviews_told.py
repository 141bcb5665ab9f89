"""Reviews and cases as rows and as JSON: codes, days and figures, for programs."""

from typing import Any

from tenure.reasons.models import LeavingReview, WorthVerdict
from tenure.reasons.reviews_listed import CANNOT_TELL, Sums

REVIEWS = (
    "decided_on", "account_id", "mrr_minor", "currency", "reason", "known", "because", "overcome",
    "warning", "lead_days", "acted_at", "acted_by", "ended_on", "returned_on", "reviewed_by",
)  # fmt: skip
WORTH = (
    "account_id", "occasion", "since_at", "verdict", "reason", "mrr_minor", "currency",
    "margin_minor", "similar", "of", "owner", "rung", "person",
)  # fmt: skip


def review_row(review: LeavingReview) -> dict[str, object]:
    """One review as a row; `known` and `overcome` as they count: the person's word first."""
    return {
        "decided_on": review.decided_on,
        "account_id": review.account_id,
        "mrr_minor": review.mrr_minor,
        "currency": review.currency or None,
        "reason": review.reason or None,
        "known": review.held_known or CANNOT_TELL,
        "because": review.known_because,
        "overcome": review.held_overcome or CANNOT_TELL,
        "warning": review.warning or None,
        "lead_days": review.lead_days,
        "acted_at": review.acted_at,
        "acted_by": review.acted_by or None,
        "ended_on": review.ended_on,
        "returned_on": review.returned_on,
        "reviewed_by": review.reviewed_by or None,
    }


def review_json(review: LeavingReview, *, is_whole: bool = False) -> dict[str, Any]:
    """One review for the API: what was prepared and what a person said, apart; whole: with every
    warning, act and attempt, and every word that was said."""
    told: dict[str, Any] = {
        "id": review.pk,
        **review_row(review),
        "decided_at": review.decided_at,
        "mrr": review.mrr,
        "plan": review.plan,
        "reason_source": review.reason_source,
        "prepared": {
            "known": review.known,
            "known_because": review.known_because,
            "overcome": review.overcome,
            "overcome_because": review.overcome_because,
            "at": review.prepared_at,
        },
        "person": {
            "known": review.person_known,
            "overcome": review.person_overcome,
            "notes": review.person_notes,
            "by": review.reviewed_by,
            "at": review.reviewed_at,
        },
        "warned_at": review.warned_at,
        "seen_at": review.seen_at,
        "seen_by": review.seen_by,
        "withdrawn_at": review.withdrawn_at,
    }
    if is_whole:
        told.update(warnings=review.warnings, acts=review.acts, tried=review.tried)
        told["words"] = [
            {"known": each.known, "overcome": each.overcome, "notes": each.notes,
             "by": each.said_by, "at": each.said_at}
            for each in review.words.order_by("number")
        ]  # fmt: skip
    return told


def sums_json(sums: Sums) -> dict[str, Any]:
    """The sums for the API."""
    return {
        "leavings": sums.leavings,
        "reviewed": sums.reviewed,
        "known": dict(sums.known),
        "overcome": dict(sums.overcome),
        "because": dict(sums.because),
        "warned": sums.warned,
        "lead_days_median": sums.lead_days_median,
        "nobody_acted": sums.nobody_acted,
        "returned": sums.returned,
        "mrr_minor": dict(sums.mrr_minor),
    }


def worth_row(case: WorthVerdict) -> dict[str, object]:
    """One case as a row: the verdict as it counts, and the rung that is open."""
    standing = next((each for each in case.rungs.all() if not each.outcome), None)
    return {
        "account_id": case.account_id,
        "occasion": case.occasion,
        "since_at": case.since_at,
        "verdict": case.held_code,
        "reason": case.reason or None,
        "mrr_minor": case.mrr_minor,
        "currency": case.currency or None,
        "margin_minor": case.margin_minor,
        "similar": case.chance_part,
        "of": case.chance_of,
        "owner": case.owner.get_username() if case.owner else None,
        "rung": standing.rung if standing else None,
        "person": case.person_by or None,
    }


def worth_json(case: WorthVerdict) -> dict[str, Any]:
    """One case for the API, with its grounds and its ladder."""
    return {
        "id": case.pk,
        **worth_row(case),
        "judged": case.code,
        "person_code": case.person_code,
        "person_note": case.person_note,
        "grounds": case.grounds,
        "closed_at": case.closed_at,
        "closed_because": case.closed_because,
        "ladder": [
            {"rung": each.rung, "opened_at": each.opened_at, "outcome": each.outcome,
             "text": each.text, "ended_at": each.ended_at, "ended_by": each.ended_by}
            for each in sorted(case.rungs.all(), key=lambda rung: rung.pk)
        ],
    }  # fmt: skip
