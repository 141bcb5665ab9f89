"""Where each account of a block stands: everything that changes from week to week."""

from enum import IntEnum

import numpy as np

from tenure.demo.catalogue import FEATURES
from tenure.demo.companies import Companies
from tenure.demo.rules import Rules


class Phase(IntEnum):
    WAITING = 0  # has not signed up
    TRIAL = 1
    FREE = 2
    PAYING = 3
    PAUSED = 4
    GONE = 5


# What value is a product of; the order of the columns of `factors`.
COMPONENTS = ("fit", "progress", "reach", "champion", "quality", "service", "need", "rival")


class Standing:
    """Latent and visible state of a block; arrays are (n,) unless said otherwise."""

    def __init__(self, companies: Companies, rules: Rules) -> None:
        n = len(companies)
        self.phase = np.zeros(n, dtype=np.int8)
        self.plan = np.zeros(n, dtype=np.int8)
        self.seats = np.zeros(n, dtype=np.int64)
        self.mrr_minor = np.zeros(n, dtype=np.int64)
        self.is_leaving = np.zeros(n, dtype=bool)
        self.is_annual = np.zeros(n, dtype=bool)
        self.satisfaction = np.full(n, rules.hope_at_signup)
        self.value = np.zeros(n)
        self.adopted = np.zeros((n, len(FEATURES)), dtype=bool)
        self.progress = np.zeros(n)  # share of the needed features in use
        self.had_first_value = np.zeros(n, dtype=bool)
        self.active_people = np.zeros(n)  # smoothed, per week
        self.reach = np.full(n, 0.6)
        self.quality = np.ones(n)
        self.service = np.full(n, 0.92)
        self.need = np.ones(n)
        self.rival_until_week = np.full(n, -1)
        self.projects = np.zeros(n)
        self.smoothed = np.ones((n, len(COMPONENTS)))  # factors, with satisfaction's inertia
        # This week the account is there in [present_from, present_until).
        self.present_from = np.zeros(n, dtype=np.int64)
        self.present_until = np.zeros(n, dtype=np.int64)

    @property
    def is_live(self) -> np.ndarray:
        return (self.phase >= Phase.TRIAL) & (self.phase <= Phase.PAYING)

    def open_week(self, starts_at: int, ends_at: int) -> None:
        """Who is there at the start of a week is there all week, until something says otherwise."""
        self.present_from[:] = starts_at
        self.present_until[:] = np.where(self.is_live, ends_at, starts_at)

    def arrive(self, account: int, at: int, week_ends_at: int) -> None:
        self.present_from[account] = at
        self.present_until[account] = week_ends_at

    def depart(self, account: int, at: int) -> None:
        self.present_until[account] = min(self.present_until[account], at)
