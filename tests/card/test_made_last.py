"""What no card rests on is made while cards are written, and never after what reads it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from card.card_worlds import facts, live
from customers.arriving import NOW, arrive
from tenure.lake.manifest import publish, read_manifest
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh

pytestmark = pytest.mark.django_db
LATE = ("lead_period", "account_month", "free_account")


def rows_of(home, as_of=None) -> dict[str, list[str]]:
    with reading(home, as_of, threads=1) as reader:
        return {name: sorted(map(repr, reader.relation(name).to_pylist())) for name in LATE}


@pytest.mark.parametrize("changed", [(), ("account_month",)])
def test_what_another_version_makes_anew_reads_what_the_new_day_brought(home, changed):
    live(home, "", "day 10  acme  start  s1/1  status=active plan=Pro mrr_minor=1000")
    before = read_manifest(home)
    publish(home, replace(before, digests=before.digests | dict.fromkeys(changed, "earlier text")))
    tomorrow = NOW + timedelta(days=1)
    arrive(home, [], facts("day 300  beta  start  s2/1  status=active plan=Pro mrr_minor=2000"))

    made = refresh(home, tomorrow).relations
    found = rows_of(home)

    assert made["account_card"] == "whole"
    assert [name for name in LATE if made[name] == "whole"] == list(changed)
    assert len(found["account_month"]) == 2
    assert found == rows_of(home, as_of=tomorrow)
