"""Reviews and who is worth saving: lists behind figures, one sheet, one case, and what forms do."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from console_browser import DESK, PHONE, Visitor, faults_of
from django.test import Client

from tenure.base.clock import system_clock
from tenure.card.models import AccountCard
from tenure.customers.models import Account
from tenure.reasons.models import LeavingReview, SaidNo, WorthVerdict
from tenure.tasks.models import Task

NOW = system_clock().replace(microsecond=0)


@pytest.fixture
def visitor(db, ann, client: Client) -> Client:
    client.force_login(ann)
    return client


def reviewed(name: str, days_ago: int = 10, **said) -> LeavingReview:
    """A review of an account of that name, which decided so many days ago."""
    AccountCard.objects.get_or_create(account_id=name, defaults={"name": f"Firm {name}"})
    at = NOW - timedelta(days=days_ago)
    values = {
        "key": f"{name}{days_ago}", "account_key": name, "account_id": name,
        "since_on": date(2020, 1, 1), "decided_at": at, "decided_on": at.date(),
        "mrr": {"EUR": 5000}, "mrr_minor": 5000, "currency": "EUR", "known": "surprise",
        "known_because": "no_warning", "overcome": "partly",
        "overcome_because": ["avoidable_partly"], "reason": "price_value",
        "reason_source": "stated", "prepared_at": NOW,
    }  # fmt: skip
    return LeavingReview.objects.create(**{**values, **said})


def judged(name: str, **said) -> WorthVerdict:
    AccountCard.objects.get_or_create(account_id=name, defaults={"name": f"Firm {name}"})
    Account.objects.get_or_create(
        account_id=name, defaults={"name": f"Firm {name}", "created_at": NOW, "first_seen_at": NOW}
    )
    values = {
        "key": name, "account_key": name, "account_id": name, "occasion": "left", "since_at": NOW,
        "code": "yes", "reason": "price_value", "mrr_minor": 5000, "currency": "EUR",
        "margin_minor": 48_000, "expected_minor": 5_040, "judged_at": NOW, "chance_part": 4,
        "chance_of": 20,
        "grounds": [
            {"what": "reason", "reason": "price_value", "source": "stated"},
            {"what": "chance", "occasion": "left", "part": 4, "of": 20, "low": 0.081,
             "high": 0.416, "days": 180},
            {"what": "tried", "pieces": [
                {"what": "offered", "offers": ["x"], "kinds": ["cheaper_plan"],
                 "at": NOW.isoformat()}]},
        ],
    }  # fmt: skip
    return WorthVerdict.objects.create(**{**values, **said})


def text_of(reply) -> str:
    assert reply.status_code == 200, reply.status_code
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.content.decode())))


def rows_behind(visitor: Client, page: str, title: str) -> int:
    """How many rows the list has that a tile's link leads to."""
    body = visitor.get(page).content.decode()
    link = re.search(rf"<dt>{title}</dt><dd class=\"tile-value\"><a href=\"([^\"]+)\"", body)
    assert link, f"no link behind {title}"
    behind = visitor.get(unescape(link[1]).partition("#")[0]).content.decode()
    return len(re.findall(r"<tr><th scope=\"row\">", behind))


def test_every_sum_leads_to_the_leavings_behind_it(visitor):
    reviewed("a")
    reviewed("b", known="known", known_because="acted", overcome="yes", lead_days=12)
    reviewed("c", known="", known_because="before_us", overcome="no", lead_days=40)
    reviewed("d", person_known="known", reviewed_by="ann", reviewed_at=NOW)
    reviewed("e", withdrawn_at=NOW)
    page = "/leaving/reviews"

    shown = text_of(visitor.get(page))

    assert "Of 4 leavings, 1 was a surprise and 3 could have been overcome" in shown.replace(
        "were a surprise", "was a surprise"
    )
    assert "Median lead time 26 days" in shown
    assert rows_behind(visitor, page, "A surprise") == 1
    assert rows_behind(visitor, page, "Known") == 2
    assert rows_behind(visitor, page, "Somebody acted") == 1
    # What waits for somebody is shown first; the link says all else.
    assert len(re.findall(r"<tr><th", visitor.get(page).content.decode())) == 3 + 1
    assert "Firm e" in text_of(visitor.get(f"{page}?state=withdrawn"))
    assert "Firm b" in text_of(visitor.get(f"{page}?state=all&overcome=yes&known=known"))


def test_figures_and_states_count_what_they_open_while_a_filter_is_set(visitor):
    reviewed("a")
    reviewed("a", days_ago=40, known="known")
    reviewed("b")
    reviewed("c", known="known", reviewed_by="ann", reviewed_at=NOW)

    body = visitor.get("/leaving/reviews?known=known").content.decode()

    assert rows_behind(visitor, "/leaving/reviews?account=a", "A surprise") == 1
    # To review, reviewed, all, taken back: of those that were known.
    assert re.findall(r'<span class="num">(\d+)</span></a>', body) == ["1", "1", "2", "0"]


def test_the_verdicts_open_all_open_cases_whatever_is_filtered(visitor):
    judged("a")
    judged("b", reason="closing")

    body = visitor.get("/leaving/worth?reason=closing").content.decode()

    assert 'href="/leaving/worth?verdict=yes#list-title">2</a>' in body
    assert body.count('<tr><th scope="row">') == 1


