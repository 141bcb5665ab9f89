"""What the tracking API answers: paths, keys, encodings, limits, and when to come again."""

import base64
import gzip
import json
import urllib.parse
import zlib
from datetime import timedelta

import pytest
import zstandard
from tracking_world import BASIC, KEY, KnownKeys

from tenure.base.errors import Unavailable
from tenure.collect.http import build_tracking, is_tracking_path
from tenure.collect.http.limits import Limits

TRACK = {"type": "track", "event": "Report Exported", "userId": "u1", "messageId": "m1"}
BATCH = {"batch": [TRACK]}


def basic(text):
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def sent_ids(tracked):
    return [row["message_id"] for row in tracked.events()]


@pytest.mark.parametrize(
    ("long", "short", "body"),
    [
        ("track", "t", {"event": "e"}),
        ("identify", "i", {"traits": {}}),
        ("group", "g", {"groupId": "acme"}),
        ("page", "p", {"name": "Home"}),
        ("screen", "s", {"name": "Home"}),
        ("alias", "a", {"previousId": "anon"}),
    ],
)
def test_every_call_has_a_long_and_a_short_path_which_say_its_type(tracked, long, short, body):
    for number, path in enumerate((f"/v1/{long}", f"/v1/{short}", f"/v1/{long}/")):
        answer = tracked.post(path, {**body, "userId": "u1", "messageId": f"m{number}"})
        assert (answer.status, answer.body) == (200, b'{"success": true}')

    assert [row["type"] for row in tracked.events()] == [long] * 3
    assert tracked.rejected == []


def test_a_path_of_one_call_outweighs_the_type_in_the_body(tracked):
    tracked.post("/v1/track", {"event": "e", "userId": "u1", "type": "identify"})

    assert tracked.event()["type"] == "track"


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"])
def test_a_batch_is_taken_on_every_path_that_a_client_uses_for_one(tracked, path):
    assert tracked.post(path, BATCH).status == 200

    assert sent_ids(tracked) == ["m1"]


@pytest.mark.parametrize("path", ["/batch/", "/batch", "/capture/", "/e/", "/i/v0/e/"])
def test_posthogs_paths_take_its_batches(tracked, path):
    event = {"event": "opened", "distinct_id": "u1", "uuid": "m1"}

    answer = tracked.post(path, {"api_key": KEY, "batch": [event]}, headers={})

    assert answer.status == 200
    assert sent_ids(tracked) == ["m1"]


def test_what_a_browser_library_says_of_itself_is_answered_and_dropped(tracked):
    assert tracked.post("/v1/m", {"series": []}, headers={}).status == 200
    assert tracked.post("/s/", b"anything", headers={}).status == 200

    assert tracked.events() == []


def test_only_tracking_paths_are_ours():
    assert all(map(is_tracking_path, ["/v1/track", "/batch/", "/e", "/v1/projects/k/settings"]))
    assert not any(
        map(is_tracking_path, ["/", "/accounts", "/v1/accounts", "/batches", "/static/e"])
    )


def test_a_wrong_method_is_named(tracked):
    answer = tracked.call("GET", "/v1/track")

    assert answer.status == 405
    assert answer.json["code"] == "wrong_method"


