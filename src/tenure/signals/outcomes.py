"""What a kind concludes: a signal is raised, gets further evidence, or its reason has gone.

    yield raised(state, KIND, happening.at, ...)

Each keeps `state.open` up to date, so that the next conclusion knows what stands.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tenure.base.ids import digest
from tenure.signals.state import AccountState, OpenSignal

EVIDENCE_KEPT = 20
Evidence = dict[str, Any]  # {"what": code, "at": microseconds, ...}


class Raised(msgspec.Struct):
    """Somebody should act. `at` is when it was concluded, `happened_at` what it tells."""

    key: str
    kind: str
    topic: str
    account_id: str
    person_id: str
    happened_at: int
    at: int
    urgency: str  # now | soon | watch
    evidence: list[Evidence]
    next_step: str
    params: dict[str, Any]
    joins_within_us: int = 0
    is_silence: bool = False  # told by what did not happen: worth nothing once it is over


class Joined(msgspec.Struct):
    """More evidence for a signal that stands; `changes` are new values of its columns."""

    key: str
    kind: str
    account_id: str
    at: int
    evidence: list[Evidence]
    changes: dict[str, Any] = {}


class Resolved(msgspec.Struct):
    """The reason has gone: `because` is a code."""

    key: str
    kind: str
    account_id: str
    at: int
    because: str


Outcome = Raised | Joined | Resolved


def raised(
    state: AccountState,
    kind: str,
    happened_at: int,
    *,
    at: int,
    urgency: str,
    evidence: Sequence[Evidence],
    next_step: str,
    topic: str = "",
    episode: str = "",
    person_id: str = "",
    params: Mapping[str, Any] | None = None,
    joins_within_us: int = 0,
    is_silence: bool = False,
) -> Raised:
    """A new signal that stands from now on. `episode` tells it from others of its topic."""
    key = f"{kind}:{digest(state.account_id, topic, episode or str(happened_at))}"
    state.open[f"{kind}|{topic}"] = OpenSignal(
        key, kind, topic, person_id, happened_at, happened_at
    )
    return Raised(
        key, kind, topic, state.account_id, person_id, happened_at, at, urgency,
        list(evidence), next_step, dict(params or {}), joins_within_us, is_silence,
    )  # fmt: skip


def joined(
    state: AccountState,
    standing: OpenSignal,
    evidence: Sequence[Evidence],
    *,
    at: int,
    happened_at: int = 0,
    changes: Mapping[str, Any] | None = None,
) -> Joined:
    """Further evidence of a signal that stands."""
    standing.last_at = max(standing.last_at, happened_at)
    return Joined(
        standing.key, standing.kind, state.account_id, at, list(evidence), dict(changes or {})
    )


def resolved(state: AccountState, standing: OpenSignal, *, at: int, because: str) -> Resolved:
    """The end of a signal whose reason has gone."""
    state.open.pop(f"{standing.kind}|{standing.topic}", None)
    return Resolved(standing.key, standing.kind, state.account_id, at, because)
