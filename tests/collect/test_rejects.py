"""Refused events are kept, listed, mended, replayed and dismissed, and count once."""

import csv
import io
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from tracking_world import NOON

from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.collect.models import RejectedRow
from tenure.collect.rejects import Mended, dismiss, keep_rejected, read_mended, replay
from tenure.collect.rejects_commands import rejects
from tenure.lake.rejects import RejectedRow as Refused

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=3)


@pytest.fixture
def kept(tracked):
    """Posts a batch, keeps what is refused, and returns the open rows by their place in it."""
    numbers = iter(range(1, 100))

    def post(*events, path="/v1/batch", **batch):
        tracked.post(path, {"batch": events, "writeKey": "wk_test", "api_key": "wk_test", **batch})
        tracked.rejected.clear()
        tracked.decode()
        keep_rejected(next(numbers), tracked.rejected)
        return list(RejectedRow.objects.filter(status="open").order_by("id"))

    return post


NAMELESS = {"type": "track", "userId": "u1", "timestamp": "2026-03-01T11:00:00Z"}
GOOD = {"type": "track", "event": "opened", "userId": "u1", "messageId": "good"}


def test_a_refused_event_is_kept_with_where_it_stood_and_what_would_mend_it(kept):
    [row] = kept(GOOD, NAMELESS)

    assert (row.origin, row.position, row.batch, row.import_id) == ("batch:1", 0, 1, None)
    assert (row.source, row.source_ref) == ("web", "POST /v1/batch [1]")
    assert (row.code, row.field, row.status) == ("no_event_name", "event", "open")
    assert row.received_at == NOON
    assert json.loads(row.raw) == NAMELESS


def test_a_batch_that_is_shipped_again_after_a_crash_keeps_each_refused_event_once(tracked):
    rows = [Refused(n, "c", "f", "v", "do this", "{}", "web") for n in range(1200)]

    for _ in range(2):
        keep_rejected(7, rows)

    assert RejectedRow.objects.count() == 1200


def test_what_no_column_could_hold_is_cut_or_replaced():
    keep_rejected(1, [Refused(0, "c" * 99, "f" * 999, "v\x00", "r", "raw\x00", "s" * 99)])

    row = RejectedRow.objects.get()
    assert (len(row.code), len(row.field), len(row.source)) == (60, 200, 64)
    assert (row.value, row.raw) == ("v\ufffd", "raw\ufffd")


def test_a_mended_event_is_in_as_if_it_had_come_so_and_known_only_from_then_on(kept, tracked):
    [row] = kept({**NAMELESS, "messageId": "m1"}, sentAt="2026-03-01T11:30:00Z", context={"a": 1})
    mended = json.loads(row.raw) | {"event": "opened"}

    count = replay([Mended(row.pk, json.dumps(mended))], tracked.inbox, LATER)

    [event] = [each for each in tracked.events() if each["message_id"] == "m1"]
    assert count == 1
    assert (event["name"], event["context"], event["source"]) == ("opened", {"a": 1}, "web")
    assert event["received_at"] == NOON
    assert event["occurred_at"] == NOON - timedelta(minutes=30)  # by the clock that sent it
    assert event["known_at"] == LATER
    row.refresh_from_db()
    assert (row.status, row.settled_at) == ("mended", LATER)


def test_replaying_an_event_without_an_id_twice_makes_one_event(kept, tracked):
    [row] = kept(NAMELESS)
    mended = [Mended(row.pk, json.dumps(NAMELESS | {"event": "opened"}))]

    replay(mended, tracked.inbox, LATER)
    tracked.shipped()
    replay(mended, tracked.inbox, LATER + timedelta(days=1))

    assert len(tracked.shipped()) == 1


def test_an_event_that_is_still_wrong_is_refused_again_as_a_row_of_its_own(kept, tracked):
    [row] = kept(NAMELESS)
    replay([Mended(row.pk, row.raw)], tracked.inbox, LATER)
    tracked.rejected.clear()
    tracked.decode()
    keep_rejected(2, tracked.rejected)

    assert list(RejectedRow.objects.order_by("id").values_list("status", "code")) == [
        ("mended", "no_event_name"),
        ("open", "no_event_name"),
    ]


def test_a_posthog_event_is_replayed_as_one(kept, tracked):
    [row] = kept(
        {
            "distinct_id": "u1",
            "timestamp": "2026-03-01T11:00:00Z",
            "properties": {"$groups": {"company": "acme"}},
        },
        path="/batch/",
        sent_at="2026-03-01T11:30:00Z",
    )

    replay(
        [Mended(row.pk, json.dumps(json.loads(row.raw) | {"event": "$pageview"}))],
        tracked.inbox,
        LATER,
    )

    event = tracked.event()
    assert (event["type"], event["account_key"]) == ("page", "acme")
    assert event["occurred_at"] == NOON - timedelta(minutes=30)


