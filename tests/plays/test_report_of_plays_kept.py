"""The report of plays by weeks, and kept: counted here where they are few, apart where many."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.urls import reverse

from card.card_worlds import live
from customers.arriving import NOW
from tenure.base.errors import InvalidInput, Unavailable
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.lake.reading import reading
from tenure.measure.retained import Rates
from tenure.messages.models import Channel, Message, Purpose
from tenure.plays import lift_kept
from tenure.plays.http import report_of_plays
from tenure.plays.in_force import play_named
from tenure.plays.lift import plays_report
from tenure.plays.lift_json import lift_json
from tenure.plays.lift_parts import Entered, WeekArm
from tenure.plays.lift_rows import World, rows_of, rows_of_all
from tenure.plays.lift_weeks import WEEKS_MOST, Weeks
from tenure.plays.models import Enrolment
from tenure.proof.models import Assignment

AUCKLAND = ZoneInfo("Pacific/Auckland")
PLAY = """
title = "Reports"
topic = "tips"
[entry]
manual = true
[goal]
event = "Report Shared"
within_days = 30
[hold_out]
share = 0.5
[[step]]
name = "call"
task = { title = "Call" }
"""
WORLD = """
    day 1    group     ada @acme   {"name": "Acme"}
    day 1    group     bob @beta   {"name": "Beta"}
    day 1    group     cai @gamma  {"name": "Gamma"}
