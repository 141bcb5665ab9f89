"""A promised change over a host's backend, whatever the backend does."""

import time
from contextlib import suppress
from datetime import timedelta

import pytest
from billing_worlds import (
    NOON,
    Host,
    asked,
    hangs_up,
    host_running,
    only,
    says,
    sleeps,
    webhook_to,
)

from tenure.billing.changes import carry_out, carry_out_due
from tenure.billing.models import BillingCall, BillingChange
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db(transaction=True)


def stands(key: str = "visit_1:pause") -> tuple[str, str]:
    change = BillingChange.objects.get(key=key)
    return change.status, change.standing


def work(home, host: Host, after: timedelta = timedelta()) -> None:
    now = NOON + after
    carry_out_due(home, now, system=webhook_to(host, now))


def test_what_the_host_does_is_read_back_and_counts(home):
    with host_running() as host:
        change = carry_out(asked(), webhook_to(host), NOON)

    assert (change.status, change.standing, change.counts) == ("done", "done", True)
    assert host.kinds() == ["pause", "read_back"]
    assert change.terms.paused_until_on.isoformat() == "2027-01-20"
    assert [(c.what, c.said) for c in change.calls.order_by("number")] == [
        ("perform", "done"),
        ("read_back", "read"),
    ]


def test_it_is_asked_for_once_however_often_it_is_carried_out(home):
    with host_running() as host:
        for minutes in range(3):
            carry_out(asked(), webhook_to(host), NOON + timedelta(minutes=minutes))
        work(home, host, timedelta(days=1))

    assert host.kinds() == ["pause", "read_back"]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_error_may_have_come_after_it_was_done(home, status):
    with host_running() as host:
        host.after = only("pause", says(status, "<h1>sorry</h1>"))
        change = carry_out(asked(), webhook_to(host), NOON)
        assert (change.status, change.standing) == ("unknown", "unsure")
        work(home, host, timedelta(minutes=1))

    # Billing shows it, so it is not asked for again.
    assert stands() == ("done", "done")
    assert host.kinds() == ["pause", "read_back"]
    assert "sorry" in BillingCall.objects.get(number=1).message


@pytest.mark.parametrize("answer", [says(500, ""), hangs_up, says(302, "", Location="/x")])
def test_what_may_have_been_done_and_was_not_is_asked_for_again_under_the_same_key(home, answer):
    with host_running() as host:
        host.before = only("pause", answer)
        assert carry_out(asked(), webhook_to(host), NOON).status == "unknown"
        host.before = lambda asked: None
        work(home, host, timedelta(minutes=1))

    assert stands() == ("done", "done")
    assert host.kinds() == ["pause", "read_back", "pause", "read_back"]
    first, again = host.bodies[0], host.bodies[2]
    assert first == again
    assert host.headers[0]["webhook-id"] == host.headers[2]["webhook-id"] == "visit_1:pause"
    assert host.effects == {"visit_1:pause": 1}


def test_a_connection_lost_after_it_was_done_is_settled_by_reading(home):
    with host_running() as host:
        host.after = only("pause", hangs_up)
        assert carry_out(asked(), webhook_to(host), NOON).status == "unknown"
        work(home, host, timedelta(minutes=1))

    assert stands() == ("done", "done")
    assert host.kinds() == ["pause", "read_back"]


@pytest.mark.parametrize("status", [503, 429, 404, 401])
def test_what_was_not_taken_is_asked_for_later_and_not_before_it_was_told_to(home, status):
    with host_running() as host:
        host.before = only("pause", says(status, "no", Retry_After="3600"))
        assert carry_out(asked(), webhook_to(host), NOON).status == "intended"
        host.before = lambda asked: None
        work(home, host, timedelta(minutes=59))
        assert host.kinds() == ["pause"]
        work(home, host, timedelta(minutes=61))

    assert stands() == ("done", "done")


def test_nobody_listening_is_not_taken(home):
    with host_running() as host:
        pass
    change = carry_out(asked(), webhook_to(host), NOON)

    assert (change.status, change.standing) == ("intended", "pending")


def test_a_slow_host_holds_nobody_longer_than_was_said(home):
    with host_running() as host:
        host.before = only("pause", sleeps(3.0))
        began = time.monotonic()
        change = carry_out(asked(), webhook_to(host), NOON, within_s=0.5)
        took_s = time.monotonic() - began

    assert took_s < 1.5
    assert change.status == "unknown"


