"""What was promised at the way out of the simulated company, and who keeps it.

Ours are kept by Fernhill's people, or forgotten. Theirs are kept by doing the step, which is an
event like any other, and brings the feature into use.
"""

from datetime import UTC, date, datetime

from tenure.demo.block import Block
from tenure.demo.card_then import ZONE_OF_COMPANY
from tenure.demo.catalogue import EVENTS, FEATURES
from tenure.demo.seasons import DAY_S
from tenure.demo.way_out import WayOut
from tenure.offboard.passage import Shown

WE_KEEP = 0.86  # of what we promise, in time
WE_KEEP_LATE = 0.06
THEY_KEEP_AT_LEAST, THEY_KEEP_BY_SKILL = 0.25, 0.6


def promise_on(
    block: Block, way: WayOut, account: int, shown: Shown, at: int
) -> dict[int, datetime | None]:
    """By the number of each commitment of ours, when it was done. Theirs go on the agenda."""
    done: dict[int, datetime | None] = {}
    for owed in shown.commitments:
        due_at = _evening(str(owed["due_on"]))
        luck, when = way.rng.random(2)
        if owed["side"] == "us":
            done[int(str(owed["number"]))] = _done_at(luck, when, at, due_at)
        elif owed.get("event"):
            skill = float(block.companies.skill[account])
            if luck < THEY_KEEP_AT_LEAST + THEY_KEEP_BY_SKILL * skill:
                way.promised.append((account, str(owed["event"])))
                keeps_at = at + DAY_S + int(when * max(due_at - at - DAY_S, 0))
                block.plan_ahead(keeps_at, account, "keep_word", len(way.promised) - 1)
    return done


def keep_word(block: Block, account: int, token: int, at: int) -> None:
    """The step that they agreed to is done, if they are still there."""
    way = block.way_out
    assert way is not None
    _, event = way.promised[token]
    moment = block.moment(account)
    speaker = block.crowd.speaker(account, at)
    if moment is None or speaker < 0:
        return
    block.journal.track(event, account, speaker, max(at, moment), agreed=True)
    feature = EVENTS.index(event) if event in EVENTS else -1
    if feature >= 0 and FEATURES[feature].plan_rank <= block.standing.plan[account]:
        block.standing.adopted[account, feature] = True


def _done_at(luck: float, when: float, at: int, due_at: int) -> datetime | None:
    """Before its day is over, some days after, or never."""
    if luck >= WE_KEEP + WE_KEEP_LATE:
        return None
    if luck >= WE_KEEP:
        return datetime.fromtimestamp(due_at + DAY_S + int(4 * when * DAY_S), UTC)
    return datetime.fromtimestamp(at + 3600 + int(when * max(due_at - at - 3600, 0)), UTC)


def _evening(day: str) -> int:
    """The end of work on that day."""
    start = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZONE_OF_COMPANY)
    return int(start.timestamp()) + 20 * 3600
