"""The address and the browser of who sent an event, where we may know them.

An address is kept for what a person's own device sent (a browser or an app), or where
`context.direct` asks for it. A server's address says nothing of a person and is not kept.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

# Libraries that run on the person's own device, in the names that they give themselves.
_DEVICE_LIBRARY = re.compile(
    r"^(analytics\.js|.*(javascript sdk|react[-_. ]?native|ios|swift|android|kotlin|flutter|unity"
    r"|web)\b.*|posthog-js)$",
    re.IGNORECASE,
)


def completed_context(context: dict, meta: Mapping[str, str], warnings: list[str]) -> dict:
    """The context with `ip` and `userAgent` filled in or left out, and what had to be guessed.

    `meta` is the arrival's: `ip` and `user_agent` of the request, `client_side` when it came from
    a browser, `drop_ip` when the operator keeps no addresses at all.
    """
    added: dict[str, object] = {}
    if warnings:
        added["warnings"] = warnings
    if "drop_ip" in meta:
        if "ip" in context:
            context = {name: value for name, value in context.items() if name != "ip"}
    elif "ip" in meta and not context.get("ip") and _is_direct(context, meta):
        added["ip"] = meta["ip"]
    if "client_side" in meta and "user_agent" in meta and not context.get("userAgent"):
        added["userAgent"] = meta["user_agent"]
    return {**context, **added} if added else context


def _is_direct(context: dict, meta: Mapping[str, str]) -> bool:
    if context.get("direct") is True or "client_side" in meta:
        return True
    library = context.get("library")
    name = library.get("name") if isinstance(library, dict) else None
    return isinstance(name, str) and _is_on_device(name)


@lru_cache(maxsize=1024)
def _is_on_device(library: str) -> bool:
    return len(library) < 200 and _DEVICE_LIBRARY.match(library) is not None
