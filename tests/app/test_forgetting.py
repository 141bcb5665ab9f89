"""Somebody asks to be forgotten: afterwards no file of the home has a trace of them."""

import json
from contextlib import suppress
from io import BytesIO

import msgspec
import pyarrow.parquet as pq
import pytest
import zstandard
from django.db import connection

from tenure.app.forgetting import forget_everywhere
from tenure.app.installation import bring_up_to_date
from tenure.app.worker import run_once
from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition, NotFound
from tenure.card.models import AccountCard
from tenure.customers.models import Account, Person
from tenure.definitions.models import DefinitionVersion
from tenure.definitions.store import put_in_force
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.recording import record
from tenure.plays.models import Enrolment
from tenure.signals.models import Signal

pytestmark = pytest.mark.slow

TOKEN = "zqxjkvmara"

EVENTS = f"""
    identify  ada      acme  {{"email": "ada@acme.example"}}
    track     ada      acme  {{"plan": "Pro"}}
    identify  {TOKEN}  acme  {{"email": "{TOKEN}@acme.example", "name": "{TOKEN}"}}
    track     {TOKEN}  acme  {{"note": "{TOKEN} was here"}}
"""


def arrivals(now, table=EVENTS):
    """What Segment's SDK would post, one event a line; and one that cannot be read."""
    batch = []
    for number, line in enumerate(table.strip().splitlines()):
        kind, user, account, traits = line.split(None, 3)
        batch.append(
            {"type": kind, "userId": user, "messageId": f"m{number}", "event": "Report Exported",
             "context": {"groupId": account}, "timestamp": now.isoformat(),
             "traits" if kind == "identify" else "properties": json.loads(traits)}
        )  # fmt: skip
    batch.append({"type": "track", "userId": TOKEN, "messageId": "bad", "properties": {}})
    body = msgspec.json.encode({"batch": batch, "sentAt": now.isoformat()})
    return [Arrival("segment", "product", now, body, {"path": "/v1/batch"})]


def traces(root, token):
    """Files of a home that hold a token, in plain bytes or inside what they compress."""
    needle = token.encode()
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and needle in path.read_bytes() + _unpacked(path)
    )


def _unpacked(path):
    if path.suffix == ".parquet":
        return b"".join(str(pq.read_table(path).to_pydict()).encode() for _ in [0])
    found, raw, magic = [], path.read_bytes(), b"\x28\xb5\x2f\xfd"
    at = raw.find(magic)
    while at >= 0:
        with suppress(zstandard.ZstdError):  # the four bytes may stand there by chance
            found.append(zstandard.ZstdDecompressor().stream_reader(BytesIO(raw[at:])).read())
        at = raw.find(magic, at + 1)
    return b"".join(found)


@pytest.mark.django_db(transaction=True)
def test_a_person_leaves_no_trace_and_the_others_stay(home):
    now = system_clock()
    bring_up_to_date(home)
    inbox = open_inbox(home)
    inbox.append(arrivals(now))
    run_once(home, now)
    assert any("lake" in name for name in traces(home.root, TOKEN))

    came_in: list[str] = []

    def a_worker_is_late(execute, sql, params, many, context):
        """It read them before, and brings them into a play when they are gone there."""
        if sql.startswith("DELETE") and "customers_person" in sql:
            late, _ = Enrolment.objects.get_or_create(
                play="tips", raw_subject_id=TOKEN, entry_key="1",
                defaults={"over": "person", "subject_id": TOKEN, "account_id": "acme",
                          "raw_account_id": "acme", "entered_at": now, "share": 0.1},
            )  # fmt: skip
            came_in.append(late.subject_id)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(a_worker_is_late):
        report = forget_everywhere(home, "person", TOKEN, system_clock())

    assert came_in == [TOKEN] and report.lake_rows >= 2
    assert report.refused_rows == 1
    assert traces(home.root, TOKEN) == [] and not Enrolment.objects.exists()
    assert any("event" in name for name in traces(home.root, "ada@acme.example"))
    with pytest.raises(NotFound, match="nothing to forget"):
        forget_everywhere(home, "person", TOKEN, system_clock())


@pytest.mark.django_db(transaction=True)
def test_a_forgetting_that_was_interrupted_can_be_asked_for_again(home):
    now = system_clock()
    inbox = open_inbox(home)
    inbox.append(arrivals(now))
    inbox.close()
    run_once(home, now)
    # An account that stays knows them, and is to be told anew by rules that cannot be read.
    put_in_force("signals", "", "raise_back_days = 30", now=now, by="test")
    DefinitionVersion.objects.filter(kind="signals").update(text="gone_quiet = 3")
    with pytest.raises(BadDefinition):
        forget_everywhere(home, "person", TOKEN, now)
    DefinitionVersion.objects.filter(kind="signals").delete()

    forget_everywhere(home, "person", TOKEN, now)

    assert traces(home.root, TOKEN) == []


@pytest.mark.django_db(transaction=True)
def test_signals_that_list_several_things_are_no_obstacle(home):
    now = system_clock()
    inbox = open_inbox(home)
    inbox.append(arrivals(now))
    inbox.close()
    run_once(home, now)
    for account, said in (("acme", ["API", "Approvals"]), ("other", ["API", TOKEN])):
        Signal.objects.create(
            key=account, kind="paid_feature_unused", account_id=account, happened_at=now,
            raised_at=now, last_evidence_at=now, urgency="watch", next_step="show_the_feature",
            evidence=[], params={"plan": "Pro", "features": said},
        )  # fmt: skip

    forget_everywhere(home, "person", TOKEN, now)

    assert traces(home.root, TOKEN) == []
    assert Signal.objects.get(key="acme").params["features"] == ["API", "Approvals"]


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_says_of_an_account_that_was_forgotten_brings_it_not_back(home):
    bring_up_to_date(home)
    now = system_clock()
    inbox = open_inbox(home)
    inbox.append(arrivals(now))
    inbox.close()
    run_once(home, now)
    forget_everywhere(home, "account", "acme", now, with_people=True)

    late = {"message_id": "late", "type": "segment", "name": "Segment Entered", "occurred_at": now}
    record(home, "", [{**late, "account_key": "acme", "user_id": "ada"}], now)
    run_once(home, now)

    assert not Account.objects.filter(account_id="acme").exists()
    assert not Person.objects.filter(person_id="ada").exists()
    assert not AccountCard.objects.filter(account_id="acme").exists()
