"""A reason that somebody gave becomes records that stay: each once, none overwritten."""

import json

import pytest

from reasons.reason_worlds import at, known, lived, records, ship_recorded
from tenure.base.errors import InvalidInput
from tenure.customers.merging import merge
from tenure.reasons.following import follow_reasons
from tenure.reasons.forgetting import forget_in_reasons
from tenure.reasons.models import ReasonCursor, ReasonRecord
from tenure.reasons.next_job import next_job_in
from tenure.reasons.recording import GivenReason, note_reason, reason_row
from tenure.reasons.taxonomy import default_text, read_reasons

pytestmark = pytest.mark.django_db
IMPORTED = """
2026-03-02 09:00  ada@acme  reason: Reason Given  {"reason": "too_expensive", "text": "Too dear.", "subscription_id": "s1"}
2026-03-03 09:00  @beta     reason: Reason Given  {"reason": "competitor", "followed_up": "missing_features", "text": "We switch to Harvest Pro."}
2026-03-04 09:00  @core     reason: Reason Given  {"text": "我们改用表格了"}
"""


def told(record: ReasonRecord) -> tuple:
    return (record.account_id, record.source, record.code, record.next_job, record.rival)


def note(home, account, given, now, **more):
    said = note_reason(home, "", account, given, at(now), **more)
    ship_recorded(home, now)
    return said


def test_what_imports_say_is_read_in_our_words_and_what_was_said_is_kept(home):
    assert lived(home, IMPORTED, "2026-03-05") == 4

    assert [told(each) for each in records()] == [
        ("acme", "stated", "price_value", "", ""),
        ("beta", "followed_up", "missing_feature", "", ""),
        ("beta", "stated", "other", "rival", "Harvest Pro"),
        ("core", "stated", "other", "free_software", ""),
    ]
    first = records(account_id="acme")[0]
    assert (first.said, first.text, first.subscription_id) == ("too_expensive", "Too dear.", "s1")
    assert first.said_at == first.known_at == at("2026-03-02 09:00")
    assert first.is_volunteered is None  # nobody says whether it was asked for


def test_each_event_is_taken_in_once_however_often_it_is_looked_at(home):
    lived(home, IMPORTED, "2026-03-05")
    before = list(ReasonRecord.objects.values_list("key", "recorded_at"))

    assert known(home, "2026-03-06") == 0
    # A process that was stopped before it moved its cursor reads the same batches again.
    ReasonCursor.objects.filter(name="event").update(number=-1)
    assert follow_reasons(home, at("2026-03-07")) == 0
    assert list(ReasonRecord.objects.values_list("key", "recorded_at")) == before


def test_a_visit_says_what_was_stated_and_what_the_follow_up_found(home):
    given = GivenReason(
        "price_value", follow_up="budget_cut", next_job="nothing", text="", is_required=True
    )

    note(home, "acme", given, "2026-03-02", visit_id="v1", person_id="ada")
    assert known(home, "2026-03-02") == 2

    stated, followed_up = records(source="stated")[0], records(source="followed_up")[0]
    assert (stated.code, stated.next_job, stated.visit_id) == ("price_value", "nothing", "v1")
    assert (followed_up.code, followed_up.detail) == ("out_of_cash", "budget_cut")
    assert stated.is_volunteered is False  # an answer was demanded, and no more was said


def test_the_same_answer_twice_is_one_and_another_takes_its_place_without_erasing_it(home):
    first = note(home, "acme", GivenReason("price_value"), "2026-03-02 09:00", visit_id="v1")
    again = note(home, "acme", GivenReason("price_value"), "2026-03-02 09:01", visit_id="v1")
    note(home, "acme", GivenReason("defects"), "2026-03-02 09:02", visit_id="v1")
    known(home, "2026-03-02 09:03")

    earlier, later = records()
    assert first == again
    assert (earlier.code, later.code) == ("price_value", "defects")
    assert earlier.superseded_by == later.key and later.superseded_by == ""


def test_answers_of_a_survey_and_an_interview_stand_beside_what_was_stated(home):
    note(home, "acme", GivenReason("price_value"), "2026-03-02", visit_id="v1")
    note(home, "acme", GivenReason("outages", source="survey"), "2026-03-09", visit_id="v1")
    note(home, "acme", GivenReason("defects", source="interview", by="mira"), "2026-03-20")
    known(home, "2026-03-21")

    assert [(each.source, each.code, each.superseded_by) for each in records()] == [
        ("stated", "price_value", ""),
        ("survey", "outages", ""),
        ("interview", "defects", ""),
    ]


