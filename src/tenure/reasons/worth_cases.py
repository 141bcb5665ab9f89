"""Which accounts ask for a verdict now: they are leaving, have just left, went away from the cancel
flow without a decision, or a signal says that they are at risk.

Each account is one case at a time, on its strongest occasion.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial

from tenure.card.models import AccountCard, Status
from tenure.lake.reading import Reader
from tenure.reasons.inferring import infer_each
from tenure.reasons.inferring_follow import held_weights
from tenure.reasons.inferring_subjects import Subject
from tenure.reasons.leavings_with_reasons import LeavingReasons, words_of
from tenure.reasons.models import LeavingReview, ReasonRecord, WorthVerdict
from tenure.reasons.recording import INFERRED
from tenure.reasons.review_models import Occasion
from tenure.reasons.reviews import reason_of
from tenure.reasons.reviews_acts import Piece, tried_of
from tenure.reasons.reviews_seen import around
from tenure.reasons.reviews_warnings import CHANCES, warnings_of
from tenure.reasons.worth_file import WorthRules
from tenure.signals.listed import with_status
from tenure.signals.models import Signal

TRIED_MOST = 12
AT_ONCE = 400
URGENT = ("now", "soon")
SAID_WITHIN_DAYS = 60  # a reason that somebody gave is theirs for so long
VISIT = "visit"  # evidence of cancel_intent: the cancel flow was left without a decision


@dataclass(frozen=True, slots=True)
class Case:
    """One account that asks for a verdict, and why it is thought to leave."""

    account_id: str
    occasion: str
    since_at: datetime
    group: str = ""  # of similar cases: the reason, or the signal's kind
    mrr_minor: int = 0
    currency: str = ""
    reason: str = ""
    reason_source: str = ""
    follow_up: str = ""
    next_job: str = ""
    tried: tuple[Piece, ...] = ()  # the last ones, as review sheets have them


def cases(
    reader: Reader,
    rules: WorthRules,
    held: Mapping[str, WorthVerdict],
    *,
    today: date,
    now: datetime,
) -> dict[str, Case]:
    """The cases of now, by account. Of those in `held` it was looked today already why they might
    leave and what was tried: that is taken from there, and only what they said is read again.
    """
    found = _at_risk(rules, now)
    found.update(_leavers(rules, today))
    waiting = [each for each in found.values() if each.occasion in UNDECIDED]
    known = [_as_held(each, held[each.account_id]) for each in waiting if each.account_id in held]
    fresh = [each for each in waiting if each.account_id not in held]
    fresh = _with_tried(reader, _with_inferred(reader, fresh, now), now)
    said = _said_lately([each.account_id for each in waiting], now)
    found.update({each.account_id: _told(each, said) for each in [*known, *fresh]})
    return found


UNDECIDED = frozenset({Occasion.AT_RISK.value, Occasion.ABANDONED.value})


def _leavers(rules: WorthRules, today: date) -> dict[str, Case]:
    """Whoever decided to leave and is not back; of those who left, the last ones."""
    since = today - timedelta(days=rules.left_within_days)
    held = LeavingReview.objects.filter(withdrawn_at=None)
    latest: dict[str, LeavingReview] = {}
    for review in held.defer("warnings", "acts").order_by("decided_at"):
        latest[review.account_id] = review
    open_ones = [
        each
        for each in latest.values()
        if each.returned_on is None and (each.ended_on is None or each.ended_on >= since)
    ]
    words = words_of((each.account_id, each.decided_at) for each in open_ones)
    return {
        review.account_id: _case_of(review, told, today)
        for review, told in zip(open_ones, words, strict=True)
    }


def _case_of(review: LeavingReview, told: LeavingReasons, today: date) -> Case:
    has_left = review.ended_on is not None and review.ended_on <= today
    reason, source = reason_of(told)
    return Case(
        account_id=review.account_id,
        occasion=(Occasion.LEFT if has_left else Occasion.LEAVING).value,
        since_at=review.decided_at,
        group=reason,
        mrr_minor=review.mrr_minor,
        currency=review.currency,
        reason=reason,
        reason_source=source,
        follow_up=told.followed_up.detail if told.followed_up else "",
        next_job=told.said.next_job if told.said else "",
        tried=tuple(review.tried[-TRIED_MOST:]),
    )


def _at_risk(rules: WorthRules, now: datetime) -> dict[str, Case]:
    """Whoever pays, and of whom an urgent signal stands: an abandoned visit before all others."""
    standing = with_status("open").filter(urgency__in=URGENT).exclude(kind__in=CHANCES)
    signals = list(standing.order_by("-raised_at", "-id"))
    paying = AccountCard.objects.filter(
        status=Status.PAYING, pk__in={each.account_id for each in signals}
    )
    cards = {card.pk: card for card in paying.only("account_id", "mrr_minor", "currency")}
    visited_since = now - timedelta(days=rules.abandoned_within_days)
    found: dict[str, Case] = {}
    for signal in signals:  # the oldest comes last, and stands
        card = cards.get(signal.account_id)
        if card is None:
            continue
        visited_at = _visited_at(signal)
        is_visit = visited_at is not None and visited_at >= visited_since
        held = found.get(signal.account_id)
        if held is not None and held.occasion == Occasion.ABANDONED and not is_visit:
            continue
        found[signal.account_id] = Case(
            account_id=signal.account_id,
            occasion=(Occasion.ABANDONED if is_visit else Occasion.AT_RISK).value,
            since_at=visited_at if is_visit and visited_at else signal.raised_at,
            group="" if is_visit else signal.kind,
            mrr_minor=card.mrr_minor,
            currency=card.currency,
        )
    return found


def _visited_at(signal: Signal) -> datetime | None:
    """When the cancel flow was left without a decision; None where that is not what it tells."""
    told = [each.get("at") for each in signal.evidence if each.get("what") == VISIT]
    return datetime.fromisoformat(str(told[-1])) if told else None


def _as_held(case: Case, row: WorthVerdict) -> Case:
    """The same with what its verdict was based on, when it was looked at today."""
    inferred = next((each for each in row.grounds if each.get("source") == INFERRED), None)
    tried = next((each["pieces"] for each in row.grounds if each.get("what") == "tried"), [])
    reason = str(inferred["reason"]) if inferred else ""
    source = INFERRED if reason else ""
    return replace(case, reason=reason, reason_source=source, tried=tuple(tried))


def _with_inferred(reader: Reader, waiting: Sequence[Case], now: datetime) -> list[Case]:
    """The same with what would be inferred if they left now."""
    subjects = [Subject(each.account_id, now) for each in waiting]
    found = infer_each(reader, subjects, weights=held_weights()) if subjects else []
    codes = [first[0].code if first and first[0].strength != "weak" else "" for first in found]
    return [
        replace(each, reason=code, reason_source=INFERRED if code else "")
        for each, code in zip(waiting, codes, strict=True)
    ]


def _with_tried(reader: Reader, waiting: Sequence[Case], now: datetime) -> list[Case]:
    """The same with what was tried of late."""
    found: list[Case] = []
    for start in range(0, len(waiting), AT_ONCE):
        part = waiting[start : start + AT_ONCE]
        seen = around(reader, [Subject(each.account_id, now) for each in part])
        found += [
            replace(each, tried=tuple(tried_of(one, warnings_of(one))[-TRIED_MOST:]))
            for each, one in zip(part, seen, strict=True)
        ]
    return found


def _told(case: Case, said: Mapping[str, LeavingReasons]) -> Case:
    """The same with what they said lately, where they said anything."""
    told = said.get(case.account_id)
    if told is None:
        return case
    reason, source = reason_of(told)
    return replace(
        case,
        reason=reason,
        reason_source=source,
        follow_up=told.followed_up.detail if told.followed_up else "",
        next_job=told.said.next_job if told.said else "",
    )


def _said_lately(account_ids: Sequence[str], now: datetime) -> dict[str, LeavingReasons]:
    records = ReasonRecord.objects.filter(
        mode="live",
        superseded_by="",
        account_id__in=account_ids,
        said_at__gte=now - timedelta(days=SAID_WITHIN_DAYS),
    ).exclude(source=INFERRED)
    found: dict[str, LeavingReasons] = {}
    begin = partial(LeavingReasons, decided_at=now)
    for record in records.order_by("said_at", "id"):
        setattr(
            found.setdefault(record.account_id, begin(record.account_id)), record.source, record
        )
    return found
