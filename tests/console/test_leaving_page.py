"""Leaving and one visit: figures that open what is behind them, and a passage as they saw it."""

import re
import sys
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from console_browser import DESK, PHONE, Visitor, faults_of
from console_home import run
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenure.base.clock import system_clock
from tenure.billing.models import BillingCall, BillingChange
from tenure.card.models import AccountCard
from tenure.lake.reading import company_day
from tenure.offboard.models import LogEntry, Visit, VisitOutcome
from tenure.saves.models import Commitment, Save, SaveCheck, Side, Standing

THE_DAY = datetime(2025, 3, 10, 9, tzinfo=UTC)


@pytest.fixture
def visitor(client: Client, ann) -> Client:
    client.force_login(ann)
    return client


def visited(visit_id: str, at: datetime = THE_DAY, **said) -> Visit:
    """A visit of an account of the same name, treated unless said otherwise."""
    AccountCard.objects.get_or_create(account_id=f"a-{visit_id}", name=f"Firm {visit_id}")
    values = {
        "account_id": f"a-{visit_id}",
        "subscription_id": f"s-{visit_id}",
        "flow": "default",
        "flow_digest": "f66d61",
        "shape": "full",
        "arm": "treated",
        "share": 0.8,
        "language": "en",
        "opened_at": at,
        "last_at": at,
    }
    return Visit.objects.create(visit_id=visit_id, **{**values, **said})


def saved(visit_id: str, **said) -> Visit:
    offered = {"offers_shown": ["training"], "has_seen_offers": True, "offer": "training"}
    done = {"decision": "accepted", "outcome": "saved", "billing": "done"}
    visit = visited(visit_id, **{**offered, **done, **said})
    Save.objects.create(
        key=f"save:{visit_id}", kind="save", visit_id=visit_id, account_id=visit.account_id,
        offer="training", offer_kind="training", currency="EUR", cost_minor=1_250,
        opened_at=visit.opened_at, opened_on=visit.opened_at.date(), status="provisional",
        applying="read_back",
    )  # fmt: skip
    return visit


@pytest.fixture
def week(visitor):
    """Seven visits: two accepted, one left, one went, one under way, one held out, one a test."""
    saved("one", reason="not_adopted")
    saved("two", reason="missing_feature", at=THE_DAY + timedelta(days=1))
    left = {"offers_shown": ["training"], "has_seen_offers": True, "outcome": "canceled"}
    visited("three", reason="not_adopted", decision="declined", billing="pending", **left)
    visited("four", outcome="abandoned")
    visited("five")
    visited("six", arm="hold_out", share=0.2, outcome="canceled", reason="not_adopted")
    visited("seven", mode="test", reason="missing_feature")


def page(visitor: Client, path: str) -> str:
    reply = visitor.get(path)
    assert reply.status_code == 200
    return unescape(reply.content.decode())


def listed(html: str) -> set[str]:
    """The visits in the list."""
    return set(
        re.findall(r'href="/leaving/visits/(\w+)">Firm', html.partition('visits-title">')[2])
    )


def heading(html: str) -> str:
    return re.search(r"<h1[^>]*>(.*?)</h1>", html)[1]


@pytest.mark.django_db
def test_where_nobody_came_the_page_says_what_to_do_first(visitor):
    html = page(visitor, "/leaving")

    assert heading(html) == "Nobody has come to the way out yet"
    assert "tenure cancel-keys create" in html
    assert "docs/cancel-embedding.md" in html


@pytest.mark.django_db
def test_every_figure_of_the_funnel_opens_as_many_visits(visitor, week):
    html = page(visitor, "/leaving")
    funnel = html.partition("leaving-funnel")[2].partition("</ul>")[0]
    doors = re.findall(r'<a href="([^"#]+)#[^"]*">([^<]+)</a><strong class="num">(\d+)', funnel)

    assert {words: int(count) for _, words, count in doors} == {
        "Opened": 6, "Held out": 1, "Were offered something": 3, "Accepted": 2,
        "Accepted, and done in billing": 2, "Cancelled": 1, "Went away or stayed": 1,
        "Under way": 1,
    }  # fmt: skip
    for href, words, count in doors:
        assert len(listed(page(visitor, href))) == int(count), words