def test_a_corrected_event_is_another_record_that_the_first_one_names(home):
    lived(home, IMPORTED, "2026-03-05")
    wrong = records(account_id="acme")[0]
    from signals.signal_worlds import rows_of, ship_rows

    events, _ = rows_of('2026-03-02 09:00  @acme  reason: Reason Given  {"reason": "unused"}')
    events[0] |= {"source": wrong.event_source, "corrects": wrong.message_id}
    ship_rows(home, events, [], at("2026-03-06"))
    known(home, "2026-03-06")

    held = {each.code: each.superseded_by for each in records(account_id="acme")}
    right = records(account_id="acme", superseded_by="")[0]
    assert held == {"price_value": right.key, "not_adopted": ""}


def test_a_test_visit_is_kept_apart_under_a_name_of_its_own(home):
    row = reason_row("acme", GivenReason("closing"), at("2026-03-02"), visit_id="v1", mode="test")
    note(home, "acme", GivenReason("closing"), "2026-03-02", visit_id="v1", mode="test")
    known(home, "2026-03-02")

    assert row["name"] == "Reason Given (test)"
    assert [each.mode for each in records()] == ["test"]


def test_records_go_along_when_accounts_are_merged(home):
    lived(home, IMPORTED, "2026-03-05")

    merge("account", "beta", "acme", "one firm", now=at("2026-03-06"), by="test")
    known(home, "2026-03-06")

    assert {(each.account_key, each.account_id) for each in records()} == {
        ("acme", "acme"), ("beta", "acme"), ("core", "core"),
    }  # fmt: skip


def test_a_person_who_belongs_to_one_account_speaks_for_it(home):
    lived(
        home,
        """
        2026-03-01 09:00  ada@acme  Signed Up
        2026-03-02 09:00  ada  reason: Reason Given  {"reason": "unused"}
        """,
        "2026-03-05",
    )

    assert [told(each)[:3] for each in records()] == [("acme", "stated", "not_adopted")]


def test_whoever_is_forgotten_leaves_no_word(home):
    lived(home, IMPORTED, "2026-03-05")

    forget_in_reasons(["beta"], ["ada"])

    assert {each.account_id for each in records()} == {"acme", "core"}
    left = records(account_id="acme")[0]
    assert (left.code, left.text, left.user_id) == ("price_value", "", "")


@pytest.mark.parametrize(
    ("given", "field"),
    [(GivenReason("x", source="guessed"), "source"), (GivenReason(text="x" * 5001), "text")],
)
def test_what_cannot_be_a_given_reason_is_refused(given, field):
    with pytest.raises(InvalidInput) as caught:
        reason_row("acme", given, at("2026-03-02"))

    assert caught.value.field == field


def test_who_says_nothing_leaves_nothing(home):
    assert note_reason(home, "", "acme", GivenReason(), at("2026-03-02")) == ""


def test_the_event_has_only_what_was_said():
    row = reason_row("acme", GivenReason("unused"), at("2026-03-02"), visit_id="v1")

    assert json.loads(row["properties"]) == {
        "mode": "live", "reason": "unused", "source": "stated", "visit": "v1",
    }  # fmt: skip


RIVALS = default_text() + '\n[[rival]]\nname = "Acme Time"\naliases = ["acmetime", "甲时"]\n'


@pytest.mark.parametrize(
    ("text", "job", "rival"),
    [
        ("We are moving to Clockify next month.", "rival", "Clockify"),
        ("We switched over to Harvest Pro because it is simpler.", "rival", "Harvest Pro"),
        ("we use acmetime now", "rival", "Acme Time"),
        ("甲時比較便宜", "rival", "Acme Time"),
        ("我们下个月改用 Toggl Track", "rival", "Toggl Track"),
        ("我們改用別的工具。", "rival", ""),
        ("We are moving to another tool.", "rival", ""),
        ("We built our own tool in-house.", "home_grown", ""),
        ("We switched to Excel.", "free_software", ""),
        ("The team went back to spreadsheets.", "free_software", ""),
        ("We outsource it to an agency.", "hired", ""),
        ("We are moving to Berlin next month", "rival", "Berlin"),  # what no pattern can know
        ("We switched to the new tax codes and the sync stopped.", "", ""),
        ("Too expensive.", "", ""),
        ("", "", ""),
    ],
)
def test_a_text_tells_what_does_the_job_now(text, job, rival):
    assert next_job_in(text, read_reasons(RIVALS, "reasons.toml")) == (job, rival)
