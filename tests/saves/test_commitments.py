"""What each side promised: kept by its event, broken after its day, never a condition of leaving."""

import json
from datetime import date, timedelta

import pytest
from django.contrib.auth import get_user_model

from card.card_worlds import day
from customers.arriving import arrive, events
from tenure.base.errors import InvalidInput
from tenure.customers.models import Person
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.lake.shipping import ship
from tenure.messages.models import Message, SuppressedAddress
from tenure.offers.accepting import accept
from tenure.offers.choosing import ShownOffer
from tenure.reasons.inferring import infer
from tenure.reasons.inferring_subjects import Subject
from tenure.saves.commitments import Promise, promise
from tenure.saves.commitments_listed import commitments_now
from tenure.saves.models import Commitment, Save, Standing
from tenure.saves.opening import note_leaving, open_save
from tenure.saves.reminders import intend_agreed, remind_on
from tenure.saves.watching import let_go, say_kept, task_key, watch_commitments
from tenure.tasks.models import Task
from tenure.tasks.work import close

pytestmark = pytest.mark.django_db
PROMISED = day(40.5)  # 2025-02-10
DUE_ON = date(2025, 2, 24)


def saved(visit: str = "v1", **terms) -> Save:
    return open_save(
        visit_id=visit, account_id="acme", subscription_id="s1", offer="training",
        kind=terms.pop("kind", "training"), terms=terms, reason="not_adopted", cost_minor=0,
        promised_by="ada", change_key="", mode="live", now=PROMISED,
    )  # fmt: skip


def promised(side: str = "them", event: str = "Training Attended", **said) -> Commitment:
    values = {"side": side, "text": "Attend the training", "due_on": DUE_ON, "event": event}
    return promise([Promise(**{**values, **said})], save=saved(), now=PROMISED, by="ada")[0]


def happened(home, text: str) -> None:
    arrive(home, events(text))


def again(commitment: Commitment) -> Commitment:
    return Commitment.objects.get(pk=commitment.pk)


def test_promising_the_same_again_is_the_same_commitment(home):
    first, second = promised(), promised()

    assert first.pk == second.pk and Commitment.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"side": "both"}, "side: 'both' is none; use us or them"),
        ({"text": " "}, "text: '' has 0 characters; write 1 to 1000"),
        ({"due_on": date(2025, 1, 1)}, "due_on: 2025-01-01 is over"),
    ],
)
def test_promising_names_what_is_wrong(home, said, problem):
    with pytest.raises(InvalidInput, match=problem):
        promised(**said)


def test_it_is_kept_by_the_first_event_of_the_account_after_it_was_promised(home):
    commitment = promised()
    happened(
        home,
        """
        day 39  track  ada @acme  Training Attended
        day 45  track  bob @acme  Training Attended
        day 50  track  ada @acme  Training Attended
        day 44  track  eve @other  Training Attended
        """,
    )

    assert watch_commitments(home, day(46)).kept == 1
    kept = again(commitment)
    assert (kept.standing, kept.kept_at) == (Standing.KEPT, day(45))
    assert kept.kept_by == "day 45  track  bob @acme  Training Attended"
    assert kept.broken_on is None and not kept.is_late


def test_on_the_day_itself_only_what_came_after_the_promise_counts(home):
    commitment = promised()
    happened(home, "day 40.4  track  ada @acme  Training Attended")
    watch_commitments(home, day(42))
    assert again(commitment).standing == Standing.OPEN

    happened(home, "day 40.6  track  ada @acme  Training Attended")
    watch_commitments(home, day(42))
    assert again(commitment).kept_at == day(40.6)


def test_after_its_day_it_is_broken_with_a_task_and_kept_late_stays_broken(home):
    commitment = promised()

    assert watch_commitments(home, day(54)).broken == 0  # its last day
    assert watch_commitments(home, day(55)).broken == 1
    assert watch_commitments(home, day(55)).broken == 0
    task = Task.objects.get(key=f"{task_key(commitment)}:broken")
    assert task.is_open and task.account_id == "acme"
    assert again(commitment).broken_on == DUE_ON + timedelta(days=1)

    happened(home, "day 57  track  ada @acme  Training Attended")
    watch_commitments(home, day(58))
    kept = again(commitment)
    assert kept.standing == Standing.KEPT and kept.is_late
    task.refresh_from_db()
    assert not task.is_open