@pytest.mark.django_db
def test_reasons_and_offers_open_their_visits(visitor, week):
    assert listed(page(visitor, "/leaving?reason=not_adopted")) == {"one", "three", "six"}
    assert listed(page(visitor, "/leaving?reason=-")) == {"four", "five"}
    assert listed(page(visitor, "/leaving?offer=training")) == {"one", "two", "three"}
    assert listed(page(visitor, "/leaving?offer=train")) == set()


LINK = re.compile(r'href="(/leaving\?[^"#]*)#visits-title">([^<]+)</a>')


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["reason", "offer", "segment", "plan", "stage", "flow"])
def test_every_figure_of_a_split_opens_as_many_visits(visitor, week, by):
    Visit.objects.filter(pk__in=["one", "three"]).update(plan="Team", stage="fading")
    Save.objects.filter(visit_id="one").update(segments=["near_limit"])
    html = page(visitor, f"/leaving?by={by}")
    split = html.partition('id="slices"')[2].partition("</section>")[0]
    figures = [(link, int(text)) for link, text in LINK.findall(split) if text.isdecimal()]

    assert figures
    for link, count in figures:
        assert len(listed(page(visitor, link))) == count, link


@pytest.mark.django_db
def test_each_offer_opens_who_saw_it_and_who_took_it(visitor, week):
    Visit.objects.filter(pk="two").update(offers_shown=["training", "pause_2_months"])
    html = page(visitor, "/leaving")
    offers = html.partition('id="offers-title"')[2].partition("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", offers.partition("<tbody>")[2], re.DOTALL)
    told = [[int(n) for _, n in LINK.findall(row) if n.isdecimal()] for row in rows]

    assert told == [[3, 2], [1]]  # the pause was seen once, and nobody took it
    assert listed(page(visitor, "/leaving?took=training&step=accepted")) == {"one", "two"}
    assert listed(page(visitor, "/leaving?took=pause_2_months")) == set()


@pytest.mark.django_db
def test_saves_open_a_list_with_what_each_check_found(visitor, week):
    save = Save.objects.get(visit_id="two")
    SaveCheck.objects.create(
        save_of=save, at_days=7, due_on=save.opened_on + timedelta(days=7), is_active=False,
        is_paying=False, is_leaving=False, seen_at=system_clock(),
    )  # fmt: skip
    html = page(visitor, "/leaving")
    assert '<a class="sum num quiet" href="/leaving/saves?status=provisional">2</a>' in html

    saves = page(visitor, "/leaving/saves?status=provisional")
    assert heading(saves) == "2 saves (Provisional)"
    assert saves.index("Firm two") < saves.index("Firm one")
    assert "Gone" in saves
    assert heading(page(visitor, "/leaving/saves?status=lost")) == "0 saves (Lost)"
    assert heading(page(visitor, "/leaving/saves?reason=not_adopted")).startswith("0 saves (")


@pytest.mark.django_db
def test_saves_that_billing_is_asked_of_next_stand_the_soonest_first(visitor, week):
    for visit_id, days in (("one", 90), ("two", 30)):
        save = Save.objects.get(visit_id=visit_id)
        due_on = save.opened_on + timedelta(days=days)
        SaveCheck.objects.create(save_of=save, at_days=days, due_on=due_on)

    saves = page(visitor, "/leaving/saves?due=1")

    assert saves.index("Firm two") < saves.index("Firm one")
    assert "2 checks" not in page(visitor, "/leaving")  # both are shown: nothing more to open


@pytest.mark.django_db
def test_the_sums_of_a_list_count_each_save_once_however_many_checks_wait(visitor, week):
    for visit_id, days in (("one", 30), ("one", 90), ("two", 30)):
        save = Save.objects.get(visit_id=visit_id)
        due_on = save.opened_on + timedelta(days=days)
        SaveCheck.objects.create(save_of=save, at_days=days, due_on=due_on)

    saves = page(visitor, "/leaving/saves?due=1")

    # Twice 12.50, as each of the two stands in the list.
    assert re.findall(r'Conceded, EUR</dt><dd class="sum num">([^<]+)<', saves) == ["€25.00"]
    assert heading(saves).startswith("2 saves (")


