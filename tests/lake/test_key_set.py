from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.ids import digest
from tenure.lake.key_set import KeySet, digests_of


@pytest.fixture
def keys(tmp_path: Path) -> KeySet:
    made = KeySet(tmp_path / "event")
    made.start()
    return made


def of(*ids: str) -> np.ndarray:
    return digests_of("event", ["web"] * len(ids), ids)


def numbered(first: int, count: int) -> np.ndarray:
    """Digests that spread like real ones, from a number each."""
    plain = np.arange(first, first + count, dtype=np.uint64)
    return np.column_stack((plain * np.uint64(0x9E3779B97F4A7C15), plain))


def again(keys: KeySet, committed: int = 0) -> KeySet | None:
    return KeySet.load(keys._folder, committed=committed)


def test_a_digest_is_the_one_that_the_rest_of_the_house_computes():
    (high, low) = digests_of("event", ["web"], ["größer"])[0]

    expected = digest("event", "web", "größer")
    assert int(high).to_bytes(8, "little") + int(low).to_bytes(8, "little") == bytes.fromhex(
        expected
    )


def test_where_the_source_ends_and_the_id_begins_counts():
    one, other = digests_of("event", ["ab", "a"], ["c", "bc"])

    assert one.tolist() != other.tolist()


def test_the_first_of_each_new_id_is_unseen(keys):
    keys.write_run(1, of("old"))
    keys.adopt(1)

    assert keys.unseen(of("new", "old", "new", "newer")).tolist() == [True, False, False, True]
    assert keys.unseen(of()).tolist() == []


def test_a_run_does_not_count_before_it_is_adopted(keys):
    keys.write_run(1, of("a"))

    assert keys.unseen(of("a")).tolist() == [True]


def test_a_run_whose_batch_was_committed_counts_after_a_restart(keys):
    keys.write_run(7, of("a"))

    reopened = again(keys, committed=7)

    assert reopened.unseen(of("a")).tolist() == [False]


def test_a_run_whose_batch_was_not_committed_is_void_after_a_restart(keys, tmp_path):
    keys.write_run(7, of("a"))

    reopened = again(keys, committed=6)

    assert reopened.unseen(of("a")).tolist() == [True]
    assert not list(tmp_path.rglob("*.run"))


def test_two_digests_that_share_their_high_half_are_told_apart(keys):
    digests = np.array([[5, 1], [5, 2], [5, 3]], dtype=np.uint64)
    keys.add(digests[1:])

    assert keys.unseen(digests).tolist() == [True, False, False]
    assert keys.unseen(digests[::-1]).tolist() == [False, False, True]


def test_runs_are_merged_so_that_there_are_few_and_none_is_forgotten(keys, tmp_path):
    for batch in range(1, 301):
        keys.write_run(batch, numbered(batch * 1000, 1000))
        keys.adopt(batch)

    files = list(tmp_path.rglob("*.run"))
    assert len(keys) == 300_000
    assert len(files) <= 12
    for opened in (keys, again(keys)):
        assert not opened.unseen(numbered(1000, 300_000)).any()
        assert opened.unseen(numbered(301_000, 1000)).all()


def test_a_merge_that_was_cut_short_leaves_the_old_runs_in_force(keys, tmp_path):
    keys.add(numbered(0, 1000))
    (tmp_path / "event" / "merged-000000000099.run").write_bytes(b"\0" * 16)

    reopened = again(keys)

    assert len(reopened) == 1000
    assert len(list(tmp_path.rglob("*.run"))) == 1


def test_a_set_that_does_not_fit_its_index_is_not_trusted(keys, tmp_path):
    keys.add(numbered(0, 1000))
    (run,) = tmp_path.rglob("*.run")
    run.write_bytes(run.read_bytes()[:-16])

    assert again(keys) is None
    run.unlink()
    assert again(keys) is None


def test_removed_digests_are_gone_from_the_set_and_from_the_disk(keys, tmp_path):
    keys.write_run(1, of("ann", "bob"))
    keys.adopt(1)
    keys.add(numbered(0, 50_000))

    assert keys.remove(of("ann", "never seen")) == 1

    assert again(keys).unseen(of("ann", "bob")).tolist() == [True, False]
    assert len(again(keys)) == 50_001
    trace = of("ann")[0][0].tobytes()
    assert not any(trace in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@settings(max_examples=40, deadline=None)
@given(batches=st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=12))
def test_the_set_answers_like_a_set(tmp_path_factory, batches):
    keys = KeySet(tmp_path_factory.mktemp("keys"))
    keys.start()
    model: set[int] = set()
    # Few high halves, so that digests collide in them again and again.
    for number, batch in enumerate(batches, start=1):
        digests = np.array([[n % 3, n] for n in batch], dtype=np.uint64).reshape(-1, 2)
        unseen = keys.unseen(digests)
        expected = []
        for n in batch:
            expected.append(n not in model)
            model.add(n)
        assert unseen.tolist() == expected
        if unseen.any():
            keys.write_run(number, digests[unseen])
            keys.adopt(number)

    assert len(keys) == len(model)