def test_a_host_that_drips_is_no_quicker(home):
    def drips(request) -> None:
        request.send_response(200)
        request.end_headers()
        for _ in range(40):
            time.sleep(0.1)
            try:
                request.wfile.write(b" ")
            except OSError:
                return

    with host_running() as host:
        host.before = only("pause", drips)
        began = time.monotonic()
        change = carry_out(asked(), webhook_to(host), NOON, within_s=0.5)
        took_s = time.monotonic() - began

    assert took_s < 1.5
    assert change.status == "unknown"


def test_a_slow_reading_is_left_to_the_worker(home):
    with host_running() as host:
        host.before = only("read_back", sleeps(4.0))
        change = carry_out(asked(), webhook_to(host), NOON, within_s=1.5)
        assert (change.status, change.standing, change.counts) == ("done", "pending", False)
        host.before = lambda asked: None
        work(home, host, timedelta(minutes=1))

    assert stands() == ("done", "done")


def test_a_host_that_lies_never_counts_and_somebody_is_told(home):
    with host_running() as host:
        host.lies = True
        change = carry_out(asked(), webhook_to(host), NOON)
        assert (change.status, change.standing) == ("done", "pending")
        assert change.differs == ["paused_until_on: promised 2027-01-20, billing has none"]
        work(home, host, timedelta(seconds=30))
        assert not Task.objects.exists()
        work(home, host, timedelta(minutes=10))
        work(home, host, timedelta(days=2))

    change.refresh_from_db()
    assert (change.standing, change.counts) == ("unsure", False)
    [task] = Task.objects.all()
    assert "paused_until_on: promised 2027-01-20" in task.because["text"]
    assert task.account_id == "acme"


def test_a_host_that_is_a_moment_late_is_believed_then(home):
    with host_running() as host:
        host.lies = True
        carry_out(asked(), webhook_to(host), NOON)
        host.terms |= {"status": "paused", "paused_until_on": "2027-01-20"}
        work(home, host, timedelta(seconds=30))

    assert stands() == ("done", "done")
    assert not Task.objects.exists()


def test_a_refusal_is_final_and_somebody_is_told_why(home):
    said = '{"status": "refused", "message": "no pauses for annual plans"}'
    with host_running() as host:
        host.before = only("pause", says(200, said))
        change = carry_out(asked(), webhook_to(host), NOON)
        work(home, host, timedelta(days=1))

    assert (change.status, change.standing) == ("refused", "refused")
    assert host.kinds() == ["pause"]
    assert "no pauses for annual plans" in Task.objects.get().because["text"]


def test_pending_is_asked_again_until_it_is_done(home):
    said = '{"status": "pending", "reference": "job 7", "retry_after_s": 600}'
    with host_running() as host:
        host.before = only("pause", says(200, said))
        change = carry_out(asked(), webhook_to(host), NOON)
        assert (change.status, change.standing, change.reference) == ("sent", "pending", "job 7")
        work(home, host, timedelta(minutes=9))
        assert host.kinds() == ["pause"]
        host.before = lambda asked: None
        work(home, host, timedelta(minutes=11))

    assert stands() == ("done", "done")
    assert host.kinds() == ["pause", "pause", "read_back"]
    calls = BillingCall.objects.order_by("number").values_list("what", "said", "times")
    assert list(calls) == [("perform", "done", 2), ("read_back", "read", 1)]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "ok",
        "[]",
        "{}",
        "null",
        '{"status": "yes"}',
        '{"status": "done", "terms": {"status": "active"}}',
        '{"status": "done", "terms": {"subscription_id": "s", "status": "on"}}',
        "[" * 100_000,
        '{"status": "done", "message": "' + "x" * 70_000 + '"}',
        "\x00\xff",
        '{"status": "done"}{"status": "done"}',
        '{"status": "done", "terms": {"subscription_id": "s", "status": "active", "plan": "\\u0000"}}',
        '{"status": "done", "message": "\\ud800"}',
        '{"status": "done", "retry_after_s": NaN}',
        '{"status": "done", "terms": {"subscription_id": "s", "status": "active", "cancels_on": "soon"}}',
        '{"status": ["done"]}',
    ],
)
def test_rubbish_is_no_answer(home, body):
    with host_running() as host:
        host.before = only("pause", says(200, body))
        assert carry_out(asked(), webhook_to(host), NOON).status == "unknown"
        host.before = lambda asked: None
        work(home, host, timedelta(minutes=1))

    assert stands() == ("done", "done")


