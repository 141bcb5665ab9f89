"""Which clock somebody lives by, as far as what is known of them tells."""

from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytz

_ZONE_TRAITS = ("timezone", "time_zone", "timeZone", "tz")
_ONE_CLOCK = {"CN": "Asia/Shanghai"}  # by law, though some of it is used to another
_COUNTRY_TRAITS = ("country_code", "countryCode", "country")


def zone_of(*known: Mapping[str, object] | None) -> ZoneInfo | None:
    """The zone that traits name, those of the first who has one; a country's where it has one
    clock alone. None: nobody knows."""
    for traits in known:
        for name in _ZONE_TRAITS:
            if (said := (traits or {}).get(name)) and (zone := _zone(str(said))):
                return zone
    for traits in known:
        for name in _COUNTRY_TRAITS:
            if (said := (traits or {}).get(name)) and (zone := _of_country(str(said))):
                return zone
    return None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name.strip())
    except (ValueError, OSError, KeyError):  # no such zone, and names that are no file's
        return None


@lru_cache(maxsize=512)
def _of_country(said: str) -> ZoneInfo | None:
    code = said.strip().upper()
    if code in _ONE_CLOCK:
        return ZoneInfo(_ONE_CLOCK[code])
    zones = pytz.country_timezones.get(code, []) if len(code) == 2 else []
    return ZoneInfo(zones[0]) if len(zones) == 1 else None
