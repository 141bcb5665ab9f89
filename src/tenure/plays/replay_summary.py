"""What a replay comes to in figures; kept, because a play is switched on only after one."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tenure.plays.models import PlayReplay
from tenure.plays.parts import Message
from tenure.plays.replaying import Replay
from tenure.plays.turns import Effect

FRESH = timedelta(days=14)


def summary_of(replayed: Replay) -> dict[str, Any]:
    """The figures of a replay: who came in, what was done by step, how it ended, how much at once.

    Messages count both arms, as there is one for each effect and account; `left_alone` says how
    many of those who came in would have got none. Days and months are the company's.
    """
    lives, zone = replayed.lives, replayed.zone
    done = [
        (life.subject_id, at.astimezone(zone), effect)
        for life in lives
        for at, effect in life.effects
    ]
    months = Counter(f"{life.state.entered_at.astimezone(zone):%Y-%m}" for life in lives)
    messages = [(id, at) for id, at, effect in done if isinstance(effect.what, Message)]
    days = Counter(at.date() for _, at in messages)
    return {
        "play": replayed.play,
        "from": replayed.since_on.isoformat(),
        "before": replayed.before_on.isoformat(),
        "entered": len(lives),
        "accounts": len({life.account_id for life in lives}),
        "left_alone": sum(life.is_left_alone for life in lives),
        "entered_by_month": _sorted(months),
        "steps": dict(Counter(effect.step for _, _, effect in done)),
        "ended": dict(Counter(life.state.because for life in lives if life.state.is_over)),
        "reached_goal": sum(life.state.goal_at is not None for life in lives),
        "turned_away": dict(replayed.turned_away),
        "messages": len(messages),
        "most_in_a_day": max(days.values(), default=0),
        "step_volume": _step_volume(done),
        "most_for_one_account": max(Counter(id for id, _ in messages).values(), default=0),
    }


def note_replay(replayed: Replay, now: datetime) -> dict[str, Any]:
    """The figures, kept for the version of the play that was replayed."""
    summary = summary_of(replayed)
    PlayReplay.objects.update_or_create(
        digest=replayed.digest,
        defaults={
            "play": replayed.play,
            "since_on": replayed.since_on,
            "before_on": replayed.before_on,
            "summary": summary,
            "replayed_at": now,
        },
    )
    return summary


def is_replayed(digest: str, now: datetime) -> bool:
    """Whether this version was replayed lately."""
    return PlayReplay.objects.filter(digest=digest, replayed_at__gt=now - FRESH).exists()


def replayed_lately(now: datetime) -> set[str]:
    """The digests of the versions that were replayed lately."""
    held = PlayReplay.objects.filter(replayed_at__gt=now - FRESH)
    return set(held.values_list("digest", flat=True))


def _step_volume(done: Iterable[tuple[str, datetime, Effect]]) -> dict[str, list[int]]:
    """The most that each step did in an hour and in a day, in both arms: what it may do live is
    measured against that."""
    hours: Counter[tuple[str, datetime]] = Counter()
    days: Counter[tuple[str, date]] = Counter()
    for _, at, effect in done:
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        hours[effect.step, hour] += 1
        days[effect.step, at.date()] += 1
    most: dict[str, list[int]] = {}
    for place, counts in enumerate((hours, days)):
        for (step, _), count in counts.items():
            found = most.setdefault(step, [0, 0])
            found[place] = max(found[place], count)
    return most


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))