@pytest.mark.parametrize(
    "path", ["/v1/t", "/v1/batch", "/batch/", "/flags/", "/v1/m", "/v1/nothing"]
)
def test_a_browser_may_send_from_any_page_with_any_header(tracked, path):
    asked = {
        "origin": "https://app.example.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }

    answer = tracked.call("OPTIONS", path, headers=asked)

    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
    assert answer.headers["access-control-allow-headers"] == "authorization,content-type"
    assert "POST" in answer.headers["access-control-allow-methods"]


def test_a_browser_may_read_refusals_as_well(tracked):
    answer = tracked.post("/v1/t", TRACK, headers={"origin": "https://app.example.com"})

    assert answer.status == 401
    assert answer.headers["access-control-allow-origin"] == "https://app.example.com"


def test_analytics_js_finds_its_settings(tracked):
    answer = tracked.call("GET", f"/v1/projects/{KEY}/settings", headers={"host": "t.example.com"})

    segment = answer.json["integrations"]["Segment.io"]
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (segment["apiKey"], segment["apiHost"]) == (KEY, "t.example.com/v1")
    assert segment["protocol"] == "http"
    assert tracked.call("GET", "/v1/projects/nobody/settings").status == 401


def test_analytics_js_sends_by_https_behind_a_proxy_that_speaks_it(tracked_with):
    tracked = tracked_with(limits=Limits(proxies=1))

    answer = tracked.call(
        "GET", f"/v1/projects/{KEY}/settings", headers={"x-forwarded-proto": "https"}
    )

    assert answer.json["integrations"]["Segment.io"]["protocol"] == "https"


def test_rudderstacks_libraries_find_a_source_without_destinations(tracked):
    by_header = tracked.call("GET", "/sourceConfig/?p=npm", headers=BASIC).json["source"]
    by_query = tracked.call("GET", f"/sourceConfig?writeKey={KEY}").json["source"]

    assert by_header == by_query
    assert (by_header["writeKey"], by_header["destinations"]) == (KEY, [])


def test_posthogs_libraries_hear_that_there_are_no_flags(tracked):
    for path in ("/flags/?v=2", "/decide/?v=3"):
        answer = tracked.post(path, {"token": KEY, "distinct_id": "u1"}, headers={})
        assert answer.status == 200
        assert (answer.json["flags"], answer.json["featureFlags"]) == ({}, {})
        assert answer.json["errorsWhileComputingFlags"] is False
    assert tracked.call("GET", f"/array/{KEY}/config").json["token"] == KEY
    assert KEY.encode() in tracked.call("GET", f"/array/{KEY}/config.js").body
    assert tracked.call("GET", "/array/nobody/config.js").status == 401


@pytest.mark.parametrize(
    ("headers", "body", "query"),
    [
        (basic(f"{KEY}:"), {}, ""),
        (basic(KEY), {}, ""),
        (basic(f"{KEY}:ignored"), {}, ""),
        ({"authorization": basic(f"{KEY}:")["authorization"].replace("Basic", "basic")}, {}, ""),
        ({"authorization": basic(KEY)["authorization"].rstrip("=")}, {}, ""),
        ({}, {"writeKey": KEY}, ""),
        ({"authorization": "Bearer some-oauth-token"}, {"writeKey": KEY}, ""),
        ({"authorization": f"Bearer {KEY}"}, {}, ""),
        ({}, {}, f"?writeKey={KEY}"),
        (basic(f"{KEY}:"), {"writeKey": "another"}, ""),
        (basic(":"), {"writeKey": KEY}, ""),
    ],
)
def test_every_way_to_state_a_key_is_known(tracked, headers, body, query):
    answer = tracked.post(f"/v1/batch{query}", {**BATCH, **body}, headers=headers)

    assert answer.status == 200
    assert [row["source"] for row in tracked.events()] == ["web"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, {}),
        ({}, {"writeKey": "nobody"}),
        ({}, {"writeKey": None}),
        ({}, {"writeKey": {"a": 1}}),
        (basic("nobody:"), {}),
        (basic("nobody:"), {"writeKey": KEY}),  # the header wins
        ({"authorization": "Basic é!"}, {"writeKey": KEY}),
        ({"authorization": "Digest abc"}, {}),
    ],
)
def test_without_a_known_key_nothing_is_taken_and_clients_do_not_try_again(tracked, headers, body):
    answer = tracked.post("/v1/batch", {**BATCH, **body}, headers=headers)

    assert answer.status == 401
    assert answer.json["success"] is False
    assert answer.json["code"] == "invalid_write_key"
    assert "key" in answer.json["message"] or "base64" in answer.json["message"]
    assert tracked.events() == []


@pytest.mark.parametrize(
    "body",
    [
        {"api_key": KEY, "batch": [{"event": "e", "distinct_id": "u"}]},
        {"token": KEY, "event": "e", "distinct_id": "u"},
        {"event": "e", "distinct_id": "u", "properties": {"token": KEY}},
        [{"event": "e", "distinct_id": "u", "properties": {"token": KEY}}],
        {"batch": [{"event": "e", "distinct_id": "u", "api_key": KEY}]},
    ],
)
def test_posthogs_key_stands_in_the_body(tracked, body):
    assert tracked.post("/e/", body, headers={}).status == 200

    assert tracked.event()["source"] == "web"


