"""Reviews: each leaving, whether it was known, whether it could have been overcome, and in sums."""

from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.console import format as written
from tenure.console.download import csv_reply
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import account_names, reason_titles
from tenure.console.pages.reviews.choose import (
    ATTENTION,
    KNOWN,
    OVERCOME,
    STATES,
    Choice,
    read_choice,
)
from tenure.reasons.models import LeavingReview
from tenure.reasons.reviews_listed import (
    CANNOT_TELL,
    ReviewChoice,
    Sums,
    chosen_reviews,
    sums_of,
)
from tenure.reasons.reviews_sentences import WARNINGS
from tenure.reasons.reviews_told import REVIEWS, review_row

ROWS_SHOWN = 50
KNOWN_TONES = {"known": "paying", "surprise": "churn", CANNOT_TELL: "free"}


@require_GET
def reviews_page(request: HttpRequest) -> HttpResponse:
    """The reviews of the link, and what all leavings of its days come to."""
    choice = read_choice(request.GET)
    sums = sums_of(chosen_reviews(choice.bare))
    page = Paginator(chosen_reviews(choice.asked).defer("acts", "tried"), ROWS_SHOWN).get_page(
        choice.page
    )
    context: dict[str, Any] = {
        "choice": choice.asked,
        "is_narrowed": choice.is_narrowed,
        "has_none": not sums.leavings and not LeavingReview.objects.exists(),
        "states": [
            (words, choice.query(state=key, page=1), key, _count(choice, key))
            for key, words in STATES.items()
        ],
        "known_choices": KNOWN.items(),
        "overcome_choices": OVERCOME.items(),
        "attention_choices": ATTENTION.items(),
        "reason_choices": reason_titles().items(),
        "link": choice.query(page=1),
        "tiles": tiles(sums, choice),
        "page": page,
        "rows": _rows(list(page)),
        "cleared": Choice(ReviewChoice(state=choice.asked.state)).query(),
        "previous": choice.query(page=page.number - 1) if page.has_previous() else None,
        "next_page": choice.query(page=page.number + 1) if page.has_next() else None,
    }
    return page_reply(request, "reviews", title_of(sums), context, place="leaving")


@require_GET
def reviews_csv(request: HttpRequest) -> HttpResponse:
    """All reviews of the link, with exact figures."""
    found = chosen_reviews(read_choice(request.GET).asked).defer("warnings", "acts", "tried")
    rows = (review_row(each) for each in found.iterator(1_000))
    return csv_reply(
        request, "reviews.csv", REVIEWS, ([row[name] for name in REVIEWS] for row in rows)
    )


def title_of(sums: Sums) -> str:
    """The page's answer in a sentence."""
    if not sums.leavings:
        return _("Nobody has decided to leave")
    surprises = sums.known.get("surprise", 0)
    return ngettext(
        "Of %(leavings)s leaving, %(surprises)s was a surprise and %(could)s could have been "
        "overcome, in part at least",
        "Of %(leavings)s leavings, %(surprises)s were a surprise and %(could)s could have been "
        "overcome, in part at least",
        sums.leavings,
    ) % {
        "leavings": written.number(sums.leavings),
        "surprises": written.number(surprises),
        "could": written.number(sums.could_have_been),
    }


def tiles(sums: Sums, choice: Choice) -> list[dict[str, Any]]:
    """The sums, each with the link to the reviews behind it."""
    lead = sums.lead_days_median
    told: list[tuple[str, int, str, str]] = [
        (_("A surprise"), sums.known.get("surprise", 0), choice.behind(known="surprise"), ""),
        (_("Known"), sums.known.get("known", 0), choice.behind(known="known"), ""),
        (
            _("Cannot be told"),
            sums.known.get(CANNOT_TELL, 0),
            choice.behind(known=CANNOT_TELL),
            _("Most from before Tenure ran here: what nobody noted, nobody can tell."),
        ),
        (
            _("Could have been overcome"),
            sums.overcome.get("yes", 0),
            choice.behind(overcome="yes"),
            _("%(count)s more in part") % {"count": written.number(sums.overcome.get("partly", 0))},
        ),
        (
            _("Somebody acted"),
            sums.acted,
            choice.behind(attention="acted"),
            _("of %(count)s with a warning") % {"count": written.number(sums.warned)},
        ),
        (
            _("Nobody looked"),
            sums.because.get("unseen", 0),
            choice.behind(attention="unseen"),
            _("and %(count)s seen without an act")
            % {"count": written.number(sums.because.get("seen", 0))},
        ),
    ]
    shown: list[dict[str, Any]] = [
        {"title": title, "value": written.number(count), "query": query if count else None,
         "note": note}
        for title, count, query, note in told
    ]  # fmt: skip
    shown.append(
        {
            "title": _("Median lead time"),
            "value": "–" if lead is None else _days(lead),
            "query": None,
            "note": _("From the earliest warning to the decision."),
        }
    )
    for currency, minor in sums.mrr_minor.items():
        shown.append(
            {"title": _("MRR that left, %(currency)s") % {"currency": currency},
             "value": written.money(minor, currency), "query": None, "note": ""}
        )  # fmt: skip
    return shown


def _days(days: float) -> str:
    return ngettext("%(days)s day", "%(days)s days", round(days)) % {"days": written.number(days)}


def _count(choice: Choice, state: str) -> int:
    """How many stand in the list that the state opens, with the filters as they are."""
    return chosen_reviews(replace(choice.asked, state=state)).count()


def _rows(reviews: list[LeavingReview]) -> list[dict[str, Any]]:
    names = account_names(each.account_id for each in reviews)
    reasons = reason_titles()
    return [
        {
            "review": each,
            "account": names.get(each.account_id, each.account_id),
            "reason": reasons.get(each.reason, each.reason),
            "is_inferred": each.reason_source == "inferred",
            "known": KNOWN[each.held_known or CANNOT_TELL],
            "known_tone": KNOWN_TONES[each.held_known or CANNOT_TELL],
            "overcome": OVERCOME[each.held_overcome or CANNOT_TELL],
            "warning": WARNINGS.get(each.warning, ""),
            "lead": _days(each.lead_days) if each.lead_days is not None else "",
            "attention": ATTENTION.get(each.known_because, ""),
        }
        for each in reviews
    ]
