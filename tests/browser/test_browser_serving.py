"""How the script is made and answered: small, below any path, under a strict policy, twice."""

import gzip
import json
import re
import subprocess
import urllib.error
import urllib.request
from importlib.resources import files

import pytest
from browser_world import PAGE

from tenure.app.browser.assembling import CHURNKEY_PARTS, PARTS, in_app_js, tenure_js
from tenure.app.browser.shrinking import shrunk

GZIPPED_BYTES_MAX, WITHOUT_LEAVING_MAX = 12 * 1024, 8 * 1024
IN_APP_BYTES_MAX = 6 * 1024
# What is not about what people do: leaving, and asking for what waits to be shown.
APART = (("tenure.offboard", "cancel"), ("tenure.messages.in_app", "begin"))


def fetched(url, method="GET", **headers):
    request = urllib.request.Request(url, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_the_script_is_small_and_whole():
    script = tenure_js()

    without = tenure_js(tuple(part for part in PARTS if part not in APART))
    assert len(script.gzipped) < GZIPPED_BYTES_MAX
    assert len(without.gzipped) < WITHOUT_LEAVING_MAX
    assert gzip.decompress(script.gzipped) == script.text
    assert script.text.startswith(b"/*! tenure.js ") and b"MIT" in script.text[:80]
    assert b"{{" not in script.text
    named = re.search(r"\| tenure\.js \| ([\d.]+) KB", PAGE.read_text("utf-8"))
    assert abs(float(named[1]) * 1024 - len(script.gzipped)) < 100
    for each in (script, tenure_js(CHURNKEY_PARTS)):
        done = subprocess.run(["node", "--check", "-"], input=each.text, capture_output=True)
        assert done.returncode == 0, done.stderr


def test_what_shows_messages_is_small_and_comes_apart():
    module = in_app_js()

    assert len(module.gzipped) < IN_APP_BYTES_MAX
    assert b"{{" not in module.text and b"export function show" in module.text
    named = re.search(r"\| tenure-in-app\.js \| ([\d.]+) KB", PAGE.read_text("utf-8"))
    assert abs(float(named[1]) * 1024 - len(module.gzipped)) < 100
    done = subprocess.run(
        ["node", "--input-type=module", "--check"], input=module.text, capture_output=True
    )
    assert done.returncode == 0, done.stderr


def test_no_name_is_given_twice_in_the_scope_that_the_parts_share():
    given = []
    for package, name in CHURNKEY_PARTS:
        text = (files(package) / f"{name}.js").read_text("utf-8")
        given += re.findall(r"^(?:const|let|function) (\w+)", text, re.M)

    assert sorted(given) == sorted(set(given))


def test_the_page_names_every_setting_and_every_call():
    page = PAGE.read_text("utf-8")
    sources = {name: (files(package) / f"{name}.js").read_text("utf-8") for package, name in PARTS}
    table = sources["settings"].split("const settings = {")[1].split("};")[0]
    wanted = [f"`{name}`" for name in re.findall(r"^  (\w+):", table, re.M)]
    wanted += [
        f"`tenure.{name}(" for name in re.findall(r"^calls\.(\w+) =", sources["calls"], re.M)
    ]

    assert len(wanted) > 20
    assert [name for name in wanted if name not in page] == []


@pytest.mark.parametrize(
    ("source", "short"),
    [
        ("let a = 1; // why\nlet b = a + +a;", "let a=1;let b=a+ +a;"),
        ("a = b\n++c", "a=b\n++c"),
        ("a - -b; a / b / c; x = / [/] \\/ '/g.test(s)", "a- -b;a/b/c;x=/ [/] \\/ '/g.test(s)"),
        ('f(\'a // b\', "c /* d */\\" e")', 'f(\'a // b\',"c /* d */\\" e")'),
        ("if (a) {\n  return\n}\nelse b()", "if(a){return}\nelse b()"),
        ("const f = () => x\n(1)", "let f=()=>x\n(1)"),
        ("a\n  .b()\n  /* c */ .d(\n e,\n )", "a.b().d(e)"),
        ("const f = () => {\n  a({ b, });\n};", "let f=()=>{a({b})};"),
        ("for (;;) { x = [a, , ]; }", "for(;;){x=[a,,]}"),
        ("x.const = 'const'", "x.const='const'"),
        ("return 'x' in y", "return'x'in y"),
    ],
)
def test_shrinking_keeps_what_the_program_says(source, short):
    assert shrunk(source) == short + "\n"


def test_a_template_literal_is_refused():
    with pytest.raises(ValueError, match="template literal"):
        shrunk("f(`a`)")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/tenure.js", "/t/tenure.js", "/assets/x9/app.js"])
def test_the_script_is_answered_at_the_root_and_below_prefixes_by_any_name(tenure, path):
    status, headers, body = fetched(tenure + path, **{"Accept-Encoding": "gzip, br"})

    assert (status, gzip.decompress(body)) == (200, tenure_js().text)
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["content-encoding"] == "gzip"
    assert headers["cross-origin-resource-policy"] == "cross-origin"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["cache-control"].startswith("public, max-age=3600")
    assert fetched(tenure + path)[2] == tenure_js().text

    etag = headers["etag"]
    assert fetched(tenure + path, **{"If-None-Match": etag})[::2] == (304, b"")
    assert fetched(tenure + path, "HEAD")[::2] == (200, b"")
    version = etag.removeprefix('W/"').rstrip('"')
    assert "immutable" in fetched(f"{tenure}{path}?v={version}")[1]["cache-control"]
    assert "immutable" not in fetched(f"{tenure}{path}?v=other")[1]["cache-control"]


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/churnkey.js", "/t/churnkey.js", "/churnkey.js?appId=x"])
def test_the_script_for_pages_that_call_churnkey_is_answered_beside_it(tenure, path):
    status, headers, body = fetched(tenure + path, **{"Accept-Encoding": "gzip"})

    assert (status, gzip.decompress(body)) == (200, tenure_js(CHURNKEY_PARTS).text)
    assert len(body) < 13 * 1024
    etag = headers["etag"]
    assert fetched(tenure + path, **{"If-None-Match": etag})[0] == 304
    assert fetched(tenure + "/tenure.js", **{"If-None-Match": etag})[0] == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", ["/tenure-in-app.js", "/churnkey-in-app.js", "/t/tenure-in-app.js", "/t/app-in-app.js"]
)
def test_what_shows_messages_is_answered_beside_the_script(tenure, path):
    status, headers, body = fetched(tenure + path, **{"Accept-Encoding": "gzip"})

    assert (status, gzip.decompress(body)) == (200, in_app_js().text)
    assert headers["access-control-allow-origin"] == "*"  # or no module may come from elsewhere


