"""A flow is seen before it holds: every screen, of an example or an account; and tried out."""

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.test import Client

from tenure.base.clock import system_clock
from tenure.card.models import AccountCard
from tenure.console.pages.flows.look import Look, read_look
from tenure.definitions.store import put_in_force
from tenure.offboard.flow import built_in_text
from tenure.offboard.flow_parts import CLICK_TO_CANCEL, DIRECT, FULL
from tenure.offboard.jurisdictions import shape_of
from tenure.offboard.keys import all_keys, create_cancel_key
from tenure.offboard.models import CancelKey
from tenure.offboard.screens_preview import SCENARIOS
from tenure.offboard.tokens import read_token
from tenure.offboard.trial import trial_token

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
FLOW = "/leaving/flows/default"
SCREEN = f"{FLOW}/screen"


@pytest.fixture
def acme(home) -> AccountCard:
    return AccountCard.objects.create(
        account_id="acme", name="Acme Works", status="paying",
        values={"plan": "Team", "status": "paying", "billing_interval": "month",
                "mrr_minor": 29_000, "currency": "EUR", "began_on": "2025-01-10",
                "use_days": 212, "people_active_90_days": 9},
    )  # fmt: skip


def html(reply) -> str:
    assert reply.status_code == 200, reply.status_code
    return unescape(reply.content.decode())


def test_every_language_law_and_visitor_can_be_seen(visitor: Client):
    seen = {
        (language, shape, scenario): html(
            visitor.get(f"{SCREEN}?language={language}&shape={shape}&scenario={scenario}")
        )
        for language in ("en", "zh-hans", "zh-hant")
        for shape in (FULL, CLICK_TO_CANCEL, DIRECT)
        for scenario in SCENARIOS
    }

    assert len(seen) == 36
    assert 'lang="zh-Hant"' in seen["zh-hant", FULL, "whole"]
    assert "has-leave-always" in seen["en", CLICK_TO_CANCEL, "whole"]
    assert 'data-screen="confirm"' in seen["en", DIRECT, "whole"]
    assert all("<form" in page for page in seen.values())


def test_the_screen_is_that_of_the_account_as_if_it_were_leaving_now(visitor, acme):
    found = html(visitor.get(f"{FLOW}?account=acme"))
    number = found.count("look-screen-")

    pages = [html(visitor.get(f"{SCREEN}?account=acme&screen={n}")) for n in range(number)]

    assert number >= 5
    assert "As Acme Works would see it today" in found
    assert any("212" in page and 'data-screen="value"' in page for page in pages)
    assert not any('class="badge">Example' in page for page in pages)
    assert 'class="badge">Example' in html(visitor.get(f"{SCREEN}?screen=1"))


def test_an_account_is_found_by_its_name_and_several_are_asked_about(visitor, acme):
    assert "As Acme Works would see it" in html(visitor.get(f"{FLOW}?account=acme+wor"))
    AccountCard.objects.create(account_id="acme-2", name="Acme Wheels", status="paying")

    page = html(visitor.get(f"{FLOW}?account=acme+w"))

    assert "Several accounts are called so" in page
    assert "Acme Wheels" in page
    options = html(visitor.get("/leaving/flow-accounts?account=acme"))
    assert re.findall(r'<option value="([^"]+)"', options) == ["acme-2", "acme"]


def test_of_an_account_that_was_forgotten_nothing_is_shown(visitor, acme):
    acme.delete()

    page = html(visitor.get(f"{FLOW}?account=acme"))

    assert "No account is called “acme”; it may have been forgotten" in page
    assert "212" not in html(visitor.get(f"{SCREEN}?account=acme&screen=1"))


def test_a_screen_may_neither_run_nor_send_nor_be_framed_elsewhere(visitor):
    reply = visitor.get(SCREEN)
    policy = reply.headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("form-action 'none'; sandbox")
    assert "frame-ancestors 'self'" in policy
    assert reply.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in reply.headers["Cache-Control"]
    editor = visitor.get(FLOW)
    assert "frame-src 'self'" in editor.headers["Content-Security-Policy"]
    assert "frame-src" not in visitor.get("/leaving/flows").headers["Content-Security-Policy"]
    assert "<iframe sandbox " in editor.content.decode()


def test_dark_and_light_are_shown_whatever_the_reader_has(visitor):
    for scheme in ("light", "dark"):
        reply = visitor.get(f"{SCREEN}?scheme={scheme}")

        assert f":host,body{{--tenure-scheme:{scheme}}}" in reply.content.decode()
    assert "--tenure-scheme:" not in visitor.get(SCREEN).content.decode().replace(
        "var(--tenure-scheme", ""
    )


