"""Which version of each table belongs together: what the last finished refresh published."""

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from tenure.base.errors import Unavailable
from tenure.base.home import Home

FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One consistent state of the lake.

    `versions` maps each table (base tables, links, and `derived/<relation>`) to its Delta version.
    `batch` is the last shipping batch in it, 0 before the first. `digests` maps each derived
    relation to the digest of the SQL text and standing parameters that made it; `marks` each stored
    table to the last batch or snapshot in it.
    """

    number: int
    published_at: datetime
    batch: int
    versions: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)


def read_manifest(home: Home) -> Manifest | None:
    """The published manifest, or None before the first refresh. Raises Unavailable if damaged."""
    path = home.lake / FILE
    try:
        raw = json.loads(path.read_text("utf-8"))
        return Manifest(**{**raw, "published_at": datetime.fromisoformat(raw["published_at"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise Unavailable(
            f"{path} is damaged ({error}); delete it and run `tenure refresh`, "
            "which computes every derived table again"
        ) from None


def publish(home: Home, manifest: Manifest) -> None:
    """Put `manifest` in the place of the last one: on disk when it returns, whole or not at all."""
    path = home.lake / FILE
    draft = path.with_suffix(".new")
    shape = {**asdict(manifest), "published_at": manifest.published_at.isoformat()}
    with draft.open("w", encoding="utf-8") as file:
        json.dump(shape, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: a rename is on disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
