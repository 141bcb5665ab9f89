"""One entry of the log in words: what happened, whose it was, what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tenure.console import format as written
from tenure.console.pages.flows.look import SCREEN_WORDS
from tenure.console.pages.leaving.words import BILLING, OUTCOMES, offer_titles, reason_titles
from tenure.console.pages.visit.replay import ACTIONS, STEPS, Line, screen_lines
from tenure.offboard.log import FORGOTTEN
from tenure.offboard.models import LogEntry

LABELS: dict[str, str | Promise] = {
    "seq": gettext_lazy("Place in the visit"),
    "screen": gettext_lazy("Screen"),
    "flow": gettext_lazy("Flow"),
    "flow_digest": gettext_lazy("Version of the flow"),
    "shape": gettext_lazy("Shape"),
    "experiment": gettext_lazy("Experiment"),
    "arm": gettext_lazy("Arm"),
    "share": gettext_lazy("Chance of the arm"),
    "language": gettext_lazy("Language"),
    "country": gettext_lazy("Country"),
    "is_consumer": gettext_lazy("A consumer"),
    "channel": gettext_lazy("Channel"),
    "reason": gettext_lazy("Reason"),
    "follow_up": gettext_lazy("Follow-up"),
    "next_job": gettext_lazy("What does the job now"),
    "offer": gettext_lazy("Offer"),
    "offer_kind": gettext_lazy("Kind of offer"),
    "offers": gettext_lazy("Offers"),
    "action": gettext_lazy("What they did"),
    "effective": gettext_lazy("Takes effect"),
    "ends_on": gettext_lazy("Ends on"),
    "billing": gettext_lazy("Billing"),
    "kind": gettext_lazy("Kind"),
    "outcome": gettext_lazy("Outcome"),
    "because": gettext_lazy("Because of"),
    "how": gettext_lazy("How it was chosen"),
    "choice": gettext_lazy("Choice"),
    "account": gettext_lazy("Account"),
    "subscription": gettext_lazy("Subscription"),
    "person": gettext_lazy("Person"),
    "text": gettext_lazy("In their words"),
    "rival": gettext_lazy("Rival"),
    "email": gettext_lazy("Mail address"),
    "view": pgettext_lazy("of a visitor", "The screen"),
}
_APART = ("view", "salt")  # drawn as a screen; of no meaning to a reader


@dataclass(frozen=True, slots=True)
class Said:
    """One particular: a name and what it was, as a word or as it stands."""

    label: str
    value: str


@dataclass(slots=True)
class Told:
    """An entry as the page shows it. `private` is empty once somebody was forgotten."""

    entry: LogEntry
    words: str
    detail: str
    open: list[Said] = field(default_factory=list)
    private: list[Said] = field(default_factory=list)
    screen: list[Line] = field(default_factory=list)
    is_blank: bool = False
    language: str = ""  # of the screen


def told_entries(entries: Sequence[LogEntry]) -> list[Told]:
    """The entries in words; names of reasons and offers are those of now."""
    reasons, offers = reason_titles(), offer_titles()
    return [_told(each, reasons, offers) for each in entries]


def kind_words(kind: str) -> str:
    """What an entry of that kind tells."""
    return _("Somebody was forgotten") if kind == FORGOTTEN else str(STEPS.get(kind, kind))


def _told(entry: LogEntry, reasons: Mapping[str, str], offers: Mapping[str, str]) -> Told:
    words = {"reason": reasons, "offer": offers, "action": ACTIONS} | {
        "billing": BILLING, "outcome": OUTCOMES, "screen": SCREEN_WORDS,
    }  # fmt: skip
    # Whoever changed a row may have written anything there; the page shows it all the same.
    body, private = _table(entry.body), _table(entry.private)
    return Told(
        entry=entry,
        words=kind_words(entry.kind),
        detail=_detail(entry.kind, body, reasons, offers),
        open=_said(body, words),
        private=_said(private, {}),
        screen=_screen(private.get("view")),
        language=str(body.get("language") or ""),
        is_blank=entry.private is None and bool(entry.private_digest),
    )


def _detail(
    kind: str, body: Mapping[str, Any], reasons: Mapping[str, str], offers: Mapping[str, str]
) -> str:
    """What a list has to say of it beside its kind."""
    if kind == FORGOTTEN:
        return _("%(count)s entries say no more whom they were about") % {
            "count": written.number(_forgotten(body.get("entries")))
        }

    def said(name: str, words: Mapping[str, str | Promise]) -> str:
        value = str(body.get(name) or "")
        return str(words.get(value, value))

    action, _sign, offer = str(body.get("action") or "").partition(":")
    parts = [
        f"{action}: {offers.get(offer, offer)}" if offer else str(ACTIONS.get(action, "")),
        said("screen", SCREEN_WORDS),
        said("reason", reasons),
        said("offer", offers),
        said("outcome", OUTCOMES) if body.get("outcome") else "",
        said("billing", BILLING) if body.get("billing") else "",
    ]
    return " · ".join(part for part in parts if part)


def _forgotten(spans: object) -> int:
    """How many entries these spans stand for; none where they are none."""
    try:
        return sum(max(0, int(last) - int(first) + 1) for first, last in spans)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return 0


def _table(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    return value if isinstance(value, dict) else {"?": value}


def _screen(view: object) -> list[Line]:
    """The lines of a screen as it was seen; as it stands, where it is none."""
    if not view:
        return []
    try:
        return list(screen_lines(view))  # type: ignore[arg-type]
    except (AttributeError, TypeError):
        return [Line(str(view))]


def _said(said: Mapping[str, Any], words: Mapping[str, Mapping[str, str | Promise]]) -> list[Said]:
    return [
        Said(str(LABELS.get(name, name)), _value(value, words.get(name, {})))
        for name, value in said.items()
        if name not in _APART and value not in (None, "", [], {})
    ]


def _value(value: object, words: Mapping[str, str | Promise]) -> str:
    """A value as it may be read: a code by its words, a list with commas, a table by its names."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_value(each, words) for each in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_value(each, {})}" for name, each in value.items())
    return str(words.get(str(value), value))
