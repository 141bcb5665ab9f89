"""What a PostHog event means here: its type, its person, its account, its traits."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tracking_world import NOON

from tenure.collect.decode_posthog import decode_posthog
from tenure.lake.inbox import Arrival


def decoded(body, **meta):
    meta = {"path": "/batch", "id": "request-1", **meta}
    result = decode_posthog([Arrival("posthog", "web", NOON, json.dumps(body).encode(), meta)])
    rows = result.events.to_pylist() if result.events else []
    for row in rows:
        row["properties"], row["context"] = (
            json.loads(row["properties"]),
            json.loads(row["context"]),
        )
    return rows, result.rejected


def row_of(event, meta=None, **batch):
    event = {"event": "opened", "distinct_id": "u1", "uuid": "m1", **event}
    rows, rejected = decoded({"batch": [event], **batch}, **(meta or {}))
    assert rejected == []
    return rows[0]


def test_an_event_of_ones_own_name_is_a_track_call():
    row = row_of(
        {"properties": {"rows": 3, "$lib": "posthog-python", "$lib_version": "7", "$os": "Linux"}}
    )

    assert (row["type"], row["name"], row["message_id"]) == ("track", "opened", "m1")
    assert row["properties"] == {"rows": 3}
    assert row["context"] == {
        "library": {"name": "posthog-python", "version": "7"},
        "posthog": {"$os": "Linux"},
    }


def test_a_ticket_told_by_a_support_desk_is_a_ticket():
    row = row_of({"event": "Ticket Opened", "properties": {"ticket_id": "t1"}})

    assert (row["type"], row["name"]) == ("ticket", "Ticket Opened")


@pytest.mark.parametrize(
    ("event", "type_", "name", "properties"),
    [
        ({"event": "$identify", "$set": {"plan": "Pro"}}, "identify", None, {"plan": "Pro"}),
        ({"event": "$set", "$set": {"plan": "Pro"}}, "identify", None, {"plan": "Pro"}),
        ({"event": "$set_once", "$set_once": {"a": 1}}, "identify", None, {"a": 1}),
        (
            {"event": "$identify", "properties": {"$set": {"a": 1}, "$set_once": {"a": 0, "b": 2}}},
            "identify",
            None,
            {"a": 1, "b": 2},
        ),
        (
            {
                "event": "$groupidentify",
                "properties": {
                    "$group_type": "company",
                    "$group_key": "acme",
                    "$group_set": {"n": 1},
                },
            },
            "group",
            None,
            {"n": 1},
        ),
        (
            {"event": "$pageview", "properties": {"$current_url": "https://x/y"}},
            "page",
            "https://x/y",
            {},
        ),
        (
            {"event": "$pageview", "properties": {"title": "Docs", "$pathname": "/d"}},
            "page",
            "Docs",
            {"title": "Docs"},
        ),
        ({"event": "$screen", "properties": {"$screen_name": "Main"}}, "screen", "Main", {}),
        ({"event": "$autocapture"}, "track", "$autocapture", {}),
    ],
)
def test_reserved_names_are_calls_of_their_own_type(event, type_, name, properties):
    row = row_of(event)

    assert (row["type"], row["name"], row["properties"]) == (type_, name, properties)


@pytest.mark.parametrize(
    ("event", "user_id", "anonymous_id", "previous_id"),
    [
        ({}, "u1", None, None),
        ({"distinct_id": 7}, "7", None, None),
        ({"properties": {"$process_person_profile": False}}, None, "u1", None),
        ({"properties": {"$is_identified": False}}, None, "u1", None),
        ({"properties": {"$device_id": "u1"}}, None, "u1", None),
        ({"properties": {"$is_identified": True, "$device_id": "d"}}, "u1", "d", None),
        ({"event": "$identify", "properties": {"$anon_distinct_id": "a"}}, "u1", "a", None),
        # posthog.alias(previous_id, distinct_id) of Python, posthog.alias(alias) of JavaScript
        (
            {"event": "$create_alias", "properties": {"alias": "u2", "distinct_id": "u1"}},
            "u2",
            None,
            "u1",
        ),
        ({"event": "$merge_dangerously", "properties": {"alias": "u2"}}, "u1", None, "u2"),
        # An id that the SDK made up for the call
        (
            {
                "event": "$groupidentify",
                "properties": {"$group_type": "company", "$group_key": "a"},
            },
            None,
            None,
            None,
        ),
        (
            {
                "event": "$groupidentify",
                "properties": {"$group_type": "company", "$group_key": "a", "$is_identified": True},
            },
            "u1",
            None,
            None,
        ),
        ({"distinct_id": None, "properties": {"distinct_id": "u3"}}, "u3", None, None),
    ],
)
def test_one_id_is_a_person_an_anonymous_one_or_nobody(event, user_id, anonymous_id, previous_id):
    row = row_of(event)

    assert (row["user_id"], row["anonymous_id"], row["previous_id"]) == (
        user_id,
        anonymous_id,
        previous_id,
    )


@pytest.mark.parametrize(
    ("groups", "account_key"),
    [
        ({"company": "acme"}, "acme"),
        ({"company": 5}, "5"),
        ({"project": "p1", "organization": "acme"}, "acme"),
        ({"team": "t", "company": "acme"}, "acme"),
        ({"Company": "acme"}, "acme"),
        ({"hospital": "h1"}, "h1"),
        ({"project": "p1"}, None),
        ({}, None),
        ("company", None),
        (None, None),
    ],
)
def test_the_group_that_pays_is_the_account(groups, account_key):
    row = row_of({"properties": {"$groups": groups}})

    assert row["account_key"] == account_key
    assert row["context"].get("groupId") == account_key


def test_traits_of_a_group_that_does_not_pay_are_kept_as_an_event():
    properties = {"$group_type": "project", "$group_key": "p1", "$group_set": {"name": "P"}}

    row = row_of({"event": "$groupidentify", "properties": properties})

    assert (row["type"], row["name"], row["account_key"]) == ("track", "$groupidentify", None)
    assert row["properties"] == properties


def test_traits_that_come_with_another_event_stay_with_it():
    row = row_of({"properties": {"$set": {"plan": "Pro"}, "rows": 1}})

    assert row["properties"] == {"rows": 1}
    assert row["context"]["traits"] == {"plan": "Pro"}


@pytest.mark.parametrize(
    ("event", "batch", "meta", "minutes_ago"),
    [
        ({"timestamp": "2026-03-01T11:50:00Z"}, {"sent_at": "2026-03-01T11:58:00Z"}, {}, 8),
        ({"timestamp": "2026-03-01T11:50:00Z"}, {}, {}, 10),
        ({}, {"sent_at": "2026-03-01T11:58:00Z"}, {}, 0),
        # posthog-js says in the query when it sent, in milliseconds
        ({"timestamp": "2026-03-01T11:50:00Z"}, {}, {"sent_at": "1772366280000"}, 8),
        ({"offset": 60_000}, {}, {}, 1),
        ({"timestamp": "2031-01-01T00:00:00Z"}, {}, {}, 0),
    ],
)
def test_when_it_happened_is_corrected_for_the_clients_clock(event, batch, meta, minutes_ago):
    assert row_of(event, meta, **batch)["occurred_at"] == NOON - timedelta(minutes=minutes_ago)


def test_a_migration_of_history_was_known_when_it_happened():
    then = datetime(2024, 5, 6, tzinfo=UTC)
    event = {"timestamp": then.isoformat()}

    assert row_of(event)["known_at"] == NOON
    assert row_of(event, historical_migration=True)["known_at"] == then


@pytest.mark.parametrize(
    ("event", "code", "field"),
    [
        ({"event": None}, "no_event_name", "event"),
        ({"event": ["x"]}, "invalid_name", "event"),
        ({"distinct_id": ""}, "no_distinct_id", "distinct_id"),
        ({"distinct_id": {}}, "invalid_id", "distinct_id"),
        ({"event": "$create_alias"}, "no_alias", "properties.alias"),
        (
            {"event": "$groupidentify", "properties": {"$group_type": "company"}},
            "no_group_id",
            "properties.$group_key",
        ),
        ({"properties": []}, "invalid_properties", "properties"),
        ({"timestamp": []}, "invalid_timestamp", "timestamp"),
    ],
)
def test_a_bad_event_is_refused_and_its_neighbours_are_kept(event, code, field):
    good = {"event": "opened", "distinct_id": "u1", "uuid": "good"}

    rows, [rejected] = decoded({"batch": [good | {"uuid": "bad"} | event, good]})

    assert (rejected.code, rejected.field) == (code, field)
    assert rejected.remedy and rejected.source_ref == "POST /batch [0]"
    assert [row["message_id"] for row in rows] == ["good"]


@pytest.mark.parametrize(
    "body", [[{"event": "e", "distinct_id": "u"}], {"event": "e", "distinct_id": "u"}]
)
def test_one_event_or_a_bare_list_is_a_batch_too(body):
    [row], rejected = decoded(body)

    assert (row["name"], rejected) == ("e", [])
