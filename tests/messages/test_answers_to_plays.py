"""From a mail of a shipped play, over a real server each way, to a task for whoever owns it."""

from datetime import datetime, timedelta

import pytest
from mailbox_worlds import answer, mail_server, mail_to, new_mailbox
from message_worlds import send_all
from smtp_sink import sink_running

from card.card_worlds import live
from customers.arriving import NOW, arrive, events
from plays.library_mails import PRODUCT_TEXT, made
from tenure.app.decoders import DECODERS
from tenure.base.clock import system_clock
from tenure.base.errors import Conflict
from tenure.collect.rejects import keep_rejected
from tenure.content import models as content
from tenure.content.picking import Wanted, sayable
from tenure.content.testimonials import moderate
from tenure.customers.models import Account, Person
from tenure.definitions.folder_text import pack
from tenure.definitions.models import DefinitionVersion
from tenure.definitions.store import put_in_force
from tenure.lake.inbox import open_inbox
from tenure.lake.shipping import ship
from tenure.messages.forgetting import forget_in_messages
from tenure.messages.mailbox.models import MailboxRead, MailReply
from tenure.messages.mailbox.reading import read_mailbox
from tenure.messages.mailbox.replies import keep_as_candidate
from tenure.messages.models import Message, MessageAbout, Status
from tenure.plays.answered import take_up_answers
from tenure.plays.following import begin_at, follow_plays
from tenure.plays.in_force import play_named
from tenure.plays.models import Enrolment
from tenure.plays.replay_summary import note_replay
from tenure.plays.replaying import Replay
from tenure.plays.switching import switch
from tenure.plays.turning import go_on_due
from tenure.proof.models import Assignment
from tenure.tasks.models import Task
from tenure.tasks.work import close

pytestmark = pytest.mark.django_db
NAME = "more_features"
WORLD = """
    day 1    group     ada @acme   {"name": "Acme"}
    day 1    identify  ada @acme   {"name": "Ada Lovelace", "email": "ada@acme.example"}
    day 364  track     ada @acme   Project Created
"""


@pytest.fixture(scope="module")
def server():
    with mail_server() as port:
        yield port


@pytest.fixture
def mailbox(home, server):
    return new_mailbox(
        home, server, '[plays]\napp_url = "https://app.example.com"\n'
        '[console]\nurl = "https://tenure.example.com"\n'
    )  # fmt: skip


@pytest.fixture
def mailed(home, mailbox):
    """The second feature was told to Ada; the play waits for what she says to the first."""
    live(home, WORLD)
    put_in_force("product", "", PRODUCT_TEXT, now=NOW, by="ada")
    files = made(NAME).files
    put_in_force("play", NAME, pack(files, "play.toml", f"plays/{NAME}"), now=NOW, by="ada")
    play, today = play_named(NAME), NOW.date()
    note_replay(Replay(NAME, play.digest, today - timedelta(days=1), today, (), {}), NOW)
    begin_at(home, play)
    switch(NAME, is_on=True, now=NOW, by="ada")
    for experiment in (f"play:{NAME}", "plays"):
        Assignment.objects.create(
            experiment=experiment, account_id="acme", arm="treated", share=0.2, exposed_at=NOW
        )
    arrive(home, events(f"day 365  track  ada @acme   {play.entry.event}"))
    follow_plays(home, NOW)
    for day in range(1, 10):
        go_on_due(home, NOW + timedelta(days=day, hours=10))
    now = NOW + timedelta(days=9, hours=10)
    with sink_running() as sink:
        send_all(sink.port, now)
    [(to, mail)] = sink.taken
    assert to == "ada@acme.example"
    return mail, now


def replied(mail, words: str, number: int = 1) -> str:
    return (
        f"From: Ada <ada@acme.example>\nSubject: Re: {mail['Subject']}\n"
        f"Message-ID: <{number}@acme.example>\nIn-Reply-To: {mail['Message-ID']}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{words}\n\n> {mail['Subject']}\n"
    )


def heard(home, now: datetime) -> None:
    """What the worker does of it."""
    inbox = open_inbox(home, "")
    try:
        ship(home, inbox, DECODERS, keep_rejected, now)
    finally:
        inbox.close()
    take_up_answers(home, now)
    follow_plays(home, now)
    take_up_answers(home, now)


def test_an_answer_to_the_ps_is_the_plays_task_with_their_words(home, mailbox, mailed):
    mail, now = mailed
    mailbox.put(replied(mail, "It saved us a day a week."), at=now + timedelta(hours=1))
    later = now + timedelta(hours=2)
    assert read_mailbox(home, later) == 1
    heard(home, later)
    task = Task.objects.get()
    assert task.title.startswith("They replied about ")
    assert task.because["play"] == NAME and task.because["step"] == "answer_first"
    assert "It saved us a day a week." in task.because["text"]
    assert (task.account_id, task.person_id) == ("acme", "ada")
    assert MailReply.objects.get().taken_up_at == later
    assert Enrolment.objects.get().at == "second_wait"


