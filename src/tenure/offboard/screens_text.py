"""Days, numbers and money as the language of the page writes them, and its direction."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from tenure.base.money import exponent

_LOCALES = {"en": "en_US", "zh-hans": "zh_Hans_CN", "zh-hant": "zh_Hant_TW"}
_HTML = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant"}
MINUS = "\u2212"
_APART = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")  # CHF 5, as CLDR has it


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """Babel's locale for a language such as `zh-hant` or `pt-br`; English for none it knows."""
    try:
        return Locale.parse(_LOCALES.get(language, language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_US")


def direction(language: str) -> str:
    """`rtl` for Arabic, Hebrew and their like, else `ltr`."""
    return "rtl" if locale_of(language).character_order == "right-to-left" else "ltr"


def lang_attribute(language: str) -> str:
    """As HTML's `lang` and CSS want it: `zh-Hant`."""
    return _HTML.get(language, language)


def day(value: date, language: str) -> str:
    """`May 3, 2026`."""
    return format_date(value, "long", locale=locale_of(language))


def short_day(value: date, language: str) -> str:
    """`Mar 3, 2026`, for the small print beside a name."""
    return format_date(value, "medium", locale=locale_of(language))


def time_of(value: datetime, time_zone: str, language: str) -> str:
    """`Monday, May 4, 14:00`, in that time zone."""
    local = value.astimezone(ZoneInfo(time_zone))
    locale = locale_of(language)
    named = format_date(local.date(), "full", locale=locale)
    return f"{named}, {format_datetime(local, 'HH:mm', locale=locale)}"


def number(value: float, language: str) -> str:
    return format_decimal(value, locale=locale_of(language)).replace("-", MINUS)


def percent(value: float, language: str) -> str:
    """`20%` of 20.0; percent, not a share, as billing systems have discounts."""
    return f"{number(value, language)}%"


def money(minor: int, currency: str, language: str) -> str:
    """`€12.50`; whole amounts without their zeros."""
    digits = exponent(currency)
    value = Decimal(minor).scaleb(-digits)
    locale = locale_of(language)
    if value == value.to_integral_value():
        whole = locale.currency_formats["standard"].pattern.replace(".00", "")
        text = format_currency(value, currency, whole, locale=locale, currency_digits=False)
    else:
        text = format_currency(value, currency, locale=locale)
    return _APART.sub("\u00a0", text).replace("-", MINUS)


def listed(words: list[str], language: str) -> str:
    """`a, b and c`."""
    return format_list(words, locale=locale_of(language))
