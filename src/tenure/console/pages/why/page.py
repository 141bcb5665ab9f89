"""Why did or didn't somebody get what a play says? Any play, anybody; step by step."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.console.pages.frame import page_reply
from tenure.console.pages.list_link import read_said
from tenure.console.templatetags.console import instant
from tenure.lake.reading import company_day
from tenure.messages.models import Message
from tenure.plays.in_force import plays
from tenure.plays.models import PlayDecision
from tenure.plays.reached import Reached
from tenure.plays.why import Entry, Why, why
from tenure.plays.why_absent import Question
from tenure.plays.why_words import (
    decision_sentence,
    enrolment_standing,
    entry_sentence,
    headline,
    question_sentence,
    reach_sentences,
)
from tenure.segments.published import past_asked
from tenure.segments.why import Reason


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the way: a decision of the play, or a message."""

    at: str
    step: str
    sentence: str
    message: Message | None = None


@require_GET
def why_page(request: HttpRequest) -> HttpResponse:
    said = read_said(request.GET)
    play, id = said.get("play", ""), said.get("id", "")
    home, now, day = settings.TENURE_HOME, system_clock(), said.get("as_of", "")
    context = {"plays": plays(), "play": play, "id": id, "told": None, "problem": ""}
    context |= {"as_of": day, "today": company_day(home, now).isoformat()}
    title = _("Why did or didn’t they get this?")
    if play and id:
        try:
            told = why(home, play, id, now, as_of=past_asked(home, day, now))
        except (InvalidInput, NotFound) as error:
            context["problem"] = error.message
        else:
            title = headline(told)
            context |= {
                "told": told,
                "entries": [(entry, *_entry(entry)) for entry in told.entries],
                "asked": [_asked(home, each) for each in told.absence],
                "reach": [_reach(each) for each in told.reach],
                "subject_page": _subject_page(told),
            }
    return page_reply(request, "why", title, context, place="plays")


def _entry(entry: Entry) -> tuple[str, str, list[Line]]:
    """How it began, where it stands, and each line between in its order."""
    lines = [(each.at, _decision(each)) for each in entry.decisions]
    for message in entry.messages:
        at = message.ended_at or message.sending_at or message.released_at or message.intended_at
        lines.append((at, Line(instant(at), message.step, "", message)))
    # Of one moment, what was said comes before where they went from there.
    lines.sort(key=lambda each: (each[0], each[1].message is None))
    ordered = [line for _at, line in lines]
    return entry_sentence(entry, instant), enrolment_standing(entry.row, instant), ordered


def _decision(said: PlayDecision) -> Line:
    return Line(instant(said.at), said.step, decision_sentence(said, instant))


def _asked(home: Home, asked: Question) -> tuple[Question, str, tuple[Reason, ...], str]:
    """With its sentence, its reasons, and the day of what happened: it can be asked of, too."""
    reasons = asked.reasons.reasons if asked.reasons is not None else ()
    moments = [asked.figures.get(name) for name in ("last_at", "left_at", "entered_at")]
    at = next((moment for moment in moments if isinstance(moment, datetime)), None)
    day = company_day(home, at).isoformat() if at else ""
    return asked, question_sentence(asked, instant), reasons, day


def _reach(reached: Reached) -> tuple[Reached, list[tuple[bool, str]]]:
    return reached, reach_sentences(reached, instant)


def _subject_page(told: Why) -> str:
    """The name of the page of whom it is about."""
    return "account" if told.over == "account" else "person"
