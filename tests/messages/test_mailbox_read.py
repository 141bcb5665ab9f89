"""A mailbox on a real server: what is in it is heard once, and stays as it is."""

from datetime import timedelta

import pytest
from mailbox_worlds import (
    answer,
    mail_server,
    mail_to,
    moody_server,
    named,
    new_mailbox,
    report,
)
from message_worlds import NOON, intended

from tenure.app.decoders import DECODERS
from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition
from tenure.collect.rejects import keep_rejected
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import reading
from tenure.lake.shipping import ship
from tenure.messages.mailbox.configuration import mailbox_settings
from tenure.messages.mailbox.models import MailboxRead, MailNotGiven, MailReply
from tenure.messages.mailbox.not_given import due_again, note_not_given
from tenure.messages.mailbox.reading import read_mailbox
from tenure.messages.mailbox.standing import mailbox_standing
from tenure.messages.models import Message, MessageFeedback, SuppressedAddress

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def server():
    with mail_server() as port:
        yield port


@pytest.fixture
def mailbox(home, server):
    return new_mailbox(home, server)


def now():
    """The server's clock is the machine's, so ours is."""
    return system_clock()


def counts() -> dict[str, int]:
    return MailboxRead.objects.get().counts


def told(home) -> list[dict]:
    """The events that reach the lake."""
    inbox = open_inbox(home, "")
    try:
        ship(home, inbox, DECODERS, keep_rejected, now())
    finally:
        inbox.close()
    with reading(home, fresh=True) as reader:
        rows = reader.relation("event").to_pylist()
    return [row for row in rows if row["name"] == "Message Received"]


