"""What a product file says, as data: features, plans, limits, roles, first value, outcomes.

`docs/product.md` says what each field means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

SEATS = "seats"  # a limit that every plan may name without declaring it


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that people use, as the events that show it. `plans` are those that contain it."""

    name: str
    title: str
    events: tuple[str, ...]
    sets_apart_product: bool  # from rivals
    sets_apart_plan: bool  # from the cheaper plan
    plans: tuple[str, ...]  # all that are declared, when the file names none


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sold. `list_price_minor` is per month, and per seat where `per_seat`, by currency;
    `list_price_year_minor` is the same where a whole year is paid at once.
    """

    name: str
    per_seat: bool
    list_price_minor: Mapping[str, int]
    limits: Mapping[str, int]  # by the name of a limit; a plan without it is not limited
    list_price_year_minor: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """How the use of a limit is counted."""

    name: str
    title: str
    counts: str  # events | value (last of a property) | sum (of a property) | people | seats
    event: str  # empty for people and seats
    property: str  # empty but for value and sum
    period: str  # ever | month (of the company's calendar)


@dataclass(frozen=True, slots=True)
class Role:
    """buyer, implementer, user or executive, and the values of the trait `role` that mean it."""

    name: str
    values: tuple[str, ...]  # lower case


@dataclass(frozen=True, slots=True)
class Step:
    """A step to first value. `within_days` counts from the step before; None: any time."""

    name: str
    title: str
    event: str
    within_days: int | None
    next: str


@dataclass(frozen=True, slots=True)
class FirstValue:
    title: str = ""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an account may have bought us for: reached when all events come in so many days.

    `values` are what statements say and mean it by, lower case: its name and title among them.
    """

    name: str
    title: str
    events: tuple[str, ...]
    within_days: int
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of their customers they reach: a property summed, or events counted when empty."""

    event: str
    property: str


@dataclass(frozen=True, slots=True)
class Intent:
    """What means that somebody thinks of leaving: an event, or a page (`*` is anything)."""

    event: str
    page: str


@dataclass(frozen=True, slots=True)
class Product:
    """The whole file. An installation without one has an empty product."""

    name: str = ""
    features: tuple[Feature, ...] = ()
    plans: tuple[Plan, ...] = ()
    limits: tuple[Limit, ...] = ()
    roles: tuple[Role, ...] = ()
    first_value: FirstValue = field(default_factory=FirstValue)
    outcomes: tuple[Outcome, ...] = ()
    reach: tuple[Reach, ...] = ()
    intents: tuple[Intent, ...] = ()
    # Of pages that messages lead to, by name: an address, or a path below the product's own.
    links: Mapping[str, str] = field(default_factory=dict)

    def outcome_called(self, text: str) -> Outcome | None:
        """The outcome that a statement means, in any case; None when it is not declared."""
        wanted = text.strip().lower()
        return next((one for one in self.outcomes if wanted in one.values), None)

    def events(self) -> list[tuple[str, str]]:
        """Every event that the file names, with the place that names it, in the file's order."""
        named = [
            (f"feature[{n}].events", event)
            for n, feature in enumerate(self.features, 1)
            for event in feature.events
        ]
        named += [(f"limit[{n}].event", limit.event) for n, limit in enumerate(self.limits, 1)]
        named += [
            (f"first_value.step[{n}].event", step.event)
            for n, step in enumerate(self.first_value.steps, 1)
        ]
        named += [
            (f"outcome[{n}].events", event)
            for n, outcome in enumerate(self.outcomes, 1)
            for event in outcome.events
        ]
        named += [(f"reach[{n}].event", each.event) for n, each in enumerate(self.reach, 1)]
        named += [(f"intent[{n}].event", each.event) for n, each in enumerate(self.intents, 1)]
        return [(place, event) for place, event in named if event]
