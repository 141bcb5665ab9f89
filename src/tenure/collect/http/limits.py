"""How much the tracking API takes at once, and what it keeps of who sent it."""

import tomllib
from dataclasses import dataclass, fields

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.collect.arrival_facts import EVENT_BYTES

_NOT_LIMITS = {"prefixes"}  # read by `http/prefixes.py`


@dataclass(frozen=True, slots=True)
class Limits:
    """Set in the table `[tracking]` of `tenure.toml`; the defaults take what every SDK sends.

    Segment's SDKs send up to 500 KB, RudderStack's 4 MB, PostHog's Python SDK 5.9 MB at once.
    """

    body_bytes: int = 6 * 1024 * 1024  # as sent, and again after decompression
    event_bytes: int = EVENT_BYTES  # larger ones in a batch are kept as rejected rows
    events_per_batch: int = 2_500
    requests_per_second: float = 5_000.0  # of one write key, in the long run
    burst_requests: int = 20_000  # of one write key, at once
    # "client": addresses of browsers and apps, and where `context.direct` asks for it; "none"
    keep_ip: str = "client"
    # How many reverse proxies stand before this process and add to X-Forwarded-For.
    proxies: int = 0


def load_limits(home: Home) -> Limits:
    """The operator's limits over the defaults.

    Raises BadDefinition when `tenure.toml` cannot be read, or names a limit that does not exist or
    is no positive number.
    """
    table = tracking_table(home)
    known = {field.name: field.default for field in fields(Limits)}
    table = {name: value for name, value in table.items() if name not in _NOT_LIMITS}
    for name, value in table.items():
        if name not in known:
            names = ", ".join(known)
            raise BadDefinition(f"tenure.toml: tracking.{name}: no such limit; use one of {names}")
        _check(name, value, known[name])
    return Limits(**table)


def tracking_table(home: Home) -> dict[str, object]:
    """What stands in `[tracking]` of `tenure.toml`; nothing where there is no such file.

    Raises BadDefinition when it cannot be read, or is no table.
    """
    try:
        table = tomllib.loads(home.settings_file.read_text("utf-8")).get("tracking", {})
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadDefinition(f"tenure.toml: {error}") from None
    if not isinstance(table, dict):
        raise BadDefinition("tenure.toml: tracking: write it as a table, [tracking]")
    return table


def _check(name: str, value: object, default: object) -> None:
    if name == "keep_ip":
        is_right, wanted = value in ("client", "none"), '"client" or "none"'
    else:
        least = 0 if name == "proxies" else 1
        wanted = f"a number from {least}"
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        is_right = is_number and value >= least
        if isinstance(default, int):
            is_right, wanted = is_right and isinstance(value, int), f"a whole number from {least}"
    if not is_right:
        raise BadDefinition(f"tenure.toml: tracking.{name} = {value!r}: write {wanted}")
