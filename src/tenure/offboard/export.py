"""What Tenure holds of an account, as a zip of JSON and CSV, for who leaves with it.

account.json     name, traits, the card
people.csv       who belonged to it
events.csv       what was done in it, as it arrived
billing.csv      what billing said of it
visits.json      passages through the cancel flow, with what was answered
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.csv as pa_csv

from tenure.base.errors import NotFound
from tenure.base.home import Home
from tenure.card.card_of import account_card
from tenure.customers.merging import ids_behind
from tenure.customers.models import Membership
from tenure.customers.whole import account_as_whole
from tenure.kit.sql_file import load
from tenure.lake.reading import Only, reading
from tenure.offboard.models import Visit

EVENTS_AT_MOST = 200_000
_PEOPLE = ("person_id", "name", "email", "role", "since_at", "until_at")
_VISIT = (
    "visit_id", "subscription_id", "person_id", "opened_at", "ended_at", "outcome", "reason",
    "follow_up", "next_job", "rival", "text", "offers_shown", "offer", "decision", "ends_on",
    "returned_at",
)  # fmt: skip


def export_of(home: Home, account_id: str, now: datetime) -> bytes:
    """The zip. Of more than 200,000 events the newest; an account that is not known has empty
    files, because it may be known tomorrow.
    """
    keys = ids_behind("account", account_id)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("account.json", _json(_account(home, account_id, now)))
        packed.writestr("people.csv", _csv(_PEOPLE, _people(account_id)))
        with reading(home, fresh=True, threads=1, only=Only(accounts=keys)) as reader:
            events = reader.arrow(
                load("tenure.offboard", "exported_event"), account_keys=keys, rows=EVENTS_AT_MOST
            )
            packed.writestr("events.csv", _table(events))
            facts = reader.arrow(load("tenure.offboard", "exported_fact"), account_keys=keys)
            packed.writestr("billing.csv", _table(facts))
        visits = Visit.objects.filter(account_id__in=keys, mode="live").order_by("opened_at")
        packed.writestr("visits.json", _json(list(visits.values(*_VISIT))))
    return out.getvalue()


def _account(home: Home, account_id: str, now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = {"account_id": account_id}
    try:
        whole = account_as_whole(account_id)
        found |= {"name": whole.name, "domain": whole.domain, "traits": whole.traits}
        found["created_at"] = whole.created_at
        found["card"] = account_card(home, account_id, now=now).values
    except NotFound:
        pass
    return found


def _people(account_id: str) -> Iterable[Mapping[str, object]]:
    members = Membership.objects.filter(account_id=account_id).select_related("person")
    for each in members.order_by("person_id", "since_at"):
        yield {
            "person_id": each.person_id,
            "name": each.person.name,
            "email": each.person.email,
            "role": each.role,
            "since_at": each.since_at,
            "until_at": each.until_at,
        }


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _plain(row[name]) for name in columns})
    return out.getvalue().encode()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    # A spreadsheet must not take a text for a formula.
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def _table(rows: pa.Table) -> bytes:
    out = io.BytesIO()
    pa_csv.write_csv(rows, out)
    return out.getvalue()