def test_nonsense_in_a_link_is_left_out(visitor):
    reviewed("a")

    for query in (
        "state=x&known=y&from=0001-13-99&page=99999999999",
        "to=9999-12-31",
        "reason=%00",
    ):
        assert visitor.get(f"/leaving/reviews?{query}").status_code == 200
        assert visitor.get(f"/leaving/worth?{query}&verdict=x&occasion=y").status_code == 200
    for path in ("reviews/999", "worth/999", "reviews/99999999999999999999"):
        assert visitor.get(f"/leaving/{path}").status_code == 404


def test_a_sheet_takes_a_persons_word_and_the_second_of_two_is_told(visitor):
    sheet = reviewed(
        "a", warned_at=NOW, lead_days=12,
        warnings=[{"what": "words", "said": "<b>cancel</b>", "by": "ada", "at": NOW.isoformat()}],
    )  # fmt: skip
    path = f"/leaving/reviews/{sheet.pk}"
    before = visitor.get(path)

    said = {"known": "known", "overcome": "yes", "notes": "Lena knew.", "seen": "0"}
    told = visitor.post(path, said, follow=True)
    again = visitor.post(path, {**said, "known": "surprise"}, follow=True)

    assert "<b>cancel</b>" not in before.content.decode()
    assert "ada said: “<b>cancel</b>”" in text_of(before)
    assert "Noted. What was prepared stands beside it." in text_of(told)
    assert "owner reviewed this leaving meanwhile" in text_of(again)
    sheet.refresh_from_db()
    assert (sheet.known, sheet.person_known, sheet.person_notes) == (
        "surprise", "known", "Lena knew.",
    )  # fmt: skip


def test_a_case_shows_grounds_questions_and_what_was_not_tried(visitor):
    shown = text_of(visitor.get(f"/leaving/worth/{judged('a').pk}"))

    assert "4 came back within 180 days (8–42% with 95% confidence)" in shown
    assert "What would it have to do for you to be worth its price?" in shown
    assert "Tried A smaller plan" in shown
    assert "Not tried Talk with who decides" in shown
    assert "One question about Firm a" in shown


def test_a_ladder_is_begun_climbed_and_ended_by_a_no(visitor):
    case = judged("a")
    act = f"/leaving/worth/{case.pk}"

    visitor.post(f"{act}/begin", {"owner": "owner"})
    visitor.post(f"{act}/note", {"outcome": "silent"})
    page = text_of(visitor.get(act))
    ended = visitor.post(f"{act}/note", {"outcome": "no", "text": "Stop."}, follow=True)
    refused = visitor.post(f"{act}/begin", {"owner": "owner"}, follow=True)

    assert "Mail No answer" in page and "Call Firm a" in page
    assert "Nobody asks them again." in text_of(ended)
    assert "They said no on" in text_of(ended)
    assert "somebody of this account said no" in text_of(refused)
    assert (SaidNo.objects.get().text, Task.objects.filter(status="open").count()) == ("Stop.", 0)
    assert "They said no: nobody asks them again." in text_of(visitor.get("/accounts/a"))


def test_forms_that_ask_for_nothing_known_change_nothing(visitor):
    case = judged("a")
    act = f"/leaving/worth/{case.pk}"

    assert "Choose who owns the ladder." in text_of(visitor.post(f"{act}/begin", {}, follow=True))
    assert "is none" in text_of(visitor.post(f"{act}/note", {"outcome": "x"}, follow=True))
    assert "is no verdict" in text_of(visitor.post(f"{act}/verdict", {"code": "x"}, follow=True))
    assert visitor.post(f"{act}/explode").status_code == 404
    assert visitor.get(f"{act}/begin").status_code == 405
    assert not Task.objects.exists()


def test_the_list_says_how_many_fit_into_the_week_and_what_the_chance_is(visitor):
    for number in range(7):
        judged(f"a{number}", expected_minor=number)
    judged("gone", code="gone")

    page = visitor.get("/leaving/worth")

    assert "7 accounts are worth saving; 5 fit into this week" in text_of(page)
    assert page.content.decode().count("this week</span>") == 5
    assert "4 of 20 (8 %–42 %)" in text_of(page).replace(" ", " ").replace(" ", " ")
    assert "Firm gone" in text_of(visitor.get("/leaving/worth?verdict=gone"))


def test_without_any_leaving_the_pages_say_what_will_stand_there(visitor):
    assert "No leaving is known" in text_of(visitor.get("/leaving/reviews"))
    assert "Nobody is at risk" in text_of(visitor.get("/leaving/worth"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "width", "language"), [("light", DESK, "en"), ("dark", PHONE, "zh-hant")]
)
def test_the_pages_are_sound_in_a_browser(browser, company, scheme, width, language):
    with Visitor.signed_in(browser, company, scheme, width, language) as visitor:
        faults = []
        for path in ("/leaving/reviews?state=all", "/leaving/worth"):
            page = visitor.open(path)
            faults += [f"{path}: {fault}" for fault in faults_of(visitor)]
            page.locator("tbody th a").first.click()
            page.wait_for_load_state()
            faults += [f"behind {path}: {fault}" for fault in faults_of(visitor)]
        assert faults == []
