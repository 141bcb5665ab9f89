"""What happened at one account, in the order in which a reader wants it."""

import pytest

from card.card_worlds import day, facts, live
from customers.arriving import NOW, arrive
from tenure.base.errors import InvalidInput
from tenure.card.feature_use import feature_use, most_used
from tenure.card.people import account_people
from tenure.card.timeline import timeline
from tenure.customers.merging import merge
from tenure.customers.publishing import publish_links
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh

pytestmark = pytest.mark.django_db


def told(home, account_id: str = "acme", now=NOW) -> list[tuple[int, str, str]]:
    """(day, kind, title), newest first."""
    with reading(home, fresh=True) as reader:
        page = timeline(reader, account_id, now=now)
    return [
        ((each.happened_at - day(0)).days, each.kind, each.title) for each in page.entries
    ]  # fmt: skip


def test_a_life_is_told_newest_first(home):
    live(home, """
        day 1  track  ada @acme   Signed Up
        day 7  ticket  ada @acme  Slow  {"subject": "Export is slow"}
        day 8  reason  ada @acme  Stated  {"reason": "too slow"}
        day 9  track  eve @other  Opened
    """, """
        day 1   acme   start              s/1  status=trialing plan=Pro
        day 3   acme   start              s/2  status=active plan=Pro mrr_minor=1000
        day 3   acme   end                s/1
        day 4   acme   payment_failed     s    amount_minor=1000
        day 5   acme   start              s/3  status=active plan=Max mrr_minor=2000
        day 5   acme   end                s/2
        day 9   acme   notice             s    until=30
        day 30  acme   end                s
        day 2   other  start              o/1  status=active plan=Pro mrr_minor=1000
    """)  # fmt: skip

    assert told(home) == [
        (30, "movement", "Stopped paying"),
        (30, "end", "Subscription ended"),
        (9, "notice", "Gave notice"),
        (8, "reason", "Gave a reason: too slow"),
        (7, "ticket", "Slow: Export is slow"),
        (5, "movement", "Pays more"),
        (5, "start", "Changed to Max"),
        (4, "payment_failed", "Payment failed"),
        (3, "movement", "Started paying"),
        (3, "start", "Pro started"),
        (1, "start", "Trial of Pro started"),
        (1, "event", "Signed Up"),
    ]
    assert told(home, now=day(8.5))[0] == (8, "reason", "Gave a reason: too slow")


def test_one_name_on_one_day_is_one_entry(home):
    live(home, """
        day 2.1  track  ada @acme  Report Exported
        day 2.2  track  bob @acme  Report Exported
        day 2.3  track  ada @acme  Report Exported
        day 3.1  track  ada @acme  Report Exported
    """)  # fmt: skip

    with reading(home) as reader:
        later, earlier = timeline(reader, "acme", now=NOW).entries

    assert (later.events, later.people, later.person_id) == (1, 1, "ada")
    assert (earlier.events, earlier.people, earlier.person_id) == (3, 2, None)
    assert (earlier.first_at, earlier.happened_at) == (day(2.1), day(2.3))


def test_pages_of_any_size_hold_the_same_entries_once(home):
    live(home, "\n".join(
        f"day {number // 4}  track  ada @acme  Event {name}"
        for number in range(40) for name in "AB"
    ), """
        day 2  acme  start  s/1  status=active plan=Pro mrr_minor=1000
    """)  # fmt: skip

    with reading(home, fresh=True) as reader:
        whole = timeline(reader, "acme", now=NOW, rows=1000)
        for rows in (1, 3, 22):
            found, before = [], ""
            while True:
                page = timeline(reader, "acme", now=NOW, before=before, rows=rows)
                found += page.entries
                before = page.next
                if not before:
                    break
            assert found == whole.entries
    assert (whole.next, len(whole.entries)) == ("", 22)


def test_a_place_that_no_page_gave_is_refused(home):
    live(home)

    with reading(home) as reader:
        for before in ("x", "bm9uc2Vuc2U", "ü"):
            with pytest.raises(InvalidInput, match="leave it out"):
                timeline(reader, "acme", now=NOW, before=before)


