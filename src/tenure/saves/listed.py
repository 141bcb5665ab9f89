"""Saves as lists show them: standing, checks, commitments and money. Read from state alone."""

from typing import Any

from django.db.models import Prefetch, QuerySet

from tenure.saves.due import AT_DAYS, RENEWAL
from tenure.saves.earnings import earned_by
from tenure.saves.models import Commitment, Kind, Save, SaveCheck, Standing

CHECKS = (*AT_DAYS, RENEWAL)


def listed(
    *,
    kind: str = Kind.SAVE,
    status: str = "",
    account_id: str = "",
    offer: str = "",
    reason: str = "",
    limit: int = 100,
    offset: int = 0,
) -> tuple[list[dict[str, Any]], int]:
    """These saves, the latest first, and how many there are in all."""
    saves = Save.objects.filter(mode="live", superseded_by="")
    wanted = {
        "kind": kind, "status": status, "account_id": account_id, "offer": offer, "reason": reason,
    }  # fmt: skip
    saves = saves.filter(**{name: value for name, value in wanted.items() if value})
    rows = list(_with_checks(saves.order_by("-opened_at", "-pk"))[offset : offset + limit])
    money = earned_by(rows)
    return [
        {
            **_standing(save),
            "checks": {check: _said(save, check) for check in CHECKS},
            "commitments": [_commitment(each) for each in save.commitments.all()],
            "paid_minor": earned.paid_minor,
            "forgone_minor": earned.forgone_minor,
            "paid_out_minor": earned.paid_out_minor,
            "margin_minor": earned.margin_minor,
            "similar_margin_minor": earned.similar_margin_minor,
            "similar_accounts": earned.similar_count,
        }
        for save, earned in zip(rows, money, strict=True)
    ], saves.count()


def history_of(save: Save) -> list[dict[str, Any]]:
    """Every answer that was ever given to its checks, by check and in their order."""
    return [
        {
            "at_days": check.at_days,
            "due_on": answer.due_on,
            "number": answer.number,
            "answered_at": answer.answered_at,
            **answer.said,
        }
        for check in save.checks.order_by("due_on", "at_days").prefetch_related("answers")
        for answer in sorted(check.answers.all(), key=lambda each: each.number)
    ]


def _with_checks(saves: QuerySet[Save]) -> QuerySet[Save]:
    return saves.prefetch_related(
        Prefetch("checks", SaveCheck.objects.order_by("at_days")),
        Prefetch("commitments", Commitment.objects.order_by("due_on", "pk")),
    )


def _standing(save: Save) -> dict[str, Any]:
    return {
        "key": save.key,
        "visit_id": save.visit_id,
        "account_id": save.account_id,
        "subscription_id": save.subscription_id,
        "kind": save.kind,
        "offer": save.offer,
        "offer_kind": save.offer_kind,
        "terms": save.terms,
        "reason": save.reason,
        "opened_on": save.opened_on,
        "status": save.status,
        "applying": save.applying,
        "problem": save.problem,
        "lost_because": save.lost_because,
        "gone_on": save.gone_on,
        "kept_on": save.kept_on,
        "returned_on": save.returned_on,
        "next_renewal_on": save.next_renewal_on,
        "mrr_before_minor": save.mrr_before_minor,
        "currency": save.currency,
    }


def _said(save: Save, at_days: int) -> str:
    """One word for a check: due, here, resting, leaving, unpaid, gone."""
    check = next((each for each in save.checks.all() if each.at_days == at_days), None)
    if check is None:
        return ""
    return word_of(check)


def word_of(check: SaveCheck) -> str:
    """What a check found, as a code."""
    if check.seen_at is None:
        return "due"
    if not check.is_active:
        return "gone"
    if check.is_leaving:
        return "leaving"
    if check.is_paying:
        return "here"
    return "resting" if check.is_paused else "unpaid"


def _commitment(commitment: Commitment) -> dict[str, Any]:
    return {
        "side": commitment.side,
        "text": commitment.text,
        "due_on": commitment.due_on,
        "standing": commitment.standing,
        "is_late": commitment.is_late,
        "is_ours_broken": commitment.side == "us" and commitment.standing == Standing.BROKEN,
        "event": commitment.event,
        "kept_at": commitment.kept_at,
        "kept_by": commitment.kept_by,
    }
