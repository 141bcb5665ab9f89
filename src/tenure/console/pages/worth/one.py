"""One case: the verdict and its grounds, what to ask, what was tried or not, and the ladder."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import Conflict, InvalidInput
from tenure.card.models import AccountCard
from tenure.card.product import product
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import account_names, offer_titles, reason_titles
from tenure.console.pages.reviews.one import LARGEST_ID
from tenure.console.pages.tasks.acting import owner_named, owners
from tenure.console.pages.worth.page import TONES
from tenure.customers.models import Person
from tenure.lake.reading import company_day
from tenure.messages.open_signals import people_names
from tenure.reasons.models import LeavingReview, SaidNo, WorthVerdict
from tenure.reasons.review_models import Rung, RungOutcome, Worth
from tenure.reasons.reviews_sentences import people_in, piece_at, piece_sentence
from tenure.reasons.taxonomy_parts import words_in
from tenure.reasons.worth_deciding import NOTE_CHARACTERS_MAX, overrule
from tenure.reasons.worth_ladder import begin, note, refuse
from tenure.reasons.worth_rules import worth_rules
from tenure.reasons.worth_sentences import (
    CLOSED,
    ground_sentence,
    mail_of,
    tried_and_not,
    tried_pieces,
)


def _case(case_id: int) -> WorthVerdict:
    found = WorthVerdict.objects.select_related("owner").filter(pk=case_id)
    case = found.first() if case_id < LARGEST_ID else None
    if case is None:
        raise Http404
    return case


@require_GET
def case_page(request: HttpRequest, case_id: int) -> HttpResponse:
    """One case, with everything that somebody who takes it up has to know."""
    case = _case(case_id)
    name = account_names([case.account_id]).get(case.account_id, case.account_id)
    title = _("%(account)s: %(verdict)s") % {
        "account": name,
        "verdict": Worth(case.held_code).label,
    }
    return page_reply(request, "worth/one", title, _context(case, name), place="leaving")


@require_POST
def case_act(request: HttpRequest, case_id: int, what: str) -> HttpResponse:
    """Begin the ladder, note what came of a rung, note a no, or give another verdict."""
    act = ACTS.get(what)
    if act is None:
        raise Http404
    case = _case(case_id)
    try:
        said = act(case, request.POST, system_clock(), request.user.get_username())
    except (Conflict, InvalidInput) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said)
    return redirect("worth-case", case.pk)


def _begin(case: WorthVerdict, form: QueryDict, now: datetime, by: str) -> str:
    owner = owner_named(form.get("owner", ""))
    if owner is None:
        raise InvalidInput(_("Choose who owns the ladder."), field="owner")
    begin(case, owner, today=company_day(settings.TENURE_HOME, now), now=now, by=by)
    return _("%(name)s has a task to write to them.") % {"name": owner.get_username()}


def _note(case: WorthVerdict, form: QueryDict, now: datetime, by: str) -> str:
    after = note(
        case,
        form.get("outcome", ""),
        form.get("text", ""),
        today=company_day(settings.TENURE_HOME, now),
        now=now,
        by=by,
    )
    if form.get("outcome") == RungOutcome.NO:
        return _("Noted. Nobody asks them again.")
    if after is None:
        return _("Noted. The ladder has ended.")
    return _("Noted. Next: %(rung)s.") % {"rung": after.get_rung_display()}


def _refuse(case: WorthVerdict, form: QueryDict, now: datetime, by: str) -> str:
    refuse(case.account_id, form.get("text", ""), now=now, by=by)
    return _("Noted. Nobody asks them again.")


def _overrule(case: WorthVerdict, form: QueryDict, now: datetime, by: str) -> str:
    seen = form.get("seen", "")
    try:
        seen_at = datetime.fromisoformat(seen) if seen else None
    except ValueError:
        raise InvalidInput(f"seen: {seen[:40]!r} is no instant", field="seen") from None
    overrule(case, form.get("code", ""), form.get("note", ""), seen_at=seen_at, by=by, now=now)
    return _("Noted. What was judged stands beside it.")


ACTS = {"begin": _begin, "note": _note, "no": _refuse, "verdict": _overrule}


def _context(case: WorthVerdict, name: str) -> dict[str, Any]:
    rules, language = worth_rules(), get_language() or "en"
    reasons = reason_titles()
    rungs = list(case.rungs.select_related("task").order_by("id"))
    pieces = tried_pieces(case.grounds)
    done, not_done = tried_and_not(pieces, rules, case.reason)
    subject, text = mail_of(rules, name, case.reason)
    titles = {each.name: each.title for each in product().outcomes}
    grounds = [
        ground_sentence(
            {**each, "title": titles.get(str(each.get("outcome")))},
            reason_of=lambda code: reasons.get(code, code),
            money_of=written.money,
        )
        for each in case.grounds
        if each.get("what") != "tried"
    ]
    review = LeavingReview.objects.filter(account_id=case.account_id, withdrawn_at=None)
    return {
        "case": case,
        "account": name,
        "has_card": AccountCard.objects.filter(pk=case.account_id).exists(),
        "verdict": Worth(case.held_code).label,
        "judged": Worth(case.code).label,
        "tone": TONES.get(case.held_code, "free"),
        "grounds": grounds,
        "questions": [words_in(each.text, language) for each in rules.questions_for(case.reason)],
        "done": [words_in(each.title, language) for each in done],
        "not_done": [words_in(each.title, language) for each in not_done],
        "tried": _told(pieces),
        "rungs": rungs,
        "standing": next((each for each in rungs if not each.outcome), None),
        "rung_words": dict(Rung.choices),
        "mail_subject": subject,
        "mail_text": text,
        "mail_link": _mail_link(case, subject, text),
        "owners": owners(),
        "verdict_choices": Worth.choices,
        "note_max": NOTE_CHARACTERS_MAX,
        "seen": case.person_at.isoformat() if case.person_at else "",
        "said_no": SaidNo.objects.filter(account_id=case.account_id).order_by("said_at").first(),
        "closed": CLOSED.get(case.closed_because, ""),
        "review": review.order_by("-decided_at").first(),
    }


def _told(pieces: list[Any]) -> list[dict[str, Any]]:
    people, offers = people_names(people_in(pieces)), offer_titles()
    return [
        {
            "at": piece_at(piece),
            "sentence": piece_sentence(
                piece,
                name_of=lambda each: people.get(each, each),
                offer_of=lambda each: offers.get(each, each),
            ),
        }
        for piece in pieces
    ]


def _mail_link(case: WorthVerdict, subject: str, text: str) -> str:
    """A link that opens the mail in one's own program, to whom carries the product there."""
    card = AccountCard.objects.filter(pk=case.account_id).values_list("values", flat=True).first()
    champion = str((card or {}).get("champion_id") or "")
    email = Person.objects.filter(pk=champion).values_list("email", flat=True).first() or ""
    return f"mailto:{quote(email, safe='@')}?subject={quote(subject)}&body={quote(text)}"
