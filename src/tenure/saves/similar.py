"""Accounts like those that were saved, which had not tried to leave by then.

Matched once, as all of them were on the day of the visit, and watched from that day with the same
measure.

They show what happens anyway. They are no hold-out: nobody chose them by chance, and who tries to
leave differs from who does not. What an offer caused is for `proof` to say.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa
from django.db import transaction

from tenure.base.home import Home
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader, company_day, reading
from tenure.saves.judging import gone_and_paid
from tenure.saves.models import Kind, Save, Similar
from tenure.saves.proving import asked_of, shown_of_all
from tenure.segments.models import SegmentMember

AT_MOST = 5  # to one save
AT_ONCE = 20_000  # each part is asked of billing at once
STAGES = "stage_"
WATCHED_FOR = timedelta(days=730)
_FOREVER = date(9999, 12, 31)


def follow_similar(home: Home, now: datetime) -> int:
    """How many similar accounts are watched, after matching saves that have none yet.

    Once a day is often enough. A save without a similar account stays without one.
    """
    today = company_day(home, now)
    with reading(home) as reader:
        match(reader, today, now)
        watched = list(_watched(today))
        for first in range(0, len(watched), AT_ONCE):
            _watch(reader, watched[first : first + AT_ONCE], today)
    return len(watched)


def match(reader: Reader, today: date, now: datetime) -> int:
    """How many similar accounts were found for the saves of days before today."""
    saves = list(
        Save.objects.filter(
            mode="live", kind=Kind.SAVE, matched_at=None, opened_on__lt=today
        ).order_by("pk")
    )
    if not saves:
        return 0
    _register(reader, saves)
    rows = reader.rows(load("tenure.saves", "similar_account"), at_most=AT_MOST)
    opened = {save.pk: save.opened_on for save in saves}
    found = [
        Similar(
            save_of_id=row["case_id"],
            account_id=row["account_id"],
            subscription_id=row["subscription_id"],
            from_on=opened[int(row["case_id"])],  # type: ignore[call-overload]
            mrr_before_minor=row["mrr_minor"],
        )
        for row in rows
    ]
    with transaction.atomic():
        Similar.objects.bulk_create(found, ignore_conflicts=True, batch_size=500)
        for first in range(0, len(saves), 500):
            ids = [save.pk for save in saves[first : first + 500]]
            Save.objects.filter(pk__in=ids).update(matched_at=now)
    return len(found)


def _register(reader: Reader, saves: Sequence[Save]) -> None:
    accounts = reader.canonical_ids("account", [save.account_id for save in saves])
    reader.register(
        "matched_case",
        pa.table(
            {
                "case_id": pa.array([save.pk for save in saves], pa.int64()),
                "account_id": pa.array(accounts, pa.string()),
                "subscription_id": pa.array([save.subscription_id for save in saves], pa.string()),
                "day": pa.array([save.opened_on for save in saves], pa.date32()),
            }
        ),
    )
    tried: dict[str, date] = {}
    rows = Save.objects.filter(mode="live").values_list("account_id", "opened_on")
    listed = list(rows)
    ids = reader.canonical_ids("account", [account_id for account_id, _ in listed])
    for account_id, (_, opened_on) in zip(ids, listed, strict=True):
        tried[account_id] = min(opened_on, tried.get(account_id, opened_on))
    reader.register(
        "matched_other",
        pa.table(
            {
                "account_id": pa.array(list(tried), pa.string()),
                "from_on": pa.array(list(tried.values()), pa.date32()),
            }
        ),
    )
    reader.register("matched_stage", _stages(saves))


def _stages(saves: Sequence[Save]) -> pa.Table:
    """In which stage each account was when. What Tenure found at its first look was so for an
    unknown time: it counts from then on."""
    last = max(save.opened_on for save in saves)
    stays = SegmentMember.objects.filter(
        segment__startswith=STAGES, over="account", entered_at__date__lte=last
    ).values_list("subject_id", "segment", "entered_at", "left_at")
    rows = list(stays)
    return pa.table(
        {
            "account_id": pa.array([row[0] for row in rows], pa.string()),
            "stage": pa.array([row[1].removeprefix(STAGES) for row in rows], pa.string()),
            "from_on": pa.array([row[2].date() for row in rows], pa.date32()),
            "until_on": pa.array(
                [row[3].date() if row[3] else _FOREVER for row in rows], pa.date32()
            ),
        }
    )


def _watched(today: date) -> Sequence[Similar]:
    return Similar.objects.filter(from_on__gte=today - WATCHED_FOR).order_by("pk")


def _watch(reader: Reader, watched: Sequence[Similar], today: date) -> None:
    """Write down when each was gone and what it paid, where that is otherwise now."""
    as_saves = [as_save(each) for each in watched]
    shown, canonical = shown_of_all(reader, as_saves)
    changed = []
    for each, save in zip(watched, as_saves, strict=True):
        of_account = shown.get(canonical[save.account_id])
        found: tuple[date | None, int] = (None, 0)
        if of_account is not None:
            found = gone_and_paid(asked_of(save, today), of_account, today)
        if _note(each, *found):
            changed.append(each)
    for first in range(0, len(changed), 500):
        part = changed[first : first + 500]
        with transaction.atomic():
            # Somebody may have been forgotten meanwhile, and must not come back by being written.
            ids = [each.pk for each in part]
            there = set(
                Similar.objects.select_for_update().filter(pk__in=ids).values_list("pk", flat=True)
            )
            Similar.objects.bulk_create(
                [each for each in part if each.pk in there],
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=["gone_on", "paid_minor"],
            )


def as_save(similar: Similar) -> Save:
    """A similar account as if it had been saved without any offer on that day."""
    return Save(
        pk=similar.pk,
        account_id=similar.account_id,
        subscription_id=similar.subscription_id,
        opened_on=similar.from_on,
        opened_at=datetime.combine(similar.from_on, time(), UTC),
        mrr_before_minor=similar.mrr_before_minor,
    )


def _note(similar: Similar, gone_on: date | None, paid_minor: int) -> bool:
    if (similar.gone_on, similar.paid_minor) == (gone_on, paid_minor):
        return False
    similar.gone_on, similar.paid_minor = gone_on, paid_minor
    return True
