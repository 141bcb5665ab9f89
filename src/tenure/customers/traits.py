"""What is said of somebody over time, trait by trait: the later word wins, whenever it arrives.

`Traits` is a join: adding the same words again, or in another order, ends in the same value.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_MILLISECONDS_FROM = 10**11  # as seconds that would be the year 5138

_OF_COMPANY = {"name": "name", "industry": "industry", "employee_count": "employees"} | {
    "employees": "employees",
    "plan": "plan",
}
_OF_TRACK = {
    "Account Created": {"account_name": "name"},
    "Trial Started": {
        "trial_start_date": "trial_start_date",
        "trial_end_date": "trial_end_date",
        "trial_plan_name": "trial_plan_name",
    },
    "Signed Up": {
        "first_name": "firstName",
        "last_name": "lastName",
        "email": "email",
        "phone": "phone",
        "username": "username",
        "title": "title",
    },
}
_OF_TRACK["Trial Ended"] = _OF_TRACK["Trial Started"]


@dataclass(slots=True)
class Traits:
    """Values by trait, and when each was said: [occurred, known] in microseconds.

    A trait said to be null has a time and no value.
    """

    values: dict[str, Any] = field(default_factory=dict)
    times: dict[str, list[int]] = field(default_factory=dict)

    def say(self, values: Mapping[str, Any], occurred_at: datetime, known_at: datetime) -> None:
        """Take in what one event said."""
        at = [microseconds(occurred_at), microseconds(known_at)]
        for name, value in values.items():
            self._say(name, value, at)

    def join(self, other: "Traits") -> bool:
        """Take in everything that `other` was told; whether any of it was new."""
        is_new = False
        for name, at in other.times.items():
            is_new |= self._say(name, other.values.get(name), at)
        return is_new

    def _say(self, name: str, value: Any, at: list[int]) -> bool:
        held = self.times.get(name)
        if held is not None and held > at:
            return False
        if held == at and _text(value) <= _text(self.values.get(name)):
            return False
        self.times[name] = at
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value
        return True


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


def traits_said(type_: str, name: str | None, properties: str) -> dict[str, Any]:
    """The traits that one event states of its account (group, `Account Created`, trials, the
    `company` of an identify is `company_said`) or of its person (identify, `Signed Up`).

    What cannot be read as a JSON object states nothing.
    """
    said = _read_object(properties)
    if type_ != "track":
        return said
    names = _OF_TRACK.get(name or "", {})
    return {trait: said[key] for key, trait in names.items() if key in said}


def company_said(properties: str) -> dict[str, Any]:
    """What an identify's reserved trait `company` states of the account."""
    company = _read_object(properties).get("company")
    if not isinstance(company, dict):
        return {}
    return {trait: company[key] for key, trait in _OF_COMPANY.items() if key in company}


def text_of(traits: Mapping[str, Any], *names: str) -> str:
    """The first of these traits that is a text with something in it, trimmed; else ""."""
    for name in names:
        value = traits.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def person_name(traits: Mapping[str, Any]) -> str:
    """`name`, else first and last name, else the user name, else ""."""
    first = text_of(traits, "firstName", "first_name")
    last = text_of(traits, "lastName", "last_name")
    return text_of(traits, "name") or f"{first} {last}".strip() or text_of(traits, "username")


def domain_of(traits: Mapping[str, Any]) -> str:
    """The host of `domain` or `website` without scheme, port and `www.`, in lower case; else ""."""
    text = text_of(traits, "domain", "website").lower()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def created_at(traits: Mapping[str, Any]) -> datetime | None:
    """`createdAt` as an instant: ISO 8601 (UTC when it names no zone), or seconds or milliseconds
    since 1970. None when it is absent, unreadable or outside the years 1970 to 2200.
    """
    value = traits.get("createdAt", traits.get("created_at"))
    try:
        if isinstance(value, str) and not value.strip().isdigit():
            at = datetime.fromisoformat(value.strip())
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        elif isinstance(value, str | int | float) and not isinstance(value, bool):
            seconds = float(value)
            seconds /= 1000 if seconds >= _MILLISECONDS_FROM else 1
            at = EPOCH + timedelta(seconds=seconds)
        else:
            return None
    except (ValueError, OverflowError):
        return None
    return at if _FIRST_YEAR <= at.year < _LAST_YEAR else None


def _read_object(text: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    # PostgreSQL keeps no NUL in JSON; looking into every value is only needed where one may be.
    return _without_nul(value) if "\\u0000" in text or "\x00" in text else value


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(each) for key, each in value.items()}
    return value


def _text(value: Any) -> str:
    """An order of values that no database and no run changes."""
    assert not (isinstance(value, float) and math.isnan(value)), "JSON has no NaN"
    return json.dumps(value, sort_keys=True)