@pytest.mark.slow
def test_nothing_else_is_answered_as_the_script(tenure):
    for path in ("/app.js", "/x/tenure.js", "/t/a/b.js", "/t/tenure.css", "/t"):
        assert fetched(tenure + path)[2] != tenure_js().text


@pytest.mark.slow
def test_the_tracking_api_answers_below_a_prefix_and_says_so_to_segments_library(tenure, sources):
    source, key = next(sources)
    body = json.dumps({"writeKey": key, "batch": []}).encode()
    for path in ("/t/v1/batch", "/assets/x9/v1/b", "/t/any.js"):
        request = urllib.request.Request(tenure + path, body)
        assert urllib.request.urlopen(request, timeout=10).status == 200

    settings = json.loads(fetched(f"{tenure}/t/v1/projects/{key}/settings")[2])
    host = settings["integrations"]["Segment.io"]["apiHost"]
    assert f"http://{host}" == f"{tenure}/t/v1"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("below", "path"),
    [("", None), ("/t", None), ("/assets/x9", "app.js"), ("/any/path", None)],
    ids=["root", "prefix", "its own address", "proxy"],
)
def test_the_script_sends_to_where_it_came_from(visit_by_gateway, gateway, below, path):
    visit = visit_by_gateway
    visit.open(host=gateway.url + below, path=path, timeout=10_000)

    visit.await_names("page")

    assert [sent for sent, _, _ in gateway.posts] == [f"{below}/{path or 'v1/b'}"]


@pytest.mark.slow
def test_a_strict_policy_needs_only_to_name_the_origin(visit, tenure):
    policy = f"default-src 'none'; script-src {tenure}; connect-src {tenure}; require-trusted-types-for 'script'"
    page = visit.add(visit.html(), headers=[("Content-Security-Policy", policy)])
    visit.open(page)

    row = visit.await_names("page")["page"]

    assert row["properties"]["path"] == page.removeprefix(visit.site.url)
    assert visit.complaints == []


@pytest.mark.slow
def test_a_policy_that_forbids_sending_breaks_nothing_in_the_page(visit, tenure):
    policy = f"script-src {tenure}; connect-src 'none'"
    page = visit.open(visit.add(visit.html(), headers=[("Content-Security-Policy", policy)]))
    page.wait_for_timeout(300)

    assert page.evaluate("tenure.track('Still here'), tenure.who().anonymousId")
    assert visit.rows() == []


@pytest.mark.slow
def test_loaded_twice_it_counts_once_and_leaves_one_name(visit, tenure):
    again = f'<script async src="{tenure}/tenure.js" data-key="{visit.key}" data-interval="100"></script>'
    seen = "<script>window.before = Object.keys(window)</script>"
    page = visit.open(before=seen + again, body=again)
    page.wait_for_timeout(200)
    page.evaluate("tenure.track('Once')")

    visit.await_names("page", "Once")

    assert page.evaluate(
        "Object.keys(window).filter((name) => !before.includes(name) && name !== 'before')"
    ) == ["tenure"]
    page.wait_for_timeout(300)
    assert visit.names() == ["page", "Once"]
