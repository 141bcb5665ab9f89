"""What other systems know of addresses and people, taken over line by line."""

import pytest
from message_worlds import NOON, intended
from planning_worlds import people

from tenure.base.errors import BadUsage
from tenure.messages.consent import say, switched_off
from tenure.messages.imported_words import import_consent, import_suppressions
from tenure.messages.models import Consent, SuppressedAddress

pytestmark = pytest.mark.django_db


def test_addresses_are_suppressed_once_and_a_line_that_is_none_says_so():
    waits = intended("ann@example.org")
    text = "\ufeffAddress,because\nAnn@example.org,left in 2024\nnobody,\nann@example.org,again\n"
    done = import_suppressions(text, now=NOON, by="ada")
    assert (done.taken, done.known) == (1, 1)
    [(line, why)] = done.refused
    assert line == 3 and "'nobody' is no mail address" in why
    row = SuppressedAddress.objects.get()
    assert (row.address, row.because, row.by) == ("ann@example.org", "left in 2024", "ada")
    waits.refresh_from_db()
    assert (waits.status, waits.why) == ("suppressed", "the address is suppressed: left in 2024")


def test_an_older_word_never_outweighs_a_later_one_and_people_are_known_by_address():
    people("ann\nbob")
    say("ann", "tips", is_granted=True, how="page", now=NOON)
    text = """person,topic,wants,at
ann,tips,no,2024-01-31
bob@example.org,tips,no,2024-01-31T10:00:00Z
eve,tips,no,
bob,tips,perhaps,
bob,tips,no,2031-01-01
"""
    done = import_consent(text, now=NOON)
    assert (done.taken, [line for line, _ in done.refused]) == (2, [4, 5, 6])
    assert switched_off(["ann", "bob"], "tips") == {"bob"}


def test_a_topic_that_no_column_holds_is_refused():
    people("ann")
    done = import_consent(f"person,topic,wants\nann,{'t' * 81},no\n", now=NOON)
    assert done.refused == [(2, "topic is longer than 80 characters")]
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the first line names no address"),
        ("mail\nann@example.org\n", "the first line names no address"),
        ("address\nann@example.org\0\n", "it has a NUL character"),
        ("address\nann\rbob@example.org\n", "line 2 is no CSV"),
    ],
)
def test_what_is_no_such_file_is_refused_with_the_reason(text, message):
    with pytest.raises(BadUsage) as refused:
        import_suppressions(text, now=NOON, by="ada")
    assert message in refused.value.message
