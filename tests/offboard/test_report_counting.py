"""The report of leaving, counted: visits drawn as text, figures worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tenure.offboard.report_counting import Frame, claims_of, counts_of, report_of, saved_of
from tenure.offboard.report_json import report_json, report_lines
from tenure.offboard.report_parts import Passed, Watched
from tenure.offboard.report_save_rates import save_rates

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
FRAME = Frame(date(2026, 1, 1), date(2026, 12, 1), "EUR", 0.8, ("offer", "reason"))


def passed(text: str) -> list[Passed]:
    """One visit a line: account, day, arm, what they saw, what they came to, cancelled on, kept.

    `+` is accepted; kept is `30y 180n`, and `?` where the day is not over.
    """
    found = []
    for number, line in enumerate(text.strip().splitlines()):
        account, day, arm, offers, outcome, *more = line.split()
        said = dict(each.split("=") for each in more)
        at = NOON + timedelta(int(day))
        kept = {
            int(each[:-1]): {"y": True, "n": False, "?": None}[each[-1]]
            for each in said.get("kept", "").split(",")
            if each
        }
        found.append(
            Passed(
                visit_id=f"v{number}",
                account_id=account,
                opened_at=at,
                arm={"t": "treated", "h": "hold_out"}[arm],
                hold_out_share=0.2,
                subscription_id="s1",
                person_id=f"p-{account}",
                outcome=outcome.strip("+"),
                accepted=outcome.startswith("+"),
                billing=said.get("billing", "done"),
                canceled_at=at + timedelta(float(said["gone"])) if "gone" in said else None,
                offers_shown=tuple(offers.split(",")) if offers != "-" else (),
                kept=kept,
            )
        )
    return found


VISITS = passed(
    """
    acme  0  t  pause,training  +saved     kept=30y,180y
    bell  0  t  pause           +saved     kept=30y,180n
    cora  0  t  training        +canceled  kept=30n,180n  gone=0.2
    dale  1  t  training        canceled   gone=0
    dale  1  h  -               canceled   gone=0
    echo  2  t  -               abandoned
    finn  2  t  pause           +saved     kept=30?,180?  billing=pending
    gale  3  h  -               abandoned
    """
)


def test_visits_are_counted_once_and_held_out_ones_apart():
    counts = counts_of(VISITS)

    assert (counts.visits, counts.accounts, counts.people, counts.held_out) == (8, 7, 7, 2)
    assert (counts.shown, counts.accepted, counts.canceled, counts.abandoned) == (5, 4, 2, 1)


def test_accepted_is_confirmed_when_billing_has_done_it_and_nobody_cancelled_since():
    assert counts_of(VISITS).confirmed == 2  # acme and bell; of finn billing has not answered


def test_a_save_is_of_those_whose_day_is_over():
    saved = saved_of(VISITS)

    assert (saved[30].part, saved[30].of) == (2, 5)
    assert (saved[180].part, saved[180].of) == (1, 5)


def rates(visits):
    return [(rate.of, rate.share.part, rate.share.of) for rate in save_rates(visits)]


def test_every_vendor_counts_the_same_visits_in_its_own_way():
    assert rates(VISITS) == [
        ("Churnkey", 5, 6),  # all but dale
        ("Chargebee", 5, 6),  # cora cancelled hours later: deflected
        ("LostChurn", 4, 6),
        ("Paddle", 4, 5),  # of those who were offered something
        ("Paddle", 3, 5),
        ("Churn Buster", 3, 6),  # cora cancelled within the day
        ("Chargebee", 4, 6),
    ]


def test_churnkeys_own_example_is_nearly_half_saves_and_a_quarter_acceptances():
    # docs.churnkey.co, Save rate: 390 sessions, 100 accepted, 90 closed the window, 200 cancelled.
    lines = [f"a{n} 0 t pause +saved" for n in range(100)]
    lines += [f"b{n} 0 t pause abandoned" for n in range(90)]
    lines += [f"c{n} 0 t pause canceled gone=0" for n in range(200)]
    found = dict(reversed([(r.of, r.share.value) for r in save_rates(passed("\n".join(lines)))]))

    assert found["Churnkey"] == pytest.approx(0.487, abs=5e-4)
    assert found["LostChurn"] == pytest.approx(0.256, abs=5e-4)


def watched(arm, count, *, paying=True, revenue=0.0, stake=60_000.0, share=0.2, **more):
    return [
        Watched(f"{arm}-{number}-{share}", arm, share, {30: paying, 180: paying}, revenue, stake,
                **more)
        for number in range(count)
    ]  # fmt: skip


def test_everybody_counts_in_the_arm_that_chance_gave_them():
    treated = watched("treated", 60) + watched("treated", 20, paying=False, share=0.2000)
    control = watched("hold_out", 10) + watched("hold_out", 10, paying=False)
    claim = claims_of(VISITS, [*treated, *control], FRAME)[1]

    assert claim.lift.value == pytest.approx(0.75 - 0.5)
    assert claim.in_all[0] == pytest.approx(0.25 * 80)


def test_margin_is_revenue_less_cost_of_serving_and_concessions():
    (each,) = watched("treated", 1, revenue=60_000.0, forgone_minor=5_000, paid_minor=1_000)

    # 60,000 came in, of which 80 % stay; the 5,000 that were not asked for are missing in it
    # already, and their 20 % are still to be served.
    assert each.margin_minor(0.8) == 48_000 - 1_000 - 1_000


def test_where_the_share_leaves_nobody_alone_nothing_is_compared():
    accounts = watched("treated", 50, share=0.0)
    found = report_of(VISITS, accounts, FRAME)

    assert found.ratio is None
    assert all(claim.lift.value is None for claim in found.claims)


def test_what_cannot_be_told_yet_says_how_much_is_missing_in_visits():
    treated = watched("treated", 30) + watched("treated", 10, paying=False, share=0.2)
    control = watched("hold_out", 6) + watched("hold_out", 5, paying=False)
    accounts = [*treated, *control]
    claim = claims_of(VISITS * 20, accounts, FRAME)[0]

    assert not claim.lift.is_known
    assert claim.more_visits == round(claim.lift.more_needed * 160 / len(accounts))
    assert f"about {claim.more_visits:,} more visits" in claim.sentence


def test_an_offer_gets_no_claim_of_its_own():
    found = report_of(VISITS, watched("treated", 20) + watched("hold_out", 20), FRAME)
    offers = [each for each in found.slices if each.by == "offer"]

    assert {each.key: each.counts.visits for each in offers} == {"pause": 3, "training": 3}
    assert all(each.lift is None and "no hold-out of its own" in each.note for each in offers)


def test_slices_share_the_chance_of_a_false_claim():
    groups = {"reason": ("price_value",)}
    accounts = watched("treated", 80, groups=groups) + watched(
        "hold_out", 20, paying=False, groups=groups
    )
    visits = [
        Passed(f"v{n}", f"a{n}", NOON, "treated", 0.2, groups={"reason": (reason,)})
        for n, reason in enumerate(("price_value", "closing", "other", "bad_service"))
    ]
    found = report_of(visits, accounts, Frame(None, FRAME.before_on, "EUR", 0.8, ("reason",)))
    own = next(each for each in found.slices if each.key == "price_value")
    whole = found.claim("paying_180").lift

    assert own.lift.value == whole.value
    assert own.lift.high - own.lift.low > 1.1 * (whole.high - whole.low)


def test_a_report_of_nothing_is_whole():
    empty = report_of([], [], FRAME)

    assert report_json(empty)["counts"]["visits"] == 0
    assert any("Cannot tell yet" in line for line in report_lines(empty))


def test_json_and_table_hold_the_same_figures():
    found = report_of(VISITS, watched("treated", 80) + watched("hold_out", 20), FRAME)
    said = report_json(found)

    assert said["counts"]["accepted"] == 4
    assert [each["name"] for each in said["claims"]] == ["paying_30", "paying_180", "margin_180"]
    assert any("accepted" in line and " 4" in line for line in report_lines(found))
