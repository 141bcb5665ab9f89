"""The ladder for the silent: mail, call, visit, owned by a person, and ended at the first no."""

import pytest

from reasons.reason_worlds import at
from reasons.review_worlds import somebody
from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.customers.merging import merge
from tenure.customers.models import Account
from tenure.reasons.forgetting import forget_in_reasons
from tenure.reasons.models import LadderRung, SaidNo, WorthVerdict
from tenure.reasons.survey_answers import decline
from tenure.reasons.surveys import make_survey
from tenure.reasons.worth_deciding import overrule
from tenure.reasons.worth_ladder import begin, follow_ladders, note, refuse
from tenure.reasons.worth_refusals import record_refusals, said_no
from tenure.tasks.models import Task
from tenure.tasks.work import close

pytestmark = pytest.mark.django_db
NOW = at("2026-07-01 09:00")
TODAY = NOW.date()


@pytest.fixture
def case(home):
    return a_case("acme")


def a_case(account_id: str) -> WorthVerdict:
    Account.objects.get_or_create(
        account_id=account_id,
        defaults={"name": "Acme Ltd", "created_at": NOW, "first_seen_at": NOW},
    )
    return WorthVerdict.objects.create(
        key=f"case of {account_id}", account_key=account_id, account_id=account_id, occasion="left",
        since_at=NOW, code="yes", margin_minor=900_000, currency="EUR", judged_at=NOW,
    )  # fmt: skip


def started(case) -> LadderRung:
    return begin(case, somebody("ann"), today=TODAY, now=NOW, by="ann")


def noted(case, outcome, text="", day="2026-07-01"):
    return note(case, outcome, text, today=at(day).date(), now=at(day), by="ann")


def rungs(case) -> list[tuple[str, str]]:
    return list(case.rungs.order_by("id").values_list("rung", "outcome"))


def test_it_begins_with_a_mail_that_has_an_owner_and_is_begun_once(case):
    first = started(case)

    assert started(case).pk == first.pk
    assert (first.rung, first.task.owner.get_username(), first.task.due_on) == (
        "mail",
        "ann",
        TODAY,
    )
    assert (first.task.account_id, first.task.because["kind"]) == ("acme", "worth")


def test_it_goes_up_only_while_nobody_answers(case):
    started(case)
    call = noted(case, "silent")
    visit = noted(case, "silent", day="2026-07-05")
    end = noted(case, "silent", day="2026-07-15")

    # worth.toml: a call 4 days after the mail, a visit 10 days after the call.
    assert (call.rung, str(call.task.due_on)) == ("call", "2026-07-05")
    assert (visit.rung, str(visit.task.due_on)) == ("visit", "2026-07-15")
    assert end is None
    assert rungs(case) == [("mail", "silent"), ("call", "silent"), ("visit", "silent")]
    assert {task.outcome for task in Task.objects.all()} == {"no_answer"}


def test_it_ends_when_they_talk(case):
    started(case)

    assert noted(case, "talked", "They want the import.") is None
    assert rungs(case) == [("mail", "talked")]
    assert not said_no("acme")


def test_the_first_no_ends_it_for_ever(case):
    started(case)
    noted(case, "silent")
    assert noted(case, "no", "Please stop.", day="2026-07-06") is None

    held = SaidNo.objects.get()
    assert (held.how, held.text, held.noted_by) == ("call", "Please stop.", "ann")
    assert said_no("acme")
    case.refresh_from_db()
    assert (case.closed_because, rungs(case)[-1]) == ("said_no", ("call", "no"))
    assert not Task.objects.filter(status="open").exists()
    with pytest.raises(Conflict, match="nobody asks again"):
        begin(case, somebody("bob"), today=TODAY, now=NOW, by="bob")
    with pytest.raises(Conflict, match="no rung of this ladder is open"):
        noted(case, "silent", day="2026-07-07")


