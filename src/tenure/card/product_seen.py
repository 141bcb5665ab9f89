"""Which events and plans the lake has seen, so that a product file can be held against them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tenure.base.home import Home
from tenure.kit.sql_file import load
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import reading


@dataclass(frozen=True, slots=True)
class Seen:
    events: frozenset[str] = frozenset()  # names of track, page and screen events
    plans: frozenset[str] = frozenset()  # of subscriptions, at any time


def seen_in(home: Home) -> Seen:
    """What the last refresh has published; nothing before the first one."""
    manifest = read_manifest(home)
    return _seen(home.root, manifest.number) if manifest else Seen()


@lru_cache(maxsize=4)
def _seen(root: Path, manifest_number: int) -> Seen:
    with reading(Home(root)) as reader:
        rows = reader.rows(load("tenure.card", "names_seen"))
    by_kind: dict[str, set[str]] = {"event": set(), "plan": set()}
    for row in rows:
        by_kind[str(row["kind"])].add(str(row["name"]))
    return Seen(frozenset(by_kind["event"]), frozenset(by_kind["plan"]))
