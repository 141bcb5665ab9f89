"""The overview's numbers, read from the lake once per published state and kept."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from django.conf import settings

from tenure.base.errors import BadUsage
from tenure.base.home import Home
from tenure.base.months import Months, month_of, next_month
from tenure.kit.sql_file import load
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import Reader, company_day, reading
from tenure.measure.churn import ChurnMonth, churn_by_month
from tenure.measure.exchange import check_rates
from tenure.measure.grouping import known_columns
from tenure.measure.movements import movements
from tenure.measure.notices import notices
from tenure.measure.rules import DEFAULT_RULES
from tenure.measure.span import months_with_data

HERE = "tenure.console"
ALL = "all"  # every currency, converted into the company's
LONG_AGO = date(1900, 1, 1)
SPLIT_TRAITS = ("country", "industry", "segment", "size", "region", "referral_source")


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is to choose from. `latest` is None while nobody ever paid."""

    number: int  # of the published state, 0 before the first
    latest: date | None
    earliest: date | None
    today: date
    currencies: list[str]  # the greatest MRR first
    into: str  # the company's currency, when everything can be converted into it; else empty

    @property
    def scopes(self) -> list[str]:
        """What may be looked at: all currencies as one where rates allow, and each by itself."""
        if len(self.currencies) < 2:
            return self.currencies
        return [ALL, *self.currencies] if self.into else self.currencies

    @property
    def key(self) -> "GroundKey":
        return GroundKey(self.number, str(home().root), self.today)


@dataclass(frozen=True, slots=True)
class GroundKey:
    """What an answer depends on and may be kept under."""

    number: int
    root: str
    today: date


def home() -> Home:
    return settings.TENURE_HOME


def ground(now: datetime) -> Ground:
    manifest = read_manifest(home())
    today = company_day(home(), now)
    return _ground(manifest.number if manifest else 0, str(home().root), today)


@lru_cache(maxsize=4)
def _ground(number: int, root: str, today: date) -> Ground:
    if not number:
        return Ground(0, None, None, today, [], "")
    with reading(home(), threads=1) as reader:
        moved = reader.rows(load(HERE, "moved_currency"), until_on=today)
        months = months_with_data(reader, today)
        [told] = reader.rows(load(HERE, "last_told"), until_on=today)
        into = _convertible(reader, months) if len(moved) > 1 and months else ""
    if not moved or months is None:
        return Ground(number, None, None, today, [], "")
    moved.sort(key=lambda row: (-row["mrr_minor"], row["currency"]))
    currencies = [row["currency"] for row in moved]
    latest = min(months.last, month_of(told["last_on"] or months.last))
    return Ground(number, max(latest, months.first), months.first, today, currencies, into)


def _convertible(reader: Reader, months: Months) -> str:
    """The company's currency if there are rates into it for all of `months`, else nothing."""
    into = home().company.currency
    try:
        check_rates(reader, months, rules=DEFAULT_RULES, currency=into)
    except BadUsage:
        return ""
    return into


def shown_currency(found: Ground, scope: str) -> str:
    """The currency in which amounts of a scope are written."""
    return found.into if scope == ALL else scope


def churn_months(found: Ground, months: Months, scope: str, by: str = "") -> list[ChurnMonth]:
    """The months of one scope, in order; with `by` a row for each group and month."""
    into = found.into if scope == ALL else ""
    rows = _churn_months(found.key, months, by, into)
    currency = shown_currency(found, scope)
    return [row for row in rows if row.currency == currency]


@lru_cache(maxsize=32)
def _churn_months(found: GroundKey, months: Months, by: str, into: str) -> tuple[ChurnMonth, ...]:
    with reading(home(), threads=1) as reader:
        return tuple(
            churn_by_month(
                reader, months, by=by or None, currency=into or None, until_on=found.today
            )
        )


def split_columns(number: int) -> list[str]:
    """The columns offered for a split; a link may name any other that there is."""
    return list(_split_columns(number, str(home().root)))


@lru_cache(maxsize=4)
def _split_columns(number: int, root: str) -> tuple[str, ...]:
    with reading(home(), threads=1) as reader:
        known = known_columns(reader)
    traits = [name for name in SPLIT_TRAITS if name in known["account"]]
    further = [name for name in SPLIT_TRAITS if name in known["subscription"]]
    return tuple(dict.fromkeys(["plan", "billing_interval", *traits, *further]))


@dataclass(frozen=True, slots=True)
class Notices:
    """How many accounts gave notice in a month, and how many that stopped paying in it had."""

    given: int
    ended_after_notice: int


@lru_cache(maxsize=64)
def notices_in(found: GroundKey, month: date, scope: str) -> Notices:
    """Withdrawn notices count as given: they were. Source: docs/metrics/churn.md."""
    before_on = min(next_month(month), found.today + timedelta(days=1))
    currency = None if scope == ALL else scope
    with reading(home(), threads=1) as reader:
        said = notices(reader, first_on=LONG_AGO, before_on=before_on)
        churned = movements(
            reader, first_on=month, before_on=before_on, kind="churn", currency=currency
        )
    # A notice of what is not paid for has no currency: nothing would be lost with it.
    ours = [one for one in said if one.currency and currency in (None, one.currency)]
    given = {one.account_id for one in ours if one.noticed_on >= month}
    stands = {one.account_id for one in ours if not one.is_withdrawn and one.ends_on >= month}
    return Notices(len(given), len({one.account_id for one in churned} & stands))
