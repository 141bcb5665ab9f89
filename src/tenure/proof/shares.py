"""A share of a few, with its interval; and the difference of two. Of one look at a fixed number.

Wilson's score interval, and Newcombe's difference of two (method 10). Sources: Newcombe 1998,
Statistics in Medicine 17, 857–872 and 873–890. For what is looked at again and again: `lift.py`.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from tenure.base.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Share:
    """`value`, `low` and `high` are None of nobody."""

    part: int
    of: int
    value: float | None
    low: float | None
    high: float | None


def share_of(part: int, of: int, level: float = 0.95) -> Share:
    """`part` of `of`, with Wilson's interval. Raises InvalidInput unless 0 ≤ part ≤ of."""
    if not 0 <= part <= of:
        raise InvalidInput(f"part: {part} of {of} is no share; give 0 to {of}", field="part")
    if of == 0:
        return Share(0, 0, None, None, None)
    z = NormalDist().inv_cdf((1 + level) / 2)
    p, zz = part / of, z * z
    middle = (part + zz / 2) / (of + zz)
    half = z * math.sqrt(p * (1 - p) * of + zz / 4) / (of + zz)
    low = 0.0 if part == 0 else middle - half
    high = 1.0 if part == of else middle + half
    return Share(part, of, p, low, high)


def difference_of_shares(one: Share, other: Share) -> tuple[float, float, float] | None:
    """one − other, low, high; None where one of them is of nobody."""
    if one.value is None or one.low is None or one.high is None:
        return None
    if other.value is None or other.low is None or other.high is None:
        return None
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    high = value + math.hypot(one.high - one.value, other.value - other.low)
    return value, low, high
