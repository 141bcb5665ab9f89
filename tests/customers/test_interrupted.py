"""A follower that is killed, overtaken or disturbed ends where an undisturbed one ends."""

from pathlib import Path

import pytest

from customers.arriving import DAY_0, NOW, arrive, events
from customers.test_order_decides_nothing import LakeInMemory, expected, found, rows_of
from tenure.customers.chunks import Stale, write_in_chunks
from tenure.customers.follow import Overtaken, follow, follow_reader
from tenure.customers.junk_ids import JunkIds
from tenure.customers.merging import merge
from tenure.customers.models import Account, FollowCursor, Membership, Person
from tenure.lake.reading import reading

pytestmark = pytest.mark.django_db

WORLD = """
    day 1  group     ada @acme         {"name": "Acme"}
    day 2  identify  ada anon:x @acme  {"name": "Ada"}
    day 3  identify  bob anon:x @beta  {"name": "Bob"}
    day 4  alias     bob was:ada
    day 5  track     ada @acme         Account Removed User
"""


class Killed(Exception):
    pass


class Fragile:
    """A lake whose reader does something at the n-th question."""

    def __init__(self, lake: LakeInMemory, question: int, deed) -> None:
        self.lake, self.left, self.deed = lake, question, deed

    def arrow(self, sql, /, **params):
        self.left -= 1
        if self.left == 0:
            self.deed()
        return self.lake.arrow(sql, **params)


def a_lake(folder: Path) -> tuple[LakeInMemory, list[dict]]:
    columns = {"user_id", "anonymous_id", "previous_id", "account_key"}
    rows = [
        dict.fromkeys(columns) | {"properties": "{}", "context": "{}"} | row
        for row in events(WORLD)
    ]
    rows = rows_of(rows)
    lake = LakeInMemory(folder)
    lake.hold(rows)
    return lake, rows


def kill() -> None:
    raise Killed


@pytest.mark.parametrize("question", range(1, 10))
def test_killed_at_any_question_the_next_call_makes_it_whole(tmp_path, question: int):
    lake, rows = a_lake(tmp_path)

    with pytest.raises(Killed):
        follow_reader(Fragile(lake, question, kill), JunkIds())
    follow_reader(lake, JunkIds())

    assert found() == expected(rows)


def test_who_is_overtaken_writes_nothing_more(tmp_path):
    lake, _ = a_lake(tmp_path)

    def overtake() -> None:
        FollowCursor.objects.filter(name="event").update(batch=1)

    with pytest.raises(Overtaken):
        follow_reader(Fragile(lake, 5, overtake), JunkIds())
    assert Account.objects.exists()
    assert not Person.objects.exists()


def test_a_chunk_is_prepared_again_when_what_it_read_has_changed():
    prepared, written, changes = [], [], iter([True, False, False])

    def guard():
        def check() -> None:
            if next(changes):
                raise Stale

        return check

    def prepare(chunk):
        prepared.append(list(chunk))
        return lambda: written.append(list(chunk))

    write_in_chunks([1, 2, 3], prepare, guard=guard)

    assert (prepared, written) == ([[1, 2, 3], [1, 2, 3]], [[1, 2, 3]])


def test_the_lock_stays_free_for_as_long_as_it_was_held():
    rests: list[float] = []
    sizes: list[int] = []

    def prepare(chunk):
        sizes.append(len(chunk))
        return lambda: None

    write_in_chunks(range(3000), prepare, rest=rests.append)

    assert sum(sizes) == 3000
    assert len(rests) == len(sizes) - 1
    assert all(later <= 2 * sooner for sooner, later in zip(sizes, sizes[1:], strict=False))


def test_a_membership_that_arrives_after_a_merge_goes_to_the_winner(home):
    for each in ("old", "new"):
        Account.objects.create(account_id=each, created_at=DAY_0, first_seen_at=DAY_0)
    merge("account", "old", "new", now=NOW)

    arrive(home, events("day 1  identify  ada @old"))
    follow(home, NOW)

    assert Membership.objects.get().account_id == "new"


def test_an_empty_home_has_nobody(home):
    assert follow(home, NOW).events == 0


def test_what_was_killed_before_it_published_is_published_by_the_next_call(home):
    arrive(home, events("day 1  identify  ada anon:x"))
    with reading(home, fresh=True) as reader:
        follow_reader(reader, JunkIds())

    told = follow(home, NOW)

    assert (told.events, told.links_published) == (0, 1)
