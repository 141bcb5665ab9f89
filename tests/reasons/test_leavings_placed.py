"""Where accounts stood when they decided to leave, and reasons counted by it."""

from collections import Counter
from datetime import date

import pytest

from reasons.reason_worlds import at, seen
from tenure.card.models import AccountCard
from tenure.reasons.following import follow_reasons
from tenure.reasons.inferring_follow import follow_inferred
from tenure.reasons.leavings_counted import agreement, code_in, next_job_of, reasons_by
from tenure.reasons.leavings_placed import placed_leavings
from tenure.reasons.leavings_with_reasons import by_reason, leavings_with_reasons
from tenure.reasons.recording import INFERRED, STATED
from tenure.segments.models import SegmentMember

pytestmark = pytest.mark.django_db
WORLD = """
2025-01-10 08:00  @acme  fact: start  {"plan": "Starter", "mrr_minor": 2000}
2025-11-01 08:00  @acme  fact: start  {"plan": "Team", "mrr_minor": 5000, "version_key": "v2"}
2026-01-10 08:00  @bolt  fact: start  {"plan": "Pro", "mrr_minor": 9000, "currency": "USD"}
2026-03-01 08:00  @acme  fact: notice  {"ends_at": "2026-03-31"}
2026-03-01 08:01  ada@acme  reason: Reason Given  {"reason": "too_expensive", "next_job": "rival", "rival": "Toggl"}
2026-03-05 23:30  @bolt  fact: notice  {"ends_at": "2026-03-31"}
"""


@pytest.fixture
def placed(home):
    seen(home, WORLD, "2026-03-10")
    follow_reasons(home, at("2026-03-10"))
    follow_inferred(home, at("2026-03-10"))
    stays = (("stage_active", "2026-02-01", "2026-03-01 08:00"), ("stage_leaving", "2026-03-01 08:00", None),
             ("near_limit", "2026-02-20", None), ("gone_quiet", "2026-01-01", "2026-02-01"))  # fmt: skip
    for segment, entered, left in stays:
        SegmentMember.objects.create(
            segment=segment, over="account", subject_id="acme", entered_at=at(entered),
            left_at=at(left) if left else None, entered_because="was so",
        )  # fmt: skip
    AccountCard.objects.update_or_create(
        account_id="acme", defaults={"values": {"country": "DE", "industry": "legal"}}
    )
    return placed_leavings(home, at("2026-01-01"), at("2026-04-01"))


def test_plan_and_time_are_those_of_the_day_of_the_decision(placed):
    acme, bolt = placed

    assert (acme.account_id, acme.plan, acme.paying_since_on) == (
        "acme", "Team", date(2025, 1, 10),
    )  # fmt: skip
    assert (acme.paid_for, bolt.paid_for) == ("2_years", "3_months")
    assert (bolt.plan, bolt.leaving.mrr_minor) == ("Pro", {"USD": 9000})
    assert bolt.month == date(2026, 3, 1)


def test_the_stage_is_the_one_that_it_left_from_and_segments_are_those_it_was_in(placed):
    acme, bolt = placed

    assert (acme.stage, acme.segments) == ("active", ("near_limit",))
    assert (bolt.stage, bolt.groups("stage"), bolt.groups("segment")) == ("", ("",), ())
    assert (acme.groups("country"), acme.groups("industry")) == (("DE",), ("legal",))


def test_amounts_and_counts_are_those_of_the_command(placed, home):
    plain = leavings_with_reasons(home, at("2026-01-01"), at("2026-04-01"))

    assert [each.leaving.mrr_minor for each in placed] == [each.mrr_minor for each in plain]
    for row in by_reason(plain):
        by_month = reasons_by(placed, INFERRED, lambda each: (each.month,))
        assert sum(n for (code, _), n in by_month.items() if code == row.code) == row.inferred
        stated = Counter(code_in(each.leaving, STATED) for each in placed)
        assert stated[row.code] == row.stated


def test_what_does_the_job_now_and_how_far_both_agree_are_counted_of_what_is_known(placed):
    acme, bolt = (each.leaving for each in placed)

    assert next_job_of(acme, STATED) == ("rival", "Toggl")
    assert next_job_of(bolt, STATED) == next_job_of(bolt, INFERRED) == ("", "")
    told = agreement([acme, bolt])
    assert told.both == 1  # bolt said nothing
    assert told.same_first <= told.among_first_two <= 1
    assert code_in(bolt, STATED) == ""
    with pytest.raises(KeyError):
        code_in(acme, "guessed")
