"""Who is meant by the people of a play, when what is meant for them has waited."""

import pytest

from customers.arriving import NOW, arrive, events
from tenure.customers.follow import follow
from tenure.customers.merging import merge
from tenure.customers.models import Membership, Person
from tenure.plays.models import Enrolment
from tenure.plays.parts import To
from tenure.plays.recipients import people_of, recipients_of

pytestmark = pytest.mark.django_db


def test_who_was_merged_meanwhile_is_who_they_are_now_and_who_is_gone_is_nobody():
    for id in ("ada", "bob"):
        email = f"{id}@acme.example"
        Person.objects.create(
            person_id=id, email=email, created_at=NOW, first_seen_at=NOW, last_seen_at=NOW
        )
    merge("person", "bob", "ada", now=NOW, by="cai")
    found = people_of([], ["bob", "eve"])
    assert (found["bob"].person_id, found["bob"].email) == ("ada", "ada@acme.example")
    assert "eve" not in found


def test_one_mail_box_of_two_ids_is_written_to_once(home):
    world = """
    day 1    group     ada @acme   {"name": "Acme"}
    day 1    identify  ada @acme   {"email": "Ada@acme.example"}
    day 2    group     ada2 @acme  {"name": "Acme"}
    day 2    identify  ada2 @acme  {"email": "ada@acme.example"}
    day 3    group     eve @acme   {"name": "Acme"}
    """
    arrive(home, events(world))
    follow(home, NOW)
    Membership.objects.update(role="buyer")
    row, to = Enrolment(pk=1, over="account", account_id="acme"), To(roles=("buyer",), at_most=9)
    mailed = recipients_of([(row, to)])[1]
    shown = recipients_of([(row, to)], needs_address=False)[1]
    assert [each.person_id for each in mailed] == ["ada"]
    assert [each.person_id for each in shown] == ["ada", "ada2", "eve"]
