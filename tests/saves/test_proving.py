"""Saves in a home: opened, read back, proved, lost, and looked at again."""

from datetime import date, timedelta

import pytest

from card.card_worlds import day, facts, live
from customers.arriving import arrive, events
from tenure.base.errors import Conflict, InvalidInput
from tenure.billing.changes import ask_for
from tenure.billing.models import BillingChange
from tenure.definitions.store import put_in_force
from tenure.lake.refresh import refresh
from tenure.saves.models import Applying, CheckAnswer, Save, SaveCheck, Status
from tenure.saves.opening import follow_visit, note_leaving, open_save
from tenure.saves.proving import prove

pytestmark = pytest.mark.django_db

ACME = "day 10  acme  start  s1/1  status=active plan=Pro mrr_minor=1000"
ACCEPTED = day(40.5)


def accept(visit: str = "v1", account: str = "acme", change: str = "", **said) -> Save:
    values = {
        "visit_id": visit, "account_id": account, "subscription_id": "s1", "offer": "training",
        "kind": "training", "terms": {}, "reason": "not_adopted", "cost_minor": 0,
        "promised_by": "ada", "change_key": change, "mode": "live", "now": ACCEPTED,
    }  # fmt: skip
    return open_save(**{**values, **said})


def told(home, facts_text: str, events_text: str = "") -> None:
    """These facts are in the lake; nothing is derived beforehand."""
    arrive(home, events(events_text), facts(facts_text))


def answers(save: Save) -> dict[int, bool | None]:
    return {each.at_days: each.passes for each in save.checks.order_by("at_days")}


def test_a_save_is_opened_with_what_the_card_says_and_all_its_checks(home):
    live(home, facts_text=ACME, now=day(40))
    save = accept()

    assert (save.plan, save.mrr_before_minor, save.currency) == ("Pro", 1000, "EUR")
    assert save.next_renewal_on == date(2025, 2, 11)
    due = dict(save.checks.values_list("at_days", "due_on"))
    assert due == {
        0: date(2025, 2, 11),
        **{at: date(2025, 2, 10) + timedelta(days=at) for at in (7, 30, 90, 180)},
    }


def test_the_same_visit_has_one_save_and_none_for_a_second_offer(home):
    first, again = accept(), accept()

    assert first.pk == again.pk and Save.objects.count() == 1
    with pytest.raises(Conflict, match="'training' was accepted in this visit already"):
        accept(offer="pause")


def test_opening_names_what_is_wrong(home):
    with pytest.raises(InvalidInput, match="account_id: this is empty"):
        accept(account="")
    with pytest.raises(InvalidInput, match="mode: 'trial' is none; use live or test"):
        accept(mode="trial")
    with pytest.raises(InvalidInput, match="kind: 'save' is none that is followed"):
        follow_visit(visit_id="v1", account_id="acme", kind="save", now=ACCEPTED)


def test_proving_again_changes_nothing_and_doubles_nothing(home):
    told(home, ACME)
    save = accept()
    later = day(40 + 31)

    first = prove(home, later, anew=True)
    before = (list(SaveCheck.objects.values()), list(CheckAnswer.objects.values()))
    second = prove(home, later, anew=True)

    assert (first.looked_at, first.changed, first.answered) == (1, 1, 3)
    assert (second.looked_at, second.changed, second.answered) == (1, 0, 0)
    assert before == (list(SaveCheck.objects.values()), list(CheckAnswer.objects.values()))
    assert answers(save) == {0: True, 7: True, 30: True, 90: None, 180: None}


def test_without_news_there_is_nothing_to_look_at(home):
    told(home, ACME)
    accept()

    refresh(home, day(60))

    assert prove(home, day(60)).looked_at == 1
    assert prove(home, day(60)).looked_at == 0
    assert prove(home, day(61)).looked_at == 1
    arrive(home, [], facts("day 60  acme  end  s1"))
    refresh(home, day(61))
    assert prove(home, day(61)).looked_at == 1


def test_from_accepted_to_kept_as_billing_shows_it(home):
    told(home, ACME)
    change = ask_for(
        key="offer:v1", account_id="acme", subscription_id="s1", kind="discount",
        values={"percent_off": 20, "months": 2}, now=ACCEPTED,
    )  # fmt: skip
    save = accept(change=change.key)
    seen = [save.status]

    prove(home, day(41), anew=True)
    save.refresh_from_db()
    seen.append(save.status)
    BillingChange.objects.filter(pk=change.pk).update(status="done", read_back_at=day(41))
    for number in (41, 48, 71, 131, 222):
        prove(home, day(number), anew=True)
        save.refresh_from_db()
        seen.append(save.status)

    assert seen == [
        Status.ACCEPTED, Status.ACCEPTED, Status.APPLIED, Status.PROVISIONAL,
        Status.PROVISIONAL, Status.PROVISIONAL, Status.KEPT,
    ]  # fmt: skip
    assert save.applied_at == day(41)


