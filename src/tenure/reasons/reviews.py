"""Every leaving has a review sheet, prepared from what is known, whether or not anybody asked.

Runs after the lake's refresh. What is prepared may change as more becomes known; what a person
found stands in other fields and is never touched here. Many leavings at once are written in
batches, so that nobody else waits for the database; who is killed goes on from the last batch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest

from django.db.models import Max, Min

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.customers.chunks import write_in_chunks
from tenure.customers.upsert import upsert
from tenure.lake.reading import Reader, company_day, reading
from tenure.reasons.cursor_texts import held_text, keep_text
from tenure.reasons.inferring_subjects import Subject
from tenure.reasons.leavings_with_reasons import LeavingReasons, words_of
from tenure.reasons.models import LeavingReview, ReasonCursor, ReasonRecord
from tenure.reasons.reviews_acts import acts_of, broken_of, tried_of
from tenure.reasons.reviews_judging import attention_of, lead_days, overcome_of
from tenure.reasons.reviews_seen import Around, around
from tenure.reasons.reviews_warnings import warnings_of
from tenure.reasons.taxonomy import taxonomy
from tenure.reasons.taxonomy_parts import Taxonomy
from tenure.signals.cursors import changed_links
from tenure.signals.leavings import Spell, spells
from tenure.signals.models import Signal
from tenure.tasks.models import Task

SEEN, BEGAN, REASONS = "reviews", "reviews_began", "reviews_reasons"
AT_ONCE = 2_000  # leavings whose surroundings are read together
FRESH_DAYS = 31  # so long after a decision it is prepared anew each day
PREPARED = (
    "account_id", "since_on", "decided_at", "decided_on", "ended_on", "returned_on", "withdrawn_at",
    "mrr", "mrr_minor", "currency", "plan", "reason", "reason_source", "known", "known_because",
    "overcome", "overcome_because", "warning", "warned_at", "lead_days", "seen_at", "seen_by",
    "acted_at", "acted_by", "warnings", "acts", "tried", "prepared_at",
)  # fmt: skip
Leaving = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision to leave, and when the account paid again."""

    spell: Spell
    returned_on: date | None

    @property
    def key(self) -> Leaving:
        assert self.spell.decided_at is not None
        return self.spell.account_id, self.spell.decided_at


def follow_reviews(home: Home, now: datetime, *, again: bool = False) -> int:
    """How many reviews were prepared or prepared anew. `again` prepares every one."""
    began = watching_since(now)
    today = company_day(home, now)
    with reading(home) as reader:
        if reader.manifest is None:
            return 0
        state = _state(reader, today)
        if not again and held_text(SEEN) == state:
            return 0
        found = spells(reader, until_on=today, time_zone=home.company.time_zone)
        wanted = {each.key: each for each in decisions(found) if each.key[1] < now}
        _move_with_merges(reader)
        held = _match(wanted, now)
        newest = ReasonRecord.objects.aggregate(newest=Max("id"))["newest"] or 0
        asked = set(wanted) if again else _asked(held, wanted, now)
        prepared = 0
        for keys in _batches(sorted(asked)):
            rows = _prepared(reader, home, [wanted[key] for key in keys], held, now, began)
            _write(rows)
            prepared += len(rows)
    keep_text(REASONS, str(newest))
    keep_text(SEEN, state)
    return prepared


def watching_since(now: datetime) -> datetime:
    """When Tenure began to be used here: leavings were first followed, or a signal or a task was.
    What came before nobody could see in it.
    """
    raised = Signal.objects.aggregate(first=Min("raised_at"))["first"]
    opened = Task.objects.aggregate(first=Min("created_at"))["first"]
    began = min(at for at in (now, raised, opened) if at is not None)
    cursor, _ = ReasonCursor.objects.get_or_create(name=BEGAN, defaults={"text": began.isoformat()})
    return datetime.fromisoformat(cursor.text)


def decisions(found: Sequence[Spell]) -> list[Decision]:
    """Every decision to leave, with the first day of paying after it."""
    decided = []
    for spell, after in zip_longest(found, found[1:]):
        if spell.decided_at is None:
            continue
        is_back = after is not None and after.account_id == spell.account_id
        decided.append(Decision(spell, after.starts_on if is_back else None))
    return decided


def _state(reader: Reader, today: date) -> str:
    """Another text whenever there may be something new to write."""
    versions = reader.manifest.versions if reader.manifest else {}
    newest = ReasonRecord.objects.aggregate(newest=Max("id"))["newest"] or 0
    links = changed_links()
    facts = f"{versions.get('billing_fact')} {versions.get('mrr_movement')}"
    return f"{today} {facts} {newest} {links}"


def _move_with_merges(reader: Reader) -> None:
    """Reviews stand where their accounts lead now; a merge taken back leads them back."""
    rows = list(LeavingReview.objects.values_list("pk", "account_key", "account_id"))
    places = reader.canonical_ids("account", [key for _, key, _ in rows])
    for (pk, _key, account_id), place in zip(rows, places, strict=True):
        if account_id != place:
            LeavingReview.objects.filter(pk=pk).update(account_id=place)