def test_an_answer_is_an_event_of_who_got_the_mail_with_their_own_words_alone(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    mailbox.put(
        answer(
            sent, "It saved us a day a week.\n\nOn Sun, 22 Nov 2026, Tenure wrote:\n> How was it?"
        )
    )
    assert read_mailbox(home, now()) == 1
    reply = MailReply.objects.get()
    assert (reply.message, reply.words) == (sent, "It saved us a day a week.")
    [event] = told(home)
    assert (event["user_id"], event["account_key"]) == ("ann", "acme")
    assert '"text":"It saved us a day a week."' in event["properties"]
    assert '"play":"more_features"' in event["properties"]
    assert '"step":"second_feature"' in event["properties"]


def test_each_mail_is_read_once_and_left_as_it_was(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    mailbox.put(answer(sent, "One"))
    assert read_mailbox(home, now()) == 1
    mailbox.put(answer(sent, "Two"))
    assert read_mailbox(home, now() + MINUTE) == 1
    assert read_mailbox(home, now() + 2 * MINUTE) == 0
    assert sorted(MailReply.objects.values_list("words", flat=True)) == ["One", "Two"]
    assert counts() == {"reply": 2}
    assert len(mailbox.flags()) == 2
    assert not any(b"Seen" in each or b"Deleted" in each for each in mailbox.flags())


def test_a_reader_that_was_killed_reads_again_and_doubles_nothing(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    gone = mail_to("gone@acme.example", now=now() - timedelta(days=1))
    mailbox.put(answer(sent, "One"), returned(gone))
    read_mailbox(home, now())
    # As killed before anything of it was written down but the event, which goes first.
    MailboxRead.objects.update(uid=0, counts={})
    MailReply.objects.all().delete()
    read_mailbox(home, now() + MINUTE)
    assert MailReply.objects.count() == 1
    assert MessageFeedback.objects.count() == 1
    assert len(told(home)) == 1


def test_a_folder_that_was_made_anew_is_read_anew_and_doubles_nothing(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    mails = [answer(sent, "One"), answer(sent, "Two")]
    mailbox.put(*mails)
    read_mailbox(home, now())
    before = MailboxRead.objects.get().validity
    mailbox.empty()
    mailbox.put(*mails, answer(sent, "Three"))
    assert read_mailbox(home, now() + MINUTE) == 3
    assert MailboxRead.objects.get().validity != before
    assert MailReply.objects.count() == len(told(home)) == 3


def test_of_a_mailbox_that_was_never_read_the_last_days_are(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=40))
    mailbox.put(answer(sent, "Long ago"), at=now() - timedelta(days=30))
    assert read_mailbox(home, now()) == 0
    assert read_mailbox(home, now() + MINUTE) == 0
    mailbox.put(answer(sent, "Today"))
    assert read_mailbox(home, now() + 2 * MINUTE) == 1
    assert MailReply.objects.get().words == "Today"


def test_it_is_looked_at_once_a_minute_by_one_of_two_workers(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    mailbox.put(answer(sent, "One"))
    began = now()
    assert read_mailbox(home, began) == 1
    mailbox.put(answer(sent, "Two"))
    assert read_mailbox(home, began) == 0
    assert read_mailbox(home, began + MINUTE) == 1


def returned(message: Message, status: str = "5.1.1", said: str = "550 5.1.1 no such user") -> str:
    fields = (
        f"Final-Recipient: rfc822; {message.recipient}\nAction: failed\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {said}"
    )
    return report("delivery-status", fields, named(message))


def test_a_mail_that_returned_suppresses_its_address(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    mailbox.put(returned(sent))
    read_mailbox(home, now())
    sent.refresh_from_db()
    assert (sent.status, counts()) == ("bounced", {"report": 1})
    assert "550 5.1.1 no such user" in sent.why
    assert SuppressedAddress.objects.get().address == "ann@acme.example"


def test_a_full_mailbox_suppresses_nothing(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    mailbox.put(returned(sent, "4.2.2", "452 4.2.2 over quota"))
    read_mailbox(home, now())
    sent.refresh_from_db()
    assert (sent.status, SuppressedAddress.objects.count()) == ("bounced", 0)


def test_a_complaint_withdraws_consent_and_suppresses(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1), topic="tips")
    mailbox.put(report("feedback-report", "Feedback-Type: abuse\nVersion: 1", named(sent)))
    read_mailbox(home, now())
    sent.refresh_from_db()
    assert sent.status == "complained"
    assert SuppressedAddress.objects.get().kind == "complained"


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded"])
def test_what_is_not_final_says_nothing(home, mailbox, action):
    sent = mail_to(now=now() - timedelta(days=1))
    mailbox.put(report("delivery-status", f"Action: {action}\nStatus: 4.0.0", named(sent)))
    read_mailbox(home, now())
    sent.refresh_from_db()
    assert (sent.status, counts()) == ("sent", {"automatic": 1})


def test_a_report_that_anybody_could_have_written_is_not_believed(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    guessed = f"<{sent.pk}.{'0' * 32}@example.com>"
    fields = f"Final-Recipient: rfc822; {sent.recipient}\nAction: failed\nStatus: 5.1.1"
    mailbox.put(report("delivery-status", fields, guessed))
    mailbox.put(report("feedback-report", "Feedback-Type: abuse", guessed))
    read_mailbox(home, now())
    sent.refresh_from_db()
    assert (sent.status, SuppressedAddress.objects.count()) == ("sent", 0)
    assert counts() == {"automatic": 2}


def test_what_is_no_answer_of_who_got_the_mail_is_counted_and_left(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    sign_in = intended("ops@example.org", now=now() - timedelta(days=1))
    mailbox.put(
        answer(sent, "I am away", Auto_Submitted="auto-replied"),
        answer(sent, "I am away", Subject="Out of office: back on Monday"),
        answer(sent, "Our list", List_Id="<staff.acme.example>"),
        answer(sent, "A loop", From="tenure@example.com"),
        answer(sent, "Not me", From="mallory@evil.example"),
        answer(sent, "Both", From=f"{sent.recipient}, mallory@evil.example"),
        answer(sent, "Guessed", In_Reply_To=f"<{sent.pk}.{'0' * 32}@example.com>"),
        answer(sent, "New", In_Reply_To=""),
        answer(sign_in, "To one of us"),
    )
    assert read_mailbox(home, now()) == 9
    assert counts() == {"automatic": 4, "stranger": 2, "other": 3}
    assert MailReply.objects.count() == 0
    assert told(home) == []


def test_an_address_is_the_same_in_capitals_and_its_domain_in_ascii(home, mailbox):
    sent = mail_to("ann@bücher.example", now=now() - timedelta(days=1))
    assert sent.recipient == "ann@xn--bcher-kva.example"
    mailbox.put(answer(sent, "Mine", From="Ann <Ann@XN--bcher-kva.Example>"))
    read_mailbox(home, now())
    assert MailReply.objects.get().words == "Mine"


def test_the_mail_is_named_by_references_and_by_a_provider_as_well(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    theirs = mail_to("bob@acme.example", now=now() - timedelta(days=1), provider_id="0100abcd")
    mailbox.put(
        answer(sent, "By reference", In_Reply_To="<x@y>", References=f"{named(sent)} <x@y>"),
        answer(theirs, "By provider", In_Reply_To="<0100abcd@email.provider.example>"),
    )
    read_mailbox(home, now())
    found = dict(MailReply.objects.values_list("words", "message__recipient"))
    assert found == {"By reference": "ann@acme.example", "By provider": "bob@acme.example"}


def test_why_it_cannot_be_read_is_said_and_the_password_never(home, mailbox):
    home.settings_file.write_text(mailbox.toml(password="wrong-and-secret"))
    assert read_mailbox(home, now()) == 0
    state = MailboxRead.objects.get()
    assert state.read_at is None
    assert state.problem.startswith("the mail server said")
    assert "wrong-and-secret" not in state.problem

    home.settings_file.write_text(mailbox.toml().replace(mailbox.folder, "Nowhere"))
    read_mailbox(home, now())
    assert "Nowhere" in MailboxRead.objects.exclude(name=state.name).get().problem


def test_a_server_that_is_not_there_is_tried_again(home, mailbox):
    home.settings_file.write_text(mailbox.toml().replace(f"port = {mailbox.port}", "port = 1"))
    assert read_mailbox(home, NOON) == 0
    assert MailboxRead.objects.get().problem.startswith("the mail server was not reached")


def test_the_settings_are_checked_and_show_no_password(home, mailbox):
    found = mailbox_settings(home, {"TENURE_MAIL_INBOX_PASSWORD": "from-the-environment"})
    assert found.password == "from-the-environment"
    assert "from-the-environment" not in repr(found)
    home.settings_file.write_text(mailbox.toml().replace("127.0.0.1", "imap.example.com"))
    with pytest.raises(BadDefinition, match=r"mail.inbox.security: a password would travel"):
        mailbox_settings(home, {})


def test_it_is_said_whether_the_mailbox_is_read_and_when_it_was_last(home, mailbox):
    assert mailbox_standing(home, now()).sentence.endswith("was not read yet; the worker does so.")
    at = now()
    read_mailbox(home, at)
    assert mailbox_standing(home, at).sentence.endswith(f"was read at {at:%Y-%m-%d %H:%M} UTC.")
    late = mailbox_standing(home, at + timedelta(hours=1))
    assert not late.is_well and "see whether the worker runs" in late.sentence
    MailboxRead.objects.update(problem="the mail server said: no")
    assert "cannot be read: the mail server said: no" in mailbox_standing(home, at).sentence
    home.settings_file.write_text("")
    assert mailbox_standing(home, at).is_well and not mailbox_standing(home, at).is_open


@pytest.mark.parametrize("mood", ["no", "nothing", "cut"])
def test_a_mail_that_the_server_does_not_hand_out_keeps_no_other_waiting(home, mailbox, mood):
    sent = mail_to(now=now() - timedelta(days=1))
    mailbox.put(answer(sent, "One"), answer(sent, "Two"), answer(sent, "Three"))
    numbers = mailbox.numbers()
    moods = {numbers[1]: mood}
    with moody_server(mailbox.port, moods) as port:
        home.settings_file.write_text(mailbox.toml().replace(str(mailbox.port), str(port)))
        began = now()
        for minute in range(3):
            read_mailbox(home, began + minute * MINUTE)
        assert sorted(MailReply.objects.values_list("words", flat=True)) == ["One", "Three"]
        standing = mailbox_standing(home, began + 2 * MINUTE)
        assert not standing.is_well
        assert f"number (UID): {numbers[1]}" in standing.sentence or mood == "cut"

        moods.clear()
        read_mailbox(home, began + timedelta(hours=1))
        assert sorted(MailReply.objects.values_list("words", flat=True)) == ["One", "Three", "Two"]
        assert mailbox_standing(home, began + timedelta(hours=1)).is_well
        assert counts() == {"reply": 3}


def test_a_mail_that_never_comes_is_asked_for_some_twenty_times_and_told_for_weeks(home, mailbox):
    read_mailbox(home, now())
    state, began = MailboxRead.objects.get(), now()
    note_not_given(state, 7, "NO cannot read the message", began)
    for hour in range(16 * 24):
        at = began + timedelta(hours=hour)
        for uid in due_again(state, at):
            note_not_given(state, uid, "NO cannot read the message", at)
    left = MailNotGiven.objects.get()
    assert left.due_at is None and 12 < left.tries < 25
    MailboxRead.objects.update(tried_at=at)
    told = mailbox_standing(home, at)
    assert not told.is_well and "(UID): 7. The server says: NO cannot read" in told.sentence


def test_a_server_that_hands_out_nothing_is_the_one_that_is_ill(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    mailbox.put(*(answer(sent, word) for word in ("One", "Two", "Three", "Four")))
    with moody_server(mailbox.port, dict.fromkeys(mailbox.numbers(), "no")) as port:
        home.settings_file.write_text(mailbox.toml().replace(str(mailbox.port), str(port)))
        read_mailbox(home, now())
    assert "hands out no mail" in MailboxRead.objects.get().problem
    assert MailNotGiven.objects.count() == 3


def test_a_mailbox_that_is_behind_is_told_to_be_behind(home, mailbox):
    sent = mail_to(now=now() - timedelta(days=1))
    first = answer(sent, "One")
    mailbox.put(*[first] * 3)
    MailboxRead.objects.create(name=mailbox_settings(home).name, problem="it was not reached")
    at = now()
    assert read_mailbox(home, at, most=2) == 2
    state = MailboxRead.objects.get()
    assert (state.read_at, state.problem, state.waiting) == (None, "", 1)
    standing = mailbox_standing(home, at)
    assert not standing.is_well and "is behind: 1 mail waits" in standing.sentence
    assert read_mailbox(home, at + MINUTE, most=2) == 1
    assert mailbox_standing(home, at + MINUTE).is_well


def test_a_mistake_in_how_mail_goes_out_is_why_none_is_read(home, mailbox):
    written = home.settings_file.read_text()
    home.settings_file.write_text(written.replace("Tenure <tenure@example.com>", "nobody"))
    at = now()
    assert read_mailbox(home, at) == 0
    standing = mailbox_standing(home, at)
    assert not standing.is_well and "mail.from" in standing.sentence
    home.settings_file.write_text(written)
    read_mailbox(home, at + MINUTE)
    assert mailbox_standing(home, at + MINUTE).is_well
