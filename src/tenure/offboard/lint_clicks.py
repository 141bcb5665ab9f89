"""How many clicks leaving takes from each screen: counted by walking the passage itself.

The flow is walked as somebody would go through it for whom every screen has something to show.
"""

from collections import deque
from datetime import UTC, date, datetime

from tenure.base.errors import InvalidInput
from tenure.offboard.facts import Facts, Record
from tenure.offboard.flow_parts import Flow
from tenure.offboard.passage import (
    LEFT,
    TREATED,
    Ask,
    Passage,
    Shown,
    Step,
    actions,
    begin,
    take,
    wants_offers,
    with_offers,
)

_AT = datetime(2026, 1, 1, tzinfo=UTC)
FAR = 99  # no way out was found


def clicks_to_leave(flow: Flow, shape: str) -> dict[str, int]:
    """By screen, the fewest clicks after which the notice is given; FAR where none leads there."""
    clicks: dict[str, int] = {}
    for passage in _reachable(flow, shape):
        needed = _clicks(passage, flow)
        clicks[passage.screen] = max(clicks.get(passage.screen, 0), needed)
    return clicks


def _clicks(passage: Passage, flow: Flow) -> int:
    clicks = 0
    while passage.screen != LEFT:
        try:
            passage = take(passage, flow, Step("leave"))
        except InvalidInput:
            return FAR
        clicks += 1
        if clicks > FAR:
            return FAR
    return clicks


def _reachable(flow: Flow, shape: str) -> list[Passage]:
    first = begin(
        Ask(account="a", subscription="s", mode="test", exp=0, nonce="n"),
        flow,
        Facts(today=date(2026, 1, 1), records=(Record("", 1),), people=1),
        visit_id="v",
        shape=shape,
        arm=TREATED,
        share=1.0,
        language=flow.languages[0],
        now=_AT,
    )
    seen: dict[tuple[object, ...], Passage] = {}
    waiting = deque([first])
    while waiting:
        passage = waiting.popleft()
        key = (passage.screen, passage.trail, passage.chosen, passage.has_left)
        if key in seen:
            continue
        seen[key] = passage
        waiting.extend(_after(passage, flow))
    return list(seen.values())


def _after(passage: Passage, flow: Flow) -> list[Passage]:
    answers = {"reason": flow.why.reasons[0].code} if flow.why.reasons else {}
    found = []
    for action in actions(passage):
        try:
            moved = take(passage, flow, Step(action, answers))
        except InvalidInput:  # a reason is demanded, and there is none: nobody gets on here
            continue
        found.append(with_offers(moved, flow, [_OFFER]) if wants_offers(moved, flow) else moved)
    return found


_OFFER = Shown(
    name="offer", kind="custom", probability=1.0, terms={}, title="", text="", accept="",
    terms_text="",
)  # fmt: skip
