"""Columns of the cards in words: what each is called, which group it is of, its value and unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.card.product_parts import Product
from tenure.console import format as written
from tenure.kit.wide_relation import Column
from tenure.segments.built_in import STAGES

GROUPS: dict[str, Promise] = {
    "card_stage": gettext_lazy("Stage"),
    "card_standing": gettext_lazy("What it pays"),
    "card_price": gettext_lazy("Price and seats"),
    "card_terms": gettext_lazy("Terms"),
    "card_payments": gettext_lazy("Payments"),
    "card_use": gettext_lazy("Use"),
    "card_people": gettext_lazy("People"),
    "card_roles": gettext_lazy("Roles"),
    "card_champion": gettext_lazy("Champion"),
    "card_breadth": gettext_lazy("Breadth"),
    "card_depth": gettext_lazy("Depth"),
    "card_trend": gettext_lazy("Trend"),
    "card_limits": gettext_lazy("Limits"),
    "card_first_value": gettext_lazy("First value"),
    "card_outcome": gettext_lazy("Required outcome"),
    "card_tickets": gettext_lazy("Tickets and talks"),
    "card_intent": gettext_lazy("Signs of leaving"),
    "card_traits": gettext_lazy("Traits"),
    "card_quality": gettext_lazy("Data"),
    "card_person_who": gettext_lazy("Who"),
    "card_person_use": gettext_lazy("Use"),
    "card_person_rhythm": gettext_lazy("Rhythm"),
    "card_person_care": gettext_lazy("Care"),
}
STAGE_BECAUSE: dict[str, Promise] = {
    "notice": gettext_lazy("notice was given"),
    "left": gettext_lazy("it holds nothing any more"),
    "trial_ended": gettext_lazy("the trial ended without a purchase"),
    "paused": gettext_lazy("it has paused"),
    "began": gettext_lazy("it began lately"),
    "unmeasured": gettext_lazy("its use is not measured"),
    "never_seen": gettext_lazy("nobody was ever there"),
    "silent": gettext_lazy("silent for longer than it ever is"),
    "quiet": gettext_lazy("quieter than usual"),
    "less_use": gettext_lazy("used less than before"),
    "in_use": gettext_lazy("it is used as before"),
}
TRENDS: dict[str, Promise] = {
    "rising": gettext_lazy("rising"),
    "steady": gettext_lazy("steady"),
    "falling": gettext_lazy("falling"),
}
ROLES: dict[str, Promise] = {
    "account": gettext_lazy("the account"),
    "buyer": gettext_lazy("buyer"),
    "implementer": gettext_lazy("implementer"),
    "user": gettext_lazy("user"),
    "executive": gettext_lazy("executive"),
}
UNITS: dict[str, Promise] = {
    "seats": gettext_lazy("seats"),
    "people": gettext_lazy("people"),
    "ids": gettext_lazy("ids"),
    "events": gettext_lazy("events"),
    "days": gettext_lazy("days"),
    "hours": gettext_lazy("hours"),
    "features": gettext_lazy("features"),
    "customers": gettext_lazy("customers"),
    "tickets": gettext_lazy("tickets"),
    "attempts": gettext_lazy("attempts"),
    "visits": gettext_lazy("visits"),
    "statements": gettext_lazy("statements"),
    "flags": gettext_lazy("flags"),
    "accounts": gettext_lazy("accounts"),
    "per 100 of MRR": gettext_lazy("per 100 of MRR"),
    "ratio": gettext_lazy("times"),
    "standard deviations": gettext_lazy("standard deviations"),
}
_WINDOW = re.compile(r" (\d+) days( mean)?$")
_ENDINGS = ("_minor", "_on", "_at")
_OUTCOMES = {"required_outcome", *(f"outcome_{role}" for role in ROLES)}
_FEATURES = {"paid_features_unused"}


@dataclass(frozen=True, slots=True)
class Words:
    """What it takes to say values: the money they are in, and what the product calls things."""

    currency: str
    product: Product

    def value(self, name: str, column: Column, value: object) -> str:
        """A value as people write it; a dash where it is missing, which is not 0."""
        if value is None or value == "":
            return written.MISSING
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, datetime):
            return written.instant(value, settings.TENURE_HOME.company.time_zone)
        if isinstance(value, date):
            return written.day(value)
        if isinstance(value, int | float):
            return self._number(column, value)
        if isinstance(value, list | tuple):
            said = [self._text(name, str(each)) for each in value]
            return written.listed(said) if said else _("none")
        return self._text(name, str(value))

    def _number(self, column: Column, value: float) -> str:
        if column.unit.startswith("minor units"):
            return written.money(int(value), self.currency, whole=False)
        if column.unit == "share":
            return written.share(value)
        if isinstance(value, int) or value == int(value):
            return written.number(int(value))
        return written.number(value, 1 if abs(value) >= 10 else 2)

    def _text(self, name: str, value: str) -> str:
        if name in _OUTCOMES:
            meant = self.product.outcome_called(value)
            return meant.title if meant else value
        if name in _FEATURES:
            return self.feature(value)
        if name == "limit_name":
            return self.limit(value)
        if name == "next_step":
            return self.step(value)
        known: Mapping[str, Any] = {
            "stage": {key: words[0] for key, words in STAGES.items()},
            "stage_because": STAGE_BECAUSE,
            "trend": TRENDS,
            "champion_role": ROLES,
            "role": ROLES,
            "roles_present": ROLES,
            "roles_missing": ROLES,
            "required_outcome_of": ROLES,
        }.get(name, {})
        return str(known.get(value, value))

    def feature(self, name: str) -> str:
        """What the product file calls a feature."""
        return next((f.title for f in self.product.features if f.name == name), name)

    def limit(self, name: str) -> str:
        """What it calls a limit; seats need no declaration."""
        if name == "seats":
            return _("seats")
        return next((one.title for one in self.product.limits if one.name == name), name)

    def step(self, name: str) -> str:
        """What it calls a step to first value."""
        return next((one.title for one in self.product.first_value.steps if one.name == name), name)


def label(name: str) -> str:
    """What to call a column where nothing else does: its name, without the unit."""
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    words = _WINDOW.sub(r", \1 days\2", name.replace("_", " ")).replace("mrr", "MRR")
    return words[:1].upper() + words[1:]


def unit_words(column: Column) -> str:
    """The unit behind a number; none where the value says it."""
    return str(UNITS.get(column.unit, ""))


def topic_of(column: Column, columns: Mapping[str, Column]) -> str:
    """The SQL file that a column is made by; days are counted from one of another."""
    return column.sql or columns[column.since or column.until].sql