def test_after_three_days_in_vain_it_is_given_up_and_somebody_is_told(home):
    with host_running() as host:
        host.before = only("pause", says(503, "down"))
        change = carry_out(asked(), webhook_to(host), NOON)
        hours = 0
        while hours < 24 * 3 + 2:
            hours += 1
            work(home, host, timedelta(hours=hours))
            change.refresh_from_db()
            if change.status == "given_up":
                break

    assert hours == 72
    assert "given up after" in change.why
    assert Task.objects.get().key == "billing:given_up:visit_1:pause"


def test_a_cancellation_that_is_late_is_told_after_an_hour_and_goes_on(home):
    with host_running() as host:
        host.before = only("cancel_now", says(503, "down"))
        carry_out(asked("cancel_now", key="c"), webhook_to(host), NOON)
        work(home, host, timedelta(minutes=50))
        assert not Task.objects.exists()
        work(home, host, timedelta(minutes=61))
        assert Task.objects.get().status == "open"
        host.before = lambda asked: None
        work(home, host, timedelta(hours=2))

    assert stands("c") == ("done", "done")
    assert Task.objects.get().outcome == "resolved_itself"


def test_a_test_never_leaves_the_house(home):
    with host_running() as host:
        change = carry_out(asked(mode="test"), webhook_to(host), NOON)
        work(home, host, timedelta(days=1))

    assert host.requests == []
    assert (change.status, change.standing, change.counts) == ("done", "done", False)
    assert change.answered.reference == "test"


def test_what_the_system_cannot_is_refused_without_asking(home):
    with host_running() as host:
        system = webhook_to(host, can=frozenset({"cancel_now"}))
        change = carry_out(asked(), system, NOON)

    assert change.status == "refused"
    assert host.requests == []
    assert Task.objects.count() == 1


def test_a_host_that_is_at_it_when_the_time_is_over_is_not_asked_again(home):
    with host_running() as host:
        host.after = only("pause", sleeps(4.0))
        change = carry_out(asked(), webhook_to(host), NOON, within_s=1.5)
        assert (change.status, change.standing) == ("unknown", "unsure")
        host.after = lambda asked: None
        work(home, host, timedelta(minutes=1))

    assert stands() == ("done", "done")
    assert host.kinds() == ["pause", "read_back"]


def test_a_host_that_answers_twice_is_heard_once(home):
    def twice(request) -> None:
        for status in ("done", "refused"):
            request.answer(200, f'{{"status": "{status}"}}'.encode())

    with host_running() as host:
        host.after = only("pause", twice)
        change = carry_out(asked(), webhook_to(host), NOON)

    assert change.counts


def test_headers_without_end_and_endless_promises_to_go_on_end_in_time(home):
    def endless(line: bytes):
        def write(request) -> None:
            request.wfile.write(b"HTTP/1.1 200 OK\r\n" if b":" in line else b"")
            with suppress(OSError):
                for _ in range(100_000):
                    request.wfile.write(line)

        return write

    for line in (b"x: y\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"):
        with host_running() as host:
            host.before = only("pause", endless(line))
            began = time.monotonic()
            change = carry_out(asked(key=f"{line}"), webhook_to(host), NOON, within_s=0.5)
            assert time.monotonic() - began < 2.0
            assert change.status == "unknown"
            BillingChange.objects.all().delete()


def test_a_host_that_speaks_no_tls_is_not_asked(home):
    with host_running() as host:
        system = webhook_to(host, url=host.url.replace("http:", "https:"))
        change = carry_out(asked(), system, NOON)

    assert change.status == "intended"
    assert host.requests == []


def test_a_host_that_cannot_be_read_is_given_a_day_and_then_somebody_is_told(home):
    with host_running() as host:
        host.before = only("read_back", says(500, ""))
        change = carry_out(asked(), webhook_to(host), NOON)
        for hours in range(1, 30):
            work(home, host, timedelta(hours=hours))

    change.refresh_from_db()
    assert (change.status, change.standing, change.counts) == ("done", "unsure", False)
    assert "it could not be read back" in change.differs[0]
    assert Task.objects.get().key == "billing:differs:visit_1:pause"
    assert host.kinds().count("pause") == 1


def test_what_is_unsure_and_unread_for_a_day_is_not_asked_for_again(home):
    with host_running() as host:
        host.before = lambda asked: says(500, "")
        carry_out(asked(), webhook_to(host), NOON)
        for hours in (1, 5, 12, 23):
            work(home, host, timedelta(hours=hours))
        asked_on_the_first_day = host.kinds().count("pause")
        for hours in (25, 30, 48, 73, 80):
            work(home, host, timedelta(hours=hours))

    assert asked_on_the_first_day == host.kinds().count("pause") == 5
    assert stands() == ("given_up", "unsure")
    assert Task.objects.get().key == "billing:given_up:visit_1:pause"
