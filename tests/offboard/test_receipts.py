"""What the person gets by mail, and how they come back by it."""

import html
import io
import json
import re
import zipfile
from datetime import date

import pytest

from offboard.visit_worlds import NOON, at_offers, card
from tenure.billing.models import BillingChange
from tenure.definitions.store import put_in_force
from tenure.messages.models import Message
from tenure.offboard.flow import built_in_text
from tenure.offboard.models import LogEntry, Visit, VisitOutcome
from tenure.offboard.receipts import intend_receipts
from tenure.offers.book import default_text
from tenure.offers.models import Concession, FreeTimes
from tenure.saves.models import Save


def left(way_out, **said):
    reply = way_out.leave(way_out.open(way_out.token(**said)))
    intend_receipts(way_out.home, way_out.clock())
    return reply


def link_in(mail, kind):
    return re.search(rf"/leave/{kind}/[\w.-]+", mail.text)[0]


def test_the_receipt_says_what_was_asked_when_and_what_follows(way_out):
    reply = left(way_out)

    mail = Message.objects.get()
    assert (mail.recipient, mail.purpose, mail.status) == ("ann@acme.example", "receipt", "ready")
    assert mail.subject == "Your cancellation was received"
    for text in ("November 20, 2026", "December 1, 2026", "sub_1", reply.json["visit"]):
        assert text in mail.text
        assert text in html.unescape(mail.html)
    assert "Team" in mail.text  # what was on the screen that was confirmed
    assert intend_receipts(way_out.home, way_out.clock()) == 0
    assert Message.objects.count() == 1


def test_the_receipt_of_an_offer_has_its_terms_as_they_are_stored(way_out):
    way_out.step(at_offers(way_out), "accept:pause_2_months")
    intend_receipts(way_out.home, way_out.clock())

    words = Concession.objects.get().words
    mail = Message.objects.get()
    assert words["title"] in mail.text
    assert words["terms"] in mail.text
    assert words["terms"] in html.unescape(mail.html)


def test_with_a_link_or_a_time_that_they_chose_both_page_and_receipt_have_it(way_out):
    calendar, link = "https://cal.example.com/x.ics", "https://meet.example.com/ann"
    fields = f'kind = "human"\ncalendar = "{calendar}"\nlink = "{link}"'
    book = default_text().replace('kind = "human"', fields)
    put_in_force("offers", "", book, now=NOON, by="test")
    times = [["2026-11-23T09:00:00+00:00", "2026-11-23T09:20:00+00:00"]]
    FreeTimes.objects.create(calendar=calendar, times=times, read_at=NOON)

    offers = at_offers(way_out, offers=["talk_to_a_person"])
    slot = {"slot.talk_to_a_person": times[0][0]}
    agreed = way_out.step(offers, "accept:talk_to_a_person", slot).json["screen"]["blocks"][0]
    intend_receipts(way_out.home, way_out.clock())

    assert [(way["label"], way["href"]) for way in agreed["ways"]] == [("Choose a time", link)]
    assert agreed["items"][0]["value"] == "Monday, November 23, 2026, 09:00"
    mail = Message.objects.get()
    assert link in mail.text and f'href="{link}"' in mail.html
    assert "Monday, November 23, 2026, 09:00" in mail.text
    assert calendar not in mail.text + str(agreed)  # its address is a secret


def test_it_comes_from_the_name_that_the_flow_says(way_out):
    named = built_in_text() + '\n[receipt]\nfrom_name = "Fernhill Accounts"\n'
    put_in_force("flow", "default", named, now=NOON, by="test")
    left(way_out)

    mail = Message.objects.get()
    assert "Fernhill Accounts sends you this" in mail.text
    assert "Fernhill Accounts" in mail.html


def test_without_such_a_name_it_comes_from_the_company(way_out):
    left(way_out)

    assert f"{way_out.home.company.name} sends you this" in Message.objects.get().text


def test_it_is_in_their_language(way_out):
    left(way_out, locale="zh-Hant")

    mail = Message.objects.get()
    assert 'lang="zh-hant"' in mail.html
    assert "2026年12月1日" in mail.text


def test_an_address_that_they_gave_goes_before_the_one_we_know(way_out):
    page = way_out.open(way_out.token(country="DE", is_consumer=True))
    assert page.json["screen"]["name"] == "confirm"

    way_out.step(page, "leave", {"receipt_to": "own@mail.example"})
    intend_receipts(way_out.home, way_out.clock())

    assert Message.objects.get().recipient == "own@mail.example"


def test_without_an_address_it_waits_for_one_and_then_gives_up(way_out):
    left(way_out, person=None)
    assert Message.objects.count() == 0
    assert VisitOutcome.objects.get().receipt_at is None

    way_out.clock.passes(days=2, minutes=1)
    intend_receipts(way_out.home, way_out.clock())

    assert VisitOutcome.objects.get().receipt_at is not None


def test_a_test_sends_nothing(way_out):
    left(way_out, mode="test")

    assert Message.objects.count() == 0


