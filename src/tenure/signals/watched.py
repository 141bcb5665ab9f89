"""Which rows of the lake a kind waits for, told apart before any of them is read closely.

Nearly all rows are plain use: somebody was there. Of those only who, what and on which day matters.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from tenure.signals.rules import Rules

USE_TYPES = ("track", "page", "screen")
PAGE_TYPES = ("page", "screen")
TALK_TYPES = ("ticket",)
# Tenure's own, which no kind may hear: a signal must not raise another.
OWN_TYPES = ("signal", "task", "segment", "message", "offboard")
# But for what the cancel flow tells of customers: somebody began to leave, and did not finish.
VISIT_ABANDONED = "Visit Abandoned"
JOIN_TYPES = ("identify", "group")
LEAVING = "Account Removed User"
CARD_EVENTS = ("Payment Method Added", "Payment Method Updated")


@dataclass(frozen=True, slots=True)
class Watched:
    """`names` are heard in full, `not_use` happen without anybody being there."""

    names: frozenset[str]
    not_use: frozenset[str]
    pages: str  # matches the properties of every page view that may matter; "" for none
    shows: frozenset[str]  # names by which a feature's use is known


@lru_cache(maxsize=8)
def watched_by(rules: Rules) -> Watched:
    """What the kinds wait for under these rules."""
    cancel, sold = rules.cancel_intent, rules.product
    closing, champion = rules.account_acquired_or_closing, rules.champion_left
    told = {
        cancel.heartbeat_event,
        rules.payment_trouble.card_event,
        closing.redirect_event,
        closing.bounce_event,
        LEAVING,
        "Account Added User",
        VISIT_ABANDONED,
        *champion.events,
        *rules.note_events,
    }
    names = {
        *told,
        *CARD_EVENTS,
        *cancel.events,
        *cancel.export_events,
        *rules.conversation_silence.events,
        *(each.event for each in sold.intents),
        *(each.event for each in sold.limits),
        *(each.event for each in sold.first_value.steps),
        *(each.event for each in rules.declared),
    }
    patterns = [
        *cancel.pages,
        *(each.page for each in sold.intents if each.page),
        *(each.page for each in rules.declared if each.page),
    ]
    names.discard("")
    return Watched(
        frozenset(names),
        frozenset(told),
        "|".join(sorted({_longest_word(each) for each in patterns})),
        frozenset(event for feature in sold.features for event in feature.events),
    )


def _longest_word(pattern: str) -> str:
    """A text that stands in every page that fits, whatever its case; `.` when there is none."""
    words = re.findall(r"[A-Za-z0-9_-]+", re.sub(r"\[[^]]*\]", "*", pattern))
    return f"(?i:{re.escape(max(words, key=len))})" if words else "."
