"""What lies behind a visit: billing's changes with each call, receipts, the log, the follow-up."""

from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.billing.models import BillingCall, BillingChange
from tenure.console.pages.leaving.figures import check_words
from tenure.console.pages.leaving.words import found_words, outcome_words
from tenure.messages.models import Message, Purpose
from tenure.offboard.models import LogEntry, Visit, VisitOutcome
from tenure.saves.listed import word_of
from tenure.saves.models import Kind, Save

OTHERS_SHOWN = 10
ASKED = {
    "perform": gettext_lazy("Asked to do it"),
    "read_back": gettext_lazy("Read back"),
    "host_said": gettext_lazy("The host said"),
}
SAID = {
    "done": gettext_lazy("done"),
    "refused": gettext_lazy("refused"),
    "pending": gettext_lazy("under way"),
    "unsure": gettext_lazy("unsure"),
    "not_taken": gettext_lazy("not taken"),
    "read": gettext_lazy("read"),
    "unread": gettext_lazy("could not be read"),
}


def billing_and_receipts(visit: Visit) -> dict[str, Any]:
    """Billing's changes with every call that was made for them, and the receipts of what was
    decided.
    """
    outcomes = list(VisitOutcome.objects.filter(visit_id=visit.pk))
    keys = [each.change_key for each in outcomes if each.change_key]
    calls = Prefetch("calls", BillingCall.objects.order_by("number"))
    changes = BillingChange.objects.filter(key__in=keys).prefetch_related(calls).order_by("pk")
    receipts = Message.objects.filter(
        key__in=[f"{Purpose.RECEIPT}:{visit.pk}:{each.outcome}" for each in outcomes]
    ).order_by("pk")
    return {
        "changes": [
            {
                "kind": each.get_kind_display(),
                "status": each.get_status_display(),
                "why": each.why,
                "reference": each.reference,
                "differs": "; ".join(map(str, each.differs)),
                "asked_at": each.asked_at,
                "read_back_at": each.read_back_at,
                "calls": [_call(call) for call in each.calls.all()],
            }
            for each in changes
        ],
        "receipts": [(each.recipient, each.get_status_display()) for each in receipts],
        "has_no_address": bool(outcomes) and not any(each.email for each in outcomes),
    }


def _call(call: BillingCall) -> dict[str, Any]:
    return {
        "what": ASKED.get(call.what, call.what),
        "system": call.system,
        "at": call.begun_at,
        "times": call.times,
        "took_ms": call.took_ms,
        "said": SAID.get(call.said, call.said) if call.said else _("no answer was written down"),
        "message": call.message,
    }


def followed(visit: Visit) -> dict[str, Any] | None:
    """The save, or what is followed beside the saves: standing, checks, what was promised."""
    found = list(Save.objects.filter(visit_id=visit.pk, superseded_by=""))
    save = next((each for each in found if each.kind == Kind.SAVE), found[0] if found else None)
    if save is None:
        return None
    return {
        "is_save": save.kind == Kind.SAVE,
        "kind": save.get_kind_display(),
        "status": save.get_status_display() if save.kind == Kind.SAVE else "",
        "applying": save.get_applying_display() if save.kind == Kind.SAVE else "",
        "lost_because": save.get_lost_because_display() if save.lost_because else "",
        "problem": save.problem,
        "checks": [
            {
                "words": check_words(each),
                "due_on": each.due_on,
                "found": found_words(word_of(each)),
                "price_minor": each.price_minor,
                "is_outcome_reached": each.is_outcome_reached,
                "is_asked": each.seen_at is not None,
            }
            for each in save.checks.order_by("due_on", "at_days")
        ],
        "currency": save.currency,
        "commitments": [
            (each.get_side_display(), each.text, each.due_on, each.get_standing_display())
            for each in save.commitments.order_by("due_on", "pk")
        ],
    }


def log_of(visit: Visit) -> list[LogEntry]:
    """Its entries in the compliance log, in their order."""
    return list(LogEntry.objects.filter(visit_id=visit.pk).defer("private").order_by("number"))


def others_of(visit: Visit) -> list[dict[str, Any]]:
    """Other live visits of the account, the latest first."""
    found = Visit.objects.filter(account_id=visit.account_id, mode="live").exclude(pk=visit.pk)
    latest = found.defer("steps", "considered").order_by("-opened_at")[:OTHERS_SHOWN]
    return [{"visit": each, "outcome": outcome_words(each)} for each in latest]
