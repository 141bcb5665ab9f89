"""Which events and pages sound like leaving, and how many of their customers accounts reach."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tenure.card.product_draft_words import comment, counted, means_leaving, toml, words_of

PAGES_MAX = 12
_THEIRS = frozenset(
    ["guest", "guests", "client", "clients", "customer", "customers", "recipient", "recipients",
     "viewer", "viewers", "visitor", "visitors", "participant", "participants", "attendee",
     "attendees", "subscriber", "subscribers", "audience", "reader", "readers", "patient",
     "patients", "student", "students"]
)  # fmt: skip


def intent_lines(
    uses: Iterable[Mapping[str, Any]], pages: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Events and pages whose name or path sounds like leaving, as TOML."""
    lines = []
    for use in uses:
        if means_leaving(use["event"]):
            lines += [
                "[[intent]]",
                comment(
                    f"{counted(use['accounts'], 'account', 'accounts')}, "
                    f"{counted(use['events'], 'time', 'times')}"
                ),
                f"event = {toml(use['event'])}",
                "",
            ]
    views: dict[str, int] = defaultdict(int)
    for page in pages:
        path = page["path"] or ""
        if path and (means_leaving(path) or means_leaving(page["name"] or "")):
            views[path] += page["views"]
    for path, count in sorted(views.items(), key=lambda item: -item[1])[:PAGES_MAX]:
        lines += [
            "[[intent]]",
            comment(f"seen {counted(count, 'time', 'times')}"),
            f"page = {toml(path)}",
            "",
        ]
    return lines


def reach_lines(samples: Iterable[Mapping[str, Any]], events: Sequence[str]) -> list[str]:
    """Numeric properties that seem to count the account's own customers, as TOML."""
    found: dict[tuple[str, str], float] = {}
    for sample in samples:
        if sample["event"] not in events:
            continue
        properties = json.loads(sample["properties"])
        for name, value in properties.items() if isinstance(properties, dict) else ():
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if is_number and _THEIRS & {word.lower() for word in words_of(name)}:
                key = sample["event"], name
                found[key] = max(found.get(key, value), value)
    lines = []
    for (event, name), most in sorted(found.items()):
        lines += [
            "[[reach]]",
            comment(f"up to {most:g} at once, in what was looked at"),
            f"event = {toml(event)}",
            f"property = {toml(name)}",
            "",
        ]
    return lines
