"""Commitments, watched: kept by the event that shows it, broken when their day is over, let go when
they left. What we owe and have not done is what is said loudest.

    watch_commitments(home, now)

Nothing here stands between anybody and leaving: whoever has left owes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tenure.base.home import Home
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader, company_day, reading
from tenure.saves.models import Commitment, Side, Standing, Status
from tenure.saves.telling import tell_of_commitments
from tenure.tasks.models import Outcome, Task
from tenure.tasks.models import Status as TaskStatus
from tenure.tasks.work import close, open_task

BY = "tenure"
LEFT = "left"
REMINDS_BEFORE = timedelta(days=3)
# A commitment that was broken so long ago is not looked for any more.
WATCHED_AFTER = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Watched:
    kept: int = 0
    broken: int = 0
    released: int = 0


def watch_commitments(home: Home, now: datetime) -> Watched:
    """What changed of all commitments, live; looking again changes nothing.

    An event that came late and tells of a day before the commitment was due keeps it all the same.
    """
    today = company_day(home, now)
    released = _release(now)
    kept = _keep_by_events(home, now, today) + _keep_by_tasks(now)
    broken = _break(today)
    for commitment in _with_tasks(today):
        _open_tasks(commitment, now, today)
    _close_tasks(now)
    tell_of_commitments(home, now)
    return Watched(kept, broken, released)


def say_kept(commitment: Commitment, *, now: datetime, by: str, today: date) -> Commitment:
    """The commitment, kept because somebody says so: for what no event shows."""
    _keep(commitment, now, by, today)
    return Commitment.objects.get(pk=commitment.pk)


def let_go(commitment: Commitment, because: str) -> Commitment:
    """The commitment, which nobody owes any more. What was kept stays kept."""
    open_ones = Commitment.objects.filter(
        pk=commitment.pk, standing__in=(Standing.OPEN, Standing.BROKEN)
    )
    open_ones.update(standing=Standing.RELEASED, released_because=because)
    return Commitment.objects.get(pk=commitment.pk)


def _release(now: datetime) -> int:
    """Who has left owes nothing, and is owed nothing; a save that turns out not to be lost is
    owed again."""
    live = Commitment.objects.filter(mode="live")
    gone = live.filter(standing=Standing.OPEN, save_of__status=Status.LOST)
    count = gone.update(standing=Standing.RELEASED, released_because=LEFT)
    back = live.filter(standing=Standing.RELEASED, released_because=LEFT)
    back.exclude(save_of__status=Status.LOST).update(standing=Standing.OPEN, released_because="")
    return count


def _keep_by_events(home: Home, now: datetime, today: date) -> int:
    watched = list(
        Commitment.objects.filter(mode="live", due_on__gte=today - WATCHED_AFTER)
        .filter(standing__in=(Standing.OPEN, Standing.BROKEN))
        .exclude(event="")
        .order_by("pk")
    )
    if not watched:
        return 0
    with reading(home) as reader:
        happened = _happened(reader, watched, now)
        shown_by = _shown_by(reader, watched, happened)
    kept = 0
    for commitment in watched:
        at = happened.get(commitment.pk)
        if at is not None:
            on = company_day(home, at)
            kept += _keep(commitment, at, shown_by.get(commitment.pk, commitment.event), on)
    return kept


def _happened(reader: Reader, watched: Sequence[Commitment], now: datetime) -> dict[int, datetime]:
    raw_ids = [each.account_id for each in watched]
    table = pa.table(
        {
            "commitment_id": pa.array([each.pk for each in watched], pa.int64()),
            "account_id": pa.array(reader.canonical_ids("account", raw_ids), pa.string()),
            "event": pa.array([each.event for each in watched], pa.string()),
            "promised_at": pa.array(
                [each.promised_at for each in watched], pa.timestamp("us", tz="UTC")
            ),
        }
    )
    reader.register("watched_commitment", table)
    found = reader.rows(load("tenure.saves", "commitment_happened"))
    return {
        int(row["commitment_id"]): row["happened_at"]  # type: ignore[misc, call-overload]
        for row in found
        if row["happened_at"] <= now  # type: ignore[operator]
    }


def _shown_by(
    reader: Reader, watched: Sequence[Commitment], happened: dict[int, datetime]
) -> dict[int, str]:
    """The message id of each event that was found."""
    found = [each for each in watched if each.pk in happened]
    if not found:
        return {}
    times = [happened[each.pk] for each in found]
    table = pa.table(
        {
            "commitment_id": pa.array([each.pk for each in found], pa.int64()),
            "event": pa.array([each.event for each in found], pa.string()),
            "happened_at": pa.array(times, pa.timestamp("us", tz="UTC")),
        }
    )
    reader.register("kept_commitment", table)
    rows = reader.rows(load("tenure.saves", "commitment_event"), since_at=min(times))
    return {int(row["commitment_id"]): str(row["message_id"]) for row in rows}  # type: ignore[call-overload]


def _keep(commitment: Commitment, at: datetime, by: str, on: date) -> int:
    """Mark it kept. In time, it was never broken; afterwards, it stays so that it was."""
    open_ones = Commitment.objects.filter(
        pk=commitment.pk, standing__in=(Standing.OPEN, Standing.BROKEN)
    )
    broken_on = commitment.due_on + timedelta(days=1) if on > commitment.due_on else None
    return open_ones.update(standing=Standing.KEPT, kept_at=at, kept_by=by, broken_on=broken_on)


def _keep_by_tasks(now: datetime) -> int:
    """What no event shows is kept when its task was done."""
    waiting = Commitment.objects.filter(
        mode="live", event="", standing__in=(Standing.OPEN, Standing.BROKEN)
    )
    by_key = {task_key(each): each for each in waiting}
    done = Task.objects.filter(
        key__in=list(by_key), status=TaskStatus.DONE, outcome__in=(Outcome.HELPED, Outcome.OTHER)
    )
    kept = 0
    for task in done:
        at = task.closed_at or now
        kept += _keep(by_key[task.key or ""], at, task.closed_by, at.date())
    return kept


def _break(today: date) -> int:
    over = Commitment.objects.filter(mode="live", standing=Standing.OPEN, due_on__lt=today)
    days = list(over.order_by("due_on").values_list("due_on", flat=True).distinct())
    return sum(
        over.filter(due_on=day).update(standing=Standing.BROKEN, broken_on=day + timedelta(days=1))
        for day in days
    )


def task_key(commitment: Commitment) -> str:
    return f"commitment:{commitment.key}"


def _with_tasks(today: date) -> list[Commitment]:
    """What somebody of ours should do something about: ours always, theirs once it is broken or
    where the offer says so."""
    live = Commitment.objects.filter(mode="live", due_on__gte=today - WATCHED_AFTER)
    ours = Q(standing=Standing.OPEN) & (Q(side=Side.US) | Q(has_task=True))
    return list(live.filter(ours | Q(standing=Standing.BROKEN)).select_related("owner"))


@transaction.atomic
def _open_tasks(commitment: Commitment, now: datetime, today: date) -> None:
    if commitment.standing == Standing.BROKEN:
        _open_broken(commitment, now, today)
        return
    open_task(
        key=task_key(commitment),
        title=_title(commitment),
        because={"kind": "commitment", "key": commitment.key},
        account_id=commitment.account_id,
        owner=commitment.owner,
        due_on=max(commitment.due_on - REMINDS_BEFORE, min(today, commitment.due_on)),
        now=now,
        by=BY,
    )


def _open_broken(commitment: Commitment, now: datetime, today: date) -> None:
    is_ours = commitment.side == Side.US
    said = {"text": _short(commitment.text), "due_on": commitment.due_on.isoformat()}
    open_task(
        key=f"{task_key(commitment)}:broken",
        title=(
            _("We broke our word (due %(due_on)s): %(text)s") % said
            if is_ours
            else _("They have not done yet (due %(due_on)s): %(text)s") % said
        ),
        because={"kind": "commitment", "key": commitment.key, "is_broken": True},
        account_id=commitment.account_id,
        owner=commitment.owner,
        due_on=today,
        checklist=(
            [
                _("Tell the customer today, before they notice"),
                _("Do it now, or agree on a new day that holds"),
            ]
            if is_ours
            else [_("Ask what is in the way, and do that part with them")]
        ),
        now=now,
        by=BY,
    )


def _title(commitment: Commitment) -> str:
    said = {"text": _short(commitment.text), "due_on": commitment.due_on.isoformat()}
    if commitment.side == Side.US:
        return _("We promised by %(due_on)s: %(text)s") % said
    return _("They agreed to by %(due_on)s: %(text)s") % said


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"


def _close_tasks(now: datetime) -> None:
    """Close the tasks of what was kept or let go."""
    waiting = Task.objects.filter(status=TaskStatus.OPEN, key__startswith="commitment:")
    by_key = {str(task.key).split(":")[1]: [] for task in waiting}
    for task in waiting:
        by_key[str(task.key).split(":")[1]].append(task)
    over = Commitment.objects.filter(
        key__in=list(by_key), standing__in=(Standing.KEPT, Standing.RELEASED)
    )
    for commitment in over:
        is_kept = commitment.standing == Standing.KEPT
        outcome = Outcome.RESOLVED_ITSELF if is_kept else Outcome.NOT_NEEDED
        for task in by_key[commitment.key]:
            close(task, outcome, "", now=now, by=BY)
