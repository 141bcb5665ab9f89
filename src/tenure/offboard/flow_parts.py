"""What a cancel flow's file says, as data. `docs/cancel-flow.md` says what each field means.

A text is a mapping from language to words; every language of the flow has its own.
"""

from collections.abc import Mapping

import msgspec

Texts = Mapping[str, str]
NONE: Texts = {}

FULL, CLICK_TO_CANCEL, DIRECT = "full", "click_to_cancel", "direct"
SHAPES = (FULL, CLICK_TO_CANCEL, DIRECT)
VALUE_BLOCKS = (
    "required_outcome", "outcome_reached", "first_value", "records", "people", "history",
    "features", "stops_working",
)  # fmt: skip
PERIOD_END, NOW = "period_end", "now"


class FollowUp(msgspec.Struct, frozen=True):
    """The one question that follows a reason."""

    question: Texts
    options: tuple[tuple[str, Texts], ...]  # code and words


class AskedReason(msgspec.Struct, frozen=True):
    """A reason as the flow asks for it; its words are the taxonomy's."""

    code: str
    title: Texts
    follow_up: FollowUp | None = None


class Why(msgspec.Struct, frozen=True):
    question: Texts = NONE
    reasons: tuple[AskedReason, ...] = ()
    is_required: bool = False
    free_text: bool = True


class Value(msgspec.Struct, frozen=True):
    title: Texts = NONE
    show: tuple[str, ...] = VALUE_BLOCKS
    keeps_data_days: int | None = None
    export_url: str = ""  # Liquid, with `account` and `subscription`
    stops_working: Texts = NONE


class OfferScreen(msgspec.Struct, frozen=True):
    title: Texts = NONE
    at_most: int = 2
    show: tuple[str, ...] | None = None  # names of offers; None: all that fit


class Confirm(msgspec.Struct, frozen=True):
    effective: str = PERIOD_END  # or NOW
    title: Texts = NONE
    text: Texts = NONE
    button: Texts = NONE


class Left(msgspec.Struct, frozen=True):
    text: Texts = NONE
    asks_next_job: bool = True
    next_jobs: tuple[tuple[str, Texts], ...] = ()  # of the taxonomy: code and words


class Human(msgspec.Struct, frozen=True):
    calendar: str = ""
    link: str = ""
    text: Texts = NONE


class Theme(msgspec.Struct, frozen=True):
    accent: str = ""
    radius: int = 8
    font: str = ""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file. `digest` names this version for ever; the built-in one has the name ''."""

    name: str
    digest: str
    title: str
    where: str = ""
    priority: int = 0
    hold_out_share: float = 0.2
    languages: tuple[str, ...] = ("en",)
    shapes: tuple[str, ...] = SHAPES
    again_after_days: int = 14  # so long after a visit, another is shown why and confirm alone
    why: Why = Why()
    value: Value = Value()
    offers: OfferScreen = OfferScreen()
    confirm: Confirm = Confirm()
    left: Left = Left()
    from_name: str = ""  # of the receipt, and of the page
    human: Human = Human()
    theme: Theme = Theme()
    words: Mapping[str, Texts] = {}  # the operator's own, in place of the interface's