@pytest.mark.parametrize(
    ("raw", "error", "said"),
    [("{oops", InvalidInput, "not JSON"), ("[1]", InvalidInput, "no JSON object")],
)
def test_nothing_is_replayed_when_one_mended_event_is_wrong(kept, tracked, raw, error, said):
    rows = kept(NAMELESS, NAMELESS)
    mended = [Mended(rows[0].pk, json.dumps(GOOD)), Mended(rows[1].pk, raw)]

    with pytest.raises(error, match=said):
        replay(mended, tracked.inbox, LATER)

    assert tracked.events() == []
    assert RejectedRow.objects.filter(status="open").count() == 2


def test_dismissed_rows_imported_rows_and_unknown_rows_are_not_replayed(kept, tracked):
    [row] = kept(NAMELESS)
    dismiss([row.pk], LATER)
    imported = RejectedRow.objects.create(
        origin="import:imp_1", import_id="imp_1", position=1, source="crm", code="c", remedy="r",
        raw="{}", received_at=NOON,
    )  # fmt: skip

    with pytest.raises(Conflict, match="was dismissed"):
        replay([Mended(row.pk, "{}")], tracked.inbox, LATER)
    with pytest.raises(Conflict, match="mend the file"):
        replay([Mended(imported.pk, "{}")], tracked.inbox, LATER)
    with pytest.raises(NotFound, match="no rejected row 999"):
        replay([Mended(999, "{}")], tracked.inbox, LATER)


def test_dismissing_settles_open_rows_once_and_names_unknown_ones(kept):
    first, second = kept(NAMELESS, NAMELESS)

    assert dismiss([first.pk], NOON) == 1
    assert dismiss([first.pk, second.pk], LATER) == 1
    with pytest.raises(NotFound, match="999"):
        dismiss([999], LATER)
    assert [row.settled_at for row in RejectedRow.objects.order_by("id")] == [NOON, LATER]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"raw": "{}"}]', "mended.json: row 1: it needs `id` and `raw`"),
        ('[{"id": "x", "raw": "{}"}]', "mended.json: row 1: id 'x' is no number"),
        ("[1]", "mended.json: row 1"),
        ("[", "mended.json: it is not JSON"),
        ("id,remedy\n1,x\n", "mended.json: row 1: it needs"),
    ],
)
def test_a_file_of_mended_rows_that_cannot_be_read_says_where(text, said):
    with pytest.raises(InvalidInput) as refused:
        read_mended(text, "mended.json")

    assert said in refused.value.message


@pytest.mark.parametrize("fmt", ["json", "csv"])
def test_what_list_writes_can_be_mended_in_place_and_replayed(kept, tracked, fmt, tmp_path):
    kept(NAMELESS | {"messageId": "m1"}, NAMELESS | {"messageId": "m2"})
    run = CliRunner()

    listed = run.invoke(rejects, ["list", "--format", fmt], catch_exceptions=False).stdout
    if fmt == "json":
        rows = json.loads(listed)
        for row in rows:
            row["raw"] = json.loads(row["raw"]) | {"event": "opened"}
        mended = json.dumps(rows)
    else:
        rows = list(csv.DictReader(io.StringIO(listed)))
        for row in rows:
            row["raw"] = json.dumps(json.loads(row["raw"]) | {"event": "opened"})
        out = io.StringIO()
        writer = csv.DictWriter(out, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
        mended = out.getvalue()
    (tmp_path / f"mended.{fmt}").write_text(mended)
    done = run.invoke(rejects, ["replay", str(tmp_path / f"mended.{fmt}")], catch_exceptions=False)

    assert "2 events" in done.stderr
    assert [row["message_id"] for row in tracked.shipped()] == ["m1", "m2"]


def test_the_list_is_filtered_by_status_source_and_reason(kept):
    nameless, _ = kept(NAMELESS, {"type": "track", "event": "e"})
    dismiss([nameless.pk], LATER)
    run = CliRunner()

    def codes(*options):
        listed = run.invoke(rejects, ["list", "--format", "json", *options], catch_exceptions=False)
        return sorted(row["code"] for row in json.loads(listed.stdout))

    assert codes() == ["no_user_anon_id"]
    assert codes("--status", "all") == ["no_event_name", "no_user_anon_id"]
    assert codes("--status", "dismissed") == ["no_event_name"]
    assert codes("--source", "other") == []
    assert codes("--code", "no_user_anon_id") == ["no_user_anon_id"]
    assert codes("--status", "all", "--limit", "1") == ["no_event_name"]


def test_one_row_is_shown_whole_and_rows_are_dismissed_by_reason(kept):
    row = kept(NAMELESS)[0]
    run = CliRunner()

    shown = json.loads(run.invoke(rejects, ["show", str(row.pk)], catch_exceptions=False).stdout)
    nothing = run.invoke(rejects, ["dismiss"])
    done = run.invoke(rejects, ["dismiss", "--code", "no_event_name"], catch_exceptions=False)

    assert json.loads(shown["raw"]) == NAMELESS
    assert "name rows by id" in str(nothing.exception)
    assert "1 row dismissed" in done.stderr
    assert RejectedRow.objects.get().status == "dismissed"
