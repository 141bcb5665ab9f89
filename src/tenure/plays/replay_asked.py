"""A play is looked at before it is switched on: its replay, beside what holds and what else is on.

    look(home, "trial_ending", since_on, before_on, now) -> Looked

What is found is kept with the version, so that a page shows it and switching on can ask for it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tenure.base.home import Home
from tenure.customers.junk_ids import ANONYMOUS
from tenure.customers.models import Account, Person
from tenure.plays.in_force import play_named, version_before
from tenure.plays.models import PlayReplay, ReplayedMail, ReplayedSubject
from tenure.plays.parts import PERSON, Message, Play
from tenure.plays.replay_beside import Changes, Crowd, changes_of, crowd_of, repeated
from tenure.plays.replay_examples import examples_of
from tenure.plays.replay_failed import clear_failed
from tenure.plays.replay_reach import reach_of
from tenure.plays.replay_summary import note_replay
from tenure.plays.replaying import Replay, replay_together
from tenure.plays.switching import plays_on

SUBJECTS_MOST = 20_000
_ASKED_AT_ONCE = 5_000
Says = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found; `changes` is None of a play that has no version before this one."""

    replayed: Replay
    summary: dict[str, Any]
    changes: Changes | None
    crowd: Crowd | None
    examples: tuple[ReplayedMail, ...] = ()


def look(
    home: Home,
    name: str,
    days: tuple[date, date],
    now: datetime,
    *,
    is_alone: bool = False,
    says: Says = lambda words: None,
) -> Looked:
    """The play in force replayed from the first day until before the second; kept.

    `is_alone` leaves out the version before it and the other plays, which takes less time. Raises
    NotFound for a play that is not in force, InvalidInput for no day.
    """
    play = play_named(name)
    before, others = (None, []) if is_alone else _beside(play)
    says(f"{name}: what it would have done")
    if before is not None:
        says(f"{name}: what the version before it would have done")
    for other in others:
        says(f"{other.name}: what it would have done beside")
    asked = [play, *([before] if before is not None else []), *others]
    replayed, *found = replay_together(home, asked, *days)
    changes = crowd = None
    sent_before = None
    if before is not None:
        old = found.pop(0)
        changes, sent_before = changes_of((before, old), (play, replayed)), _messages(old)
    if not is_alone:
        crowd = crowd_of(replayed, found)
    reach = reach_of(home, (play, replayed), list(zip(others, found, strict=True)))
    examples = examples_of(home, play, replayed, now)
    with transaction.atomic():
        summary = note_replay(replayed, now) | _said(changes, crowd)
        summary["days"] = by_day(replayed)
        summary["twice"] = len(repeated(play, replayed.lives))
        summary["beside"] = before.digest if before is not None else ""
        summary["to_people"] = reach.summary()
        PlayReplay.objects.filter(digest=play.digest).update(summary=summary)
        _keep_subjects(play, replayed, sent_before)
        ReplayedMail.objects.bulk_create(_of_who_is_known(examples))
        clear_failed(name)
    return Looked(replayed, summary, changes, crowd, tuple(examples))


def _of_who_is_known(examples: Sequence[ReplayedMail]) -> list[ReplayedMail]:
    """Those of people who are still there: somebody may be forgotten while a replay goes on."""
    ids = {mail.person_id for mail in examples}
    known = set(Person.objects.filter(pk__in=ids).values_list("pk", flat=True))
    return [mail for mail in examples if mail.person_id in known]


def _still_there(over: str, ids: Sequence[str]) -> set[str]:
    """Those of these who were not forgotten meanwhile. Nobody is known by an anonymous id alone, so
    those all are."""
    of: type[Person | Account] = Person if over == PERSON else Account
    found = {id for id in ids if over == PERSON and id.startswith(ANONYMOUS)}
    for start in range(0, len(ids), _ASKED_AT_ONCE):
        some = ids[start : start + _ASKED_AT_ONCE]
        found |= set(of.objects.filter(pk__in=some).values_list("pk", flat=True))
    return found


def _beside(play: Play) -> tuple[Play | None, list[Play]]:
    """The version that is seen beside a play, if there is any, and the other plays that are on."""
    on = {each.name: each for each in plays_on()}
    before = on.pop(play.name, None)
    if before is None or before.digest == play.digest:
        before = version_before(play)
    return before, [other for other in on.values() if other.entry.kind != "manual"]


def _said(changes: Changes | None, crowd: Crowd | None) -> dict[str, Any]:
    """In figures, which name nobody."""
    said: dict[str, Any] = {"changes": None, "crowd": None}
    if changes is not None:
        said["changes"] = {
            name: len(value) if isinstance(value, tuple) else value
            for name, value in asdict(changes).items()
        }
    if crowd is not None:
        said["crowd"] = {
            "others": list(crowd.others),
            "alone": {str(most): count for most, count in crowd.alone.items()},
            "together": {str(most): count for most, count in crowd.together.items()},
            "accounts_with_more": crowd.accounts_with_more,
        }
    return said


def by_day(replayed: Replay) -> dict[str, int]:
    """Messages by the company's day, of those that are not left alone."""
    days: Counter[str] = Counter()
    for life in replayed.lives:
        if not life.is_left_alone:
            days.update(
                f"{at.astimezone(replayed.zone):%Y-%m-%d}"
                for at, effect in life.effects
                if isinstance(effect.what, Message)
            )
    return dict(sorted(days.items()))


def _messages(replayed: Replay) -> Counter[str]:
    counts: Counter[str] = Counter()
    for life in replayed.lives:
        counts[life.subject_id] += sum(isinstance(e.what, Message) for _, e in life.effects)
    return counts


def _keep_subjects(play: Play, replayed: Replay, before: Counter[str] | None) -> None:
    """Whom it would have reached, for the page that names them; those of earlier looks go."""
    twice, counts = repeated(play, replayed.lives), _messages(replayed)
    first: dict[str, Any] = {}
    for life in replayed.lives:
        first.setdefault(life.subject_id, life)
    replays = PlayReplay.objects.filter(play=play.name).values("digest")
    ReplayedSubject.objects.filter(digest__in=replays).delete()
    ReplayedMail.objects.filter(digest__in=replays).delete()
    wanted = sorted(first, key=lambda id: (id not in twice, -counts[id], id))[:SUBJECTS_MOST]
    known = _still_there(play.over, wanted)
    ReplayedSubject.objects.bulk_create(
        [
            ReplayedSubject(
                digest=play.digest,
                over=play.over,
                subject_id=id,
                account_id=first[id].account_id,
                is_left_alone=first[id].is_left_alone,
                first_at=first[id].state.entered_at,
                messages=counts[id],
                messages_before=None if before is None else before[id],
                is_twice=id in twice,
            )
            for id in wanted
            if id in known
        ],
        batch_size=1_000,
    )
