import threading
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from lake_worlds import NOON, PACKAGES, append_rows, at, event_row, fact_row, relations
from test_refresh import link, member

from tenure.base.errors import Conflict
from tenure.base.home import Home
from tenure.lake.forget import Ids, forget
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.lake.relations import write_identity_links, write_membership_links
from tenure.lake.tables import compact, open_table
from tenure.lake.upkeep import maintain

TOKEN = "zqx7forgetme"
ANN = Ids(user_ids=[TOKEN], anonymous_ids=[f"{TOKEN}-visitor"])


def traces(home: Home, token: str = TOKEN) -> list[str]:
    """Every file of the home that names the token: in its name, its bytes, or its rows."""
    found = []
    for path in sorted(home.root.rglob("*")):
        if path.is_dir():
            continue
        is_named = token in str(path.relative_to(home.root)) or token.encode() in path.read_bytes()
        if path.suffix == ".parquet" and not is_named:
            with pq.ParquetFile(path) as file:
                is_named = token in str(file.read().to_pylist()) or token in str(file.metadata)
        if is_named:
            found.append(str(path.relative_to(home.root)))
    return found


@pytest.fixture
def lived_in(home: Home) -> Home:
    """A home in which Ann (the token) and Bob did things for months, with all that keeps traces."""
    write_membership_links(home, [member(TOKEN, "acme"), member("bob", "acme")], now=NOON)
    for batch in range(1, 7):
        when = at(f"2025-{batch % 3 + 1:02}-10")
        ann = event_row(
            f"{TOKEN}-{batch}",
            when,
            user_id=TOKEN,
            name=f"opened {TOKEN}",
            properties=f'{{"email": "{TOKEN}@example.com"}}',
        )
        visitor = event_row(f"v{batch}", when, anonymous_id=f"{TOKEN}-visitor")
        bob = event_row(f"b{batch}", when, user_id="bob")
        append_rows(home, batch, [ann, visitor, bob], [fact_row(f"f{batch}", "acme", when)])
        if batch % 4 == 1:
            refresh(home, NOON, packages=PACKAGES)
        if batch == 3:
            compact(open_table(home, "event"))
    alias = event_row("alias", NOON, type="alias", user_id="x", previous_id=f"{TOKEN}-visitor")
    append_rows(home, 7, [alias])
    write_identity_links(home, [link("person", f"anon:{TOKEN}-visitor", TOKEN)], now=NOON)
    refresh(home, NOON, packages=PACKAGES)
    return home


def test_nothing_of_a_forgotten_person_is_left_in_any_file(lived_in):
    assert len(traces(lived_in)) > 5

    done = forget(lived_in, ANN, NOON, packages=PACKAGES)

    assert traces(lived_in) == []
    assert done.rows == {"event": 13, "billing_fact": 0, "identity_link": 1, "membership_link": 1}


def test_everybody_else_stays_as_they_were_and_readers_agree(lived_in):
    before = [row for row in relations(lived_in)["event_day"] if row[1] == "bob"]

    forget(lived_in, ANN, NOON, packages=PACKAGES)

    after = relations(lived_in)
    assert after["event_day"] == before
    assert after == relations(lived_in, as_of=at("2030-01-01"))


def test_a_forgotten_account_leaves_its_people_without_one(home):
    write_membership_links(home, [member("bob", TOKEN), member("cas", "beta")], now=NOON)
    append_rows(
        home,
        1,
        [
            event_row("e1", NOON, user_id="bob"),
            event_row("e2", at("2025-02-01"), user_id="cas", account_key=TOKEN),
            event_row("e3", NOON, user_id="cas"),
        ],
        [fact_row("f", TOKEN, NOON, subscription_id=TOKEN), fact_row("g", "beta", NOON)],
    )
    refresh(home, NOON, packages=PACKAGES)

    forget(home, Ids(account_keys=[TOKEN]), NOON, packages=PACKAGES)

    seen = relations(home)
    assert traces(home) == []
    assert {(row[0], row[1]) for row in seen["event_day"]} == {(None, "bob"), ("beta", "cas")}
    assert [row[0] for row in seen["mrr_movement"]] == ["beta"]
    assert seen == relations(home, as_of=at("2030-01-01"))


def test_somebody_with_quotes_in_their_id_is_forgotten_and_nobody_else(home):
    odd = f"{TOKEN}' or 'a' = 'a"
    append_rows(home, 1, [event_row("e1", NOON, user_id=odd), event_row("e2", NOON, user_id="b")])

    done = forget(home, Ids(user_ids=[odd]), NOON, packages=PACKAGES)

    assert done.rows["event"] == 1
    assert traces(home) == []
    assert [row[1] for row in relations(home)["event_day"]] == ["b"]


def test_who_comes_back_after_being_forgotten_is_seen_again(lived_in):
    forget(lived_in, ANN, NOON, packages=PACKAGES)

    write_identity_links(lived_in, [link("person", "anon:new", "bob")], now=NOON)
    append_rows(lived_in, 8, [event_row("again", at("2025-06-01"), anonymous_id="new")])
    refresh(lived_in, NOON, packages=PACKAGES)

    seen = relations(lived_in)
    assert ("bob", at("2025-06-01").date()) in {(row[1], row[4]) for row in seen["event_day"]}
    assert seen == relations(lived_in, as_of=at("2030-01-01"))


def test_what_keeps_bodies_elsewhere_is_asked_first(lived_in):
    asked = []

    forget(
        lived_in,
        ANN,
        NOON,
        packages=PACKAGES,
        elsewhere=[lambda: asked.append(len(traces(lived_in)) > 0)],
    )

    assert asked == [True]


def test_forgetting_waits_for_a_reader_of_old_files_and_can_be_asked_again(lived_in):
    with reading(lived_in, packages=PACKAGES) as reader:
        number = reader.manifest.number
        with pytest.raises(Conflict, match="ask again"):
            forget(lived_in, ANN, NOON, packages=PACKAGES, readers_wait_s=0.1)
        assert read_manifest(lived_in).number > number
    assert TOKEN not in str(relations(lived_in))

    forget(lived_in, ANN, NOON, packages=PACKAGES)

    assert traces(lived_in) == []


def test_a_reader_finishes_what_it_began_while_somebody_is_forgotten(lived_in):
    failures = []

    def run() -> None:
        try:
            forget(lived_in, ANN, NOON, packages=PACKAGES, readers_wait_s=20)
        except Exception as error:
            failures.append(error)

    with reading(lived_in, packages=PACKAGES) as reader:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join(1.0)
        reader._views.need(["event"])
        [(rows,)] = reader._engine.rows("select count(*) from event")
    thread.join(30)

    assert (rows, failures) == (19, [])
    assert traces(lived_in) == []


def test_maintenance_after_forgetting_finds_the_tables_in_order(lived_in: Home):
    forget(lived_in, ANN, NOON, packages=PACKAGES)
    before = relations(lived_in)

    maintain(lived_in, NOON, packages=PACKAGES)

    assert relations(lived_in) == before
    assert Path(lived_in.lake / "readers").is_dir()
