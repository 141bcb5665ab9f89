"""An offer is accepted: what was shown is stored, and everything that follows from it is set going,
in one transaction of state.

    accept(shown, visit_id=..., account_id=..., ...)
        Concession     the terms, for ever, and what they cost
        Save           followed for 180 days                        saves.opening
        commitments    of both sides, dated                         saves.commitments
        BillingChange  what billing is asked for, or a Task for a person

A visit accepts one offer; accepting it again gives what was there. Budgets are counted again here,
while nobody else can spend: what two visits at once were both shown, one of them may not get.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction

from tenure.base.errors import Conflict
from tenure.base.ids import digest
from tenure.billing.ledger import ask_for
from tenure.billing.models import BillingChange
from tenure.lake.reading import company_day
from tenure.offers import kinds
from tenure.offers.asked_of_people import open_task_for
from tenure.offers.billing_values import billing_values
from tenure.offers.book import offer_book
from tenure.offers.calendars import taken_times
from tenure.offers.fitting import over_budget
from tenure.offers.history import History, history_of
from tenure.offers.kinds import KINDS, PRICE_CUTS, RESTS
from tenure.offers.models import Concession, Purse
from tenure.offers.parts import OfferBook
from tenure.offers.recording import record_concessions
from tenure.offers.terms import forgone_minor
from tenure.offers.unfit import WHY_NOT
from tenure.offers.wording import owed_text
from tenure.saves.commitments import Promise, promise
from tenure.saves.models import Commitment, Save
from tenure.saves.opening import open_save
from tenure.saves.promised import a_month_minor
from tenure.tasks.models import Task


class Offered(Protocol):
    """What was shown: `choosing.ShownOffer`, or the same as a passage carries it."""

    name: str
    kind: str
    terms: dict[str, object]
    title: str
    text: str
    accept: str
    terms_text: str
    cost_minor: int
    commitments: tuple[dict[str, object], ...]


class OfferGone(Conflict):
    """The offer cannot be had any more; `why` is one of WHY_NOT. Leaving is as open as before."""

    code = "offer_gone"

    def __init__(self, why: str) -> None:
        super().__init__(f"this offer cannot be had any more: {WHY_NOT[why]}", field=why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Accepted:
    """`change` is what billing is asked for; None where billing has nothing to do. `is_new` is
    False when it had been accepted before.
    """

    concession: Concession
    save: Save
    change: BillingChange | None
    commitments: tuple[Commitment, ...]
    task: Task | None
    is_new: bool = True


@transaction.atomic
def accept(
    shown: Offered,
    *,
    visit_id: str,
    account_id: str,
    subscription_id: str,
    person_id: str = "",
    mode: str = "live",
    now: datetime,
    reason: str = "",
    language: str = "en",
    time_at: datetime | None = None,
    host_acts: Collection[str] = (),
) -> Accepted:
    """Everything that the acceptance made, or what it had made before.

    `reason` is what they said, `language` that of the words, `time_at` a free time that they took,
    `host_acts` the kinds of change that the host's own page makes.
    Raises OfferGone where a budget, a cooldown or another visit was quicker, and Conflict where
    another offer was accepted in this visit.
    """
    _hold(account_id, shown, mode, time_at)
    before = Concession.objects.filter(visit_id=visit_id).first()
    if before is not None:
        return _again(before, shown)
    if mode == "live":
        for why in _gone(shown, history_of(account_id, now), offer_book()):
            raise OfferGone(why)
        if time_at is not None and time_at in taken_times(now):
            raise OfferGone("time_taken")
    who = {"account_id": account_id, "subscription_id": subscription_id, "mode": mode}
    change = _asked_of_billing(shown, visit_id, now, host_acts, **who)
    concession = _conceded(
        shown, change, visit_id=visit_id, person_id=person_id, reason=reason, now=now,
        time_at=time_at, **who,
    )  # fmt: skip
    save = open_save(
        visit_id=visit_id,
        offer=shown.name,
        kind=shown.kind,
        terms=shown.terms,
        reason=reason,
        cost_minor=shown.cost_minor,
        promised_by=person_id,
        change_key=concession.change_key,
        language=language,
        now=now,
        **who,
    )
    owed = promise(
        [_promise(each, shown, person_id, language) for each in shown.commitments],
        save=save,
        now=now,
        by=person_id or f"account:{account_id}",
    )
    task = open_task_for(concession, now)
    transaction.on_commit(lambda: record_concessions(now), robust=True)
    return Accepted(concession, save, change, tuple(owed), task)


def _hold(account_id: str, shown: Offered, mode: str, time_at: datetime | None) -> None:
    """Hold what nobody else may spend meanwhile, always in the same order: the account's purse,
    and that of all. SQLite holds everything for whoever writes.
    """
    names = [f"account:{account_id}"]
    if mode == "live" and shown.cost_minor > 0:
        names.append(f"all:{shown.terms.get('currency', '')}")
    if mode == "live" and time_at is not None:
        names.append("times")
    for name in names:
        Purse.objects.get_or_create(name=name)
        Purse.objects.select_for_update().get(name=name)


def _gone(shown: Offered, history: History, book: OfferBook) -> list[str]:
    """What was spent, or begun, since the offer was shown."""
    found = []
    cooldown = timedelta(days=book.budget.cooldown_days)
    if shown.kind in PRICE_CUTS:
        last_on = history.last_on(is_price_cut=True)
        if history.running(PRICE_CUTS):
            found.append("discount_running")
        if last_on is not None and history.today - last_on < cooldown:
            found.append("cooldown")
        if history.visits_with_price_cut >= book.budget.habit_visits:
            found.append("habit")
    if shown.kind in RESTS and history.running(RESTS):
        found.append("already_paused")
    if shown.cost_minor > 0:
        currency = str(shown.terms.get("currency", ""))
        found += over_budget(shown.cost_minor, currency, book, history)
    return found


def _again(before: Concession, shown: Offered) -> Accepted:
    if before.offer != shown.name:
        raise Conflict(f"{before.offer!r} was accepted in this visit already")
    save = Save.objects.get(visit_id=before.visit_id, kind="save")
    change = BillingChange.objects.filter(key=before.change_key).first()
    owed = tuple(save.commitments.order_by("pk"))
    task = Task.objects.filter(key=before.task_key).first() if before.task_key else None
    return Accepted(before, save, change, owed, task, is_new=False)


def _asked_of_billing(
    shown: Offered, visit_id: str, now: datetime, host_acts: Collection[str], **who: str
) -> BillingChange | None:
    kind = KINDS[shown.kind].change
    if not kind:
        return None
    return ask_for(
        key=f"offer:{digest(visit_id, shown.name)}",
        kind=kind,
        values=billing_values(shown.kind, shown.terms),
        by_host=kind in host_acts,
        now=now,
        **who,
    )


def _conceded(
    shown: Offered,
    change: BillingChange | None,
    *,
    visit_id: str,
    person_id: str,
    reason: str,
    now: datetime,
    time_at: datetime | None,
    **who: str,
) -> Concession:
    terms: Mapping[str, object] = shown.terms
    during = terms.get("price_during_minor", terms.get("price_after_minor"))
    if shown.kind in (*RESTS, kinds.FREE_MONTHS):
        during = 0
    return Concession.objects.create(
        visit_id=visit_id,
        offer=shown.name,
        kind=shown.kind,
        version=str(terms.get("version", "")),
        person_id=person_id,
        reason=reason,
        terms=terms,
        words={
            "title": shown.title,
            "text": shown.text,
            "accept": shown.accept,
            "terms": shown.terms_text,
        },
        commitments=list(shown.commitments),
        currency=str(terms.get("currency", "")),
        is_price_cut=shown.kind in PRICE_CUTS,
        price_before_minor=_a_month(
            terms.get("price_before_minor", terms.get("price_after_minor")), terms
        ),
        price_minor=_a_month(during, terms),
        cost_minor=shown.cost_minor,
        forgone_minor=forgone_minor(shown.kind, terms),
        given_at=now,
        given_on=company_day(settings.TENURE_HOME, now),
        runs_until_on=_runs_until(shown.kind, terms),
        change_key=change.key if change is not None else "",
        time_at=time_at,
        event_id=f"concession:{digest(visit_id, shown.name)}",
        **who,
    )


def _a_month(price_minor: object, terms: Mapping[str, object]) -> int | None:
    return None if price_minor is None else a_month_minor(int(price_minor), terms)  # type: ignore[call-overload]


def _runs_until(kind: str, terms: Mapping[str, object]) -> date | None:
    """The first day on which it holds no more; None for what lasts or happens once."""
    for name in ("resumes_on", "wakes_on", "ends_on"):
        if terms.get(name):
            return date.fromisoformat(str(terms[name]))
    return None


def _promise(owed: Mapping[str, object], shown: Offered, person_id: str, language: str) -> Promise:
    side = str(owed["side"])
    return Promise(
        side=side,
        text=str(owed["text"]),
        due_on=date.fromisoformat(str(owed["due_on"])),
        event=str(owed.get("event") or ""),
        texts=_in_all_languages(owed, shown),
        language=language,
        person_id=person_id if side == "them" else "",
        has_task=bool(owed.get("owner_task")),
    )


def _in_all_languages(owed: Mapping[str, object], shown: Offered) -> dict[str, str]:
    """The words of a commitment for who works here too; none where the book has it no more."""
    book = offer_book()
    offer = book.offer(shown.name)
    if offer is None or offer.version != shown.terms.get("version"):
        return {}
    found = next((each for each in offer.commitments if each.number == owed.get("number")), None)
    if found is None:
        return {}
    return {each: owed_text(found, shown.terms, owed, each) for each in book.languages}
