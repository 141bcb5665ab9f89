"""Leaving over HTTP: from a token to the end, whatever is clicked how often."""

import base64
import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from offboard.visit_worlds import Reply, an_exit, at_offers, card
from tenure.base.errors import Unavailable
from tenure.billing.models import BillingChange
from tenure.card.models import AccountCard
from tenure.lake.reading import reading
from tenure.offboard.deciding import EXPERIMENT
from tenure.offboard.http.paths import place_of
from tenure.offboard.keys import revoke_cancel_key
from tenure.offboard.models import Visit, VisitOutcome
from tenure.offers.models import Concession
from tenure.proof.assignment import assign, home_salt
from tenure.saves.models import Save

PAUSE = "accept:pause_2_months"


def passage_in(page: Reply) -> str:
    return html.unescape(re.search(r'name="passage" value="([^"]*)"', page.text)[1])


def test_a_token_opens_the_first_screen(way_out):
    reply = way_out.open()

    assert reply.status == 200, reply.body
    assert reply.json["screen"]["name"] == "why"
    assert set(reply.json) == {"visit", "mode", "passage", "screen", "expires_at"}


def test_opening_and_answering_write_to_the_inbox_and_nothing_else(way_out):
    with CaptureQueriesContext(connection) as seen:
        reply = at_offers(way_out)
        way_out.step(reply, "leave")

    assert [q["sql"] for q in seen if not q["sql"].startswith("SELECT")] == []
    assert len(way_out.door.arrived) == len({a.body for a in way_out.door.arrived}) >= 4


def test_two_steps_lead_out(way_out):
    left = way_out.leave(way_out.open())

    result = left.json["result"]
    assert (result["outcome"], result["ends_on"], result["billing"]) == (
        "canceled", "2026-12-01", "pending",
    )  # fmt: skip
    change = BillingChange.objects.get()
    assert (change.kind, change.values["ends_on"]) == ("cancel_at_period_end", "2026-12-01")
    assert VisitOutcome.objects.get().outcome == "canceled"


def test_an_accepted_offer_is_stored_as_it_was_shown(way_out):
    offers = at_offers(way_out)
    shown = next(b for b in offers.json["screen"]["blocks"] if b["name"] == "pause_2_months")

    accepted = way_out.step(offers, PAUSE)

    result = accepted.json["result"]
    assert (result["outcome"], result["decision"]) == ("saved", "accepted")
    given = Concession.objects.get()
    assert given.terms == result["offer"]["terms"]
    assert given.words["title"] == shown["title"]
    assert [item["text"] for item in shown["items"]][0] == given.words["terms"]
    assert BillingChange.objects.get().kind == "pause"


def test_a_double_click_and_a_replay_have_one_effect_and_one_answer(way_out):
    offers = at_offers(way_out)
    confirm = way_out.step(way_out.open(), "leave")

    accepted = [way_out.step(offers, PAUSE).json["result"] for _ in range(3)]
    left = [way_out.step(confirm, "leave").json["result"] for _ in range(3)]

    assert accepted == [accepted[0]] * 3
    assert left == [left[0]] * 3
    assert sorted(BillingChange.objects.values_list("kind", flat=True)) == [
        "cancel_at_period_end", "pause",
    ]  # fmt: skip
    assert VisitOutcome.objects.count() == 2
    assert Concession.objects.count() == Save.objects.count() == 1


def test_accepting_and_then_cancelling_is_a_cancellation(way_out):
    accepted = way_out.step(at_offers(way_out), PAUSE)

    left = way_out.leave(accepted)

    assert left.json["result"]["outcome"] == "canceled"
    assert Save.objects.get().status == "lost"
    way_out.ship()
    [visit] = visits()
    assert (visit.outcome, visit.decision, visit.offer) == (
        "canceled",
        "accepted",
        "pause_2_months",
    )


def visits():
    return list(Visit.objects.order_by("opened_at"))


def test_two_offers_accepted_in_two_windows_give_the_first(way_out):
    offers = at_offers(way_out)
    names = [b["name"] for b in offers.json["screen"]["blocks"] if b["kind"] == "offer"]
    assert len(names) == 2

    first = way_out.step(offers, f"accept:{names[0]}")
    second = way_out.step(offers, f"accept:{names[1]}")

    assert first.json["result"]["offer"]["name"] == names[0]
    assert second.json["result"]["offer"]["name"] == names[0]
    assert Concession.objects.count() == 1


