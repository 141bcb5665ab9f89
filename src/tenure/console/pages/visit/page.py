"""One visit: what they saw and said, what was considered, and what became of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.errors import NotFound
from tenure.billing.models import BillingChange
from tenure.card.models import AccountCard
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.figures import check_words
from tenure.console.pages.leaving.words import (
    BILLING,
    TONES,
    found_words,
    offer_titles,
    outcome_words,
    reason_titles,
)
from tenure.console.pages.visit.replay import considered, replay, titles_seen
from tenure.messages.models import Message, Purpose
from tenure.offboard.models import Visit, VisitOutcome
from tenure.offboard.report_parts import HOLD_OUT
from tenure.offers.models import Concession
from tenure.saves.listed import word_of
from tenure.saves.models import Save


@require_GET
def visit_page(request: HttpRequest, visit_id: str) -> HttpResponse:
    """Raises NotFound for a visit that there is not."""
    visit = Visit.objects.filter(pk=visit_id).first()
    if visit is None:
        raise NotFound(
            _("There is no visit %(id)s. It may have been of an account that was forgotten.")
            % {"id": visit_id}
        )
    card = AccountCard.objects.filter(pk=visit.account_id).first()
    name = str(card) if card else visit.account_id
    reasons, offers = reason_titles(), offer_titles() | titles_seen(visit)
    context: dict[str, Any] = {
        "visit": visit,
        "card": card,
        "name": name,
        "outcome": outcome_words(visit),
        "tone": TONES.get(visit.outcome, "free"),
        "is_held_out": visit.arm == HOLD_OUT,
        "share": written.share(visit.share),
        "reason": reasons.get(visit.reason, visit.reason),
        "offer": offers.get(visit.offer, visit.offer),
        "billing": BILLING.get(visit.billing, visit.billing) if visit.outcome else "",
        "steps": replay(visit, reasons, offers),
        "considered": considered(visit, offers),
        "terms": _terms(visit),
        "save": _save(visit),
        **_outcomes(visit),
    }
    title = _("%(account)s: %(outcome)s") % {"account": name, "outcome": context["outcome"]}
    return page_reply(request, "visit", title, context, place="leaving")


def _terms(visit: Visit) -> list[dict[str, Any]]:
    """What was promised, exactly as it was shown, and as it is stored."""
    given = Concession.objects.filter(visit_id=visit.pk, account_id=visit.account_id)
    return [
        {
            "words": str(each.words.get("terms") or each.words.get("terms_text") or ""),
            "stored": sorted((str(key), str(value)) for key, value in each.terms.items()),
        }
        for each in given
    ]


def _outcomes(visit: Visit) -> dict[str, Any]:
    """Billing's changes and the receipts of what was decided."""
    outcomes = list(VisitOutcome.objects.filter(visit_id=visit.pk))
    keys = [each.change_key for each in outcomes if each.change_key]
    changes = BillingChange.objects.filter(key__in=keys).order_by("pk")
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
            }
            for each in changes
        ],
        "receipts": [(each.recipient, each.get_status_display()) for each in receipts],
        "has_no_address": bool(outcomes) and not any(each.email for each in outcomes),
    }


def _save(visit: Visit) -> dict[str, Any] | None:
    """The save's standing, its checks and what was promised in return."""
    save = Save.objects.filter(visit_id=visit.pk, kind="save", superseded_by="").first()
    if save is None:
        return None
    return {
        "status": save.get_status_display(),
        "applying": save.get_applying_display(),
        "lost_because": save.get_lost_because_display() if save.lost_because else "",
        "problem": save.problem,
        "checks": [
            (check_words(each), each.due_on, found_words(word_of(each)))
            for each in save.checks.order_by("due_on", "at_days")
        ],
        "commitments": [
            (each.get_side_display(), each.text, each.due_on, each.get_standing_display())
            for each in save.commitments.order_by("due_on", "pk")
        ],
    }
