"""Money is integer minor units with a currency; this reads amounts and billing intervals."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

# ISO 4217 minor-unit exponents that are not 2.
_EXPONENTS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip

MONTHS_PER_INTERVAL = {
    "day": Fraction(12, 365),
    "week": Fraction(12, 52),
    "month": Fraction(1),
    "quarter": Fraction(3),
    "year": Fraction(12),
}


def exponent(currency: str) -> int:
    """Decimal places of a currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _EXPONENTS.get(currency.upper(), 2)


def read_minor(text: str, currency: str) -> int:
    """An amount written in whole units as minor units, rounded half away from zero.

    Raises ValueError when the text is not a finite decimal number.
    """
    try:
        amount = Decimal(text.strip())
        if not amount.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError(f"{text!r} is not an amount; write it as 1234.50") from None
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def monthly_minor(amount_minor: int, interval: str, interval_count: int = 1) -> int:
    """What an amount per billing interval is per month, rounded to the nearest minor unit.

    A year is 12 months, a week 12/52, a day 12/365 of one.
    Source  ChartMogul, "How MRR is calculated"; weeks and days as in Polar (reference 1.1).
    """
    if interval not in MONTHS_PER_INTERVAL:
        known = ", ".join(MONTHS_PER_INTERVAL)
        raise ValueError(f"{interval!r} is not a billing interval; use one of {known}")
    if interval_count < 1:
        raise ValueError(f"a billing interval spans at least one {interval}, not {interval_count}")
    per_month = Fraction(amount_minor) / (MONTHS_PER_INTERVAL[interval] * interval_count)
    sign = -1 if per_month < 0 else 1
    return sign * int(abs(per_month) + Fraction(1, 2))