def test_an_offer_cannot_be_accepted_once_the_visit_was_left(way_out):
    offers = at_offers(way_out)
    way_out.leave(offers)

    reply = way_out.step(offers, PAUSE)

    assert (reply.status, reply.json["code"]) == (409, "conflict")
    assert Concession.objects.count() == 0


def test_an_offer_that_was_not_shown_cannot_be_accepted(way_out):
    offers = at_offers(way_out)

    for action in ("accept:discount_20_3_months", "accept:", "accept:../x", "confirm", ""):
        assert way_out.step(offers, action).status == 422
    assert VisitOutcome.objects.count() == 0


def test_the_host_says_which_offers_may_be_made(way_out):
    offers = at_offers(way_out, offers=["pause_2_months"])

    assert [b["name"] for b in offers.json["screen"]["blocks"] if b["kind"] == "offer"] == [
        "pause_2_months"
    ]
    none = way_out.step(
        way_out.open(way_out.token(offers=[])), "answer", {"reason": "changed_needs"}
    )
    assert way_out.step(none, "next").json["screen"]["name"] == "confirm"


def test_after_notice_nothing_is_offered(way_out):
    way_out.leave(way_out.open())

    again = way_out.step(way_out.open(), "answer", {"reason": "changed_needs"})
    assert way_out.step(again, "next").json["screen"]["name"] == "confirm"


def test_who_is_leaving_by_billing_is_offered_nothing(way_out):
    row = AccountCard.objects.get(pk="acme")
    row.values |= {"status": "leaving", "ends_on": "2026-12-01", "stage": "leaving"}
    row.save()

    reply = way_out.step(way_out.open(), "answer", {"reason": "changed_needs"})
    while reply.json["screen"]["name"] not in ("confirm", "offers"):
        reply = way_out.step(reply, "next")

    assert reply.json["screen"]["name"] == "confirm"


def test_an_unknown_account_is_let_go(way_out):
    left = way_out.leave(way_out.open(way_out.token(account="nobody-we-know", person=None)))

    assert left.json["result"]["outcome"] == "canceled"
    assert BillingChange.objects.get().account_id == "nobody-we-know"


def test_a_test_never_reaches_billing_budgets_or_reports(way_out):
    offers = at_offers(way_out, mode="test")
    left = way_out.leave(way_out.step(offers, PAUSE))

    assert left.json["result"] | {"visit": ""} == left.json["result"] | {
        "visit": "", "mode": "test", "outcome": "canceled", "billing": "done",
    }  # fmt: skip
    assert BillingChange.objects.filter(mode="live").count() == 0
    assert Concession.objects.filter(mode="live").count() == 0
    way_out.ship()
    with reading(way_out.home, fresh=True) as reader:
        names = set(reader.relation("event")["name"].to_pylist())
    assert all(name.endswith(" (test)") or name == "Concession Given" for name in names), names


def test_a_used_token_opens_nothing_more(way_out):
    token = way_out.token()
    way_out.leave(way_out.open(token))

    reply = way_out.open(token)

    assert (reply.status, reply.json["code"]) == (409, "token_used")
    page = way_out.page(f"/leave/{token}")
    assert page.status == 409
    assert "cancellation was received" in page.text


def test_opening_again_goes_on_with_the_visit(way_out):
    token = way_out.token()

    first, again = way_out.open(token), way_out.open(token)

    assert first.json["visit"] == again.json["visit"]
    assert [o["value"] for o in first.json["screen"]["fields"][0]["options"]] == [
        o["value"] for o in again.json["screen"]["fields"][0]["options"]
    ]


def test_refused_tokens_say_why_and_how_to_leave_all_the_same(way_out):
    expired = way_out.token(exp=int(way_out.clock.now.timestamp()) - 1)
    for token, status, code in [
        (expired, 401, "token_expired"),
        (way_out.token()[:-3] + "AAA", 401, "token_forged"),
        ("nothing", 400, "token_malformed"),
    ]:
        reply = way_out.open(token)
        assert (reply.status, reply.json["code"]) == (status, code)
        assert way_out.page(f"/leave/{token}").status == status


