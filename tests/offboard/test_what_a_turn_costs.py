"""What somebody at the way out waits for: counted, not timed, so that it is the same anywhere.

A screen is decided in some two thousand calls of functions and a dozen questions to the state. With
the fragment drawn by templates it took five times as many, and the processor was the longest queue.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from flow_worlds import Visitor

from tenure.offboard import reads
from tenure.offboard.reads import Asked
from tenure.offboard.screens_drawn import fragment
from tenure.offboard.screens_made import screen_of

WHY = {"reason": "price_value"}
# Of each prepared question: the columns that name one account, person or visit.
OF_ONE = ("account_id=?", "person_id=?", "visit_id=?", "canonical_id=?", "subject_id=?")


@contextmanager
def calls() -> Iterator[Counter]:
    """Counts the calls of Python functions in the block."""
    counted: Counter = Counter()

    def note(frame, event, argument):
        if event == "call":
            counted["calls"] += 1

    sys.setprofile(note)
    try:
        yield counted
    finally:
        sys.setprofile(None)


def cost_of(act: Callable[[], object]) -> int:
    act()  # what is read only once is read now
    with calls() as counted:
        act()
    return counted["calls"]


def test_each_screen_of_the_embed_is_decided_in_few_calls(way_out):
    token = way_out.token()
    why = way_out.open(token, render="html")
    value = way_out.step(why, "answer", WHY, render="html")

    opened = cost_of(lambda: way_out.open(token, render="html"))
    answered = cost_of(lambda: way_out.step(why, "answer", WHY, render="html"))
    looked = cost_of(lambda: way_out.step(value, "next", render="html"))

    assert value.json["screen"]["name"] == "value"
    assert opened < 5_000, opened
    assert answered < 7_000, answered
    assert looked < 5_000, looked


def test_drawing_a_screen_costs_less_than_deciding_it(way_out):
    token = way_out.token()
    visitor = Visitor()
    screen = screen_of(visitor.passage, visitor.flow, visitor.facts)

    decided = cost_of(lambda: way_out.open(token))
    drawn = cost_of(
        lambda: fragment(screen, visitor.flow, visitor.passage, token="SEALED", action="/leave")
    )

    assert len(screen.fields[0].options) >= 5, "the longest screen"
    assert drawn < decided, (drawn, decided)


def test_the_state_is_asked_little(way_out):
    why = way_out.open()
    with CaptureQueriesContext(connection) as opening:
        way_out.open()
    with CaptureQueriesContext(connection) as answering:
        way_out.step(why, "answer", WHY)

    assert len(opening) <= 12, [each["sql"] for each in opening]
    assert len(answering) <= 12, [each["sql"] for each in answering]


ASKED = sorted(name for name, each in vars(reads).items() if isinstance(each, Asked))


@pytest.mark.parametrize("name", ASKED)
def test_each_question_is_found_by_who_it_is_about(way_out, name):
    """And not by a mode or a kind, which every row of a year has."""
    asked = getattr(reads, name)
    texts = asked._make.__code__.co_argcount
    asked(*["acme"] * texts)
    sql, params = asked._made["sqlite"]

    with connection.cursor() as cursor:
        values = ["acme" if isinstance(each, int) else each[0] for each in params]
        cursor.execute(f"explain query plan {sql}", values)
        plan = [row[3] for row in cursor.fetchall()]

    assert any(column in plan[0] for column in OF_ONE), plan
    assert not any(line.startswith("SCAN") for line in plan), plan
