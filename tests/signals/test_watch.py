"""What the watch does beside the kinds: people who move, merges, forgetting, rules, late use."""

from datetime import timedelta

import pytest

from signals.signal_worlds import at, live, put, rows_of, ship_rows, signals, told
from signals.test_kinds import PRODUCT
from tenure.customers.follow import follow
from tenure.customers.merging import merge
from tenure.signals.forgetting import forget_in_signals
from tenure.signals.models import AccountWatch, Signal, Stale
from tenure.signals.state import unpack
from tenure.signals.watch import Watcher, watch

pytestmark = pytest.mark.django_db(transaction=True)


def arrive(home, text, now):
    events, facts = rows_of(text)
    ship_rows(home, events, facts, at(now))
    follow(home, at(now))
    watch(home, at(now))


def test_somebody_we_know_by_id_or_address_turns_up_in_another_account(home):
    # Ada under the same id, Ben under another one with the same address; Cat still works at Acme.
    arrive(home, """
        2026-01-05 08:00  ben1@acme  identify  {"email": "ben@mail.test"}
        every 2 2026-01-05..2026-01-20 09:00  ada@acme  Report Exported
        every 2 2026-01-05..2026-01-20 10:00  ben1@acme  Report Exported
        every 2 2026-01-05..2026-03-20 11:00  cat@acme  Report Exported
        2026-03-18 08:00  ben2@bolt  identify  {"email": "Ben@Mail.test"}
        2026-03-19 09:00  ada@bolt  Report Exported
        2026-03-19 10:00  ben2@bolt  Report Exported
        2026-03-19 11:00  cat@bolt  Report Exported
        """, "2026-03-20 23:00")  # fmt: skip

    found = Signal.objects.filter(kind="person_at_new_company").order_by("person_id")

    assert [(each.account_id, each.person_id) for each in found] == [
        ("bolt", "ada"),
        ("bolt", "ben2"),
    ]
    assert [each.evidence[0]["account_id"] for each in found] == ["acme", "acme"]
    assert [each.evidence[0]["by"] for each in found] == ["id", "email"]


def test_a_merged_account_has_one_state_of_both(home):
    put("product", PRODUCT)
    arrive(home, """
        2026-03-01 08:00  -@acme  fact: start  {"plan": "Starter"}
        2026-03-02 09:00  ada@acme  Project Created
        2026-03-02 10:00  ada@acme  Project Created
        2026-03-02 11:00  bob@acme-old  Project Created
        """, "2026-03-02 12:00")  # fmt: skip
    assert signals() == []

    merge("account", "acme-old", "acme", now=at("2026-03-02 13:00"))
    arrive(home, "2026-03-02 14:00  ada@acme-old  Project Created", "2026-03-02 14:00")
    watch(home, at("2026-03-02 14:05"))

    # Three and one are four of five.
    assert told(signals()) == ["2026-03-02 near_limit acme"]
    assert list(AccountWatch.objects.values_list("account_id", flat=True)) == ["acme"]


def test_what_is_open_of_a_merged_account_goes_on_as_the_winners_alone(home):
    arrive(home, """
        2026-03-02 09:00  ada@acme  Cancel Page Viewed
        2026-03-02 10:00  bob@acme-old  Cancel Page Viewed
        2026-03-02 11:00  bob@acme-old  Domain Redirected
        """, "2026-03-02 12:00")  # fmt: skip
    assert len(signals()) == 3

    merge("account", "acme-old", "acme", now=at("2026-03-02 13:00"))
    watch(home, at("2026-03-02 13:05"))

    standing = [each for each in signals() if each.is_open]
    assert sorted((each.account_id, each.kind) for each in standing) == [
        ("acme", "account_acquired_or_closing"),
        ("acme", "cancel_intent"),
    ]
    ended = [each for each in signals() if not each.is_open]
    assert {(each.account_id, each.resolved_because) for each in ended} == {("acme-old", "merged")}
    assert {each.task.status for each in ended} == {"dropped"}


def test_other_rules_make_every_account_anew(home):
    arrive(home, "2026-03-01 09:00  ada@acme  Contract Downloaded", "2026-03-01 10:00")
    assert signals() == []

    put("signals", """
        [[kind]]
        name = "contract_read"
        event = "Contract Downloaded"
        """)  # fmt: skip
    watch(home, at("2026-03-01 11:00") + timedelta(minutes=2))
    watch(home, at("2026-03-01 11:05"))

    assert told(signals()) == ["2026-03-01 contract_read acme"]
    assert not Stale.objects.exists()


