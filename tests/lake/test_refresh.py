import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_worlds import (
    NOON,
    PACKAGES,
    PROBES,
    append_rows,
    at,
    event_row,
    fact_row,
    relation_file,
    relations,
)

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.kit.sql_file import read_sql_file
from tenure.lake.derived_tables import DerivedTables, schema_of
from tenure.lake.engine import Engine
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import derived_relations
from tenure.lake.refresh import in_order, refresh
from tenure.lake.relations import write_identity_links, write_membership_links
from tenure.lake.snapshot import derived_table
from tenure.lake.tables import compact, delete, folder_of, open_table
from tenure.lake.upkeep import maintain


def refreshed(home: Home, packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    return refresh(home, NOON, packages=packages).relations


def link(kind: str, raw_id: str, canonical_id: str) -> dict:
    return {"kind": kind, "raw_id": raw_id, "canonical_id": canonical_id, "changed_at": NOON}


def member(person_id: str, account_id: str) -> dict:
    return {"person_id": person_id, "account_id": account_id, "changed_at": NOON}


def test_a_refresh_without_news_publishes_nothing(home):
    append_rows(home, 1, [event_row("e1", NOON, user_id="ann")])
    refreshed(home)
    first = read_manifest(home)

    kept = refreshed(home)

    assert set(kept.values()) == {"kept"}
    assert read_manifest(home) == first
    assert (first.number, first.batch) == (1, 1)


def test_what_is_published_lies_on_the_disk(home):
    for batch, name in enumerate(("ann", "bob"), start=1):
        append_rows(home, batch, [event_row(f"e{batch}", NOON, user_id=name)])
        refreshed(home)

    versions = read_manifest(home).versions
    sealed = {
        name: int((folder_of(home, name) / "_delta_log" / "_sealed").read_text())
        for name in versions
    }
    assert sealed == versions
    assert max(version for name, version in versions.items() if name != "event") > 1


def test_one_version_of_a_table_at_most_is_not_on_the_disk_yet(home):
    append_rows(home, 1, facts=[fact_row("f", "acme", NOON)])
    refreshed(home)
    published = read_manifest(home).versions
    sql = relation_file("mrr_movement")
    log = folder_of(home, derived_table(sql)) / "_delta_log"
    engine = Engine(home.lake)
    stored = DerivedTables(home, engine, dict(published), published)

    behind = []
    for _ in range(3):
        stored.write(sql, schema_of(sql).empty_table())
        behind.append(stored.versions[derived_table(sql)] - int((log / "_sealed").read_text()))
    stored.seal()
    engine.close()

    assert behind == [1, 1, 1]
    assert int((log / "_sealed").read_text()) == published[derived_table(sql)] + 3


def test_only_the_days_and_accounts_with_news_are_made_again(home):
    start = at("2025-01-10")
    append_rows(
        home,
        1,
        [event_row(f"e{n}", start + timedelta(days=n), user_id="ann") for n in range(60)],
        [fact_row(f"f{n}", f"account {n}", start) for n in range(5)],
    )
    refreshed(home)

    append_rows(
        home,
        2,
        [event_row("late", at("2025-02-03"), user_id="ann")],
        [fact_row("f9", "account 3", at("2025-03-01"))],
    )
    made = refreshed(home)

    assert made["event_day"] == "1 days"
    assert made["subscription_period"] == made["mrr_movement"] == "1 accounts"
    assert relations(home) == relations(home, as_of=at("2030-01-01"))


def test_a_correction_moves_an_event_to_another_day_and_leaves_nothing_behind(home):
    append_rows(home, 1, [event_row("e1", at("2025-01-10"), user_id="ann")])
    refreshed(home)

    append_rows(home, 2, [event_row("e2", at("2025-02-20"), user_id="ann", corrects="e1")])
    refreshed(home)

    assert [row[4] for row in relations(home)["event_day"]] == [date(2025, 2, 20)]


def test_a_correction_in_another_source_corrects_nothing(home):
    append_rows(home, 1, [event_row("e1", NOON, user_id="ann")])
    append_rows(home, 2, [event_row("e2", NOON, user_id="ann", corrects="e1", source="app")])
    refreshed(home)

    assert [row[5] for row in relations(home)["event_day"]] == [2]


def test_a_fact_that_moves_to_another_account_leaves_the_first(home):
    append_rows(home, 1, facts=[fact_row("f", "acme", NOON), fact_row("g", "acme", NOON)])
    refreshed(home)

    later = at("2025-04-01")
    append_rows(home, 2, facts=[fact_row("f", "beta", NOON, received_at=later)])
    refreshed(home)
    # Only acme has news now; the earlier word on f, which named acme, must not come back.
    append_rows(home, 3, facts=[fact_row("h", "acme", NOON, received_at=later)])
    refreshed(home)

    held = {(row[0], row[2]) for row in relations(home)["subscription_period"]}
    assert held == {("acme", "sub_g"), ("acme", "sub_h"), ("beta", "sub_f")}


def test_a_fact_that_is_taken_back_is_gone(home):
    append_rows(home, 1, facts=[fact_row("f", "acme", NOON)])
    refreshed(home)

    later = at("2025-04-01")
    append_rows(home, 2, facts=[fact_row("f", "acme", NOON, received_at=later, is_void=True)])
    refreshed(home)

    assert relations(home)["mrr_movement"] == []


def test_linking_a_visitor_moves_what_they_did_to_the_person_on_every_day(home):
    append_rows(
        home,
        1,
        [event_row(f"e{n}", at(f"2025-0{n}-05"), anonymous_id="x") for n in (1, 2, 3)]
        + [event_row("other", at("2025-05-05"), anonymous_id="y")],
    )
    refreshed(home)

    write_identity_links(home, [link("person", "anon:x", "ann")], now=NOON)
    made = refreshed(home)

    assert made["event_day"] == "3 days"
    assert [row[1] for row in relations(home)["event_day"]] == ["ann"] * 3 + ["anon:y"]


def test_a_person_of_two_accounts_counts_for_neither_unless_the_event_says(home):
    append_rows(
        home,
        1,
        [
            event_row("e1", NOON, user_id="ann"),
            event_row("e2", NOON, user_id="ann", account_key="beta", name="told"),
        ],
    )
    write_membership_links(home, [member("ann", "acme")], now=NOON)
    refreshed(home)
    alone = {(row[0], row[3]) for row in relations(home)["event_day"]}

    write_membership_links(home, [member("ann", "acme"), member("ann", "beta")], now=NOON)
    refreshed(home)

    assert alone == {("acme", "opened"), ("beta", "told")}
    assert {(row[0], row[3]) for row in relations(home)["event_day"]} == {
        (None, "opened"),
        ("beta", "told"),
    }


def test_merging_accounts_and_taking_it_back_leaves_no_trace(home):
    append_rows(
        home,
        1,
        [event_row("e", NOON, user_id="ann", account_key="beta")],
        [fact_row("f", "acme", NOON), fact_row("g", "beta", NOON)],
    )
    refreshed(home)
    before = relations(home)

    write_identity_links(home, [link("account", "beta", "acme")], now=NOON)
    refreshed(home)
    merged = relations(home)
    write_identity_links(home, [], now=NOON)
    refreshed(home)

    assert [row[5:] for row in merged["mrr_movement"]] == [(0, 2000)]
    assert relations(home) == before


def test_days_are_cut_in_the_companys_zone_and_a_new_zone_makes_everything_again(home):
    append_rows(home, 1, [event_row("e", at("2025-01-31 23:30"), user_id="ann")])
    refreshed(home)
    utc = [row[4] for row in relations(home)["event_day"]]

    home.settings_file.write_text('[company]\ntime_zone = "Asia/Shanghai"\n')
    made = refreshed(Home(home.root))

    assert utc == [date(2025, 1, 31)]
    assert made["event_day"] == "whole"
    assert [row[4] for row in relations(Home(home.root))["event_day"]] == [date(2025, 2, 1)]


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Asia/Beirut", "Pacific/Kiritimati"])
def test_no_event_is_lost_between_months_in_any_zone(home, zone):
    home.settings_file.write_text(f'[company]\ntime_zone = "{zone}"\n')
    hours = [at("2017-09-29") + timedelta(hours=n) for n in range(24 * 40)]
    append_rows(home, 1, [event_row(f"e{n}", each) for n, each in enumerate(hours)])

    refreshed(home)

    assert sum(row[5] for row in relations(home)["event_day"]) == len(hours)


def test_compaction_publishes_the_same_rows(home):
    for batch in range(1, 15):
        append_rows(home, batch, [event_row(f"e{batch}", NOON, user_id="ann")])
    refreshed(home)
    before = relations(home)

    compact(open_table(home, "event"))
    made = refreshed(home)

    assert set(made.values()) == {"kept"}
    assert relations(home) == before
    assert read_manifest(home).versions["event"] == open_table(home, "event").version()


def test_rows_that_vanished_are_noticed(home):
    append_rows(home, 1, [event_row("e1", NOON, user_id="a"), event_row("e2", NOON, user_id="b")])
    refreshed(home)

    delete(open_table(home, "event"), "message_id = 'e1'")
    made = refreshed(home)

    assert made["event_day"] == "whole"
    assert [row[1] for row in relations(home)["event_day"]] == ["b"]


def test_a_month_that_lost_all_its_events_is_empty(home):
    append_rows(home, 1, [event_row("e1", at("2025-01-10")), event_row("e2", at("2025-03-10"))])
    refreshed(home)

    delete(open_table(home, "event"), "message_id = 'e1'")
    refreshed(home)

    assert [row[4] for row in relations(home)["event_day"]] == [date(2025, 3, 10)]


def test_a_manifest_whose_tables_are_gone_counts_for_nothing(home):
    append_rows(home, 1, [event_row("e1", NOON, user_id="a")], [fact_row("f", "acme", NOON)])
    refreshed(home)
    before = relations(home)

    for log in (home.lake / "derived").glob("*/*/_delta_log"):
        shutil.rmtree(log.parent)
    made = refreshed(home)

    assert set(made.values()) == {"whole"}
    assert relations(home) == before


def test_relations_that_read_each_other_in_a_circle_are_refused():
    header = "-- {0}: x.\n--\n-- Grain  x\n-- Reads  {1}\n-- Params  none\n-- Columns  a  bigint\n"
    files = {
        name: read_sql_file(
            "p", name, (header + "-- Refresh  full\n-- Rule  x\n").format(name, reads)
        )
        for name, reads in (("one", "two"), ("two", "one"))
    }

    with pytest.raises(BadDefinition, match="one -> two -> one"):
        in_order(files)


PEOPLE = ("ann", "bob", "cas")
RAW = (*PEOPLE, "anon:1", "anon:2")
ACCOUNTS = ("acme", "beta", "core")
START = at("2025-01-28")
instants = st.integers(0, 24 * 40).map(lambda hours: START + timedelta(hours=hours))


@st.composite
def event_rows(draw):
    raw = draw(st.sampled_from((*RAW, None)))
    anonymous = raw is not None and raw.startswith("anon:")
    return {
        "occurred_at": draw(instants),
        "name": draw(st.sampled_from(("a", "b", None))),
        "user_id": None if anonymous else raw,
        "anonymous_id": raw[5:] if anonymous else None,
        "account_key": draw(st.sampled_from((*ACCOUNTS, None, None))),
        "corrects": draw(st.one_of(st.none(), st.integers(0, 30).map("e{}".format))),
    }


@st.composite
def fact_rows(draw):
    return {
        "fact_key": draw(st.sampled_from(("f1", "f2", "f3", "f4"))),
        "account_key": draw(st.sampled_from(ACCOUNTS)),
        "effective_at": draw(instants),
        "kind": draw(st.sampled_from(("start", "start", "end", "notice"))),
        "mrr_minor": draw(st.sampled_from((0, 1000, 2500))),
        "is_void": draw(st.sampled_from((False, False, True))),
    }


links = st.dictionaries(st.sampled_from(RAW), st.sampled_from(PEOPLE), max_size=3)
merges = st.dictionaries(st.sampled_from(("beta", "core")), st.just("acme"), max_size=2)
members = st.sets(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(ACCOUNTS)), max_size=4)
batches = st.fixed_dictionaries(
    {
        "events": st.lists(event_rows(), max_size=6),
        "facts": st.lists(fact_rows(), max_size=3),
        "links": st.one_of(st.none(), links),
        "merges": st.one_of(st.none(), merges),
        "members": st.one_of(st.none(), members),
        "compacts": st.booleans(),
    }
)


