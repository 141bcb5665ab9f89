"""Which version of each table belongs together: what the last finished refresh published."""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from tenure.base.errors import Unavailable
from tenure.base.home import Home
from tenure.lake.durable import replace_file

FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One consistent state of the lake.

    `versions` maps each table (base tables, links, and `derived/<relation>`) to its Delta version.
    `batch` is the last shipping batch in it, 0 before the first. `digests` maps each derived
    relation to the digest of the SQL text and standing parameters that made it; `marks` each stored
    table to the last batch or snapshot in it. `today` is the company's day that it was made for.
    """

    number: int
    published_at: datetime
    batch: int
    versions: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    today: date | None = None


def read_manifest(home: Home) -> Manifest | None:
    """The published manifest, or None before the first refresh. Raises Unavailable if damaged."""
    path = home.lake / FILE
    try:
        raw = json.loads(path.read_text("utf-8"))
        today = raw.get("today")
        return Manifest(
            **{
                **raw,
                "published_at": datetime.fromisoformat(raw["published_at"]),
                "today": date.fromisoformat(today) if today else None,
            }
        )
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise Unavailable(
            f"{path} is damaged ({error}); delete it and run `tenure refresh`, "
            "which computes every derived table again"
        ) from None


def publish(home: Home, manifest: Manifest) -> None:
    """Put `manifest` in the place of the last one: on disk when it returns, whole or not at all."""
    shape = {
        **asdict(manifest),
        "published_at": manifest.published_at.isoformat(),
        "today": manifest.today.isoformat() if manifest.today else None,
    }
    replace_file(home.lake / FILE, json.dumps(shape, indent=1, sort_keys=True))
