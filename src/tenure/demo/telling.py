"""The simulated company, lived and told through the house's own front door."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from tenure.base.home import Home
from tenure.base.months import month_of, next_month, previous_month
from tenure.demo.billing_system import changed_since
from tenure.demo.catalogue import COMPANY_TIME_ZONE
from tenure.demo.installing import DemoSettings
from tenure.demo.journal import BILLING, PRODUCT
from tenure.demo.people import NEVER
from tenure.demo.rules import RULES
from tenure.demo.seasons import iso
from tenure.demo.simulate import LivedBlock, Scenario, live
from tenure.demo.truth import TruthFile, account_truth, leaving_truth, visit_truth
from tenure.demo.way_out import LivedVisit
from tenure.demo.writing import event_tables, fact_table
from tenure.lake.inbox import Arrival, Inbox
from tenure.lake.rows import KIND, pack_event_table, pack_fact_table


@dataclass
class Told:
    """What was written, for the summary."""

    accounts: int = 0
    people: int = 0
    events: int = 0
    facts: int = 0
    paying: int = 0
    left: int = 0  # payers, counted as often as they left
    mrr_minor: dict[str, int] = field(default_factory=dict)  # by currency, at the end
    # Who came to the way out, and all billing facts of theirs by account: lived afterwards.
    visits: list[LivedVisit] = field(default_factory=list)
    facts_of: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def first_month(until: date, months: int) -> date:
    """The first of so many whole months before the one that holds `until`."""
    month = month_of(until)
    for _ in range(months):
        month = previous_month(month)
    return month


def ends_on(demo: DemoSettings) -> date:
    """The first day after a company's plan: its whole months and the one after."""
    month = demo.starts_on
    for _ in range(demo.months + 1):
        month = next_month(month)
    return month


def scenario_of(demo: DemoSettings, until: date) -> Scenario:
    """The company lives its whole months and one more; it is told until midnight of `until`."""
    return Scenario(
        accounts=demo.accounts,
        seed=demo.seed,
        starts_on=demo.starts_on,
        ends_on=ends_on(demo),
        until_at=int(midnight(until).timestamp()),
        events_scale=demo.events_scale,
    )


def tell_company(
    home: Home,
    inbox: Inbox,
    demo: DemoSettings,
    until: date,
    now: datetime,
    *,
    hear: Callable[[int, int], None] = lambda done, total: None,
) -> Told:
    """Live the company, put what happened into the inbox, and the truth beside it.

    `hear(done, total)` is called with account-weeks as they pass.
    """
    scenario = scenario_of(demo, until)
    parameters = asdict(demo) | {
        "starts_on": demo.starts_on.isoformat(),
        "until": iso(scenario.until_at),
    }
    truth = TruthFile(home.truth_file, parameters, RULES)
    told, changed = Told(), changed_since(home)
    for lived in live(scenario, hear):
        for arrival in _arrivals(lived, scenario, now, told, changed):
            inbox.append([arrival])
        _add_truth(truth, lived, scenario)
        _count(told, lived, scenario)
        _keep_visits(told, lived, scenario)
    truth.close()
    return told


def _arrivals(
    lived: LivedBlock,
    scenario: Scenario,
    now: datetime,
    told: Told,
    changed: dict[str, datetime],
) -> Iterator[Arrival]:
    facts = _still_true(fact_table(lived, scenario), changed)
    told.facts += len(facts)
    yield Arrival(KIND, BILLING, now, pack_fact_table(facts), {})
    for events in event_tables(lived, scenario):
        told.events += len(events)
        yield Arrival(KIND, PRODUCT, now, pack_event_table(events), {})


def _still_true(facts: pa.Table, changed: dict[str, datetime]) -> pa.Table:
    """The facts, less those of a subscription that was changed in its billing before they came."""
    if not changed:
        return facts
    subjects = zip(facts["subscription_id"].to_pylist(), facts["known_at"].to_pylist(), strict=True)
    kept = [name not in changed or known_at < changed[name] for name, known_at in subjects]
    return facts.filter(pa.array(kept, pa.bool_()))


def _add_truth(truth: TruthFile, lived: LivedBlock, scenario: Scenario) -> None:
    block = lived.block
    companies = block.companies
    truth.add(
        [
            account_truth(block.truth, companies, index)
            for index in range(len(companies))
            if companies.signup_at[index] < scenario.until_at
        ],
        [
            leaving_truth(leaving, companies)
            for leaving in block.truth.leavings
            if leaving.left_at < scenario.until_at
        ],
        [visit_truth(each) for each in lived_visits(lived, scenario.until_at)],
    )


def _keep_visits(told: Told, lived: LivedBlock, scenario: Scenario) -> None:
    """The visits that are told by now, and what billing knows of those accounts."""
    visits = lived_visits(lived, scenario.until_at)
    told.visits += visits
    names = pa.array(sorted({each.account_id for each in visits}), pa.string())
    facts = fact_table(lived, scenario)
    for row in facts.filter(pc.is_in(facts["account_key"], names)).to_pylist():
        told.facts_of.setdefault(row["account_key"], []).append(row)


def lived_visits(lived: LivedBlock, until_at: int) -> list[LivedVisit]:
    """The visits of a block that came to their end before an instant."""
    way = lived.block.way_out
    until = datetime.fromtimestamp(until_at, UTC)
    return [
        replace(each, returned_at=None) if each.returned_at and each.returned_at >= until else each
        for each in (way.visits if way is not None else ())
        if each.at < until
    ]


def _count(told: Told, lived: LivedBlock, scenario: Scenario) -> None:
    """Add a block to the summary; MRR as `tenure mrr` has it: a pause keeps it."""
    block, until_at = lived.block, scenario.until_at
    told.accounts += int((block.companies.signup_at < until_at).sum())
    joined = block.crowd.joined_at
    told.people += int(((joined < until_at) & (joined != NEVER)).sum())
    told.left += sum(
        leaving.was == "paying" and leaving.left_at < until_at for leaving in block.truth.leavings
    )
    running: dict[tuple[int, int], tuple[str, int]] = {}
    for fact in block.journal.facts:
        subscription = (fact.account, fact.subscription)
        if fact.at >= until_at:
            continue
        if fact.kind == "start":
            running[subscription] = (str(fact.currency), fact.mrr_minor or 0)
        elif fact.kind == "end" and fact.version is None:
            running.pop(subscription, None)
    for currency, mrr_minor in running.values():
        if mrr_minor:
            told.paying += 1
            told.mrr_minor[currency] = told.mrr_minor.get(currency, 0) + mrr_minor


def midnight(day: date) -> datetime:
    """When a day of the simulated company begins."""
    return datetime.combine(day, datetime.min.time(), ZoneInfo(COMPANY_TIME_ZONE))


def today_of(now: datetime) -> date:
    """The simulated company's date at an instant."""
    return now.astimezone(ZoneInfo(COMPANY_TIME_ZONE)).date()
