"""Is what was saved still there? The rules of docs/saves.md, "What a check asks", over what billing
shows of one account. Every answer for a day follows from what took effect by that day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tenure.saves.models import Lost
from tenure.saves.shown import Pause, Period, Said, Shown, Subscription

DAY = timedelta(days=1)
# Another subscription that begins within a day of an end goes on with it.
FOLLOWS_WITHIN = DAY
# How long nobody is given up who should pay again and does not.
PAYS_WITHIN = timedelta(days=30)
UNPAID_AFTER = timedelta(days=60)
# A bill may be paid some days before the term that it is for.
PAID_AHEAD = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is followed: since when, of which subscription, until when nothing has to be paid."""

    opened_on: date
    opened_at: datetime
    subscription_id: str = ""
    rests_until: date | None = None
    rests_from: date | None = None
    canceled_on: date | None = None  # leaving was confirmed with Tenure afterwards


@dataclass(frozen=True, slots=True)
class Gone:
    """The first day on which it was no longer kept, why, and the fact that shows it."""

    on: date
    because: str
    fact_id: str = ""


class Retained:
    """The subscriptions of one account that a save is about, asked by day up to `today`."""

    def __init__(self, asked: Asked, shown: Shown, today: date) -> None:
        self.asked, self.today = asked, today
        self._all = [each for each in shown.periods if each.starts_on <= today]
        self._said = [each for each in shown.said if each.day <= today]
        self._pauses = [each for each in shown.pauses if each.pauses_on <= today]
        self.subscriptions: set[Subscription] = self._first()
        self.periods = self._begun()
        self.gone = self._settle()

    @property
    def is_known(self) -> bool:
        """Whether billing shows anything that could be kept or lost."""
        return bool(self.subscriptions)

    def _begun(self) -> list[Period]:
        """The periods of the subscriptions that it is about, begun by today."""
        return [each for each in self._all if each.subscription in self.subscriptions]

    def held_on(self, day: date) -> list[Period]:
        return [each for each in self.periods if each.holds_on(day)]

    def pause_on(self, day: date) -> Pause | None:
        """The pause that all that is held is in; None as soon as something runs."""
        found = [self._pause_of(each.subscription, day) for each in self.held_on(day)]
        return found[0] if found and all(found) else None

    def is_resting_on(self, day: date) -> bool:
        """Paused, or before the day from which it was agreed to be paid again."""
        until = self.asked.rests_until
        return self.pause_on(day) is not None or (until is not None and day < until)

    def is_leaving_on(self, day: date) -> bool:
        """Notice stands on everything that is held."""
        held = self.held_on(day)
        return bool(held) and all(self._noticed(p.subscription, day, True) for p in held)

    def paying_on(self, day: date) -> tuple[bool, Said | None]:
        """Whether it pays on a day, after any rest, and the payment that shows it, if one is told.

        Where payments are told, a failed one that none followed by that day is no payment, and
        after a rest one must have come.
        """
        paying = [p for p in self.held_on(day) if p.is_paying]
        if not paying or self.is_resting_on(day):
            return False, None
        payments = [each for each in self._payments() if each.day <= day]
        last = payments[-1] if payments else None
        if last is not None and last.kind == "payment_failed":
            return False, last
        until = self.asked.rests_until
        are_told = any(each.kind == "payment_succeeded" for each in payments)
        if until is not None and are_told and (last is None or last.day < until - PAID_AHEAD):
            return False, None
        return True, last

    def paid_for_on(self, renewal_on: date, day: date) -> bool:
        """Whether the term that began with this renewal is paid for by that day."""
        is_paying, last = self.paying_on(day)
        if last is None:
            return is_paying
        return is_paying and last.day >= renewal_on - PAID_AHEAD

    def edges(self, since: date) -> Iterator[date]:
        """The days from `since` to today on which anything may change, in their order."""
        days = {*self.price_edges(since), *(each.day for each in self._said)}
        yield from sorted(day for day in days if since <= day <= self.today)

    def price_edges(self, since: date) -> Iterator[date]:
        """Those of them on which the price may change: what is paid or said meanwhile does not."""
        days = {since}
        for period in self.periods:
            days |= {period.starts_on, *([period.ends_on] if period.ends_on else [])}
        for pause in self._pauses:
            days |= {pause.pauses_on, *([pause.resumes_on] if pause.resumes_on else [])}
        days |= {day for day in (self.asked.rests_from, self.asked.rests_until) if day}
        yield from sorted(day for day in days if since <= day <= self.today)

    def returned_on(self) -> date | None:
        """When it paid again after it was gone, or took its notice back; None if it did not."""
        if self.gone is None:
            return None
        left_on = self.gone.on
        days = [
            each.starts_on
            for each in self._all
            if each.is_paying
            and each.starts_on >= left_on
            and not any(p.holds_on(each.starts_on - DAY) for p in self._of(each.subscription))
        ]
        days += [
            each.day
            for each in self._said
            if each.kind == "notice" and each.ends_on is None and each.day >= left_on
        ]
        return min(days, default=None)

    def end_of(self, period: Period) -> Said | None:
        """The fact that ended a period, where one did."""
        found = [
            each
            for each in self._said
            if each.kind == "end"
            and each.subscription == period.subscription
            and each.day == period.ends_on
        ]
        return found[-1] if found else None

    # How it is worked out

    def _of(self, subscription: Subscription) -> list[Period]:
        return [each for each in self._all if each.subscription == subscription]

    def _first(self) -> set[Subscription]:
        """What the save is about: the subscription it names, else all that was held then, else
        what came first afterwards."""
        then = [p for p in self._all if p.starts_on <= self.asked.opened_on]
        named = {p.subscription for p in then if p.subscription_id == self.asked.subscription_id}
        held = {p.subscription for p in then if p.holds_on(self.asked.opened_on)}
        later = [p for p in self._all if p.starts_on > self.asked.opened_on]
        first = (
            {min(later, key=lambda p: (p.starts_on, p.fact_id)).subscription} if later else set()
        )
        return named or held or first

    def _settle(self) -> Gone | None:
        """When it was gone, following each subscription that goes on with one that ended."""
        while True:
            gone = self._gone()
            if gone is None or gone.because != Lost.ENDED:
                break
            near = (gone.on - FOLLOWS_WITHIN, gone.on + FOLLOWS_WITHIN)
            found = {
                p.subscription
                for p in self._all
                if p.subscription not in self.subscriptions
                and p.is_paying
                and near[0] <= p.starts_on <= near[1]
                and p.starts_on > self.asked.opened_on
            }
            if not found:
                break
            self.subscriptions |= found
            self.periods = self._begun()
        canceled_on = self.asked.canceled_on
        if canceled_on is not None and (gone is None or canceled_on <= gone.on):
            return Gone(canceled_on, Lost.CANCELED)
        return gone

    def _gone(self) -> Gone | None:
        if not self.subscriptions:
            return None
        for day in self.edges(self.asked.opened_on):
            gone = self._gone_on(day)
            if gone is not None:
                return gone
        return None

    def _gone_on(self, day: date) -> Gone | None:
        """Why it is gone on a day, if it is."""
        held = self.held_on(day)
        if not held:
            # Of what begins later, nothing can have ended.
            begun = [p for p in self.periods if p.starts_on <= day]
            if not begun:
                return None
            last = max(begun, key=lambda p: (p.ends_on or date.max, p.fact_id))
            ended = self.end_of(last)
            return Gone(day, Lost.ENDED, ended.fact_id if ended else last.fact_id)
        noticed = [self._noticed(p.subscription, day, False) for p in held]
        if all(noticed):
            return Gone(day, Lost.CANCELED, next(each.fact_id for each in noticed if each))
        if not any(p.is_paying for p in held) and not self._may_be_unpaid(day):
            return Gone(day, Lost.UNPAID, held[0].fact_id)
        owed = self._owed_since(day)
        return Gone(day, Lost.UNPAID, owed.fact_id) if owed else None

    def _may_be_unpaid(self, day: date) -> bool:
        """Nothing has to be paid yet, or it has never been paid, or there is time to wait."""
        until = self.asked.rests_until
        if self.is_resting_on(day):
            return True
        if until is None or day > until + PAYS_WITHIN:
            return not any(p.is_paying for p in self.periods if p.starts_on <= day)
        pays_by = until + PAYS_WITHIN
        is_paid = any(p.is_paying and day <= p.starts_on <= pays_by for p in self.periods)
        return is_paid or self.today <= pays_by

    def _owed_since(self, day: date) -> Said | None:
        """The failed payment of this day that nothing followed for so long; None otherwise."""
        if self.today < day + UNPAID_AFTER:
            return None
        payments = self._payments()
        for place, each in enumerate(payments):
            if each.day == day and each.kind == "payment_failed":
                later = payments[place + 1 :]
                is_paid = any(
                    p.kind == "payment_succeeded" and p.day <= day + UNPAID_AFTER for p in later
                )
                return None if is_paid else each
        return None

    def _payments(self) -> list[Said]:
        wanted = {subscription for _, subscription in self.subscriptions}
        accounts = {source for source, _ in self.subscriptions}
        return [
            each
            for each in self._said
            if each.kind in ("payment_failed", "payment_succeeded")
            and (each.subscription_id in wanted or self._names_none(each, accounts))
        ]

    def _names_none(self, said: Said, sources: set[str]) -> bool:
        """A payment that names no subscription that billing knows is the whole account's."""
        known = {p.subscription for p in self._all}
        return said.source in sources and said.subscription not in known

    def _pause_of(self, subscription: Subscription, day: date) -> Pause | None:
        found = (p for p in self._pauses if p.subscription == subscription and p.holds_on(day))
        return next(found, None)

    def _noticed(self, subscription: Subscription, day: date, only_standing: bool) -> Said | None:
        """The notice that was given by a day after the save began. With `only_standing` it must not
        have been taken back by then; else it counts for ever: what follows is a return.
        """
        given: Said | None = None
        for each in self._said:
            if each.kind != "notice" or each.subscription != subscription or each.day > day:
                continue
            if each.ends_on is None:
                given = None if only_standing else given
            elif given is None and self._is_after(each) and not self._goes_on(each):
                given = each
        return given

    def _is_after(self, notice: Said) -> bool:
        """Of a notice on the save's own day without an hour, what held at the day's end counts."""
        if not notice.is_day_only or notice.day != self.asked.opened_on:
            return notice.effective_at >= self.asked.opened_at
        return not any(
            each.kind == "notice"
            and each.ends_on is None
            and each.day == notice.day
            and each.subscription == notice.subscription
            for each in self._said
        )

    def _goes_on(self, notice: Said) -> bool:
        """Notice of one version whose place another one takes is a change, not leaving."""
        if notice.version_key is None or notice.ends_on is None:
            return False
        return any(abs(p.starts_on - notice.ends_on) <= DAY for p in self._of(notice.subscription))
