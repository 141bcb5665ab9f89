"""A home that is told again, later: what was promised before is kept on the day on which it was."""

from datetime import date, timedelta

import pytest

from tenure.card.card_of import Card
from tenure.demo.leavers import draw_leavers
from tenure.demo.offering import fernhill_offering
from tenure.demo.passing import ZONE, Passer
from tenure.demo.way_out import LivedVisit
from tenure.demo.year_lived import live_year
from tenure.offboard.facts_known import facts_of
from tenure.offboard.models import Visit
from tenure.offboard.tokens import Ask
from tenure.proof.assignment import Arm
from tenure.saves.models import Commitment
from tenure.saves.opening import open_save

TREATED = Arm("treated", 0.8)
DAY = timedelta(days=1)


def somebody_whom_we_promised_something() -> LivedVisit:
    offering = fernhill_offering()
    passer = Passer(offering, date(2025, 1, 1))
    for leaver in draw_leavers(2, accounts=130):
        passing = passer.visit(leaver, TREATED)
        shown = passing.accepted
        ours = [each for each in shown.commitments if each["side"] == "us"] if shown else []
        if ours:
            today = passing.at.date()
            card = leaver.card(today)
            ask = Ask(account=leaver.account_id, subscription="s1", mode="live", exp=0, nonce="n")
            return LivedVisit(
                account_id=leaver.account_id, ask=ask, begun=passing.passage, passing=passing,
                facts=facts_of(card, offering.product, today=today, time_zone=ZONE),
                card=Card(leaver.account_id, card, None, today).values, today=today,
                at=passing.at, arm=TREATED, next_job="",
                done_at={int(str(each["number"])): passing.at + 5 * DAY for each in ours},
            )  # fmt: skip
    raise AssertionError("nobody was promised anything")


def lived_before(visit: LivedVisit, standing: str) -> list[Commitment]:
    """The visit as an earlier telling left it: ours to do."""
    shown, visit_id = visit.passing.accepted, visit.passing.visit_id
    Visit.objects.create(
        visit_id=visit_id, account_id=visit.account_id, opened_at=visit.at, last_at=visit.at
    )
    save = open_save(
        visit_id=visit_id, account_id=visit.account_id, subscription_id="s1", offer=shown.name,
        kind=shown.kind, terms=shown.terms, reason="", cost_minor=0, promised_by="", change_key="",
        mode="live", now=visit.at,
    )  # fmt: skip
    for owed in shown.commitments:
        Commitment.objects.create(
            key=f"{visit_id}:{owed['number']}", save_of=save, account_id=visit.account_id,
            side=owed["side"], text=owed["text"], promised_at=visit.at, due_on=owed["due_on"],
            standing=standing,
        )  # fmt: skip
    return list(Commitment.objects.filter(side="us"))


@pytest.mark.django_db
@pytest.mark.parametrize("standing", ["open", "broken"])
def test_what_was_promised_before_is_kept_when_its_day_has_come(home, standing):
    visit = somebody_whom_we_promised_something()
    [ours, *_] = lived_before(visit, standing)

    assert live_year(home, [visit], {}, visit.at + 4 * DAY) == 0
    ours.refresh_from_db()
    assert ours.standing == standing

    for later in (6, 7):
        assert live_year(home, [visit], {}, visit.at + later * DAY) == 0
        ours.refresh_from_db()
        assert (ours.standing, ours.kept_at) == ("kept", visit.at + 5 * DAY)


@pytest.mark.django_db
def test_what_nobody_owes_any_more_stays_so(home):
    visit = somebody_whom_we_promised_something()
    lived_before(visit, "released")

    live_year(home, [visit], {}, visit.at + 9 * DAY)

    assert {each.standing for each in Commitment.objects.all()} == {"released"}
