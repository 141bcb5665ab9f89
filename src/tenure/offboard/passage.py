"""Where somebody is on the way out, and where a step leads. Pure: no clock, no store, no request.

    passage = begin(ask, flow, facts, visit_id=..., shape=..., arm=..., share=..., language=...,
                    now=...)
    passage = take(passage, flow, Step("answer", {"reason": "missing_feature"}))
    if wants_offers(passage, flow):
        passage = with_offers(passage, flow, choice.shown)
    screen = screen_of(passage, flow, facts)        # screens_made.py

`leave` leads from every screen to `confirm`, and from there out: never more than two steps,
whatever was answered. Nothing that is wrong with an answer keeps anybody from leaving.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace as replace_offer
from datetime import datetime

import msgspec
from msgspec.structs import replace

from tenure.base.errors import InvalidInput
from tenure.offboard.facts import Facts
from tenure.offboard.flow_parts import DIRECT, Flow
from tenure.offboard.passage_answers import Notice, read_answers, read_notice, read_slot
from tenure.offboard.tokens import Ask
from tenure.offers.choosing import ShownOffer as Shown

__all__ = ["Ask", "Notice", "Passage", "Shown", "Step"]

WHY, VALUE, OFFERS, CONFIRM = "why", "value", "offers", "confirm"
ACCEPTED, LEFT, BACK, STAYED = "accepted", "left", "back", "stayed"
ENDS = (ACCEPTED, LEFT, BACK, STAYED)
TREATED, HOLD_OUT = "treated", "hold_out"
ACCEPT = "accept:"


class Passage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is known of one visit. It goes from screen to screen, signed, and nothing else does.

    `path` are the screens that have something to show; `trail` those gone through, for `back`.
    """

    visit_id: str
    ask: Ask
    flow_digest: str
    shape: str
    arm: str
    share: float
    language: str
    opened_at: datetime
    path: tuple[str, ...]
    screen: str
    trail: tuple[str, ...] = ()
    seq: int = 0
    reason: str = ""
    follow_up: str = ""
    next_job: str = ""
    rival: str = ""
    text: str = ""
    chosen_for: str | None = None  # the answers for which `shown` was chosen
    shown: tuple[Shown, ...] = ()
    offers_seen: tuple[str, ...] = ()  # every offer that was on a screen, in order
    chosen: str = ""  # the offer that was accepted
    has_left: bool = False
    is_repeat: bool = False
    notice: Notice = Notice()

    @property
    def is_plain(self) -> bool:
        """Nothing but why and confirm: held out, or here again too soon."""
        return self.is_repeat or self.arm == HOLD_OUT


class Step(msgspec.Struct, frozen=True):
    """What somebody did: answer | next | accept:<offer> | leave | back | stay | return.

    `acts` are the changes of billing that their page can make, where the host signed for it.
    """

    action: str
    values: Mapping[str, str] = {}
    acts: tuple[str, ...] = ()


def begin(  # noqa: PLR0913
    ask: Ask, flow: Flow, facts: Facts, *, visit_id: str, shape: str, arm: str, share: float,
    language: str, now: datetime, is_repeat: bool = False,
) -> Passage:  # fmt: skip
    """The passage at its first screen. What is decided here holds until its end.

    `is_repeat`: the account was here within `flow.again_after_days`. It has seen it all, and is
    shown why and confirm alone, as who is held out.
    """
    path = _path(flow, facts, shape, is_plain=is_repeat or arm == HOLD_OUT)
    return Passage(
        visit_id=visit_id,
        ask=ask,
        flow_digest=flow.digest,
        shape=shape,
        arm=arm,
        share=share,
        language=language,
        opened_at=now,
        path=path,
        screen=path[0],
        is_repeat=is_repeat,
    )


def _path(flow: Flow, facts: Facts, shape: str, *, is_plain: bool) -> tuple[str, ...]:
    """The screens with something to show; whether there are offers is known later."""
    if shape == DIRECT:
        return (CONFIRM,)
    has = {
        WHY: bool(flow.why.reasons) or flow.why.free_text,
        VALUE: not is_plain and facts.has_any(flow.value.show),
        OFFERS: not is_plain and flow.offers.at_most > 0,
        CONFIRM: True,
    }
    return tuple(screen for screen, is_there in has.items() if is_there)


def wants_offers(passage: Passage, flow: Flow) -> bool:
    """Whether offers are to be chosen now, for the answers as they are."""
    if passage.is_plain or flow.offers.at_most == 0 or passage.chosen:
        return False
    if passage.chosen_for == _answers(passage):
        return False
    if passage.shape == DIRECT:
        return passage.screen == LEFT and bool(passage.reason)
    return passage.screen in (VALUE, OFFERS)


