"""A review in words: warnings, acts, attempts, and what the proposals rest on. Made when shown.

Pieces name people by their ids; `name_of` gives what to call them, `offer_of` an offer's title.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.signals.sentences import kind_name
from tenure.tasks.models import Outcome

NameOf = Callable[[str], str]
Piece = Mapping[str, Any]

WARNINGS = {
    "signal": gettext_lazy("A signal"),
    "cancel_page": gettext_lazy("The way out was looked at"),
    "intent": gettext_lazy("A sign of leaving in the product"),
    "words": gettext_lazy("They spoke of leaving"),
    "ticket": gettext_lazy("An upset ticket"),
    "ticket_badly": gettext_lazy("A ticket that went badly"),
    "payment_failed": gettext_lazy("A payment that failed"),
    "use_fell": gettext_lazy("Use fell"),
}
_SAID = {
    "signal": gettext_lazy("Signal: %(kind_name)s"),
    "cancel_page": gettext_lazy("%(person)s looked at the way out (%(name)s)"),
    "intent": gettext_lazy("%(person)s: %(name)s"),
    "words": gettext_lazy("%(person)s said: “%(said)s”"),
    "ticket": gettext_lazy("%(person)s wrote an upset ticket: “%(subject)s”"),
    "ticket_badly": gettext_lazy("A ticket was not solved, or badly rated: “%(subject)s”"),
    "payment_failed": gettext_lazy("A payment failed, and was not made good"),
    "use_fell": gettext_lazy("Use fell to %(uses)s a week, from %(usual)s, for %(weeks)s weeks"),
    "answered": gettext_lazy("We answered “%(subject)s”"),
    "talked": gettext_lazy("%(ours)s talked with %(them)s"),
    "task_taken": gettext_lazy("%(ours)s took up “%(title)s”"),
    "task_worked_on": gettext_lazy("%(ours)s worked on “%(title)s”"),
    "task_done": gettext_lazy("%(ours)s closed “%(title)s”: %(outcome_name)s"),
    "task_dropped": gettext_lazy("%(ours)s dropped “%(title)s”: %(outcome_name)s"),
    "told": gettext_lazy("A message told one of us of a signal"),
    "offered": gettext_lazy("Shown on the way out: %(offer_names)s"),
    "offer_accepted": gettext_lazy("They accepted: %(offer_names)s"),
    "returned": gettext_lazy("They came back"),
    "mail": gettext_lazy("A mail reminded them of what was agreed"),
    "rung": gettext_lazy("%(rung_name)s: %(rung_outcome)s"),
}
ATTENTION = {
    "acted": gettext_lazy("There was a warning, and one of us acted on it before they decided."),
    "seen": gettext_lazy("There was a warning, and one of us saw it; nobody did anything."),
    "unseen": gettext_lazy("There was a warning, and nobody looked at it."),
    "no_warning": gettext_lazy("Nothing that is known warned of it."),
    "before_us": gettext_lazy(
        "There was a warning, but Tenure did not run here yet: nobody can tell whether it was seen."
    ),
}
GROUNDS = {
    "avoidable_yes": gettext_lazy("This reason can be avoided."),
    "avoidable_partly": gettext_lazy("This reason can be avoided in part."),
    "avoidable_no": gettext_lazy("This reason cannot be avoided."),
    "promise_broken": gettext_lazy("We broke a promise that we had made to them."),
    "time_unused": gettext_lazy("There was time enough after the first warning, and nobody acted."),
    "tried_in_vain": gettext_lazy("Somebody acted in time, and they left all the same."),
    "reason_unknown": gettext_lazy("Their reason is not known."),
}
_RUNGS = {
    "mail": gettext_lazy("Mail"),
    "call": gettext_lazy("Call"),
    "visit": gettext_lazy("Visit"),
}
_RUNG_OUTCOMES = {
    "": gettext_lazy("under way"),
    "silent": gettext_lazy("no answer"),
    "talked": gettext_lazy("we talked"),
    "no": gettext_lazy("they said no"),
    "dropped": gettext_lazy("left off"),
}


def piece_sentence(piece: Piece, *, name_of: NameOf = str, offer_of: NameOf = str) -> str:
    """What one warning, act or attempt says, without its day."""
    said = _SAID.get(str(piece.get("what")))
    return str(said) % _Read(piece, name_of, offer_of) if said else str(piece.get("what", ""))


def piece_at(piece: Piece) -> datetime:
    """When it was."""
    return datetime.fromisoformat(str(piece["at"]))


def people_in(pieces: list[Piece]) -> set[str]:
    """The people of theirs whom these name, by id."""
    named = {str(piece.get("with") or "") for piece in pieces}
    named |= {str(piece.get("by") or "") for piece in pieces if piece.get("what") in WARNINGS}
    return named - {""}


class _Read:
    """One piece, its values as they are shown: what `%` asks by name."""

    def __init__(self, piece: Piece, name_of: NameOf, offer_of: NameOf) -> None:
        self._piece, self._name_of, self._offer_of = piece, name_of, offer_of

    def __getitem__(self, name: str) -> str:
        read = getattr(self, f"_{name}", None)
        if callable(read):
            return str(read())
        value = self._piece.get(name)
        return "" if value is None else str(value)

    def _person(self) -> str:
        by = str(self._piece.get("by") or "")
        return self._name_of(by) if by else _("Somebody")

    def _them(self) -> str:
        them = str(self._piece.get("with") or "")
        return self._name_of(them) if them else _("them")

    def _ours(self) -> str:
        return str(self._piece.get("by") or "") or _("One of us")

    def _kind_name(self) -> str:
        return kind_name(str(self._piece.get("kind") or ""))

    def _outcome_name(self) -> str:
        code = str(self._piece.get("outcome") or "")
        return str(Outcome(code).label) if code in Outcome.values else code

    def _offer_names(self) -> str:
        names = self._piece.get("offers") or [self._piece.get("offer")]
        return ", ".join(self._offer_of(str(name)) for name in names if name)

    def _rung_name(self) -> str:
        return str(_RUNGS.get(str(self._piece.get("rung")), ""))

    def _rung_outcome(self) -> str:
        return str(_RUNG_OUTCOMES.get(str(self._piece.get("outcome") or ""), ""))
