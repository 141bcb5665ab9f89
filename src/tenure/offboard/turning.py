"""One turn of a visit: a token opened, or a step taken; what is recorded of it, and what it shows.

For a thread that may ask the state. Nothing here writes but `settle`, at the end of a visit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction

from tenure.base.errors import InvalidInput
from tenure.base.ids import digest
from tenure.billing.by_host import note_host
from tenure.billing.models import HostSaid
from tenure.offboard.deciding import EXPERIMENT, Deciding, Known
from tenure.offboard.ending import settle
from tenure.offboard.event import ABANDONED, ANSWERED, CHOSEN, OPENED, SHOWN, Whose, event_row
from tenure.offboard.facts import Settling
from tenure.offboard.flow_parts import Flow
from tenure.offboard.models import VisitOutcome
from tenure.offboard.outcomes import (
    CANCELED,
    RETURN,
    SAVED,
    event_of,
    outcomes_of,
    settling_of,
)
from tenure.offboard.passage import (
    ACCEPT,
    ACCEPTED,
    BACK,
    ENDS,
    LEFT,
    STAYED,
    Passage,
    Step,
    take,
    with_offers,
)
from tenure.offboard.reads import decided_in
from tenure.offboard.screens import Screen
from tenure.offboard.screens_made import NOT_YET, screen_of
from tenure.offboard.tokens import Ask, TokenUsed
from tenure.offers.choosing import Choice
from tenure.reasons.recording import GivenReason, reason_row

DECIDED = {LEFT: CANCELED, ACCEPTED: SAVED, BACK: RETURN}
_ANSWERS = ("reason", "follow_up", "next_job", "rival", "text")


@dataclass(slots=True)
class Turn:
    """A visit after one turn. `rows` are its events, not in the inbox yet."""

    passage: Passage
    flow: Flow
    known: Known
    rows: list[dict[str, object]] = field(default_factory=list)
    outcome: VisitOutcome | None = None  # decided at this turn, or before
    is_settling: bool = False  # at this turn: billing is asked next
    settling: Settling = NOT_YET  # as its screen tells it

    @property
    def whose(self) -> Whose:
        return whose_of(self.passage, self.known)

    @property
    def is_over(self) -> bool:
        return self.passage.screen in ENDS


def whose_of(passage: Passage, known: Known) -> Whose:
    ask = passage.ask
    return Whose(passage.visit_id, known.account_id, ask.subscription, ask.person, ask.mode)


def open_visit(
    deciding: Deciding, ask: Ask, now: datetime, *, channel: str, wanted: tuple[str | None, ...]
) -> Turn:
    """A visit at its first screen. Raises TokenUsed when it came to its end before."""
    held = decided_in(ask.visit_id)
    if CANCELED in held or RETURN in held:
        raise TokenUsed(
            "this visit is over: the cancellation was received; the page that opens the cancel "
            "flow must make a new token each time",
            field="token",
        )
    known = deciding.known(ask, now)
    passage, flow = deciding.opened(ask, known, now, wanted)
    if SAVED in held:  # an offer was accepted; what is left to do is to leave
        passage = msgspec.structs.replace(passage, chosen=held[SAVED])
    turn = Turn(passage, flow, known)
    turn.rows.append(_opened_row(turn, channel, now))
    return turn


def step_on(deciding: Deciding, before: Passage, step: Step, now: datetime) -> Turn:
    """The visit after a step, and what was decided by it: written to state, once.

    Raises InvalidInput for a step that its screen does not have, Conflict for one that comes too
    late, and Unavailable when it cannot be written.
    """
    flow = deciding.flow(before.flow_digest)
    known = deciding.known(before.ask, now)
    after = take(before, flow, step)
    after, choice = deciding.with_offers(after, flow, known, now)
    known = deciding.with_slots(known, flow, after, now)
    turn = Turn(after, flow, known)
    turn.rows.append(_answered_row(turn, before, step, now))
    if choice is not None:
        turn.rows.append(_chosen_row(turn, choice, now))
    if given := _given_row(turn, before, now):
        turn.rows.append(given)
    if after.screen in DECIDED and after.screen != before.screen:
        turn.outcome = settle(before, turn.passage, flow, known, step, now)
        turn.passage = _as_decided(turn.passage, turn.outcome)
        turn.rows.append(event_of(turn.outcome))
        turn.is_settling = True
    elif after.screen in DECIDED:
        turn.outcome = outcomes_of(after.visit_id).get(DECIDED[after.screen])
    elif after.screen == STAYED:
        said = {"because": "stayed", "reason": after.reason, "seq": after.seq}
        turn.rows.append(event_row(turn.whose, ABANDONED, now, said, "stayed", str(after.seq)))
    return turn


def acted_on(deciding: Deciding, passage: Passage, step: Step, now: datetime) -> Turn:
    """The visit where it is, after the host's own page said what came of the change it makes.

    `said` is done, or failed with a `message`. Raises InvalidInput for anything else, and where
    nothing was decided.
    """
    said = step.values.get("said", "")
    if said not in (HostSaid.DONE, HostSaid.FAILED):
        raise InvalidInput(f"said is {said[:40]!r}; write done or failed", field="said")
    turn = seen_again(deciding, passage, now)
    turn.outcome = outcomes_of(passage.visit_id).get(DECIDED.get(passage.screen, ""))
    if turn.outcome is None:
        raise InvalidInput(
            "action is 'acted', and nothing was decided yet that the page could make",
            field="action",
        )
    with transaction.atomic():
        note_host(turn.outcome.change_key, said, step.values.get("message", ""), now)
    return turn


def seen_again(deciding: Deciding, passage: Passage, now: datetime) -> Turn:
    """The visit where it is."""
    flow = deciding.flow(passage.flow_digest)
    known = deciding.with_slots(deciding.known(passage.ask, now), flow, passage, now)
    return Turn(passage, flow, known)


def seen_without(deciding: Deciding, before: Passage, step: Step, now: datetime) -> Turn:
    """The visit where it is, without the offer that the step asked for in vain."""
    flow = deciding.flow(before.flow_digest)
    kept = [each for each in before.shown if ACCEPT + each.name != step.action]
    return seen_again(deciding, with_offers(before, flow, kept), now)


def shown_on(
    turn: Turn,
    now: datetime,
    *,
    refused: InvalidInput | None = None,
    said: Mapping[str, str] | None = None,
) -> Screen:
    """The screen of a turn; that it is shown joins the rows."""
    facts, outcome, passage = turn.known.facts, turn.outcome, turn.passage
    if outcome is not None and outcome.ends_on is not None:
        facts = msgspec.structs.replace(facts, period_ends_on=outcome.ends_on)
    if outcome is not None:
        turn.settling = settling_of(outcome, ZoneInfo(facts.time_zone))
    screen = screen_of(
        passage, turn.flow, facts, refused=refused, said=said, settling=turn.settling
    )
    _note_shown(turn, screen, now)
    return screen


def _note_shown(turn: Turn, screen: Screen, now: datetime) -> None:
    passage = turn.passage
    view = msgspec.json.encode(screen)
    said: dict[str, object] = {
        "seq": passage.seq,
        "screen": screen.name,
        "offers": [each.name for each in screen.blocks if each.kind == "offer"],
        "view": msgspec.Raw(view),
    }
    told = (passage.opened_at.isoformat(), str(passage.seq), digest(view.decode()))
    turn.rows.append(event_row(turn.whose, SHOWN, now, said, *told))


def result_of(turn: Turn) -> dict[str, Any] | None:
    """What the host's page is told at the end of a visit; None before."""
    passage, outcome = turn.passage, turn.outcome
    if not turn.is_over:
        return None
    offer = next((each for each in passage.shown if each.name == passage.chosen), None)
    decision = None
    if passage.chosen:
        decision = "accepted"
    elif passage.offers_seen:
        decision = "declined"
    return {
        "outcome": DECIDED.get(passage.screen, "abandoned"),
        "visit": passage.visit_id,
        "mode": passage.ask.mode,
        "reason": passage.reason or None,
        "follow_up": passage.follow_up or None,
        "feedback": passage.text or None,
        "offer": {"name": offer.name, "kind": offer.kind, "terms": offer.terms} if offer else None,
        "offers_intended": [each.name for each in passage.shown],
        "offers_shown": list(passage.offers_seen),
        "decision": decision,
        "billing": outcome.billing if outcome else None,
        "ends_on": outcome.ends_on.isoformat() if outcome and outcome.ends_on else None,
    }