def test_the_draft_is_what_is_seen_and_a_version_where_one_is_asked_for(visitor):
    held = put_in_force("flow", "default", built_in_text(), now=NOW, by="ann")
    draft = built_in_text() + '[receipt]\nfrom_name = "Drafted Inc"\n'
    visitor.post("/leaving/definitions/flow/default/check", {"text": draft, "base": held.digest})

    assert "Drafted Inc" in html(visitor.get(SCREEN))
    assert "Drafted Inc" not in html(visitor.get(f"{SCREEN}?version={held.digest}"))


def test_what_is_no_flow_is_said_and_nothing_is_framed(visitor):
    visitor.post("/leaving/definitions/flow/default/check", {"text": "x = 1", "base": ""})

    page, screen = html(visitor.get(FLOW)), visitor.get(SCREEN)

    assert "There is nothing to see before the text is a flow" in page
    assert "<iframe" not in page
    assert screen.headers["Content-Type"].startswith("text/plain")
    assert b"title: this is missing" in screen.content


def test_who_would_pass_through_another_flow_is_said(visitor, acme):
    put_in_force(
        "flow", "teams", 'title = "T"\nwhere = "plan = \'Team\'"\npriority = 5\n', now=NOW, by="a"
    )

    page = html(visitor.get(f"{FLOW}?account=acme"))
    other = html(visitor.get("/leaving/flows/teams?account=acme"))

    assert "Acme Works would pass through “teams” all the same" in page
    assert "would pass through" not in other


def test_every_screen_stands_side_by_side_in_every_language(visitor):
    page = html(visitor.get(f"{FLOW}/screens?scenario=held_out"))

    assert page.count("<iframe sandbox") == 5 * 3
    assert "frame-src 'self'" in visitor.get(f"{FLOW}/screens").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "query",
    ["screen=999&shape=odd", "screen=-1", "language=%FF&account=%00", "scenario=x&reason='--"],
)
def test_no_link_breaks_the_preview(visitor, query):
    assert visitor.get(f"{FLOW}?{query}").status_code == 200
    assert visitor.get(f"{SCREEN}?{query}").status_code == 200


def test_a_look_and_its_link_say_the_same():
    from django.http import QueryDict

    look = Look("de", DIRECT, "again", "a b&c", "closing", "dark", "desk", 3, "abc")

    assert read_look(QueryDict(look.query())) == look
    assert Look().query() == ""


@pytest.mark.parametrize("shape", [FULL, CLICK_TO_CANCEL, DIRECT])
def test_a_test_visit_falls_under_the_law_that_was_chosen(home, shape):
    create_cancel_key("app", NOW)

    token = trial_token("acme", shape=shape, language="zh-hant", now=NOW)
    ask = read_token(token, all_keys(), NOW)

    assert (ask.account, ask.mode, ask.is_test, ask.locale) == ("acme", "test", True, "zh-hant")
    assert shape_of(ask.country or None, ask.is_consumer).name == shape
    assert 0 < (ask.expires_at - NOW).total_seconds() <= 3_600


def test_without_a_key_the_page_says_what_it_is_for_and_makes_one_on_request(visitor, acme):
    assert "there is no key that your server could sign with" in html(visitor.get(FLOW))
    refused = visitor.post(f"{FLOW}/try", {"account": "acme"})
    assert refused.headers["Location"] == f"{FLOW}#try-title"

    reply = visitor.post("/leaving/new-key", {"next": f"{FLOW}#try-title"})
    key = CancelKey.objects.get()
    page = html(visitor.get(reply.headers["Location"]))

    assert key.secret in page
    assert "Who has it can end any subscription" in page
    assert key.secret not in html(visitor.get(FLOW))  # once
    elsewhere = visitor.post("/leaving/new-key", {"next": "https://evil.example/"})
    assert elsewhere.headers["Location"] == "/leaving/flows"


def test_a_test_visit_opens_the_hosted_page_with_a_token_for_that_account(visitor, acme):
    create_cancel_key("app", system_clock())

    reply = visitor.post(f"{FLOW}/try", {"account": "Acme Works", "shape": DIRECT})
    ask = read_token(reply.headers["Location"].rpartition("/")[2], all_keys(), system_clock())

    assert reply.headers["Location"].startswith("/leave/tenure1.")
    assert (ask.account, ask.mode, ask.country) == ("acme", "test", "DE")
    assert ask.return_url == "http://testserver/leaving/flows/default"
    nobody = visitor.post(f"{FLOW}/try", {"account": "nobody"})
    assert nobody.headers["Location"] == f"{FLOW}#try-title"


def test_the_snippet_names_this_installation(visitor):
    page = html(visitor.get(FLOW))

    assert 'src="http://testserver/tenure.js"' in page
    assert "docs/cancel-embedding.md" in page
