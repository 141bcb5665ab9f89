"""What each kind of change takes, and what of it is worked out when it is asked for.

| kind | values (days as `2027-01-31`) |
|---|---|
| `pause` | `until_on`, or `months` or `days` from today; neither: until it is resumed |
| `resume`, `cancel_now`, `uncancel` | none |
| `discount` | `percent_off`, or `amount_off_minor` and `currency`; `until_on`, `months` |
| `plan_change` | `plan`; `billing_interval`, `quantity`; `effective` (`now`, `period_end`) |
| `trial_extension` | `until_on`, or `days` from today |
| `free_months` | `months`; `until_on` where they begin later than today |
| `refund` | `amount_minor`, `currency` |
| `cancel_at_period_end` | `ends_on` where it is known |

`months` and `days` become `until_on`, so that what was promised is a day that can be read back.
A discount without them is for good. `starts_on` is the day from which it holds, such as the next
renewal; absent: now. Whatever else an offer says beside these goes along as it is.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, get_args

from tenure.base.errors import InvalidInput
from tenure.billing.system import Kind

KINDS: tuple[str, ...] = get_args(Kind)
CANCELS = frozenset({"cancel_at_period_end", "cancel_now"})
INTERVALS = ("day", "week", "month", "quarter", "year")
EFFECTIVE = ("now", "period_end")
SHOWN_VALUES = (
    "plan", "billing_interval", "quantity", "effective", "percent_off", "amount_off_minor",
    "amount_minor", "currency", "months", "days", "starts_on", "until_on", "ends_on",
)  # fmt: skip
# At least one of each.
_NEEDED = {
    "discount": ("percent_off", "amount_off_minor"),
    "plan_change": ("plan",),
    "trial_extension": ("until_on", "days"),
    "free_months": ("months",),
    "refund": ("amount_minor",),
}
_LASTING = frozenset({"pause", "discount", "trial_extension", "free_months"})
_MOST = {
    "months": 120,
    "days": 3660,
    "quantity": 10**9,
    "amount_off_minor": 10**12,
    "amount_minor": 10**12,
}


def checked_values(kind: str, given: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The values of a change as they are stored and sent: JSON, with `until_on` worked out.

    `today` is the company's day. Raises InvalidInput that names the value and what to do.
    """
    if kind not in KINDS:
        raise InvalidInput(
            f"kind: there is no change {kind!r}; use {', '.join(KINDS)}", field="kind"
        )
    values = {name: _plain(value) for name, value in given.items() if value is not None}
    needed = _NEEDED.get(kind, ())
    if needed and not any(name in values for name in needed):
        raise _wrong(kind, needed[0], "this is missing; name " + " or ".join(needed))
    for name, most in _MOST.items():
        value = values.get(name, 1)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
            raise _wrong(
                kind, name, f"{value!r} is out of range; write a whole number up to {most}"
            )
    _check_share(kind, values)
    _check_words(kind, values)
    for name in ("until_on", "ends_on", "starts_on"):
        if name in values:
            _day(kind, name, values[name])
    if kind in _LASTING and "until_on" not in values and values.keys() & {"months", "days"}:
        until_on = later(today, int(values.get("months", 0)), int(values.get("days", 0)))
        values["until_on"] = until_on.isoformat()
    return values


def later(day: date, months: int, days: int = 0) -> date:
    """So many months, then days later; the last of the month where it is shorter."""
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1])) + timedelta(days=days)


def day_of(value: Any) -> date | None:
    """A day of a change's values; None where it has none."""
    return date.fromisoformat(value) if value else None


def _check_share(kind: str, values: dict[str, Any]) -> None:
    share = values.get("percent_off", 1)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 100:
        raise _wrong(
            kind, "percent_off", f"{share!r} is no share; write a number above 0, up to 100"
        )
    if kind == "discount" and values.keys() >= {"percent_off", "amount_off_minor"}:
        raise _wrong(kind, "percent_off", "amount_off_minor stands beside it; name one of them")
    if values.keys() & {"amount_off_minor", "amount_minor"} and not values.get("currency"):
        raise _wrong(kind, "currency", "this is missing; write one such as EUR")


def _check_words(kind: str, values: dict[str, Any]) -> None:
    for name, known in (("billing_interval", INTERVALS), ("effective", EFFECTIVE)):
        if name in values and values[name] not in known:
            raise _wrong(kind, name, f"{values[name]!r} is none; use {', '.join(known)}")
    if "plan" in values and (not isinstance(values["plan"], str) or not values["plan"].strip()):
        raise _wrong(kind, "plan", f"{values['plan']!r} is no plan; write its name")


def _day(kind: str, name: str, value: Any) -> None:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong(kind, name, f"{value!r} is no day; write it as 2027-01-31") from None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _wrong(kind: str, name: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{kind}: {name}: {problem}", field=f"values.{name}")
