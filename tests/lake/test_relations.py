from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_worlds import NOON

from tenure.base.home import Home
from tenure.kit.sql_file import load
from tenure.lake.reading import reading
from tenure.lake.relations import write_identity_links, write_membership_links

IDENTITY = load("tenure.lake", "identity_link")
RAW, CANONICAL = st.sampled_from("abcd"), st.sampled_from(("x", "y"))


def links(pairs: dict[str, str]) -> list[dict]:
    return [
        {"kind": "person", "raw_id": raw, "canonical_id": canonical, "changed_at": NOON}
        for raw, canonical in pairs.items()
    ]


def seen(home: Home) -> dict[str, str]:
    with reading(home, packages=["tenure.lake"], fresh=True) as reader:
        return {row["raw_id"]: row["canonical_id"] for row in reader.rows(IDENTITY)}


def test_only_what_differs_is_written_and_the_same_again_is_nothing(home):
    assert write_identity_links(home, links({"a": "x", "b": "x"}), now=NOON) == 2
    assert write_identity_links(home, links({"a": "x", "b": "x"}), now=NOON) == 0
    assert write_identity_links(home, links({"a": "y", "c": "x"}), now=NOON) == 3
    assert seen(home) == {"a": "y", "c": "x"}


def test_a_later_time_alone_is_no_change(home):
    write_identity_links(home, links({"a": "x"}), now=NOON)
    later = [{**links({"a": "x"})[0], "changed_at": NOON + timedelta(days=1)}]

    assert write_identity_links(home, later, now=NOON) == 0


def test_a_home_without_links_gets_no_table(home):
    assert write_membership_links(home, [], now=NOON) == 0
    assert not (home.lake / "membership_link").exists()


def test_a_person_may_belong_to_several_accounts_and_leave_one(home):
    both = [{"person_id": "ann", "account_id": each, "changed_at": NOON} for each in ("p", "q")]
    write_membership_links(home, both, now=NOON)

    assert write_membership_links(home, both[1:], now=NOON) == 1
    with reading(home, packages=["tenure.lake"]) as reader:
        rows = reader.rows(load("tenure.lake", "membership_link"))
    assert rows == [{"person_id": "ann", "account_id": "q"}]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(snapshots=st.lists(st.dictionaries(RAW, CANONICAL), min_size=1, max_size=4))
def test_whatever_was_written_before_the_last_snapshot_holds(tmp_path_factory, snapshots):
    home = Home(tmp_path_factory.mktemp("links"))

    for snapshot in snapshots:
        write_identity_links(home, links(snapshot), now=NOON)

    assert seen(home) == snapshots[-1]
