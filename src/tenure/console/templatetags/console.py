"""What the console's templates may say: formatted values, icons, asset addresses, links."""

import hashlib
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from tenure.base.clock import system_clock
from tenure.console import format as written
from tenure.console.charts.mrr_movements import kind_words as movement_words

register = template.Library()
ICONS = Path(__file__).parents[1] / "icons"


def _time_zone() -> str:
    return settings.TENURE_HOME.company.time_zone


@register.filter
def money(minor: int | None, currency: str) -> str:
    return written.money(minor, currency or settings.TENURE_HOME.company.currency)


@register.filter
def money_exact(minor: int | None, currency: str) -> str:
    currency = currency or settings.TENURE_HOME.company.currency
    return written.money(minor, currency, whole=False)


@register.filter
def money_signed(minor: int | None, currency: str) -> str:
    return written.money(minor, currency or settings.TENURE_HOME.company.currency, sign=True)


@register.filter
def kind_words(kind: str) -> str:
    return movement_words().get(kind, kind)


@register.filter
def number(value: float | int | None) -> str:
    return written.number(value)


@register.filter
def number_signed(value: float | int | None) -> str:
    return written.number(value, sign=True)


@register.filter
def share(value: float | None) -> str:
    return written.share(value)


@register.filter
def month(value: date | None) -> str:
    return written.month(value)


@register.filter
def month_long(value: date | None) -> str:
    return written.month_long(value)


@register.filter
def day(value: date | datetime | None) -> str:
    return written.day(value, _time_zone())


@register.filter
def instant(value: datetime | None) -> str:
    return written.instant(value, _time_zone())


@register.filter
def clock_time(value: datetime) -> str:
    return written.clock_time(value, _time_zone())


@register.filter
def ago(value: datetime | None) -> str:
    return written.ago(value, system_clock())


@lru_cache(maxsize=128)
def _icon(name: str) -> SafeString:
    return mark_safe((ICONS / f"{name}.svg").read_text("utf-8").strip())  # noqa: S308  our own file


@register.simple_tag
def icon(name: str) -> SafeString:
    """An inline Lucide icon. It is decoration: words stand beside it."""
    return _icon(name)


@lru_cache(maxsize=128)
def _stamped(path: str) -> str:
    found = finders.find(path)
    assert isinstance(found, str), f"{path} is no static file"
    stamp = hashlib.blake2b(Path(found).read_bytes(), digest_size=6).hexdigest()
    return f"{static(path)}?v={stamp}"


@register.simple_tag
def asset(path: str) -> str:
    """Address of a static file that changes with its content, so that browsers may keep it."""
    return _stamped(path)
