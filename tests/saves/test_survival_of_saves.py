"""How long saves last, beside similar accounts; the numbers from published ones and by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from card.card_worlds import day, facts
from customers.arriving import arrive
from tenure.base.errors import InvalidInput
from tenure.saves.earnings import earned, earned_by
from tenure.saves.models import Applying, Save, Similar
from tenure.saves.opening import open_save
from tenure.saves.proving import prove
from tenure.saves.similar import follow_similar
from tenure.saves.survival import survival_of_saves, watched_of
from tenure.segments.models import SegmentMember

pytestmark = pytest.mark.django_db
TODAY = date(2025, 12, 1)
# Remission of leukaemia, weeks under 6-MP (Gehan 1965, as in Kalbfleisch & Prentice and in Collett):
# 6 6 6 6* 7 9* 10 10* 11* 13 16 17* 19* 20* 22 23 25* 32* 32* 34* 35*; a star is censored.
REMISSION = (
    [6] * 3 + [7, 10, 13, 16, 22, 23],
    [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
)


def row(number: int, days: int, is_gone: bool, **said) -> Save:
    opened_on = TODAY - timedelta(days=days) if not is_gone else date(2025, 1, 1)
    values = {
        "key": f"save:{number}", "visit_id": str(number), "kind": "save", "account_id": f"a{number}",
        "offer": "pause", "offer_kind": "training", "applying": Applying.NOTHING_TO_DO,
        "opened_on": opened_on, "opened_at": datetime.combine(opened_on, datetime.min.time(), UTC),
        "gone_on": opened_on + timedelta(days=days) if is_gone else None,
    }  # fmt: skip
    return Save(**{**values, **said})


def test_the_published_estimates_of_remission_come_out(home):
    ended, censored = REMISSION
    rows = [(week, True) for week in ended] + [(week, False) for week in censored]
    Save.objects.bulk_create(row(n, week, gone) for n, (week, gone) in enumerate(rows))

    found = survival_of_saves(today=TODAY, at_days=(6, 7, 10, 13, 16, 22, 23))[0]

    shares = [round(point.share, 3) for point in found.points]
    assert shares == [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    # Log-log limits at 10 weeks, as lifelines and R (conf.type = "log-log") print them.
    assert (round(found.points[2].low, 3), round(found.points[2].high, 3)) == (0.503, 0.889)
    assert (found.count, found.gone) == (21, 9)


def test_a_rest_is_watched_until_it_began_and_whole_once_it_was_paid_after(home):
    terms = {"starts_on": "2025-11-11", "resumes_on": "2025-12-11"}
    save = row(1, 100, False, offer_kind="pause", terms=terms)
    assert watched_of(save, TODAY).days == (date(2025, 11, 11) - save.opened_on).days

    over = {"starts_on": "2025-09-01", "resumes_on": "2025-10-01"}
    unpaid = row(2, 100, False, offer_kind="pause", terms=over)
    paid = row(3, 100, False, offer_kind="pause", terms=over, renewal_paid_on=date(2025, 10, 2))
    assert watched_of(unpaid, TODAY).days == (date(2025, 9, 1) - unpaid.opened_on).days
    assert watched_of(paid, TODAY).days == 100


def test_what_was_not_applied_what_was_superseded_and_what_is_no_save_is_left_out(home):
    Save.objects.bulk_create(
        [
            row(1, 50, False),
            row(2, 50, False, applying=Applying.REFUSED),
            row(3, 50, False, kind="abandoned", superseded_by="save:1"),
            row(4, 50, True, kind="left"),
            row(5, 50, False, mode="test"),
        ]
    )

    assert [each.count for each in survival_of_saves(today=TODAY)] == [1]
    by_kind = {each.group: each.count for each in survival_of_saves(today=TODAY, by="kind")}
    assert by_kind == {"save": 1, "left": 1}
    with pytest.raises(InvalidInput, match="by: 'moon' is none; use one of offer"):
        survival_of_saves(today=TODAY, by="moon")


def test_groups_stand_apart_and_a_segment_counts_all_its_members(home):
    Save.objects.bulk_create(
        [
            row(1, 50, True, offer="pause", segments=["big", "new"]),
            row(2, 60, False, offer="training", segments=["big"]),
            row(3, 70, False, offer="training", segments=[]),
        ]
    )

    by_offer = survival_of_saves(today=TODAY, by="offer")
    assert [(each.group, each.count, each.gone) for each in by_offer] == [
        ("training", 2, 0), ("pause", 1, 1),
    ]  # fmt: skip
    assert all(each.note == "few" for each in by_offer)
    by_segment = {each.group: each.count for each in survival_of_saves(today=TODAY, by="segment")}
    assert by_segment == {"big": 2, "new": 1}


def companies(**starts: str) -> list[dict]:
    """`acme="day 10 Pro 1000"`: one subscription each."""
    lines = []
    for account, words in starts.items():
        number, plan, mrr, *more = words.split()
        lines.append(
            f"day {number}  {account}  start  s-{account}/1  "
            f"status=active plan={plan} mrr_minor={mrr} {' '.join(more)}"
        )
    return facts("\n".join(lines))


def accept(account: str, number: float = 40.5, visit: str = "v1", **said) -> Save:
    values = {
        "visit_id": visit, "account_id": account, "subscription_id": f"s-{account}",
        "offer": "training", "kind": "training", "terms": {}, "reason": "", "cost_minor": 0,
        "promised_by": "", "change_key": "", "mode": "live", "now": day(number),
    }  # fmt: skip
    return open_save(**{**values, **said})


def test_similar_accounts_are_alike_on_the_day_of_the_visit_and_had_not_tried_to_leave(home):
    arrive(
        home,
        [],
        [
            *companies(
                acme="10 Pro 1000", twin="9 Pro 1100", other="10 Basic 1000", big="10 Pro 9000",
                fresh="35 Pro 1000", later="60 Pro 1000", gone="10 Pro 1000",
                leaving="10 Pro 1000", tried="10 Pro 1000", yearly="10 Pro 1000",
            ),
            *facts(
                """
                day 30  gone     end     s-gone
                day 38  leaving  notice  s-leaving  until=70
                day 100  twin    end     s-twin
                """
            ),
        ],
    )  # fmt: skip
    save = accept("acme")
    accept("tried", 30, "v0")

    follow_similar(home, day(131))

    found = Similar.objects.filter(save_of=save)
    assert sorted(found.values_list("account_id", flat=True)) == ["twin", "yearly"]
    assert found.get(account_id="twin").gone_on == date(2025, 4, 11)
    assert found.get(account_id="yearly").gone_on is None


def test_who_is_in_another_stage_is_not_similar_where_stages_are_known(home):
    arrive(home, [], companies(acme="10 Pro 1000", twin="9 Pro 1000", idle="9 Pro 1000"))
    stages = {"acme": "active", "twin": "active", "idle": "fading"}
    for account, stage in stages.items():
        SegmentMember.objects.create(
            segment=f"stage_{stage}", over="account", subject_id=account, entered_at=day(20),
            entered_because="start", entered_digest="x",
        )  # fmt: skip
    save = accept("acme")

    follow_similar(home, day(60))

    assert [each.account_id for each in save.similar.all()] == ["twin"]


def test_without_a_similar_account_it_says_so(home):
    arrive(home, [], companies(acme="10 Pro 1000", other="10 Basic 1000"))
    accept("acme")

    assert follow_similar(home, day(60)) == 0
    found = survival_of_saves(today=date(2025, 3, 1))[0]
    assert (found.similar, found.similar_count, found.without_similar) == ((), 0, 1)
    Save.objects.all().delete()
    Save.objects.bulk_create(row(n, 50, False) for n in range(6))
    assert survival_of_saves(today=TODAY)[0].note == "no_similar"


def test_five_are_taken_at_most_and_always_the_same_ones(home):
    names = [f"twin{n}" for n in range(9)]
    arrive(home, [], companies(acme="10 Pro 1000", **dict.fromkeys(names, "10 Pro 1000")))
    save = accept("acme")

    follow_similar(home, day(60))
    first = sorted(save.similar.values_list("account_id", flat=True))
    Similar.objects.all().delete()
    Save.objects.update(matched_at=None)
    follow_similar(home, day(61))

    assert len(first) == 5
    assert sorted(save.similar.values_list("account_id", flat=True)) == first


def test_what_a_save_earned_is_its_margin_after_what_was_given_away(home):
    """20 % off for 3 months of 1,000 a month, 80 % margin, 500 paid out; by hand over 365/12 days."""
    arrive(
        home,
        [],
        [
            *companies(acme="10 Pro 1000", twin="10 Pro 2000"),
            *facts("day 50  acme  start  s-acme/2  status=active plan=Pro mrr_minor=800"),
        ],
    )
    terms = {
        "starts_on": "2025-02-20", "ends_on": "2025-05-20", "price_before_minor": 1000,
        "price_during_minor": 800, "price_after_minor": 1000, "paid_minor": 500,
    }  # fmt: skip
    save = accept("acme", kind="discount", terms=terms)
    Save.objects.update(mrr_before_minor=1000, currency="EUR", plan="Pro")

    prove(home, day(40 + 73), anew=True)
    follow_similar(home, day(40 + 73))

    save.refresh_from_db()
    month = 365 / 12
    paid = (10 * 1000 + 63 * 800) / month
    forgone = 63 * 200 / month
    assert (save.paid_minor, save.forgone_minor) == (round(paid), round(forgone))
    money = earned(save, 0.8)
    assert money.margin_minor == pytest.approx(0.8 * paid - 0.2 * forgone - 500, abs=1)
    # The twin paid twice as much; what is compared is what it would have been at the save's price.
    assert money.similar_count == 0 and money.similar_margin_minor is None
    Similar.objects.create(
        save_of=save, account_id="twin", subscription_id="s-twin", from_on=save.opened_on,
        mrr_before_minor=2000, paid_minor=round(73 * 2000 / month),
    )  # fmt: skip
    assert earned_by([save], 0.8)[0].similar_margin_minor == pytest.approx(
        0.8 * 73 * 1000 / month, abs=1
    )
