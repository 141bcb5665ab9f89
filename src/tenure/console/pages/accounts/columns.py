"""What the accounts table can show: each column with its order, its cell and its raw value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.base.clock import system_clock
from tenure.card.models import AccountCard
from tenure.console import format as written
from tenure.console.pages.signals.rows import stage_words

Raw = str | int | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """`text` is for reading, `raw` for the export; `order_by` is a field of AccountCard."""

    key: str
    title: str | Promise
    order_by: str
    text: Callable[[AccountCard], str]
    raw: Callable[[AccountCard], Raw]
    is_number: bool = False
    is_default: bool = True


def _plain(key: str, title: Promise, **more: bool) -> Column:
    return Column(
        key,
        title,
        key,
        lambda card: str(getattr(card, key) or "") or written.MISSING,
        lambda card: getattr(card, key),
        **more,
    )


def _count(key: str, title: Promise, **more: bool) -> Column:
    return Column(
        key,
        title,
        key,
        lambda card: written.number(getattr(card, key)),
        lambda card: getattr(card, key),
        is_number=True,
        **more,
    )


def _day(key: str, title: Promise, **more: bool) -> Column:
    zone = settings.TENURE_HOME.company.time_zone
    return Column(
        key,
        title,
        key,
        lambda card: written.day(getattr(card, key), zone),
        lambda card: getattr(card, key),
        is_number=True,
        **more,
    )


def _mrr(card: AccountCard) -> str:
    # Who never paid has no recurring revenue to speak of; who left has none any more.
    if not card.mrr_minor and card.status in {"never_paid", "trial", "free"}:
        return written.MISSING
    return written.money(card.mrr_minor, card.currency or settings.TENURE_HOME.company.currency)


def _trend(card: AccountCard) -> str:
    """Use of 28 days against what is usual for it, as a difference."""
    ratio = card.values.get("events_trend_ratio")
    if ratio is None:
        return written.MISSING
    return f"{'+' * (ratio > 1)}{written.share(ratio - 1, 0)}"


COLUMNS = [
    Column(
        "name",
        _("Account"),
        "name",
        lambda card: card.name or card.account_id,
        lambda card: card.name,
    ),
    Column(
        "status",
        _("Status"),
        "status",
        lambda card: str(card.get_status_display()),
        lambda card: card.status,
    ),
    Column(
        "stage",
        _("Stage"),
        "values__stage",
        lambda card: stage_words(card.values.get("stage")) or written.MISSING,
        lambda card: card.values.get("stage"),
    ),
    Column("mrr", "MRR", "mrr_minor", _mrr, lambda card: card.mrr_minor, is_number=True),
    Column(
        "signals",
        _("Open signals"),
        "signals_open",
        lambda card: written.number(card.signals_open) if card.signals_open else written.MISSING,
        lambda card: card.signals_open,
        is_number=True,
    ),
    _plain("plan", _("Plan")),
    _count("quantity", _("Seats"), is_default=False),
    _plain("billing_interval", _("Billed per"), is_default=False),
    _day("paying_since_on", _("Paying since"), is_default=False),
    _count("people", _("People"), is_default=False),
    _count("people_active_30_days", _("Active people, 30 days")),
    _count("events_30_days", _("Events, 30 days")),
    Column(
        "last_seen_at",
        _("Last seen"),
        "last_seen_at",
        lambda card: written.ago(card.last_seen_at, system_clock()),
        lambda card: card.last_seen_at,
        is_number=True,
    ),
    Column(
        "trend",
        _("Trend"),
        "values__events_trend_ratio",
        _trend,
        lambda card: card.values.get("events_trend_ratio"),
        is_number=True,
        is_default=False,
    ),
    _day("notice_at", _("Notice given"), is_default=False),
    _day("ends_on", _("Ends"), is_default=False),
    _day("left_on", _("Left"), is_default=False),
    _day("created_at", _("Created"), is_default=False),
    _plain("domain", _("Domain"), is_default=False),
]
BY_KEY = {column.key: column for column in COLUMNS}
DEFAULT_KEYS = [column.key for column in COLUMNS if column.is_default]
