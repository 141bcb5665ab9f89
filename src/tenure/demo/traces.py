"""What a lived block leaves behind beside its use: words, visits, returned mail, signs of life.

Read off the life as it was lived, with random numbers of its own, and noted after everything else:
so accounts, leavings and everyday events of a seed are the same with it and without it.
"""

from dataclasses import dataclass, field

import numpy as np

from tenure.demo import cards, doing, going, saying, widget
from tenure.demo.block import Block
from tenure.demo.catalogue import EVENTS
from tenure.demo.journal import PRODUCT, Happening
from tenure.demo.lived_spans import LivedSpans

_PORTAL = EVENTS.index("Client Portal Shared")
_SAYING, _DOING, _GOING, _WIDGET, _CARDS = range(20, 25)  # streams of random numbers


@dataclass
class Noted:
    """What only the weekly rules know, kept for later: when the portal came, how many projects."""

    portal_since: np.ndarray  # week start, or far in the future
    projects: np.ndarray
    usage: list[Happening] = field(default_factory=list)

    @classmethod
    def of(cls, accounts: int) -> "Noted":
        return cls(np.full(accounts, 2**62), np.zeros(accounts, dtype=np.int64))

    def note(self, block: Block) -> None:
        """After a week: who has the portal by now, and whose active projects became more."""
        standing = block.standing
        ends_at = block.week_ends_at
        has_portal = standing.adopted[:, _PORTAL] & standing.is_live
        self.portal_since = np.where(
            has_portal, np.minimum(self.portal_since, ends_at), self.portal_since
        )
        projects = standing.projects.astype(np.int64)
        for account in (standing.is_live & (projects > self.projects)).nonzero()[0]:
            at = min(ends_at, int(standing.present_until[account])) - 120
            if at > standing.present_from[account]:
                said: dict[str, object] = {"active_projects": int(projects[account])}
                self.usage.append(
                    Happening(PRODUCT, "track", "Usage Reported", int(account), -1, at, said)
                )
                self.projects[account] = projects[account]


def leave_traces(block: Block, noted: Noted, seed: list[int]) -> None:
    """Add what a whole life leaves behind to the block's journal."""

    def stream(purpose: int) -> np.random.Generator:
        return np.random.default_rng([*seed, purpose])

    spans = LivedSpans(block)
    block.journal.happenings += [
        *noted.usage,
        *doing.leave_marks(spans, stream(_DOING)),
        *saying.say_things(spans, stream(_SAYING)),
        *going.go_away(spans, stream(_GOING)),
        *widget.show_widgets(spans, noted.portal_since, stream(_WIDGET)),
    ]
    cards.show_expiry(block, stream(_CARDS))