def test_a_revoked_key_opens_nothing_and_passages_under_way_go_on(way_out):
    token, under_way = way_out.token(), way_out.open()

    revoke_cancel_key(way_out.key.key_id, way_out.clock.now)
    way_out.app = an_exit(way_out.home).app  # another process, which held no keys

    assert way_out.open(token).json["code"] == "key_revoked"
    assert way_out.leave(under_way).json["result"]["outcome"] == "canceled"


def test_a_changed_passage_is_refused(way_out):
    sealed = way_out.open().json["passage"]
    body, _, signature = sealed.partition(".")

    for place in [*range(0, len(sealed), 37), len(body) - 1, len(body) + 1, len(sealed) - 1]:
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        reply = way_out.step(changed, "leave")
        assert reply.status in (400, 401), place
    for other in ("", ".", body, body + ".", "." + signature, "é" + sealed, "A" * 70_000):
        assert way_out.step(other, "leave").status in (400, 401)


def test_a_passage_says_nothing_to_who_carries_it(way_out):
    sealed = at_offers(way_out).json["passage"]
    raw = base64.urlsafe_b64decode(sealed.partition(".")[0] + "==")

    for word in (b"acme", b"treated", b"pause", b"sub_1"):
        assert word not in raw


def test_a_passage_holds_for_a_day(way_out):
    reply = way_out.open()
    way_out.clock.passes(hours=23, minutes=59)
    assert way_out.step(reply, "leave").status == 200
    way_out.clock.passes(minutes=1)

    assert way_out.step(reply, "leave").json["code"] == "token_expired"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/cancel/open", b"", 400),
        ("/v1/cancel/open", b"{", 400),
        ("/v1/cancel/open", b"[]", 400),
        ("/v1/cancel/open", b'{"token": 7}', 400),
        ("/v1/cancel/open", b'{"token": "x", "admin": true}', 400),
        ("/v1/cancel/open", b'{"token": "' + b"A" * 300_000 + b'"}', 413),
        ("/v1/cancel/open", b"\xff\xfe\x00", 400),
        ("/v1/cancel/open", b"[" * 20_000, 400),
        ("/v1/cancel/step", b'{"passage": "x"}', 400),
        ("/v1/cancel/step", b'{"passage": "x", "action": "leave", "values": {"a": {}}}', 400),
        ("/leave", b"", 400),
        ("/leave", b"&".join(b"a%d=1" % n for n in range(200)), 400),
    ],
)
def test_bad_bodies_are_refused_in_the_one_shape(way_out, path, body, status):
    reply = way_out.ask("POST", path, body)

    assert reply.status == status, reply.body
    if path.startswith("/v1"):
        assert reply.json["success"] is False
    else:
        assert "<h1" in reply.text


def test_methods_are_told(way_out):
    assert way_out.ask("GET", "/v1/cancel/open").status == 405
    assert way_out.ask("POST", f"/leave/{way_out.token()}").status == 405
    assert way_out.ask("OPTIONS", "/v1/cancel/open").status == 204


def test_a_look_at_a_link_opens_nothing(way_out):
    reply = way_out.ask("HEAD", f"/leave/{way_out.token()}")

    assert (reply.status, reply.body, way_out.door.arrived) == (200, b"", [])


@pytest.mark.parametrize("language", ["zh-TW", "x" * 500, "<script>", "en;q=0", "\u202e", ""])
def test_a_hostile_language_is_one_of_ours(way_out, language):
    reply = way_out.open(language=language)

    assert reply.json["screen"]["language"] in ("en", "zh-hans", "zh-hant")


def test_the_browser_says_its_language_where_nobody_else_does(way_out):
    token = way_out.token()

    page = way_out.page(f"/leave/{token}", accept_language="fr;q=0.9, zh-TW;q=0.8, en;q=bad")

    assert 'lang="zh-Hant"' in page.text


