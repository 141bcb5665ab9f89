"""How somebody answers on each screen of the cancel flow, by what they are: pure, the same twice.

What they were shown shifts the log-odds with which they leave: what they would lose reminds them,
and the best of the offers counts. So each is, for this flow, persuadable (only it keeps them), sure
(they stay anyway), a lost cause, or a sleeping dog (only it makes them leave).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tenure.demo.leavers import Leaver
from tenure.offboard.passage import CONFIRM, OFFERS, VALUE, WHY, Passage, Shown, Step
from tenure.offers.kinds import PRICE_CUTS, RESTS

# By kind of offer, the treatment that it is to them.
TREATMENT_OF = {
    "training": "training",
    "trial_extension": "training",
    "advice": "advice_call",
    "human": "advice_call",
    "custom": "advice_call",
    "partner": "advice_call",
    "discount": "discount",
    "free_months": "discount",
    "refund": "discount",
    "pause": "pause",
    "dormant": "pause",
    "cheaper_plan": "plan_change",
}
TAKES_AND_LEAVES = 0.18  # of who leaves anyway accept something first, and cancel within weeks
TAKES_ANYWAY = 0.35  # of who stays anyway take what is cheaper, or for nothing
CLOSES_FIRST = 0.12  # close the window, and come back within days
SAYS_STAY = 0.5  # of who stays say so; the others close the window


@dataclass(frozen=True, slots=True)
class Answering:
    """One person, one visit. In a world without effect nobody takes what changes payments, so that
    both arms are truly the same.
    """

    leaver: Leaver
    is_first: bool = True
    has_effect: bool = True

    def closes(self, passage: Passage) -> bool:
        """Whether they close the window on this screen, and are gone for now."""
        draws = self.leaver.draws
        if self.leaver.leaves_alone:
            return passage.screen == WHY and self.is_first and draws[10] < CLOSES_FIRST
        is_last = passage.screen == CONFIRM or (passage.screen == OFFERS and passage.shown)
        return bool(
            is_last and not leaves(self.leaver, passage) and draws[11] >= SAYS_STAY
            and self._taken(passage) is None
        )  # fmt: skip

    def step(self, passage: Passage) -> Step:
        """What they do on this screen; whoever closes the window does nothing."""
        if passage.screen == WHY:
            said = {"reason": self.leaver.reason}
            if self.leaver.follow_up:
                said["follow_up"] = self.leaver.follow_up
            if self.leaver.text:
                said["text"] = self.leaver.text
            return Step("answer", said)
        if passage.screen == VALUE:
            return Step("next")
        if passage.screen == OFFERS:
            taken = self._taken(passage)
            if taken is not None:
                return Step(f"accept:{taken.name}")
        return Step("leave") if leaves(self.leaver, passage) else Step("stay")

    def _taken(self, passage: Passage) -> Shown | None:
        """What they accept of this screen, if anything."""
        if passage.screen != OFFERS or not passage.shown:
            return None
        best = min(passage.shown, key=lambda each: effect_of(self.leaver, each))
        draws = self.leaver.draws
        if leaves(self.leaver, passage):
            is_taken = draws[12] < TAKES_AND_LEAVES and (self.has_effect or not _is_cheap(best))
            return best if is_taken else None
        if self.leaver.leaves_alone:
            return best
        # Who stays anyway gladly takes what is cheaper.
        gifts = [each for each in passage.shown if _is_cheap(each) == self.has_effect]
        return gifts[0] if gifts and draws[12] < TAKES_ANYWAY else None


def _is_cheap(shown: Shown) -> bool:
    """Whether it changes what is paid."""
    return shown.kind in PRICE_CUTS or shown.kind in RESTS or shown.kind == "cheaper_plan"


def effect_of(leaver: Leaver, shown: Shown) -> float:
    """What an offer does to their log-odds of leaving; negative keeps."""
    return leaver.effects[TREATMENT_OF[shown.kind]]


def shift_of(leaver: Leaver, saw_value: bool, shown: Sequence[Shown]) -> float:
    """What all that they saw does to their log-odds of leaving."""
    reminder = leaver.effects["value_reminder"] if saw_value else 0.0
    return reminder + min((effect_of(leaver, each) for each in shown), default=0.0)


def leaves(leaver: Leaver, passage: Passage) -> bool:
    """Whether they leave, having seen what they saw by now."""
    saw_value = VALUE in passage.path and passage.screen not in (WHY, VALUE)
    shown = passage.shown if passage.offers_seen else ()
    return leaver.luck < with_shift(leaver.chance, shift_of(leaver, saw_value, shown))


def with_shift(chance: float, shift: float) -> float:
    """The chance after its log-odds were shifted."""
    odds = chance / (1 - chance) * math.exp(shift)
    return odds / (1 + odds)
