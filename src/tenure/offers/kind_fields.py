"""The fields of each kind of offer in `offers.toml`, by the type that each must have."""

import re
from collections.abc import Callable

from tenure.definitions.toml_file import Fields
from tenure.offers import kinds
from tenure.offers.parts import Money

_CURRENCY = re.compile("[A-Z]{3}")
_MONTHS_MOST = 24
_PAUSE_MONTHS_MOST = 12
_DAYS_MOST = 365
_AMOUNT_MOST = 10**12


def fields_of(read: Fields, kind: str, currency: str) -> dict[str, object]:
    """What stands in one `[[offer]]` beside what all kinds have. Raises BadDefinition."""
    return _READ[kind](read, currency)


def money_of(read: Fields, field: str, currency: str, *, is_needed: bool = False) -> Money:
    """An amount in minor units: a number in the book's currency, or a table by currency."""
    value = read.values.get(field)
    if isinstance(value, dict):
        table = read.table(field)
        for name in value:
            if not _CURRENCY.fullmatch(name):
                raise table.refuse(name, "this is no currency; write it as EUR")
        if not value:
            raise read.refuse(field, "this is empty; write { EUR = 1000 }")
        return {name: table.whole(name, most=_AMOUNT_MOST) for name in value}
    if field not in read.values and not is_needed:
        read.known(field)
        return {}
    return {currency: read.whole(field, most=_AMOUNT_MOST)}


def _months(read: Fields, most: int) -> int:
    return read.whole("months", least=1, most=most)


def _link(read: Fields, field: str = "link") -> str:
    link = read.text(field, "").strip()
    # `https`, or a path of the host's own site: nothing that runs, and nothing in the clear.
    if link and not re.fullmatch(r"(https://[^\s]+|/[^/\s][^\s]*|mailto:[^\s]+)", link):
        raise read.refuse(field, f"{link!r} is no link; write it as https://... or /path")
    return link


def _cheaper_plan(read: Fields, currency: str) -> dict[str, object]:
    return {"plan": read.text("plan", "")}


def _rest(read: Fields, currency: str) -> dict[str, object]:
    return {
        "months": _months(read, _PAUSE_MONTHS_MOST),
        "reminder_days": read.whole("reminder_days", None, most=60),
    }


def _discount(read: Fields, currency: str) -> dict[str, object]:
    percent = read.number("percent_off", None)
    amount = money_of(read, "amount_off_minor", currency)
    if (percent is None) == (not amount):
        raise read.refuse("percent_off", "write either percent_off or amount_off_minor")
    if percent is not None and not 0 < percent <= 100:
        raise read.refuse("percent_off", f"{percent:g} is no share; write a number up to 100")
    return {
        "percent_off": percent,
        "amount_off_minor": amount,
        "months": _months(read, _MONTHS_MOST),
    }


def _trial_extension(read: Fields, currency: str) -> dict[str, object]:
    return {"days": read.whole("days", least=1, most=90)}


def _meeting(read: Fields, currency: str) -> dict[str, object]:
    found: dict[str, object] = {
        "link": _link(read),
        "minutes": read.whole("minutes", 30, least=5, most=480),
        "within_days": read.whole("within_days", 14, least=1, most=_DAYS_MOST),
    }
    return found


def _with_calendar(read: Fields, currency: str) -> dict[str, object]:
    return {**_meeting(read, currency), "calendar": _link(read, "calendar")}


def _partner(read: Fields, currency: str) -> dict[str, object]:
    return {
        "partner": read.text("partner"),
        "link": _link(read),
        "within_days": read.whole("within_days", 14, least=1, most=_DAYS_MOST),
    }


def _free_months(read: Fields, currency: str) -> dict[str, object]:
    return {"months": _months(read, _PAUSE_MONTHS_MOST)}


def _refund(read: Fields, currency: str) -> dict[str, object]:
    percent = read.number("percent", None)
    amount = money_of(read, "amount_minor", currency)
    if (percent is None) == (not amount):
        raise read.refuse("percent", "write either percent (of the last bill) or amount_minor")
    if percent is not None and not 0 < percent <= 100:
        raise read.refuse("percent", f"{percent:g} is no share; write a number up to 100")
    return {
        "percent": percent,
        "amount_minor": amount,
        "within_days": read.whole("within_days", 30, least=1, most=_DAYS_MOST),
    }


def _custom(read: Fields, currency: str) -> dict[str, object]:
    return {
        "link": _link(read),
        "within_days": read.whole("within_days", 14, least=1, most=_DAYS_MOST),
        "has_task": read.flag("has_task", True),
    }


_READ: dict[str, Callable[[Fields, str], dict[str, object]]] = {
    kinds.CHEAPER_PLAN: _cheaper_plan,
    kinds.PAUSE: _rest,
    kinds.DISCOUNT: _discount,
    kinds.TRIAL_EXTENSION: _trial_extension,
    kinds.TRAINING: _meeting,
    kinds.ADVICE: _with_calendar,
    kinds.PARTNER: _partner,
    kinds.DORMANT: _rest,
    kinds.FREE_MONTHS: _free_months,
    kinds.HUMAN: _with_calendar,
    kinds.REFUND: _refund,
    kinds.CUSTOM: _custom,
}