def test_an_answer_to_another_plays_mail_is_none_of_this_one(home, mailbox, mailed):
    _mail, now = mailed
    said = {"message_id": "1", "source": "tenure", "type": "system", "name": "Message Received",
            "occurred_at": now, "known_at": now, "received_at": now, "user_id": "ada"}  # fmt: skip
    arrive(home, [said | {"properties": '{"play":"nps","text":"9"}'}])
    follow_plays(home, now)
    assert Enrolment.objects.get().at == "first_reply" and not Task.objects.exists()
    # What a help desk tells names no play: it may be the answer.
    arrive(home, [said | {"message_id": "2", "properties": '{"text":"Well"}'}])
    follow_plays(home, now)
    assert Enrolment.objects.get().at == "second_wait"
    assert Task.objects.get().title.startswith("They replied about")


def test_an_answer_that_comes_when_nobody_waits_any_more_is_a_task_of_its_own(
    home, mailbox, mailed
):
    mail, now = mailed
    later = now + timedelta(days=6)
    go_on_due(home, later)
    assert Enrolment.objects.get().at == "second_wait"
    mailbox.put(replied(mail, "Late, but it works."), at=later)
    read_mailbox(home, later)
    heard(home, later)
    task = Task.objects.get()
    assert task.title == f"They answered “{Message.objects.get(status='sent').subject}”"
    assert "Late, but it works." in task.because["text"]
    heard(home, later + timedelta(hours=2))
    assert Task.objects.count() == 1


def test_an_answer_to_a_play_that_cannot_be_read_any_more_waits_for_nobody(home, mailbox, mailed):
    mail, now = mailed
    DefinitionVersion.objects.filter(kind="play").update(text="=== play.toml\nno = [play\n")
    mailbox.put(replied(mail, "It saved us a day a week."), at=now)
    read_mailbox(home, now)
    assert take_up_answers(home, now) == 1
    assert "It saved us a day a week." in Task.objects.get().because["text"]


@pytest.fixture
def answered(home, mailbox):
    """Ada answered a mail; what she said was read at this moment."""
    now = system_clock()
    seen = {"created_at": now, "first_seen_at": now, "last_seen_at": now}
    Person.objects.create(person_id="ada", name="Ada Lovelace", email="ada@acme.example", **seen)
    Account.objects.create(account_id="acme", name="Acme", **seen)
    mail = mail_to("ada@acme.example", now=now - timedelta(days=1))
    MessageAbout.objects.create(message=mail, kind="person", subject_id="ada")
    mailbox.put(answer(mail, "It saved us a day a week."))
    read_mailbox(home, now)
    return now


def test_an_answer_is_a_candidate_once_and_shown_nowhere_without_consent(answered):
    reply, now = MailReply.objects.get(), answered
    kept = keep_as_candidate(reply, now=now, by="mara", language="en")
    assert (kept.words, kept.who, kept.company) == (
        "It saved us a day a week.", "Ada Lovelace", "Acme",
    )  # fmt: skip
    assert kept.standing == "waiting" and kept.scope == []
    moderate(kept, "approved", by="mara", now=now)
    assert sayable(now).pick(Wanted("site", "en")) == []
    with pytest.raises(Conflict, match="kept already"):
        keep_as_candidate(reply, now=now, by="mara", language="en")
    assert content.Testimonial.objects.count() == 1


def test_who_is_forgotten_is_forgotten_with_what_they_answered(home, answered):
    forget_in_messages(["acme"], ["ada"], answered)
    assert not MailReply.objects.exists()
    # Read anew it says nothing of anybody.
    MailboxRead.objects.all().delete()
    read_mailbox(home, answered + timedelta(minutes=1))
    assert not MailReply.objects.exists()
    assert MailboxRead.objects.get().counts == {"other": 1}


def test_an_answer_to_a_mail_of_no_play_is_a_task_too(home, mailbox):
    at = system_clock()
    receipt = mail_to(now=at - timedelta(days=1), purpose="receipt", play="", enrolment="")
    mailbox.put(answer(receipt, "I did not cancel."))
    read_mailbox(home, at)
    assert take_up_answers(home, at) == 1
    task = Task.objects.get()
    assert "I did not cancel." in task.because["text"]
    # Who writes again and again makes one task, until somebody has closed it.
    mailbox.put(*(answer(receipt, f"Mail {number}") for number in range(3)))
    read_mailbox(home, at + timedelta(minutes=1))
    assert take_up_answers(home, at) == 0
    close(task, "helped", now=at, by="mara")
    mailbox.put(answer(receipt, "Again"))
    read_mailbox(home, at + timedelta(minutes=2))
    assert take_up_answers(home, at) == 1
    assert Message.objects.get().status == Status.SENT