@pytest.mark.django_db
def test_commitments_are_listed_by_standing_and_side(visitor, week):
    save = Save.objects.get(visit_id="one")
    for number, (side, standing) in enumerate(
        [(Side.US, Standing.OPEN), (Side.US, Standing.BROKEN), (Side.THEM, Standing.KEPT)]
    ):
        Commitment.objects.create(
            key=f"c{number}", save_of=save, account_id=save.account_id, side=side,
            text=f"Promise {number}", promised_at=THE_DAY, due_on=THE_DAY.date(), standing=standing,
        )  # fmt: skip

    assert heading(page(visitor, "/leaving/commitments")) == "2 commitments"
    kept = page(visitor, "/leaving/commitments?standing=kept")
    assert "Promise 2" in kept
    assert "Promise 0" not in kept
    assert heading(page(visitor, "/leaving/commitments?side=them")) == "0 commitments"


@pytest.mark.django_db
def test_survival_is_drawn_with_its_interval_and_opens_its_saves(visitor, week):
    html = page(visitor, "/leaving?survival=offer")
    table = html.partition('id="survival"')[2].partition("</section>")[0]

    assert '"series": "A training for your team"' in html
    assert '"low"' in html
    assert re.search(r'/leaving/saves\?offer=training&applied=1">2<', table)
    assert heading(page(visitor, "/leaving/saves?offer=training&applied=1")).startswith("2 saves")
    assert "So few say nothing" in table
    Save.objects.filter(visit_id="one").update(gone_on=THE_DAY.date() + timedelta(days=9))
    gone = page(visitor, "/leaving/saves?offer=training&applied=1&gone=1")
    assert heading(gone).startswith("1 save (")


@pytest.mark.django_db
def test_each_group_of_the_survival_opens_as_many_saves(visitor, week):
    Save.objects.filter(visit_id="one").update(reason="not_adopted")
    saved("new")  # of today: nobody has been watched for a day yet
    today = company_day(settings.TENURE_HOME, system_clock())
    Save.objects.filter(visit_id="new").update(opened_on=today)
    html = page(visitor, "/leaving?survival=reason")
    table = html.partition('id="survival"')[2].partition("</section>")[0]
    doors = re.findall(r'href="(/leaving/saves\?[^"]+)">(\d+)<', table)

    assert len(doors) == 2  # one said why, and one did not
    for href, count in doors:
        assert heading(page(visitor, href)).startswith(f"{count} save"), href
    assert "survival=reason&group=-" in table


@pytest.mark.django_db
def test_test_visits_stand_by_themselves(visitor, week):
    assert listed(page(visitor, "/leaving?mode=test")) == {"seven"}
    assert "A visit in test mode" in page(visitor, "/leaving/visits/seven")
    assert "A visit in test mode" not in page(visitor, "/leaving/visits/one")


@pytest.mark.django_db
def test_days_are_those_of_the_company_and_both_count(visitor, week):
    html = page(visitor, "/leaving?from=2025-03-11&to=2025-03-11")

    assert listed(html) == {"two"}
    assert "1 of 1 visit ended with an accepted offer" in heading(html)
    empty = page(visitor, "/leaving?from=2024-01-01&to=2024-01-02")
    assert heading(empty) == "Nobody came to the way out in this time"


@pytest.mark.django_db
def test_the_title_claims_nobody_kept_before_the_time_is_over(visitor, week):
    assert heading(page(visitor, "/leaving")) == "2 of 6 visits ended with an accepted offer"
    for save in Save.objects.all():
        SaveCheck.objects.create(
            save_of=save, at_days=30, due_on=save.opened_on + timedelta(days=30),
            is_active=True, is_paying=save.visit_id == "one", is_leaving=False,
            seen_at=system_clock(),
        )  # fmt: skip

    assert heading(page(visitor, "/leaving")).endswith("1 of 2 are still paying after 30 days")


@pytest.mark.django_db
def test_our_broken_commitment_stands_first(visitor, week):
    save = Save.objects.get(visit_id="one")
    for side, standing, text in (
        (Side.THEM, Standing.OPEN, "They import"),
        (Side.US, Standing.BROKEN, "We send dates"),
    ):
        Commitment.objects.create(
            key=text, save_of=save, account_id=save.account_id, side=side, text=text,
            promised_at=THE_DAY, due_on=THE_DAY.date(), standing=standing,
        )  # fmt: skip
    html = page(visitor, "/leaving")

    assert html.index("We send dates") < html.index("They import")
    assert '<span class="late">Broken</span>' in html