def test_an_event_that_is_told_late_keeps_what_looked_broken(home):
    commitment = promised()
    watch_commitments(home, day(56))
    assert again(commitment).standing == Standing.BROKEN

    happened(home, "day 53  track  ada @acme  Training Attended")
    watch_commitments(home, day(57))
    assert again(commitment).standing == Standing.KEPT and not again(commitment).is_late


def test_ours_has_a_task_for_its_owner_before_it_is_due_and_is_the_loudest_when_broken(home):
    owner = get_user_model().objects.create(username="olga")
    theirs = promised()
    ours = promise(
        [Promise(side="us", text="Mend the import", due_on=DUE_ON, owner=owner)],
        save=theirs.save_of, now=PROMISED, by="ada",
    )[0]  # fmt: skip

    watch_commitments(home, day(41))
    task = Task.objects.get(key=task_key(ours))
    assert (task.owner, task.due_on) == (owner, DUE_ON - timedelta(days=3))
    assert not Task.objects.filter(key=task_key(theirs)).exists()

    watch_commitments(home, day(60))
    listed = commitments_now()
    assert [each["side"] for each in listed] == ["us", "them"]
    broken = Task.objects.get(key=f"{task_key(ours)}:broken")
    assert broken.title == "We broke our word (due 2025-02-24): Mend the import"


def test_what_no_event_shows_is_kept_when_its_task_was_done_or_somebody_says_so(home):
    ours = promised(side="us", event="")
    watch_commitments(home, day(41))
    close(Task.objects.get(key=task_key(ours)), "helped", now=day(43), by="olga")
    watch_commitments(home, day(44))
    assert (again(ours).standing, again(ours).kept_by) == (Standing.KEPT, "olga")

    other = promise(
        [Promise(side="them", text="Ask the boss", due_on=DUE_ON)],
        account_id="acme", now=PROMISED, by="olga",
    )[0]  # fmt: skip
    told = say_kept(other, now=day(45), by="olga", today=date(2025, 2, 15))
    assert (told.standing, told.kept_by) == (Standing.KEPT, "olga")
    assert let_go(told, "no longer needed").standing == Standing.KEPT


@pytest.mark.parametrize("side", ["us", "them"])
@pytest.mark.parametrize("is_broken", [True, False])
def test_leaving_asks_for_nothing_that_was_promised_and_lets_it_go(home, side, is_broken):
    commitment = promised(side=side)
    watch_commitments(home, day(56 if is_broken else 41))

    lost = note_leaving(account_id="acme", subscription_id="s1", now=day(57))

    assert lost == 1
    watch_commitments(home, day(57))
    expected = Standing.BROKEN if is_broken else Standing.RELEASED
    assert again(commitment).standing == expected
    assert is_broken or not Task.objects.filter(status="open").exists()


def test_nothing_that_decides_about_leaving_knows_of_commitments():
    import tenure.billing
    import tenure.offboard.deciding
    import tenure.offboard.outcomes
    import tenure.offboard.passage

    for module in (
        tenure.offboard.passage, tenure.offboard.outcomes, tenure.billing,
    ):  # fmt: skip
        assert not {"Commitment", "watch_commitments", "Standing"} & set(vars(module))


def test_they_are_reminded_once_by_mail_of_what_they_planned_and_of_what_we_owe(home):
    Person.objects.create(person_id="ada", email="ada@acme.example", created_at=day(1),
                          first_seen_at=day(1))  # fmt: skip
    commitment = promised(person_id="ada")
    promise(
        [Promise(side="us", text="Mend the import", due_on=date(2025, 2, 28))],
        save=commitment.save_of, now=PROMISED, by="ada",
    )  # fmt: skip

    assert intend_agreed(home, day(50)) == 0
    assert intend_agreed(home, day(51)) == 1
    assert intend_agreed(home, day(52)) == 0
    mail = Message.objects.get()
    assert (mail.purpose, mail.recipient) == ("agreed", "ada@acme.example")
    assert mail.subject == "Until Feb. 24, 2025: Attend the training"
    assert "What: Attend the training" in mail.text
    assert "* Mend the import (Feb. 28, 2025)" in mail.text
    assert "You can leave at any time, done or not." in mail.text
    assert "Attend the training" in mail.html and 'dir="ltr"' in mail.html


