"""Days of use follow their events when links change, without being counted all anew."""

import pytest
from lake_worlds import NOON, append_rows, at, event_row, relations
from test_refresh import link, member

from tenure.lake.refresh import refresh
from tenure.lake.relations import write_identity_links, write_membership_links

PACKAGES = ("tenure.lake", "tenure.collect", "tenure.measure", "tenure.card")


@pytest.mark.django_db
def test_days_of_use_follow_links_on_the_days_that_these_touch(home):
    days = [f"2025-01-{day:02}" for day in (3, 5, 9)]
    ann = [event_row(f"a{day}", at(day), anonymous_id="x") for day in days[:2]]
    bob = [event_row(f"b{day}", at(day), user_id="bob", account_key="acme") for day in days]
    append_rows(home, 1, [*ann, *bob])
    refresh(home, NOON, packages=PACKAGES)
    assert sum(row[2] for row in relations(home, PACKAGES)["use_day"]) == 3

    write_identity_links(home, [link("person", "anon:x", "ann")], now=NOON)
    write_membership_links(home, [member("ann", "acme")], now=NOON)
    made = refresh(home, NOON, packages=PACKAGES).relations
    assert made["use_day"] == "2 days"
    assert [row[2] for row in relations(home, PACKAGES)["use_day"]] == [2, 2, 1]

    write_identity_links(
        home, [link("person", "anon:x", "ann"), link("account", "acme", "beta")], now=NOON
    )
    made = refresh(home, NOON, packages=PACKAGES).relations
    assert made["use_day"] == "3 days"
    then = relations(home, PACKAGES, as_of=at("2030-01-01"))["use_day"]
    assert relations(home, PACKAGES)["use_day"] == then