@pytest.mark.django_db
def test_money_is_said_with_its_caveat(visitor, week):
    html = page(visitor, "/leaving")

    assert "€25.00" in html  # conceded: twice 12.50
    assert "who stayed may have stayed anyway" in html


@pytest.mark.django_db
def test_as_many_queries_for_forty_visits_as_for_seven(visitor, week):
    page(visitor, "/leaving")
    saved("eight")
    with CaptureQueriesContext(connection) as few:
        page(visitor, "/leaving")
    for number in range(33):
        saved(f"more{number}")
    with CaptureQueriesContext(connection) as many:
        page(visitor, "/leaving")

    assert len(many) <= len(few) + 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", ["page=9999", "page=-1", "from=x&to=9999-12-31", "step=odd", "reason=%00", "offer=%25"]
)
def test_no_query_breaks_the_page(visitor, week, query):
    assert "<h1" in page(visitor, f"/leaving?{query}")


STEPS = [
    {"at": "2025-03-10T09:00:00+00:00", "kind": "Visit Opened"},
    {
        "at": "2025-03-10T09:00:00+00:00", "kind": "Screen Shown", "screen": "why",
        "view": {
            "title": "Why do you leave <us>?",
            "fields": [{"label": "Reason", "options": [{"label": "Too dear"}]}],
            "ways": [{"label": "Continue"}, {"label": "Cancel subscription"}],
        },
    },
    {
        "at": "2025-03-10T09:00:42+00:00", "kind": "Visit Answered", "screen": "why",
        "action": "answer", "reason": "not_adopted", "text": "Too many clicks",
    },
    {
        "at": "2025-03-10T09:00:42+00:00", "kind": "Screen Shown", "screen": "offers",
        "view": {
            "title": "Would one of these help?",
            "blocks": [{"kind": "offer", "name": "training", "title": "A training for Firm",
                        "items": [{"title": "The exact terms", "text": "45 minutes"}]}],
        },
    },
    {"at": "2025-03-10T09:03:42+00:00", "kind": "Visit Answered", "action": "accept:training"},
]  # fmt: skip


@pytest.mark.django_db
def test_a_visit_is_replayed_as_they_saw_it(visitor):
    saved(
        "one",
        steps=STEPS,
        reason="not_adopted",
        considered=[
            {"name": "training", "kind": "training", "why_not": [], "probabilities": [0.9]},
            {"name": "pause", "kind": "pause", "why_not": ["prepaid"], "probabilities": []},
        ],
    )
    html = page(visitor, "/leaving/visits/one")

    said = [
        "Why do you leave <us>?", "Reason: Too dear", "[Continue] [Cancel subscription]",
        "Too many clicks", "Would one of these help?", "The exact terms · 45 minutes",
        "Took: A training for Firm",
    ]  # fmt: skip
    places = [html.index(each) for each in said]
    assert places == sorted(places)
    assert "42 s" in html
    assert "3 min" in html
    assert "place 1: 90.0" in html
    assert "It has paid for longer than this would last" in html
    assert "with a chance of 80.0" in html
    assert 'href="/accounts/a-one"' in html
    assert "f66d61" in html