def test_the_key_decides_the_source(tracked_with):
    tracked = tracked_with(keys=KnownKeys({"k1": "web", "k2": "backend"}))

    tracked.post("/v1/track", TRACK, headers=basic("k1:"))
    tracked.post("/v1/track", TRACK, headers=basic("k2:"))

    assert sorted(row["source"] for row in tracked.events()) == ["backend", "web"]


JSON = json.dumps(BATCH).encode()


def gzipped(data):
    """The same bytes at any time of day: every process that runs tests names them alike."""
    return gzip.compress(data, mtime=0)


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (JSON, {"content-type": "text/plain"}),
        (JSON, {"content-type": "application/x-www-form-urlencoded"}),
        (JSON, {"content-type": "application/json; charset=utf-8"}),
        (JSON, {}),
        (gzipped(JSON), {"content-encoding": "gzip"}),
        (gzipped(JSON), {"content-type": "application/x-www-form-urlencoded"}),
        (gzipped(JSON[:9]) + gzipped(JSON[9:]), {"content-encoding": "gzip"}),
        (JSON, {"content-encoding": "gzip"}),  # a proxy has unpacked it and left the header
        (zlib.compress(JSON), {"content-encoding": "deflate"}),
        (raw_deflate(JSON), {"content-encoding": "deflate"}),
        (zstandard.compress(JSON), {"content-encoding": "zstd"}),
        (b"\xef\xbb\xbf" + JSON, {}),
        (b"  \n" + JSON, {}),
        (JSON.decode().encode("utf-16"), {}),
    ],
)
def test_a_body_is_json_whatever_its_headers_say(tracked, body, headers):
    answer = tracked.post("/v1/batch", body, headers={**BASIC, **headers})

    assert (answer.status, answer.body) == (200, b'{"success": true}')
    assert sent_ids(tracked) == ["m1"]


POSTHOG = json.dumps(
    {"api_key": KEY, "event": "naïve ÿ?>", "distinct_id": "u1", "uuid": "m1"}
).encode()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/e/?compression=gzip", gzipped(POSTHOG)),
        ("/e/?compression=gzip-js&ip=1&_=1772366400000", gzipped(POSTHOG)),
        (
            "/e/?compression=base64",
            b"data=" + urllib.parse.quote(base64.b64encode(POSTHOG)).encode(),
        ),
        ("/e/?compression=base64", b"data=" + base64.b64encode(POSTHOG)),  # plus signs unescaped
        ("/e/", b"data=" + urllib.parse.quote(base64.b64encode(POSTHOG)).encode()),
        ("/e/", b"data=" + urllib.parse.quote(POSTHOG).encode()),
        ("/e/?compression=base64", base64.b64encode(POSTHOG)),
        ("/e/?compression=base64", base64.urlsafe_b64encode(POSTHOG).rstrip(b"=")),
        ("/e/?compression=base64", base64.b64encode(gzipped(POSTHOG))),
    ],
)
def test_posthogs_packings_are_undone(tracked, path, body):
    assert tracked.post(path, body, headers={}).status == 200

    assert tracked.event()["name"] == "naïve ÿ?>"


