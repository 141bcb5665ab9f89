"""What is inferred, held against the truth of the simulated company; figures in docs/reasons.md."""

from datetime import UTC, date, datetime

import pytest

from reasons.reasons_measured import causes_in, judge
from tenure.collect.rejects import keep_rejected
from tenure.customers.follow import follow
from tenure.demo.installing import DemoSettings, declare_product, write_settings
from tenure.demo.telling import tell_company
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.lake.shipping import ship
from tenure.reasons.inferring import infer_each, teach
from tenure.reasons.inferring_subjects import leavers
from tenure.reasons.taxonomy import taxonomy
from tenure.signals.leavings import spells

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOW = datetime(2025, 6, 18, 9, tzinfo=UTC)
DEMO = DemoSettings(accounts=350, months=24, seed=51, starts_on=date(2023, 6, 1), events_scale=0.5)


@pytest.fixture
def fernhill(home):
    write_settings(home, DEMO)
    declare_product(NOW)
    inbox = open_inbox(home)
    try:
        tell_company(home, inbox, DEMO, date(2025, 6, 18), NOW)
        ship(home, inbox, {}, keep_rejected, NOW, max_seconds=300)
    finally:
        inbox.close()
    follow(home, NOW)
    refresh(home, NOW)
    return home


def test_it_is_right_more_often_than_what_was_stated_and_than_the_commonest_reason(fernhill):
    zone = fernhill.company.time_zone
    with reading(fernhill) as reader:
        found = spells(reader, until_on=NOW.date(), time_zone=zone)
        weights = teach(reader, found, until_on=NOW.date(), time_zone=zone)
        subjects = leavers(found)
        reasons = infer_each(reader, subjects, weights=weights)

    judged = judge(subjects, reasons, causes_in(fernhill.root / "truth.json"), taxonomy())

    assert judged.leavings > 50
    assert all(reasons), "every leaving has a reason"
    # Of all leavings, most of which nobody explained or explained politely.
    assert judged.share(judged.first) > judged.share(judged.majority) * 1.2
    assert judged.share(judged.first_two) > judged.share(judged.stated) * 1.2