@pytest.mark.django_db
def test_a_visit_shows_its_chances_its_calls_to_billing_its_log_and_what_follows(visitor):
    chosen = {
        "at": "2025-03-10T09:00:42+00:00", "kind": "Offers Chosen", "how": "learned",
        "shown": [{"name": "training", "probability": 0.9}],
    }  # fmt: skip
    # As it was kept: the change's own kind stands where the event's name would.
    billed = {
        "at": "2025-03-10T09:04:00+00:00", "kind": "cancel_at_period_end", "standing": "done",
        "billing": "done",
    }  # fmt: skip
    visit = visited(
        "one", steps=[*STEPS[:3], chosen, STEPS[3], billed], outcome="canceled", billing="done",
        reason="not_adopted", follow_up="old_way", next_job="free_software",
        considered=[{"name": "training", "why_not": [], "probabilities": [0.9]}],
    )  # fmt: skip
    visited("two", account_id=visit.account_id, outcome="abandoned")
    VisitOutcome.objects.create(
        visit_id="one", outcome="canceled", account_id=visit.account_id, change_key="leave:one",
        at=THE_DAY,
    )  # fmt: skip
    change = BillingChange.objects.create(
        key="leave:one", account_id=visit.account_id, subscription_id="s-one",
        kind="cancel_at_period_end", asked_at=THE_DAY, status="done", next_at=THE_DAY,
    )  # fmt: skip
    BillingCall.objects.create(
        change=change, number=1, what="read_back", system="demo", begun_at=THE_DAY, last_at=THE_DAY,
        took_ms=586, said="read", message="as promised",
    )  # fmt: skip
    LogEntry.objects.create(
        number=7, visit_id="one", at=THE_DAY, kind="Leaving Confirmed", message_id="m7", body={},
        previous="", digest="abcdef0123456789abcdef",
    )  # fmt: skip
    Save.objects.create(
        key="visit:one", kind="left", visit_id="one", account_id=visit.account_id,
        opened_at=THE_DAY, opened_on=THE_DAY.date(),
    )  # fmt: skip
    html = page(visitor, "/leaving/visits/one")

    assert "It stood here with a chance of 90.0" in html
    assert "Chosen by what was learned" in html
    assert "old_way" not in html  # said in words, as the next job is
    assert "free_software" not in html
    assert "Cancel at the end of the period: Done in billing" in html
    assert "586 ms" in html
    assert "as promised" in html
    assert "abcdef0123456789…" in html
    assert "Left: no save, and followed by the same checks." in html
    assert 'href="/leaving/visits/two"' in html


@pytest.mark.django_db
def test_what_they_wrote_is_text_and_nothing_else(visitor):
    visited("one", text="<script>alert(1)</script>", steps=STEPS)

    html = visitor.get("/leaving/visits/one").content.decode()

    assert "<script>alert" not in html
    assert "leave <us>" not in html


@pytest.mark.django_db
def test_a_visit_that_is_none_says_so(visitor):
    assert visitor.get("/leaving/visits/nothing").status_code == 404


@pytest.mark.django_db
def test_signed_out_nobody_sees_either(client, home):
    for path in ("/leaving", "/leaving/visits/one"):
        assert client.get(path).status_code == 302


_SEED = f"""
import tenure.app.cli as cli
cli.prepare_django()
from tenure.base.clock import system_clock
from tenure.billing.models import BillingCall, BillingChange
from tenure.card.models import AccountCard
from tenure.offboard.models import LogEntry, Visit, VisitOutcome
now = system_clock()
for number, card in enumerate(AccountCard.objects.filter(status="paying")[:12]):
    Visit.objects.get_or_create(visit_id=f"v{{number}}", defaults=dict(
        account_id=card.pk, arm="treated", share=0.8, flow="default", language="en",
        reason="not_adopted", offers_shown=["training"], has_seen_offers=True,
        outcome="canceled" if number % 2 else "", opened_at=now, last_at=now, steps={STEPS!r},
        considered=[{{"name": "pause", "why_not": ["prepaid"], "probabilities": []}}]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", DESK), ("dark", PHONE)])
def test_both_pages_are_sound_without_script_too(browser, company, scheme, width):
    run(company.home, sys.executable, "-c", _SEED)
    with Visitor.signed_in(browser, company, scheme, width, "en") as visitor:
        faults = []
        for path in (
            "/leaving?survival=reason&by=plan", "/leaving?step=canceled&mode=test",
            "/leaving/visits/v1", "/leaving/saves", "/leaving/commitments", "/leaving/reasons",
            "/leaving/reasons?by=country&source=stated", "/leaving/reasons/price_value",
            "/leaving/reasons/behind",
        ):  # fmt: skip
            visitor.open(path)
            faults += faults_of(visitor)
        assert faults == []
    plain = {"java_script_enabled": False}
    with Visitor.signed_in(browser, company, scheme, width, "en", **plain) as visitor:
        shown = visitor.open("/leaving")
        shown.get_by_label("Outcome").select_option("canceled")
        shown.get_by_role("form", name="Which visits").get_by_role("button").click()
        rows = shown.locator("section[aria-labelledby=visits-title] tbody th a")
        assert rows.count() >= 6  # with those of the company's own year
        rows.first.click()
        assert "As it went" in shown.locator("main").inner_text()
