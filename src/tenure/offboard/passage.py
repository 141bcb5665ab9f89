"""Where somebody is on the way out, and where a step leads. Pure: no clock, no store, no request.

    passage = begin(visit_id, ask, flow, facts, shape=..., arm=..., share=..., language=..., now=...)
    passage = take(passage, flow, Step("answer", {"reason": "missing_feature"}))
    if wants_offers(passage, flow):
        passage = with_offers(passage, choice.shown)
    screen = screen_of(passage, flow, facts)        # screen_words.py

`leave` leads from every screen to `confirm`, and from there out: never more than two steps,
whatever was answered. Nothing that is wrong with an answer keeps anybody from leaving.
"""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

WHY, VALUE, OFFERS, CONFIRM = "why", "value", "offers", "confirm"
ACCEPTED, LEFT, BACK, STAYED = "accepted", "left", "back", "stayed"
ENDS = (ACCEPTED, LEFT, BACK, STAYED)
FULL, CLICK_TO_CANCEL, DIRECT = "full", "click_to_cancel", "direct"
TREATED, HOLD_OUT = "treated", "hold_out"
ACCEPT = "accept:"
TEXT_LONGEST, LINE_LONGEST = 2000, 200


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to leave what: the payload that the host's backend signed."""

    account: str
    subscription: str
    expires_at: datetime
    nonce: str
    mode: str = "live"  # or test
    person: str | None = None
    offers: tuple[str, ...] | None = None  # names that the host allows; None: all
    locale: str | None = None
    country: str | None = None
    is_consumer: bool | None = None
    return_url: str | None = None
    cancel_url: str | None = None
    key_id: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An offer as it is shown, with the terms that will be stored. As `offers` gives it."""

    name: str
    kind: str
    probability: float
    terms: dict[str, object]
    title: str
    text: str
    accept: str
    terms_text: str
    cost_minor: int = 0
    commitments: tuple[dict[str, object], ...] = ()


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What the confirmation of the shape `direct` asks, as German law has it; all optional."""

    kind: str = ""  # ordinary | for_cause
    cause: str = ""
    wanted_on: date | None = None  # None: as early as can be
    receipt_to: str = ""


class Passage(msgspec.Struct, frozen=True, kw_only=True):
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
    notice: Notice = Notice()


class Step(msgspec.Struct, frozen=True):
    """What somebody did: answer | next | accept:<offer> | leave | back | stay | return."""

    action: str
    values: Mapping[str, str] = {}
