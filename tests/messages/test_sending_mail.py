"""What a mail server may answer, at each step, and what the ledger then says."""

import smtplib
import socket
from datetime import timedelta

import pytest
from message_worlds import LATER, NOON, intended, send_all, settings_of, status_of, statuses
from smtp_sink import Sink, sink_running

from tenure.messages.ledger import intend
from tenure.messages.models import Message, SuppressedAddress
from tenure.messages.sending import send_due
from tenure.messages.smtp import Smtp

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_mail_arrives_once_and_says_so():
    with sink_running() as sink:
        intended("ann@example.org", key="digest:1")
        sent = send_all(sink.port)
        again = send_all(sink.port, NOON + LATER)

    assert sent.counts == {"sent": 1}
    assert again.total == 0
    assert sink.received("ann@example.org") == 1
    assert status_of("digest:1") == "sent"
    assert Message.objects.get().why == "250 Taken"


def test_the_same_key_is_the_same_message():
    with sink_running() as sink:
        first = intended("ann@example.org", key="digest:1")
        second = intended("ann@example.org", key="digest:1", subject="Another")
        send_all(sink.port)
        intended("ann@example.org", key="digest:1", now=NOON + LATER)
        send_all(sink.port, NOON + LATER)

    assert first.pk == second.pk
    assert second.subject == "News of Northwind"
    assert sink.received("ann@example.org") == 1


def test_what_is_refused_for_now_is_tried_again_later_and_arrives():
    with sink_running() as sink:
        intended("grey@example.org", key="g")
        assert send_all(sink.port).counts == {"ready": 1}
        too_early = send_all(sink.port, NOON + timedelta(seconds=29))
        assert send_all(sink.port, NOON + timedelta(seconds=31)).counts == {"sent": 1}

    assert too_early.total == 0
    assert sink.received("grey@example.org") == 1
    assert Message.objects.get().attempts == 2


@pytest.mark.parametrize("mood", ["later", "busy"])
def test_what_is_refused_for_ever_for_now_is_given_up_after_a_day_and_a_half(mood):
    now, tries = NOON, 0
    with sink_running() as sink:
        intended(f"{mood}@example.org", key="x")
        while status_of("x") == "ready" and tries < 100:
            now, tries = now + timedelta(hours=5), tries + 1
            send_all(sink.port, now)

    assert status_of("x") == "failed"
    assert tries == 16
    assert "given up after 16 attempts" in Message.objects.get().why
    assert not sink.taken


def test_a_mailbox_that_does_not_exist_gets_nothing_any_more():
    with sink_running() as sink:
        intended("gone@example.org", key="first")
        intended("Gone@example.org", key="waits meanwhile")
        send_all(sink.port, limit=1)
        intended("gone@example.org", key="later")
        assert send_all(sink.port, NOON + LATER).total == 0

    assert [status_of(key) for key in ("first", "waits meanwhile", "later")] == [
        "failed",
        "suppressed",
        "suppressed",
    ]
    assert "5.1.1" in Message.objects.get(key="later").why
    assert sink.tries["gone@example.org"] == 1


@pytest.mark.parametrize("mood", ["full", "heavy"])
def test_a_refusal_that_is_not_about_the_address_stops_only_this_mail(mood):
    with sink_running() as sink:
        intended(f"{mood}@example.org", key="x")
        send_all(sink.port)

    assert status_of("x") == "failed"
    assert not SuppressedAddress.objects.exists()


def test_one_refused_recipient_among_several_costs_the_others_nothing():
    addresses = [f"ann-{n}@example.org" for n in range(6)]
    with sink_running() as sink:
        for address in [*addresses[:3], "gone@example.org", "later@example.org", *addresses[3:]]:
            intended(address)
        sent = send_all(sink.port)

    assert sent.counts == {"sent": 6, "failed": 1, "ready": 1}
    assert sorted(to for to, _ in sink.taken) == addresses
    assert sink.connections == 1, "one connection serves all of them"


