"""What Fernhill, the simulated company, sells: features, plans, prices, outcomes.

Fernhill is project accounting for firms that bill by the hour.
"""

from dataclasses import dataclass

COMPANY_NAME = "Fernhill"
COMPANY_TIME_ZONE = "Europe/Berlin"
COMPANY_CURRENCY = "EUR"


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing a person can do, as the event that records it."""

    event: str
    plan_rank: int  # the lowest plan that contains it
    popularity: float  # weight among an account's adopted features
    properties: tuple[str, ...]  # JSON objects, one of which an event carries


FEATURES = (
    Feature(
        "Dashboard Viewed",
        0,
        1.6,
        ('{"dashboard":"overview"}', '{"dashboard":"team"}', '{"dashboard":"margin"}'),
    ),
    Feature(
        "Timesheet Submitted",
        0,
        2.2,
        ('{"hours":40,"project_count":3}', '{"hours":38,"project_count":2}', '{"hours":32}'),
    ),
    Feature(
        "Project Created", 0, 0.5, ('{"template":true}', '{"template":false}', '{"budgeted":true}')
    ),
    Feature(
        "Invoice Sent",
        0,
        1.2,
        ('{"line_count":4,"via":"mail"}', '{"line_count":11,"via":"mail"}', '{"via":"portal"}'),
    ),
    Feature("Expense Added", 0, 0.9, ('{"receipt":true}', '{"receipt":false}')),
    Feature(
        "Report Exported",
        1,
        0.8,
        ('{"format":"pdf"}', '{"format":"xlsx"}', '{"format":"csv","report":"utilisation"}'),
    ),
    Feature("Budget Planned", 1, 0.5, ('{"horizon_months":3}', '{"horizon_months":12}')),
    Feature("Approval Requested", 1, 0.7, ('{"subject":"timesheet"}', '{"subject":"expense"}')),
    Feature("Client Portal Shared", 2, 0.4, ('{"guest_count":1}', '{"guest_count":3}')),
    Feature("Accounting Synced", 2, 0.7, ('{"system":"datev"}', '{"system":"xero"}')),
    Feature("Forecast Viewed", 3, 0.6, ('{"weeks":6}', '{"weeks":13}')),
    Feature("API Key Used", 3, 0.5, ('{"endpoint":"/v2/times"}', '{"endpoint":"/v2/invoices"}')),
)
EVENTS = tuple(feature.event for feature in FEATURES)

# What an account bought Fernhill for, and the features (by index) that show it reached.
OUTCOMES = {
    "invoices_out_faster": (1, 3, 4, 7),
    "know_project_margin": (1, 5, 6, 9),
    "clients_see_progress": (2, 3, 5, 8),
    "plan_capacity": (1, 2, 6, 10),
}

# How much a role does of each feature, in the order of FEATURES.
ROLES = ("buyer", "implementer", "user", "executive")
ROLE_WEIGHTS = (
    (1.2, 0.3, 0.8, 1.5, 0.5, 1.2, 1.2, 1.2, 1.0, 1.0, 1.0, 0.1),
    (1.0, 0.8, 1.8, 1.0, 0.8, 1.2, 1.2, 1.0, 1.2, 2.0, 1.0, 3.0),
    (0.8, 1.8, 0.6, 0.7, 1.3, 0.6, 0.5, 1.0, 0.7, 0.3, 0.6, 0.5),
    (2.5, 0.1, 0.1, 0.2, 0.2, 1.8, 1.0, 0.8, 0.3, 0.1, 2.0, 0.0),
)
ROLE_EVENTS_PER_WEEK = (2.0, 3.6, 3.2, 1.0)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan's list price per seat and month, in minor units of both currencies, and its limits."""

    name: str
    seat_minor: dict[str, int]
    seats_min: int
    seats_max: int
    projects_max: int


PLANS = (
    Plan("Free", {"EUR": 0, "USD": 0}, 1, 3, 3),
    Plan("Starter", {"EUR": 1500, "USD": 1600}, 2, 12, 15),
    Plan("Team", {"EUR": 2900, "USD": 3200}, 3, 40, 80),
    Plan("Business", {"EUR": 4500, "USD": 4900}, 5, 200, 10_000),
)
FREE, STARTER, TEAM, BUSINESS = range(4)
MONTHS_PAID_PER_YEAR = 10  # an annual subscription costs ten months
TRIAL_DAYS = 14


def amount_minor(
    plan: int, seats: int, currency: str, interval: str, *, discount_percent: int
) -> int:
    """What one billing interval costs: seats at list price, less the discount, in minor units."""
    months = MONTHS_PAID_PER_YEAR if interval == "year" else 1
    list_minor = PLANS[plan].seat_minor[currency] * seats * months
    return list_minor * (100 - discount_percent) // 100


def least_plan(seats: int, outcome_rank: int) -> int:
    """The cheapest paid plan that holds so many seats and a feature of that rank."""
    for plan in (STARTER, TEAM, BUSINESS):
        if plan >= outcome_rank and seats <= PLANS[plan].seats_max:
            return plan
    return BUSINESS
