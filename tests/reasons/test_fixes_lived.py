"""A fix over the whole way: billing, reasons and use through the lake; lists, mending, telling."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from reasons.fix_worlds import company, drawn, effect_on, lived, names
from reasons.reason_worlds import at, ship_recorded
from tenure.lake.reading import reading
from tenure.reasons.fixes_asked import fix_told, mended_told
from tenure.reasons.fixes_commands import fixes
from tenure.reasons.fixes_recorded import FixGiven, record_changes, record_fix, withdraw_fix
from tenure.reasons.fixes_telling import tell_tasks
from tenure.reasons.models import ReasonRecord
from tenure.signals.leavings import spells
from tenure.tasks.forgetting import forget_in_tasks
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db
NOW = "2025-10-01"
BEGAN = dict.fromkeys(names(8), "2025-01-01")
LEFT = {
    "a00": ("2025-06-01", '{"reason": "missing_feature", "text": "No Gantt."}'),
    "a01": ("2025-06-10", '{"reason": "missing_feature"}'),
    "a02": ("2025-08-10", '{"reason": "missing_feature", "text": "Still no Gantt."}'),
    "a03": ("2025-06-20", '{"reason": "too_expensive"}'),
}
MORE = """
2025-05-01 09:00  bea@a04  reason: Reason Given  {"reason": "missing_feature", "text": "We need Gantt."}
2025-05-02 09:00  cyd@a05  reason: Reason Given  {"reason": "missing_feature"}
2025-05-03 09:00  dan@a06  reason: Reason Given  {"reason": "missing_feature", "text": "Gantt, please."}
2025-05-04 09:00  eve@a07  reason: Reason Given  {"reason": "missing_feature", "mode": "test"}
2025-07-12 09:00  bea@a04  Gantt Drawn
2025-07-13 09:00  cyd@a05  Gantt Drawn
2025-07-14 09:00  dan@a06  Gantt Drawn
2025-03-14 09:00  eve@a07  Gantt Drawn
"""  # noqa: E501


def gantt(**more):
    given = FixGiven(
        "Gantt",
        code="missing_feature",
        shipped_on=date(2025, 7, 1),
        adoption_event="Gantt Drawn",
        **more,
    )
    return record_fix(given, now=at("2025-07-01"), by="ada")


def test_a_fix_from_the_first_event_to_whom_it_concerns(home):
    lived(home, company(BEGAN, LEFT, MORE), NOW, infers=True)
    fix = gantt()

    told = fix_told(home, fix, at(NOW))

    by_hand = drawn(BEGAN, {key: (day, {}) for key, (day, _) in LEFT.items()}, NOW)
    with reading(home) as reader:
        read = spells(reader, until_on=date.fromisoformat(NOW), time_zone="UTC")
    assert {(s.account_id, s.starts_on, s.decided_at) for s in read} == {
        (s.account_id, s.starts_on, s.decided_at) for s in by_hand.spells
    }
    assert {(each.account_id, each.left_on) for each in told.effect.leavings} == {
        ("a00", date(2025, 6, 1)), ("a01", date(2025, 6, 10)), ("a02", date(2025, 8, 10)),
    }  # fmt: skip
    # Who left: before it shipped, or in spite of it.
    assert [(each.account_id, each.is_before, each.words) for each in told.left] == [
        ("a02", False, "Still no Gantt."), ("a01", True, ""), ("a00", True, "No Gantt."),
    ]  # fmt: skip
    # Who is here and had named it, none of a test, with since when they use it.
    assert {each.account_id: each.uses_since_on for each in told.here} == {
        "a04": date(2025, 7, 12), "a05": date(2025, 7, 13), "a06": date(2025, 7, 14),
    }  # fmt: skip
    adoption = told.effect.adoption
    assert (adoption.concerned.part, adoption.concerned.of) == (3, 3)
    assert (adoption.all.part, adoption.all.of) == (3, 4)  # a07's use was before it shipped
    # Shipped and used; whether fewer leave cannot be told of so few.
    assert told.mended == {"a00": "unclear", "a01": "unclear"}
    assert mended_told(home, at(NOW), account_id="a02") == []
    (one,) = mended_told(home, at(NOW), account_id="a00")
    assert (one.because, one.is_mended, one.need) == ("unclear", False, "said")


def test_the_very_need_that_was_named_is_met_once_it_is_used(home):
    left = {"a00": ("2025-06-01", '{"reason": "missing_feature", "follow_up": "by_hand"}'),
            "a01": ("2025-06-02", '{"reason": "missing_feature"}')}  # fmt: skip
    lived(home, company(BEGAN, left, MORE), NOW)
    fix = gantt(detail="by_hand")

    (named,) = mended_told(home, at(NOW), account_id="a00")
    assert (named.because, named.is_mended) == ("need_met", True)
    assert mended_told(home, at(NOW), account_id="a01") == []  # it named no need of that kind
    withdraw_fix(fix, date(2025, 9, 1), now=at(NOW), by="ada")
    (taken_back,) = mended_told(home, at(NOW), account_id="a00")
    assert (taken_back.because, taken_back.is_mended) == ("withdrawn", False)


def test_shipped_alone_is_not_mended(home):
    lived(home, company(BEGAN, LEFT), NOW)
    unseen = record_fix(
        FixGiven("Charts", code="missing_feature", shipped_on=date(2025, 7, 1)),
        now=at("2025-07-01"), by="ada",
    )  # fmt: skip
    unused = gantt()

    found = {
        each.fix.pk: each.because for each in mended_told(home, at(NOW), code="missing_feature")
    }

    assert found == {unseen.pk: "adoption_unseen", unused.pk: "not_adopted"}


def test_whoever_had_named_it_is_told_once_unless_they_use_it(home):
    lived(home, company(BEGAN, LEFT, MORE.replace("dan@a06  Gantt Drawn", "dan@a06  Looked")), NOW)
    fix = gantt()
    here = fix_told(home, fix, at(NOW)).here

    first = tell_tasks(fix, here, now=at(NOW), by="ada")
    again = tell_tasks(fix, here, now=at(NOW), by="bob")

    (task,) = Task.objects.filter(because__kind="fix")
    assert (first, again, task.account_id, task.title) == (1, 0, "a06", "Tell them: Gantt")
    assert (task.person_id, task.because["text"]) == ("dan", "Gantt, please.")

    forget_in_tasks([], ["dan"])
    task.refresh_from_db()
    assert (task.person_id, task.because) == ("", {})


def test_what_happens_to_a_fix_is_told_to_the_lake_once(home):
    fix = gantt()
    withdraw_fix(fix, date(2025, 9, 1), now=at("2025-09-01"), by="ada")

    counts = [record_changes(home, "", at(NOW)) for _ in range(2)]
    ship_recorded(home, NOW)

    assert counts == [4, 0]
    with reading(home, fresh=True) as reader:
        events = reader.relation("event").to_pylist()
    assert sorted(each["name"] for each in events if each["type"] == "system") == [
        "Fix Changed", "Fix Recorded", "Fix Shipped", "Fix Withdrawn",
    ]  # fmt: skip
    assert json.loads(events[0]["properties"])["fix"] == fix.key


def test_the_command_line_records_and_lists(home):
    lived(home, company(BEGAN, LEFT, MORE), NOW)
    run = CliRunner().invoke

    made = run(fixes, ["record", "Gantt", "--reason", "missing_feature", "--shipped", "2025-07-01"])
    listed = run(fixes, ["--format", "json"])
    wrong = run(fixes, ["record", "Gantt", "--reason", "nonsense"])

    (row,) = json.loads(listed.stdout)
    assert row["fix"] == made.stdout.strip()
    assert (row["answers"], row["left_before"], row["left_after"]) == ("missing_feature", 2, 1)
    assert "not a proof by hold-out" in listed.stderr
    assert wrong.exception is not None
    assert "nonsense" in str(wrong.exception)
    left = run(fixes, ["left", row["fix"], "--format", "json"])
    assert {each["account_id"] for each in json.loads(left.stdout)} == {"a00", "a01", "a02"}


def test_forgotten_accounts_leave_the_lists(home):
    from tenure.reasons.forgetting import forget_in_reasons

    lived(home, company(BEGAN, LEFT, MORE), NOW)
    fix = gantt()
    forget_in_reasons(["a04", "a00"], [])

    told = fix_told(home, fix, at(NOW))

    assert not ReasonRecord.objects.filter(account_id__in=["a04", "a00"]).exists()
    assert {each.account_id for each in told.here} == {"a05", "a06"}
    assert "a00" not in {each.account_id for each in told.left}
    assert effect_on(home, fix, NOW).before.events == 1