def test_a_connection_lost_before_data_is_tried_again():
    with sink_running() as sink:
        intended("drop@example.org", key="x")
        assert send_all(sink.port).counts == {"ready": 1}

    assert not sink.taken
    assert "no mail can be handed to 127.0.0.1" in Message.objects.get().why


def test_an_answer_lost_after_data_is_unknown_and_never_tried_again():
    with sink_running() as sink:
        intended("lost@example.org", key="x")
        assert send_all(sink.port).counts == {"unknown": 1}
        for days in range(1, 4):
            assert send_all(sink.port, NOON + timedelta(days=days)).total == 0

    assert status_of("x") == "unknown"
    assert sink.received("lost@example.org") == 1


def test_a_server_too_slow_to_answer_is_unknown_not_twice():
    with sink_running(Sink(slow_s=1.2)) as sink:
        intended("slow@example.org", key="x")
        transport = Smtp(settings_of(sink.port, timeout_s=0.3), lambda: NOON)
        send_due(NOON, {"mail": transport})
        transport.close()

    assert status_of("x") == "unknown"
    assert sink.received("slow@example.org") <= 1


def test_nothing_listening_keeps_all_waiting_and_asks_once():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for n in range(5):
        intended(f"ann-{n}@example.org")
    sent = send_all(port)

    assert sent.counts == {"ready": 1}
    assert sent.down == {"mail"}
    assert statuses() == {"ready": 5}
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]


def test_a_kept_connection_that_was_closed_meanwhile_is_opened_anew():
    with sink_running() as sink:
        transport = Smtp(settings_of(sink.port), lambda: NOON)
        intended("ann@example.org")
        send_due(NOON, {"mail": transport})
        transport._connection.sock.shutdown(socket.SHUT_RDWR)
        intended("bob@example.org")
        sent = send_due(NOON, {"mail": transport})
        transport.close()

    assert sent.counts == {"sent": 1}
    assert [to for to, _ in sink.taken] == ["ann@example.org", "bob@example.org"]


def test_a_message_is_never_sent_after_it_is_of_use():
    with sink_running() as sink:
        intended("ann@example.org", key="late", valid_until=NOON + timedelta(minutes=10))
        intended("later@example.org", key="tried", valid_until=NOON + timedelta(seconds=20))
        send_all(sink.port, NOON + timedelta(minutes=10), limit=5)

    assert statuses() == {"suppressed": 2}
    assert "too late" in Message.objects.get(key="late").why
    assert not sink.taken


def test_what_would_be_too_late_when_tried_again_is_withheld_with_both_reasons():
    with sink_running() as sink:
        intended("later@example.org", key="x", valid_until=NOON + timedelta(seconds=20))
        assert send_all(sink.port).counts == {"suppressed": 1}

    why = Message.objects.get().why
    assert "too late" in why
    assert "451" in why


def test_without_a_transport_messages_wait():
    intended("ann@example.org")
    assert send_due(NOON, {}).total == 0
    assert statuses() == {"ready": 1}


def test_a_sign_in_link_is_gone_from_the_ledger_once_it_was_tried():
    with sink_running() as sink:
        intend(
            key="sign_in:1",
            purpose="sign_in",
            channel="mail",
            recipient="ann@example.org",
            subject="Sign in",
            text="https://example.com/sign-in/secret",
            html="<a href='https://example.com/sign-in/secret'>",
            now=NOON,
        )
        send_all(sink.port)

    message = Message.objects.get()
    assert message.status == "sent"
    assert (message.text, message.html, message.subject) == ("", "", "")
    assert b"sign-in/secret" in sink.raw[0]


def test_the_library_raises_only_what_the_transport_expects():
    """Every error of smtplib is an OSError: that is what `Smtp` catches."""
    assert issubclass(smtplib.SMTPException, OSError)