def test_who_did_it_already_or_wants_no_mail_is_not_reminded(home):
    commitment = promised(email="ada@acme.example")
    happened(home, "day 45  track  ada @acme  Training Attended")
    watch_commitments(home, day(46))
    assert intend_agreed(home, day(52)) == 0

    SuppressedAddress.objects.create(address="bob@acme.example", because="asked", since_at=day(1))
    second = promise(
        [Promise(side="them", text="Invite the team", due_on=DUE_ON, email="bob@acme.example")],
        save=commitment.save_of, now=PROMISED, by="ada",
    )  # fmt: skip
    assert second and intend_agreed(home, day(52)) == 1
    assert Message.objects.get().status == "suppressed"


def test_the_reminder_comes_three_days_before_or_halfway():
    on = lambda days: remind_on(  # noqa: E731
        Commitment(due_on=date(2025, 2, 10) + timedelta(days=days)), date(2025, 2, 10)
    )

    assert [on(14), on(4), on(0)] == [date(2025, 2, 21), date(2025, 2, 12), date(2025, 2, 10)]


def test_our_broken_word_is_the_reason_that_is_inferred_when_they_leave(home):
    """The whole way: promised, its day over, told to the lake, and read there by `reasons`."""
    promised(side="us", event="", text="We set it up with you")
    happened(home, "day 20  track  ada @acme  Report Exported")
    broken_at = day(56)  # 2025-02-26, two days after its day
    watch_commitments(home, broken_at)
    inbox = open_inbox(home)
    try:
        ship(home, inbox, {}, lambda batch, rows: None, broken_at)
    finally:
        inbox.close()
    refresh(home, broken_at)

    with reading(home) as reader:
        told = [row for row in reader.relation("event").to_pylist() if row["type"] == "offboard"]
        found = infer(reader, [Subject("acme", day(70), date(2025, 1, 1))])
        before = infer(reader, [Subject("acme", day(54), date(2025, 1, 1))])

    assert [row["name"] for row in told] == ["Commitment Broken"]
    assert json.loads(told[0]["properties"])["side"] == "us"
    [promise_broken] = [each for each in found if each.code == "promise_not_kept"]
    assert "We set it up with you" in str(promise_broken.evidence)
    assert "promise_not_kept" not in {each.code for each in before}


def test_what_they_did_not_do_is_no_broken_word_of_ours(home):
    promised(side="them", event="")
    happened(home, "day 20  track  ada @acme  Report Exported")
    watch_commitments(home, day(56))
    inbox = open_inbox(home)
    try:
        ship(home, inbox, {}, lambda batch, rows: None, day(56))
    finally:
        inbox.close()
    refresh(home, day(56))

    with reading(home) as reader:
        found = infer(reader, [Subject("acme", day(70), date(2025, 1, 1))])

    assert "promise_not_kept" not in {each.code for each in found}


def test_the_end_of_a_pause_is_told_in_the_language_of_the_visit(home):
    Person.objects.create(person_id="ada", email="ada@acme.example", created_at=day(1),
                          first_seen_at=day(1))  # fmt: skip
    shown = ShownOffer(
        "pause", "pause", 1.0,
        {
            "months": 2, "starts_on": "2025-03-01", "resumes_on": "2025-05-01",
            "reminder_on": "2025-04-24", "price_after_minor": 1000, "currency": "EUR",
        },
        "暂停", "暂停", "暂停", "暂停",
    )  # fmt: skip
    accept(
        shown, visit_id="v9", account_id="acme", subscription_id="s1", person_id="ada",
        now=PROMISED, language="zh-hans",
    )  # fmt: skip
    Save.objects.update(applying="read_back")

    assert intend_agreed(home, day(113)) == 1
    mail = Message.objects.get()
    assert 'lang="zh-hans"' in mail.html
    assert "2025年5月1日" in mail.text
    assert "Your pause" not in mail.subject + mail.text


def test_who_pauses_is_told_before_the_pause_ends(home):
    Person.objects.create(person_id="ada", email="ada@acme.example", created_at=day(1),
                          first_seen_at=day(1))  # fmt: skip
    save = saved(
        "v9", kind="pause", starts_on="2025-03-01", resumes_on="2025-05-01",
        reminder_on="2025-04-24", price_after_minor=1000,
    )  # fmt: skip
    Save.objects.filter(pk=save.pk).update(currency="EUR")

    assert intend_agreed(home, day(112)) == 0
    assert intend_agreed(home, day(113)) == 1
    assert intend_agreed(home, day(114)) == 0
    mail = Message.objects.get()
    assert mail.subject == "Your pause ends on May 1, 2025"
    assert "€10.00" in mail.text
