"""An account's page: its card then and now, its signals, terms, tasks, segments; without script."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from tenure.base.clock import system_clock
from tenure.card.card_of import Card
from tenure.card.catalogue import account_columns
from tenure.card.models import AccountCard
from tenure.console.pages.account.card_panel import card_panel
from tenure.console.pages.account.subscription import terms
from tenure.customers.models import Account
from tenure.segments.models import SegmentMember
from tenure.signals.models import Signal
from tenure.signals.telling import tell_signals
from tenure.tasks.work import close, open_task

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
TODAY = date(2026, 3, 1)


@pytest.fixture
def northwind(home) -> AccountCard:
    Account.objects.create(
        account_id="acc_1", name="Northwind", created_at=LONG_AGO, first_seen_at=LONG_AGO
    )
    return AccountCard.objects.create(
        account_id="acc_1",
        name="Northwind",
        status="paying",
        mrr_minor=9000,
        currency="EUR",
        plan="Team",
        values={"stage": "fading", "stage_because": "less_use", "seats": 5, "members": 7},
    )


def raised(home, count: int = 1, **more) -> list[Signal]:
    now = system_clock()
    for number in range(count):
        Signal.objects.create(
            key=f"k{number}{more}",
            kind="gone_quiet",
            account_id="acc_1",
            happened_at=now - timedelta(hours=number),
            raised_at=now,
            last_evidence_at=now,
            urgency="soon",
            next_step="ask_what_changed",
            params={"silent_days": 9},
            **more,
        )
    tell_signals(home, now)
    return list(Signal.objects.order_by("id"))


def page(visitor: Client, path: str = "/accounts/acc_1", **headers) -> str:
    reply = visitor.get(path, headers=headers)
    assert reply.status_code == 200, reply.content.decode()[:400]
    return unescape(reply.content.decode())


def values(**known) -> dict[str, object]:
    return {name: column.default for name, column in account_columns().items()} | known


def panel(now=None, **known):
    card = Card("acc_1", values(**known), None, TODAY)
    return card_panel(card, "EUR", Card("acc_1", values(**now), None, TODAY) if now else None)


def tile(shown, column: str):
    [found] = [each for each in shown.tiles if each.column == column]
    return found


def line(shown, name: str):
    [found] = [each for group in shown.groups for each in group.lines if each.name == name]
    return found


def test_every_column_of_the_catalogue_is_shown_once():
    shown = panel()

    names = [line.name for group in shown.groups for line in group.lines]

    assert sorted(names) == sorted(account_columns())
    assert shown.columns == len(account_columns())
    assert len({group.title for group in shown.groups}) == len(shown.groups)


def test_what_is_missing_is_a_dash_and_zero_is_zero():
    shown = panel(tickets_open=0, first_value_days=None, mrr_minor=0)

    assert line(shown, "tickets_open").value == "0"
    assert line(shown, "first_value_days").value == "–"
    assert line(shown, "first_value_days").unit == ""
    assert line(shown, "mrr_minor").value == "€0.00"


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("mrr_minor", 123_456, "€1,234.56"),
        ("price_to_list_share", 0.8333, "83.3\u202f%"),
        ("events_trend_ratio", 1.1985, "1.20"),
        ("events_trend_ratio", 3.0, "3"),
        ("people_active_4_weeks_mean", 19.25, "19.2"),
        ("is_paused", True, "yes"),
        ("is_stuck", None, "–"),
        ("renews_on", date(2026, 5, 4), "May 4, 2026"),
        ("last_seen_at", datetime(2026, 2, 3, 14, 5, tzinfo=UTC), "Feb 3, 2026 14:05"),
        ("roles_missing", ["buyer", "executive"], "buyer and executive"),
        ("roles_missing", [], "none"),
        ("stage", "fading", "Fading"),
        ("stage_because", "less_use", "used less than before"),
        ("required_outcome", "whatever they say", "whatever they say"),
        ("country", "DE", "DE"),
    ],
)
def test_each_kind_of_value_is_said_in_words(home, column, value, expected):
    assert line(panel(**{column: value}), column).value == expected


def test_what_matters_stands_on_top_with_its_reason():
    shown = panel(
        stage="fading",
        stage_because="less_use",
        breadth_share=0.5,
        features_entitled=8,
        features_used_28_days=4,
        champion_name="Ada",
        days_since_champion_seen=12,
        trend="falling",
        events_trend_ratio=0.55,
        first_value_days=9,
        first_value_on=date(2025, 2, 1),
        limit_name="seats",
        limit_use_share=1.2,
        limit_used=12.0,
        limit_at_most=10,
        days_since_seen=3,
    )

    said = {each.column: (each.value, each.note) for each in shown.tiles}
    assert said["stage"] == ("Fading", "used less than before")
    assert said["breadth_share"] == ("50.0\u202f%", "4 of 8 features")
    assert said["champion_name"] == ("Ada", "last there 12 days ago")
    assert said["trend"] == ("falling", "use −45\u202f% against its own past")
    assert said["first_value_on"] == ("Feb 1, 2025", "after 9 days")
    assert said["limit_use_share"] == ("120.0\u202f%", "seats: 12 of 10")
    assert said["days_since_seen"][0] == "3 days ago"
    assert said["required_outcome"] == ("–", "nobody has said it")


def test_nothing_known_is_no_number_on_top():
    assert {each.value for each in panel().tiles} <= {"–", "0"}


def test_beside_a_past_card_stands_what_is_different_now():
    shown = panel(
        now={"stage": "fading", "quantity": 4, "champion_name": "Ada"},
        stage="active",
        quantity=4,
        champion_name="Ada",
    )

    assert tile(shown, "stage").now == "Fading"
    assert tile(shown, "champion_name").now == ""
    assert line(shown, "stage").has_changed
    assert not line(shown, "quantity").has_changed
    assert shown.changed == 1
    assert shown.as_of == TODAY


def test_terms_say_what_applies_and_mark_what_needs_somebody():
    said = {
        each.title: each
        for each in terms(
            values(
                list_price_minor=10_000,
                price_to_list_share=0.8,
                seats=5,
                members=7,
                people_active_28_days=3,
                renews_on=date(2026, 3, 11),
                days_until_renewal=10,
                has_unpaid=True,
                unpaid_since_on=date(2026, 2, 20),
                card_expires_on=date(2026, 3, 31),
                days_until_card_expires=30,
            ),
            "EUR",
        )
    }
    assert said["Against list price"].value == "80\u202f%"
    assert said["Against list price"].note == "list price is €100 a month"
    assert said["Seats"].note == "7 given to somebody, 3 used in 28 days"
    assert said["Seats"].is_late
    assert (said["Billed anew on"].value, said["Billed anew on"].note) == (
        "Mar 11, 2026",
        "in 10 days",
    )
    assert said["Owes us"].note == "since Feb 20, 2026"
    assert said["Card expires on"].is_late
    assert "Paused" not in said
    assert "Trial ends on" not in said


def test_who_holds_nothing_has_no_terms():
    assert terms(values(), "EUR") == []


def test_signals_are_on_the_page_with_their_actions_and_past_ones_folded(home, visitor, northwind):
    first, second = raised(home, 2)
    close(first.task, "helped", now=system_clock(), by="owner")

    html = page(visitor)

    assert "1 signal needs someone" in html
    assert "1 snoozed or past signal" in html
    assert f'action="/tasks/{second.task_id}/close"' in html
    assert f'action="/tasks/{first.task_id}/reopen"' in html
    inbox = re.search(r'href="(/signals\?account=acc_1)"', html)
    assert inbox
    assert len(re.findall("data-signal=", page(visitor, inbox[1]))) == 1


def test_acting_on_a_signal_brings_back_its_part_of_the_page(home, visitor, northwind):
    [signal] = raised(home)
    form = {"outcome": "reached", "next": "/accounts/acc_1"}

    reply = visitor.post(
        f"/tasks/{signal.task_id}/close",
        form,
        headers={"HX-Target": "account-signals"},
        follow=True,
    )

    html = reply.content.decode()
    assert html.lstrip().startswith("<section")
    assert "Closed: Reached them." in html
    assert "No signal needs anyone" in html
    assert "<h1" not in html


def test_tasks_and_segments_are_beside(home, visitor, northwind):
    raised(home)
    open_task(
        title="Send the offer",
        because={"kind": "person"},
        account_id="acc_1",
        now=system_clock(),
        by="owner",
    )
    SegmentMember.objects.create(
        segment="stage_fading",
        over="account",
        subject_id="acc_1",
        entered_at=LONG_AGO,
        entered_because="start",
    )

    html = page(visitor)

    assert "Send the offer" in html
    assert "Jan 1, 2025 or before" in html
    assert 'href="/segments/stage_fading/why/acc_1"' in html
    assert 'href="/tasks/new?account=acc_1&next=' in html
    listed = re.search(r'href="(/tasks\?whose=all&account=acc_1)">2 open tasks in all', html)
    assert listed
    assert len(re.findall('class="task-title"', page(visitor, listed[1]))) == 2


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("2999-01-01", "Write a day that has been"),
        ("yesterday", "Write a day that has been"),
        ("2020-01-01", "Nothing was known of this account on that day."),
    ],
)
def test_a_day_without_a_card_is_explained_beside_the_card_of_now(visitor, northwind, as_of, said):
    html = page(visitor, f"/accounts/acc_1?as_of={as_of}", **{"HX-Target": "account-card"})

    assert html.lstrip().startswith("<section")
    assert said in html
    assert "How it stands" in html


def test_every_tile_and_every_term_opens_its_definition(visitor, northwind):
    html = page(visitor)

    links = set(re.findall(r'href="(/cards/account/\w+)"', html))

    assert len(links) == len(account_columns())
    said = page(visitor, "/cards/account/days_since_seen")
    assert "How long has it been quiet?" in said
    assert 'href="/cards/account/last_seen_on"' in said
    assert "tenure.card/sql/card_use.sql" in said
    assert visitor.get("/cards/account/nonsense").status_code == 404
    assert visitor.get("/cards/person/role").status_code == 200
    assert visitor.get("/cards/planet/role").status_code == 404


def test_somebody_who_is_not_known_is_not_found(visitor):
    assert visitor.get("/people/nobody").status_code == 404


def test_accounts_are_filtered_by_stage_and_segment_and_show_their_signals(
    home, visitor, northwind
):
    AccountCard.objects.create(account_id="acc_2", name="Bakery", status="paying", values={})
    SegmentMember.objects.create(
        segment="signal_gone_quiet", over="account", subject_id="acc_1", entered_at=LONG_AGO
    )
    raised(home, 3)

    for query in ("stage=fading", "in=signal_gone_quiet", "stage=fading&in=signal_gone_quiet"):
        html = page(visitor, f"/accounts?{query}")
        assert "Northwind" in html
        assert "Bakery" not in html
    assert "Bakery" not in page(visitor, "/accounts?in=no-such-segment")
    html = page(visitor, "/accounts?sort=-signals&stage=nonsense")
    assert html.index("Northwind") < html.index("Bakery")
    assert '<a href="/signals?account=acc_1">3<' in html
    reply = visitor.get("/accounts.csv?stage=fading")
    exported = b"".join(reply.streaming_content).decode().splitlines()
    assert exported[0].split(",")[:5] == ["account_id", "name", "status", "stage", "mrr_minor"]
    assert len(exported) == 2
