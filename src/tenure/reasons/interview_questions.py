"""What to ask somebody who left: open questions about what happened, chosen by the reason.

None leads: each asks for a story or a fact, none names a cause or an answer, none can be answered
with yes, and none offers anything. The order is that of a story: when the thought came, what they
wanted, what happened, what they do now.

Source  the order of a "switch" interview (Moesta & Spiek, Jobs to be Done: first thought, passive
        and active looking, decision); the rule against leading questions of every survey handbook,
        as in Tourangeau, Rips & Rasinski 2000, The Psychology of Survey Response
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

RULES: tuple[Words, ...] = (
    _("Ask whether notes may be kept, and whether you may quote them, before you begin."),
    _("Listen. Explain nothing, defend nothing, and offer nothing in this talk."),
    _("Ask for the last time that it happened, not for what they usually do or would do."),
    _("Repeat their own words instead of naming a cause; a silence is a question as well."),
    _("Note what they say as they say it. What you conclude comes last, in a field of its own."),
)
OPENING: tuple[Words, ...] = (
    _("What was happening on the day on which you first thought of stopping?"),
    _("What happened between that day and the one on which you decided?"),
)
CLOSING: tuple[Words, ...] = (
    _("Who else had a say in it, and what mattered to them?"),
    _("How do you do this work now, and how does that go?"),
    _("What would have had to be different, and by when?"),
    _("What have I not asked that I should have?"),
)
WANTED_UNKNOWN: Words = _("What did you want to have done with our help when you began?")
BY_REASON: dict[str, tuple[Words, ...]] = {
    "closing": (
        _("What becomes of the work that you did with us?"),
        _("What is to become of your records?"),
    ),
    "bought": (
        _("Who decides about tools now, and how do they choose?"),
        _("What do the new owners do this work with?"),
    ),
    "out_of_cash": (
        _("How did you choose what stays and what goes?"),
        _("What did it bring you, in time or in money, as you saw it?"),
    ),
    "changed_needs": (
        _("What do you do differently now from when you began with us?"),
        _("When did that begin to change, and what set it off?"),
    ),
    "missing_feature": (
        _("Walk me through the last time you needed it. What did you do instead?"),
        _("How often did that come up, and for whom?"),
        _("What have you tried with what was there?"),
    ),
    "missing_integration": (
        _("Walk me through the way that the data took the last time. Who carried it across?"),
        _("What happened when it did not arrive?"),
    ),
    "hard_start": (
        _("Walk me through your first week with it. Where did you stop?"),
        _("Who was to set it up, and what else did they have on their desk?"),
        _("Where did you look for help, and what did you find?"),
    ),
    "setup_trouble": (
        _("What happened when you set it up? What did you see on the screen?"),
        _("Whom did you ask, and what came of it?"),
    ),
    "not_adopted": (
        _("Who used it, and what did the others do instead?"),
        _("How did the others hear of it, and what did they say?"),
    ),
    "defects": (
        _("Walk me through the last time that something went wrong. What did it cost you?"),
        _("What did you do then, and whom did you tell?"),
    ),
    "outages": (
        _("Where were you when it did not answer, and what stood still?"),
        _("How did you learn what was going on?"),
    ),
    "service_level": (
        _("What were you doing when you met the limit, and what did you do then?"),
        _("What does your work need that was not there, in numbers?"),
    ),
    "bad_service": (
        _("Walk me through the last time that you asked us for something."),
        _("What would a good answer have been, and by when?"),
    ),
    "promise_not_kept": (
        _("What had you understood that would happen, by whom and by when?"),
        _("What followed for you when the day had passed?"),
    ),
    "experience_not_right": (
        _("What was a good day of work with it like, and what a bad one?"),
        _("Which part of the work did you do elsewhere, and how?"),
    ),
    "price_value": (
        _("How would you tell a colleague what you got for it?"),
        _("When did the bill first come up, and who brought it up?"),
        _("What else was on the table, and how did you compare?"),
    ),
    "other": (_("What mattered most in the end?"),),
}
RIVAL: tuple[Words, ...] = (
    _("How did you come across what you use now, and what did you see first?"),
    _("What did you have to give up for it?"),
)


@dataclass(frozen=True, slots=True)
class Asking:
    """What is known and shapes the questions."""

    reasons: tuple[str, ...]  # codes: what they said, then what was seen; the first counts most
    has_rival: bool = False
    wanted: str = ""  # what they came for, as a title; empty: not known
    warned_in: str = ""  # a month in which something warned of it, as a person would say it
    contradicted_in: str = ""  # a month of what was seen and is not what they said


def questions_for(asking: Asking) -> list[str]:
    """The questions in the language that is active, in the order of a talk; each once."""
    asked = [str(each) for each in OPENING]
    if asking.wanted:
        asked.append(
            str(_("You came for “%(outcome)s”. How far did you come, and what came then?"))
            % {"outcome": asking.wanted}
        )
    else:
        asked.append(str(WANTED_UNKNOWN))
    for code in asking.reasons[:2]:
        asked += [str(each) for each in BY_REASON.get(code, ())]
    for month in (asking.warned_in, asking.contradicted_in):
        if month:
            asked.append(str(_("What was going on at your place in %(month)s?")) % {"month": month})
    if asking.has_rival:
        asked += [str(each) for each in RIVAL]
    asked += [str(each) for each in CLOSING]
    return list(dict.fromkeys(asked))
