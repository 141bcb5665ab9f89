"""Product: figures with doors, and a file that is checked, compared, put in force and restored."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from customers.arriving import arrive, events
from tenure.console.pages.product.editor import diff_lines
from tenure.console.sign_in import owner
from tenure.customers.follow import follow
from tenure.definitions.store import current, put_in_force, versions
from tenure.lake.refresh import refresh

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)
FLOORS = ("tenure.lake", "tenure.collect", "tenure.measure")
A = '[product]\nname = "A"\n\n[[feature]]\nname = "reports"\nevents = ["Report Made"]\n'
B = A.replace('"A"', '"B"')


def put(text: str) -> str:
    return put_in_force("product", "", text, now=NOW, by="ada").digest


def post(visitor: Client, text: str, action: str, base: str = ""):
    return visitor.post("/product/edit", {"text": text, "do": action, "base": base})


def test_an_empty_installation_is_led_to_the_first_file(visitor: Client):
    html = visitor.get("/product").content.decode()

    assert "No product file says yet what is sold" in html
    assert 'href="/product/edit?draft"' in html
    assert (
        "Nothing has been seen yet to make a draft from"
        in visitor.get("/product/edit?draft").content.decode()
    )


def test_list_prices_of_a_month_and_of_a_year_are_told_apart(visitor: Client):
    put(A + '[[plan]]\nname = "Team"\nlist_price_minor = { EUR = 2900 }\n'
        "list_price_year_minor = { EUR = 29050 }\n")  # fmt: skip

    assert "€29 · €290.50 a year" in visitor.get("/product").content.decode()


def test_a_draft_of_what_was_seen_can_be_put_in_force(home, visitor: Client):
    arrive(
        home, events("day 100 track ada @acme  Report Made\nday 101 track ada @acme  Report Made")
    )
    refresh(home, NOW, packages=FLOORS)

    html = visitor.get("/product/edit?draft").content.decode()
    assert "events = [&quot;Report Made&quot;]" in html
    assert "Put in force" in html
    assert current("product") is None


def test_a_mistake_is_shown_with_its_line_and_nothing_is_put_in_force(visitor: Client):
    wrong = A.replace("events =", "evnts =")

    for reply in (
        post(visitor, wrong, "apply"),
        post(visitor, wrong, "review"),
        visitor.post("/product/check", {"text": wrong}),
    ):
        html = reply.content.decode()
        assert "Line 4:" in html
        assert "feature[1].events: this is missing; add it" in html
        assert "Put in force" not in html
    assert current("product") is None


def test_a_text_is_compared_and_then_put_in_force(visitor: Client):
    base = put(A)
    html = post(visitor, B.replace("\n", "\r\n"), "review", base).content.decode()

    assert "1 lines come, 1 go" in html
    assert 'diff-added"><span class="visually-hidden">added: </span>name = &quot;B&quot;' in html
    assert current("product").text == A

    reply = post(visitor, B.replace("\n", "\r\n"), "apply", base)

    assert (reply.status_code, reply.headers["Location"]) == (302, "/product")
    assert current("product").text == B
    assert current("product").applied_by == owner().get_username()


def test_who_was_slower_overwrites_nobody(visitor: Client):
    base = put(A)
    put(B)

    html = post(visitor, A + "# mine\n", "apply", base).content.decode()

    assert "Somebody has put another version in force meanwhile" in html
    assert "# mine" in html
    assert current("product").text == B


def test_an_earlier_version_is_opened_compared_and_restored(visitor: Client):
    first = put(A)
    second = put(B)

    html = visitor.get(f"/product/edit?version={first}").content.decode()

    assert "An earlier version of the product file" in html
    assert "name = &quot;A&quot;" in html
    assert html.count('href="/product/edit?version=') == 2
    post(visitor, A, "apply", second)
    assert [each.text for each in versions("product")] == [A, B, A]


@pytest.mark.parametrize(
    "path",
    ["/product/edit?version=none", "/product/accounts", "/product/accounts?feature="],
)
def test_what_is_not_there_is_said(visitor: Client, path: str):
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "feature='; drop table x; --",
        "limit=%00&plan=%22",
        "stuck=%3Cscript%3E",
        "outcome=x&page=-3",
        "feature=x&unused",
    ],
)
def test_no_query_breaks_the_list_of_accounts(visitor: Client, query: str):
    put(A)

    reply = visitor.get(f"/product/accounts?{query}")

    assert reply.status_code == 200
    assert "<script>" not in reply.content.decode()


def test_a_text_that_is_far_too_long_is_refused(visitor: Client):
    assert visitor.post("/product/check", {"text": "#" * 500_001}).status_code == 413


def test_an_outcome_is_noted_and_goes_to_the_inbox(home, visitor: Client):
    from tenure.card.models import AccountCard
    from tenure.lake.inbox import open_inbox

    arrive(home, events("day 100 group @acme  {}"))
    follow(home, NOW)
    AccountCard.objects.create(account_id="acme", name="Acme", status="paying")
    assert "Nobody has said yet" in visitor.get("/outcome?account=acme").content.decode()

    reply = visitor.post(
        "/outcome", {"account": "acme", "other": "faster", "role": "buyer", "text": ""}
    )
    refused = visitor.post("/outcome", {"account": "acme", "outcome": "", "other": " "})
    elsewhere = visitor.post(
        "/outcome", {"account": "acme", "other": "x", "next": "https://evil.example/"}
    )

    assert reply.headers["Location"] == refused.headers["Location"] == "/outcome?account=acme"
    assert elsewhere.headers["Location"] == "/outcome?account=acme"
    inbox = open_inbox(home, "")
    assert inbox.depth().rows == 2
    inbox.close()
    assert visitor.get("/outcome?account=nobody").status_code == 404


def test_a_comparison_keeps_what_stands_around_and_leaves_out_the_rest():
    before = "\n".join(f"line {n}" for n in range(40))
    after = before.replace("line 20", "line twenty").replace("line 39", "")

    found = diff_lines(before, after)

    assert [line.text for line in found if line.kind == "taken"] == ["line 20", "line 39"]
    assert [line.text for line in found if line.kind == "added"] == ["line twenty"]
    assert sum(line.kind == "gap" for line in found) == 2
    assert diff_lines(before, before) == []