def test_one_click_takes_the_cancellation_back_and_it_is_no_save(way_out):
    left(way_out)
    path = link_in(Message.objects.get(), "return")

    look = way_out.page(path)
    assert BillingChange.objects.count() == 1  # a look at a link changes nothing
    token = html.unescape(re.search(r'name="passage" value="([^"]*)"', look.text)[1])
    back = [way_out.post_form("/leave/return", {"passage": token}) for _ in range(3)]

    assert {reply.status for reply in back} == {200}
    assert "goes on" in back[0].text
    assert list(BillingChange.objects.order_by("id").values_list("kind", flat=True)) == [
        "cancel_at_period_end", "uncancel",
    ]  # fmt: skip
    way_out.clock.passes(seconds=31)
    way_out.ship()
    way_out.ship()
    visit = Visit.objects.get()
    assert (visit.outcome, visit.returned_at is not None) == ("canceled", True)
    assert Save.objects.filter(kind="save").count() == 0
    assert LogEntry.objects.filter(kind="Account Returned").count() == 1


def test_back_from_the_last_screen_is_the_same_return(way_out):
    reply = way_out.leave(way_out.open())

    back = way_out.step(reply, "return")

    assert (back.status, back.json["result"]["outcome"]) == (200, "returned")
    assert BillingChange.objects.order_by("-id").first().kind == "uncancel"
    way_out.ship()
    assert Save.objects.filter(kind="save").count() == 0


def test_an_offer_after_notice_where_the_law_wants_the_notice_first_is_a_return_with_terms(way_out):
    at_confirm = way_out.open(way_out.token(country="DE", is_consumer=True))
    reply = way_out.step(at_confirm, "leave")
    assert reply.json["result"]["outcome"] == "canceled"

    asked = way_out.step(reply, "answer", {"reason": "changed_needs"})
    assert "pause_2_months" in [each["name"] for each in asked.json["screen"]["blocks"]]
    back = [way_out.step(asked, "accept:pause_2_months") for _ in range(2)]

    assert [each.json["result"]["outcome"] for each in back] == ["returned", "returned"]
    assert list(BillingChange.objects.order_by("id").values_list("kind", flat=True)) == [
        "cancel_at_period_end", "uncancel", "pause",
    ]  # fmt: skip
    words = Concession.objects.get().words
    assert Save.objects.filter(kind="save", superseded_by="").count() == 0

    intend_receipts(way_out.home, way_out.clock())
    mail = Message.objects.get(subject="Your subscription goes on")
    assert words["title"] in mail.text and words["terms"] in mail.text


def test_the_link_ends_with_the_subscription(way_out):
    left(way_out)
    path = link_in(Message.objects.get(), "return")
    way_out.clock.passes(days=11)

    page = way_out.page(path)
    posted = way_out.post_form("/leave/return", {"passage": path.rpartition("/")[2]})

    assert "has ended" in page.text
    assert "<button" not in page.text
    assert posted.status == 409
    assert BillingChange.objects.count() == 1


@pytest.mark.parametrize("kind", ["return", "export"])
def test_changed_swapped_and_old_links_are_refused(way_out, kind):
    left(way_out)
    mail = Message.objects.get()
    path = link_in(mail, kind)
    other = link_in(mail, "export" if kind == "return" else "return").rpartition("/")[2]
    token = path.rpartition("/")[2]

    for place in range(0, len(token), 11):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert way_out.page(f"/leave/{kind}/{changed}").status in (400, 401)
    assert way_out.page(f"/leave/{kind}/{other}").status == 401
    way_out.clock.passes(days=500)
    assert way_out.page(path).status == 401


def test_after_coming_back_one_may_leave_again(way_out):
    back = way_out.step(way_out.leave(way_out.open()), "return")
    assert back.json["result"]["outcome"] == "returned"
    way_out.clock.passes(days=1)

    again = way_out.leave(way_out.open())

    assert again.json["result"]["outcome"] == "canceled"
    assert BillingChange.objects.filter(kind="cancel_at_period_end").count() == 2


def test_the_export_has_what_is_held_of_the_account_and_of_no_other(way_out):
    card(account_id="bolt", name="Bolt")
    way_out.leave(way_out.open(way_out.token(account="bolt", person=None)))
    left(way_out)
    way_out.ship()
    path = link_in(Message.objects.get(recipient="ann@acme.example"), "export")

    reply = way_out.page(path)

    assert reply.headers["content-type"] == "application/zip"
    packed = zipfile.ZipFile(io.BytesIO(reply.body))
    files = {name: packed.read(name).decode() for name in packed.namelist()}
    assert set(files) == {"account.json", "people.csv", "events.csv", "billing.csv", "visits.json"}
    assert json.loads(files["account.json"])["card"]["plan"] == "Team"
    assert json.loads(files["visits.json"])[0]["outcome"] == "canceled"
    assert "Leaving Confirmed" in files["events.csv"]
    assert all("bolt" not in text.lower() for text in files.values())
    assert date(2026, 12, 1).isoformat() in files["visits.json"]
