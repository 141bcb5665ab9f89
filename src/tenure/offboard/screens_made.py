"""What to show to somebody who is at a point of the way out, in their language.

    screen = screen_of(passage, flow, facts)

Everything on it is the account's own or the flow's; a block with nothing to say is not there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from tenure.base.errors import InvalidInput
from tenure.offboard import passage as at
from tenure.offboard.facts import Facts, Settling
from tenure.offboard.flow_parts import CLICK_TO_CANCEL, DIRECT, Flow, Texts
from tenure.offboard.flow_words import Words
from tenure.offboard.passage import Passage
from tenure.offboard.screens import Block, Field, Screen, Way
from tenure.offboard.screens_asked import after_fields, notice_fields, why_fields
from tenure.offboard.screens_ends import (
    accepted_blocks,
    accepted_offer,
    back_blocks,
    confirm_blocks,
    ends_on,
    left_blocks,
    stayed_blocks,
)
from tenure.offboard.screens_offers import offer_blocks
from tenure.offboard.screens_text import day, direction
from tenure.offboard.screens_value import value_blocks

NOT_YET = Settling()


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that a screen is made of."""

    passage: Passage
    flow: Flow
    facts: Facts
    words: Words
    settling: Settling  # how far what was decided has come in billing
    said: Mapping[str, str]  # what was typed into the step that was refused

    def text(self, texts: Texts, key: str) -> str:
        """The flow's own text, else the interface's."""
        return texts.get(self.passage.language) or self.words(key)


def screen_of(  # noqa: PLR0913
    passage: Passage,
    flow: Flow,
    facts: Facts,
    *,
    refused: InvalidInput | None = None,
    said: Mapping[str, str] | None = None,
    settling: Settling = NOT_YET,
) -> Screen:
    """The screen where the passage is. `refused` is what `take` raised for the step that `said`
    holds: it is told at its field. `settling` is how far what was decided has come in billing.
    """
    words = Words(flow, passage.language)
    place = Place(passage, flow, facts, words, settling, said or {})
    title, text, blocks, fields = _MADE[passage.screen](place)
    error, fields = _with_error(refused, fields, words)
    if settling.has_failed_here:
        error = words("failed_here")
    return Screen(
        name=passage.screen,
        title=title,
        text=text,
        blocks=tuple(_as_example(each) if facts.is_example else each for each in blocks),
        fields=tuple(fields),
        ways=_ways(place, fields),
        is_end=passage.screen in at.ENDS,
        language=passage.language,
        direction=direction(passage.language),
        has_leave_always=passage.shape == CLICK_TO_CANCEL and passage.screen in _BEFORE_CONFIRM,
        error=error,
        error_title=words("problem") if error else "",
        error_field=(refused.field or "") if refused else "",
        optional=words("optional"),
        example=words("example") if facts.is_example else "",
    )


_Made = tuple[str, str, list[Block], list[Field]]
_BEFORE_CONFIRM = (at.WHY, at.VALUE, at.OFFERS)


def _why(place: Place) -> _Made:
    title = place.text(place.flow.why.question, "why")
    return title, place.words("why_text"), [], why_fields(place.passage, place.flow, place.words)


def _value(place: Place) -> _Made:
    blocks = value_blocks(place.passage, place.flow, place.facts, place.words)
    title = place.text(place.flow.value.title, "value")
    return title, place.words("value_text"), blocks, []


def _offers(place: Place) -> _Made:
    title = place.text(place.flow.offers.title, "offers")
    blocks = offer_blocks(place.passage, place.flow, place.facts, place.words)
    return title, place.words("offers_text"), blocks, []


def _confirm(place: Place) -> _Made:
    title = place.text(place.flow.confirm.title, "confirm")
    blocks = confirm_blocks(place.passage, place.flow, place.facts, place.words)
    fields = []
    if place.passage.shape == DIRECT:
        fields = notice_fields(place.passage, place.facts, place.words, place.said)
    text = place.flow.confirm.text.get(place.passage.language, "")
    return title, text, blocks, fields


def _accepted(place: Place) -> _Made:
    blocks = accepted_blocks(place.passage, place.facts, place.words, place.settling)
    return place.words("accepted"), place.words("accepted_text"), blocks, []


