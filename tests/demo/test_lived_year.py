"""`tenure demo`, whose customers have come to the way out for a year: what the home then holds."""

import json
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.billing.models import BillingChange
from tenure.demo.commands import demo
from tenure.lake.reading import reading
from tenure.messages.models import Message
from tenure.offboard.log_checking import verify_log
from tenure.offboard.models import LogEntry, Visit, VisitOutcome
from tenure.offboard.report import report
from tenure.proof.models import Assignment
from tenure.reasons.models import ReasonRecord
from tenure.saves.models import Commitment, Save, SaveCheck
from tenure.tasks.models import Task

OPTIONS = ["--accounts", "260", "--months", "15", "--seed", "3", "--events-scale", "0.05"]


def tell(*more):
    result = CliRunner().invoke(demo, [*OPTIONS, *more], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stderr


def counts():
    held = (Visit, VisitOutcome, Save, SaveCheck, Commitment, BillingChange, Message, LogEntry)
    return {model.__name__: model.objects.count() for model in held}


def visits_are_as_they_were_lived(truth, told, visits):
    assert set(visits) == set(told)
    assert len(visits) > 20
    for visit_id, visit in visits.items():
        row = told[visit_id]
        assert (visit.account_id, visit.arm) == (row["account"], row["arm"])
        assert abs(visit.opened_at - datetime.fromisoformat(row["at"])) < timedelta(hours=1)
        # Who accepted, and cancelled afterwards, has cancelled.
        assert visit.outcome in {row["outcome"], "canceled"}
        assert visit.steps

    assert Assignment.objects.count() == len({row["account"] for row in truth["visits"]})
    for assignment in Assignment.objects.all():
        assert {v.arm for v in visits.values() if v.account_id == assignment.account_id} == {
            assignment.arm
        }


def changes_were_done_and_read_back_at_once():
    # Every change of billing was done, and read back as it was promised, at that moment.
    changes = list(BillingChange.objects.all())
    assert changes
    for change in changes:
        assert (change.standing, change.counts, change.differs) == ("done", True, [])
        assert abs(change.read_back_at - change.asked_at) < timedelta(minutes=1)


def saves_are_what_became_of_them(home, now, truth, told):
    saves = list(Save.objects.filter(kind="save"))
    accepted = [row for row in told.values() if row["offer"]]
    assert Counter(save.offer for save in saves) == Counter(row["offer"] for row in accepted)
    left_at = {}
    for row in truth["leavings"]:
        left_at[row["subscription_id"]] = datetime.fromisoformat(row["left_at"]).date()
    for save in saves:
        ended_on = left_at.get(save.subscription_id, date.max)
        if save.status == "kept":
            assert ended_on >= save.opened_on + timedelta(days=180)
        if ended_on <= now.date() and ended_on < save.opened_on + timedelta(days=180):
            assert save.status == "lost"
        assert save.mrr_before_minor > 0
    answered = SaveCheck.objects.filter(seen_at__isnull=False, save_of__kind="save")
    assert {7, 30, 90} <= set(answered.values_list("at_days", flat=True))
    with reading(home) as reader:
        pauses = reader.relation("pause_span").to_pylist()
    for save in saves:
        if save.offer_kind == "pause":
            starts_on = date.fromisoformat(save.terms["starts_on"])
            assert save.status == "lost" or any(
                row["account_id"] == save.account_id
                and abs(row["pauses_on"] - starts_on) <= timedelta(1)
                for row in pauses
            )


def what_was_owed_was_worked_on(now, visits):
    # What was owed was kept or broken in time, and its tasks were worked on.
    assert Counter(Commitment.objects.values_list("standing", flat=True))["kept"] > 0
    assert all(
        each.due_on >= now.date() - timedelta(1)
        for each in Commitment.objects.filter(standing="open")
    )
    done = Task.objects.filter(key__startswith="save:", status="done")
    assert all(task.created_at < now - timedelta(hours=1) for task in done)
    receipts = Message.objects.filter(purpose="receipt")
    assert receipts.count() == VisitOutcome.objects.count()
    assert set(receipts.values_list("status", flat=True)) == {"sent"}
    assert verify_log(settings.SECRET_KEY).problems == []
    stated = ReasonRecord.objects.filter(source="stated").exclude(visit_id="")
    assert set(stated.values_list("visit_id", flat=True)) <= set(visits)
    assert stated.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_new_home_tells_a_true_story_of_a_year_of_leaving(home):
    now = system_clock()
    tell()
    truth = json.loads(home.truth_file.read_text("utf-8"))
    told = {row["visit"]: row for row in truth["visits"]}
    visits = {each.visit_id: each for each in Visit.objects.all()}

    visits_are_as_they_were_lived(truth, told, visits)
    changes_were_done_and_read_back_at_once()
    saves_are_what_became_of_them(home, now, truth, told)
    what_was_owed_was_worked_on(now, visits)

    found = report(home, None, now.date() + timedelta(1), now=now)
    assert found.counts.visits == len(visits)
    assert found.ratio is None or not found.ratio.is_alarm

    # Told again, nothing is lived twice.
    before = counts()
    tell()
    assert counts() == before
