"""What of a change is an event, what the command line shows, and what is left of the forgotten."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import msgspec
import pytest
from billing_worlds import NOON, asked, host_running, only, says, webhook_to
from click.testing import CliRunner

from customers.arriving import arrive
from tenure.base.errors import Conflict, NotFound, Unavailable
from tenure.billing.changes import carry_out, carry_out_due
from tenure.billing.commands import billing
from tenure.billing.forgetting import forget_in_billing
from tenure.billing.models import BillingCall, BillingChange
from tenure.billing.recording import record_standings
from tenure.billing.signing import read_secret
from tenure.lake.reading import reading

pytestmark = pytest.mark.django_db(transaction=True)


def events(home) -> list[dict]:
    arrive(home, [])
    with reading(home, fresh=True) as reader:
        return sorted(reader.relation("event").to_pylist(), key=lambda e: e["occurred_at"])


def test_each_standing_is_told_once(home):
    with host_running() as host:
        host.after = only("pause", says(500, ""))
        carry_out(asked(), webhook_to(host), NOON)
        record_standings(home, NOON)
        record_standings(home, NOON)
        carry_out_due(home, NOON + timedelta(minutes=1), system=webhook_to(host))
        carry_out_due(home, NOON + timedelta(days=1), system=webhook_to(host))
        later = NOON + timedelta(days=2)
        carry_out(asked("resume", key="t", mode="test"), webhook_to(host), later)
        record_standings(home, later)

    told = [
        (e["name"], e["type"], e["account_key"], json.loads(e["properties"])) for e in events(home)
    ]
    assert [(p["key"], p["standing"], p["mode"]) for *_, p in told] == [
        ("visit_1:pause", "unsure", "live"),
        ("visit_1:pause", "done", "live"),
        ("t", "done", "test"),
    ]
    assert {each[:3] for each in told} == {("Billing Changed", "offboard", "acme")}
    assert told[1][3]["values"] == {"until_on": "2027-01-20"}


def run(*words: str):
    return CliRunner().invoke(billing, words)


def test_the_command_lists_changes_and_calls(home):
    with host_running() as host:
        carry_out(asked(), webhook_to(host), NOON)
    asked("cancel_now", key="other", account_id="rival")

    listed = json.loads(run("changes", "--account", "acme", "--format", "json").stdout)
    assert [(row["key"], row["status"], row["standing"]) for row in listed] == [
        ("visit_1:pause", "done", "done")
    ]
    assert len(json.loads(run("changes", "--format", "json").stdout)) == 2
    assert json.loads(run("changes", "--status", "refused", "--format", "json").stdout) == []
    calls = json.loads(run("calls", "visit_1:pause", "--format", "json").stdout)
    assert [(call["what"], call["said"]) for call in calls] == [
        ("perform", "done"),
        ("read_back", "read"),
    ]
    assert isinstance(run("calls", "nope").exception, NotFound)
    assert "use one of intended" in str(run("changes", "--status", "nope").exception)


def test_the_command_checks_and_tries_again(home):
    secret = run("secret").stdout.strip()
    assert len(read_secret(secret)) == 32
    with host_running() as host:
        home.settings_file.write_text(
            f'[billing]\nsystem = "webhook"\nurl = "{host.url}"\nsecret = "{secret}"\n'
        )
        assert run("check").stdout == "webhook: done\n"
        host.before = only("pause", says(200, '{"status": "refused", "message": "annual"}'))
        asked()
        carry_out_due(home, NOON)
        refused = run("retry", "visit_1:pause")
        assert "visit_1:pause is refused (refused): annual" in refused.stdout
        assert isinstance(refused.exception, Unavailable)
        host.before = lambda asked: None
        assert "is done (done)" in run("retry", "visit_1:pause").stdout
        assert isinstance(run("retry", "visit_1:pause").exception, Conflict)
    gone = run("check")
    assert gone.stdout.startswith("webhook: not_taken")
    assert isinstance(gone.exception, Unavailable)


def test_who_is_forgotten_is_named_by_no_change(home, transactional_db):
    token = "zqxjkvmara"
    with host_running() as host:
        host.before = only("pause", says(200, json.dumps({"status": "refused", "message": token})))
        fields = {"account_id": token, "subscription_id": f"s-{token}"}
        carry_out(asked(key=f"k-{token}", **fields), webhook_to(host), NOON)
        asked("cancel_now", key=f"c-{token}", **fields)
    kept = asked("resume", key="kept", account_id="acme")

    assert forget_in_billing([token], NOON) == 2
    rows = [*BillingChange.objects.values(), *BillingCall.objects.values()]
    assert token not in msgspec.json.encode(rows).decode()
    assert sorted(BillingChange.objects.values_list("status", flat=True)) == [
        "given_up",
        "intended",
        "refused",
    ]
    kept.refresh_from_db()
    assert kept.account_id == "acme"
    # Nothing of it is asked for, or told, afterwards.
    before = len(host.requests)
    with host_running() as again:
        assert carry_out_due(home, NOON + timedelta(days=1), system=webhook_to(again)) == 1
    assert len(host.requests) == before


def test_the_simulated_billing_forgets_as_well(home):
    from tenure.demo.billing_system import FILE, forget_in_demo_billing

    assert forget_in_demo_billing(home, ["acme"]) == 0
    with closing(sqlite3.connect(home.root / FILE)) as file:
        file.execute("create table applied (key, account, facts, is_told)")
        file.executemany("insert into applied values (?, ?, '', 1)", [("1", "acme"), ("2", "b")])
        file.commit()
    assert forget_in_demo_billing(home, ["acme"]) == 1
    assert b"acme" not in (home.root / FILE).read_bytes()
