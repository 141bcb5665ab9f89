"""The inbox of signals, one of them, and what its forms do to the task behind; without script."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from tenure.base.clock import system_clock
from tenure.card.models import AccountCard
from tenure.customers.models import Person
from tenure.segments.models import SegmentMember
from tenure.signals.models import Signal
from tenure.signals.telling import tell_signals
from tenure.tasks import work
from tenure.tasks.models import Task
from tenure.tasks.recording import record_changes

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def account(account_id: str, name: str, mrr_minor: int = 0, **values) -> None:
    AccountCard.objects.create(
        account_id=account_id,
        name=name,
        status="paying",
        mrr_minor=mrr_minor,
        currency="EUR",
        plan="Team",
        values={"stage": "active", **values},
    )


def raised(
    home, account_id: str, kind: str = "gone_quiet", urgency: str = "soon", **more
) -> Signal:
    """A signal with its task, as the watch leaves them."""
    now = system_clock()
    at = more.pop("happened_at", now - timedelta(hours=2))
    steps = {"cancel_intent": "call_before_they_decide", "gone_quiet": "ask_what_changed"}
    signal = Signal.objects.create(
        key=f"{kind}:{account_id}:{Signal.objects.count()}",
        kind=kind,
        account_id=account_id,
        happened_at=at,
        raised_at=now,
        last_evidence_at=at,
        urgency=urgency,
        next_step=steps.get(kind, "talk_about_room"),
        evidence=more.pop("evidence", [{"what": "last_day", "at": at.isoformat()}]),
        params=more.pop("params", {"silent_days": 9, "what": "page", "percent": 80}),
        **more,
    )
    tell_signals(home, now)
    signal.refresh_from_db()
    return signal


def page(visitor: Client, path: str, **headers) -> str:
    reply = visitor.get(path, headers=headers)
    assert reply.status_code == 200, reply.content.decode()[:400]
    return reply.content.decode()


def shown(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-signal="(\d+)"', html)]


def heading(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html)
    assert found
    return unescape(found[1])


def test_the_title_says_what_needs_someone(home, visitor):
    account("a", "Northwind", 9000)
    assert heading(page(visitor, "/signals")) == "Nothing needs anyone now"
    raised(home, "a")
    assert heading(page(visitor, "/signals")) == "1 signal is open, none of them urgent"
    raised(home, "a", "cancel_intent", "now")
    raised(home, "a", "payment_trouble", "now")
    title = "2 signals need someone now; 1 customer thinks of leaving"
    assert heading(page(visitor, "/signals")) == title


def test_without_any_signal_the_page_says_what_signals_are(home, visitor):
    html = page(visitor, "/signals")

    assert "No signal has been raised yet" in html
    assert 'href="/product"' in html


def test_the_most_urgent_is_first_then_the_most_money_then_the_latest(home, visitor):
    account("small", "Small", 1000)
    account("large", "Large", 90_000)
    quiet = raised(home, "large", urgency="watch")
    early = raised(home, "small", urgency="soon", happened_at=LONG_AGO)
    late = raised(home, "small", urgency="soon")
    costly = raised(home, "large", "near_limit", "soon")
    urgent = raised(home, "unheard-of", "cancel_intent", "now")

    html = page(visitor, "/signals")

    assert shown(html) == [urgent.pk, costly.pk, quiet.pk, late.pk, early.pk]
    assert "5 signals · 3 accounts · €910 MRR" in html


def test_a_row_says_what_happened_what_shows_it_and_what_is_next(home, visitor):
    account("a", "Northwind", 9000)
    Person.objects.create(
        person_id="p1", name="Ada Byron", created_at=LONG_AGO, first_seen_at=LONG_AGO
    )
    at = system_clock() - timedelta(hours=2)
    seen = [{"what": "page", "at": at.isoformat(), "person_id": "p1", "page": "/cancel"}]
    raised(home, "a", "cancel_intent", "now", evidence=seen)

    html = unescape(page(visitor, "/signals"))

    assert "Somebody looked at cancelling" in html
    assert "Ada Byron: /cancel" in html
    assert "2 hours ago" in html
    assert "Call them before they decide, and ask what changed." in html
    assert "€90 MRR" in html and ">Team<" in html and ">Active<" in html


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"quiet", "intent", "bobs", "old"}),
        ("kind=cancel_intent", {"intent"}),
        ("urgency=watch", {"old"}),
        ("owner=me", {"intent"}),
        ("owner=bob", {"bobs"}),
        ("owner=nobody", {"quiet", "old"}),
        ("account=b", {"bobs", "old"}),
        ("segment=stage_fading", {"bobs", "old"}),
        ("days=7", {"quiet", "intent", "bobs"}),
        ("q=north", {"quiet", "intent"}),
        ("state=snoozed", {"asleep"}),
        ("state=done", {"helped"}),
        ("state=resolved", {"itself"}),
        ("state=all&account=a", {"quiet", "intent", "asleep", "helped", "itself"}),
        ("kind=cancel_intent&urgency=watch", set()),
        ("urgency=nonsense&days=3&page=xyz&state=", {"quiet", "intent", "bobs", "old"}),
        ("q=%00&kind=%00&owner=%00", {"quiet", "intent", "bobs", "old"}),
    ],
)
def test_each_filter_shows_its_signals_and_counts_them(home, visitor, ann, bob, query, expected):
    account("a", "Northwind")
    account("b", "Bakery")
    SegmentMember.objects.create(
        segment="stage_fading", over="account", subject_id="b", entered_at=LONG_AGO
    )
    now = system_clock()
    known = {
        "quiet": raised(home, "a"),
        "intent": raised(home, "a", "cancel_intent", "now"),
        "bobs": raised(home, "b", "near_limit"),
        "old": raised(home, "b", "near_limit", "watch", happened_at=LONG_AGO),
        "asleep": raised(home, "a"),
        "helped": raised(home, "a"),
        "itself": raised(home, "a"),
    }
    work.assign(known["intent"].task, ann, now=now, by="owner")
    work.assign(known["bobs"].task, bob, now=now, by="owner")
    work.snooze(known["asleep"].task, now.date() + timedelta(days=2), now=now, by="owner")
    work.close(known["helped"].task, "helped", now=now, by="owner")
    Signal.objects.filter(pk=known["itself"].pk).update(resolved_at=now, resolved_because="back")
    tell_signals(home, now)

    html = page(visitor, f"/signals?{query}")

    names = {signal.pk: name for name, signal in known.items()}
    in_list = {names[number] for number in shown(html)} if expected else set()
    assert in_list == expected
    told = re.search(r'aria-current="true">[^<]*<span class="num">(\d+)</span></a>', html)
    assert told
    assert int(told[1]) == len(expected)


def test_every_count_opens_a_list_of_so_many(home, visitor, ann):
    account("a", "Northwind")
    account("b", "Bakery")
    for number in range(3):
        raised(home, "a", "near_limit", "soon")
        raised(home, "b", ["gone_quiet", "cancel_intent"][number % 2], "now")
    work.assign(raised(home, "a").task, ann, now=system_clock(), by="owner")

    tried = 0
    for start in ("/signals", "/signals?urgency=now", "/signals?owner=nobody&kind=near_limit"):
        html = page(visitor, start)
        for href, count in re.findall(
            r'href="(/signals[^"]*)"[^>]*>(?:<svg.*?</svg>)?[^<]*<span class="num">(\d+)</span>',
            html,
        ):
            listed = page(visitor, unescape(href))
            assert len(shown(listed)) == int(count), f"{count} in {start} leads to {href}"
            tried += 1
    assert tried > 20


def test_taking_snoozing_and_closing_change_the_one_task_and_are_recorded(home, visitor, ann):
    account("a", "Northwind")
    signal = raised(home, "a", "cancel_intent", "now")
    html = page(visitor, "/signals?kind=cancel_intent")
    forms = re.findall(r'<form[^>]*action="(/tasks/\d+/\w+)"', html)
    assert [one.rpartition("/")[2] for one in forms] == ["assign", "assign", "snooze", "close"]
    record_changes(home, "", system_clock())
    base = f"/tasks/{signal.task_id}"
    back = {"next": "/signals?kind=cancel_intent"}

    reply = visitor.post(f"{base}/assign", {"owner": "owner", "seen": "", **back})
    assert reply.headers["Location"] == "/signals?kind=cancel_intent"
    html = page(visitor, "/signals?owner=me")
    assert shown(html) == [signal.pk]
    assert "owner has this task now" in html
    assert ">Take it" not in html

    visitor.post(f"{base}/snooze", {"days": "3", "seen": "", **back})
    assert shown(page(visitor, "/signals")) == []
    assert shown(page(visitor, "/signals?state=snoozed")) == [signal.pk]

    visitor.post(f"{base}/snooze", {"wake": "1", **back})
    visitor.post(f"{base}/close", {"outcome": "helped", "text": "They stay", **back})
    assert shown(page(visitor, "/signals")) == []
    assert "Helped" in page(visitor, "/signals?state=done")

    task = Task.objects.get(pk=signal.task_id)
    assert (task.owner, task.outcome, task.outcome_text) == (ann, "helped", "They stay")
    assert record_changes(home, "", system_clock()) == 4


def test_acting_from_the_list_brings_the_list_with_a_sentence(home, visitor):
    account("a", "Northwind")
    signal = raised(home, "a")
    form = {"owner": "owner", "seen": "", "next": "/signals"}

    reply = visitor.post(
        f"/tasks/{signal.task_id}/assign", form, headers={"HX-Target": "inbox"}, follow=True
    )

    html = reply.content.decode()
    assert html.lstrip().startswith('<div id="inbox"')
    assert "owner has this task now" in html


def test_looking_again_brings_nothing_until_there_is_news(home, visitor):
    account("a", "Northwind")
    raised(home, "a")
    seen = re.search(r"seen=(\w+)", page(visitor, "/signals?urgency=soon"))
    assert seen
    again = f"/signals?urgency=soon&seen={seen[1]}"
    assert visitor.get(again, headers={"HX-Target": "inbox"}).status_code == 204

    newer = raised(home, "a", "near_limit")

    html = page(visitor, again, **{"HX-Target": "inbox"})
    assert newer.pk in shown(html)
    assert 'data-title="2 signals are open, none of them urgent"' in html


def test_many_signals_of_one_account_are_behind_a_link_that_shows_so_many(home, visitor):
    account("a", "Northwind")
    for _ in range(7):
        raised(home, "a")

    html = page(visitor, "/signals?urgency=soon")

    assert len(shown(html)) == 4
    more = re.search(r'href="([^"]+)">3 more signals of this account', html)
    assert more
    assert len(shown(page(visitor, unescape(more[1])))) == 7


def test_thousands_are_paged(home, visitor, django_assert_max_num_queries):
    now = system_clock()
    AccountCard.objects.bulk_create(
        AccountCard(account_id=f"a{n:04}", name=f"A {n}", status="paying", mrr_minor=n)
        for n in range(1500)
    )
    Signal.objects.bulk_create(
        Signal(
            key=f"k{n}",
            kind="gone_quiet",
            account_id=f"a{n % 1500:04}",
            happened_at=now - timedelta(minutes=n),
            raised_at=now,
            last_evidence_at=now,
            urgency="soon",
            next_step="ask_what_changed",
            params={"silent_days": 3},
            told_at=now,
        )
        for n in range(3000)
    )
    with django_assert_max_num_queries(40):
        html = page(visitor, "/signals")
    assert "3,000 signals · 1,500 accounts" in html
    assert len(shown(html)) == 60
    assert html.index("A 1499<") < html.index("A 1498<")
    assert "Page 50 of 50" in page(visitor, "/signals?page=999")


def test_one_signal_tells_its_evidence_its_rule_and_what_became_of_it(home, visitor, ann):
    account("a", "Northwind")
    earlier = raised(home, "a", happened_at=LONG_AGO)
    work.close(earlier.task, "reached", now=system_clock(), by="owner")
    at = system_clock() - timedelta(hours=3)
    signal = raised(
        home,
        "a",
        "cancel_intent",
        "now",
        evidence=[
            {"what": "page", "at": at.isoformat(), "person_id": "", "page": "/cancel"},
            {"what": "words", "at": at.isoformat(), "person_id": "", "said": "we will leave"},
        ],
    )
    work.assign(signal.task, ann, now=system_clock(), by="owner")

    html = unescape(page(visitor, f"/signals/{signal.pk}"))

    assert heading(html) == "Northwind: Somebody looked at cancelling"
    assert "Somebody: /cancel" in html
    assert "“we will leave”" in html
    assert "What follows within 14 days joins the same signal." in html
    assert "owner: gave it to owner" in html
    assert f'href="/signals/{earlier.pk}"' in html
    assert "Reached them" in html
    [link, *_] = re.findall(r'href="(/timeline\?[^"]+)"', html)
    assert visitor.get(link).status_code == 200


@pytest.mark.parametrize(
    "kind",
    ["near_limit", "gone_quiet", "paid_feature_unused", "stuck_at_step", "champion_left",
     "person_at_new_company", "payment_trouble", "hand_over", "conversation_silence",
     "account_acquired_or_closing", "cancel_intent", "declared_once"],
)  # fmt: skip
def test_every_kind_says_why_it_is_a_signal(home, visitor, kind):
    account("a", "Northwind")
    signal = raised(home, "a", kind)

    html = page(visitor, f"/signals/{signal.pk}", **{"HX-Request": "1", "HX-Target": "drawer-body"})

    rule = re.search(r'id="rule-title">.*?<p>(.+?)</p>', html, re.S)
    assert rule
    assert len(rule[1]) > 40
    assert "%(" not in rule[1]


@pytest.mark.parametrize("number", [1, 2**62, 2**80])
def test_a_signal_that_there_is_not_is_not_found(home, visitor, number):
    assert visitor.get(f"/signals/{number}").status_code == 404
