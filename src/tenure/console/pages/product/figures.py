"""The page's figures, read once per published state and text, and kept."""

from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

from tenure.card.product import KIND, product
from tenure.card.product_draft import draft_product
from tenure.card.product_standing import Standing, product_standing
from tenure.definitions.store import current
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import company_day, reading


def standing(now: datetime) -> Standing | None:
    """How the product in force stands; None before anything was published."""
    manifest = read_manifest(settings.TENURE_HOME)
    if manifest is None:
        return None
    held = current(KIND)
    root, digest = str(settings.TENURE_HOME.root), held.digest if held else ""
    return _standing(root, manifest.number, digest, company_day(settings.TENURE_HOME, now))


def draft(now: datetime) -> str:
    """A first product file from what was published last."""
    manifest = read_manifest(settings.TENURE_HOME)
    root = str(settings.TENURE_HOME.root)
    return _draft(root, manifest.number if manifest else 0, company_day(settings.TENURE_HOME, now))


# Each is kept under what it depends on: whose data, which state of it, which text, which day.
@lru_cache(maxsize=8)
def _standing(root: str, number: int, digest: str, today: date) -> Standing:
    with reading(settings.TENURE_HOME, threads=1) as reader:
        return product_standing(reader, product(), today)


@lru_cache(maxsize=2)
def _draft(root: str, number: int, today: date) -> str:
    home = settings.TENURE_HOME
    noon = datetime.combine(today, time(12), ZoneInfo(home.company.time_zone))
    with reading(home, threads=1) as reader:
        return draft_product(
            reader, name=home.company.name, now=noon, time_zone=home.company.time_zone
        )
