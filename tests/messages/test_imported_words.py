"""What other systems know of addresses and people, taken over line by line."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from message_worlds import NOON, intended
from planning_worlds import people

from tenure.base.errors import BadUsage, Conflict
from tenure.customers.models import Person
from tenure.messages.consent import say, switched_off
from tenure.messages.forgetting import forget_in_messages
from tenure.messages.import_asked import ask_import, follow_imports, forget_in_imports, last_import
from tenure.messages.imported_words import import_consent, import_suppressions
from tenure.messages.models import Consent, SuppressedAddress
from tenure.messages.suppression import refusals

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


def test_a_line_without_a_person_or_with_no_day_of_ours_is_refused():
    people("ann")
    Person.objects.update(email="")
    text = "person,topic,wants,at\n,tips,no,\nann,tips,no,0001-01-01T00:00:00+14:00\n"
    done = import_consent(text, now=NOON)
    assert [line for line, _ in done.refused] == [2, 3]
    assert not Consent.objects.exists()


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


# --- in the background


def test_a_file_is_taken_line_by_line_and_goes_on_where_it_was(home):
    people("ann\nbob")
    text = "person,topic,wants\nann,tips,no\neve@example.org,tips,no\nbob,tips,no\n"
    ask_import("consent", text, now=NOON, by="ada")
    with pytest.raises(Conflict, match="another file is being taken in"):
        ask_import("consent", text, now=NOON, by="ada")
    slow = iter(range(0, 1000, 10)).__next__  # each look at the clock is ten seconds later
    assert follow_imports(home, NOON, seconds=slow) == 1
    row = last_import("consent")
    assert (row.looked, row.lines, row.at_line, row.ended_at) == (1, 3, 2, None)
    assert [follow_imports(home, NOON) for _ in range(2)] == [2, 0]
    row = last_import("consent")
    assert (row.taken, row.refused_count, row.ended_at, row.text) == (2, 1, NOON, "")
    assert row.refused == [[3, "nobody is known as 'eve@example.org'; name their id"]]
    assert switched_off(["ann", "bob"], "tips") == {"ann", "bob"}

    forget_in_imports({"Eve@Example.org"})
    assert last_import("consent").refused == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("consent", "person,topic,wants\nbob,tips,no\nANN@example.org,tips,no\nann,news,no\n"),
        ("addresses", 'address,because\nbob@example.org,x\nAnn@Example.org,"left,\ntwice"\n'),
    ],
)
def test_a_file_that_waits_names_nobody_who_is_forgotten_and_their_no_holds(home, what, text):
    people("ann\nbob")
    ask_import(what, text, now=NOON, by="ada")
    forget_in_messages([], ["ann"], NOON)
    Person.objects.filter(pk="ann").delete()
    waits = last_import(what)
    assert "ann" not in waits.text.lower() and "bob" in waits.text
    follow_imports(home, NOON)
    row = last_import(what)
    assert (row.ended_at, row.taken, row.refused, row.looked) == (NOON, 1, [], row.lines)
    assert "ann" not in str([*Consent.objects.values(), *SuppressedAddress.objects.values()])
    # Known again, under another id.
    seen = {"created_at": NOON, "first_seen_at": NOON, "last_seen_at": NOON}
    Person.objects.create(person_id="anna", email="ann@example.org", **seen)
    no = switched_off(["anna"], "tips") or set(refusals(["ann@example.org"]))
    assert no


def test_who_is_forgotten_while_a_part_of_the_file_is_taken_is_not_named_by_it(home):
    people("ann\nbob")
    text = "person,topic,wants\nbob,*,no\nann,*,no\nnobody,*,no\n"
    ask_import("consent", text, now=NOON, by="ada")

    def meanwhile() -> float:
        if looks.pop():
            forget_in_messages([], ["ann"], NOON)  # the person goes a moment later
        return 0.0

    looks = [False, True, False]
    assert follow_imports(home, NOON, seconds=meanwhile) == 0
    assert follow_imports(home, NOON) == 2
    assert [line for line, _why in last_import("consent").refused] == [4]
    assert switched_off(["ann", "bob"], "tips") == {"ann", "bob"}
    assert set(Consent.objects.values_list("person_id", flat=True)) >= {"bob"}
    assert not Consent.objects.filter(person_id="ann").exists()


def test_the_page_takes_a_file_tells_how_far_it_came_and_what_was_refused(home, visitor):
    def hand_in(text: str) -> str:
        file = SimpleUploadedFile("left.csv", text.encode(), "text/csv")
        form = {"what": "addresses", "show": "addresses", "file": file}
        return visitor.post("/suppression/import", form, follow=True).content.decode()

    assert "there is no line below the first" in hand_in("address,because\n")
    waits = hand_in("address,because\nann@example.org,left\nnobody,\n")
    assert "0 of 2 lines" in waits
    assert 'hx-trigger="every 3s"' in waits
    follow_imports(home, NOON)
    done = visitor.get("/suppression").content.decode()
    assert "1 taken, 0 known already, 1 not taken" in done
    assert "Line 3: &#x27;nobody&#x27; is no mail address" in done
    assert "every 3s" not in done
