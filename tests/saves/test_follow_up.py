"""What the owner of an account does after a save, and when."""

from datetime import date

import pytest
from django.contrib.auth import get_user_model

from card.card_worlds import day
from tenure.saves.commitments import Promise, promise
from tenure.saves.follow_up import DAYS, Going, follow_up, headline, steps
from tenure.saves.models import Applying, Save, SaveCheck, Status
from tenure.saves.opening import note_leaving, open_save
from tenure.saves.watching import watch_commitments
from tenure.tasks.models import Task
from tenure.tasks.work import assign, open_task

pytestmark = pytest.mark.django_db
TODAY = date(2025, 3, 12)


def saved(kind: str = "training", terms: dict | None = None) -> Save:
    return open_save(
        visit_id="v1", account_id="acme", subscription_id="s1", offer=kind, kind=kind,
        terms=terms or {}, reason="not_adopted", cost_minor=0, promised_by="ada", change_key="",
        mode="live", now=day(40.5),
    )  # fmt: skip


def tasks() -> list[Task]:
    return list(Task.objects.filter(key__startswith="save:").order_by("pk"))


def check(save: Save, **found) -> SaveCheck:
    values = {"is_active": True, "is_paying": True, "is_paused": False, "price_minor": 1000}
    return SaveCheck(save_of=save, at_days=30, due_on=TODAY, seen_at=day(71), **(values | found))


def test_there_is_one_task_for_each_day_of_the_timetable(home):
    saved()
    for number in range(40, 200):
        follow_up(home, day(number))

    days = [task.because["day"] for task in tasks()]
    assert days == list(DAYS)
    assert [(task.created_at - day(40)).days for task in tasks()] == list(DAYS)


def test_who_was_not_looked_at_for_weeks_gets_the_last_task_alone(home):
    saved()

    assert follow_up(home, day(40 + 33)) == 1
    assert [task.because["day"] for task in tasks()] == [30]
    assert follow_up(home, day(40 + 50)) == 0


def test_a_task_goes_to_whoever_looked_after_the_account_last(home):
    saved()
    olga = get_user_model().objects.create(username="olga")
    task = open_task(
        title="Call them", because={"kind": "person"}, account_id="acme", now=day(20), by="olga"
    )
    assign(task, olga, now=day(20), by="olga")

    follow_up(home, day(43))

    assert tasks()[0].owner == olga
    assert tasks()[0].title == "Day 3 after acme stayed: see that it goes well"
    assert tasks()[0].checklist[0]["text"] == (
        "See that the training has a day, and that the right people come"
    )


def test_when_they_have_left_nobody_has_to_do_it_any_more(home):
    saved()
    follow_up(home, day(43))
    note_leaving(account_id="acme", now=day(44))

    follow_up(home, day(44))
    follow_up(home, day(60))

    assert [(task.status, task.outcome_text) for task in tasks()] == [
        ("dropped", "They have left.")
    ]


def test_when_they_were_kept_nobody_has_to_do_it_any_more(home):
    save = saved()
    follow_up(home, day(43))
    Save.objects.filter(pk=save.pk).update(status=Status.KEPT)

    follow_up(home, day(44))

    assert tasks()[0].outcome_text == "They were kept."


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"is_outcome_reached": False}, "they do not reach what they bought us for"),
        ({"is_paying": False}, "their payment has not come"),
        ({"promised_minor": 800}, "they pay more than we promised"),
        ({"is_paying": False, "is_paused": True}, "see that it goes well"),
        ({"is_outcome_reached": True, "promised_minor": 1000}, "see that it goes well"),
    ],
)
def test_the_headline_says_what_is_not_going_well(home, found, said):
    save = saved()

    assert headline(Going(save, TODAY, check(save, **found))) == said


def test_our_own_failures_come_before_theirs(home):
    save = saved()
    owed = promise(
        [
            Promise(side="them", text="Attend", due_on=date(2025, 2, 20)),
            Promise(side="us", text="Mend the import", due_on=date(2025, 2, 22)),
        ],
        save=save, now=day(40.5), by="ada",
    )  # fmt: skip
    watch_commitments(home, day(60))
    owed = [type(each).objects.get(pk=each.pk) for each in owed]
    save.applying = Applying.REFUSED

    going = Going(save, TODAY, check(save, is_outcome_reached=False), owed)
    assert headline(going) == "billing does not show what we promised"
    said = steps(going, 30)
    assert said[1].startswith("Do what we promised")
    assert said[2].startswith("Find the step")


def test_a_pause_that_ends_soon_is_prepared(home):
    save = saved("pause", {"starts_on": "2025-02-10", "resumes_on": "2025-03-20"})

    assert headline(Going(save, TODAY)) == "their pause ends on 2025-03-20"
    assert headline(Going(save, date(2025, 3, 1))) == "see that it goes well"
    assert steps(Going(save, date(2025, 2, 13)), 3) == [
        "Leave them in peace; see that nothing is billed"
    ]
