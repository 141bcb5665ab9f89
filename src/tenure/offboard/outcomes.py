"""What was decided at the end of a visit, once, beside the change of billing that follows from it.

    canceled   they leave: cancel_at_period_end or cancel_now
    saved      they accepted an offer: what `offers.accepting` makes of it
    returned   they came back while leaving: uncancel; a new decision to buy, never a save

The outcome and its change are one transaction of state, so a kill can lose neither: what is open is
carried out by the worker. A second click finds the row, and gets the answer of the first.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from tenure.base.errors import Conflict
from tenure.base.home import Home
from tenure.billing.by_hand import person_by_on
from tenure.billing.changes import carry_out
from tenure.billing.configured import billing_system
from tenure.billing.ledger import ask_for
from tenure.billing.models import OPEN, BillingChange, HostSaid
from tenure.billing.signing import webhook_id
from tenure.lake.recording import record
from tenure.offboard.event import ACCEPTED, CONFIRMED, RETURNED, Whose, event_row
from tenure.offboard.facts import Settling
from tenure.offboard.models import Visit, VisitOutcome
from tenure.saves.opening import note_leaving

CANCELED, SAVED, RETURN = "canceled", "saved", "returned"
EVENT_OF = {CANCELED: CONFIRMED, SAVED: ACCEPTED, RETURN: RETURNED}
WITHIN_S = 4.0  # that somebody waits for billing
UNTOLD_FOR = timedelta(seconds=30)  # then its event is recorded by the worker
SETTLED = ("done", "refused")
AT_ONCE = 200


def outcome_of(visit_id: str, outcome: str) -> VisitOutcome | None:
    """What was decided in a visit, if it was."""
    return VisitOutcome.objects.filter(visit_id=visit_id, outcome=outcome).first()


def outcomes_of(visit_id: str) -> dict[str, VisitOutcome]:
    """Everything that was decided in a visit, by its kind."""
    return {each.outcome: each for each in VisitOutcome.objects.filter(visit_id=visit_id)}


def is_leaving(account_id: str, subscription_id: str) -> bool:
    """Whether the last thing decided of this subscription, in live mode, was to leave it."""
    decided = VisitOutcome.objects.filter(
        account_id=account_id,
        subscription_id=subscription_id,
        mode="live",
        outcome__in=(CANCELED, RETURN),
    )
    last = decided.order_by("-at", "-id").values_list("outcome", flat=True).first()
    return last == CANCELED


@transaction.atomic
def leave(  # noqa: PLR0913
    whose: Whose, values: Mapping[str, Any], *, is_now: bool, fields: Mapping[str, Any],
    now: datetime, host_acts: Collection[str] = (),
) -> VisitOutcome:  # fmt: skip
    """That they leave: at the end of the period, or now. The same visit again changes nothing.

    `values` are those of the change, `fields` what else the row says, `host_acts` the kinds that
    the host's own page makes.
    """
    made, is_first = _once(whose, CANCELED, now, fields)
    if is_first and whose.mode == "live":
        kind = "cancel_now" if is_now else "cancel_at_period_end"
        asked = {"key": f"leave:{whose.visit_id}", "kind": kind, "values": values}
        _ask(made, asked, now, kind in host_acts)
        note_leaving(
            account_id=whose.account_id,
            subscription_id=whose.subscription_id,
            visit_id=whose.visit_id,
            now=now,
        )
    return made


@transaction.atomic
def accept_offer(
    whose: Whose, offer: str, act: Callable[[], str], fields: Mapping[str, Any], now: datetime
) -> VisitOutcome:
    """That they accepted an offer. `act` makes what follows and gives the key of its change, or "".

    Raises Conflict when they have left in this visit: then no offer is made any more.
    """
    left = outcome_of(whose.visit_id, CANCELED)
    if left is not None and outcome_of(whose.visit_id, SAVED) is None:
        raise Conflict("the cancellation was received already; nothing else was changed")
    made, is_first = _once(whose, SAVED, now, {**fields, "offer": offer})
    if is_first:
        made.change_key = act()
        made.billing = "pending" if made.change_key else "done"
        made.save(update_fields=["change_key", "billing"])
    return made


@transaction.atomic
def come_back(
    whose: Whose, fields: Mapping[str, Any], now: datetime, host_acts: Collection[str] = ()
) -> VisitOutcome:
    """That they take the cancellation back. Raises Conflict when they are not leaving."""
    held = outcome_of(whose.visit_id, RETURN)
    if held is not None:
        return held
    left = outcome_of(whose.visit_id, CANCELED)
    if left is None:
        raise Conflict("this subscription is not leaving; there is nothing to take back")
    made, is_first = _once(whose, RETURN, now, fields)
    if is_first and whose.mode == "live":
        asked = {"key": f"return:{whose.visit_id}", "kind": "uncancel", "values": {}}
        _ask(made, asked, now, "uncancel" in host_acts)
    return made


def carry_out_now(
    outcome: VisitOutcome, home: Home, now: datetime, within_s: float = WITHIN_S
) -> VisitOutcome:
    """The outcome after one try at billing, while somebody waits. Outside of a transaction."""
    if outcome.change_key and outcome.billing not in SETTLED:
        change = BillingChange.objects.filter(key=outcome.change_key).first()
        if change is not None:
            change = carry_out(change, billing_system(home), now, within_s)
            note_billing(outcome, change)
    return outcome


def note_billing(outcome: VisitOutcome, change: BillingChange) -> bool:
    """Whether what billing says of an outcome is new; then outcome and visit say so as well."""
    ends_on = outcome.ends_on
    if outcome.outcome == CANCELED and change.terms is not None:
        ends_on = change.terms.cancels_on or ends_on
    if (change.standing, ends_on) == (outcome.billing, outcome.ends_on):
        return False
    outcome.billing, outcome.ends_on = change.standing, ends_on
    with transaction.atomic():
        VisitOutcome.objects.filter(pk=outcome.pk).update(billing=outcome.billing, ends_on=ends_on)
        Visit.objects.filter(pk=outcome.visit_id).update(billing=outcome.billing, ends_on=ends_on)
    return True


def settling_of(outcome: VisitOutcome, zone: ZoneInfo) -> Settling:
    """How far what was decided has come in billing, and who does what is left of it."""
    received_on = outcome.at.astimezone(zone).date()
    change = None
    if outcome.change_key and outcome.billing != "done":
        change = BillingChange.objects.filter(key=outcome.change_key).first()
    if change is None:
        return Settling(billing=outcome.billing, received_on=received_on)
    has_failed = change.by_host and change.host_said == HostSaid.FAILED
    return Settling(
        billing=change.standing,
        received_on=received_on,
        person_by_on=person_by_on(change),
        has_failed_here=has_failed and change.standing != "done",
        act=_act_of(change),
    )


def _act_of(change: BillingChange) -> dict[str, object] | None:
    """What the host's own page is to make; None where it is not for the page, or was tried."""
    if not change.by_host or change.mode == "test" or change.host_said or change.status not in OPEN:
        return None
    return {
        "kind": change.kind,
        "key": webhook_id(change.key),
        "account": change.account_id,
        "subscription": change.subscription_id,
        "values": change.values,
    }


