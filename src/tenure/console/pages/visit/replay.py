"""One visit, step by step: each screen as it was seen, what was answered, what billing said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.billing.models import ChangeKind
from tenure.console import format as written
from tenure.console.pages.leaving.words import BILLING
from tenure.offboard import event
from tenure.offboard.models import Visit
from tenure.offers.unfit import WHY_NOT

STEPS: dict[str, str | Promise] = {
    event.OPENED: gettext_lazy("Opened"),
    event.SHOWN: gettext_lazy("Saw a screen"),
    event.ANSWERED: gettext_lazy("Answered"),
    event.CHOSEN: gettext_lazy("Offers were chosen"),
    event.ACCEPTED: gettext_lazy("Accepted an offer"),
    event.CONFIRMED: gettext_lazy("Confirmed that they leave"),
    event.ABANDONED: gettext_lazy("Went away"),
    event.RETURNED: gettext_lazy("Came back while leaving"),
    event.BILLING: gettext_lazy("Billing answered"),
    event.EXPORTED: gettext_lazy("Took their data along"),
}
ACTIONS: dict[str, str | Promise] = {
    "answer": gettext_lazy("Went on with an answer"),
    "next": gettext_lazy("Went on"),
    "leave": gettext_lazy("Chose to leave"),
    "confirm": gettext_lazy("Confirmed"),
    "back": gettext_lazy("Went back"),
    "stay": gettext_lazy("Chose to stay"),
    "return": gettext_lazy("Came back"),
}
_ANSWERS = ("reason", "follow_up", "next_job", "rival", "text")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a screen; `is_head` where it begins something."""

    text: str
    is_head: bool = False
    is_note: bool = False  # ours, and not on the screen


@dataclass(slots=True)
class Step:
    """One thing that happened. `lines` are the screen; `spent` is how long it was looked at."""

    at: datetime
    words: str
    detail: str = ""
    lines: list[Line] = field(default_factory=list)
    spent: str = ""


@dataclass(frozen=True, slots=True)
class Considered:
    """An offer that was thought of: the chance of each place, or why it did not fit."""

    title: str
    chance: str
    why_not: str
    is_shown: bool


def replay(visit: Visit, reasons: Mapping[str, str], offers: Mapping[str, str]) -> list[Step]:
    """Everything that was recorded of the visit, in its order."""
    steps: list[Step] = []
    looking: Step | None = None
    chances: dict[str, str] = {}
    for said in visit.steps:
        at = datetime.fromisoformat(said["at"])
        kind = said.get("kind", "")
        if kind == event.CHOSEN:  # has a table of its own
            chances = _chances(said)
            continue
        words, detail = _words(kind, said, reasons, offers)
        step = Step(at, words, detail)
        # A screen ends with what is done next; what billing says meanwhile ends none.
        if looking is not None and kind in (event.ANSWERED, event.SHOWN, event.ABANDONED):
            looking.spent = seconds((at - looking.at).total_seconds())
            looking = None
        if kind == event.SHOWN:
            step.lines = list(screen_lines(said.get("view") or {}, chances))
            looking = step
        steps.append(step)
    return steps


def titles_seen(visit: Visit) -> dict[str, str]:
    """What each offer was called on their screen, with their own figures in it."""
    return {
        block["name"]: str(block["title"])
        for said in visit.steps
        for block in (said.get("view") or {}).get("blocks") or []
        if block.get("kind") == "offer" and block.get("name") and block.get("title")
    }


def considered(visit: Visit, offers: Mapping[str, str]) -> list[Considered]:
    """Every offer that was thought of last, those that were shown first."""
    found = [
        Considered(
            title=offers.get(each["name"], each["name"]),
            chance=" · ".join(
                _("place %(n)s: %(chance)s") % {"n": n, "chance": written.share(chance)}
                for n, chance in enumerate(each.get("probabilities") or [], 1)
            ),
            why_not="; ".join(str(WHY_NOT.get(why, why)) for why in each.get("why_not") or []),
            is_shown=each["name"] in visit.offers_shown,
        )
        for each in visit.considered
    ]
    return sorted(found, key=lambda each: (not each.is_shown, bool(each.why_not)))