def test_a_product_file_that_says_the_same_to_signals_makes_nobody_anew(home):
    put("product", PRODUCT)
    arrive(home, "2026-03-01 09:00  ada@acme  Project Created", "2026-03-01 10:00")

    put("product", PRODUCT + """
        # A remark, and a role.
        [[role]]
        name = "buyer"
        values = ["owner"]
        """)  # fmt: skip
    assert watch(home, at("2026-03-01 11:00")).rebuilt == 0

    put("product", PRODUCT.replace("within_days = 3", "within_days = 4"))
    assert watch(home, at("2026-03-01 11:01")).rebuilt == 1


def test_use_that_is_pending_is_told_before_its_account_is_asked(home):
    """Nobody is called silent who was there in a batch that was not told to them yet."""
    live(home, "mon-fri 2026-01-05..2026-03-13 10:00  ada@acme  Report Exported",
         "2026-03-13 23:00")  # fmt: skip
    watcher = Watcher(home)
    now = at("2026-03-17 00:00")
    events, _ = rows_of("2026-03-16 15:00  ada@acme  Report Exported")
    ship_rows(home, events, [], at("2026-03-16 15:01"), watcher.take)

    # Due at midnight, and told of Monday in the same call.
    done = watcher.watch(now)

    assert done.due == 1
    assert signals() == []


def test_use_in_the_memory_of_a_process_that_ended_is_read_again(home):
    first = Watcher(home)
    events, _ = rows_of("2026-03-02 10:00  ada@acme  Report Exported")
    ship_rows(home, events, [], at("2026-03-02 10:01"), first.take)
    first.watch(at("2026-03-02 10:01"))  # an idle turn has not come yet

    watch(home, at("2026-03-02 10:02"))

    assert unpack(AccountWatch.objects.get().state).people.keys() == {"ada"}


def test_who_is_forgotten_is_in_no_row(home):
    arrive(home, """
        2026-03-01 09:00  ada.lovelace@acme  Cancel Page Viewed
        2026-03-01 10:00  ben@acme  Cancel Page Viewed
        2026-03-01 11:00  cat@gone-ltd  Cancel Page Viewed
        2026-03-01 12:00  eve.unknown  Cancel Page Viewed
        """, "2026-03-01 13:00")  # fmt: skip
    watch(home, at("2026-03-01 13:01"))

    forget_in_signals(home, ["gone-ltd"], ["ben", "eve.unknown"], at("2026-03-01 14:00"))

    # The lake was not told to forget here, so Ben may come back with what it still says; the
    # signals that stay do not name him.
    assert [each.account_id for each in signals()] == ["acme"]
    text = str(list(Signal.objects.values()))
    assert "gone-ltd" not in text
    assert "eve.unknown" not in text
    assert not AccountWatch.objects.filter(account_id="gone-ltd").exists()


def test_a_page_of_the_api_lists_filters_and_closes(home, client, django_user_model):
    live(home, """
        2026-03-01 09:00  ada@acme  Cancel Page Viewed
        2026-03-01 10:00  -@bolt  fact: payment_failed
        """, "2026-03-01 23:00")  # fmt: skip
    client.force_login(django_user_model.objects.create_user("ann"))

    every = client.get("/api/signals").json()
    [one] = client.get("/api/signals?kind=cancel_intent&account_id=acme").json()
    wrong = client.get("/api/signals?status=gone")
    done = client.post(f"/api/signals/{one['id']}/close", {"outcome": "reached"},
                       content_type="application/json").json()  # fmt: skip

    assert {each["kind"] for each in every} == {"cancel_intent", "payment_trouble"}
    assert one["title"] == "Somebody looked at cancelling"
    assert one["evidence_sentences"] == ["Mar 1, 2026: ada: Cancel Page Viewed"]
    assert one["next"] == "Call them before they decide, and ask what changed."
    assert (wrong.status_code >= 400, wrong.json()["field"]) == (True, "status")
    assert (done["is_open"], done["outcome"]) == (False, "reached")
    assert [each["kind"] for each in client.get("/api/signals").json()] == ["payment_trouble"]
    assert client.get("/api/signals/999").status_code == 404
