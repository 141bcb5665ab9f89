"""What a number, a date or an interval in a condition stands for, and how large it may be."""

import re
from datetime import date

from django.utils.translation import gettext as _
from sqlglot import exp

from tenure.segments.bad_condition import BadCondition
from tenure.segments.place import Place
from tenure.segments.tree import DATE, NUMBER, Node

DAYS_MOST = 3650  # that did() looks back
YEARS = (1900, 2999)
_REACH = {"day": 36500, "week": 5200, "month": 1200, "year": 100}
_NUMBER = re.compile(r"(\d{1,18})(\.\d{1,18})?(?:[eE]([+-]?\d{1,2}))?$|\.\d{1,18}$")
_INTERVAL = re.compile(r"(\d{1,6})(?:\s+([a-z]+))?$")


def number(text: str, place: Place) -> Node:
    """A whole number of at most 18 digits, or a fraction. Raises BadCondition for others."""
    match = _NUMBER.match(text)
    if match is None:
        raise BadCondition(
            _("%(number)s cannot be read; write a plain number of at most 18 digits")
            % {"number": text},
            place.position,
        )  # fmt: skip
    is_whole = match[1] is not None and match[2] is None and match[3] is None
    value = int(text) if is_whole else float(text)
    return Node("literal", NUMBER, value=value, span=place.span)


def date_of(text: str, place: Place) -> Node:
    """The day of `date '2026-01-31'`. Raises BadCondition for what is no day."""
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is not None and not YEARS[0] <= day.year <= YEARS[1]:
        raise BadCondition(
            _("this is more than a hundred years away; take less"), place.position
        )  # fmt: skip
    if day is None:
        raise BadCondition(
            _("%(text)s is no day; write it as date '2026-01-31'") % {"text": f"'{text}'"},
            place.position,
        )
    return Node("literal", DATE, value=day, span=place.span)


def interval(found: exp.Interval, place: Place) -> tuple[int, str]:
    """Count and unit of `interval 30 day` and `interval '30 days'`."""
    amount, unit = found.this, found.args.get("unit")
    words = str(amount.this).lower() if isinstance(amount, exp.Literal) else ""
    match = _INTERVAL.match(words.strip())
    if match and (isinstance(unit, exp.Var) or match[2]):
        name = (match[2] or str(unit.this).lower()).removesuffix("s")
        is_plain = match[2] is None or unit is None
        if name in _REACH and is_plain:
            return int(match[1]), name
    raise BadCondition(
        _("this interval cannot be read; write days, weeks, months or years: interval '30 days'"),
        place.position,
    )  # fmt: skip


def check_reach(count: int, unit: str, place: Place) -> None:
    """Raises BadCondition when that is more than a century away."""
    if not -_REACH[unit] <= count <= _REACH[unit]:
        raise BadCondition(
            _("this is more than a hundred years away; take less"), place.position
        )  # fmt: skip
