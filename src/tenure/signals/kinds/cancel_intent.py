"""cancel_intent: somebody thinks of leaving.

Rule    any of these is evidence, and evidence within 14 days of the last joins one signal:
        page       a declared or usual event or page of cancelling was seen, its button hovered
        export     the account's data were exported
        words      a ticket, a chat, a call or a note says so (`words.cancel_intent`)
        noted      a call or note carries the property `intent` (`cancel`, `leave`, `churn`)
        visit      the cancel flow was opened and not finished (`Visit Abandoned`, Tenure's own)
        silent     a widget on the customer's site that was alive is silent for longer than its own
                   rhythm explains (`Widget Alive` with `widget`), though not for an ended account
        The signal ends by itself when a silent widget was all its evidence and it is alive again,
        or when the subscription has ended: then there is nothing left to save.
Source  reference: offboarding, section 7. Evidence expires: 14 days later it is another episode.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from tenure.signals.days import DAY_US, Days
from tenure.signals.declared import page_fits
from tenure.signals.happenings import Happening
from tenure.signals.measured import WIDGET, Measured
from tenure.signals.outcomes import Evidence, Outcome, joined, raised, resolved
from tenure.signals.rhythm import quiet_after, silent_days
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState
from tenure.signals.words import cancel_intent as words_of_leaving

KIND = "cancel_intent"
HEARS = frozenset({"event", "fact"})
WIDGET_DAYS_KEPT = 190
OWN_TYPE = "offboard"  # nothing but an abandoned visit is heard of it
NEXT = {
    "page": "call_before_they_decide",
    "words": "answer_and_ask_why",
    "noted": "follow_up_the_call",
    "export": "ask_what_the_export_is_for",
    "visit": "help_them_on",
    "silent": "ask_about_the_widget",
}
URGENT = frozenset({"page", "words", "noted", "visit"})
NOTED_INTENTS = frozenset({"cancel", "leave", "churn", "cancellation", "leaving"})


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """What an event or a fact says about leaving."""
    if happening.sort == "fact":
        yield from _ended(happening, state)
        return
    own = rules.cancel_intent
    if happening.name == own.heartbeat_event:
        yield from _alive(happening, state, rules)
        return
    evidence = _evidence(happening, rules)
    if evidence is not None:
        yield from _take(
            evidence, happening.at, state, rules, happening.known_at, happening.person_id
        )


def due(state: AccountState, rules: Rules, at: int, measured: Measured) -> Iterator[Outcome]:
    """Widgets whose silence tells by now."""
    today, starts_at = rules.calendar.day_of(at), rules.calendar.starts_at
    missing, looks = measured.missing(WIDGET, today), []
    for widget, held in sorted(state.of(KIND).get("widgets", {}).items()):
        days = Days(*held["days"])
        if held.get("told") == days.last:
            continue
        silent = _silent_after(days, rules, missing)
        if silent is not None and silent >= today:
            looks.append(measured.look_on(WIDGET, silent + 1, today))
        elif silent is not None and not state.has_ended(at):
            held["told"] = days.last
            evidence = {
                "what": "silent",
                "widget": widget,
                "at": starts_at(days.last),
                "days": silent_days(days.last, silent + 1, missing),
            }
            yield from _take(evidence, starts_at(silent + 1), state, rules, at, "")
    state.wake(KIND, starts_at(min(looks)) if looks else None)


def _evidence(happening: Happening, rules: Rules) -> Evidence | None:
    own = rules.cancel_intent
    base: Evidence = {"at": happening.at, "ref": happening.ref, "name": happening.name}
    if happening.person_id:
        base["person_id"] = happening.person_id
    if happening.type == OWN_TYPE:
        reason = str(happening.properties.get("reason") or "")
        return {"what": "visit", **base, "reason": reason}
    named = {each.event for each in rules.product.intents if each.event}
    if happening.name in own.export_events:
        return {"what": "export", **base}
    if happening.name in own.events or happening.name in named:
        return {"what": "page", **base}
    if happening.type in ("page", "screen"):
        patterns = [*own.pages, *(each.page for each in rules.product.intents if each.page)]
        if any(page_fits(each, happening.properties) for each in patterns):
            path = happening.properties.get("path") or happening.properties.get("url")
            return {"what": "page", **base, "page": str(path or "")[:200]}
        return None
    return _said(happening, rules, base)


def _said(happening: Happening, rules: Rules, base: Evidence) -> Evidence | None:
    intent = happening.properties.get("intent")
    if happening.name in rules.note_events and str(intent).casefold() in NOTED_INTENTS:
        return {"what": "noted", **base}
    if not (
        happening.type == "ticket"
        or happening.name in rules.note_events
        or _is_talk(happening, rules)
    ):
        return None
    match = words_of_leaving(happening.text())
    return {"what": "words", **base, "said": match.phrase[:200]} if match else None


def _is_talk(happening: Happening, rules: Rules) -> bool:
    return happening.name in rules.conversation_silence.events


def _take(
    evidence: Evidence, at: int, state: AccountState, rules: Rules, known_at: int, person_id: str
) -> Iterator[Outcome]:
    """A new signal, or further evidence of the one that stands."""
    within = rules.cancel_intent.joins_within_days * DAY_US
    standing = state.standing(KIND)
    what = evidence["what"]
    sources = state.of(KIND).setdefault("sources", [])
    if standing is not None and at - standing.last_at <= within:
        if what not in sources:
            sources.append(what)
        urgent = {"urgency": "now", "next_step": NEXT[what]} if what in URGENT else {}
        yield joined(state, standing, [evidence], at=known_at, happened_at=at, changes=urgent)
        return
    state.of(KIND)["sources"] = [what]
    yield raised(
        state,
        KIND,
        at,
        at=known_at,
        urgency="now" if what in URGENT else "soon",
        evidence=[evidence],
        next_step=NEXT[what],
        person_id=person_id,
        params={"what": what},
        joins_within_us=within,
    )


def _alive(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    memory = state.of(KIND)
    widget = str(happening.properties.get("widget") or "tenure.js")[:80]
    held: dict[str, Any] = memory.setdefault("widgets", {}).setdefault(widget, {"days": [0, b""]})
    days = Days(*held["days"])
    if not days.add(happening.day, WIDGET_DAYS_KEPT):
        return
    held["days"] = [days.last, days.bits]
    standing = state.standing(KIND)
    told = held.get("told")
    if told and days.last > told:
        held["told"] = 0
        if standing is not None and memory.get("sources") == ["silent"]:
            yield resolved(state, standing, at=happening.known_at, because="widget_alive_again")
    # The earliest that could tell; worked out well only when it comes.
    at = rules.calendar.starts_at(days.last + rules.cancel_intent.heartbeat_silent_days + 1)
    state.wake_by(KIND, max(at, happening.known_at))


def _silent_after(days: Days, rules: Rules, missing: Collection[int]) -> int | None:
    own = rules.cancel_intent
    rhythm = replace(
        rules.gone_quiet,
        least_days=own.heartbeat_least_days,
        least_span_days=own.heartbeat_least_days,
        least_silence_days=own.heartbeat_silent_days,
    )
    return quiet_after(days, rhythm, missing)


def _ended(happening: Happening, state: AccountState) -> Iterator[Outcome]:
    standing = state.standing(KIND)
    if standing is not None and happening.name == "end" and state.has_ended(happening.known_at):
        yield resolved(state, standing, at=happening.known_at, because="subscription_ended")
