"""Below which paths the tracking API answers besides the root, so that a site can call it its own.

[tracking]
prefixes = ["/t", "/assets/x9"]        # in tenure.toml
"""

import re

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.collect.http.limits import tracking_table

_PREFIX = re.compile(r"(/[A-Za-z0-9_.~-]+)+")


def load_prefixes(home: Home) -> tuple[str, ...]:
    """The operator's prefixes, longest first: the first that fits is meant.

    Raises BadDefinition for what is no path, or ends in a slash.
    """
    value = tracking_table(home).get("prefixes", [])
    if not isinstance(value, list):
        raise BadDefinition(f'tenure.toml: tracking.prefixes = {value!r}: write a list, ["/t"]')
    for each in value:
        if not isinstance(each, str) or not _PREFIX.fullmatch(each) or "/." in each:
            raise BadDefinition(
                f"tenure.toml: tracking.prefixes: {each!r} is no path; "
                "write it as /t: a slash before each name and none at the end"
            )
    return tuple(sorted(set(value), key=len, reverse=True))


def split_prefix(path: str, prefixes: tuple[str, ...]) -> tuple[str, str]:
    """(prefix, the path below it); the prefix is empty where none of them fits."""
    for prefix in prefixes:
        if path.startswith(prefix + "/"):
            return prefix, path[len(prefix) :]
    return "", path
