"""What a lesson did, on drawn companies: nothing is claimed of few, nor of chance, nor of zeal."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from customers.arriving import NOW
from tenure.content.effects import LEAST, Ground, _lift, compare, plays_with
from tenure.content.models import StageSpan
from tenure.content.stages import DAYS, SPANS, forecast, forecast_of, spans_before
from tenure.customers.models import IdentityLink
from tenure.definitions.folder_text import pack
from tenure.definitions.models import DefinitionVersion
from tenure.plays.holding_out import EVERY_PLAY
from tenure.proof.models import Assignment
from tenure.signals.leavings import Spell

ON, TODAY = date(2026, 1, 10), date(2026, 6, 1)
BEGAN = date(2025, 1, 1)


def ground(used: dict[str, date], accounts: int, active: dict[str, int] | None = None, **gone):
    """So many accounts that pay; `used` the feature first on a day, `active` on so many of 28."""
    spells = {
        f"a{n}": [Spell(f"a{n}", BEGAN, None, None, gone.get(f"a{n}"))] for n in range(accounts)
    }
    days = {(id, ON): days for id, days in (active or {}).items()}
    return Ground(spells, used, days, TODAY)


def adopters(ids, days=5) -> dict[str, date]:
    return {id: ON + timedelta(days=days) for id in ids}


def test_those_who_took_it_stand_beside_those_like_them():
    took = {f"a{n}": ON for n in range(40)}
    used = adopters([f"a{n}" for n in range(30)] + [f"a{n}" for n in range(40, 60)])
    told = compare(took, (drawn := ground(used, 240)), drawn.adopted)

    assert (told.took.part, told.took.of) == (30, 40)
    assert told.similar.of > LEAST
    assert (told.similar.part, told.similar.of) == (20, 200)
    assert told.is_seen
    value, low, high = told.difference
    assert 0 < low < value < high


def test_of_few_nothing_is_said():
    took = {f"a{n}": ON for n in range(LEAST - 5)}
    told = compare(took, (drawn := ground(adopters(took), 200)), drawn.adopted)

    assert (told.difference, told.is_seen, told.missing) == (None, False, 5)


def test_who_is_zealous_anyway_is_beside_the_zealous():
    """The active adopt and take lessons; the lesson itself does nothing."""
    draw = random.Random(7)
    active = {f"a{n}": 20 if n < 200 else 3 for n in range(400)}
    used = adopters(id for id, days in active.items() if draw.random() < (0.6 if days > 8 else 0.1))
    took = {id: ON for id, days in active.items() if draw.random() < (0.4 if days > 8 else 0.02)}
    drawn = ground(used, 400, active)
    told = compare(took, drawn, drawn.adopted)
    naive = len(used.keys() - took.keys()) / (400 - len(took))

    assert told.took.value - naive > 0.15
    assert not told.is_seen


def test_who_used_it_before_or_is_not_watched_to_the_end_does_not_count():
    took = {"a0": ON, "a1": ON, "a2": TODAY - timedelta(days=3)}
    used = {"a0": ON - timedelta(days=1), "a1": ON}
    told = compare(took, (drawn := ground(used, 50)), drawn.adopted)

    assert (told.took.part, told.took.of) == (1, 1)


def test_staying_is_being_there_ninety_days_later():
    took = {f"a{n}": ON for n in range(30)}
    gone = {f"a{n}": ON + timedelta(days=60) for n in range(30, 130)}
    gone |= {"a0": ON + timedelta(days=91)}
    drawn = ground({}, 130, **gone)
    told = compare(took, drawn, drawn.stayed)

    assert (told.took.part, told.took.of, told.similar.part) == (30, 30, 0)


@pytest.mark.django_db
def test_a_play_that_sends_it_is_found_by_its_tags(home):
    def declare(name: str, mail: str) -> None:
        text = pack({"play.toml": "x", "01.en.md": mail}, "play.toml", f"plays/{name}")
        DefinitionVersion.objects.create(
            kind="play", name=name, digest=name, text=text, applied_at=NOW, applied_by="ada"
        )

    declare("named", "{% lesson name: 'reports' %}")
    declare("of_feature", '{%- lesson feature: "portal" -%}')
    declare("other", '{% lesson name: "reports_2" %} name: "reports"')

    assert plays_with("reports", "portal") == ["named", "of_feature"]
    assert plays_with("reports", "") == ["named"]


@pytest.mark.django_db
def test_who_was_merged_counts_once_and_whom_all_plays_leave_alone_not_at_all(home):
    def assigned(experiment: str, account: str, arm: str) -> None:
        Assignment.objects.create(
            experiment=experiment, account_id=account, arm=arm, share=0.5,
            exposed_at=datetime(2026, 1, 10, 12, tzinfo=UTC),
        )  # fmt: skip

    for n in range(60):
        assigned("play:tips", f"a{n}", "hold_out" if n % 2 else "treated")
    assigned(EVERY_PLAY, "a0", "hold_out")
    assigned(EVERY_PLAY, "a1", "treated")
    IdentityLink.objects.create(
        kind="account", raw_id="a2", joined_id="a4", canonical_id="a4", because="operator",
        made_at=NOW, changed_at=NOW, known_at=NOW,
    )  # fmt: skip
    drawn = ground(adopters(f"a{n}" for n in range(0, 60, 2)), 60)
    told = _lift("tips", drawn, ZoneInfo("UTC"))

    assert (told.treated, told.control) == (28, 30)


# --- where accounts go


def test_a_forecast_is_what_most_did_and_nothing_of_few():
    moves = {("new", "active"): 60, ("new", "fading"): 25, ("new", "new"): 15}
    told = forecast_of("new", moves)
    assert (told.to, told.share.part, told.share.of) == ("active", 60, 100)

    assert forecast_of("new", {("new", "active"): 4, ("new", "new"): 90}).to == ""
    few = forecast_of("new", {("new", "active"): 8})
    assert (few.to, few.missing) == ("", 12)
    assert forecast_of("left", moves).to == ""


@pytest.mark.django_db
def test_spans_add_up_and_the_grid_stays(home):
    days = spans_before(date(2026, 3, 1))
    assert len(days) == SPANS
    assert days[0] + timedelta(days=DAYS) <= date(2026, 3, 1)
    assert set(spans_before(date(2026, 3, 9))[1:]) <= set(days) | {days[0]}
    for day in days:
        StageSpan.objects.create(from_on=day, moves={"fading>active": 4}, counted_at=NOW)

    told = forecast("fading")
    assert (told.to, told.share.part) == ("active", 24)