def test_incidents_show_where_they_were_felt(home):
    live(home, """
        day 1  track     ada @acme   Report Exported
        day 1  track     bob @other  Signed In
        day 4  track     eve @late   Report Exported
        day 2  incident  system      Exports Down  {"features": ["Report Exported"]}
        day 3  incident  system      All Down      {"title": "Power"}
        day 3  incident  system      Some Down     {"accounts": ["other", "third"]}
    """)  # fmt: skip

    def incidents(account_id: str) -> list[str]:
        return [title for _, kind, title in told(home, account_id) if kind == "incident"]

    assert incidents("acme") == ["All Down: Power", "Exports Down"]
    assert incidents("other") == ["Some Down", "All Down: Power"]
    assert incidents("late") == []


def test_corrected_and_void_facts_tell_their_last_word_alone(home):
    live(home, "", "day 1  acme  start  s/1  status=active plan=Pro mrr_minor=1000")
    [moved] = facts("day 1  other  start  s/1  status=active plan=Pro mrr_minor=1000")
    moved["received_at"] = day(400)

    arrive(home, [], [moved])
    refresh(home, NOW)

    assert told(home) == []
    assert [kind for _, kind, _ in told(home, "other")] == ["movement", "start"]


def test_a_merged_account_brings_its_past_along(home):
    live(home, """
        day 1  ticket  ada @old  Help
        day 2  ticket  bob @new  Help
        day 3  ticket  ada       Help Again
    """)  # fmt: skip

    merge("account", "old", "new", now=NOW)
    publish_links(home, NOW)
    refresh(home, NOW)

    assert [number for number, _, _ in told(home, "new")] == [3, 2, 1]


def test_feature_use_is_cut_into_weeks_from_monday_or_into_months(home):
    live(home, """
        day 4   track  ada @acme     Export
        day 5   track  bob @acme     Export
        day 12  track  ada @acme     Export
        day 31  track  ada @acme     Import
        day 31  page   anon:x @acme  Home
        day 60  track  ada @acme     Import
    """)  # fmt: skip
    span = {"first_on": day(0).date(), "before_on": day(60).date()}

    with reading(home) as reader:
        weeks = feature_use(reader, "acme", **span)
        months = feature_use(reader, "acme", by="month", **span)

    # 2025-01-01 was a Wednesday: day 5 is the Monday after.
    assert [(use.name, (use.starts_on - day(0).date()).days, use.events) for use in weeks] == [
        ("Export", -2, 1), ("Export", 5, 1), ("Export", 12, 1), ("Import", 26, 1),
    ]  # fmt: skip
    assert [(use.name, use.starts_on.month, use.events, use.people) for use in months] == [
        ("Export", 1, 3, 2), ("Import", 2, 1, 1),
    ]  # fmt: skip
    assert list(most_used(weeks, features=1)) == [("Export", 3)]


def test_people_are_told_with_what_they_did_here_and_strangers_are_counted(home):
    live(home, """
        day 1    identify  ada @acme  {"name": "Ada", "role": "owner"}
        day 340  track     ada @acme     Export
        day 341  track     ada @acme     Export
        day 300  track     bob @acme     Export
        day 342  page      anon:x @acme  Home
        day 350  track     ada @other    Export
        day 2    track     eve @acme     Export
        day 3    track     eve @acme     Account Removed User
    """)  # fmt: skip

    with reading(home) as reader:
        found = account_people(reader, "acme", now=NOW, time_zone="UTC")

    shown = [(each.person_id, each.events_30_days, each.last_seen_at) for each in found.members]
    assert shown == [("ada", 2, day(341)), ("bob", 0, day(300)), ("eve", 0, day(3))]
    assert (found.members[0].name, found.members[0].role) == ("Ada", "owner")
    assert [each.until_at for each in found.members] == [None, None, day(3)]
    assert (found.unknown_visitors, found.unknown_events_30_days) == (1, 1)
