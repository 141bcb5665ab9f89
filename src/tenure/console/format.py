"""Numbers, money and dates as people write them in the language of the page.

A value that is missing is a dash, never 0. A minus is U+2212. `None` in, dash out, everywhere.
"""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton
from babel.lists import format_list
from babel.numbers import (
    NumberPattern,
    format_compact_currency,
    format_currency,
    format_decimal,
    parse_pattern,
)
from django.utils.translation import get_language, gettext, ngettext

from tenure.base.money import exponent

MISSING = "–"
MINUS = "\u2212"
_LOCALES = {"en": "en_US", "zh-hans": "zh_Hans_CN", "zh-hant": "zh_Hant_TW"}


@lru_cache(maxsize=8)
def _parsed(name: str) -> Locale:
    return Locale.parse(name)


def locale() -> Locale:
    """Babel's locale for the active language; English where there is none."""
    return _parsed(_LOCALES.get(get_language() or "en", "en_US"))


def _signed(text: str) -> str:
    return text.replace("-", MINUS)


def amount(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-exponent(currency))


def money(minor: int | None, currency: str, *, whole: bool = True, sign: bool = False) -> str:
    """`€12,345`: rounded to whole units for reading; `whole=False` shows every minor unit."""
    if minor is None:
        return MISSING
    value = amount(minor, currency)
    digits = 0 if whole else exponent(currency)
    quantum = Decimal(1).scaleb(-digits)
    text = format_currency(
        value.quantize(quantum), currency, locale=locale(), currency_digits=False,
        format=_money_pattern(digits),
    )  # fmt: skip
    text = _signed(text)
    return f"+{text}" if sign and minor > 0 else text


@lru_cache(maxsize=16)
def _money_pattern(digits: int) -> NumberPattern:
    fraction = f".{'0' * digits}" if digits else ""
    return parse_pattern(f"¤#,##0{fraction};-¤#,##0{fraction}")


@lru_cache(maxsize=16)
def _number_pattern(digits: int) -> NumberPattern:
    return parse_pattern("#,##0" + ("." + "0" * digits if digits else ""))


def money_compact(minor: int | None, currency: str) -> str:
    """`€12.3K`, for axes and narrow places."""
    if minor is None:
        return MISSING
    return _signed(
        format_compact_currency(
            amount(minor, currency), currency, locale=locale(), fraction_digits=1
        )
    )


def number(value: float | int | None, digits: int = 0, *, sign: bool = False) -> str:
    if value is None:
        return MISSING
    text = _signed(format_decimal(value, format=_number_pattern(digits), locale=locale()))
    return f"+{text}" if sign and value > 0 else text


def share(value: float | None, digits: int = 1) -> str:
    """A fraction as `3.1 %`, the space narrow and unbreakable; in Chinese without a space."""
    if value is None:
        return MISSING
    least = 10.0 ** -(digits + 2)
    if 0 < value < least / 2:
        text = f"<{number(least * 100, digits)}"  # something is not nothing
    else:
        text = number(value * 100, digits)
    gap = "" if (get_language() or "en").startswith("zh") else "\u202f"
    return f"{text}{gap}%"


def points(value: float | None) -> str:
    """A difference of two shares: `+1.2 points`."""
    if value is None:
        return MISSING
    return gettext("%(number)s points") % {"number": number(value * 100, 1, sign=True)}


def month(value: date | None) -> str:
    """`May 2025`."""
    return MISSING if value is None else format_skeleton("yMMM", _midday(value), locale=locale())


def month_long(value: date | None) -> str:
    return MISSING if value is None else format_skeleton("yMMMM", _midday(value), locale=locale())


def month_name(value: date) -> str:
    """`May`, without the year, for sentences about the same year."""
    pattern = "LLLL" if locale().language == "en" else "L'月'"
    return format_date(value, pattern, locale=locale())


def day(value: date | datetime | None, time_zone: str = "UTC") -> str:
    """`May 3, 2025`."""
    if value is None:
        return MISSING
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(time_zone)).date()
    return format_date(value, "medium", locale=locale())


def instant(value: datetime | None, time_zone: str = "UTC") -> str:
    """`May 3, 2025, 14:07`, in the company's time zone."""
    if value is None:
        return MISSING
    local = value.astimezone(ZoneInfo(time_zone))
    return f"{format_date(local.date(), 'medium', locale=locale())} {local:%H:%M}"


def clock_time(value: datetime, time_zone: str = "UTC") -> str:
    return format_datetime(value.astimezone(ZoneInfo(time_zone)), "HH:mm", locale=locale())


def ago(value: datetime | None, now: datetime) -> str:
    """How long ago, in the one unit that matters; `never` for None."""
    if value is None:
        return gettext("never")
    seconds = (now - value).total_seconds()
    if seconds < 45:
        return gettext("just now")
    minutes, hours, days = round(seconds / 60), round(seconds / 3600), int(seconds // 86400)
    if minutes < 60:
        count = max(1, minutes)
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", count) % {"n": number(count)}
    if hours < 24:
        return ngettext("%(n)s hour ago", "%(n)s hours ago", hours) % {"n": number(hours)}
    if days < 60:
        count = max(1, days)
        return ngettext("%(n)s day ago", "%(n)s days ago", count) % {"n": number(count)}
    months = days // 30
    return ngettext("%(n)s month ago", "%(n)s months ago", months) % {"n": number(months)}


def listed(words: list[str]) -> str:
    """`a, b and c`."""
    return format_list(words, locale=locale())


def _midday(value: date) -> datetime:
    return datetime(value.year, value.month, value.day, 12)  # noqa: DTZ001  a label, not an instant
