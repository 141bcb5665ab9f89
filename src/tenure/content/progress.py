"""Who began and finished what, and who reached which goal: folded from events, the same each time.

    follow_content(home, now)      # after the cards

Events are read from a cursor; when a lesson or goal changes, from the first one again. A row says
the first time of each, so what is read twice changes nothing, and a crash is made good by the next
look.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from tenure.base.home import Home
from tenure.base.ids import digest, fresh_id
from tenure.content.lesson_file import ACCOUNT, FINISHED, PERSON, STARTED, Goal, Lesson, Shown
from tenure.content.lessons import goals, lessons
from tenure.content.models import ContentCursor, GoalReached, LessonProgress
from tenure.content.rewarding import reward, tell_reached
from tenure.customers.models import IdentityLink
from tenure.definitions.store import all_current
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader, company_day, reading
from tenure.lake.shipping import last_batch

CURSOR = "progress"
_AT_ONCE, EVENTS_AT_ONCE = 500, 50_000
Key = tuple[str, str, str]  # person, account, lesson


@dataclass(frozen=True, slots=True)
class Followed:
    """How many rows of progress are new or changed, and how many goals were reached."""

    progress: int = 0
    reached: int = 0


def follow_content(home: Home, now: datetime) -> Followed:
    """Bring progress and goals up to what was shipped."""
    held, last = lessons(), last_batch(home)
    wanted = goals()
    if last is None or not (held or wanted):
        return Followed()
    digest_now = _digest()
    cursor = ContentCursor.objects.filter(name=CURSOR).first()
    is_same = cursor is not None and cursor.digest == digest_now
    today = company_day(home, now)
    if is_same and cursor is not None and cursor.number >= last.number:
        return Followed()
    after = cursor.number if is_same and cursor is not None else -1
    with reading(home, fresh=True) as reader:
        changed = _follow_lessons(reader, held, after, last.number)
        reached = sum(
            _reach(goal, _who_reached(reader, home, goal), today, now) for goal in wanted.values()
        )
    ContentCursor.objects.update_or_create(
        name=CURSOR, defaults={"number": last.number, "digest": digest_now}
    )
    return Followed(changed, reached)


def begin_anew() -> None:
    """What is in the lake is read again from its beginning at the next look."""
    ContentCursor.objects.filter(name=CURSOR).delete()


def _digest() -> str:
    held = [*all_current("lesson"), *all_current("goal")]
    return digest("content", *(each.digest for each in held))


def _follow_lessons(reader: Reader, held: Mapping[str, Lesson], after: int, last: int) -> int:
    """How many rows of progress these batches changed: read in parts, each written down before the
    next, so that all events there ever were are never in memory at once."""
    names = {STARTED, FINISHED}
    for lesson in held.values():
        names |= {each.event for each in (lesson.started, lesson.finished) if each}
    if not held:
        return 0
    asked = {"names": sorted(names)}
    counted = reader.rows(
        load("tenure.content", "lesson_batch"), after_batch=after, last_batch=last, **asked
    )
    changed = 0
    for before, until in parts_of([(row["batch"], row["events"]) for row in counted]):  # type: ignore[misc]
        rows = reader.rows(
            load("tenure.content", "lesson_event"), after_batch=before, last_batch=until, **asked
        )
        told = _told(rows, held)
        changed += _note(told) + _note(_courses(held, sorted({person for person, _, _ in told})))
    return changed


def parts_of(batches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of batches, `(after, last)`, each of some `EVENTS_AT_ONCE` events at most, unless one
    batch alone has more. Pure."""
    found: list[tuple[int, int]] = []
    events = EVENTS_AT_ONCE
    for number, count in batches:
        if events + count > EVENTS_AT_ONCE:
            found.append((number - 1, number))
            events = 0
        found[-1] = (found[-1][0], number)
        events += count
    return found


def _told(
    rows: Iterable[Mapping[str, Any]], held: Mapping[str, Lesson]
) -> dict[Key, dict[str, datetime]]:
    """The first time that each person began and finished each lesson, of these events."""
    found: dict[Key, dict[str, datetime]] = {}
    for row in rows:
        for lesson, what in _shows(row, held):
            key = (str(row["person_id"]), str(row["account_id"] or ""), lesson)
            times = found.setdefault(key, {})
            at = row["occurred_at"]
            times[what] = min(at, times.get(what, at))
    return found


def _shows(row: Mapping[str, Any], held: Mapping[str, Lesson]) -> Iterable[tuple[str, str]]:
    """Which lessons this event shows begun or finished."""
    try:
        said = json.loads(row["properties"] or "{}")
    except ValueError:
        return
    if not isinstance(said, dict):
        return
    usual = {STARTED: "started_at", FINISHED: "finished_at"}.get(row["name"])
    if usual and isinstance(name := said.get("lesson"), str) and name in held:
        yield name, usual
    for lesson in held.values():
        for shown, what in ((lesson.started, "started_at"), (lesson.finished, "finished_at")):
            if shown is not None and _is_shown(shown, row["name"], said):
                yield lesson.name, what


def _is_shown(shown: Shown, name: str, said: Mapping[str, object]) -> bool:
    if shown.event != name:
        return False
    return not shown.property or str(said.get(shown.property, "")) == shown.value


