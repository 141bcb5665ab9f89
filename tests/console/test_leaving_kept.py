"""Figures of leaving that are kept: counted once for each state, many of them in another process."""

import os
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from console_home import run

from tenure.console.pages.leaving import kept
from tenure.console.pages.leaving.count import Figures, count_figures
from tenure.offboard.models import Visit
from tenure.saves.models import Kind, Save, SaveCheck, Similar, Status

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
BEFORE = date(2026, 3, 11)


def visited(number: int) -> None:
    """One that accepted a training forty days ago, and pays still where the number is even."""
    at = NOW - timedelta(days=40)
    Visit.objects.create(
        visit_id=f"v{number}", account_id=f"a{number}", subscription_id=f"s{number}", arm="treated",
        share=0.8, language="en", opened_at=at, last_at=at, ended_at=at, reason="not_adopted",
        offers_shown=["training", "pause"], has_seen_offers=True, offer="training",
        decision="accepted", outcome="saved", billing="done",
    )  # fmt: skip
    save = Save.objects.create(
        key=f"save:v{number}", kind=Kind.SAVE, visit_id=f"v{number}", account_id=f"a{number}",
        offer="training", offer_kind="training", currency="EUR", cost_minor=1_000, paid_minor=5_000,
        opened_at=at, opened_on=at.date(), status=Status.PROVISIONAL, applying="read_back",
        gone_on=None if number % 2 == 0 else at.date() + timedelta(days=20),
    )  # fmt: skip
    SaveCheck.objects.create(
        save_of=save, at_days=30, due_on=at.date() + timedelta(days=30), is_active=True,
        is_paying=number % 2 == 0, is_leaving=False, seen_at=NOW,
    )  # fmt: skip
    Similar.objects.create(
        save_of=save, account_id=f"b{number}", subscription_id="s", from_on=at.date()
    )


def looked(home, at: datetime = NOW, **more) -> kept.Kept:
    return kept.kept_figures(home, None, BEFORE, now=at, **more)


@pytest.mark.django_db
def test_figures_are_counted_anew_only_when_there_is_news(home):
    visited(0)
    first = looked(home).figures
    assert first.report.counts.accepted == 1
    assert looked(home).figures is first

    visited(1)
    second = looked(home).figures
    assert second is not first
    assert second.report.counts.accepted == 2
    assert looked(home, NOW + timedelta(days=1)).figures is not second  # a day is news


@pytest.mark.django_db
def test_what_is_kept_of_offers_and_saves_is_what_is_there(home):
    for number in range(6):
        visited(number)
    figures = count_figures(home, None, BEFORE, now=NOW)

    [training] = figures.taken  # the pause was shown, and nobody took it
    assert (training.offer, training.accepted, training.kept) == ("training", 6, 3)
    assert (figures.over_at(30), figures.over_at(30, "training"), figures.over_at(180)) == (6, 6, 0)
    assert figures.standing == {"provisional": 6}
    [euros] = figures.money
    assert (euros.conceded_minor, euros.paid_minor) == (6_000, 30_000)
    [whole] = figures.survival_by("")
    month = next(point for point in whole.points if point.at_days == 30)
    # Three of six went on day 20, and everybody was watched for 40 days: the share is plain.
    assert month.share == pytest.approx(0.5)
    assert next(point.share for point in whole.similar if point.at_days == 30) == 1.0


@pytest.mark.django_db
def test_figures_that_are_written_down_are_read_as_they_were(home):
    visited(0)
    figures = count_figures(home, None, BEFORE, now=NOW)
    file = kept.folder(home) / "leaving-x.json"
    kept.write(file, kept.Written("state", figures))

    assert kept.read(file) == kept.Written("state", figures)
    assert isinstance(kept.read(file).figures, Figures)
    file.write_text('{"state": "of another version"}')
    assert kept.read(file) is None
    assert kept.read(file.with_name("leaving-y.json")) is None


@pytest.mark.django_db
def test_too_many_files_are_not_kept(home):
    visited(0)
    written = kept.Written("state", count_figures(home, None, BEFORE, now=NOW))
    for number in range(kept.FILES_KEPT + 3):
        file = kept.folder(home) / f"leaving-{number}.json"
        kept.write(file, written)
        os.utime(file, (number, number))
    kept.write(kept.folder(home) / "leaving-last.json", written)

    names = {each.name for each in kept.folder(home).iterdir()}
    assert len(names) == kept.FILES_KEPT
    assert "leaving-last.json" in names
    assert "leaving-0.json" not in names


def counted_elsewhere(home, seconds: float = 60) -> kept.Kept:
    """What is found once the other process is done."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = looked(home, here_at_most=0)
        if found.is_current:
            return found
        time.sleep(0.2)
    raise AssertionError("the other process did not end")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_many_visits_are_counted_in_another_process_and_where_that_fails_here(home):
    # The test's database is this process's own: the other finds none and fails, as one would whose
    # disk is full. Then the page counts here, and nobody waits for ever.
    visited(0)
    first = looked(home, here_at_most=0)

    assert (first.figures, first.is_current) == (None, False)
    assert counted_elsewhere(home).figures.report.counts.accepted == 1


@pytest.mark.slow
def test_the_other_process_writes_figures_in_the_reader_s_language(company_home, tmp_path):
    file = tmp_path / "leaving-1.json"
    run(company_home, sys.executable, "-m", kept.MODULE, str(file), "", "2030-01-01", "zh-hans")

    written = kept.read(file)
    assert written.state
    assert written.figures.report.counts.visits > 0  # the company has lived with the flow
    assert "尚无法判断" in written.figures.report.claims[0].sentence
