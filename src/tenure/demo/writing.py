"""How a lived block becomes rows of the lake's two tables, the same way as any other source's."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenure.demo.catalogue import EVENTS, FEATURES
from tenure.demo.companies import LANGUAGE_TAGS, Companies
from tenure.demo.journal import BILLING, PRODUCT, Fact, Happening
from tenure.demo.people import SLOTS
from tenure.demo.seasons import ZONES
from tenure.demo.simulate import LivedBlock, Scenario
from tenure.demo.use import SIGNED_IN, VARIANTS, WeekOfUse
from tenure.lake.schema import BILLING_FACT, EVENT

ROWS_PER_ARRIVAL = 60_000
_OUR_COLUMNS = {"batch", "occurred_month"}
_EVENT = pa.schema([field for field in EVENT if field.name not in _OUR_COLUMNS])
_FACT = pa.schema([field for field in BILLING_FACT if field.name not in _OUR_COLUMNS])
NOBODY_WAS_THERE = {"Email Bounced", "Domain Redirected", "Call Logged", "Widget Alive"}
_LIBRARY = {"name": "analytics.js", "version": "2.11.1"}


@dataclass(frozen=True)
class Labels:
    """How the accounts and people of a block are written, made once for all their rows."""

    keys: list[str]
    contexts: list[str]
    users: list[str]  # by account times SLOTS plus slot

    @classmethod
    def of(cls, companies: Companies) -> "Labels":
        keys = [companies.key(index) for index in range(len(companies))]
        return cls(
            keys=keys,
            contexts=[_context(companies, index) for index in range(len(companies))],
            users=[f"{key}-p{slot + 1:02d}" for key in keys for slot in range(SLOTS)],
        )


def event_tables(lived: LivedBlock, scenario: Scenario) -> Iterator[pa.Table]:
    """Every event of a block that is known by `until_at`, in order of time, in handy portions."""
    labels = Labels.of(lived.block.companies)
    prefix = f"{scenario.tag}:{lived.number}"
    single = _happenings(lived, scenario.until_at, labels, prefix)
    use = [_use(weeks, labels, prefix) for weeks in _portions(lived.use)]
    table = pa.concat_tables([single, *use])
    order = pc.sort_indices(table, sort_keys=[("occurred_at", "ascending")])
    for start in range(0, len(order), ROWS_PER_ARRIVAL):
        yield table.take(order[start : start + ROWS_PER_ARRIVAL])


def fact_table(lived: LivedBlock, scenario: Scenario) -> pa.Table:
    """Every billing fact of a block that is known before `until_at`."""
    companies, tag = lived.block.companies, scenario.tag
    facts = [fact for fact in lived.block.journal.facts if fact.told_at < scenario.until_at]
    return pa.Table.from_pylist([_fact_row(fact, companies, tag) for fact in facts], _FACT)


def _fact_row(fact: Fact, companies: Companies, tag: str) -> dict[str, object]:
    key = companies.key(fact.account)
    subscription_id = f"{key}-s{fact.subscription}"
    fact_key = f"{subscription_id}/{fact.key}"
    return {
        "message_id": f"{tag}:{fact_key}",
        "source": BILLING,
        "fact_key": fact_key,
        "is_void": False,
        "kind": fact.kind,
        "account_key": key,
        "subscription_id": subscription_id,
        "version_key": None if fact.version is None else f"v{fact.version}",
        "effective_at": fact.at * 1_000_000,
        "ends_at": None if fact.ends_at is None else fact.ends_at * 1_000_000,
        "known_at": fact.told_at * 1_000_000,
        "received_at": fact.told_at * 1_000_000,
        "status": fact.status,
        "plan": fact.plan,
        "billing_interval": fact.interval,
        "billing_interval_count": None if fact.interval is None else 1,
        "quantity": fact.quantity,
        "amount_minor": fact.amount_minor,
        "mrr_minor": fact.mrr_minor,
        "currency": fact.currency,
        "attributes": json.dumps(fact.attributes, ensure_ascii=False),
    }


def _happenings(lived: LivedBlock, until_at: int, labels: Labels, prefix: str) -> pa.Table:
    rows = []
    for number, happening in enumerate(lived.block.journal.happenings):
        known_at = happening.at + 1
        if known_at < until_at:
            row = _happening_row(happening, labels, known_at)
            row["message_id"] = f"{prefix}-{number}"
            rows.append(row)
    return pa.Table.from_pylist(rows, _EVENT)


def _happening_row(happening: Happening, labels: Labels, known_at: int) -> dict[str, object]:
    account, person = happening.account, happening.person
    key = None if account < 0 else labels.keys[account]
    owner = account if happening.known_from is None else happening.known_from
    anonymous_id = happening.anonymous_id
    if happening.type == "identify" and person == 0:
        anonymous_id = f"anon-{key}"  # the browser that looked at the site before
    # What came by no client has no context, but for who was not there when it happened.
    context = '{"active": false}' if happening.name in NOBODY_WAS_THERE else "{}"
    if happening.source == PRODUCT and account >= 0:
        context = labels.contexts[account]
    return {
        "source": happening.source,
        "type": happening.type,
        "name": happening.name,
        "occurred_at": happening.at * 1_000_000,
        "known_at": known_at * 1_000_000,
        "received_at": known_at * 1_000_000,
        "sent_at": happening.at * 1_000_000,
        "original_at": happening.at * 1_000_000,
        "user_id": None if person < 0 else labels.users[owner * SLOTS + person],
        "anonymous_id": anonymous_id,
        "account_key": key,
        "properties": json.dumps(happening.properties, ensure_ascii=False),
        "context": context,
    }


def _portions(weeks: Sequence[WeekOfUse]) -> Iterator[list[WeekOfUse]]:
    for start in range(0, len(weeks), 8):
        yield list(weeks[start : start + 8])


def _use(weeks: list[WeekOfUse], labels: Labels, prefix: str) -> pa.Table:
    account, slot, event, variant, occurred_at, received_at = (
        np.concatenate([getattr(week, name) for week in weeks])
        for name in ("account", "slot", "event", "variant", "occurred_at", "received_at")
    )
    rows = np.concatenate([week.row for week in weeks])
    week_of_row = np.concatenate([np.full(len(week.row), week.week) for week in weeks])
    message_id = pc.binary_join_element_wise(
        pc.binary_join_element_wise(f"{prefix}u", pa.array(week_of_row).cast(pa.string()), ""),
        pa.array(rows).cast(pa.string()),
        "-",
    )
    count = len(account)
    instants = {
        "occurred_at": occurred_at,
        "known_at": received_at,
        "received_at": received_at,
        "sent_at": occurred_at,
        "original_at": occurred_at,
    }
    columns: dict[str, pa.Array] = {
        name: pa.array(seconds * 1_000_000).cast(_EVENT.field(name).type)
        for name, seconds in instants.items()
    }
    columns |= {
        "message_id": message_id,
        "source": pa.repeat(pa.scalar(PRODUCT), count),
        "type": pa.repeat(pa.scalar("track"), count),
        "name": pa.array([*EVENTS, "Signed In"]).take(pa.array(event)),
        "user_id": pa.array(labels.users).take(pa.array(account * SLOTS + slot)),
        "account_key": pa.array(labels.keys).take(pa.array(account)),
        "properties": _PROPERTIES.take(pa.array(event * VARIANTS + variant)),
        "context": pa.array(labels.contexts).take(pa.array(account)),
    }
    return pa.table(
        [columns.get(field.name, pa.nulls(count, field.type)) for field in _EVENT], schema=_EVENT
    )


def _context(companies: Companies, account: int) -> str:
    country, language = companies.country_code(account), companies.language(account)
    return json.dumps(
        {
            "library": _LIBRARY,
            "locale": LANGUAGE_TAGS.get(country, f"{language}-{country}"),
            "timezone": ZONES[companies.zone[account]],
        }
    )


assert len(FEATURES) == SIGNED_IN
# Every property set at its place: event times VARIANTS plus variant.
_PROPERTIES = pa.array(
    [
        feature.properties[variant % len(feature.properties)]
        for feature in FEATURES
        for variant in range(VARIANTS)
    ]
    + ["{}"] * VARIANTS
)
