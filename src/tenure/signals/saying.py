"""Which conclusions become rows: new signals, further evidence, and ends.

A signal is known by its key. What is concluded again, after a crash or from a history that is told
anew, changes nothing. Two rules look at what stands in the database:

    evidence for a signal that somebody has dealt with already raises it again, as another one;
    an episode that turns out to have begun earlier is still the one that was raised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tenure.signals.days import instant, micros
from tenure.signals.models import Signal
from tenure.signals.outcomes import EVIDENCE_KEPT, Evidence, Joined, Outcome, Raised, Resolved
from tenure.signals.places import parts
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState


@dataclass(slots=True)
class Saying:
    """Rows to write. `raised` become signals; what `changed` or ended is one already."""

    now: datetime
    raised: dict[str, Signal] = field(default_factory=dict)
    changed: dict[str, Signal] = field(default_factory=dict)
    held: dict[str, Signal] = field(default_factory=dict)  # by key: what stands in the database
    silences: set[str] = field(default_factory=set)

    def row(self, key: str) -> Signal | None:
        return self.raised.get(key) or self.changed.get(key) or self.held.get(key)

    def write(self) -> int:
        """How many signals are new."""
        Signal.objects.bulk_create(self.raised.values(), ignore_conflicts=True)
        for signal in self.changed.values():
            signal.save(
                update_fields=[
                    "evidence", "last_evidence_at", "urgency", "next_step", "params",
                    "resolved_at", "resolved_because",
                ]
            )  # fmt: skip
        return len(self.raised)


def say(
    outcomes: Sequence[Outcome],
    states: Mapping[str, AccountState],
    rules: Rules,
    now: datetime,
    *,
    is_history: bool = False,
) -> Saying:
    """The rows that follow from these conclusions; keys in `states` are made to fit.

    Of a history, what is over by now is not raised: nobody could have acted on it.
    """
    saying = Saying(now)
    if outcomes:
        _read_held(saying, outcomes)
    for outcome in outcomes:
        state = states[outcome.account_id]
        if isinstance(outcome, Raised):
            _raise(saying, outcome, state)
        elif isinstance(outcome, Joined):
            _join(saying, outcome, state)
        else:
            _resolve(saying, outcome)
    _leave_out_the_past(saying, states, now - timedelta(days=rules.raise_back_days), is_history)
    return saying


def row_of(outcome: Raised, now: datetime) -> Signal:
    """The signal that was raised, as a row; not saved."""
    return Signal(
        key=outcome.key,
        kind=outcome.kind,
        topic=outcome.topic,
        account_id=outcome.account_id,
        person_id=outcome.person_id,
        happened_at=instant(outcome.happened_at),
        raised_at=now,
        last_evidence_at=instant(outcome.happened_at),
        urgency=outcome.urgency,
        evidence=readable(outcome.evidence),
        next_step=outcome.next_step,
        params=outcome.params,
    )


def readable(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    """Evidence as JSON: instants as text."""
    return [
        {
            name: instant(value).isoformat() if name == "at" or name.endswith("_at") else value
            for name, value in each.items()
        }
        for each in evidence
    ]


def _read_held(saying: Saying, outcomes: Sequence[Outcome]) -> None:
    accounts = {each.account_id for each in outcomes}
    kinds = {each.kind for each in outcomes}
    for part in parts(accounts):
        rows = Signal.objects.filter(account_id__in=part, kind__in=kinds).select_related("task")
        for signal in rows.order_by("-happened_at")[:5000]:
            saying.held[signal.key] = signal


def _raise(saying: Saying, outcome: Raised, state: AccountState) -> None:
    held = saying.row(outcome.key) or _overlapping(saying, outcome)
    if held is None:
        saying.raised[outcome.key] = row_of(outcome, saying.now)
        if outcome.is_silence:
            saying.silences.add(outcome.key)
        return
    standing = state.standing(outcome.kind, outcome.topic)
    if standing is not None and standing.key == outcome.key:
        standing.key = held.key
    if held.resolved_at is not None and held.key == outcome.key:
        # The same conclusion from a history that is told anew: it stands again.
        held.resolved_at, held.resolved_because = None, ""
    _add_evidence(saying, held, readable(outcome.evidence), outcome.happened_at)


def _overlapping(saying: Saying, outcome: Raised) -> Signal | None:
    """A signal of the same episode under another key: the episode began earlier than was known."""
    if not outcome.joins_within_us:
        return None
    for signal in [*saying.held.values(), *saying.raised.values()]:
        is_same = (signal.account_id, signal.kind, signal.topic) == (
            outcome.account_id,
            outcome.kind,
            outcome.topic,
        )
        if not is_same or signal.resolved_at is not None or _was_dealt_with(signal, outcome.at):
            continue
        first = micros(signal.happened_at) - outcome.joins_within_us
        last = micros(signal.last_evidence_at) + outcome.joins_within_us
        if first <= outcome.happened_at <= last:
            return signal
    return None


def _join(saying: Saying, outcome: Joined, state: AccountState) -> None:
    held = saying.row(outcome.key)
    if held is None:
        return
    evidence = readable(outcome.evidence)
    known = {_same(each) for each in held.evidence}
    if all(_same(each) in known for each in evidence):
        return
    newest = max(each["at"] for each in evidence)
    if _was_dealt_with(held, micros(datetime.fromisoformat(newest))):
        again = _again(saying, held, datetime.fromisoformat(newest))
        for standing in state.open.values():
            if standing.key == held.key:
                standing.key = again.key
        held = again
    for name, value in outcome.changes.items():
        setattr(held, name, value)
    _add_evidence(saying, held, evidence, micros(datetime.fromisoformat(newest)))


def _was_dealt_with(signal: Signal, at: int) -> bool:
    """Whether somebody closed its task before that."""
    task = signal.task
    return task is not None and task.closed_at is not None and micros(task.closed_at) < at


def _again(saying: Saying, held: Signal, happened_at: datetime) -> Signal:
    base, _, number = held.key.partition("/")
    again = Signal(
        key=f"{base}/{int(number or 1) + 1}",
        kind=held.kind,
        topic=held.topic,
        account_id=held.account_id,
        person_id=held.person_id,
        happened_at=happened_at,
        raised_at=saying.now,
        last_evidence_at=happened_at,
        urgency=held.urgency,
        evidence=[],
        next_step=held.next_step,
        params=held.params,
    )
    known = saying.row(again.key)
    if known is None:
        saying.raised[again.key] = again
    return known or again


def _add_evidence(saying: Saying, held: Signal, evidence: list[dict], at: int) -> None:
    known = {_same(each) for each in held.evidence}
    new = [each for each in evidence if _same(each) not in known]
    if new:
        every = sorted([*held.evidence, *new], key=lambda each: str(each.get("at")))
        # The first says how it began, the last what is new.
        held.evidence = (
            every if len(every) <= EVIDENCE_KEPT else [every[0], *every[1 - EVIDENCE_KEPT :]]
        )
        held.last_evidence_at = max(held.last_evidence_at, instant(at))
    if held.key not in saying.raised:
        saying.changed[held.key] = held


def _same(evidence: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{name}={evidence[name]}" for name in sorted(evidence) if name != "known_at")


def _resolve(saying: Saying, outcome: Resolved) -> None:
    held = saying.row(outcome.key)
    if held is None or held.resolved_at is not None:
        return
    held.resolved_at, held.resolved_because = instant(outcome.at), outcome.because
    if held.key not in saying.raised:
        saying.changed[held.key] = held


def _leave_out_the_past(
    saying: Saying, states: Mapping[str, AccountState], since_at: datetime, is_history: bool
) -> None:
    for key, signal in list(saying.raised.items()):
        is_over = is_history and signal.resolved_at is not None
        if signal.last_evidence_at >= since_at and not is_over:
            continue
        del saying.raised[key]
        for name, standing in list(states[signal.account_id].open.items()):
            # A silence that goes on stands, and is not told again; an episode may come again.
            if standing.key == key and key not in saying.silences:
                del states[signal.account_id].open[name]