def test_what_billing_refused_is_never_a_save_however_long_they_stay(home):
    told(home, ACME)
    change = ask_for(
        key="offer:v1", account_id="acme", subscription_id="s1", kind="discount",
        values={"percent_off": 20, "months": 2}, now=ACCEPTED,
    )  # fmt: skip
    save = accept(change=change.key)
    BillingChange.objects.filter(pk=change.pk).update(status="refused", why="no such coupon")

    prove(home, day(300), anew=True)

    save.refresh_from_db()
    assert (save.status, save.applying, save.problem) == (
        Status.ACCEPTED, Applying.REFUSED, "no such coupon",
    )  # fmt: skip


def test_leaving_after_accepting_loses_the_save_at_once_and_billing_says_the_same_later(home):
    told(home, ACME)
    save = accept()

    assert note_leaving(account_id="acme", subscription_id="s1", visit_id="v2", now=day(42)) == 1
    save.refresh_from_db()
    assert (save.status, save.lost_because, save.gone_on) == (
        Status.LOST, "canceled", date(2025, 2, 12),
    )  # fmt: skip

    arrive(home, [], facts("day 42  acme  notice  s1  until=69"))
    prove(home, day(43), anew=True)
    save.refresh_from_db()
    assert (save.status, save.gone_on) == (Status.LOST, date(2025, 2, 12))


def test_leaving_with_another_subscription_loses_nothing(home):
    accept()

    assert note_leaving(account_id="acme", subscription_id="s2", now=day(42)) == 0


def test_a_late_fact_is_answered_anew_beside_what_was_said_before(home):
    told(home, ACME)
    save = accept()
    prove(home, day(80), anew=True)
    assert answers(save)[30] is True

    late = facts("day 60  acme  end  s1")
    arrive(home, [], [{**row, "known_at": day(90)} for row in late])
    prove(home, day(91), anew=True)

    check = save.checks.get(at_days=30)
    assert check.passes is False
    assert [each.said["is_active"] for each in check.answers.order_by("number")] == [True, False]
    assert [each.answered_at for each in check.answers.order_by("number")] == [day(80), day(91)]
    save.refresh_from_db()
    assert (save.status, save.gone_on) == (Status.LOST, date(2025, 3, 2))


def test_a_correction_brings_a_lost_save_back(home):
    mistaken = "day 60  acme  end  s1"
    told(home, f"{ACME}\n{mistaken}")
    save = accept()
    prove(home, day(80), anew=True)
    save.refresh_from_db()
    assert save.status == Status.LOST

    voided = {**facts(mistaken)[0], "message_id": "void", "is_void": True}
    arrive(home, [], [voided])
    prove(home, day(91), anew=True)

    save.refresh_from_db()
    assert (save.status, save.gone_on, save.decided_at) == (Status.PROVISIONAL, None, None)


def test_visits_in_test_mode_are_not_followed(home):
    told(home, ACME)
    accept(mode="test")

    assert prove(home, day(80), anew=True).looked_at == 0


def test_an_abandoned_visit_is_followed_as_such_and_never_as_a_save(home):
    told(home, ACME)
    followed = follow_visit(
        visit_id="v1", account_id="acme", subscription_id="s1", kind="abandoned", now=ACCEPTED
    )
    again = follow_visit(visit_id="v1", account_id="acme", kind="abandoned", now=day(50))

    prove(home, day(222), anew=True)

    followed.refresh_from_db()
    assert again.pk == followed.pk and again.opened_at == ACCEPTED
    assert (followed.kind, followed.is_save, followed.status) == ("abandoned", False, "kept")


def test_a_visit_that_went_on_is_followed_as_what_it_came_to(home):
    left = follow_visit(visit_id="v1", account_id="acme", kind="abandoned", now=ACCEPTED)
    follow_visit(visit_id="v1", account_id="acme", kind="left", now=day(45))
    left.refresh_from_db()
    assert (left.kind, left.opened_on) == ("left", date(2025, 2, 15))
    assert left.checks.get(at_days=7).due_on == date(2025, 2, 22)

    follow_visit(visit_id="v2", account_id="acme", kind="abandoned", now=ACCEPTED)
    save = accept(visit="v2")
    assert Save.objects.get(key="visit:v2").superseded_by == save.key


def test_whether_the_required_outcome_is_reached_stands_beside(home):
    put_in_force(
        "product",
        "",
        """
[[outcome]]
name = "invoices"
title = "Invoices go out"
events = ["Invoice Sent"]
within_days = 28
""",
        now=day(1),
        by="ada",
    )
    told(
        home,
        ACME,
        """
        day 20  track  ada @acme  Outcome Stated  {"outcome": "invoices", "by": "Ada"}
        day 45  track  ada @acme  Invoice Sent
        """,
    )
    save = accept()
    prove(home, day(80), anew=True)

    reached = dict(save.checks.values_list("at_days", "is_outcome_reached"))
    assert reached == {0: False, 7: True, 30: True, 90: None, 180: None}
    assert save.checks.get(at_days=7).outcome == "invoices"
    prove(home, day(140), anew=True)
    assert save.checks.get(at_days=90).is_outcome_reached is False