def _note(told: Mapping[Key, Mapping[str, datetime]]) -> int:
    """Write down what is earlier than what is known."""
    keys = sorted(told)
    changed = 0
    for first in range(0, len(keys), _AT_ONCE):
        part = keys[first : first + _AT_ONCE]
        with transaction.atomic():
            changed += _note_part({key: told[key] for key in part})
    return changed


def _note_part(told: Mapping[Key, Mapping[str, datetime]]) -> int:
    rows = LessonProgress.objects.select_for_update().filter(
        person_id__in={key[0] for key in told}, lesson__in={key[2] for key in told}
    )
    held = {(row.person_id, row.account_id, row.lesson): row for row in rows}
    fresh, changed = [], []
    for key, times in told.items():
        row = held.get(key)
        if row is None:
            finished = times.get("finished_at")
            started = min(filter(None, (times.get("started_at"), finished)))
            fresh.append(LessonProgress(
                person_id=key[0], account_id=key[1], lesson=key[2], started_at=started,
                finished_at=finished,
            ))  # fmt: skip
        elif _is_earlier(row, times):
            changed.append(row)
    LessonProgress.objects.bulk_create(fresh, ignore_conflicts=True)
    LessonProgress.objects.bulk_update(changed, ["started_at", "finished_at"])
    return len(fresh) + len(changed)


def _is_earlier(row: LessonProgress, times: Mapping[str, datetime]) -> bool:
    finished = min(filter(None, (row.finished_at, times.get("finished_at"))), default=None)
    started = min(filter(None, (row.started_at, times.get("started_at"), finished)), default=None)
    if (row.started_at, row.finished_at) == (started, finished):
        return False
    row.started_at, row.finished_at = started, finished
    return True


def _courses(held: Mapping[str, Lesson], people: Sequence[str]) -> dict[Key, dict[str, datetime]]:
    """Of these people, who have just learned something: who began a part of a course has begun it,
    and who finished all has finished it."""
    found: dict[Key, dict[str, datetime]] = {}
    for course in held.values():
        if not course.parts:
            continue
        done: dict[tuple[str, str], list[LessonProgress]] = {}
        learned = LessonProgress.objects.filter(lesson__in=course.parts)
        for first in range(0, len(people), _AT_ONCE):
            for row in learned.filter(person_id__in=people[first : first + _AT_ONCE]):
                done.setdefault((row.person_id, row.account_id), []).append(row)
        for (person, account), rows in done.items():
            times = {"started_at": min(row.started_at for row in rows if row.started_at)}
            finished = [row.finished_at for row in rows if row.finished_at]
            if len(finished) == len(course.parts):
                times["finished_at"] = max(finished)
            found[person, account, course.name] = times
    return found


# --- goals


def _who_reached(reader: Reader, home: Home, goal: Goal) -> dict[str, tuple[str, datetime]]:
    """Who has reached it, when: by account or person, with the account."""
    if goal.lessons:
        return _by_lessons(goal)
    zone = ZoneInfo(home.company.time_zone)
    if goal.outcome:
        rows = [
            {**row, "subject_id": row["account_id"]}
            for row in reader.relation("outcome_reached").to_pylist()
            if row["outcome"] == goal.outcome
        ]
    else:
        rows = reader.rows(
            load("tenure.content", "goal_event"), event=goal.event, times=goal.times,
            within_days=goal.within_days, is_person=goal.over == PERSON,
        )  # fmt: skip
    return {
        str(row["subject_id"]): (
            str(row["account_id"] or ""), _midnight(row["reached_on"], zone)
        )
        for row in rows
    }  # fmt: skip


def _by_lessons(goal: Goal) -> dict[str, tuple[str, datetime]]:
    rows = LessonProgress.objects.filter(lesson__in=goal.lessons, finished_at__isnull=False)
    done: dict[str, dict[str, datetime]] = {}
    account: dict[str, str] = {}
    for row in rows.order_by("finished_at"):
        assert row.finished_at is not None
        done.setdefault(row.person_id, {}).setdefault(row.lesson, row.finished_at)
        account[row.person_id] = row.account_id
    return {
        person: (account[person], max(times.values()))
        for person, times in done.items()
        if len(times) == len(goal.lessons)
    }


def _reach(goal: Goal, who: Mapping[str, tuple[str, datetime]], today: date, now: datetime) -> int:
    """Note who has reached it and was not known to; each has a reward once."""
    held = set(
        GoalReached.objects.filter(goal=goal.name, over=goal.over).values_list(
            "subject_id", flat=True
        )
    )
    held |= _held_otherwise(goal.over, [subject for subject in who if subject not in held], held)
    fresh = [
        GoalReached(
            goal=goal.name, over=goal.over, subject_id=subject, reached_at=at,
            account_id=subject if goal.over == ACCOUNT else account_id,
            public_id=fresh_id("goal", 20),
        )
        for subject, (account_id, at) in who.items()
        if subject not in held and subject
    ]  # fmt: skip
    GoalReached.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=_AT_ONCE)
    tell_reached(goal, now)
    reward(goal, today, now)
    return len(fresh)


def _held_otherwise(over: str, subjects: Sequence[str], held: Collection[str]) -> set[str]:
    """Those of these that are known to have reached it by an id that was merged into them since."""
    found: set[str] = set()
    for first in range(0, len(subjects), _AT_ONCE):
        part = subjects[first : first + _AT_ONCE]
        links = IdentityLink.objects.filter(kind=over, canonical_id__in=part)
        found |= {
            whole for raw, whole in links.values_list("raw_id", "canonical_id") if raw in held
        }
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