def with_offers(passage: Passage, flow: Flow, shown: Sequence[Shown]) -> Passage:
    """The passage with what was chosen for its answers; without any, there is no such screen."""
    kept = tuple(shown)[: flow.offers.at_most]
    path = passage.path
    screen = passage.screen
    if passage.shape != DIRECT:
        path = tuple(name for name in path if name not in (OFFERS, CONFIRM))
        is_there = kept or flow.human.link
        path += (OFFERS, CONFIRM) if is_there else (CONFIRM,)
        screen = CONFIRM if screen == OFFERS and not is_there else screen
    held = replace(passage, shown=kept, chosen_for=_answers(passage), path=path, screen=screen)
    return _seen(held)


def take(passage: Passage, flow: Flow, step: Step) -> Passage:
    """The passage after the step.

    Raises InvalidInput for an action that this screen does not have, naming those that it has, and
    for an answer that is none; never for what comes along with `leave`.
    """
    allowed = actions(passage)
    if step.action not in allowed:
        raise InvalidInput(
            f"action is {step.action!r}, which the screen {passage.screen} does not have; "
            f"use {', '.join(allowed)}",
            field="action",
        )
    if step.action.startswith(ACCEPT):
        return _accept(passage, step.action.removeprefix(ACCEPT), step.values)
    return _MOVES[step.action](passage, flow, step.values)


def actions(passage: Passage) -> tuple[str, ...]:
    """What may be done on this screen."""
    offers = tuple(ACCEPT + each.name for each in passage.shown)
    if passage.screen == LEFT:
        # Elsewhere offers stop with the notice; here the notice came first, as the law wants it.
        later = offers if passage.shape == DIRECT and not passage.chosen else ()
        return ("answer", "return", *later, "leave")
    there = {
        WHY: ("answer", "next", "leave", "stay"),
        VALUE: ("next", "leave", "stay"),
        OFFERS: (*offers, "next", "leave", "stay"),
        CONFIRM: ("leave", "stay"),
    }.get(passage.screen, ("leave",))
    return (*there, "back") if passage.trail else there


def _accept(passage: Passage, name: str, values: Mapping[str, str]) -> Passage:
    """With the offer accepted; a free time that was chosen becomes one of its terms."""
    slot_at = read_slot(values, f"slot.{name}")
    shown = tuple(
        replace_offer(each, terms={**each.terms, "slot_at": slot_at})
        if slot_at and each.name == name
        else each
        for each in passage.shown
    )
    moved = _to(passage, BACK if passage.screen == LEFT else ACCEPTED)
    return replace(moved, chosen=name, shown=shown)


def _answer(passage: Passage, flow: Flow, values: Mapping[str, str]) -> Passage:
    answered = replace(passage, **read_answers(passage, flow, values))
    if passage.screen == LEFT:
        return replace(answered, seq=answered.seq + 1)
    if flow.why.is_required and not answered.reason:
        raise InvalidInput("reason is missing; choose one, or leave", field="reason")
    return _to(answered, _following(answered))


def _next(passage: Passage, flow: Flow, values: Mapping[str, str]) -> Passage:
    if passage.screen == WHY:
        return _answer(passage, flow, values)
    return _to(passage, _following(passage))


def _leave(passage: Passage, flow: Flow, values: Mapping[str, str]) -> Passage:
    if passage.screen == LEFT:
        return passage
    if passage.screen == CONFIRM:
        told = read_notice(values) if passage.shape == DIRECT else Notice()
        return replace(_to(passage, LEFT), has_left=True, notice=told)
    if passage.screen == WHY:
        passage = replace(passage, **read_answers(passage, flow, values, is_strict=False))
    return _to(passage, CONFIRM)


def _back(passage: Passage, flow: Flow, values: Mapping[str, str]) -> Passage:
    *before, last = passage.trail
    return replace(passage, screen=last, trail=tuple(before), seq=passage.seq + 1)


def _stay(passage: Passage, flow: Flow, values: Mapping[str, str]) -> Passage:
    return _to(passage, STAYED)


def _return(passage: Passage, flow: Flow, values: Mapping[str, str]) -> Passage:
    return _to(passage, BACK)


_MOVES = {
    "answer": _answer,
    "next": _next,
    "leave": _leave,
    "back": _back,
    "stay": _stay,
    "return": _return,
}


def _to(passage: Passage, screen: str) -> Passage:
    """The passage on that screen. A trail holds each screen once, and what is agreed ends it."""
    trail = (*passage.trail, passage.screen)
    if screen in (ACCEPTED, LEFT, BACK):
        trail = ()
    elif screen in trail:
        trail = trail[: trail.index(screen)]
    return _seen(replace(passage, screen=screen, trail=trail, seq=passage.seq + 1))


def _following(passage: Passage) -> str:
    return passage.path[passage.path.index(passage.screen) + 1]


def _seen(passage: Passage) -> Passage:
    """With the offers among those seen, where they are on the screen."""
    if passage.screen not in (OFFERS, LEFT) or (passage.screen == LEFT and passage.shape != DIRECT):
        return passage
    names = (*passage.offers_seen, *(each.name for each in passage.shown))
    return replace(passage, offers_seen=tuple(dict.fromkeys(names)))


def _answers(passage: Passage) -> str:
    return f"{passage.reason}/{passage.follow_up}"
