"""Segment's and RudderStack's browser libraries deliver to Tenure, with tenure.js beside them."""

import json
import re

import pytest
from browser_world import Visit, await_script, until

pytestmark = pytest.mark.slow
SEGMENT = "@segment/analytics-next/dist/umd"
RUDDERSTACK = "@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js"
SAID = """
    client.identify('u1', {email: 'ann@acme.test'});
    client.group('acme', {name: 'Acme'});
    client.track('Report Exported', {rows: 3});
    client.page('Docs', 'API', {section: 'x'});
"""


def page_of_others(segment_key, rudderstack_key, tenure):
    """Both libraries on one page, pointed at Tenure as docs/tracking.md says."""
    host = tenure.removeprefix("http://")
    return f"""
<script>window.analytics = {{_cdn: location.origin}}</script>
<script src="/sdk/segment/index.js"></script>
<script src="/sdk/rudderstack.js"></script>
<script>
  window.segment = AnalyticsNext.AnalyticsBrowser.load(
    {{ writeKey: '{segment_key}', cdnURL: '{tenure}' }},
    {{ integrations: {{ 'Segment.io': {{ apiHost: '{host}/v1', protocol: 'http' }} }} }},
  );
  window.rudder = new rudderanalytics.RudderAnalytics();
  rudder.load('{rudderstack_key}', '{tenure}', {{ configUrl: '{tenure}' }});
  for (const client of [segment, rudder]) {{ {SAID} }}
</script>"""


@pytest.fixture(scope="module")
def with_sdks(site, browser_sdks):
    site.files["/sdk/rudderstack.js"] = browser_sdks / RUDDERSTACK
    for file in (browser_sdks / SEGMENT).glob("*.js"):
        site.files[f"/sdk/segment/{file.name}"] = file
        site.files[f"/analytics-next/bundles/{file.name}"] = file
    return site


def delivered(browser, site, tenure, arrived, sources, *, with_ours):
    """Rows of Segment's, RudderStack's and our source, and what their page kept and complained of."""
    segment, rudderstack, ours = (next(sources) for _ in range(3))
    context = browser.new_context()
    visit = Visit(context, site, tenure, ours[1], ours[0], arrived)
    others = page_of_others(segment[1], rudderstack[1], tenure)
    html = visit.html(before=others) if with_ours else f"<!doctype html><title>Acme</title>{others}"
    page = context.new_page()
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and visit.complaints.append(said.text))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(visit.add(html, "/beside"))
    if with_ours:
        await_script(page)
        page.evaluate("for (const client of [tenure]) { client.identify('u1', {email: 'ann@acme.test'});"
                      "client.group('acme', {name: 'Acme'}); client.track('Report Exported', {rows: 3}) }")  # fmt: skip
    wanted = {segment[0]: 4, rudderstack[0]: 4, ours[0]: 4 * with_ours}
    until(lambda: {source: len(arrived.rows(source)) for source in wanted}, wanted)
    rows = [arrived.rows(source) for source in wanted]
    kept = stored_in_the_end(visit, page)
    context.close()
    refused = [row for row in arrived.rejected if row.source in wanted]
    assert refused == []
    assert visit.complaints == []
    assert {url.split("/")[2] for url in asked} <= {site.url[7:], tenure[7:]}
    return rows, kept


def stored_in_the_end(visit, page):
    """What the answers left in the storage: its names have stood still for a while."""
    before, kept = None, visit.stored(page)
    while kept.keys() != before:
        page.wait_for_timeout(300)
        before, kept = kept.keys(), visit.stored(page)
    return kept


def told(rows):
    return sorted(
        (row["type"], row["name"] or "", row["user_id"] or "", row["account_key"] or "",
         json.dumps({k: v for k, v in row["properties"].items() if k not in ("path", "url")}))
        for row in rows
    )  # fmt: skip


def names_of_others(kept):
    """What other libraries keep, without the keys and page ids in some of its names."""
    return {
        re.sub(r"^rudder_wk_.*\.", "rudder_wk.", name)
        for name in kept
        if not name.startswith("tenure.")
    }


def test_all_three_deliver_from_one_page_and_none_disturbs_another(
    browser, with_sdks, tenure, arrived, sources
):
    world = browser, with_sdks, tenure, arrived, sources
    (segment, rudderstack, ours), kept = delivered(*world, with_ours=True)
    (segment_alone, rudderstack_alone, _), kept_alone = delivered(*world, with_ours=False)

    kinds = ["group", "identify", "page", "track"]
    assert [row[0] for row in told(segment)] == kinds
    assert [row[0] for row in told(rudderstack)] == kinds
    assert [row[0] for row in told(ours)] == kinds
    assert told(segment) == told(segment_alone)
    assert told(rudderstack) == told(rudderstack_alone)
    assert names_of_others(kept) == names_of_others(kept_alone)
    for rows, library in ((segment, "analytics.js"), (rudderstack, "RudderLabs JavaScript SDK")):
        assert {row["context"]["library"]["name"] for row in rows} == {library}
        [track] = [row for row in rows if row["type"] == "track"]
        assert (track["name"], track["user_id"], track["properties"]) == (
            "Report Exported", "u1", {"rows": 3},
        )  # fmt: skip
    anonymous = {row["anonymous_id"] for row in segment + rudderstack + ours}
    assert len(anonymous) == 3
