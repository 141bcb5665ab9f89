"""What is not stored and not sent: without consent, against a person's wish, from others' sites."""

import pytest
from browser_world import await_script, until, visiting

pytestmark = pytest.mark.slow
GPC = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
DNT = "Object.defineProperty(Navigator.prototype, 'doNotTrack', {get: () => '1'})"


def kept(visit, page):
    return {n: v for n, v in visit.stored(page).items() if n.startswith("tenure")}


def test_nothing_is_stored_or_sent_before_consent_and_the_page_is_told_after_it(
    visit_by_gateway, gateway
):
    visit = visit_by_gateway
    page = visit.open(consent="required", cookie_domain="127.0.0.1")
    page.evaluate("tenure.identify('u1'); tenure.group('acme'); tenure.track('Before')")
    page.wait_for_timeout(300)
    assert kept(visit, page) == {}
    assert page.evaluate("document.cookie") == ""
    assert gateway.posts == []

    page.evaluate("tenure.consent({analytics: true, ads: false})")
    page.evaluate("tenure.track('After')")
    rows = visit.await_names("page", "identify", "group", "Before", "After")

    assert len({row["anonymous_id"] for row in rows.values()}) == 1
    banner = {"categoryPreferences": {"analytics": True, "ads": False}}
    assert rows["After"]["context"]["consent"] == banner
    assert kept(visit, page)["tenure.consent"] == '{"analytics":true,"ads":false}'

    page.reload()
    await_script(page)
    page.evaluate("tenure.track('Next page')")
    rows = visit.await_names("page", "identify", "group", "Before", "After", "page", "Next page")
    assert rows["Next page"]["context"]["consent"] == banner


@pytest.mark.parametrize("asked", ["required", None])
def test_consent_withdrawn_deletes_ids_and_what_waits_and_holds_on_the_next_page(
    visit_by_gateway, gateway, asked
):
    visit = visit_by_gateway
    address = visit.add(visit.html(page="false", consent=asked, interval=60_000))
    page, other = visit.open(address), visit.open(address)
    # A tab in another process hears a moment later what this one stores.
    other.evaluate("""addEventListener('storage', (change) => {
        if (change.key === 'tenure.consent') window.heard = change.newValue;
    })""")
    page.evaluate("tenure.consent(true)")
    until(lambda: other.evaluate("window.heard"), "1")
    page.evaluate("tenure.identify('u1'); tenure.track('Waits')")
    assert "tenure.anonymous" in kept(visit, page)

    page.evaluate("tenure.consent(false); tenure.track('Against my wish'); tenure.flush()")
    left = {} if asked else {"tenure.consent": "0"}
    assert kept(visit, page) == left

    until(lambda: other.evaluate("window.heard"), left.get("tenure.consent"))
    other.evaluate("tenure.track('In another tab'); tenure.flush()")
    page.reload()
    await_script(page)
    page.evaluate("tenure.track('On the next page'); tenure.flush()")
    page.wait_for_timeout(200)
    assert kept(visit, page) == left
    page.close(run_before_unload=True)
    other.close(run_before_unload=True)
    assert gateway.posts == []


@pytest.mark.parametrize("wish", [GPC, DNT], ids=["gpc", "dnt"])
def test_do_not_track_is_a_no_whatever_else_is_said_unless_the_operator_decides(
    visit_by_gateway, gateway, wish
):
    visit = visit_by_gateway
    page = visit.open(page="false", interval=60_000)
    page.evaluate("tenure.identify('u1')")
    assert kept(visit, page)

    visit.context.add_init_script(wish)
    page.reload()
    await_script(page)
    page.evaluate("tenure.consent(true); tenure.track('Against my wish'); tenure.flush()")
    assert kept(visit, page) == {}

    visit.open(page="false", dnt="ignore").evaluate("tenure.track('Ignored')")
    visit.await_names("identify", "Ignored")  # the first as the page went, before the wish
    assert gateway.names() == ["identify", "Ignored"]


def test_addresses_may_be_kept_without_their_queries(visit):
    visit.open(visit.add(visit.html(query="false")) + "?token=secret#part")

    page = visit.await_names("page")["page"]

    assert "secret" not in str(page) and "part" not in str(page)


def test_a_widget_on_somebody_elses_site_tells_once_a_day_that_it_lives_and_nothing_of_people(
    browser, visit, tenure
):
    own = "localStorage.setItem('tenure.user', 'ann'); localStorage.setItem('tenure.group', 'them')"
    own += "; window.tenure = {theirs: 1}"
    html = visit.html(widget="scheduler", account="acme", before=f"<script>{own}</script>")
    address = visit.add(html) + "?token=secret"
    for _ in range(2):
        page = visit.context.new_page()
        page.goto(address)
        page.wait_for_timeout(300)
    another = browser.new_context()
    another.new_page().goto(address)

    row = visit.await_names("Widget Alive")["Widget Alive"]

    assert row["properties"] == {"widget": "scheduler", "host": "127.0.0.1"}
    assert (row["account_key"], row["user_id"]) == ("acme", None)
    assert row["anonymous_id"] == "widget:acme"
    context = row["context"]
    assert context.pop("userAgent")
    assert context == {
        "library": context["library"], "groupId": "acme", "ip": "0.0.0.0", "active": False,
    }  # fmt: skip
    day = row["original_at"].date().isoformat()
    assert row["message_id"] == f"widget:acme:scheduler:{day}"
    assert page.evaluate("[tenure.theirs, document.cookie]") == [1, ""]
    until(lambda: kept(visit, page), {
        "tenure.alive.acme.scheduler": day, "tenure.user": "ann", "tenure.group": "them",
    })  # fmt: skip
    page.wait_for_timeout(300)
    assert visit.names() == ["Widget Alive"]
    another.close()


def test_ids_may_be_shared_by_the_hosts_of_a_domain(browser, site, tenure, arrived, sources):
    named = next(sources)
    with visiting(browser, site, tenure, arrived, named) as visit:
        port = site.url.rpartition(":")[2]
        path = visit.add(visit.html(page="false", cookie_domain="acme.localhost")).rpartition("/")[
            2
        ]
        ids = []
        for host in ("app.acme.localhost", "www.acme.localhost"):
            page = visit.open(f"http://{host}:{port}/{path}")
            if not ids:
                page.evaluate("tenure.identify('u1'); tenure.group('acme é;,')")
            ids.append(page.evaluate("tenure.who()"))
            assert not [n for n in kept(visit, page) if not n.startswith("tenure.q.")]
        assert ids[0] == ids[1]
        assert ids[0]["groupId"] == "acme é;,"
        page.evaluate("tenure.reset()")
        page = visit.open(f"http://app.acme.localhost:{port}/{path}")
        assert page.evaluate("tenure.who()")["userId"] is None