def arrive(home: Home, number: int, batch: dict, ids: list[int]) -> None:
    """One batch of a drawn history: rows, then what `customers` makes of them."""
    events = []
    for row in batch["events"]:
        row = dict(row)
        events.append(event_row(f"e{len(ids)}", row.pop("occurred_at"), **row))
        ids.append(len(ids))
    facts = []
    for place, row in enumerate(batch["facts"]):
        row = dict(row)
        key, account, when = row.pop("fact_key"), row.pop("account_key"), row.pop("effective_at")
        received_at = NOON + timedelta(hours=number)
        more = {"message_id": f"m{number}.{place}", "received_at": received_at}
        facts.append(fact_row(key, account, when, subscription_id="s", **more, **row))
    append_rows(home, number, events, facts)
    if batch["links"] is not None or batch["merges"] is not None:
        rows = [link("person", *pair) for pair in (batch["links"] or {}).items()]
        rows += [link("account", *pair) for pair in (batch["merges"] or {}).items()]
        rows = [row for row in rows if row["raw_id"] != row["canonical_id"]]
        write_identity_links(home, rows, now=NOON)
    if batch["members"] is not None:
        write_membership_links(home, [member(*pair) for pair in batch["members"]], now=NOON)
    if batch["compacts"]:
        for name in ("event", "billing_fact"):
            compact(open_table(home, name))


