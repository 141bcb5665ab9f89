"""One review sheet: what is known of a leaving in order, and a person's word on it."""

from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from tenure.base.clock import system_clock
from tenure.base.errors import Conflict, InvalidInput
from tenure.card.models import AccountCard
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import account_names, offer_titles, reason_titles
from tenure.console.pages.reviews.choose import KNOWN, OVERCOME
from tenure.messages.open_signals import people_names
from tenure.reasons.inferring_sentences import evidence_sentence
from tenure.reasons.leavings_with_reasons import words_of
from tenure.reasons.models import LeavingReview, ReasonRecord
from tenure.reasons.review_models import Known, Overcome
from tenure.reasons.reviews_deciding import NOTES_CHARACTERS_MAX, decide
from tenure.reasons.reviews_listed import CANNOT_TELL
from tenure.reasons.reviews_sentences import (
    ATTENTION,
    GROUNDS,
    people_in,
    piece_at,
    piece_sentence,
)
from tenure.reasons.worth_listed import case_of

LARGEST_ID = 2**63 - 1
SOURCES_IN_ORDER = ("stated", "followed_up", "survey", "interview")


@require_http_methods(["GET", "POST"])
def review_page(request: HttpRequest, review_id: int) -> HttpResponse:
    """One sheet; a POST says what this person found."""
    review = LeavingReview.objects.filter(pk=review_id).first() if review_id < LARGEST_ID else None
    if review is None:
        raise Http404
    if request.method == "POST":
        return _decide(request, review)
    name = account_names([review.account_id]).get(review.account_id, review.account_id)
    words = _("Why %(account)s left") if review.ended_on else _("Why %(account)s wants to leave")
    title = words % {"account": name}
    return page_reply(request, "reviews/one", title, context_of(review, name), place="leaving")


def _decide(request: HttpRequest, review: LeavingReview) -> HttpResponse:
    form = request.POST
    seen = form.get("seen", "")
    try:
        decide(
            review,
            known=form.get("known", ""),
            overcome=form.get("overcome", ""),
            notes=form.get("notes", ""),
            seen=int(seen) if seen.isdecimal() and len(seen) < 9 else -1,
            by=request.user.get_username(),
            now=system_clock(),
        )
    except (Conflict, InvalidInput) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Noted. What was prepared stands beside it."))
    return redirect("review", review.pk)


def context_of(review: LeavingReview, name: str) -> dict[str, Any]:
    """Everything that the sheet shows."""
    case = case_of(review.account_id)
    return {
        "review": review,
        "account": name,
        "has_card": AccountCard.objects.filter(pk=review.account_id).exists(),
        "money": [written.money(minor, each) for each, minor in review.mrr.items()],
        "reasons": reasons_of(review),
        "attention": ATTENTION.get(review.known_because, ""),
        "grounds": [GROUNDS[code] for code in review.overcome_because if code in GROUNDS],
        "lead": lead_words(review),
        "time": in_order(review),
        "known_prepared": KNOWN[review.known or CANNOT_TELL],
        "overcome_prepared": OVERCOME[review.overcome or CANNOT_TELL],
        "known_choices": Known.choices,
        "overcome_choices": Overcome.choices,
        "notes_max": NOTES_CHARACTERS_MAX,
        "words": [
            {
                "word": each,
                "known": KNOWN[each.known] if each.known else "",
                "overcome": OVERCOME[each.overcome] if each.overcome else "",
            }
            for each in review.words.order_by("-number")
        ],
        "case": case,
        "next_review": _next(review),
    }


def lead_words(review: LeavingReview) -> str:
    """How long before the decision the earliest warning was."""
    if review.lead_days is None:
        return ""
    return ngettext(
        "%(days)s day before the decision", "%(days)s days before the decision", review.lead_days
    ) % {"days": written.number(review.lead_days)}


def reasons_of(review: LeavingReview) -> list[dict[str, Any]]:
    """What was stated, followed up and inferred, apart, each with its evidence."""
    (told,) = words_of([(review.account_id, review.decided_at)])
    titles = reason_titles()
    said = {
        "stated": (_("They said"), told.stated),
        "followed_up": (_("Asked further"), told.followed_up),
        "survey": (_("In the survey"), told.survey),
        "interview": (_("In the interview"), told.interview),
    }
    rows = [
        _reason(said[source][0], record, titles)
        for source in SOURCES_IN_ORDER
        if (record := said[source][1]) is not None
    ]
    rows += [_reason(_("What was seen says"), each, titles) for each in told.inferred[:2]]
    return rows


def _reason(who: str, record: ReasonRecord, titles: dict[str, str]) -> dict[str, Any]:
    zone = settings.TENURE_HOME.company.time_zone
    people = people_names({str(piece.get("person") or "") for piece in record.evidence})
    return {
        "who": who,
        "title": titles.get(record.code, record.code),
        "text": record.text,
        "is_weak": record.is_weak,
        "evidence": [
            evidence_sentence(
                piece, name_of=lambda each: people.get(each, each), money_of=written.money,
                time_zone=zone,
            )
            for piece in record.evidence
        ],
    }  # fmt: skip


def in_order(review: LeavingReview) -> list[dict[str, Any]]:
    """Warnings, what we did and what was tried, as one story; the decision stands in it."""
    people = people_names(people_in([*review.warnings, *review.acts, *review.tried]))
    offers = offer_titles()
    zone = ZoneInfo(settings.TENURE_HOME.company.time_zone)
    rows: list[dict[str, Any]] = []
    told: set[tuple[str, str]] = set()
    for tag, pieces in (
        (_("Warning"), review.warnings),
        (_("Tried"), review.tried),
        (_("Looked"), review.acts),
    ):
        for piece in pieces:
            sentence = piece_sentence(
                piece,
                name_of=lambda each: people.get(each, each),
                offer_of=lambda each: offers.get(each, each),
            )
            if (piece["at"], sentence) in told:
                continue
            told.add((piece["at"], sentence))
            rows.append(
                {"at": piece_at(piece).astimezone(zone), "tag": tag, "sentence": sentence,
                 "visit": piece.get("visit") or "", "task": piece.get("task")}
            )  # fmt: skip
    rows.append(
        {"at": review.decided_at.astimezone(zone), "tag": _("Decision"), "is_decision": True,
         "sentence": _("They decided to leave")}
    )  # fmt: skip
    if review.ended_on is not None:
        rows.append({"on": review.ended_on, "tag": _("End"), "sentence": _("The payments ended")})
    if review.returned_on is not None:
        rows.append({"on": review.returned_on, "tag": _("Back"), "sentence": _("They pay again")})
    return sorted(rows, key=_moment)


def _moment(row: dict[str, Any]) -> tuple[date, time]:
    """A day without an hour comes last of its day."""
    return (row["at"].date(), row["at"].time()) if "at" in row else (row["on"], time.max)


def _next(review: LeavingReview) -> LeavingReview | None:
    """The next one that waits, the latest decision first."""
    waiting = LeavingReview.objects.filter(reviewed_at=None, withdrawn_at=None)
    later = waiting.exclude(pk=review.pk).filter(decided_at__lte=review.decided_at)
    return later.order_by("-decided_at", "id").first() or (
        waiting.exclude(pk=review.pk).order_by("-decided_at", "id").first()
    )
