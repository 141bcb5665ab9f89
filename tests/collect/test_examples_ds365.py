"""examples/ds365 on the real files, against counts made by the csv module alone."""

import json
from collections import Counter

import pytest

from example_imports import example  # noqa: F401
from raw_files import raw_rows

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SEMICOLON = ("info", "engagement", "purchases")
COMMA = ("learning", "exam_attempts", "certificates", "onboarding", "buckets_sub_duration")
EVENTS = {
    "engagement": ("Watched", "date_watched"),
    "learning": ("Minutes Watched", "date_watched"),
    "exam_attempts": ("Exam Attempted", "date_exam_completed"),
    "certificates": ("Certificate Issued", "date_issued"),
    "onboarding": ("Onboarding Started", "date_registered"),
    "purchases": ("Purchased", "date_purchased"),
}


@pytest.fixture(scope="module")
def raw(shared_data) -> dict[str, list[dict]]:
    folder = shared_data / "ds365"
    return {
        name: raw_rows(folder / f"student_{name}.csv.gz", ";" if name in SEMICOLON else ",")
        for name in (*SEMICOLON, *COMMA)
    }


@pytest.fixture(scope="module")
def brought(example):  # noqa: F811
    return example("ds365")


@pytest.fixture(scope="module")
def events(brought):
    return brought[0].events()


def test_every_row_is_read_and_none_is_rejected(brought, raw):
    run = brought[1]

    read = Counter()
    for row in run.counts:
        read[row["file"]] += row["read"]
    expected = {f"student_{name}.csv.gz": len(rows) for name, rows in raw.items()}
    expected["student_info.csv.gz"] *= 2  # each student is an account and a person
    assert read == expected
    assert (run.rows_rejected, run.rows_repeated) == (0, 0)


def test_events_are_as_many_as_the_rows_that_say_them(events, raw):
    counts = Counter((row["type"], row["name"]) for row in events)

    expected = Counter({("track", name): len(raw[file]) for file, (name, _) in EVENTS.items()})
    expected["identify", None] = len(raw["info"])
    expected["group", None] = len(raw["info"]) + 2 * len(raw["buckets_sub_duration"])
    expected["system", "Final State Recorded"] = len(raw["onboarding"])
    assert counts == expected


def test_each_event_is_the_students_on_the_day_that_the_file_says(events, raw):
    said = Counter(
        (row["name"], row["account_key"], row["user_id"], f"{row['occurred_at']:%Y-%m-%d}")
        for row in events
        if row["type"] == "track"
    )

    expected = Counter(
        (name, row["student_id"], row["student_id"], row[day])
        for file, (name, day) in EVENTS.items()
        for row in raw[file]
    )
    assert said == expected


def test_minutes_and_exam_results_are_kept_as_they_are(events, raw):
    minutes = Counter()
    passed = 0
    for row in events:
        if row["name"] == "Minutes Watched":
            minutes[row["account_key"]] += round(
                json.loads(row["properties"])["minutes_watched"] * 100
            )
        elif row["name"] == "Exam Attempted":
            passed += json.loads(row["properties"])["exam_passed"]

    expected = Counter()
    for row in raw["learning"]:
        expected[row["student_id"]] += round(float(row["minutes_watched"]) * 100)
    assert minutes == expected
    assert passed == sum(row["exam_passed"] == "1" for row in raw["exam_attempts"])


def test_what_is_known_of_the_whole_time_enters_no_past_day(events):
    final = {"total_minutes_watched", "num_paid_days", "buckets", "student_onboarded"}
    for row in events:
        if final & json.loads(row["properties"]).keys():
            assert row["known_at"] == row["received_at"]


def test_the_contradictions_are_counted_exactly(brought, raw):
    findings = {code: (each.count, each.of_count) for code, each in brought[2].items()}
    signed_up = {row["student_id"]: row["date_registered"] for row in raw["info"]}
    for row in raw["buckets_sub_duration"]:
        day = row["date_registered"]
        signed_up[row["student_id"]] = min(signed_up.get(row["student_id"], day), day)
    early = known = 0
    named, people = set(signed_up) - set(signed_up), set()
    for file, (_, day) in EVENTS.items():
        for row in raw[file]:
            named.add(row["student_id"])
            people.add(row["student_id"])
            if row["student_id"] in signed_up:
                known += 1
                early += row[day] < signed_up[row["student_id"]]
    everybody = {row["student_id"] for row in raw["info"]}

    expected = {}
    if early:
        expected["use_before_sign_up"] = (early, known)
    if named - set(signed_up):
        everyone_named = named | everybody
        expected["unknown_account"] = (len(named - set(signed_up)), len(everyone_named))
    if people - everybody:
        expected["unknown_person"] = (len(people - everybody), len(people))
    assert findings == expected
