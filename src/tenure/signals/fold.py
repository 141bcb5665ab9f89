"""One account's life as the kinds see it: what happened, in order, and what fell due in between.

The same function live, when state is made anew, and in replay. Before a happening is told, every
kind whose time came before it is asked; so it does not matter in how many parts an account's life
is told, as long as each part comes after the one before.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from types import ModuleType

from tenure.signals.happenings import Happening
from tenure.signals.kinds import (
    account_acquired_or_closing,
    cancel_intent,
    champion_left,
    conversation_silence,
    declared,
    gone_quiet,
    hand_over,
    near_limit,
    paid_feature_unused,
    payment_trouble,
    person_at_new_company,
    stuck_at_step,
)
from tenure.signals.kinds.paid_feature_unused import is_first_use
from tenure.signals.measured import Measured
from tenure.signals.outcomes import Outcome
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState, note_fact, note_use

# The order decides nothing but the order in which signals of one moment are told.
KINDS: tuple[ModuleType, ...] = (
    cancel_intent,
    payment_trouble,
    account_acquired_or_closing,
    near_limit,
    stuck_at_step,
    champion_left,
    hand_over,
    gone_quiet,
    conversation_silence,
    paid_feature_unused,
    person_at_new_company,
    declared,
)
_BY_NAME = {kind.KIND: kind for kind in KINDS}


def fold(
    state: AccountState,
    happenings: Iterable[Happening],
    rules: Rules,
    measured: Measured,
    until: int,
) -> list[Outcome]:
    """What the kinds conclude from these happenings of one account, and up to `until`.

    `happenings` come in the order of `Happening.order`; `state` goes on from what it was.
    """
    heard = heard_under(rules)
    found: list[Outcome] = []
    for happening in happenings:
        if state.wakes and min(state.wakes.values()) <= happening.known_at:
            found += wake(state, rules, measured, happening.known_at)
        found += _tell(happening, state, rules, heard[happening.sort])
    found += wake(state, rules, measured, until)
    return found


def wake(state: AccountState, rules: Rules, measured: Measured, until: int) -> Iterator[Outcome]:
    """What the kinds conclude whose time has come by `until`, the earliest first."""
    while state.wakes:
        name, at = min(state.wakes.items(), key=lambda each: (each[1], each[0]))
        if at > until:
            return
        del state.wakes[name]
        kind = _BY_NAME.get(name)
        if kind is not None and is_on(kind, rules):
            yield from kind.due(state, rules, at, measured)
            # Time goes on, whatever a kind asks for.
            if state.wakes.get(name, at + 1) <= at:
                del state.wakes[name]


def is_on(kind: ModuleType, rules: Rules) -> bool:
    """Whether the rules want this kind."""
    own = getattr(rules, kind.KIND)
    return bool(own) if isinstance(own, tuple) else own.on


@lru_cache(maxsize=8)
def heard_under(rules: Rules) -> dict[str, Sequence[ModuleType]]:
    """Who hears what, of the kinds that the rules want."""
    kinds = [kind for kind in KINDS if is_on(kind, rules)]
    return {
        sort: [kind for kind in kinds if sort in kind.HEARS] for sort in ("use", "event", "fact")
    }


def _tell(
    happening: Happening, state: AccountState, rules: Rules, kinds: Sequence[ModuleType]
) -> Iterator[Outcome]:
    if happening.sort == "use":
        is_new = note_use(state, happening.person_id, happening.day, happening.at)
        if not is_new and not is_first_use(happening.name, state, rules):
            return
    elif happening.sort == "fact":
        note_fact(state, happening.name, happening.properties, happening.at, happening.known_at)
    for kind in kinds:
        yield from kind.on(happening, state, rules)