def _as_decided(passage: Passage, outcome: VisitOutcome) -> Passage:
    """Of two offers accepted in two windows, the first one holds, and both windows say so."""
    if outcome.outcome == SAVED and outcome.offer != passage.chosen:
        return msgspec.structs.replace(passage, chosen=outcome.offer)
    return passage


def _given_row(turn: Turn, before: Passage, now: datetime) -> dict[str, object] | None:
    """The reason, as every other given reason is told; None where no answer is new."""
    after, whose = turn.passage, turn.whose
    if all(getattr(after, name) == getattr(before, name) for name in _ANSWERS):
        return None
    given = GivenReason(
        reason=after.reason,
        follow_up=after.follow_up,
        next_job=after.next_job,
        rival=after.rival,
        text=after.text,
        is_required=turn.flow.why.is_required,
    )
    if given.is_empty:
        return None
    return reason_row(
        whose.account_id, given, now, visit_id=whose.visit_id,
        subscription_id=whose.subscription_id, person_id=whose.person_id, mode=whose.mode,
    )  # fmt: skip


def _opened_row(turn: Turn, channel: str, now: datetime) -> dict[str, object]:
    passage, values = turn.passage, turn.known.values
    ask = passage.ask
    said = {
        "flow": turn.flow.name,
        "flow_digest": passage.flow_digest,
        "shape": passage.shape,
        "experiment": EXPERIMENT,
        "arm": passage.arm,
        "share": passage.share,
        "language": passage.language,
        "country": ask.country,
        "is_consumer": ask.is_consumer,
        "channel": channel,
        "key_id": ask.key_id,
        "offers_allowed": ask.offers,
        "is_repeat": passage.is_repeat,
        "stage": values.get("stage") or "",
        "plan": values.get("plan") or "",
        "billing_interval": values.get("billing_interval") or "",
        "mrr_minor": values.get("mrr_minor") or 0,
        "currency": values.get("currency") or "",
    }
    decided = (passage.flow_digest, passage.shape, passage.arm)
    return event_row(turn.whose, OPENED, now, said, *decided)


def _answered_row(turn: Turn, before: Passage, step: Step, now: datetime) -> dict[str, object]:
    after = turn.passage
    said: dict[str, object] = {"seq": before.seq, "screen": before.screen, "action": step.action}
    said |= {
        name: getattr(after, name)
        for name in _ANSWERS
        if getattr(after, name) != getattr(before, name)
    }
    if after.notice != before.notice:
        said["notice"] = msgspec.to_builtins(after.notice)
    told = (before.opened_at.isoformat(), str(before.seq), digest(str(said)))
    return event_row(turn.whose, ANSWERED, now, said, *told)


def _chosen_row(turn: Turn, choice: Choice, now: datetime) -> dict[str, object]:
    passage = turn.passage
    said: Mapping[str, object] = {
        "seq": passage.seq,
        "offers": [each.name for each in choice.shown],
        **choice.as_json(),
    }
    return event_row(turn.whose, CHOSEN, now, said, choice.digest)
