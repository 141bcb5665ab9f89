"""The overview's numbers, read from the lake once per published state and kept."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

from tenure.base.home import Home
from tenure.base.months import Months, next_month
from tenure.kit.sql_file import load
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import reading
from tenure.measure.churn import ChurnMonth, churn_by_month
from tenure.measure.grouping import known_columns
from tenure.measure.movements import movements
from tenure.measure.notices import notices
from tenure.measure.span import months_with_data

HERE = "tenure.console"
SPLIT_TRAITS = ("country", "industry", "segment", "size", "region", "referral_source")


@dataclass(frozen=True, slots=True)
class Ground:
    """What there is to choose from. `latest` is None while nobody ever paid."""

    number: int  # of the published state, 0 before the first
    latest: date | None
    earliest: date | None
    today: date
    currencies: list[str]  # the greatest MRR first

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
    today = now.astimezone(ZoneInfo(home().company.time_zone)).date()
    return _ground(manifest.number if manifest else 0, str(home().root), today)


@lru_cache(maxsize=4)
def _ground(number: int, root: str, today: date) -> Ground:
    if not number:
        return Ground(0, None, None, today, [])
    with reading(home(), threads=1) as reader:
        moved = reader.rows(load(HERE, "moved_currency"), until_on=today)
        months = months_with_data(reader, today)
    if not moved or months is None:
        return Ground(number, None, None, today, [])
    moved.sort(key=lambda row: (-row["mrr_minor"], row["currency"]))
    currencies = [row["currency"] for row in moved]
    return Ground(number, months.last, months.first, today, currencies)


def churn_months(found: Ground, months: Months, currency: str, by: str = "") -> list[ChurnMonth]:
    """The months of one currency, in order; with `by` a row for each group and month."""
    rows = _churn_months(found.number, str(home().root), found.today, months, by)
    return [row for row in rows if row.currency == currency]


@lru_cache(maxsize=32)
def _churn_months(
    number: int, root: str, today: date, months: Months, by: str
) -> tuple[ChurnMonth, ...]:
    with reading(home(), threads=1) as reader:
        return tuple(churn_by_month(reader, months, by=by or None, until_on=today))


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
def notices_in(found: GroundKey, month: date, currency: str) -> Notices:
    """Withdrawn notices count as given: they were. Source: docs/metrics/churn.md."""
    before_on = min(next_month(month), found.today + timedelta(days=1))
    with reading(home(), threads=1) as reader:
        said = notices(reader, first_on=date(1900, 1, 1), before_on=before_on)
        churned = movements(
            reader, first_on=month, before_on=before_on, kind="churn", currency=currency
        )
    ours = [notice for notice in said if notice.currency == currency]
    given = {notice.account_id for notice in ours if notice.noticed_on >= month}
    stands = {one.account_id for one in ours if not one.is_withdrawn and one.ends_on >= month}
    return Notices(len(given), len({one.account_id for one in churned} & stands))
