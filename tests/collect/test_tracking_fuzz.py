"""Whatever JSON arrives: no answer of 500, no good event lost, no row that could break a query."""

import json

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tracking_world import BASIC, KEY

from tenure.collect.http.paths import INTAKES

FIELDS = [
    "type", "event", "userId", "anonymousId", "messageId", "timestamp", "originalTimestamp",
    "sentAt", "context", "properties", "traits", "groupId", "previousId", "name", "category",
    "integrations", "channel", "batch", "writeKey", "distinct_id", "uuid", "offset", "$set",
    "$groups", "$group_type", "$group_key", "api_key", "token", "alias", "$device_id", "library",
]  # fmt: skip
WORDS = ["track", "identify", "group", "page", "alias", "$identify", "$groupidentify",
         "$create_alias", "2026-01-01T00:00:00Z", "", " ", "\x00", "\ud83d", "9" * 40]  # fmt: skip

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=20),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), inner, max_size=6),
    ),
    max_leaves=12,
)
events = st.dictionaries(st.sampled_from(FIELDS), values, max_size=10)
bodies = st.one_of(values, events, st.fixed_dictionaries({"batch": st.lists(events | values)}))
paths = st.sampled_from(sorted(INTAKES))


@pytest.fixture
def world(tracked_in_memory):
    return tracked_in_memory


modest = settings(
    max_examples=150,
    deadline=None,
    # The world is the same for all examples; each looks only at what it added itself.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def written(value):
    """JSON as a client writes it: NaN, Infinity and half surrogate pairs included."""
    return json.dumps(value).encode()


@modest
@given(paths, bodies)
def test_no_json_body_is_answered_with_an_error_of_ours(world, path, body):
    answer = world.post(path, written(body))

    assert answer.status in (200, 400, 413)
    assert answer.json["success"] is (answer.status == 200)


@modest
@given(paths, st.binary(max_size=200))
def test_no_bytes_at_all_are_answered_with_an_error_of_ours(world, path, body):
    assert world.post(path, body).status in (200, 400, 401, 413)


@modest
@given(
    st.text(max_size=40),
    st.text(max_size=40),
    st.sampled_from([*sorted(INTAKES), "/sourceConfig", "/v1/projects/x", "/array/x/config"]),
)
def test_no_header_or_query_is_answered_with_an_error_of_ours(world, header, query, path):
    headers = {
        "authorization": header.encode("utf-8", "replace").decode("latin-1"),
        "x-forwarded-for": header.encode("utf-8", "replace").decode("latin-1"),
    }
    answer = world.post(f"{path}?{query}".replace("\ud83d", ""), b'{"batch": []}', headers)

    assert answer.status in (200, 400, 401, 404, 413, 415)


@modest
@given(st.sampled_from(["/v1/batch", "/batch/"]), st.lists(events | values, max_size=5), st.data())
def test_good_events_are_kept_whatever_arrives_beside_them(world, path, others, data):
    place = data.draw(st.integers(0, len(others)))
    good = {"type": "track", "event": "opened", "userId": "u1", "messageId": "good"}
    if path == "/batch/":
        good = {"event": "opened", "distinct_id": "u1", "uuid": "good"}
    batch = [*others[:place], good, *others[place:]]
    world.decoded.clear()
    world.rejected.clear()

    answer = world.post(path, written({"api_key": KEY, "batch": batch}), BASIC)
    world.decode()

    assert answer.status == 200
    new = world.decoded
    assert len(new) + len(world.rejected) == len(batch)
    assert "good" in [row["message_id"] for row in new]
    assert all(row.remedy and row.code for row in world.rejected)
    assert all(0 < len(row["message_id"]) <= 100 for row in new)
    assert all(row["occurred_at"] <= row["received_at"] for row in new)


@pytest.fixture
def engine():
    with duckdb.connect() as connection:
        yield connection


@modest
@given(body=st.lists(events, min_size=1, max_size=4))
def test_what_is_kept_is_json_to_the_engine_that_reads_it(world, engine, body):
    for event in body:
        event |= {"type": "track", "event": "opened", "userId": "u1"}
    world.decoded.clear()
    world.post("/v1/batch", written({"batch": body}))
    world.decode()

    for row in world.decoded:
        for text in (row["properties"], row["context"]):
            [kind] = engine.execute("select json_type(?::json)", [text]).fetchone()
            assert kind == "OBJECT"
            assert "\\u0000" not in text.replace("\\\\", "")