def test_a_body_in_many_pieces_is_one_body(tracked):
    assert tracked.post("/v1/batch", BATCH, chunks=7).status == 200

    assert sent_ids(tracked) == ["m1"]


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "said"),
    [
        ("/v1/batch", b"", {}, 400, "empty"),
        ("/v1/batch", b"{nope", {}, 400, "malformed JSON"),
        ("/v1/batch", b'{"batch": [', {}, 400, "malformed JSON"),
        ("/v1/batch", b"[1, 2]", {}, 400, "Expected `object`"),
        ("/v1/batch", b'"text"', {}, 400, "Expected `object`"),
        ("/v1/batch", b'{"batch": {}}', {}, 400, "$.batch"),
        ("/v1/batch", b'{"events": []}', {}, 400, "batch"),
        ("/v1/track", b"[]", {}, 400, "Expected `object`"),
        ("/v1/batch", b"\x1f\x8bnot gzip", {}, 400, "broken"),
        ("/v1/batch", gzipped(JSON)[:-12], {}, 400, "cut short"),
        ("/v1/batch", b"xx", {"content-encoding": "deflate"}, 400, "compressed body"),
        ("/v1/batch", b"\x28\xb5\x2f\xfdxx", {}, 400, "cut short"),
        ("/v1/batch", JSON, {"content-encoding": "br"}, 415, "gzip"),
        ("/e/?compression=lz64", b"xx", {}, 415, "gzip"),
        ("/e/?compression=base64", b"data=%%%", {}, 400, "base64"),
        ("/v1/batch", b'{"batch": ' + b"[" * 5000 + b"]" * 5000 + b"}", {}, 400, "nested"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_with_what_to_do(
    tracked, path, body, headers, status, said
):
    answer = tracked.post(path, body, headers={**BASIC, **headers})

    assert answer.status == status
    assert answer.json["success"] is False
    assert said in answer.json["message"]
    assert answer.json["detail"] == answer.json["message"]
    assert tracked.events() == []


def test_json_as_python_and_javascript_write_it_wrongly_is_mended(tracked):
    body = b'{"batch": [{"type": "track", "event": "a\\ud83d", "userId": "u1", "messageId": "m1",'
    body += b' "properties": {"nan": NaN, "inf": [-Infinity, 1.5], "emoji": "\\ud83d\\ude00"}}]}'

    assert tracked.post("/v1/batch", body).status == 200

    event = tracked.event()
    assert event["name"] == "a\ufffd"
    assert event["properties"] == {"nan": None, "inf": [None, 1.5], "emoji": "😀"}


def test_a_body_over_the_limit_is_refused_before_it_is_read(tracked_with):
    tracked = tracked_with(limits=Limits(body_bytes=1000))
    headers = {**BASIC, "content-length": "1001"}

    for answer in (
        tracked.post("/v1/batch", b"", headers=headers),
        tracked.post("/v1/batch", b" " * 1001, chunks=3),
    ):
        assert answer.status == 413
        assert answer.json["code"] == "too_large"
        assert "1000 are the limit" in answer.json["message"]


@pytest.mark.parametrize(
    "pack",
    [
        lambda data: (gzipped(data), {"content-encoding": "gzip"}),
        lambda data: (zlib.compress(data), {"content-encoding": "deflate"}),
        lambda data: (zstandard.compress(data), {"content-encoding": "zstd"}),
    ],
)
def test_a_body_that_unpacks_to_over_the_limit_is_refused(tracked_with, pack):
    tracked = tracked_with(limits=Limits(body_bytes=100_000))
    bomb, headers = pack(b" " * 50_000_000)

    answer = tracked.post("/v1/batch", bomb, headers={**BASIC, **headers})

    assert len(bomb) < 100_000
    assert answer.status == 413


def test_a_batch_of_2500_events_is_taken_and_one_more_is_refused(tracked):
    events = [{**TRACK, "messageId": f"m{n}"} for n in range(2501)]

    assert tracked.post("/v1/batch", {"batch": events[:2500]}).status == 200
    answer = tracked.post("/v1/batch", {"batch": events})

    assert (answer.status, answer.json["code"]) == (413, "too_many_events")
    assert len(tracked.events()) == 2500


def test_an_empty_batch_is_a_success_and_leaves_nothing_behind(tracked):
    assert tracked.post("/v1/batch", {"batch": []}).status == 200

    assert tracked.inbox.is_empty()


def test_one_event_of_32_kib_is_taken_alone_and_one_larger_is_refused(tracked):
    event = {**TRACK, "properties": {"text": ""}}
    event["properties"]["text"] = "x" * (32 * 1024 - len(json.dumps(event)))

    assert tracked.post("/v1/track", event).status == 200
    event["properties"]["text"] += "x"
    answer = tracked.post("/v1/track", {**event, "messageId": "m2"})

    assert answer.status == 413
    assert sent_ids(tracked) == ["m1"]


def test_a_key_that_sends_too_often_is_told_when_to_come_again(tracked_with):
    keys = KnownKeys({"k1": "web", "k2": "backend"})
    tracked = tracked_with(keys=keys, limits=Limits(requests_per_second=0.1, burst_requests=2))

    answers = [tracked.post("/v1/batch", BATCH, headers=basic("k1:")) for _ in range(3)]
    other = tracked.post("/v1/batch", BATCH, headers=basic("k2:"))

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].json["code"] == "rate_limited"
    assert answers[2].headers["retry-after"] == answers[2].headers["x-ratelimit-reset"] == "10"
    assert other.status == 200


def test_a_full_or_broken_inbox_is_answered_with_503_and_when_to_come_again(tracked):
    class FullDisk:
        async def append(self, arrival):
            raise Unavailable("no space left on the disk")

    tracked.tracking = build_tracking(FullDisk(), KnownKeys(), Limits(), lambda: tracked.now)

    answer = tracked.post("/v1/batch", BATCH)

    assert answer.status == 503
    assert (answer.json["success"], answer.json["code"]) == (False, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_what_is_answered_with_200_is_in_the_inbox(tracked):
    tracked.post("/v1/batch", BATCH)

    assert tracked.inbox.depth().rows == 1


SERVER = {"context": {"library": {"name": "analytics-python"}}}
PHONE = {"context": {"library": {"name": "analytics-kotlin"}}}


@pytest.mark.parametrize(
    ("path", "event", "headers", "ip"),
    [
        ("/v1/track", SERVER, {}, None),
        ("/v1/track", {"context": {"direct": True}}, {}, "198.51.100.7"),
        ("/v1/track", PHONE, {}, "198.51.100.7"),
        ("/v1/t", {}, {}, "198.51.100.7"),
        ("/v1/track", SERVER, {"origin": "https://a.example"}, "198.51.100.7"),
        ("/v1/track", {"context": {"ip": "203.0.113.9"}}, {}, "203.0.113.9"),
        ("/v1/t", {"context": {"ip": "203.0.113.9"}}, {}, "203.0.113.9"),
    ],
)
def test_an_address_is_kept_only_of_a_persons_own_device(tracked, path, event, headers, ip):
    tracked.post(path, {**TRACK, **event}, headers={**BASIC, **headers})

    assert tracked.event()["context"].get("ip") == ip


def test_an_operator_may_keep_no_address_at_all(tracked_with):
    tracked = tracked_with(limits=Limits(keep_ip="none"))

    tracked.post("/v1/t", {**TRACK, "context": {"ip": "203.0.113.9", "locale": "en"}})

    assert tracked.event()["context"] == {"locale": "en"}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "ip"),
    [
        (0, "203.0.113.9", "198.51.100.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "192.0.2.66, 203.0.113.9", "203.0.113.9"),  # the first is the client's own word
        (2, "192.0.2.66, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (1, "", None),
        (1, "unknown", None),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_behind_proxies_the_address_is_the_one_that_ours_saw(tracked_with, proxies, forwarded, ip):
    tracked = tracked_with(limits=Limits(proxies=proxies))
    headers = {**BASIC, "x-forwarded-for": forwarded}

    tracked.post("/v1/t", TRACK, headers=headers)

    assert tracked.event()["context"].get("ip") == ip


def test_a_browsers_user_agent_is_kept_where_its_library_did_not_say_it(tracked):
    tracked.post("/v1/t", TRACK, headers={**BASIC, "user-agent": "Mozilla/5.0"})

    assert tracked.event()["context"]["userAgent"] == "Mozilla/5.0"


def test_a_message_sent_again_is_there_once_however_long_afterwards(tracked):
    tracked.post("/v1/batch", BATCH)
    tracked.shipped()
    tracked.now += timedelta(days=400)

    tracked.post("/v1/batch", BATCH)

    assert len(tracked.shipped()) == 1


def test_equal_events_without_an_id_are_two_events(tracked):
    event = {"type": "track", "event": "opened", "userId": "u1"}

    tracked.post("/v1/batch", {"batch": [event, event]})
    tracked.post("/v1/batch", {"batch": [event]})

    assert len({row["message_id"] for row in tracked.events()}) == 3