def _left(place: Place) -> _Made:
    passage, flow, words = place.passage, place.flow, place.words
    blocks = left_blocks(passage, flow, place.facts, words, place.settling)
    if passage.shape == DIRECT and not passage.chosen:
        blocks += offer_blocks(passage, flow, place.facts, words)
    title, text = words("left"), place.text(flow.left.text, "left_text")
    if not place.settling.is_taken:
        received_on = place.settling.received_on or place.facts.today
        title = words("left_received")
        text = words("left_received_text", day=day(received_on, passage.language))
    return title, text, blocks, after_fields(passage, flow, words)


def _back(place: Place) -> _Made:
    key = "back_with_offer" if accepted_offer(place.passage) else "back_again_text"
    blocks = back_blocks(place.passage, place.facts, place.words)
    return place.words("back_again"), place.words(key), blocks, []


def _stayed(place: Place) -> _Made:
    blocks = stayed_blocks(place.passage, place.facts, place.words)
    return place.words("stayed"), place.words("stayed_text"), blocks, []


_MADE: dict[str, Callable[[Place], _Made]] = {
    at.WHY: _why,
    at.VALUE: _value,
    at.OFFERS: _offers,
    at.CONFIRM: _confirm,
    at.ACCEPTED: _accepted,
    at.LEFT: _left,
    at.BACK: _back,
    at.STAYED: _stayed,
}


def _ways(place: Place, fields: list[Field]) -> tuple[Way, ...]:
    """The ways on, in their order. The way out stands beside the way on, and weighs as much."""
    passage, words = place.passage, place.words
    leave = Way("leave", words("leave"), "leave")
    stay, back = Way("stay", words("keep"), "stay"), Way("back", words("back"), "back")
    home = ()
    if passage.ask.return_url:
        home = (Way("", words("go_back_to_app"), "main", passage.ask.return_url),)
    # Not sent: the page that could not make it tries once more.
    again = (Way("act", words("try_again"), "main"),) if place.settling.has_failed_here else ()
    ways: tuple[Way, ...]
    if passage.screen == at.CONFIRM:
        label = place.text(place.flow.confirm.button, "leave_now")
        ways = (Way("leave", label, "leave"), stay)
    elif passage.screen == at.WHY:
        ways = (Way("answer", words("next"), "main"), leave, stay)
    elif passage.screen == at.VALUE:
        ways = (Way("next", words("next"), "main"), leave, stay)
    elif passage.screen == at.OFFERS:
        ways = (leave, stay)
    elif passage.screen == at.LEFT:
        send = (Way("answer", words("send"), "send"),) if fields else ()
        undo = (Way("return", words("return"), "stay"),) if can_undo(place) else ()
        own = ()
        if not place.settling.is_taken and passage.ask.cancel_url:
            own = (Way("", words("own_way"), "link", passage.ask.cancel_url),)
        ways = (*send, *again, *home, *undo, *own)
    else:
        ways = (*again, *home, leave)
    return (*ways, back) if "back" in at.actions(passage) else ways


def _as_example(block: Block) -> Block:
    """What is the account's own is marked; what the flow says is as it will be."""
    is_own = block.kind in ("dates", "facts", "list", "offer", "agreed") or block.name == "data"
    return replace(block, is_example=is_own)


def can_undo(place: Place) -> bool:
    """Whether there is still something that can go on: what ended today cannot."""
    until = ends_on(place.flow, place.facts)
    return until is not None and until > place.facts.today


_ERRORS = {
    "reason": "choose_reason",
    "text": "too_long",
    "rival": "too_long",
    "wanted_on": "bad_day",
    "receipt_to": "bad_address",
    "action": "not_possible",
}


def _with_error(
    refused: InvalidInput | None, fields: list[Field], words: Words
) -> tuple[str, list[Field]]:
    """The error in words, for the screen, and at the field that it is about."""
    if refused is None:
        return "", fields
    message = words(_ERRORS.get(refused.field or "", "choose_listed"))
    marked = [_marked(field, message) if field.name == refused.field else field for field in fields]
    return message, marked


def _marked(field: Field, message: str) -> Field:
    return replace(field, error=message)
