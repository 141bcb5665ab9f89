"""Who is meant by the people of a play, when what is meant for them has waited."""

import pytest

from customers.arriving import NOW
from tenure.customers.merging import merge
from tenure.customers.models import Person
from tenure.plays.recipients import people_of

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
