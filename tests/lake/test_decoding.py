from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from arrivals import (
    NOON,
    Crash,
    arrival_of,
    arrival_of_facts,
    arrivals_of,
    event,
    fact,
    lake_ids,
)

from tenure.base.errors import InvalidInput
from tenure.lake.decoding import Decoded
from tenure.lake.inbox import Arrival
from tenure.lake.rejects import RejectedRow
from tenure.lake.rows import decode_rows, pack_event_table, pack_events
from tenure.lake.shipping import ship


def test_a_body_that_breaks_its_decoder_is_kept_and_its_neighbours_are_shipped(
    home, inbox, rejects
):
    inbox.append(
        [*arrivals_of("ab"), Arrival("rows", "web", NOON, b"E\xc1poison", {}), *arrivals_of("cd")]
    )

    shipped = ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == list("abcd")
    assert shipped.rejected == 1
    (row,) = rejects
    assert (row.code, row.source, row.raw) == ("undecodable", "web", "base64:RcFwb2lzb24=")
    assert inbox.is_empty()


def test_a_decoder_that_speaks_plainly_is_quoted(home, inbox, rejects):
    def refuse(arrivals: Sequence[Arrival]) -> Decoded:
        raise InvalidInput("batch is not a list")

    inbox.append([Arrival("segment", "web", NOON, b'{"batch": 1}', {})])

    ship(home, inbox, {"segment": refuse}, rejects, NOON)

    (row,) = rejects
    assert (row.raw, row.field) == ('{"batch": 1}', "body")
    assert "batch is not a list" in row.remedy


def test_an_arrival_that_nothing_decodes_is_kept_to_be_replayed(home, inbox, rejects):
    inbox.append([Arrival("fax", "web", NOON, b"beep", {}), *arrivals_of("a")])

    ship(home, inbox, {}, rejects, NOON)

    assert [(row.code, row.raw) for row in rejects] == [("unknown_kind", "beep")]
    assert lake_ids(home) == ["a"]


@pytest.mark.parametrize(
    ("columns", "code", "field"),
    [
        ({"occurred_at": datetime(1969, 12, 31, tzinfo=UTC)}, "out_of_range", "occurred_at"),
        ({"occurred_at": NOON + timedelta(days=1, seconds=1)}, "in_the_future", "occurred_at"),
        ({"occurred_at": None}, "missing", "occurred_at"),
        ({"known_at": None}, "missing", "known_at"),
        ({"type": None}, "missing", "type"),
        ({"message_id": ""}, "missing", "message_id"),
        ({"message_id": None}, "missing", "message_id"),
        ({"name": 5}, "wrong_type", "name"),
        ({"occurred_at": "yesterday"}, "wrong_type", "occurred_at"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_alone_with_a_remedy(
    home, inbox, rejects, columns, code, field
):
    bad = event("bad", source_ref="usage.csv:7") | columns
    inbox.append([arrival_of([event("good"), bad, event("better")])])

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["better", "good"]
    (row,) = rejects
    assert (row.code, row.field, row.source_ref) == (code, field, "usage.csv:7")
    assert row.received_at == NOON
    assert field in row.remedy
    assert '"usage.csv:7"' in row.raw


@pytest.mark.parametrize("column", ["occurred_at", "known_at", "sent_at"])
def test_an_instant_that_no_calendar_holds_stops_nobody(home, inbox, rejects, column):
    wild = pa.array([2**60, 0], pa.timestamp("us", tz="UTC"))
    plain = pa.array([0, 0], pa.timestamp("us", tz="UTC"))
    columns = pa.table(
        {
            "message_id": ["wild", "plain"],
            "type": ["track", "track"],
            **{name: plain for name in ("occurred_at", "known_at", "sent_at")},
            column: wild,
        }
    )
    inbox.append([Arrival("rows", "import", NOON, pack_event_table(columns), {})])

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["plain"]
    (row,) = rejects
    assert (row.code, row.field) == ("out_of_range", column)


def test_text_that_is_not_unicode_is_refused_with_its_arrival(home, inbox, rejects):
    broken = pa.array([b"\xff\xfe"], pa.binary()).view(pa.string())
    columns = pa.table(
        [["a"], ["track"], [NOON], [NOON], broken],
        names=["message_id", "type", "occurred_at", "known_at", "name"],
    )
    inbox.append(
        [Arrival("rows", "import", NOON, pack_event_table(columns), {}), *arrivals_of("b")]
    )

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["b"]
    assert [row.code for row in rejects] == ["undecodable"]


def test_a_refused_body_with_a_nul_can_be_stored_in_any_database(home, inbox, rejects):
    inbox.append([Arrival("fax", "web", NOON, b"be\0ep", {})])

    ship(home, inbox, {}, rejects, NOON)

    assert [row.raw for row in rejects] == ["be\\u0000ep"]


def test_a_refused_row_can_be_mended_and_sent_again_under_its_id(home, inbox, rejects):
    inbox.append([arrival_of([event("a", occurred_at=datetime(1900, 1, 1, tzinfo=UTC))])])
    ship(home, inbox, {}, rejects, NOON)
    inbox.append([arrival_of([event("a")])])

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["a"]


def test_a_clock_an_hour_ahead_is_forgiven(home, inbox, rejects):
    inbox.append([arrival_of([event("a", occurred_at=NOON + timedelta(hours=1))])])

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["a"]


def test_positions_of_refused_rows_are_unique_in_their_batch_and_stable(home, inbox, rejects):
    bad = [event(each, occurred_at=datetime(1900, 1, 1, tzinfo=UTC)) for each in "abc"]
    inbox.append(
        [arrival_of(bad[:2]), Arrival("fax", "web", NOON, b"beep", {}), arrival_of(bad[2:])]
    )

    def forgetful(batch: int, rows: list[RejectedRow]) -> None:
        rejects(batch, rows)
        raise Crash

    with pytest.raises(Crash):
        ship(home, inbox, {}, forgetful, NOON)
    before = dict(rejects.rows)
    ship(home, inbox, {}, rejects, NOON)

    assert sorted(position for _, position in before) == [0, 1, 2, 3]
    assert rejects.rows == before


def test_months_out_of_all_reason_make_no_folders(home, inbox, rejects):
    wild = [
        event(str(year), occurred_at=datetime(year, 1, 1, tzinfo=UTC)) for year in range(1, 9999, 7)
    ]
    inbox.append([arrival_of([*wild, event("sane")])])

    ship(home, inbox, {}, rejects, NOON)

    years = {int(path.name[15:19]) for path in (home.lake / "event").glob("occurred_month=*")}
    assert min(years) >= 1970
    assert max(years) <= 2025
    assert len(list(rejects)) + len(lake_ids(home)) == len(wild) + 1


def test_packing_refuses_what_the_lake_has_no_column_for():
    with pytest.raises(ValueError, match="user_name: no such column"):
        pack_events([event("a", user_name="Ann")])
    with pytest.raises(ValueError, match="occurred_at.*no time zone"):
        pack_events([event("a") | {"occurred_at": datetime(2025, 1, 1)}])  # noqa: DTZ001


def test_the_decoder_of_rows_is_pure():
    arrivals = [arrival_of([event("a"), event("b", name=7)]), arrival_of_facts([fact("f")])]

    once, twice = decode_rows(arrivals), decode_rows(arrivals)

    assert once.events.equals(twice.events)
    assert once.rejected == twice.rejected
