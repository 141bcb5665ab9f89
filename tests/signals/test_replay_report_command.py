"""`tenure signals`: as typed, on a home with a small company in it."""

import csv
import io
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from card.card_worlds import facts
from customers.arriving import DAY_0, NOW, arrive, events
from lived_once import lived_once
from tenure.base.errors import BadUsage
from tenure.customers.follow import follow
from tenure.lake.refresh import refresh
from tenure.signals.commands import signals

pytestmark = pytest.mark.django_db(transaction=True)

FACTS = "\n".join(
    f"day 0 a{n} start s{n}/1 status=active plan=Pro mrr_minor=1000" for n in range(6)
) + "\n" + "\n".join(f"day {100 + n} a{n} end s{n}" for n in range(3))  # fmt: skip
EVENTS = "\n".join(
    [f"day {80 + n} track u{n} @a{n}  Cancel Page Viewed" for n in range(4)]
    + [
        f"day {30 * month + 2} track u{n} @a{n}  Report Exported"
        for n in range(6)
        for month in range(12)
    ]
)


def live(home, events_text="", facts_text=""):
    """Everything from arrival to the manifest; nothing here asks for a card."""

    def lived() -> None:
        arrive(home, events(events_text), facts(facts_text))
        follow(home, NOW)
        refresh(home, NOW)

    lived_once(home, ("to the manifest", events_text, facts_text), lived)


@pytest.fixture
def ask(home):
    def ask(*words):
        result = CliRunner().invoke(signals, words, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result

    return ask


@pytest.fixture
def company(home):
    live(home, EVENTS, FACTS)
    return home


def test_an_empty_home_has_nothing_open_nothing_to_judge_and_nothing_to_propose(ask, home):
    live(home)

    assert ask().stderr == "Nothing is open.\n"
    assert "nothing to judge" in ask("--replay").stderr
    assert json.loads(ask("--propose", "--format", "json").stdout) == []


def test_a_replay_says_for_each_kind_what_followed(ask, company):
    rows = json.loads(ask("--replay", "--format", "json").stdout)
    (row,) = [row for row in rows if row["kind"] == "cancel_intent"]

    assert (row["raised"], row["right"], row["wrong"]) == (4, 3, 1)
    assert (row["leavings"], row["warned"]) == (3, 3)
    assert row["verdict"] == "too_few"
    assert "true_causes" not in row

    table = ask("--replay", "--kind", "cancel_intent").stdout.splitlines()
    assert [line.split()[:2] for line in table] == [["kind", "raised"], ["cancel_intent", "4"]]

    as_csv = list(csv.DictReader(io.StringIO(ask("--replay", "--format", "csv").stdout)))
    assert {"lead_days_median", "chance_low", "needs_more"} <= as_csv[0].keys()

    day = (DAY_0 + timedelta(days=80)).date().isoformat()
    for wrong in (("soon", day), ("2025-03-01", "2025-02-01")):
        refused = CliRunner().invoke(signals, ["--replay", "--from", wrong[0], "--to", wrong[1]])
        assert isinstance(refused.exception, BadUsage)
    words = ("--replay", "--from", day, "--to", day, "--kind", "cancel_intent", "--format", "json")
    assert [row["raised"] for row in json.loads(ask(*words).stdout)] == [1]


def test_in_a_simulated_company_the_truth_stands_beside_it_and_what_is_heard_is_known(ask, company):
    left = (DAY_0 + timedelta(days=100)).isoformat()
    truth = {
        "account": "a0", "was": "paying", "is_voluntary": True, "true_cause": "competitor",
        "notice_at": None, "left_at": left,
    }  # fmt: skip
    company.truth_file.write_text(json.dumps({"leavings": [truth]}), "utf-8")

    table = ask("--replay", "--kind", "cancel_intent").stdout
    (row,) = json.loads(ask("--replay", "--kind", "cancel_intent", "--format", "json").stdout)

    assert [line.split() for line in table.splitlines() if "competitor" in line] == [
        ["competitor", "1", "1"]
    ]
    assert row["true_causes"] == [
        {"true_cause": "competitor", "is_voluntary": True, "leavings": 1, "warned": 1, "share": 1.0}
    ]

    rows = json.loads(ask("--propose", "--format", "json").stdout)
    assert [(row["name"], row["verdict"], row["toml"]) for row in rows] == [
        ("Cancel Page Viewed", "known", "")
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--replay", "--propose"), "one at a time"),
        (("--from", "2025-01-01"), "--replay"),
        (("--kind", "gone_quite"), "gone_quiet"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_remedy(home, words, said):
    result = CliRunner().invoke(signals, words)

    assert isinstance(result.exception, BadUsage)
    assert said in result.exception.message
