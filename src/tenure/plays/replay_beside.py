"""Two replays beside each other: what another version of a play, or other plays, would change.

changed = changes_of(old, new)           # whom the new version reaches more, fewer, or anew
crowd = crowd_of(new, others)            # how much else reached them, in their fullest week
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.plays.parts import Message, Play
from tenure.plays.replaying import Life, Replay

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Changes:
    """How another version differs, by whom it reaches: who is named got messages in one of them.

    `twice` get the same words twice under the new version, and did not under the old.
    """

    entered_before: int
    entered_after: int
    messages_before: int
    messages_after: int
    reached_anew: tuple[str, ...]
    reached_no_more: tuple[str, ...]
    more: tuple[str, ...]
    fewer: tuple[str, ...]
    same: int
    twice: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crowd:
    """What reaches an account in its fullest week, of those whom the play would have written to.

    `alone` counts this play's messages by how many they are, `together` those of all.
    """

    others: tuple[str, ...]
    alone: dict[int, int]
    together: dict[int, int]
    accounts_with_more: int  # whom another play writes to as well in that week
    fullest: tuple[tuple[str, int], ...]  # accounts with the most


def changes_of(old: tuple[Play, Replay], new: tuple[Play, Replay]) -> Changes:
    """The new version of a play beside the old, over the same days."""
    before, after = _sent(old[1]), _sent(new[1])
    both = before.keys() & after.keys()
    twice_before = repeated(old[0], old[1].lives)
    twice_after = repeated(new[0], new[1].lives)
    return Changes(
        entered_before=len(old[1].lives),
        entered_after=len(new[1].lives),
        messages_before=sum(map(len, before.values())),
        messages_after=sum(map(len, after.values())),
        reached_anew=tuple(sorted(after.keys() - before.keys())),
        reached_no_more=tuple(sorted(before.keys() - after.keys())),
        more=tuple(sorted(id for id in both if len(after[id]) > len(before[id]))),
        fewer=tuple(sorted(id for id in both if len(after[id]) < len(before[id]))),
        same=sum(len(after[id]) == len(before[id]) for id in both),
        twice=tuple(sorted(twice_after - twice_before)),
    )


def crowd_of(replayed: Replay, others: Sequence[Replay]) -> Crowd:
    """What those whom a play writes to get from all plays, in their fullest seven days."""
    own = _by_account(replayed.lives)
    beside: defaultdict[str, list[datetime]] = defaultdict(list)
    for other in others:
        for account_id, times in _by_account(other.lives).items():
            beside[account_id] += times
    alone, together, more = Counter[int](), Counter[int](), 0
    fullest: list[tuple[str, int]] = []
    for account_id, times in own.items():
        most_alone = most_in_a_week(times)
        most = most_in_a_week([*times, *beside.get(account_id, ())])
        alone[most_alone] += 1
        together[most] += 1
        more += most > most_alone
        fullest.append((account_id, most))
    fullest.sort(key=lambda each: (-each[1], each[0]))
    names = tuple(sorted(other.play for other in others))
    return Crowd(names, dict(sorted(alone.items())), dict(sorted(together.items())), more,
                 tuple(fullest[:10]))  # fmt: skip


def most_in_a_week(times: Iterable[datetime]) -> int:
    """The most of these moments within any seven days."""
    ordered = sorted(times)
    most = first = 0
    for last, at in enumerate(ordered):
        while at - ordered[first] >= WEEK:
            first += 1
        most = max(most, last - first + 1)
    return most


def repeated(play: Play, lives: Iterable[Life]) -> set[str]:
    """Who would get the same words twice."""
    words = {step.name: step.act.template for step in play.steps if isinstance(step.act, Message)}
    said: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for life in lives:
        for _, effect in life.effects:
            if effect.step in words:
                said[life.subject_id][words[effect.step]] += 1
    return {id for id, counts in said.items() if max(counts.values()) > 1}


def _sent(replayed: Replay) -> dict[str, list[datetime]]:
    """Messages by whom they are for, in both arms."""
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for life in replayed.lives:
        for at, effect in life.effects:
            if isinstance(effect.what, Message):
                found[life.subject_id].append(at)
    return dict(found)


def _by_account(lives: Iterable[Life]) -> dict[str, list[datetime]]:
    """What is really sent: who is left alone gets nothing."""
    found: defaultdict[str, list[datetime]] = defaultdict(list)
    for life in lives:
        for at, effect in life.effects:
            if isinstance(effect.what, Message) and not life.is_left_alone:
                found[life.account_id].append(at)
    return dict(found)
