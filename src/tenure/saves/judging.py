"""What billing facts say of one save: each check's answer, when it was gone, when it was kept.

Pure: the same facts give the same answers, in whatever order they came and however often it is
asked.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tenure.saves.due import AT_DAYS, LAST_DAYS, RENEWAL
from tenure.saves.paid import money_of
from tenure.saves.promised import promised_minor
from tenure.saves.renewing import renewal_of
from tenure.saves.retained import Asked, Gone, Retained
from tenure.saves.shown import Period, Shown

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What was promised, and what it paid before."""

    offer_kind: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    before_minor: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What billing shows for one day."""

    day: date
    is_active: bool
    is_paying: bool
    is_paused: bool
    is_leaving: bool
    price_minor: int
    currency: str
    promised_minor: int | None
    evidence: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows from all facts so far. `is_known`: billing shows anything to judge by."""

    is_known: bool
    renewal_on: date | None = None
    renewal_paid_on: date | None = None
    kept_on: date | None = None
    gone: Gone | None = None
    returned_on: date | None = None
    paid_minor: int = 0  # since it began, for the days that are over
    forgone_minor: int = 0  # of those days, what was not asked for
    answers: dict[int, Answer] = field(default_factory=dict)


def gone_and_paid(asked: Asked, shown: Shown, today: date) -> tuple[date | None, int]:
    """When it was gone, and what was paid since: of `judge`, what is kept of similar accounts."""
    retained = Retained(asked, shown, today)
    gone_on = retained.gone.on if retained.gone is not None else None
    return gone_on, money_of(retained, "", 0)[0] if retained.is_known else 0


def judge(
    asked: Asked, terms: Terms, shown: Shown, today: date, renews_on: date | None = None
) -> Judged:
    """The judgement as of the end of yesterday for checks, and of today for what was lost.

    `renews_on` is the renewal that was known when it began, for terms that billing does not show.
    """
    retained = Retained(asked, shown, today)
    if not retained.is_known:
        return Judged(is_known=False, gone=retained.gone)
    renewal_on = renewal_of(retained) or renews_on
    paid_on = _renewal_paid_on(retained, renewal_on, today)
    days = {at: asked.opened_on + timedelta(days=at) for at in AT_DAYS}
    if renewal_on is not None:
        # It waits until it is paid, or it is gone: money may come days after its day.
        waits_until = retained.gone.on if retained.gone is not None else today - DAY
        days[RENEWAL] = paid_on or max(renewal_on, waits_until)
    answers = {
        at: _answer(retained, terms, day, renewal_on if at == RENEWAL else None)
        for at, day in days.items()
        if day < today
    }
    paid_minor, forgone_minor = money_of(retained, terms.offer_kind, terms.before_minor)
    return Judged(
        is_known=True,
        renewal_on=renewal_on,
        renewal_paid_on=paid_on,
        kept_on=_kept_on(retained, renewal_on, paid_on, today),
        gone=retained.gone,
        returned_on=retained.returned_on(),
        paid_minor=paid_minor,
        forgone_minor=forgone_minor,
        answers=answers,
    )


def _renewal_paid_on(retained: Retained, renewal_on: date | None, today: date) -> date | None:
    """The first day that is over on which the renewed term was paid for."""
    if renewal_on is None:
        return None
    gone = retained.gone
    for day in retained.edges(renewal_on):
        if day >= today or (gone is not None and gone.on <= day):
            return None
        if retained.paid_for_on(renewal_on, day):
            return day
    return None


def _kept_on(
    retained: Retained, renewal_on: date | None, paid_on: date | None, today: date
) -> date | None:
    """The first day by which 180 days are over, the renewal is paid, and it pays on that day."""
    since = retained.asked.opened_on + timedelta(days=LAST_DAYS)
    if renewal_on is not None:
        if paid_on is None:
            return None
        since = max(since, paid_on)
    gone = retained.gone
    for day in retained.edges(since):
        if day >= today or (gone is not None and gone.on <= day):
            return None
        if retained.paying_on(day)[0] and not retained.is_leaving_on(day):
            return day
    return None


def _answer(retained: Retained, terms: Terms, day: date, renewal_on: date | None) -> Answer:
    held = retained.held_on(day)
    pause = retained.pause_on(day)
    is_paying, payment = retained.paying_on(day)
    if renewal_on is not None:
        is_paying = retained.paid_for_on(renewal_on, day)
    evidence = [_of_period(each) for each in held]
    if pause is not None:
        evidence.append(_fact("pause", pause.fact_id, pause.pauses_on))
    if payment is not None:
        evidence.append(_fact(payment.kind, payment.fact_id, payment.day))
    if not held:
        evidence += _ends(retained, day)
    currency = max(held, key=lambda p: (p.mrr_minor, p.fact_id)).currency if held else ""
    price_minor = sum(p.mrr_minor for p in held if p.currency == currency)
    return Answer(
        day=day,
        is_active=bool(held),
        is_paying=is_paying,
        is_paused=bool(held) and retained.is_resting_on(day),
        is_leaving=retained.is_leaving_on(day),
        price_minor=0 if pause is not None else price_minor,
        currency=currency,
        promised_minor=_promised(retained, terms, held, day),
        evidence=tuple(evidence),
    )


def _promised(retained: Retained, terms: Terms, held: list[Period], day: date) -> int | None:
    """What was promised for a day; None once they chose to hold something else than then."""
    promised = promised_minor(terms.offer_kind, terms.values, terms.before_minor, day)
    before = retained.held_on(retained.asked.opened_on)
    if promised is None or not held:
        return None
    plans = {terms.values.get("plan"), *(each.plan for each in before)}
    seats = sum(each.quantity or 0 for each in before)
    more = sum(each.quantity or 0 for each in held) > seats
    return None if more or any(each.plan not in plans for each in held) else promised


def _ends(retained: Retained, day: date) -> list[dict[str, str]]:
    over = [p for p in retained.periods if p.ends_on is not None and p.ends_on <= day]
    if not over:
        return []
    last = max(over, key=lambda p: (p.ends_on or day, p.fact_id))
    ended = retained.end_of(last)
    if ended is None:
        return [_fact("period_ended", last.fact_id, last.ends_on or day)]
    return [_fact("end", ended.fact_id, ended.day)]


def _of_period(period: Period) -> dict[str, str]:
    return _fact("period", period.fact_id, period.starts_on)


def _fact(what: str, fact_id: str, day: date) -> dict[str, str]:
    return {"what": what, "fact": fact_id, "on": day.isoformat()}
