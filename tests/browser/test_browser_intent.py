"""Page views of one-page applications, and thoughts of leaving."""

import pytest
from browser_world import await_script, visiting

pytestmark = pytest.mark.slow
BUTTONS = """
<button id=cancel data-tenure-cancel="plan"><span>Cancel</span> <b>plan</b></button>
<button id=other>Other</button>
<a id=link href="/billing/cancel">Leave</a>
<button id=export data-tenure-export="everything"><i>Export</i></button>
"""
# An urgent event comes long before this.
LATER = 60_000


def noticed(page):
    """Wait until the page has noticed its new path, 50 ms after it changed, by its own clock."""
    page.evaluate("() => new Promise((done) => setTimeout(done, 60))")


def middle_of(page, selector):
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_route_is_a_page_view_with_its_referrer_and_a_query_is_none(visit):
    page = visit.open()
    first = page.evaluate("location.href")
    visit.await_names("page")  # each waits for the one before: the server's clock orders requests
    page.evaluate("history.pushState({}, '', '?filter=1'); history.replaceState({}, '', '?f=2')")
    page.evaluate("history.pushState({}, '', location.pathname + '/team'); document.title = 'Team'")
    visit.await_names("page", "page")
    page.evaluate("history.pushState({}, '', '/gone'); history.replaceState({}, '', '/plans')")
    visit.await_names(*["page"] * 3)
    page.evaluate("history.back()")
    visit.await_names(*["page"] * 4)
    page.evaluate("location.hash = '#/inbox'")
    visit.await_names(*["page"] * 5)
    page.evaluate("location.hash = '#anchor'")
    visit.await_names(*["page"] * 6)  # from `#/inbox` to an anchor is a way back
    page.wait_for_timeout(200)

    seen = [(r["properties"]["path"], r["properties"]["title"]) for r in visit.rows()]
    start = first.removeprefix(visit.site.url)
    assert seen[:4] == [
        (start, "Acme"), (f"{start}/team", "Team"), ("/plans", "Team"), (f"{start}/team", "Team"),
    ]  # fmt: skip
    assert len(seen) == 6
    assert visit.rows()[1]["properties"]["referrer"] == first


def test_a_page_may_tell_its_views_itself(visit):
    page = visit.open(spa="false", page="false")
    page.evaluate("history.pushState({}, '', '/elsewhere'); tenure.page('Mine')")

    row = visit.await_names("Mine")["Mine"]

    assert (row["type"], row["properties"]["path"]) == ("page", "/elsewhere")
    assert visit.names() == ["Mine"]


def test_lingering_on_a_cancel_button_is_told_once_a_page_view_and_passing_by_is_not(visit):
    page = visit.open(body=BUTTONS, page="false", interval=LATER)
    cancel, other = middle_of(page, "#cancel"), middle_of(page, "#other")
    page.mouse.move(*cancel)
    page.mouse.move(*other)
    page.wait_for_timeout(450)
    assert visit.names() == []

    page.hover("#cancel span")
    page.wait_for_timeout(200)
    page.hover("#cancel b")  # still the same button
    page.wait_for_timeout(250)
    row = visit.await_names("Cancel Button Hovered")["Cancel Button Hovered"]
    path = page.evaluate("location.pathname")
    assert row["properties"] == {"path": path, "element": "plan"}

    page.hover("#link")
    page.wait_for_timeout(500)
    assert visit.names() == ["Cancel Button Hovered"]
    page.evaluate("history.pushState({}, '', '/next')")
    noticed(page)
    page.hover("#cancel")
    visit.await_names("Cancel Button Hovered", "Cancel Button Hovered")


def test_the_keyboard_hovers_and_a_finger_does_not(browser, site, tenure, arrived, sources):
    named = next(sources)
    with visiting(browser, site, tenure, arrived, named, has_touch=True) as visit:
        page = visit.open(body=BUTTONS, page="false", interval=LATER)
        page.tap("#cancel")
        page.tap("#cancel")
        page.wait_for_timeout(500)
        visit.await_names("Cancel Button Clicked")

        page.reload()
        await_script(page)
        page.keyboard.press("Tab")
        visit.await_names("Cancel Button Clicked", "Cancel Button Hovered")


def test_the_cancel_page_is_known_by_its_path_its_mark_or_the_operators_pattern(visit):
    page = visit.open(page="false", interval=LATER)
    for path in (
        "/billing/cancel",
        "/billing",
        "/#/account/cancel",
        "/orders/cancelled",
        "/a/cancel/why",
    ):
        page.evaluate(f"history.pushState({{}}, '', '{path}')")
        noticed(page)
    rows = visit.await_names(*["Cancel Page Viewed"] * 3)
    assert rows["Cancel Page Viewed"]["properties"] == {"path": "/a/cancel/why"}

    mark = "<script>document.body.setAttribute('data-tenure-cancel-page', '')</script>"
    visit.open(body=mark, page="false", interval=LATER)
    visit.await_names(*["Cancel Page Viewed"] * 4)
    page = visit.open(page="false", interval=LATER, cancel_pages="/bye, /leave-*")
    page.evaluate("history.pushState({}, '', '/leave-us')")
    visit.await_names(*["Cancel Page Viewed"] * 5)


def test_taking_the_data_along_is_told_even_as_the_page_goes(visit):
    page = visit.open(body=BUTTONS, page="false", interval=LATER)
    page.evaluate(
        "() => { document.querySelector('#export').onclick = () => { location = '/gone' } }"
    )
    page.click("#export i")

    row = visit.await_names("Data Exported")["Data Exported"]

    assert row["properties"]["scope"] == "everything"


def test_intent_may_be_turned_off(visit):
    page = visit.open(body=BUTTONS, page="false", interval=LATER, intent="false")
    page.click("#export")
    page.hover("#cancel")
    page.wait_for_timeout(500)
    page.evaluate("tenure.track('Only this'); tenure.flush()")

    row = visit.await_names("Only this")["Only this"]

    assert (row["type"], row["properties"]) == ("track", {})
    assert visit.names() == ["Only this"]
