"""Every decision to leave has an inferred reason, whether or not anybody was asked.

Runs after the lake's refresh, when billing has news or a day has begun. What was concluded stays:
another conclusion about the same leaving is another record, which the first one then names.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.card.product import product
from tenure.lake.reading import Reader, company_day, reading
from tenure.reasons.inferring import Inferred, infer_each, lesson, teach
from tenure.reasons.inferring_subjects import Subject, leavers
from tenure.reasons.inferring_weights import Weights
from tenure.reasons.models import ReasonCursor, ReasonRecord
from tenure.reasons.recording import INFERRED, WITHDRAWN
from tenure.reasons.taxonomy import taxonomy
from tenure.signals.leavings import Spell, spells

WEIGHTS, SEEN = "weights", "inferred"
LEARNS_EVERY_DAYS = 7
AT_ONCE = 200  # leavings in one transaction


def follow_inferred(home: Home, now: datetime, *, again: bool = False) -> int:
    """How many records are new. `again` concludes anew about every leaving there ever was."""
    today = company_day(home, now)
    with reading(home) as reader:
        if reader.manifest is None:
            return 0
        versions = reader.manifest.versions
        state = f"{today} {versions.get('billing_fact')} {versions.get('mrr_movement')}"
        if not again and _held(SEEN).text == state:
            return 0
        found = spells(reader, until_on=today, time_zone=home.company.time_zone)
        wanted = {_leaving(each): each for each in leavers(found) if each.at < now}
        known = _known_leavings()
        fresh = [each for key, each in wanted.items() if again or key not in known]
        written = 0
        if fresh:
            weights = weights_for(reader, home, found, now, again=again)
            concluded = list(zip(fresh, infer_each(reader, fresh, weights=weights), strict=True))
            for start in range(0, len(concluded), AT_ONCE):
                written += _write(concluded[start : start + AT_ONCE], now)
        _withdraw([key for key in known if key not in wanted])
    ReasonCursor.objects.filter(name=SEEN).update(text=state)
    return written


def weights_for(
    reader: Reader, home: Home, found: list[Spell], now: datetime, *, again: bool = False
) -> Weights:
    """What the company's history teaches: as learned before, or anew after a week or a change."""
    held = held_weights()
    if held is not None and not again:
        learned_at = datetime.fromtimestamp(_held(WEIGHTS).number, now.tzinfo)
        is_recent = now - learned_at < timedelta(days=LEARNS_EVERY_DAYS)
        if is_recent and held.digest == lesson(taxonomy(), product()):
            return held
    today = company_day(home, now)
    taught = teach(reader, found, until_on=today, time_zone=home.company.time_zone)
    _held(WEIGHTS)
    ReasonCursor.objects.filter(name=WEIGHTS).update(
        number=int(now.timestamp()), text=taught.as_text()
    )
    return taught


def held_weights() -> Weights | None:
    """What was learned last; None before anything was."""
    text = ReasonCursor.objects.filter(name=WEIGHTS).values_list("text", flat=True).first()
    return Weights.of_text(text) if text else None


def record_of(subject: Subject, inferred: Inferred, now: datetime, rank: int) -> ReasonRecord:
    """One conclusion as a record. The same conclusion has the same key."""
    evidence = list(inferred.evidence)
    return ReasonRecord(
        key=digest("inferred", _leaving(subject), inferred.code, f"{inferred.confidence:.2f}",
                   repr(evidence)),
        source=INFERRED,
        account_key=subject.account_id,
        account_id=subject.account_id,
        visit_id="",
        code=inferred.code,
        said="",
        detail=" ".join(inferred.rules),
        next_job=inferred.next_job,
        rival=inferred.rival,
        confidence=inferred.confidence,
        evidence=evidence,
        rank=rank,
        is_weak=inferred.strength == "weak",
        taxonomy_digest=taxonomy().digest,
        said_at=subject.at,
        known_at=subject.at,
        recorded_at=now,
    )  # fmt: skip


def _write(found: Iterable[tuple[Subject, list[Inferred]]], now: datetime) -> int:
    records: dict[str, list[ReasonRecord]] = defaultdict(list)
    for subject, reasons in found:
        for rank, each in enumerate(reasons, 1):
            records[_leaving(subject)].append(record_of(subject, each, now, rank))
    every = [each for of_one in records.values() for each in of_one]
    with transaction.atomic():
        keys = [each.key for each in every]
        held = set(ReasonRecord.objects.filter(key__in=keys).values_list("key", flat=True))
        ReasonRecord.objects.bulk_create(
            [each for each in every if each.key not in held], ignore_conflicts=True
        )
        for of_one in records.values():
            first = of_one[0]
            earlier = ReasonRecord.objects.filter(
                source=INFERRED, account_key=first.account_key, said_at=first.said_at
            )
            now_held = [each.key for each in of_one]
            earlier.exclude(key__in=now_held).filter(superseded_by="").update(
                superseded_by=first.key
            )
            earlier.filter(key__in=now_held).exclude(superseded_by="").update(superseded_by="")
    return len(every) - len(held)


def _withdraw(leavings: list[str]) -> None:
    """Conclusions about decisions that turned out to be none any more."""
    for leaving in leavings:
        account_key, _, at = leaving.rpartition("@")
        ReasonRecord.objects.filter(
            source=INFERRED, account_key=account_key, said_at=at, superseded_by=""
        ).update(superseded_by=WITHDRAWN)


def _known_leavings() -> set[str]:
    rows = ReasonRecord.objects.filter(source=INFERRED, superseded_by="")
    return {
        f"{account}@{at.isoformat()}"
        for account, at in rows.values_list("account_key", "said_at").distinct()
    }


def _leaving(subject: Subject) -> str:
    return f"{subject.account_id}@{subject.at.isoformat()}"


def _held(name: str) -> ReasonCursor:
    return ReasonCursor.objects.get_or_create(name=name, defaults={"number": -1})[0]
