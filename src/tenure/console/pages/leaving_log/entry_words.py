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
from tenure.offboard.log import FORGOTTEN, numbers_in
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
    private = entry.private or {}
    return Told(
        entry=entry,
        words=kind_words(entry.kind),
        detail=_detail(entry, reasons, offers),
        open=_said(entry.body, words),
        private=_said(private, {}),
        screen=list(screen_lines(private.get("view") or {})),
        is_blank=entry.private is None and bool(entry.private_digest),
    )


def _detail(entry: LogEntry, reasons: Mapping[str, str], offers: Mapping[str, str]) -> str:
    """What a list has to say of it beside its kind."""
    body = entry.body
    if entry.kind == FORGOTTEN:
        count = sum(1 for _number in numbers_in(body.get("entries") or ()))
        return _("%(count)s entries say no more whom they were about") % {
            "count": written.number(count)
        }
    action = str(body.get("action") or "")
    took, _sign, offer = action.partition(":")
    parts = [
        str(ACTIONS.get(action, "")) if not offer else f"{took}: {offers.get(offer, offer)}",
        str(SCREEN_WORDS.get(str(body.get("screen")), body.get("screen") or "")),
        reasons.get(str(body.get("reason") or ""), str(body.get("reason") or "")),
        offers.get(str(body.get("offer") or ""), str(body.get("offer") or "")),
        str(OUTCOMES.get(body.get("outcome"), "")) if body.get("outcome") else "",
        str(BILLING.get(body.get("billing"), "")) if body.get("billing") else "",
    ]
    return " · ".join(part for part in parts if part)


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