def test_hostile_words_stay_words(way_out):
    said = "<script>alert(1)</script>\"'\u0000\u202e" + "漢" * 100
    page = way_out.page(f"/leave/{way_out.token()}")

    answered = way_out.post_form(
        "/leave", {"passage": passage_in(page), "action": "answer", "reason": "other", "text": said}
    )

    assert answered.status == 200
    assert "<script>" not in answered.text
    way_out.ship()
    assert visits()[0].text.startswith("<script>alert(1)</script>")
    assert "\u0000" not in visits()[0].text


def test_the_hosted_page_leads_out_without_javascript(way_out):
    page = way_out.page(f"/leave/{way_out.token()}")
    assert "<script" not in page.text

    confirm = way_out.post_form("/leave", {"passage": passage_in(page), "action": "leave"})
    left = way_out.post_form("/leave", {"passage": passage_in(confirm), "action": "leave"})

    assert 'data-screen="left"' in left.text
    assert "December 1, 2026" in left.text


def test_a_page_keeps_its_token_to_itself(way_out):
    headers = way_out.page(f"/leave/{way_out.token()}").headers

    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers
    assert "noindex" in headers["x-robots-tag"]


def test_an_answer_that_cannot_be_is_told_at_its_field(way_out):
    opened = way_out.open()
    refused = way_out.step(opened, "answer", {"reason": "no such reason"})
    page = way_out.page(f"/leave/{way_out.token()}")
    on_page = way_out.post_form(
        "/leave", {"passage": passage_in(page), "action": "answer", "text": "x" * 3000}
    )

    assert (refused.status, refused.json["field"]) == (422, "reason")
    assert refused.json["cancel_url"] == "https://app.example.com/cancel"
    assert (on_page.status, "error-text" in on_page.text) == (422, True)


def test_below_a_prefix_forms_stay_below_it(way_out):
    page = way_out.page(f"/leave/{way_out.token()}", root="/t")

    assert 'action="/t/leave"' in page.text


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/leave/abc", "page"), ("/leave/return/abc", "return_page"), ("/leave/export/a", "export"),
     ("/leave", "form"), ("/leave/", "form"), ("/v1/cancel/open", "open")],
)  # fmt: skip
def test_what_a_path_asks_for(path, kind):
    assert place_of(path).kind == kind


@pytest.mark.parametrize("path", ["/leaves", "/leave/a/b", "/leave/return/a/b", "/v1/cancel", "/"])
def test_other_paths_are_not_ours(path):
    assert place_of(path) is None


def test_held_out_accounts_see_why_and_confirm_alone(way_out):
    name = next(
        name
        for name in (f"account-{n}" for n in range(200))
        if assign(EXPERIMENT, name, 0.2, home_salt()).name == "hold_out"
    )
    card(account_id=name)

    reply = way_out.step(
        way_out.open(way_out.token(account=name)), "answer", {"reason": "changed_needs"}
    )

    assert reply.json["screen"]["name"] == "confirm"


def test_who_saw_the_offers_is_not_shown_them_again_within_days(way_out):
    at_offers(way_out)
    way_out.ship()
    way_out.clock.passes(days=3)

    soon = way_out.step(way_out.open(), "answer", {"reason": "changed_needs"})
    way_out.clock.passes(days=30)

    assert soon.json["screen"]["name"] == "confirm"
    at_offers(way_out)


def test_a_broken_inbox_is_said_and_the_hosts_own_link_is_there(way_out):
    async def full(arrival):
        raise Unavailable("the disk is full")

    way_out.door.append = full
    token = way_out.token()
    reply, page = way_out.open(token), way_out.page(f"/leave/{token}")

    assert (reply.status, reply.json["cancel_url"]) == (503, "https://app.example.com/cancel")
    assert page.status == 503
    assert 'href="https://app.example.com/cancel"' in page.text
    assert page.headers["retry-after"]


def test_what_was_decided_is_told_although_the_inbox_failed(way_out):
    confirm = way_out.step(way_out.open(), "leave")
    working = way_out.door.append

    async def full(arrival):
        raise Unavailable("the disk is full")

    way_out.door.append = full
    left = way_out.step(confirm, "leave")
    way_out.door.append = working
    assert left.json["result"]["outcome"] == "canceled"

    way_out.clock.passes(seconds=31)
    way_out.ship()
    way_out.ship()
    assert visits()[0].outcome == "canceled"
    assert way_out.clock.now - visits()[0].ended_at == timedelta(seconds=31)
