"""Words that were kept before addresses were: they hold under a new id as well."""

from importlib import import_module

import pytest
from django.apps import apps
from message_worlds import NOON
from planning_worlds import people

from tenure.customers.merging import merge
from tenure.customers.models import Person
from tenure.messages.asking import refusing
from tenure.messages.consent import switched_off
from tenure.messages.models import Consent

pytestmark = pytest.mark.django_db
MIGRATION = import_module("tenure.messages.migrations.0016_words_of_addresses")


def said(person_id: str, topic: str) -> None:
    Consent.objects.create(
        person_id=person_id, topic=topic, is_granted=False, how="page", said_at=NOON
    )


def test_an_old_refusal_holds_for_who_is_known_anew_by_the_same_address():
    people("ann\nbob\ncai")
    merge("person", "bob", "ann", now=NOON)
    said("bob", "asking")
    said("ann", "tips")
    said("digest:of somebody who was forgotten", "tips")
    seen = {"created_at": NOON, "first_seen_at": NOON, "last_seen_at": NOON}
    Person.objects.create(person_id="anna", email="Ann@example.org", **seen)
    before = refusing(["anna"]) | switched_off(["anna"], "tips")
    MIGRATION.name_addresses(apps, None)
    assert (before, refusing(["anna"])) == (set(), {"anna"})
    assert switched_off(["anna", "cai"], "tips") == {"anna"}
    assert Consent.objects.filter(address_digest="").count() == 1