def screen_lines(
    view: Mapping[str, Any], chances: Mapping[str, str] | None = None
) -> Iterator[Line]:
    """The text of a screen from top to bottom, choices and buttons too; at each offer the chance
    with which it stood there.
    """
    yield from _said(view.get("title"), is_head=True)
    yield from _said(view.get("error"))
    yield from _said(view.get("text"))
    for block in view.get("blocks") or []:
        yield from _said(block.get("title"), is_head=True)
        if block.get("kind") == "offer" and chances and block.get("name") in chances:
            yield Line(chances[block["name"]], is_note=True)
        yield from _said(block.get("text"))
        for item in block.get("items") or []:
            parts = (item.get("title"), item.get("value"), item.get("text"))
            yield from _said(" · ".join(str(part) for part in parts if part))
        yield from _fields(block)
        yield from _ways(block)
    yield from _fields(view)
    yield from _ways(view)


def seconds(count: float) -> str:
    """A time spent: seconds, and minutes from two of them on."""
    if count < 120:
        return _("%(n)s s") % {"n": written.number(count, 1 if count < 10 else 0)}
    return _("%(n)s min") % {"n": written.number(round(count / 60))}


def _chances(said: Mapping[str, Any]) -> dict[str, str]:
    """By offer: the chance with which it was shown in its place."""
    return {
        each["name"]: _("It stood here with a chance of %(chance)s")
        % {"chance": written.share(each.get("probability"))}
        for each in said.get("shown") or []
        if each.get("name")
    }


def _fields(of: Mapping[str, Any]) -> Iterator[Line]:
    for each in of.get("fields") or []:
        options = [str(option.get("label", "")) for option in each.get("options") or []]
        label = str(each.get("label") or "")
        ends = label.endswith(("?", "\uff1f"))
        begins = label if ends or not options else f"{label}:"
        yield from _said(f"{begins} {' / '.join(options)}".strip())


def _ways(of: Mapping[str, Any]) -> Iterator[Line]:
    labels = [str(way.get("label", "")) for way in of.get("ways") or []]
    yield from _said(" ".join(f"[{label}]" for label in labels if label))


def _said(text: object, *, is_head: bool = False) -> Iterator[Line]:
    if text:
        yield Line(str(text), is_head)


def _words(
    kind: str, said: Mapping[str, Any], reasons: Mapping[str, str], offers: Mapping[str, str]
) -> tuple[str, str]:
    """What happened, and the particulars."""
    if kind not in STEPS and "standing" in said:
        # The change's own kind stands where the event's name would: billing said something of it.
        kind, change = event.BILLING, kind
    else:
        change = ""
    name = str(STEPS.get(kind, kind))
    if kind == event.ANSWERED:
        action = str(said.get("action") or "")
        if action.startswith("accept:"):
            offer = action.removeprefix("accept:")
            return _("Took: %(offer)s") % {"offer": offers.get(offer, offer)}, ""
        return str(ACTIONS.get(action, action)), _answers(said, reasons)
    if kind == event.ACCEPTED:
        offer = str(said.get("offer") or "")
        return name, offers.get(offer, offer)
    if kind == event.BILLING:
        status = str(said.get("billing") or "")
        what = str(ChangeKind(change).label) if change in ChangeKind.values else change
        return name, ": ".join(part for part in (what, str(BILLING.get(status, status))) if part)
    if kind == event.ABANDONED and said.get("because") == "stayed":
        return _("Stayed without an offer"), ""
    return name, ""


def _answers(said: Mapping[str, Any], reasons: Mapping[str, str]) -> str:
    parts = [str(said[name]) for name in _ANSWERS if said.get(name)]
    return " · ".join(reasons.get(part, part) for part in parts)
