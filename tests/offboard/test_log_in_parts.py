"""A check of the log in parts finds what the whole finds, and nobody can make up how far it is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from tenure.base.errors import InvalidInput
from tenure.base.ids import digest
from tenure.offboard.event import VisitEvent, Whose
from tenure.offboard.log import append_to_log, forget_in_log, spans_of
from tenure.offboard.log_checking import exported, verify_log
from tenure.offboard.log_in_parts import check_part
from tenure.offboard.models import LogEntry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def write(count: int, first: int = 0) -> None:
    """Entries of visits with four events each, of three accounts in turn."""
    append_to_log(
        [
            VisitEvent(
                digest("m", str(number)), "Visit Answered", NOW + timedelta(minutes=number),
                Whose(f"v{number // 4}", f"a{number // 4 % 3}", "s", "p"),
                {"reason": "closing", "text": f"words {number}"},
            )
            for number in range(first, first + count)
        ]
    )  # fmt: skip


def in_parts(at_most: int) -> tuple[list[str], list[int], str]:
    """What was found, how far it had come after each part, and the last digest."""
    state, far = "", []
    while True:
        checked = check_part(state, settings.SECRET_KEY, at_most)
        far.append(checked.entries)
        if checked.is_done:
            return [each.sentence for each in checked.problems], far, checked.last_digest
        state = checked.state


def whole() -> list[str]:
    return verify_log(settings.SECRET_KEY).problems


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_an_empty_log_holds(home):
    assert in_parts(5) == ([], [0], "")


@pytest.mark.parametrize("at_most", [1, 7, 20, 21, 1_000])
def test_parts_of_any_size_come_to_the_end_and_say_how_far_they_are(home, at_most):
    write(20)

    found, far, last = in_parts(at_most)

    assert found == whole() == []
    assert far[-1] == 20
    assert far == sorted(far)
    assert last == LogEntry.objects.get(number=20).digest


@pytest.mark.parametrize(
    "harm",
    [
        'update offboard_logentry set body = \'{"reason": "other"}\' where number = 3',
        "update offboard_logentry set private = null where number in (5, 6, 19)",
        "delete from offboard_logentry where number in (1, 10)",
        "delete from offboard_logentry where number > 15",
        "update offboard_logentry set number = -4 where number = 9",
        "update offboard_logentry set number = 999 where number = 9",
        "update offboard_logentry set body = '[1, 2]' where number = 3",
        "update offboard_logentry set private = '\"x\"' where number = 3",
        "update offboard_logentry set at = 'yesterday' where number = 3",
        "update offboard_logentry set kind = 'Somebody Forgotten' where number = 3",
        *(
            f"update offboard_logentry set kind = 'Somebody Forgotten', body = '{body}' where number = 3"
            for body in (
                "[]",
                '{"entries": 7}',
                '{"entries": [[1]]}',
                '{"entries": [["a", null]]}',
                '{"entries": [[1, 999999999999]]}',
                '{"entries": [[1e999, 2]]}',
            )
        ),
        "update offboard_loghead set digest = 'x'",
        "delete from offboard_loghead",
    ],
)
def test_whatever_is_done_to_it_parts_find_what_the_whole_finds(home, harm):
    write(20)
    sql(harm)

    found = whole()

    assert found
    for at_most in (1, 4, 9, 50):
        assert in_parts(at_most)[0] == found


def test_who_was_forgotten_between_two_parts_is_no_fault(home):
    write(24)
    begun = check_part("", settings.SECRET_KEY, 10)
    forget_in_log(["a1"], [], NOW)
    middle = check_part(begun.state, settings.SECRET_KEY, 10)
    end = check_part(middle.state, settings.SECRET_KEY, 10)

    assert (begun.of, end.of) == (24, 25)
    assert (end.is_done, end.problems, end.entries) == (True, [], 25)
    assert in_parts(3)[0] == []


def test_what_is_written_during_the_check_is_no_fault(home):
    write(20)
    begun = check_part("", settings.SECRET_KEY, 15)
    write(8, first=20)
    end = check_part(begun.state, settings.SECRET_KEY, 100)

    assert (end.entries, end.problems) == (28, [])


def test_nobody_makes_up_that_all_is_well_so_far(home):
    write(8)
    forged = signing.dumps([8, 8, "x", [], []], salt="another purpose")

    for state in (forged, "x", check_part("", settings.SECRET_KEY, 3).state + "x"):
        with pytest.raises(InvalidInput, match="begun elsewhere, or too long ago"):
            check_part(state, settings.SECRET_KEY)


@limits(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 60)))
def test_spans_hold_exactly_their_numbers(numbers):
    spans = spans_of(sorted(numbers))

    assert {n for first, last in spans for n in range(first, last + 1)} == numbers
    assert all(after[0] > before[1] + 1 for before, after in zip(spans, spans[1:], strict=False))


def test_an_export_is_the_same_however_many_are_read_at_once(home):
    write(20)
    with transaction.atomic():
        lines = "".join(exported(LogEntry.objects.all(), "jsonl")).splitlines()
        csv = "".join(exported(LogEntry.objects.filter(visit_id="v1"), "csv")).splitlines()

    assert len(lines) == 20
    assert [line.partition(",")[0] for line in csv] == ["number", "5", "6", "7", "8"]
    assert "".join(exported(LogEntry.objects.none(), "csv")).count("\n") == 1