def test_a_no_that_was_said_elsewhere_drops_the_rung_that_is_open(case):
    first = started(case)
    refuse("acme", "On the phone.", now=at("2026-07-02"), by="bob")
    refuse("acme", "Again.", now=at("2026-07-03"), by="bob")  # the first word holds

    assert rungs(case) == [("mail", "no")]
    first.task.refresh_from_db()
    assert first.task.is_open is False
    assert SaidNo.objects.get().text == "On the phone."
    with pytest.raises(NotFound):
        refuse("nobody knows", now=NOW, by="bob")


def test_a_no_said_to_the_exit_survey_calls_off_whoever_was_about_to_ask(case, home):
    started(case)
    decline(home, make_survey("acme", now=NOW, by="ann"), NOW)

    assert said_no("acme")
    assert rungs(case) == [("mail", "no")]
    assert not Task.objects.filter(status="open").exists()
    case.refresh_from_db()
    assert case.closed_because == "said_no"


def test_a_no_holds_for_whoever_the_account_is_merged_with(case):
    a_case("parent")
    refuse("acme", now=NOW, by="ann")
    merge("account", "acme", "parent", "same company", now=NOW, by="ann")

    assert said_no("acme") and said_no("parent")
    assert not said_no("another")


def test_a_task_closed_on_the_page_of_tasks_moves_the_ladder(case):
    first = started(case)
    close(first.task, "no_answer", "voice mail", now=at("2026-07-03"), by="bob")

    assert follow_ladders(at("2026-07-03").date(), at("2026-07-03")) == 1
    assert follow_ladders(at("2026-07-03").date(), at("2026-07-03")) == 0
    assert rungs(case) == [("mail", "silent"), ("call", "")]
    ended = case.rungs.get(rung="mail")
    assert (ended.ended_by, ended.text) == ("bob", "voice mail")


@pytest.mark.parametrize(
    ("outcome", "rung"),
    [("helped", "talked"), ("reached", "talked"), ("not_needed", "dropped"),
     ("resolved_itself", "dropped")],
)  # fmt: skip
def test_whatever_a_task_came_to_but_silence_ends_the_ladder(case, outcome, rung):
    close(started(case).task, outcome, now=NOW, by="bob")
    follow_ladders(TODAY, NOW)

    assert rungs(case) == [("mail", rung)]


def test_a_case_that_is_over_gets_no_further_rung(case):
    started(case)
    WorthVerdict.objects.update(closed_at=NOW, closed_because="came_back")

    assert noted(case, "silent") is None
    assert rungs(case) == [("mail", "silent")]


def test_two_people_at_once_do_not_climb_twice(case):
    started(case)
    noted(case, "silent")

    assert noted(case, "silent", day="2026-07-05").rung == "visit"
    assert LadderRung.objects.filter(verdict=case, rung="call").count() == 1
    with pytest.raises(InvalidInput, match="outcome: 'maybe'"):
        noted(case, "maybe")


def test_a_no_is_told_to_the_lake_once_and_without_its_words(case, home):
    refuse("acme", "They were rude.", now=NOW, by="ann")

    assert (record_refusals(home, NOW), record_refusals(home, NOW)) == (1, 0)


def test_whoever_is_forgotten_leaves_no_case_no_rung_and_no_no(case):
    started(case)
    refuse("acme", "no", now=NOW, by="ann")
    forget_in_reasons(["acme"], [])

    assert not WorthVerdict.objects.exists()
    assert not LadderRung.objects.exists()
    assert not said_no("acme")


def test_a_persons_verdict_counts_and_the_second_of_two_is_told(case):
    overrule(case, "not_ours", "Too small for us.", seen_at=None, by="ann", now=NOW)
    overrule(case, "not_ours", "Too small for us.", seen_at=None, by="bob", now=NOW)  # the same
    with pytest.raises(Conflict, match="ann said"):
        overrule(case, "yes", seen_at=None, by="bob", now=NOW)
    case.refresh_from_db()

    assert (case.held_code, case.code, case.person_by) == ("not_ours", "yes", "ann")
    with pytest.raises(InvalidInput, match="is no verdict"):
        overrule(case, "perhaps", seen_at=NOW, by="bob", now=NOW)