def _match(wanted: dict[Leaving, Decision], now: datetime) -> dict[Leaving, LeavingReview]:
    """The reviews of these decisions. One whose decision moved within its time of paying moves with
    it; one that is no decision any more is withdrawn, and keeps a person's word.
    """
    held: dict[Leaving, LeavingReview] = {}
    adrift: list[LeavingReview] = []
    for review in LeavingReview.objects.defer("warnings", "acts", "tried").order_by("id"):
        key = review.account_id, review.decided_at
        if key in wanted and key not in held:
            held[key] = review
        elif review.withdrawn_at is None:
            adrift.append(review)
    free = {(key[0], each.spell.starts_on): key for key, each in wanted.items() if key not in held}
    for review in adrift:
        moved = free.pop((review.account_id, review.since_on), None)
        if moved is None:
            LeavingReview.objects.filter(pk=review.pk).update(withdrawn_at=now)
        else:
            held[moved] = review
    return held


def _asked(
    held: dict[Leaving, LeavingReview], wanted: dict[Leaving, Decision], now: datetime
) -> set[Leaving]:
    """Which of them are to be prepared: the new, the fresh once a day, and those with news."""
    heard = int(held_text(REASONS) or 0)
    recorded = ReasonRecord.objects.filter(id__gt=heard, mode="live")
    spoken = set(recorded.values_list("account_id", flat=True))
    asked = set()
    for key, decision in wanted.items():
        review = held.get(key)
        if (
            review is None
            or review.withdrawn_at is not None
            or review.decided_at != key[1]
            or review.ended_on != decision.spell.ended_on
            or review.returned_on != decision.returned_on
            or key[0] in spoken
            or (
                now - key[1] < timedelta(days=FRESH_DAYS)
                and now - review.prepared_at >= timedelta(days=1)
            )
        ):
            asked.add(key)
    return asked


def _prepared(
    reader: Reader,
    home: Home,
    decided: Sequence[Decision],
    held: dict[Leaving, LeavingReview],
    now: datetime,
    began: datetime,
) -> list[LeavingReview]:
    """The reviews of these decisions, as they should stand."""
    subjects = [Subject(*each.key, each.spell.starts_on) for each in decided]
    found = around(reader, subjects)
    reasons = words_of([each.key for each in decided])
    known = taxonomy()
    return [
        prepared(
            _begun(each, held.get(each.key), home),
            one,
            told,
            known,
            now=now,
            began=began,
        )
        for each, one, told in zip(decided, found, reasons, strict=True)
    ]


def _begun(decision: Decision, review: LeavingReview | None, home: Home) -> LeavingReview:
    """The review of a decision: a new one, or the one that there is, standing where it should."""
    account_id, decided_at = decision.key
    review = review or LeavingReview(
        key=digest("review", account_id, decided_at.isoformat()), account_key=account_id
    )
    review.account_id = account_id
    review.since_on = decision.spell.starts_on
    review.decided_at = decided_at
    review.decided_on = company_day(home, decided_at)
    review.ended_on = decision.spell.ended_on
    review.returned_on = decision.returned_on
    review.withdrawn_at = None
    return review


def prepared(
    review: LeavingReview,
    seen: Around,
    told: LeavingReasons,
    known: Taxonomy,
    *,
    now: datetime,
    began: datetime,
) -> LeavingReview:
    """The review with everything that the data say; a person's word is left as it is."""
    warnings, acts = warnings_of(seen), acts_of(seen)
    tried = tried_of(seen, warnings)
    attention = attention_of(warnings, acts, review.decided_at, began)
    review.lead_days = lead_days(warnings, review.decided_at)
    review.reason, review.reason_source = reason_of(told)
    chance = overcome_of(
        review.reason,
        known,
        lead=review.lead_days,
        attention=attention,
        broken=broken_of(seen),
        tried=tried,
    )
    review.mrr = dict(sorted(seen.mrr.items()))
    review.currency, review.mrr_minor = max(
        seen.mrr.items(), key=lambda pair: (pair[1], pair[0]), default=("", 0)
    )
    review.plan = seen.plan
    review.known, review.known_because = attention.known, attention.because
    review.overcome, review.overcome_because = chance.overcome, list(chance.because)
    review.warning = warnings[0]["what"] if warnings else ""
    review.warned_at = _at(warnings[0] if warnings else None)
    review.seen_at, review.seen_by = _at(attention.seen), _by(attention.seen)
    review.acted_at, review.acted_by = _at(attention.acted), _by(attention.acted)
    review.warnings, review.acts, review.tried = warnings, acts, tried
    review.prepared_at = now
    return review


def reason_of(told: LeavingReasons) -> tuple[str, str]:
    """The reason that stands for a leaving, and its source: what they said, else what was seen."""
    said = told.said
    if said is not None:
        return said.code, said.source
    first = told.inferred[0] if told.inferred else None
    if first is None or first.is_weak:
        return "", ""
    return first.code, first.source


def _write(rows: Sequence[LeavingReview]) -> None:
    write_in_chunks(rows, lambda part: upsert(LeavingReview, part, ["key"], PREPARED))


def _batches(keys: Sequence[Leaving]) -> Iterable[Sequence[Leaving]]:
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


def _at(piece: dict[str, object] | None) -> datetime | None:
    return datetime.fromisoformat(str(piece["at"])) if piece else None


def _by(piece: dict[str, object] | None) -> str:
    return str(piece.get("by") or "") if piece else ""