@pytest.mark.slow
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(batches, min_size=2, max_size=4))
def test_refreshing_after_each_batch_gives_what_one_refresh_of_all_gives(tmp_path_factory, history):
    home = Home(tmp_path_factory.mktemp("world"))
    home.settings_file.write_text('[company]\ntime_zone = "America/New_York"\n')
    ids: list[int] = []
    for number, batch in enumerate(history, start=1):
        arrive(home, number, batch, ids)
        refreshed(home, PROBES)
    step_by_step = relations(home, PROBES)

    (home.lake / "manifest.json").unlink()
    computed_by_readers = relations(home, PROBES)
    refreshed(home, PROBES)

    assert step_by_step == computed_by_readers
    assert relations(home, PROBES) == computed_by_readers


KILLED = Path(__file__).with_name("refreshing_process.py")


@pytest.mark.slow
def test_a_refresh_that_is_killed_at_any_moment_leaves_the_last_state_and_is_continued(
    tmp_path, home
):
    chance = random.Random(7)
    ids = 0
    killed = 0
    for batch in range(1, 9):
        events, facts = [], []
        for _ in range(200):
            ids += 1
            when = START + timedelta(hours=chance.randrange(24 * 90))
            events.append(event_row(f"e{ids}", when, user_id=chance.choice(PEOPLE)))
            facts.append(fact_row(f"f{ids % 300}", chance.choice(ACCOUNTS), when, received_at=when))
        append_rows(home, batch, events, facts)
        write_membership_links(home, [member("ann", chance.choice(ACCOUNTS))], now=NOON)
        published = read_manifest(home)
        before = relations(home, PROBES) if published else None
        process = subprocess.Popen(
            [sys.executable, str(KILLED), str(home.root)], stdout=subprocess.PIPE
        )
        assert process.stdout.readline() == b"begins\n"
        time.sleep(chance.uniform(0.0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if read_manifest(home) == published:
            killed += 1
            assert before is None or relations(home, PROBES) == before
        if batch % 3 == 0:
            maintain(home, NOON, packages=PROBES)

    refreshed(home, PROBES)
    continued = relations(home, PROBES)

    (home.lake / "manifest.json").unlink()
    refreshed(home, PROBES)
    assert killed >= 3
    assert continued == relations(home, PROBES)
    assert set(derived_relations(PROBES)) == set(continued)
