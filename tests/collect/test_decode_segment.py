"""What a Segment or RudderStack event means, and which events are refused and why."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tracking_world import NOON

from tenure.collect.decode_segment import decode_segment
from tenure.lake.inbox import Arrival

USER = {"userId": "u1", "messageId": "m1"}


def arrival(body, path="/v1/batch", received_at=NOON, **meta):
    meta = {"path": path, "id": "request-1", **meta}
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Arrival("segment", "web", received_at, raw, meta)


def decoded(*events, path="/v1/batch", **batch):
    """(rows, refused rows) of one batch of these events."""
    result = decode_segment([arrival({"batch": events, **batch}, path)])
    rows = result.events.to_pylist() if result.events else []
    for row in rows:
        row["properties"], row["context"] = (
            json.loads(row["properties"]),
            json.loads(row["context"]),
        )
    return rows, result.rejected


def row_of(event, **batch):
    rows, rejected = decoded({"type": "track", "event": "opened", **USER, **event}, **batch)
    assert rejected == []
    return rows[0]


def refusal_of(event, **batch):
    rows, [rejected] = decoded({"type": "track", "event": "opened", **USER, **event}, **batch)
    assert rows == []
    return rejected


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_track_call_becomes_a_row_with_every_column_filled():
    row = row_of(
        {
            "anonymousId": "a1",
            "properties": {"rows": 3},
            "context": {"groupId": "acme", "locale": "en"},
            "timestamp": "2026-03-01T11:59:00.000Z",
            "sentAt": "2026-03-01T11:59:30.000Z",
        }
    )

    assert row == {
        "message_id": "m1",
        "source": "web",
        "type": "track",
        "name": "opened",
        "occurred_at": at("2026-03-01 11:59:30"),  # 30 s before it was received
        "known_at": NOON,
        "received_at": NOON,
        "sent_at": at("2026-03-01 11:59:30"),
        "original_at": at("2026-03-01 11:59:00"),
        "user_id": "u1",
        "anonymous_id": "a1",
        "previous_id": None,
        "account_key": "acme",
        "properties": {"rows": 3},
        "context": {"groupId": "acme", "locale": "en"},
        "source_ref": None,
        "corrects": None,
    }


MINUTES_AGO = {n: f"2026-03-01T{11 if n else 12}:{60 - n if n else 0:02}:00Z" for n in range(60)}


@pytest.mark.parametrize(
    ("times", "minutes_ago"),
    [
        # The published example's shape: received - (sent - original).
        ({"timestamp": MINUTES_AGO[10], "sentAt": MINUTES_AGO[2]}, 8),
        ({"originalTimestamp": MINUTES_AGO[10], "sentAt": MINUTES_AGO[2]}, 8),
        ({"timestamp": MINUTES_AGO[10]}, 10),
        ({"originalTimestamp": MINUTES_AGO[10]}, 10),
        ({}, 0),
        ({"sentAt": MINUTES_AGO[2]}, 0),
        # A clock a day ahead, and one decades behind, that agree with themselves.
        ({"timestamp": "2026-03-02T11:50:00Z", "sentAt": "2026-03-02T11:58:00Z"}, 8),
        ({"timestamp": "1999-01-01T00:00:00Z", "sentAt": "1999-01-01T00:05:00Z"}, 5),
        # Nothing happens in the future.
        ({"timestamp": "2031-01-01T00:00:00Z"}, 0),
        ({"timestamp": MINUTES_AGO[2], "sentAt": MINUTES_AGO[10]}, 0),
        # A wild `sentAt` alone does not move an event out of our time.
        ({"timestamp": MINUTES_AGO[10], "sentAt": "9999-01-01T00:00:00Z"}, 10),
        # `timestamp` beside another `originalTimestamp` was corrected by whoever passed it on.
        (
            {
                "timestamp": MINUTES_AGO[30],
                "originalTimestamp": MINUTES_AGO[50],
                "sentAt": MINUTES_AGO[40],
            },
            30,
        ),
        (
            {
                "timestamp": MINUTES_AGO[10],
                "originalTimestamp": MINUTES_AGO[10],
                "sentAt": MINUTES_AGO[2],
            },
            8,
        ),
    ],
)
def test_when_it_happened_is_corrected_for_the_clients_clock(times, minutes_ago):
    assert row_of(times)["occurred_at"] == NOON - timedelta(minutes=minutes_ago)


def test_the_batchs_sending_time_holds_for_events_without_one():
    row = row_of({"timestamp": MINUTES_AGO[10]}, sentAt=MINUTES_AGO[2])
    own = row_of({"timestamp": MINUTES_AGO[10], "sentAt": MINUTES_AGO[5]}, sentAt=MINUTES_AGO[2])

    assert row["occurred_at"] == NOON - timedelta(minutes=8)
    assert own["occurred_at"] == NOON - timedelta(minutes=5)


def test_rudderstacks_node_sdk_says_when_by_original_timestamp_and_sent_at_on_the_batch():
    row = row_of(
        {"originalTimestamp": MINUTES_AGO[10]}, timestamp=MINUTES_AGO[2], sentAt=MINUTES_AGO[2]
    )

    assert row["occurred_at"] == NOON - timedelta(minutes=8)
    assert row["original_at"] == NOON - timedelta(minutes=10)
    assert row["sent_at"] == NOON - timedelta(minutes=2)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T11:50:00Z",
        "2026-03-01T11:50:00.000+00:00",
        "2026-03-01T06:50:00-05:00",
        "2026-03-01T11:50:00",
        "2026-03-01 11:50:00",
        " 2026-03-01t11:50:00z ",
        "2026-03-01T11:50:00.000000000Z",
        1772365800,
        1772365800000,
        1772365800.0,
    ],
)
def test_an_instant_is_read_in_every_form_that_clients_write(written):
    row = row_of({"timestamp": written})

    assert row["occurred_at"] == at("2026-03-01 11:50:00")
    assert "warnings" not in row["context"]


@pytest.mark.parametrize(
    "written", ["yesterday", "", "2026-02-30T00:00:00Z", -5, 10**17, "0001-01-01"]
)
def test_a_time_that_cannot_be_read_is_ours_with_a_warning(written):
    row = row_of({"timestamp": written})

    assert row["occurred_at"] == NOON
    [warning] = row["context"]["warnings"]
    assert "timestamp" in warning and str(written)[:5] in warning


@pytest.mark.parametrize("written", [{"a": 1}, [2026], True])
def test_a_time_that_is_no_time_at_all_is_refused(written):
    rejected = refusal_of({"timestamp": written})

    assert (rejected.code, rejected.field) == ("invalid_timestamp", "timestamp")


def test_what_arrives_live_was_known_when_it_came_and_an_import_when_it_happened():
    event = {"type": "track", "event": "opened", **USER, "timestamp": "2024-05-06T07:08:09Z"}

    [live], _ = decoded(event)
    [imported], _ = decoded(event, path="/v1/import")

    assert live["occurred_at"] == imported["occurred_at"] == at("2024-05-06 07:08:09")
    assert live["known_at"] == NOON
    assert imported["known_at"] == imported["occurred_at"]


def test_the_batchs_context_and_integrations_are_merged_into_each_event():
    row = row_of(
        {"context": {"locale": "de", "app": {"name": "x"}}, "integrations": {"Mail": False}},
        context={"locale": "en", "library": {"name": "lib"}},
        integrations={"All": True},
        channel="server",
    )

    assert row["context"] == {
        "locale": "de",
        "app": {"name": "x"},
        "library": {"name": "lib"},
        "integrations": {"All": True, "Mail": False},
        "channel": "server",
    }


def test_an_update_that_says_nothing_of_activity_says_so_still():
    assert row_of({"context": {"active": False}})["context"] == {"active": False}


@pytest.mark.parametrize(
    ("event", "type_", "name", "properties"),
    [
        ({"type": "page", "name": "Docs"}, "page", "Docs", {}),
        ({"type": "page", "name": "API", "category": "Docs"}, "page", "API", {"category": "Docs"}),
        # Python's screen('u1', 'Main')
        (
            {"type": "screen", "name": None, "category": "Main"},
            "screen",
            "Main",
            {"category": "Main"},
        ),
        ({"type": "page", "properties": {"name": "Home"}}, "page", "Home", {"name": "Home"}),
        ({"type": "page", "properties": {"url": "/x"}}, "page", None, {"url": "/x"}),
        ({"type": "identify", "traits": {"plan": "Pro"}}, "identify", None, {"plan": "Pro"}),
        # RudderStack's identify
        (
            {
                "type": "identify",
                "context": {"traits": {"plan": "Pro", "age": 3}},
                "traits": {"age": 4},
            },
            "identify",
            None,
            {"plan": "Pro", "age": 4},
        ),
        (
            {"type": "group", "groupId": "acme", "traits": {"name": "A"}},
            "group",
            None,
            {"name": "A"},
        ),
        ({"type": "alias", "previousId": "a1"}, "alias", None, {}),
        ({"event": " Report Exported "}, "track", "Report Exported", {}),
        ({"event": 404}, "track", "404", {}),
        ({"properties": None}, "track", "opened", {}),
    ],
)
def test_each_type_keeps_its_name_and_its_properties(event, type_, name, properties):
    row = row_of(event)

    assert (row["type"], row["name"], row["properties"]) == (type_, name, properties)


@pytest.mark.parametrize(
    ("event", "user_id", "anonymous_id", "previous_id", "account_key"),
    [
        ({"userId": 17, "anonymousId": None}, "17", None, None, None),
        ({"userId": 17.0}, "17", None, None, None),
        ({"userId": " u1 "}, "u1", None, None, None),
        ({"userId": "", "anonymousId": "a1"}, None, "a1", None, None),
        ({"userId": 10**30}, "1" + "0" * 30, None, None, None),
        ({"type": "alias", "previousId": 3}, "u1", None, "3", None),
        ({"type": "group", "groupId": 5}, "u1", None, None, "5"),
        ({"context": {"groupId": 5}}, "u1", None, None, "5"),
        ({"context": {"groupId": ""}}, "u1", None, None, None),
        ({"groupId": "g"}, "u1", None, None, "g"),
        ({"type": "group", "groupId": "g", "context": {"groupId": "h"}}, "u1", None, None, "g"),
        ({"previousId": "only alias has one"}, "u1", None, None, None),
    ],
)
def test_ids_are_text_and_the_group_is_the_account(
    event, user_id, anonymous_id, previous_id, account_key
):
    row = row_of(event)

    assert row["user_id"] == user_id
    assert row["anonymous_id"] == anonymous_id
    assert row["previous_id"] == previous_id
    assert row["account_key"] == account_key


@pytest.mark.parametrize(
    ("event", "code", "field", "value"),
    [
        ({"userId": None}, "no_user_anon_id", "userId", ""),
        ({"userId": " ", "anonymousId": ""}, "no_user_anon_id", "userId", ""),
        ({"event": None}, "no_event_name", "event", ""),
        ({"event": ""}, "no_event_name", "event", ""),
        ({"event": {"name": "x"}}, "invalid_name", "event", '{"name":"x"}'),
        ({"event": "x" * 256}, "name_too_long", "event", "x" * 199 + "…"),
        ({"type": "purchase"}, "unknown_type", "type", "purchase"),
        ({"type": None}, "unknown_type", "type", ""),
        ({"type": ["track"]}, "unknown_type", "type", '["track"]'),
        ({"userId": True}, "invalid_id", "userId", "true"),
        ({"userId": {"id": 1}}, "invalid_id", "userId", '{"id":1}'),
        ({"userId": "u\x00"}, "invalid_id", "userId", "u\x00"),
        ({"anonymousId": "x" * 256}, "id_too_long", "anonymousId", "x" * 199 + "…"),
        ({"type": "group"}, "no_group_id", "groupId", ""),
        ({"type": "alias"}, "no_previous_id", "previousId", ""),
        (
            {"type": "alias", "previousId": "p", "userId": None, "anonymousId": "a"},
            "no_user_id",
            "userId",
            "",
        ),
        ({"properties": [1]}, "invalid_properties", "properties", "[1]"),
        ({"type": "identify", "traits": "x"}, "invalid_traits", "traits", "x"),
        ({"context": 5}, "invalid_context", "context", "5"),
        ({"context": {"groupId": []}}, "invalid_id", "context.groupId", "[]"),
    ],
)
def test_a_bad_event_is_refused_with_field_value_and_remedy(event, code, field, value):
    rejected = refusal_of(event)

    assert (rejected.code, rejected.field, rejected.value) == (code, field, value)
    assert rejected.remedy
    assert rejected.source == "web"
    assert rejected.source_ref == "POST /v1/batch [0]"
    assert rejected.received_at == NOON


@pytest.mark.parametrize("junk", [None, 7, "text", [1], True, {}])
def test_the_good_events_of_a_batch_are_kept_whatever_stands_between_them(junk):
    good = [
        {"type": "track", "event": "opened", "userId": "u", "messageId": f"m{n}"} for n in (1, 2)
    ]

    rows, rejected = decoded(good[0], junk, good[1])

    assert [row["message_id"] for row in rows] == ["m1", "m2"]
    assert [row.source_ref for row in rejected] == ["POST /v1/batch [1]"]


def test_a_ticket_told_by_a_support_desk_is_a_ticket_and_one_of_ones_own_product_is_not():
    told = {"event": "Ticket Opened", "properties": {"ticket_id": "t1", "text": "Please cancel"}}

    assert row_of(told)["type"] == "ticket"
    assert row_of({**told, "event": "Ticket Solved"})["type"] == "ticket"
    assert row_of({**told, "properties": {"queue": "billing"}})["type"] == "track"
    assert row_of({**told, "event": "Ticket Printed"})["type"] == "track"


def test_an_event_over_32_kib_is_refused_and_kept_whole():
    event = {"properties": {"text": "x" * 33_000}}

    rejected = refusal_of(event)

    assert rejected.code == "event_too_large"
    assert json.loads(rejected.raw)["properties"] == event["properties"]


def test_an_event_nested_over_200_levels_is_refused_and_one_of_200_is_kept():
    def nested(levels):
        value = 1
        for _ in range(levels):
            value = [value]
        return value

    kept = row_of({"properties": {"deep": nested(198)}})

    assert kept["properties"] == {"deep": nested(198)}
    assert refusal_of({"properties": {"deep": nested(199)}}).code == "too_deep"


def test_text_that_is_not_utf_8_costs_its_own_event_only():
    good = json.dumps({"type": "track", "event": "opened", **USER}).encode()
    body = b'{"batch": [%b, %b]}' % (good.replace(b"opened", b"\xff\xfe"), good)

    result = decode_segment([arrival(body)])

    assert [row["name"] for row in result.events.to_pylist()] == ["opened"]
    assert [row.code for row in result.rejected] == ["malformed_json"]


def test_a_refused_event_carries_what_its_batch_said_so_that_it_can_be_sent_alone():
    rejected = refusal_of(
        {"event": None, "context": {"locale": "de"}},
        context={"groupId": "acme", "locale": "en"},
        sentAt=MINUTES_AGO[2],
    )

    raw = json.loads(rejected.raw)
    assert raw["context"] == {"groupId": "acme", "locale": "de"}
    assert raw["sentAt"] == MINUTES_AGO[2]


def test_a_refused_call_of_a_single_path_says_its_type_and_not_its_key():
    event = {"userId": "u1", "writeKey": "secret"}

    [rejected] = decode_segment([arrival(event, "/v1/track")]).rejected

    assert json.loads(rejected.raw) == {"userId": "u1", "type": "track"}
    assert rejected.source_ref == "POST /v1/track [0]"


def test_decoding_twice_gives_the_same_rows_also_where_the_client_sent_no_id():
    events = [{"type": "track", "event": "opened", "userId": "u"} for _ in range(2)]
    once, again = ([arrival({"batch": events})] for _ in range(2))
    elsewhere = Arrival("segment", "web", NOON, once[0].body, {"path": "/v1/batch", "id": "other"})

    first, second = decode_segment(once).events, decode_segment(again).events

    assert first.equals(second)
    ids = (
        first["message_id"].to_pylist()
        + decode_segment([elsewhere]).events["message_id"].to_pylist()
    )
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("message_id", "kept"),
    [("m" * 100, "m" * 100), (12, "12"), (" m1 ", "m1")],
)
def test_a_message_id_of_up_to_100_characters_is_kept(message_id, kept):
    assert row_of({"messageId": message_id})["message_id"] == kept


def test_a_longer_message_id_still_recognises_itself():
    ids = [row_of({"messageId": "m" * 100 + end})["message_id"] for end in ("a", "a", "b")]

    assert ids[0] == ids[1] != ids[2]
    assert len(ids[0]) == 32


def test_nul_characters_leave_texts_that_postgresql_could_not_hold():
    row = row_of({"properties": {"a\x00": ["x\x00y"], "literal": "\\u0000"}})

    assert row["properties"] == {"a\ufffd": ["x\ufffdy"], "literal": "\\u0000"}
