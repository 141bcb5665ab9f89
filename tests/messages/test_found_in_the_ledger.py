"""Which messages a question finds, why one was withheld, and whom the inboxes page names."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from mailbox_worlds import mail_to
from message_worlds import NOON

from tenure.console.pages.inbox.people import LATEST_MOST, had_by, lately_written_to
from tenure.customers.models import IdentityLink
from tenure.messages.because_words import because_sentence, stands_sentence
from tenure.messages.mailbox.models import MailReply
from tenure.messages.models import Message, Status, SuppressedFor
from tenure.messages.searching import GROUPS, Search, search_messages

pytestmark = pytest.mark.django_db


def in_ledger(**keys: str) -> None:
    """One message in each of these states; a state with `+` was shown before."""
    Message.objects.bulk_create(
        Message(
            key=key,
            purpose="play",
            channel="in_app" if "shown" in said or said.rstrip("+") in IN_APP else "mail",
            status=said.rstrip("+"),
            sending_at=NOON if said.endswith("+") else None,
            intended_at=NOON,
            next_at=NOON,
        )
        for key, said in keys.items()
    )


IN_APP = (Status.SHOWN, Status.CLICKED, Status.DISMISSED, Status.DONE, Status.EXPIRED)


def found(group: str) -> set[str]:
    return {row.key for row in search_messages(Search(status=group)).rows}


def test_a_group_has_what_is_shown_in_the_product_and_what_ran_out():
    in_ledger(
        sent="sent", shown="shown+", clicked="clicked+", closed="dismissed+", done="done+",
        seen_and_over="expired+", never_seen="expired", refused="failed", kept="suppressed",
        waits="held", left_alone="control",
    )  # fmt: skip
    assert found("out") == {"sent", "shown", "clicked", "closed", "done", "seen_and_over"}
    assert found("withheld") == {"never_seen", "refused", "kept"}
    assert found("waiting") == {"waits"}
    assert found("expired") == {"seen_and_over", "never_seen"}


def test_every_state_is_in_one_group_but_chance():
    in_ledger(**{each: each for each in Status.values})
    several = [found(group) for group in GROUPS if group != "answered"]
    assert set().union(*several) == set(Status.values) - {"control"}
    assert sum(map(len, several)) == len(Status.values) - 1


def test_what_was_answered_is_found_once_however_often():
    sent, _other = mail_to(), mail_to("bob@acme.example")
    for key in ("a", "b"):
        MailReply.objects.create(key=key, message=sent, at=NOON, heard_at=NOON)
    asked = search_messages(Search(status="answered"))
    assert ([row.pk for row in asked.rows], asked.count) == ([sent.pk], 1)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (SuppressedFor.COMPLAINED, "Nothing is sent to this address (Marked as unwanted)"),
        (SuppressedFor.OPERATOR, "Nothing is sent to this address (Suppressed by hand)"),
        (SuppressedFor.REFUSED, "Nothing is sent to this address (Refused by its mail server)"),
        ("", "Nothing is sent to this address: it is suppressed"),
    ],
)
def test_why_nothing_is_sent_to_an_address_is_said_as_it_is(kind, said):
    because = {"code": "address", "kind": str(kind)} if kind else {"code": "address"}
    assert because_sentence(because) == said
    row = Message(status=Status.SUPPRESSED, because=because, why="the address is suppressed: x")
    assert stands_sentence(row) == f"Withheld: {said}"


def test_who_is_two_ids_is_named_once_with_what_both_got():
    mail_to("ann@acme.example", person_id="anon:1", now=NOON, key="a")
    mail_to("ann@acme.example", person_id="ann", now=NOON + timedelta(hours=1), key="b")
    mail_to("bob@acme.example", person_id="bob", now=NOON, key="c", status="held")
    IdentityLink.objects.create(
        kind="person", raw_id="anon:1", canonical_id="ann", because="identify",
        joined_id="ann", made_at=NOON, known_at=NOON, changed_at=NOON,
    )  # fmt: skip
    assert lately_written_to(50) == ["ann", "bob"]
    had = had_by(["ann", "bob", "cai"])
    assert (had["ann"].got, had["ann"].at) == (2, NOON + timedelta(hours=1))
    assert (had["bob"].got, had["bob"].waits) == (0, 1)
    assert "cai" not in had


def test_whom_the_latest_messages_are_for_is_read_from_so_many_and_no_more():
    mail_to()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        lately_written_to(50)
    assert f"LIMIT {LATEST_MOST}" in asked[0]["sql"]
    assert "GROUP BY" not in asked[0]["sql"]


@pytest.mark.parametrize(
    "asked",
    [
        {"person_id__in": ["a", "b"], "intended_at__gt": NOON},
        {"person_id__in": ["a", "b"], "status": "held"},
        {"enrolment__in": ["a", "b"]},
        {"play": "tips", "step": "first", "status": "sent"},
        {"play": "tips", "step": "first", "intended_at__gt": NOON},
        {"provider_id": "a"},
    ],
)
def test_what_is_asked_of_the_ledger_all_the_time_has_an_index_that_is_used(asked):
    column = next(iter(asked)).removesuffix("__in").removesuffix("_id")
    assert f"message_of_{column}" in Message.objects.filter(**asked).explain() or (
        column == "play" and "message_of_step" in Message.objects.filter(**asked).explain()
    )
