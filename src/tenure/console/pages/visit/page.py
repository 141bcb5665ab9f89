"""One visit: what they saw and said, what was considered, and what became of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tenure.base.errors import NotFound
from tenure.card.models import AccountCard
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import (
    BILLING,
    TONES,
    answer_titles,
    offer_titles,
    outcome_words,
    reason_titles,
)
from tenure.console.pages.visit.behind import billing_and_receipts, followed, log_of, others_of
from tenure.console.pages.visit.replay import considered, replay, titles_seen
from tenure.offboard import event
from tenure.offboard.models import Visit
from tenure.offboard.report_parts import HOLD_OUT
from tenure.offers.models import Concession

HOW = {
    "rules": gettext_lazy("Chosen by the rules"),
    "learned": gettext_lazy("Chosen by what was learned"),
    "season": gettext_lazy("Chosen because the account's own use is seasonal"),
}


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
    answers = answer_titles(visit.reason) | reasons
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
        "follow_up": answers.get(visit.follow_up, visit.follow_up),
        "next_job": answers.get(visit.next_job, visit.next_job),
        "steps": replay(visit, answers, offers),
        "considered": considered(visit, offers),
        "terms": _terms(visit),
        "how": HOW.get(_how(visit), ""),
        "save": followed(visit),
        "log": log_of(visit),
        "others": others_of(visit),
        **billing_and_receipts(visit),
    }
    title = _("%(account)s: %(outcome)s") % {"account": name, "outcome": context["outcome"]}
    return page_reply(request, "visit", title, context, place="leaving")


def _how(visit: Visit) -> str:
    """How offers were chosen the last time that they were."""
    chosen = [said for said in visit.steps if said.get("kind") == event.CHOSEN]
    return str(chosen[-1].get("how") or "") if chosen else ""


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
