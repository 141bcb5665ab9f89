"""Which ids mean nobody, so that a thousand strangers never become one person.

Source  the blocked values of Segment Unify and the forbidden ids of PostHog's identify, each with
        its own rule on upper and lower case; the operator adds more in `tenure.toml`:

    [customers]
    junk_ids = ["test", "demo@example.com"]        # compared exactly as they are written
"""

import re
import tomllib
from dataclasses import dataclass

from tenure.base.errors import BadDefinition
from tenure.base.home import Home

LONGEST_ID = 512
ANONYMOUS = "anon:"

_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")
_SEGMENT = re.compile(r"[0-]*")  # all of the id, as `0`, `-` or the all-zero advertising id
_EXACT = frozenset({"-1", "null", "[object Object]", "NaN", "None", "none", "0"})
_IN_ANY_CASE = frozenset(
    {
        "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email",
        "undefined", "true", "false",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class JunkIds:
    """The block list of one installation: the built-in rules and what the operator added."""

    of_operator: frozenset[str] = frozenset()

    def why_blocked(self, raw_id: str) -> str:
        """Why this id means nobody, or "" when it may name somebody.

        One of blank, junk, operator, too_long (over 512 characters), unprintable (a NUL or half of
        a surrogate pair, which no database takes), reserved (`anon:` starts our own names).
        """
        if not raw_id.strip():
            return "blank"
        if len(raw_id) > LONGEST_ID:
            return "too_long"
        if _UNPRINTABLE.search(raw_id):
            return "unprintable"
        if raw_id.startswith(ANONYMOUS):
            return "reserved"
        if raw_id in self.of_operator:
            return "operator"
        if raw_id in _EXACT or raw_id.casefold() in _IN_ANY_CASE or _SEGMENT.fullmatch(raw_id):
            return "junk"
        return ""


def load_junk_ids(home: Home) -> JunkIds:
    """The block list that `tenure.toml` asks for. Raises BadDefinition when it cannot be read."""
    try:
        table = tomllib.loads(home.settings_file.read_text("utf-8")).get("customers", {})
    except FileNotFoundError:
        return JunkIds()
    except tomllib.TOMLDecodeError as error:
        raise BadDefinition(f"tenure.toml: {error}") from None
    if not isinstance(table, dict):
        raise BadDefinition("tenure.toml: customers: write it as a table, `[customers]`")
    for key in table:
        if key != "junk_ids":
            raise BadDefinition(f"tenure.toml: customers.{key}: no such setting; use junk_ids")
    ids = table.get("junk_ids", [])
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise BadDefinition(
            f"tenure.toml: customers.junk_ids: {ids!r} is not a list of texts; "
            'write junk_ids = ["test"]'
        )
    return JunkIds(frozenset(ids))
