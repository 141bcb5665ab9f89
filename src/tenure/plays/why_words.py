"""Why somebody did or did not get what a play says, as sentences in the reader's language."""

from collections.abc import Callable
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.messages.because_words import address_sentence, because_name
from tenure.plays.models import Enrolment, PlayDecision
from tenure.plays.reached import Reached
from tenure.plays.why import Entry, Why
from tenure.plays.why_absent import Question

Moment = Callable[[datetime], str]  # how the reader is told a moment


def headline(told: Why) -> str:
    """The answer in one sentence."""
    words = {
        "got": _("%(who)s got what “%(play)s” says"),
        "waits": _("What “%(play)s” says waits for %(who)s"),
        "left_alone": _("%(who)s is left alone by “%(play)s”, by chance"),
        "withheld": _("What “%(play)s” says was withheld from %(who)s"),
        "in_it": _("%(who)s is in “%(play)s”, and nothing was to be sent yet"),
        "off": _("“%(play)s” is off, so %(who)s got nothing of it"),
        "never": _("%(who)s never came into “%(play)s”"),
    }[told.verdict]
    return words % {"who": told.name or told.subject_id, "play": told.play.title}


def question_sentence(asked: Question, moment: Moment) -> str:
    """What was asked at the door, and the answer."""
    figures = {name: _shown(value, moment) for name, value in asked.figures.items()}
    return _QUESTIONS[asked.code]() % figures


def entry_sentence(entry: Entry, moment: Moment) -> str:
    """What brought them in, when, and what chance said."""
    row = entry.row
    words = _("Came in at %(at)s (%(because)s); %(arm)s")
    return words % {"at": moment(row.entered_at), "because": row.because, "arm": _arm(entry)}


def _arm(entry: Entry) -> str:
    if entry.row.is_kept_back:
        return _("their account is of the long-term hold-out, which every play leaves alone")
    share = f"{entry.row.share:.0%}"
    if entry.is_left_alone:
        return _("their account is left alone by chance, as are %(share)s") % {"share": share}
    return _("their account is not left alone")


def decision_sentence(said: PlayDecision, moment: Moment) -> str:
    """One turn of the way."""
    words = {
        "waits": _("Waits until %(detail)s"),
        "went": _("Went on: %(detail)s"),
        "moved": _("The play was edited: %(detail)s"),
        "goal": _("Reached the goal: %(detail)s"),
        "exit": _("Left: %(detail)s"),
        "finished": _("Came to the end"),
        "step_gone": _("Its step is gone from the play"),
        "no_date": _("There is no date any more: %(detail)s"),
        "merged": _("They were merged with somebody who is in the play since before"),
    }.get(said.what)
    detail = said.detail
    if said.what == "waits" and detail[:4].isdigit():
        detail = moment(datetime.fromisoformat(detail))
    if words is None:
        return f"{said.what}: {detail}" if detail else said.what
    return words % {"detail": detail}


def reach_sentences(reached: Reached, moment: Moment) -> list[tuple[bool, str]]:
    """What holds of one person now, each with whether it lets a mail through."""
    found = [(reached.has_address, _("A mail address is known"))]
    if not reached.has_address:
        found = [(False, because_name("no_address"))]
    if reached.refused_for:
        found.append((False, address_sentence(reached.refused_for)))
    if reached.has_switched_off:
        found.append((False, _("They switched this topic off")))
    if reached.is_not_to_be_asked:
        found.append((False, because_name("not_to_be_asked")))
    if reached.has_asked is not None:
        words = (
            _("They asked for this topic") if reached.has_asked else because_name("not_asked_for")
        )
        found.append((reached.has_asked, words))
    if reached.opens_at is None:
        found.append((True, _("Their clock (%(zone)s) lets mail through now") % _zone(reached)))
    else:
        words = _("It is a quiet hour on their clock (%(zone)s) until %(at)s")
        found.append((False, words % {**_zone(reached), "at": moment(reached.opens_at)}))
    words = ngettext(
        "%(spent)s of %(allowance)s point of their week is spent",
        "%(spent)s of %(allowance)s points of their week are spent",
        reached.allowance,
    )
    figures = {"spent": reached.spent, "allowance": reached.allowance}
    return [*found, (reached.spent < reached.allowance, words % figures)]


def _zone(reached: Reached) -> dict[str, str]:
    return {"zone": reached.zone}


def enrolment_standing(row: Enrolment, moment: Moment) -> str:
    """Where somebody is in a play now."""
    if row.fault:
        return _("Cannot go on: %(fault)s") % {"fault": row.fault}
    if row.ended_at is not None:
        ends = {
            "finished": _("Came to the end at %(at)s"),
            "goal": _("Left with the goal reached at %(at)s"),
        }.get(row.ended_because, _("Left at %(at)s"))
        return ends % {"at": moment(row.ended_at)}
    if row.due_at is None:
        return _("Waits in “%(step)s” for an event") % {"step": row.at}
    return _("In “%(step)s”; goes on at %(at)s") % {"step": row.at, "at": moment(row.due_at)}


def _shown(value: object, moment: Moment) -> object:
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date) else value


# Asked when shown, in the reader's language.
_QUESTIONS: dict[str, Callable[[], str]] = {
    "is_on": lambda: _("Is the play on?"),
    "was_on": lambda: _(
        "It was switched the last time at %(since)s, afterwards; whether it was on before is not "
        "kept"
    ),
    "not_in_segment": lambda: _("Never was in the segment “%(segment)s”"),
    "segment_gone": lambda: _("The segment “%(segment)s” is not there any more"),
    "left_segment": lambda: _("Left the segment “%(segment)s” at %(left_at)s"),
    "in_segment_before": lambda: _(
        "Is in the segment “%(segment)s” since %(entered_at)s, from before the play was switched "
        "on: only who enters it afterwards comes in"
    ),
    "entered_segment": lambda: _("Entered the segment “%(segment)s” at %(entered_at)s"),
    "never_did": lambda: _("Never did “%(event)s”"),
    "did_before": lambda: _(
        "Did “%(event)s” last at %(last_at)s, before the play was switched on: only what happens "
        "afterwards counts"
    ),
    "did": lambda: _("Did “%(event)s” last at %(last_at)s"),
    "no_signal": lambda: _("The signal “%(signal)s” was never raised"),
    "signal_before": lambda: _(
        "The signal “%(signal)s” is of %(last_at)s, before the play was switched on"
    ),
    "signal": lambda: _("The signal “%(signal)s” is of %(last_at)s"),
    "no_date": lambda: _("The card has no date “%(column)s”"),
    "date_to_come": lambda: _("%(column)s is %(value)s: they come in at %(comes_at)s"),
    "date_before": lambda: _(
        "%(column)s is %(value)s, so their time was %(comes_at)s, before the play was switched on"
    ),
    "date_came": lambda: _("%(column)s is %(value)s, so their time was %(comes_at)s"),
    "nobody_said_so": lambda: _("Only who is brought in by hand comes in, and nobody did that"),
    "where": lambda: _("Asked at the door: %(where)s"),
    "been_here": lambda: _("Was in it before, and nobody comes in twice"),
    "is_in": lambda: _("Is in it, and comes in again only after leaving"),
    "too_soon": lambda: _("Was in it before, and comes in again %(days)s days after that"),
    "may_come_again": lambda: _("Was in it before, and may come in again"),
}