"""


def came(at: datetime, arm: str, reached: bool | None = None) -> Entered:
    return Entered(account_id="a", arm=arm, share=0.5, entered_at=at, reached=reached)


def test_a_week_begins_on_the_companys_monday_and_knows_only_whose_time_is_over() -> None:
    sunday = datetime(2026, 3, 1, 10, tzinfo=UTC)  # 23:00 on Sunday in Auckland
    weeks = Weeks(AUCKLAND)
    for each in (
        came(sunday, "treated", True),
        came(sunday + timedelta(hours=2), "treated", False),
        came(sunday + timedelta(hours=2), "treated", None),
        came(sunday + timedelta(hours=3), "hold_out", True),
    ):
        weeks.add(each)
    told = weeks.told({date(2026, 3, 9): 4}, date(2026, 3, 17))
    assert [week.first_on for week in told] == [date(2026, 2, 23) + timedelta(weeks=n)
                                                for n in range(4)]  # fmt: skip
    first, second, third, last = told
    assert (first.treated, first.held_out) == (WeekArm(1, 1, 1), WeekArm())
    assert (second.treated, second.treated.share) == (WeekArm(2, 1, 0), 0.0)
    assert second.held_out.share == 1.0
    assert (third.messages, third.treated.share) == (4, None)
    assert last == type(last)(date(2026, 3, 16), WeekArm(), WeekArm(), 0), "nothing, and told"
    # Half a year is told; of a play in which nothing ever happened, nothing.
    assert len(weeks.told({}, date(2027, 3, 17))) == WEEKS_MOST
    assert Weeks(AUCKLAND).told({}, date(2026, 3, 17)) == ()


@pytest.fixture
def lived(home):
    live(home, WORLD)
    files = pack({"play.toml": PLAY}, "play.toml", "plays/reports")
    put_in_force("play", "reports", files, now=NOW - timedelta(days=90), by="ada")
    for n, account_id in enumerate(("acme", "beta", "gamma")):
        came_in(account_id, account_id, NOW - timedelta(days=60 - n), n < 2)
    return home


def came_in(account_id: str, raw_id: str, at: datetime, is_treated: bool) -> None:
    Enrolment.objects.create(
        play="reports", digest="x", over="account", subject_id=account_id, account_id=account_id,
        raw_subject_id=raw_id, raw_account_id=raw_id, entry_key=at.isoformat(), at="call",
        arm="treated" if is_treated else "hold_out", share=0.5, entered_at=at,
    )  # fmt: skip


@pytest.mark.django_db
def test_the_report_is_counted_here_where_few_came_in_and_kept_until_there_is_news(lived) -> None:
    first = lift_kept.report_kept(lived, NOW)
    [reports] = first.report.plays
    assert (reports.treated, reports.held_out, first.is_counting) == (2, 1, False)
    assert lift_kept.report_kept(lived, NOW).written is first.written
    came_in("delta", "delta", NOW, True)
    assert lift_kept.report_kept(lived, NOW).report.plays[0].treated == 3
    # It went out on a Thursday, seven weeks ago; one that was withheld did not go out.
    for number, status in enumerate(("sent", "suppressed")):
        at = NOW - timedelta(weeks=7)
        Message.objects.create(
            key=str(number), play="reports", status=status, purpose=Purpose.PLAY, next_at=at,
            channel=Channel.MAIL, recipient="a@b.example", intended_at=at, sending_at=at,
        )  # fmt: skip
    [told] = plays_report(lived, NOW).plays
    weeks = {each["week_from"]: each for each in lift_json(told)["weeks"]}
    assert weeks["2025-11-10"]["messages_out"] == 1
    assert weeks["2025-10-27"]["treated"]["entered"] == 1
    assert weeks["2025-10-27"]["treated"]["goal_share"] == 0.0


@pytest.mark.django_db
def test_many_are_counted_apart_and_what_was_counted_last_is_told_with_its_time(lived) -> None:
    written = lift_kept.Written(plays_report(lived, NOW), NOW)
    file = lift_kept.file_of(lived, "")
    lift_kept.write_report(file, written)
    assert msgspec.json.decode(file.read_bytes(), type=lift_kept.Written) == written
    begun: list[list[str]] = []

    def begin(file, command, env) -> bool:
        begun.append([*command[1:], env["TENURE_HOME"]])
        return True

    def asked(after: timedelta) -> lift_kept.Kept:
        return lift_kept.report_kept(lived, NOW + after, here_at_most=0, begin=begin)

    assert (asked(timedelta(minutes=9)), begun) == (lift_kept.Kept(written), [])
    # Older: told all the same, while a process of its own counts.
    assert asked(timedelta(hours=1)) == lift_kept.Kept(written, is_counting=True)
    assert begun == [["-m", lift_kept.MODULE, str(file), "", str(lived.root)]]
    # Where that fails it is counted here.
    here = lift_kept.report_kept(
        lived, NOW + timedelta(hours=2), here_at_most=0, begin=lambda *_: False
    )
    assert (here.written.counted_at, here.is_counting) == (NOW + timedelta(hours=2), False)


@pytest.mark.parametrize("currency", ["eur", "EURO", "EUR\n", "--help", "\0"])
def test_what_is_no_currency_is_refused_before_anything_is_counted(rf, currency: str) -> None:
    with pytest.raises(InvalidInput, match="is no currency"):
        report_of_plays(rf.get("/"), currency=currency)


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_not_counted_yet_is_asked_for_again(lived, visitor, rf) -> None:
    said = report_of_plays(rf.get("/"))
    assert said["counted_at"] and [each["play"] for each in said["plays"]] == ["reports"]
    # The other process finds no database of ours, and ends; until then all say that it counts.
    Enrolment.objects.filter(account_id="acme").update(id=lift_kept.HERE_AT_MOST + 1)
    with pytest.raises(Unavailable, match="ask again in a minute"):
        report_of_plays(rf.get("/"))
    page = visitor.get(reverse("play", args=["reports"])).content.decode()
    assert "counted apart" in page and 'id="replay-title"' in page
    assert "counted apart" in visitor.get(reverse("plays")).content.decode()


@pytest.mark.django_db
def test_of_merged_accounts_the_arm_that_was_met_first_counts_in_the_long_term_too(lived) -> None:
    # Beta was merged into Acme after both came in; Beta had been met by the long-term hold-out.
    Enrolment.objects.filter(account_id="beta").update(account_id="acme", subject_id="acme")
    arms = (("beta", "hold_out", 0.05, 70), ("acme", "treated", 0.95, 60))
    for account_id, arm, share, days in arms:
        Assignment.objects.create(
            experiment="plays", account_id=account_id, arm=arm, share=share,
            exposed_at=NOW - timedelta(days=days),
        )  # fmt: skip
    with reading(lived) as reader:
        world = World(lived, reader, Rates(reader, "EUR"), NOW)
        [acme] = rows_of_all(world, [play_named("reports")])
        assert (acme.account_id, acme.arm, acme.share) == ("acme", "hold_out", 0.05)
        assert [each.account_id for each in rows_of(world, play_named("reports"))] == [
            "acme", "gamma",
        ]  # fmt: skip
