"""Who works with the product in each account, in which role, from when until when."""

import numpy as np

from tenure.demo.catalogue import ROLES
from tenure.demo.companies import LANGUAGE_TAGS, Companies
from tenure.demo.journal import PRODUCT, Happening, Journal
from tenure.demo.names import mail_address, person_name
from tenure.demo.seasons import iso

SLOTS = 44  # people that one account can ever have
NEVER = np.int64(2**62)
BUYER, IMPLEMENTER, USER, EXECUTIVE = range(len(ROLES))
TITLES = {
    BUYER: ("Managing Partner", "Head of Operations", "Finance Lead"),
    IMPLEMENTER: ("Office Manager", "Operations Manager", "Controller"),
    USER: ("Consultant", "Project Manager", "Designer", "Engineer", "Analyst"),
    EXECUTIVE: ("Managing Director", "Partner", "CFO"),
}


class Crowd:
    """The people of a block of accounts, by account and slot; arrays are (n, SLOTS)."""

    def __init__(self, companies: Companies, rng: np.random.Generator) -> None:
        n = len(companies)
        self.companies = companies
        self.joined_at = np.full((n, SLOTS), NEVER)
        self.left_at = np.full((n, SLOTS), NEVER)
        self.role = rng.choice([USER, USER, USER, USER, EXECUTIVE, BUYER], (n, SLOTS))
        self.diligence = np.clip(rng.beta(4, 2, (n, SLOTS)), 0.05, 1)
        self.taken = np.zeros(n, dtype=np.int64)  # slots used so far
        self.champion = np.full(n, -1, dtype=np.int64)
        self.busy_until = np.zeros(n, dtype=np.int64)  # something with a person is under way
        self.champion_returns_at = np.full(n, NEVER)
        # The first two are who buys and who sets up; in a third of accounts one person does both.
        self.role[:, 0] = np.where(rng.random(n) < 0.35, IMPLEMENTER, BUYER)
        self.role[:, 1] = IMPLEMENTER
        self.diligence[:, :2] = np.clip(self.diligence[:, :2] + 0.15, 0, 1)

    def members(self, at: int) -> np.ndarray:
        """Who belongs to an account at an instant, (n, SLOTS) bool."""
        return (self.joined_at <= at) & (self.left_at > at)

    def speaker(self, account: int, at: int) -> int:
        """Who acts for the account: its champion, else the first member, else nobody (-1)."""
        champion = int(self.champion[account])
        if champion >= 0 and self.joined_at[account, champion] <= at:
            return champion
        here = np.flatnonzero((self.joined_at[account] <= at) & (self.left_at[account] > at))
        return int(here[0]) if len(here) else -1

    def join(self, journal: Journal, account: int, at: int) -> int:
        """Take a free slot from `at` on, and note it; the slot, or -1 when there is none left."""
        slot = int(self.taken[account])
        if slot >= SLOTS:
            return -1
        self.taken[account] += 1
        self.joined_at[account, slot] = at
        traits = self.traits(account, slot)
        journal.happenings.append(Happening(PRODUCT, "identify", None, account, slot, at, traits))
        journal.track("Account Added User", account, slot, at + 1, role=traits["role"])
        return slot

    def traits(self, account: int, slot: int) -> dict[str, object]:
        """What the product's `identify` call says of a person."""
        companies = self.companies
        role = int(self.role[account, slot])
        number = int(companies.numbers[account])
        country = companies.country_code(account)
        language = companies.language(account)
        name = person_name(number * 13 + slot * 3, language)
        _, domain = companies.name_and_domain(account)
        return {
            "name": name,
            "email": mail_address(name, slot, domain),
            "title": TITLES[role][(number + slot) % len(TITLES[role])],
            "role": ROLES[role],
            "createdAt": iso(int(self.joined_at[account, slot])),
            "locale": LANGUAGE_TAGS.get(country, f"{language}-{country}"),
        }
