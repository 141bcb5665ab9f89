"""Who looks at the public site: those who will sign up, before they have a name, and passers-by."""

import numpy as np

from tenure.demo.companies import CHANNEL_NAMES, Companies
from tenure.demo.journal import SITE, Happening
from tenure.demo.seasons import DAY_S, Calendar

PAGES = (
    ("Home", "/"),
    ("Pricing", "/pricing"),
    ("Features", "/features/time-tracking"),
    ("Customers", "/customers"),
    ("Blog", "/blog/hourly-rates-that-hold"),
    ("Features", "/features/invoicing"),
    ("Docs", "/docs/import"),
)
MEDIUM = {
    "paid search": "cpc",
    "content": "content",
    "review site": "referral",
    "partner": "referral",
}


def visits_before_signup(
    companies: Companies, calendar: Calendar, rng: np.random.Generator
) -> list[Happening]:
    """Page views of future accounts in the three weeks before they sign up, and as many others'."""
    happenings = []
    for account in range(len(companies)):
        signup_at = int(companies.signup_at[account])
        channel = CHANNEL_NAMES[companies.channel[account]]
        visitor = f"anon-{companies.key(account)}"
        happenings += _visits(visitor, signup_at, channel, calendar, rng)
        if rng.random() < 0.8:
            earliest = min(signup_at, calendar.epoch + 30 * DAY_S)
            passing_at = int(rng.integers(calendar.epoch, max(signup_at, earliest) + 7 * DAY_S))
            passer_by = f"anon-{companies.numbers[account]:05d}-{rng.integers(1000, 9999)}"
            happenings += _visits(passer_by, passing_at, channel, calendar, rng)[-3:]
    return happenings


def _visits(
    visitor: str, before_at: int, channel: str, calendar: Calendar, rng: np.random.Generator
) -> list[Happening]:
    pages = []
    for visit in range(int(rng.integers(1, 4)), 0, -1):
        at = before_at - visit * int(rng.uniform(0.3, 6) * DAY_S) - 900
        campaign = {"medium": MEDIUM[channel], "name": channel} if channel in MEDIUM else {}
        for _ in range(int(rng.integers(1, 5))):
            name, path = PAGES[int(rng.integers(0, len(PAGES)))]
            properties: dict[str, object] = {"path": path, "url": f"https://fernhill.example{path}"}
            if campaign:
                properties["campaign"] = campaign
            pages.append(Happening(SITE, "page", name, -1, -1, at, properties, visitor))
            at += int(rng.integers(8, 180))
    return [page for page in pages if page.at >= calendar.epoch]
