"""What an account was given before, and what is spent: read from state before one chooses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet, Sum

from tenure.billing.models import BillingChange, Status
from tenure.customers.merging import ids_behind
from tenure.lake.reading import company_day
from tenure.offers.models import Concession
from tenure.segments.history import segments_of

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Given:
    """A concession of before, as far as it matters for the next."""

    offer: str
    kind: str
    visit_id: str
    is_price_cut: bool
    given_on: date
    runs_until_on: date | None
    currency: str
    cost_minor: int


@dataclass(frozen=True, slots=True)
class History:
    """All live concessions of one account, the oldest first; `spent_all_minor` is what all
    accounts together were given in this month of the company, by currency.
    """

    today: date
    given: tuple[Given, ...] = ()
    segments: frozenset[str] = frozenset()
    spent_all_minor: Mapping[str, int] = field(default_factory=dict)

    def spent_minor(self, currency: str) -> int:
        """What the account was given in the last 365 days."""
        since = self.today - timedelta(days=YEAR_DAYS)
        return sum(
            each.cost_minor
            for each in self.given
            if each.currency == currency and each.given_on > since
        )

    def running(self, kinds: frozenset[str]) -> Given | None:
        """One of these kinds that holds today."""
        for each in reversed(self.given):
            if each.kind in kinds and each.runs_until_on and each.runs_until_on > self.today:
                return each
        return None

    def last_on(self, *, is_price_cut: bool = False, offer: str = "") -> date | None:
        """When it last had a price cut, or an offer of that name."""
        days = [
            each.given_on
            for each in self.given
            if (is_price_cut and each.is_price_cut) or (offer and each.offer == offer)
        ]
        return max(days, default=None)

    @property
    def visits_with_price_cut(self) -> int:
        """How often it came to the way out and took a lower price: what becomes a habit."""
        return len({each.visit_id for each in self.given if each.is_price_cut})


def history_of(account_id: str, now: datetime) -> History:
    """What state tells of an account that is at the way out. Three short queries."""
    today = company_day(settings.TENURE_HOME, now)
    rows = in_effect().filter(account_id__in=ids_behind("account", account_id))
    return History(
        today,
        tuple(given(row) for row in rows.order_by("given_at", "pk")),
        frozenset(stay.segment for stay in segments_of(account_id)),
        spent_in_month(today),
    )


def in_effect() -> QuerySet[Concession]:
    """What was really given: no test, and nothing that billing refused in the end."""
    refused = BillingChange.objects.filter(status__in=(Status.REFUSED, Status.GIVEN_UP))
    return Concession.objects.filter(mode="live").exclude(change_key__in=refused.values("key"))


def given(row: Concession) -> Given:
    return Given(
        row.offer,
        row.kind,
        row.visit_id,
        row.is_price_cut,
        row.given_on,
        row.runs_until_on,
        row.currency,
        row.cost_minor,
    )


def spent_in_month(today: date) -> dict[str, int]:
    """What all accounts were given in the month of that day, by currency."""
    rows = in_effect().filter(given_on__gte=today.replace(day=1), given_on__lte=today)
    return dict(rows.order_by().values_list("currency").annotate(Sum("cost_minor")))
