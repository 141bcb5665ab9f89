"""One reason: how many left for it by each source, what stands behind it, and who they are."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.errors import NotFound
from tenure.base.home import Home
from tenure.console import format as written
from tenure.console.charts.reason_months import ReasonCell, reason_months_chart
from tenure.console.charts.theme import Spec
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import offer_titles, reason_titles
from tenure.console.pages.reasons import words
from tenure.console.pages.reasons.behind import asked_for, listed, read_asked
from tenure.console.pages.reasons.choose import Choice
from tenure.console.pages.reasons.found import leavings_of
from tenure.console.pages.reasons.tables import summed
from tenure.offers.book import offer_book
from tenure.reasons.leavings_counted import code_in
from tenure.reasons.leavings_placed import PlacedLeaving
from tenure.reasons.recording import FOLLOWED_UP, INFERRED, STATED
from tenure.reasons.taxonomy import Reason, taxonomy, words_in

IN_ORDER = (STATED, FOLLOWED_UP, INFERRED)


@require_GET
def reason_page(request: HttpRequest, code: str) -> HttpResponse:
    """Raises NotFound for a code that the taxonomy has not."""
    home: Home = settings.TENURE_HOME
    known = taxonomy()
    if not known.has(code):
        raise NotFound(_("There is no reason %(code)s in reasons.toml.") % {"code": code})
    reason, choice = known.reason(code), read_asked(request, home)
    placed, title = leavings_of(home, choice), reason_titles()[code]
    own = {
        source: [each for each in placed if code_in(each.leaving, source) == code]
        for source in IN_ORDER
    }
    asked = Choice(choice.first, choice.last, choice.latest, source=choice.source, reason=code)
    context: dict[str, Any] = {
        "reason": reason,
        "choice": choice,
        "tabs": _tabs(own, choice),
        "facts": _facts(reason),
        "chart": _chart(own, choice, code),
        "answers": _answers(own[FOLLOWED_UP]),
        "offers": _offers(code),
        **listed(asked_for(home, asked), asked),
        "previous": None,
        "next_page": None,
        "more_query": asked.query(page=2),
    }
    return page_reply(
        request, "reasons/one", _title(title, own), context, place="leaving", has_charts=True
    )


def _title(title: str, own: dict[str, list[PlacedLeaving]]) -> str:
    said, seen = len(own[STATED]), len(own[INFERRED])
    ending = ngettext("%(n)s said so", "%(n)s said so", said) % {"n": written.number(said)}
    return _("“%(title)s”: %(said)s, and of %(seen)s it is what was seen") % {
        "title": title,
        "said": ending,
        "seen": written.number(seen),
    }


def _tabs(own: dict[str, list[PlacedLeaving]], choice: Choice) -> list[dict[str, Any]]:
    """Each source with its count, what those paid, and the link that lists them here."""
    return [
        {
            "title": words.SOURCES[source],
            "count": len(found),
            "mrr": words.money(summed(each.leaving.mrr_minor for each in found)),
            "query": choice.query(source=source, page=1),
            "is_chosen": source == choice.source,
        }
        for source, found in own.items()
    ]


def _facts(reason: Reason) -> dict[str, Any]:
    language = get_language() or "en"
    others = sorted(
        {word for said in reason.crosswalk.values() for word in said if not word.isdecimal()}
    )
    return {
        "root": words.ROOTS[reason.root],
        "avoidable": words.AVOIDABLE[reason.avoidable],
        "sentence": words_in(reason.sentence, language),
        "question": words_in(reason.follow_up.question, language) if reason.follow_up else "",
        "others": ", ".join(others),
    }


def _chart(own: dict[str, list[PlacedLeaving]], choice: Choice, code: str) -> Spec | None:
    """The three sources below each other, by month."""
    behind = reverse("reasons-behind")
    cells = []
    for source, found in own.items():
        for month, count in sorted(Counter(each.month for each in found).items()):
            query = choice.only(source=source, reason=code, month=month)
            title = str(words.SOURCES[source])
            cells.append(ReasonCell(month, title, count, f"{behind}?{query}"))
    if not cells:
        return None
    return reason_months_chart(
        cells, [str(words.SOURCES[each]) for each in IN_ORDER], list(choice.months)
    )


def _answers(found: Sequence[PlacedLeaving]) -> list[tuple[str, int]]:
    """What the follow-up found in particular, the most frequent first."""
    counts = Counter(
        words.option_title(each.leaving.followed_up)
        for each in found
        if each.leaving.followed_up is not None
    )
    return counts.most_common()


def _offers(code: str) -> list[str]:
    """Offers of the book that answer it."""
    titles = offer_titles()
    return [
        titles.get(each.name, each.name) for each in offer_book().offers if code in each.reasons
    ]
