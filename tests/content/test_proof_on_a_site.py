"""Words of customers on pages of the company's site: what is given, and how it looks there."""

import json
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from playwright.sync_api import Browser, Route

from content.content_worlds import NOW, said_by
from tenure.content.models import SiteUse
from tenure.content.models import Testimonial as Words
from tenure.content.site import _answers, _notes, _script, item_of
from tenure.content.testimonials import MAIL, PAGE, agree, shorten, withdraw

UTC = ZoneInfo("UTC")
PAGE_URL, TENURE = "https://shop.test/pricing", "https://tenure.test/"
POLICY = f"default-src 'none'; script-src {TENURE}; connect-src {TENURE}"


def given(client: Client, query: str = "", **headers: str) -> list[str]:
    reply = client.get(f"/proof.json?{query}", headers=headers)
    assert reply.status_code == 200
    assert reply["access-control-allow-origin"] == "*"
    assert "sessionid" not in reply.cookies
    return [each["words"] for each in reply.json()["items"]]


@pytest.mark.django_db
def test_a_page_is_given_only_what_may_be_shown_there(home, client: Client):
    said = said_by("acme", "Good.", features=["reports"], who="Ann")
    agree(said_by("beta", "In mails alone."), [MAIL], how=PAGE, by="themselves", now=NOW)
    said_by("gamma", "Sehr gut.", language="de")

    assert given(client) == ["Good."]
    assert given(client, "language=de-CH") == ["Sehr gut."]
    assert given(client, "feature=portal") == []
    assert given(client, "feature=reports&count=9") == ["Good."]
    assert given(client, "count=x&language=zh-TW") == []
    shorten(said, "Goo", NOW)
    item = client.get("/proof.json").json()["items"][0]
    assert item == {
        "key": said.key, "words": "Goo", "language": "en", "direction": "ltr", "named": "Ann",
        "where": "May 10, 2026 · excerpt", "url": "", "said_on": "2026-05-10",
    }  # fmt: skip


@pytest.mark.django_db
def test_what_is_taken_back_is_not_shown_to_whoever_asks_next(home, client: Client):
    said = said_by("acme", "Good.")
    first = client.get("/proof.json")
    again = client.get("/proof.json", headers={"if-none-match": first["etag"]})
    withdraw(said, how=PAGE, by="themselves", now=NOW)
    after = client.get("/proof.json", headers={"if-none-match": first["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert "no-cache" in first["cache-control"]
    assert (after.status_code, after.json()) == (200, {"items": []})


@pytest.mark.django_db
def test_it_is_known_which_sites_show_whom(home, client: Client):
    said = said_by("acme", "Good.")
    given(client, origin="https://shop.test")
    given(client, origin="https://shop.test")
    given(client, referer="https://blog.test/a?b")
    given(client, origin="https://<script>")

    assert sorted(SiteUse.objects.values_list("testimonial_id", "host")) == [
        (said.pk, "blog.test"),
        (said.pk, "shop.test"),
    ]


@pytest.mark.django_db
def test_who_makes_up_sites_or_asks_without_end_costs_little(home, client: Client):
    said_by("acme", "Good.")
    try:
        first = client.get("/proof.json")
        _notes._buckets[""] = (-1_000.0, _notes._monotonic())  # as after many made-up names
        given(client, origin="https://made-up.test")
        assert not SiteUse.objects.exists()
        _answers._buckets[""] = (-10_000.0, _answers._monotonic())
        later = client.get("/proof.json")
    finally:
        _notes._buckets.clear()
        _answers._buckets.clear()
    assert (first.status_code, later.status_code, later["retry-after"]) == (200, 429, "1")


def drawn(browser: Browser, items: list[dict[str, str]], head: str = "") -> tuple[str, list[str]]:
    """What somebody sees on a page with a strict policy, and what the browser complained of."""
    html = f'<html lang="en">{head}<div data-tenure-proof data-count="2">Nobody yet.</div>'
    html += f'<script src="{TENURE}tenure-proof.js"></script></html>'
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def answer(route: Route) -> None:
        url = route.request.url
        anyone = {"access-control-allow-origin": "*"}
        if url.startswith(f"{TENURE}tenure-proof.js"):
            route.fulfill(body=_script(), content_type="text/javascript", headers=anyone)
        elif url.startswith(f"{TENURE}proof.json"):
            asked.append(url)
            route.fulfill(body=json.dumps({"items": items}), headers=anyone)
        else:
            route.fulfill(
                body=html, content_type="text/html", headers={"content-security-policy": POLICY}
            )

    asked: list[str] = []
    page.route("**/*", answer)
    page.goto(PAGE_URL)
    page.wait_for_load_state("networkidle")
    seen = page.evaluate(
        """() => { const place = document.querySelector('[data-tenure-proof]');
        const root = place.shadowRoot;
        return root ? [root.innerHTML, getComputedStyle(root.querySelector('blockquote'))
            .borderInlineStartWidth].join('|') : place.innerText; }"""
    )
    assert [each.partition("?")[2] for each in asked] == ["language=en&seed=%2Fpricing&count=2"]
    items = []  # all is taken back, and the page asks again
    left = page.evaluate(
        """async () => { await tenureProof.show();
        const place = document.querySelector('[data-tenure-proof]');
        return place.innerText + (place.shadowRoot || {innerHTML: ''}).innerHTML; }"""
    )
    assert left.removesuffix("<slot></slot>") == "Nobody yet."
    page.close()
    return seen, complaints


def words(text: str, **more: str) -> dict[str, str]:
    said = Words(key="said_1", words=text, said_at=NOW, **({"language": "en"} | more))
    return item_of(said, "en", UTC)


def test_a_page_with_a_strict_policy_shows_them_as_text(browser: Browser):
    said = words(
        "<img src=x onerror=alert(1)> good", who="<b>Ann</b>", source_url="https://g.test/1"
    )
    arabic = words("جيد", language="ar")
    seen, complaints = drawn(browser, [said, arabic])

    assert "&lt;img src=x onerror=alert(1)&gt; good" in seen
    assert "— &lt;b&gt;Ann&lt;/b&gt;" in seen
    assert 'href="https://g.test/1"' in seen
    assert '<blockquote lang="ar" dir="rtl">جيد' in seen
    assert seen.endswith("|3px")
    assert complaints == []


def test_where_nothing_may_be_said_the_page_stays_as_it_is(browser: Browser):
    seen, complaints = drawn(browser, [])

    assert (seen, complaints) == ("Nobody yet.", [])