def event_of(outcome: VisitOutcome) -> dict[str, object]:
    """The event of an outcome, the same whoever records it."""
    said: dict[str, object] = {
        "offer": outcome.offer,
        "ends_on": outcome.ends_on.isoformat() if outcome.ends_on else "",
        **outcome.told,
    }
    name = EVENT_OF[outcome.outcome]
    return event_row(whose_of(outcome), name, outcome.at, said)


def whose_of(outcome: VisitOutcome) -> Whose:
    return Whose(
        outcome.visit_id,
        outcome.account_id,
        outcome.subscription_id,
        outcome.person_id,
        outcome.mode,
    )


def look_after_outcomes(home: Home, now: datetime) -> int:
    """How many outcomes were told again, or heard something new of billing."""
    untold = VisitOutcome.objects.filter(told_at=None, at__lte=now - UNTOLD_FOR).order_by("id")
    lost = list(untold[:AT_ONCE])
    if lost:
        record(home, settings.DATABASE_URL, [event_of(each) for each in lost], now)
        VisitOutcome.objects.filter(pk__in=[each.pk for each in lost]).update(told_at=now)
    return len(lost) + _hear_of_billing()


def _hear_of_billing() -> int:
    """How many outcomes had a change that came further since."""
    waiting = VisitOutcome.objects.exclude(change_key="").exclude(billing__in=SETTLED)
    held = {each.change_key: each for each in waiting.order_by("id")[:AT_ONCE]}
    changes = BillingChange.objects.filter(key__in=held)
    return sum(note_billing(held[change.key], change) for change in changes)


def _once(
    whose: Whose, outcome: str, now: datetime, fields: Mapping[str, Any]
) -> tuple[VisitOutcome, bool]:
    return VisitOutcome.objects.get_or_create(
        visit_id=whose.visit_id,
        outcome=outcome,
        defaults={
            "mode": whose.mode,
            "account_id": whose.account_id,
            "subscription_id": whose.subscription_id,
            "person_id": whose.person_id,
            "at": now,
            "billing": "done" if whose.mode == "test" else "pending",
            **fields,
        },
    )


def _ask(outcome: VisitOutcome, asked: Mapping[str, Any], now: datetime, by_host: bool) -> None:
    change = ask_for(
        account_id=outcome.account_id,
        subscription_id=outcome.subscription_id,
        mode=outcome.mode,
        by_host=by_host,
        now=now,
        **asked,
    )
    outcome.change_key = change.key
    outcome.save(update_fields=["change_key"])
