"""Charts are one specification: drawn in the page, and as pictures without a browser."""

import json
from datetime import date

import pytest
from django.utils import translation

from tenure.console.charts.accounts_new_and_lost import AccountBar, accounts_new_and_lost_chart
from tenure.console.charts.churn_rates import RatePoint, churn_rates_chart
from tenure.console.charts.feature_use import UseCell, feature_use_chart
from tenure.console.charts.mrr_movements import MovementBar, mrr_movements_chart
from tenure.console.charts.mrr_steps import Step, mrr_steps_chart
from tenure.console.charts.play_weeks import play_goal_chart, play_volume_chart
from tenure.console.charts.render import render_png, render_svg
from tenure.console.charts.theme import LIGHT, for_export
from tenure.plays.lift_parts import Week, WeekArm

MAY, JUNE = date(2025, 5, 1), date(2025, 6, 1)
BARS = [
    MovementBar(MAY, "new", 1200.0, "+€1,200", 3, "/movements?month=2025-05&kind=new", False),
    MovementBar(JUNE, "churn", -300.0, "−€300", 1, "/movements?month=2025-06&kind=churn", True),
]
WEEKS = [Week(date(2025, 5, 5), WeekArm(4, 4, 2), WeekArm(2, 2, 0), 3),
         Week(date(2025, 5, 12), WeekArm(1), WeekArm())]  # fmt: skip
SPECS = {
    "movements": lambda: mrr_movements_chart(BARS, "EUR"),
    "rates": lambda: churn_rates_chart(
        [RatePoint(MAY, MAY, "accounts", False, 0.03, False, "/x"),
         RatePoint(MAY, date(2024, 5, 1), "accounts", True, 0.4, False, "/x"),
         RatePoint(JUNE, JUNE, "accounts", False, None, True, "/x")]
    ),
    "accounts": lambda: accounts_new_and_lost_chart([AccountBar(MAY, "churn", -2, "/x", False)]),
    "steps": lambda: mrr_steps_chart([Step(MAY, 1200), Step(JUNE, 0)], "EUR", date(2025, 7, 1)),
    "use": lambda: feature_use_chart([UseCell(MAY, "Report Exported", 12)]),
    "play": lambda: play_volume_chart(WEEKS, ["/calendar?from=2025-05-05", "/calendar"]),
    "goal": lambda: play_goal_chart(WEEKS),
}  # fmt: skip


@pytest.mark.parametrize("name", SPECS)
def test_every_chart_is_drawn_without_a_browser(name):
    svg = render_svg(SPECS[name]())

    assert svg.startswith("<svg")
    assert "var(--" not in svg
    assert "<a " not in svg


def test_a_picture_has_the_colours_and_the_hatching_of_the_page():
    svg = render_svg(SPECS["movements"]())

    assert LIGHT["--new"] in svg
    assert 'fill="url(#hatch-churn)"' in svg
    assert '<pattern id="hatch-churn"' in svg
    assert render_png(SPECS["movements"]())[:8] == b"\x89PNG\r\n\x1a\n"


def test_each_bar_leads_to_its_accounts_and_says_what_it_is():
    rows = SPECS["movements"]()["data"]["values"]

    assert [row["href"] for row in rows] == [bar.href for bar in BARS]
    assert rows[1]["is_open"]


def test_a_month_without_a_rate_has_no_point_rather_than_a_zero():
    rows = SPECS["rates"]()["data"]["values"]

    assert [row["month"] for row in rows if not row["is_before"]] == ["2025-05-01"]


def test_an_outlier_before_does_not_flatten_the_lines_of_now():
    top = SPECS["rates"]()["encoding"]["y"]["scale"]["domain"][1]

    assert top == pytest.approx(0.045)


def test_charts_speak_the_language_of_the_page():
    with translation.override("zh-hans"):
        text = json.dumps(SPECS["movements"](), ensure_ascii=False)

    assert "流失" in text
    assert "5月" in text
    assert "万" in text


def test_every_colour_of_a_chart_is_known_to_the_export():
    for make in SPECS.values():
        assert "var(--" not in json.dumps(for_export(make()))


def test_a_week_of_a_play_leads_to_its_messages_and_says_nothing_of_goals_that_are_not_over():
    volume, goal = (SPECS[name]()["data"]["values"] for name in ("play", "goal"))

    assert [(row["label"], row["series"], row["text"], row.get("href")) for row in volume] == [
        ("May 5, 2025", "Came in", "6", None),
        ("May 5, 2025", "Messages out", "3", "/calendar?from=2025-05-05"),
        ("May 12, 2025", "Came in", "1", None),
    ]
    assert [(row["series"], row["share"]) for row in goal] == [
        ("Reached by it", 0.5), ("Left alone", 0.0),
    ]  # fmt: skip
