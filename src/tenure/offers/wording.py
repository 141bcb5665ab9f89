"""An offer's texts with its terms in them, as people write days and amounts in their language.

`{{ resumes_on }}` is the term of that name; `{{ price_after }}` the amount `price_after_minor`, and
`{{ per_bill }}` for how long one bill is: "a month", "a year", "every 3 months".
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from tenure.base.money import exponent
from tenure.offers.parts import Commitment, Offer, Texts

PER_BILL = "per_bill"
PRICES = frozenset({"price_before", "price_during", "price_after", "saving"})
NAMED = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_LOCALES = {"en": "en_US", "zh-hans": "zh_Hans_CN", "zh-hant": "zh_Hant_TW"}


def in_language(texts: Texts, language: str) -> str:
    """The text in that language, else in the nearest of the book, else in its first."""
    wanted = language.lower()
    if wanted in texts:
        return texts[wanted]
    near = next((each for each in texts if each.split("-")[0] == wanted.split("-")[0]), None)
    return texts[near] if near else next(iter(texts.values()))


def filled(texts: Texts, terms: Mapping[str, object], language: str) -> str:
    """The text with its terms. A name that the terms do not have stays empty."""
    return NAMED.sub(lambda match: said(match[1], terms, language), in_language(texts, language))


def owed_text(
    commitment: Commitment,
    terms: Mapping[str, object],
    owed: Mapping[str, object],
    language: str,
) -> str:
    """What a commitment says in a language; `owed` is it as it was shown: its day, and the step."""
    values = {**terms, "due_on": owed["due_on"], "next_step": owed.get("step", "")}
    return filled(commitment.text, values, language)


def says_for_how_long(offer: Offer) -> bool:
    """Whether its texts leave it to the terms what a price is for: `{{ per_bill }}` stands in each
    that names a price. Else they say "a month", and hold of nobody who is billed otherwise.
    """
    texts = (offer.title, offer.text, offer.accept, offer.terms)
    named = [set(NAMED.findall(words)) for each in texts for words in each.values()]
    return all(PER_BILL in names for names in named if names & PRICES)


def said(name: str, terms: Mapping[str, object], language: str) -> str:
    """One term in words: a day, an amount, a number or a name."""
    locale = _locale(language)
    if f"{name}_minor" in terms:
        currency = str(terms.get("currency") or "")
        return money(int(terms[f"{name}_minor"]), currency, locale)  # type: ignore[call-overload]
    if name == PER_BILL:
        return _per(int(terms.get("bill_months") or 1), language.lower(), locale)  # type: ignore[call-overload]
    value = terms.get(name)
    if value is None:
        return ""
    if name.endswith("_on"):
        return format_date(date.fromisoformat(str(value)), "long", locale=locale)
    if isinstance(value, int | float):
        return format_decimal(value, locale=locale)
    return str(value)


def _per(months: int, language: str, locale: Locale) -> str:
    """For how long a price is. Other languages get their unit behind a stroke: `/ 3 Monate`."""
    unit, many = ("year", months // 12) if months % 12 == 0 else ("month", months)
    if language.startswith("en"):
        return f"a {unit}" if many == 1 else f"every {many} {unit}s"
    if language.startswith("zh"):
        is_hant = locale.script == "Hant"
        names = {"month": "個月" if is_hant else "个月", "year": "年"}
        one = {"month": "每月", "year": "每年"}
        gap = " " if is_hant else ""
        return one[unit] if many == 1 else f"每{gap}{many}{gap}{names[unit]}"
    return f"/ {format_unit(many, f'duration-{unit}', 'long', locale=locale)}"


def money(amount_minor: int, currency: str, locale: Locale) -> str:
    """`€29`, `€29.50`: the minor units are written where there are any."""
    digits = exponent(currency)
    amount = Decimal(amount_minor).scaleb(-digits)
    text = format_currency(amount, currency, locale=locale, currency_digits=True)
    if digits and amount == amount.to_integral_value():
        text = format_currency(
            amount, currency, locale=locale, currency_digits=False, format=_whole(locale)
        )
    return text


def warm(language: str) -> None:
    """Read what is needed to write in a language; the first time that takes a tenth of a second."""
    terms = {"currency": "EUR", "price_minor": 100, "ends_on": "2026-01-01", "months": 1}
    for name in ("price", "ends_on", "months"):
        said(name, terms, language)


@lru_cache(maxsize=32)
def _whole(locale: Locale) -> str:
    return re.sub(r"[.,]0+", "", locale.currency_formats["standard"].pattern)


@lru_cache(maxsize=32)
def _locale(language: str) -> Locale:
    name = _LOCALES.get(language.lower()) or language.replace("-", "_")
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_US")
