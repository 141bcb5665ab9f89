"""A save is proved from billing facts, never from what anybody claimed.

    prove(home, now)        # whenever there are new facts, and once a day

Each check answers for one day, once that day is over. Facts that come late, and corrections, are
answered again beside what was said before. docs/saves.md has the rules.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from tenure.base.home import Home
from tenure.lake.manifest import Manifest
from tenure.lake.reading import Reader, company_day, reading
from tenure.saves.applying import follow_billing
from tenure.saves.due import rests_from, rests_until
from tenure.saves.judging import Judged, Terms, judge
from tenure.saves.keeping import Outcomes, keep
from tenure.saves.models import Save, SavesCursor, Status
from tenure.saves.retained import Asked
from tenure.saves.shown import BEFORE_DAYS, Shown, outcomes_on, shown_of

# What is settled is still looked at for so long: a correction may come, and survival goes on.
SETTLED_FOR = timedelta(days=730)
CURSOR = "prove"
_TABLES = (
    "billing_fact", "identity_link", "derived/subscription_period", "derived/pause_span"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proved:
    """How many were looked at, what changed, and how many checks were answered."""

    looked_at: int = 0
    changed: int = 0
    answered: int = 0


def prove(home: Home, now: datetime, *, anew: bool = False) -> Proved:
    """What came of looking at everything that is followed, live; the same again changes nothing.

    Without new billing facts, a new day or a new save it does nothing, unless `anew`.
    """
    today = company_day(home, now)
    moved = follow_billing(now)
    with reading(home) as reader:
        is_past = reader.manifest is not None and reader.manifest.published_at > now + timedelta(
            days=1
        )
        seen = _seen(reader.manifest, today)
        if not (anew or moved or _is_news(seen)):
            return Proved()
        if not is_past:
            proved = _prove(reader, today, now)
    if is_past:
        with reading(home, as_of=now) as reader:
            proved = _prove(reader, today, now)
    SavesCursor.objects.update_or_create(name=CURSOR, defaults={"seen": seen})
    return proved


def judge_all(
    reader: Reader, saves: Sequence[Save], today: date
) -> tuple[dict[int, Judged], dict[int, str]]:
    """The judgement on each save by its primary key, and its account's id as it is now."""
    shown, canonical = shown_of_all(reader, saves)
    nothing = Shown()
    judged = {
        save.pk: judge(
            asked_of(save, today),
            Terms(save.offer_kind, save.terms, save.mrr_before_minor),
            shown.get(canonical[save.account_id], nothing),
            today,
            save.next_renewal_on,
        )
        for save in saves
    }
    return judged, {save.pk: canonical[save.account_id] for save in saves}


def shown_of_all(reader: Reader, saves: Sequence[Save]) -> tuple[dict[str, Shown], dict[str, str]]:
    """What billing shows of the accounts of these saves, by their ids as they are now, and these
    ids by those that the saves name: in one question for all."""
    raw_ids = sorted({save.account_id for save in saves})
    canonical = dict(zip(raw_ids, reader.canonical_ids("account", raw_ids), strict=True))
    since_on: dict[str, date] = {}
    for save in saves:
        account_id = canonical[save.account_id]
        first = save.opened_on - timedelta(days=BEFORE_DAYS)
        since_on[account_id] = min(first, since_on.get(account_id, first))
    return shown_of(reader, since_on), canonical


def asked_of(save: Save, today: date) -> Asked:
    """What billing is asked about a save."""
    canceled_on = save.canceled_on
    return Asked(
        opened_on=save.opened_on,
        opened_at=save.opened_at,
        subscription_id=save.subscription_id,
        rests_until=rests_until(save.offer_kind, save.terms),
        rests_from=rests_from(save.offer_kind, save.terms),
        canceled_on=canceled_on if canceled_on is not None and canceled_on <= today else None,
    )


def _prove(reader: Reader, today: date, now: datetime) -> Proved:
    saves = list(_looked_at(today))
    judged, accounts = judge_all(reader, saves, today)
    outcomes = _outcomes(reader, saves, judged, accounts)
    counts: Counter[str] = Counter()
    for change in keep(saves, judged, outcomes, now):
        counts.update(change)
    return Proved(len(saves), counts["saves"], counts["answers"])


def _looked_at(today: date) -> Iterable[Save]:
    """What is open, and what was settled not long ago."""
    settled = (Status.KEPT, Status.LOST)
    recent = Q(opened_on__gte=today - SETTLED_FOR) | ~Q(status__in=settled)
    followed = Save.objects.filter(recent, mode="live", superseded_by="", opened_on__lte=today)
    return followed.order_by("pk")


def _outcomes(
    reader: Reader, saves: Sequence[Save], judged: dict[int, Judged], accounts: dict[int, str]
) -> Outcomes:
    """Whether the required outcome was being reached, by save and day that a check asks for."""
    wanted = {
        (save.pk, answer.day): (accounts[save.pk], answer.day)
        for save in saves
        for answer in judged[save.pk].answers.values()
    }
    asked = sorted(set(wanted.values()))
    numbers = {each: number for number, each in enumerate(asked)}
    found = outcomes_on(reader, dict(enumerate(asked)))
    return {place: found.get(numbers[each]) for place, each in wanted.items()}


def _seen(manifest: Manifest | None, today: date) -> str:
    versions = dict(manifest.versions) if manifest is not None else {}
    return json.dumps([today.isoformat(), *(versions.get(table) for table in _TABLES)])


def _is_news(seen: str) -> bool:
    if not SavesCursor.objects.filter(name=CURSOR, seen=seen).exists():
        return True
    return Save.objects.filter(mode="live", superseded_by="", proved_at=None).exists()
