import signal
import threading

import pytest

from tenure.lake.lanes import Planned, make_side_by_side


def planned(text: str) -> list[Planned]:
    """`c: a b` is a table c that reads a and b."""
    lines = (line.partition(":") for line in text.split(","))
    return [Planned(name.strip(), "", {}, tuple(reads.split())) for name, _, reads in lines]


def test_each_table_is_made_once_and_after_what_it_reads():
    made: list[str] = []
    work = planned("a, b, c: a b, d: c, e: elsewhere, f: e a, g: f d")

    make_side_by_side(work, [lambda each: made.append(each.name)] * 2)

    assert sorted(made) == list("abcdefg")
    assert all(
        made.index(read) < made.index(each.name)
        for each in work
        for read in each.reads
        if read in made
    )


def test_two_are_made_at_the_same_time():
    both = threading.Barrier(2, timeout=20)

    make_side_by_side(planned("a, b"), [lambda each: both.wait()] * 2)

    assert not both.broken


@pytest.mark.parametrize("broken", ["a", "b", "c"])
def test_a_failure_in_any_lane_ends_all_and_is_raised(broken):
    made: list[str] = []

    def make(each: Planned) -> None:
        if each.name == broken:
            raise ValueError(f"{each.name} is broken")
        made.append(each.name)

    with pytest.raises(ValueError, match=f"{broken} is broken"):
        make_side_by_side(planned("a, b, c: a b, d: c"), [make] * 2)

    assert "d" not in made


def test_what_has_a_lane_of_its_own_is_made_there_and_nowhere_else():
    made: dict[str, list[str]] = {"first": [], "second": []}
    work = [
        Planned(each.name, "", {}, each.reads, lane=0 if each.name in "ace" else None)
        for each in planned("a, b, c: b, d: a, e: d, f: c")
    ]

    make_side_by_side(work, [lambda each, lane=lane: made[lane].append(each.name) for lane in made])

    assert sorted(made["first"] + made["second"]) == list("abcdef")
    assert not set(made["second"]) & set("ace")


def test_a_lane_with_nothing_left_to_do_ends_while_the_other_goes_on():
    made: list[str] = []
    work = [Planned(name, "", {}, lane=0) for name in "abc"]

    make_side_by_side(work, [lambda each: made.append(each.name), lambda each: made.append("no")])

    assert made == ["a", "b", "c"]


def test_who_is_interrupted_while_waiting_lets_no_other_lane_wait_for_ever():
    made: list[str] = []
    work = [
        Planned(name, "", {}, tuple(reads), lane=lane)
        for name, reads, lane in (("first", "", 0), ("a", "", 1), ("b", "a", 0), ("c", "b", 1))
    ]
    is_under_way = threading.Event()

    def make(each: Planned) -> None:
        made.append(each.name)
        if each.name == "first":
            is_under_way.set()
        if each.name == "a" and is_under_way.wait(20):
            # The main thread, which alone may make b, waits for this: Ctrl-C is pressed.
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        make_side_by_side(work, [make] * 2)

    assert "c" not in made
