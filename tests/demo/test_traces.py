"""What Fernhill leaves behind beside its use is true of who leaves, and noisy; nothing else changed."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tenure.demo import doing, going, saying, widget
from tenure.demo.catalogue import OUTCOMES

PAGE = Path(__file__).parents[2] / "docs" / "demo.md"


@pytest.fixture(scope="module")
def notices(fernhill):
    """(account, instant) of every notice that names an end."""
    return fernhill.rows(
        "select account_key, effective_at from fact where kind = 'notice' and ends_at is not null"
    )


@pytest.fixture(scope="module")
def lives(fernhill):
    """Account-months with a subscription that is paid for, about."""
    return fernhill.rows(
        """
        select sum(date_diff('day', starts_at, least(ends_at, timestamptz '2025-06-18'))) / 30.0
        from (
            select
                subscription_id,
                min(effective_at) filter (where status = 'active') as starts_at,
                coalesce(
                    min(effective_at) filter (where kind = 'end' and version_key is null),
                    timestamptz '2025-06-18'
                ) as ends_at
            from fact group by 1
        )
        """
    )[0][0]


def shares(fernhill, notices, lives, name, days):
    """Share of notices with such an event in the days before; rate a month of all the others."""
    seen = fernhill.rows("select account_key, occurred_at from event where name = $name", name=name)
    before = {
        (account, at)
        for account, at in notices
        for other, seen_at in seen
        if account == other and timedelta() < at - seen_at <= timedelta(days)
    }
    led = {
        (account, at)
        for account, at in seen
        for other, notice_at in notices
        if account == other and timedelta() < notice_at - at <= timedelta(days)
    }
    return len(before) / len(notices), (len(set(seen)) - len(led)) / lives


@pytest.mark.parametrize(
    ("name", "at_least", "noise_at_most"),
    [
        ("Cancel Button Hovered", 0.45, 0.03),
        ("Export Help Viewed", 0.08, 0.01),
        ("Auto Renewal Turned Off", 0.02, 0.005),
    ],
)
def test_who_leaves_shows_it_before_and_others_do_so_for_no_reason(
    fernhill, notices, lives, name, at_least, noise_at_most
):
    share, noise = shares(fernhill, notices, lives, name, 45)

    assert at_least < share < 0.9
    assert 0 < noise < noise_at_most


def test_what_has_nothing_to_do_with_leaving_is_no_warning(fernhill, notices, lives):
    share, noise = shares(fernhill, notices, lives, "Invoice Template Edited", 30)

    assert noise * 0.3 < share + 0.01 < noise * 3 + 0.01


def test_the_checklist_comes_only_after_a_notice(fernhill):
    early = fernhill.rows(
        """
        select count(*) from event where name = 'Farewell Checklist Viewed' and not exists (
            select 1 from fact where kind = 'notice'
                and fact.account_key = event.account_key and effective_at < occurred_at
        )
        """
    )
    assert early == [(0,)]


def test_outcomes_are_stated_at_signup_mostly_truly_and_mended_later(fernhill):
    stated = dict(
        fernhill.rows(
            "select account_key, json_extract_string(properties, '$.required_outcome') from event "
            "where type = 'group' and json_extract_string(properties, '$.required_outcome') <> ''"
        )
    )
    later = dict(
        fernhill.rows(
            "select account_key, json_extract_string(properties, '$.outcome') from event "
            "where name = 'Outcome Stated'"
        )
    )
    true = {row["account"]: row["required_outcome"] for row in fernhill.truth["accounts"]}
    wrong = [account for account, outcome in stated.items() if outcome != true[account]]

    assert set(stated.values()) == set(OUTCOMES)
    assert 0.85 < len(stated) / len(true) < 0.95
    assert 0.10 < len(wrong) / len(stated) < 0.20
    assert later and all(outcome == true[account] for account, outcome in later.items())
    assert 0.2 < sum(account in later for account in wrong) / len(wrong) <= 1


def test_a_widget_is_alive_once_a_day_at_most_and_not_after_the_end(fernhill):
    twice = fernhill.rows(
        "select account_key, occurred_at::date from event where name = 'Widget Alive' "
        "group by all having count(*) > 2"  # a day of ours may hold two of theirs
    )
    late = fernhill.rows(
        """
        with ended as (
            select account_key, max(effective_at) as at from fact
            where kind = 'end' and version_key is null group by 1
        ),
        began as (select account_key, max(effective_at) as at from fact where kind = 'start' group by 1)
        select count(*) from event join ended using (account_key) join began using (account_key)
        where name = 'Widget Alive' and began.at < ended.at and occurred_at > ended.at
        """
    )
    owners, beats = fernhill.rows(
        "select count(distinct account_key), count(*) from event where name = 'Widget Alive'"
    )[0]

    assert twice == []
    assert late == [(0,)]
    assert owners > 30 and beats > 50 * owners


def test_some_take_the_widget_out_before_they_say_that_they_go(fernhill, notices):
    last = dict(
        fernhill.rows(
            "select account_key, max(occurred_at) from event where name = 'Widget Alive' group by 1"
        )
    )
    early = [
        account
        for account, at in notices
        if account in last and timedelta(1) < at - last[account] < timedelta(15)
    ]

    assert len(early) >= 3


def test_mail_comes_back_from_people_who_have_left_and_now_and_then_from_others(fernhill):
    rows = fernhill.rows(
        """
        with gone as (
            select user_id, min(occurred_at) as at from event
            where name = 'Account Removed User' group by 1
        )
        select gone.at is not null and gone.at < occurred_at as has_left, count(*)
        from event left join gone using (user_id) where name = 'Email Bounced' group by 1
        """
    )
    counts = dict(rows)

    assert counts[True] > 2 * counts[False] > 0


def test_a_card_that_expired_is_why_some_charges_failed_and_good_cards_never_look_expired(fernhill):
    rows = fernhill.rows(
        """
        select kind, json_extract_string(attributes, '$.attempt')::int,
            effective_at::date, json_extract_string(attributes, '$.card_expires_on')::date
        from fact where kind like 'payment%' and attributes like '%card_expires_on%'
        """
    )
    failed = [
        expires < on
        for kind, attempt, on, expires in rows
        if kind == "payment_failed" and attempt == 1
    ]
    paid = [
        expires < on - timedelta(1) for kind, _, on, expires in rows if kind == "payment_succeeded"
    ]

    assert 0.25 < sum(failed) / len(failed) < 0.65
    assert sum(paid) == 0
    assert (
        fernhill.rows(
            "select count(*) from fact where kind = 'payment_succeeded' and attributes not like '%card_expires_on%'"
        )[0][0]
        > 0
    )


def test_people_turn_up_at_their_next_employer(fernhill):
    moved = fernhill.rows(
        "select user_id, account_key, min(occurred_at) from event "
        "where user_id is not null and not starts_with(user_id, account_key) group by all"
    )
    removed = dict(
        fernhill.rows(
            "select user_id, min(occurred_at) from event "
            "where name = 'Account Removed User' group by 1"
        )
    )

    assert len(moved) >= 5
    assert all(removed[user] < at for user, _, at in moved)


def test_all_that_is_said_is_said_in_the_three_languages(fernhill):
    from tenure.signals.words import cancel_intent, closing

    said = fernhill.rows(
        "select json_extract_string(properties, '$.text') from event "
        "where type = 'ticket' and name = 'Ticket Opened' or name = 'Call Logged'"
    )
    texts = [text for (text,) in said]
    languages = {match.language for text in texts if (match := cancel_intent(text))}

    assert languages == {"en", "zh-Hans", "zh-Hant"}
    assert any(closing(text) for text in texts)
    assert sum(cancel_intent(text) is None for text in texts) > 0.5 * len(texts)


def test_active_projects_only_grow_and_some_come_near_the_limit(fernhill):
    rows = fernhill.rows(
        "select account_key, occurred_at, json_extract(properties, '$.active_projects')::int "
        "from event where name = 'Usage Reported' order by all"
    )
    by_account = {}
    for account, _, projects in rows:
        by_account.setdefault(account, []).append(projects)

    assert all(values == sorted(set(values)) for values in by_account.values())
    assert sum(max(values) >= 12 for values in by_account.values()) >= 10


def test_the_page_names_every_share_and_rate_that_is_drawn():
    text = PAGE.read_text("utf-8")
    numbers = [
        doing.STATES_OUTCOME, doing.STATES_ANOTHER, saying.WRITES, saying.SAYS_BY_PHONE, saying.TALKS,
        saying.GOES_SILENT, going.MAIL_COMES_BACK, going.IS_DEACTIVATED, going.TAKES_US_ALONG,
        widget.EMBEDS, widget.TAKES_IT_OUT,
    ]  # fmt: skip
    section = text.split("### 8.")[1].split("\n## ")[0]

    for number in numbers:
        assert f"{round(100 * number)} %" in section, number
    for name in (*doing.PRECURSORS, *doing.UNRELATED):
        assert f"`{name}`" in section


def test_telling_until_a_day_before_changes_no_trace_that_was_told(fernhill):
    assert fernhill.rows(
        "select count(*) from event where occurred_at >= $until",
        until=datetime(2025, 6, 18, tzinfo=UTC),
    ) == [(0,)]
    assert np.all(
        np.array([row["left_at"][:10] for row in fernhill.truth["leavings"]])
        <= str(date(2025, 6, 18))
    )
