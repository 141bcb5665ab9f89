"""A save begins when an offer is accepted, in the transaction of whoever accepted it. Visits that
ended otherwise are followed by the same checks, and are never counted as saves."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from tenure.base.errors import Conflict, InvalidInput
from tenure.card.models import AccountCard
from tenure.saves.due import first_renewal_on, plan_checks
from tenure.saves.models import Applying, Kind, Lost, Save, Status
from tenure.segments.models import SegmentMember

MODES = ("live", "test")


def open_save(
    *,
    visit_id: str,
    account_id: str,
    subscription_id: str,
    offer: str,
    kind: str,
    terms: Mapping[str, Any],
    reason: str,
    cost_minor: int,
    promised_by: str,
    change_key: str,
    mode: str,
    now: datetime,
    language: str = "en",
) -> Save:
    """The one save of this visit, in the caller's transaction. The same again changes nothing.

    `kind` is that of the offer, `terms` are as shown and stay so, `change_key` names its
    BillingChange; empty: billing has nothing to do. Raises Conflict where the visit has a save for
    another offer.
    """
    save = _open(
        Kind.SAVE,
        visit_id=visit_id,
        account_id=account_id,
        subscription_id=subscription_id,
        mode=mode,
        now=now,
        offer=offer,
        offer_kind=kind,
        terms=dict(terms),
        reason=reason,
        cost_minor=cost_minor,
        promised_by=promised_by,
        language=language,
        change_key=change_key,
        applying=Applying.WAITING if change_key else Applying.NOTHING_TO_DO,
        status=Status.ACCEPTED if change_key else Status.APPLIED,
        applied_at=None if change_key else now,
    )
    if save.offer != offer:
        raise Conflict(f"{visit_id}: {save.offer!r} was accepted in this visit already")
    followed = Save.objects.filter(key=_key(Kind.ABANDONED, visit_id))
    followed.update(superseded_by=save.key)
    return save


@transaction.atomic
def follow_visit(
    *,
    visit_id: str,
    account_id: str,
    subscription_id: str = "",
    kind: str,
    reason: str = "",
    mode: str = "live",
    now: datetime,
) -> Save:
    """The visit, followed from `now` on as `abandoned`, `hold_out`, `left` or `stayed`.

    One visit is followed once. Where it went on after it was abandoned, it is followed as what it
    came to, from then; where it came to a save, the save alone counts.
    """
    if kind not in Kind.values or kind == Kind.SAVE:
        known = ", ".join(value for value in Kind.values if value != Kind.SAVE)
        raise InvalidInput(f"kind: {kind!r} is none that is followed; use {known}", field="kind")
    followed = _open(
        kind,
        visit_id=visit_id,
        account_id=account_id,
        subscription_id=subscription_id,
        mode=mode,
        now=now,
        reason=reason,
        status=Status.APPLIED,
        applying=Applying.NOTHING_TO_DO,
        applied_at=now,
    )
    if followed.kind != kind:
        followed.kind, followed.opened_at, followed.opened_on = kind, now, _company_day(now)
        followed.reason = reason or followed.reason
        followed.save(update_fields=["kind", "opened_at", "opened_on", "reason"])
        followed.checks.all().delete()
        plan_checks(followed)
    save = Save.objects.filter(key=_key(Kind.SAVE, visit_id)).first()
    if save is not None and not followed.superseded_by and kind != Kind.LEFT:
        followed.superseded_by = save.key
        followed.save(update_fields=["superseded_by"])
    return followed


def note_leaving(
    *,
    account_id: str,
    subscription_id: str = "",
    visit_id: str = "",
    mode: str = "live",
    now: datetime,
) -> int:
    """How many were lost because leaving was confirmed afterwards, in that visit or another.

    At once, in the caller's transaction: accepting and then cancelling is cancelling. A save that
    was kept stays kept: it was proved before this.
    """
    open_ones = Save.objects.filter(
        account_id=account_id, mode=mode, opened_at__lte=now, canceled_at=None
    ).exclude(Q(status__in=(Status.KEPT, Status.LOST)) | Q(kind=Kind.LEFT))
    if subscription_id:
        open_ones = open_ones.filter(subscription_id__in=("", subscription_id))
    return open_ones.update(
        status=Status.LOST,
        lost_because=Lost.CANCELED,
        canceled_at=now,
        canceled_on=_company_day(now),
        gone_on=_company_day(now),
        decided_at=now,
    )


def _open(
    kind: str, *, visit_id: str, account_id: str, mode: str, now: datetime, **said: Any
) -> Save:
    """The row of this visit, made with what the card says at this moment where it is new."""
    if mode not in MODES:
        raise InvalidInput(f"mode: {mode!r} is none; use {' or '.join(MODES)}", field="mode")
    for name, value in (("visit_id", visit_id), ("account_id", account_id)):
        if not value:
            raise InvalidInput(f"{name}: this is empty; name it", field=name)
    card = AccountCard.objects.filter(account_id=account_id).first()
    with transaction.atomic():
        save, is_new = Save.objects.get_or_create(
            key=_key(kind, visit_id),
            defaults={
                "kind": kind,
                "visit_id": visit_id,
                "account_id": account_id,
                "mode": mode,
                "opened_at": now,
                "opened_on": _company_day(now),
                **_as_carded(card),
                **said,
            },
        )
        if is_new:
            said_on = card.values.get("renews_on") if card is not None else None
            renews_on = date.fromisoformat(said_on) if said_on else None
            save.next_renewal_on = first_renewal_on(save, renews_on)
            reminds_on = save.terms.get("reminder_on")
            save.reminds_on = date.fromisoformat(reminds_on) if reminds_on else None
            save.save(update_fields=["next_renewal_on", "reminds_on"])
            plan_checks(save)
    return save


def _as_carded(card: AccountCard | None) -> dict[str, Any]:
    if card is None:
        return {}
    account_id = card.account_id
    member_of = SegmentMember.objects.filter(
        over="account", subject_id=account_id, left_at=None
    ).values_list("segment", flat=True)
    return {
        "plan": card.plan,
        "billing_interval": card.billing_interval,
        "stage": card.values.get("stage") or "",
        "mrr_before_minor": card.mrr_minor,
        "currency": card.currency,
        "paying_since_on": card.paying_since_on,
        "segments": sorted(member_of),
    }


def _key(kind: str, visit_id: str) -> str:
    return f"save:{visit_id}" if kind == Kind.SAVE else f"visit:{visit_id}"


def _company_day(now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.TENURE_HOME.company.time_zone)).date()
