"""Who the accounts are: what everybody can see of them, and what only the simulation knows."""

from dataclasses import dataclass

import numpy as np

from tenure.demo.catalogue import FEATURES, OUTCOMES
from tenure.demo.names import company_name
from tenure.demo.seasons import INDUSTRIES, SEASONAL, ZONES, Calendar, iso

# country: (share, currency, language, time zones)
COUNTRIES = {
    "DE": (0.25, "EUR", "de", ("Europe/Berlin",)),
    "AT": (0.05, "EUR", "de", ("Europe/Vienna",)),
    "CH": (0.04, "EUR", "de", ("Europe/Zurich",)),
    "FR": (0.09, "EUR", "fr", ("Europe/Paris",)),
    "NL": (0.08, "EUR", "nl", ("Europe/Amsterdam",)),
    "GB": (0.11, "EUR", "en", ("Europe/London",)),
    "ES": (0.06, "EUR", "es", ("Europe/Madrid",)),
    "US": (0.20, "USD", "en", ("America/New_York", "America/Chicago", "America/Los_Angeles")),
    "CA": (0.04, "USD", "en", ("America/Toronto",)),
    "SG": (0.03, "USD", "en", ("Asia/Singapore",)),
    "TW": (0.03, "USD", "zh", ("Asia/Taipei",)),
    "CN": (0.02, "USD", "zh", ("Asia/Shanghai",)),
}
LANGUAGE_TAGS = {"TW": "zh-Hant", "CN": "zh-Hans"}
# channel: (share, kind, shift of fit). Who was told by a friend fits; who clicked an ad may not.
CHANNELS = {
    "organic search": (0.22, "online", 0.00),
    "paid search": (0.19, "online", -0.10),
    "content": (0.10, "online", 0.02),
    "review site": (0.08, "online", 0.04),
    "partner": (0.08, "online", 0.05),
    "word of mouth": (0.14, "offline", 0.09),
    "trade fair": (0.08, "offline", -0.04),
    "sales call": (0.08, "offline", -0.03),
    "print": (0.03, "offline", -0.02),
}
COUNTRY_CODES, CHANNEL_NAMES, OUTCOME_NAMES = tuple(COUNTRIES), tuple(CHANNELS), tuple(OUTCOMES)
_SIGNUP_MONTHS = np.array([1.1, 1.1, 1.1, 1.0, 0.95, 0.95, 0.8, 0.65, 1.15, 1.15, 1.1, 0.6])


@dataclass(frozen=True)
class Companies:
    """Accounts of one block; every array is (n,) unless said otherwise."""

    numbers: np.ndarray  # over the whole company, from 0
    country: np.ndarray  # index into COUNTRY_CODES
    zone: np.ndarray  # index into seasons.ZONES
    industry: np.ndarray  # index into INDUSTRIES
    channel: np.ndarray  # index into CHANNEL_NAMES
    employees: np.ndarray
    size_target: np.ndarray  # people who would use it if all went well
    signup_at: np.ndarray
    starts_free: np.ndarray  # on the free plan instead of a trial
    discount_percent: np.ndarray
    discount_months: np.ndarray  # 0 is for ever
    # What only the simulation knows.
    fit: np.ndarray  # 0..1, how well the product suits what the account does
    outcome: np.ndarray  # index into OUTCOME_NAMES
    needed: np.ndarray  # (n, features) bool
    skill: np.ndarray  # of whoever sets it up
    worth_minor: np.ndarray  # what one active person is worth to the account in a month
    seasonality: np.ndarray  # 0 or 1
    is_asleep: np.ndarray  # pays without looking
    pays_by_card: np.ndarray

    def __len__(self) -> int:
        return len(self.numbers)

    def key(self, index: int) -> str:
        return f"fh-{self.numbers[index] + 1:05d}"

    def country_code(self, index: int) -> str:
        return COUNTRY_CODES[self.country[index]]

    def currency(self, index: int) -> str:
        return COUNTRIES[self.country_code(index)][1]

    def language(self, index: int) -> str:
        return COUNTRIES[self.country_code(index)][2]

    def name_and_domain(self, index: int) -> tuple[str, str]:
        return company_name(
            int(self.numbers[index]), self.country_code(index), INDUSTRIES[self.industry[index]]
        )

    def traits(self, index: int) -> dict[str, object]:
        """What the product's `group` call says of the account."""
        name, domain = self.name_and_domain(index)
        channel = CHANNEL_NAMES[self.channel[index]]
        return {
            "name": name,
            "domain": domain,
            "website": f"https://{domain}",
            "country": self.country_code(index),
            "industry": INDUSTRIES[self.industry[index]],
            "employees": int(self.employees[index]),
            "acquisition_channel": channel,
            "acquisition_kind": CHANNELS[channel][1],
            "time_zone": ZONES[self.zone[index]],
            "createdAt": iso(int(self.signup_at[index])),
        }


def draw_companies(
    calendar: Calendar, numbers: np.ndarray, signup_days: np.ndarray, rng: np.random.Generator
) -> Companies:
    """The accounts with these numbers, which sign up on these days."""
    n = len(numbers)
    country = _choose(rng, [share for share, *_ in COUNTRIES.values()], n)
    channel = _choose(rng, [share for share, *_ in CHANNELS.values()], n)
    industry = rng.integers(0, len(INDUSTRIES), n)
    employees = np.clip(np.exp(rng.normal(3.2, 1.0, n)), 2, 900).astype(int)
    zone = np.array([_zone(code, pick) for code, pick in zip(country, rng.random(n), strict=True)])
    shift = np.array([shift for _, _, shift in CHANNELS.values()])[channel]
    outcome = rng.integers(0, len(OUTCOME_NAMES), n)
    needed = np.zeros((n, len(FEATURES)), dtype=bool)
    for row, features in enumerate(OUTCOMES.values()):
        needed[np.ix_(outcome == row, features)] = True
    has_discount = rng.random(n) < 0.22
    return Companies(
        numbers=numbers,
        country=country,
        zone=zone,
        industry=industry,
        channel=channel,
        employees=employees,
        size_target=np.clip(employees * rng.uniform(0.12, 0.5, n), 2, 34),
        signup_at=calendar.instant(signup_days, rng.integers(8 * 3600, 19 * 3600, n), zone),
        starts_free=rng.random(n) < 0.2,
        discount_percent=np.where(has_discount, rng.choice([10, 15, 20, 30], n), 0),
        discount_months=np.where(has_discount, rng.choice([0, 3, 6, 12], n), 0),
        fit=np.clip(rng.beta(5.2, 1.9, n) + shift, 0.08, 1.0),
        outcome=outcome,
        needed=needed,
        skill=np.clip(rng.beta(4.0, 2.0, n), 0.1, 1.0),
        worth_minor=np.exp(rng.normal(8.75, 0.40, n)),
        seasonality=np.isin(industry, [INDUSTRIES.index(name) for name in SEASONAL]).astype(float),
        is_asleep=rng.random(n) < 0.12,
        pays_by_card=rng.random(n) < 0.78,
    )


def draw_signup_days(calendar: Calendar, accounts: int, rng: np.random.Generator) -> np.ndarray:
    """The day each account signs up on: a rush after the opening, then steady growth, (accounts,).

    A third come over from the beta in the first four months; the rest follow seasons and weekdays.
    """
    day = np.arange(calendar.days)
    weekday = (calendar.starts_on.weekday() + day) % 7
    month = np.array([calendar.month_no(int(d) // 7) for d in day])
    weights = (1 + 0.5 * day / calendar.days) * _SIGNUP_MONTHS[month]
    early = day < min(120, max(30, calendar.days // 3))
    weights /= weights.sum()
    rush = early / early.sum()
    weights = (0.68 * weights + 0.32 * rush) * np.where(weekday < 5, 1.0, 0.2)
    days = rng.choice(calendar.days, accounts, p=weights / weights.sum())
    return np.sort(days)


def _choose(rng: np.random.Generator, shares: list[float], count: int) -> np.ndarray:
    cumulative = np.cumsum(shares)
    return np.searchsorted(cumulative / cumulative[-1], rng.random(count), side="right")


def _zone(country: int, pick: float) -> int:
    zones = COUNTRIES[COUNTRY_CODES[country]][3]
    return ZONES.index(zones[int(pick * len(zones))])
