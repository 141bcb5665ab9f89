"""Contradictions are loaded, counted and shown with both sides; none is seen where none is."""

from datetime import timedelta

import pytest

from import_world import MORNING, ImportWorld
from tenure.collect.models import QualityFinding
from tenure.collect.quality import find_contradictions, recount_contradictions
from tenure.collect.quality_codes import EXPLANATIONS, SENTENCES, SEVERITIES

pytestmark = pytest.mark.django_db

MAP = """
source = "shop"
time_zone = "America/New_York"
[[file]]
match = "accounts.csv"
kind = "account"
columns = { account = "id", created_at = "since", has_left = "left" }
[[file]]
match = "people.csv"
kind = "person"
columns = { person = "id", created_at = "since" }
[[file]]
match = "subs.csv"
kind = "subscription"
[file.columns]
account = "who"
subscription = "id"
version = "v"
starts_at = "from"
ends_at = "to"
mrr = "mrr"
[[file]]
match = "use.csv"
kind = "event"
[file.columns]
account = "who"
person = "by"
subscription = "sub"
name = { value = "Opened" }
occurred_at = "day"
[[file]]
match = "tickets.csv"
kind = "ticket"
columns = { ticket = "id", account = "who", opened_at = "from", closed_at = "to" }
[[file]]
match = "why.csv"
kind = "reason"
columns = { account = "who", occurred_at = "day" }
"""
COHERENT = {
    "accounts.csv": "id,since,left\na,2024-01-01,no\nb,2024-01-01,yes",
    "people.csv": "id,since\np,2024-01-01",
    "subs.csv": "id,v,who,from,to,mrr\ns1,1,a,2024-01-01,2024-02-01,10\ns1,2,a,2024-02-01,,12\n"
    "s2,1,b,2024-01-01,2024-03-01,10",
    "use.csv": "who,by,sub,day\na,p,s1,2024-01-01 00:30\nb,p,s2,2024-02-01",
    "tickets.csv": "id,who,from,to\nt1,a,2024-01-01,2024-01-02",
    "why.csv": "who,day\nb,2024-02-20",
}


@pytest.fixture
def world(home, tmp_path) -> ImportWorld:
    world = ImportWorld(home, tmp_path / "files")
    for name, text in COHERENT.items():
        world.write(name, text)
    return world


def found(world: ImportWorld, **files: str) -> dict[str, tuple[int, int]]:
    for name, lines in files.items():
        world.write(f"{name}.csv", COHERENT[f"{name}.csv"] + "\n" + lines)
    world.bring(MAP)
    findings = find_contradictions(world.home, "shop", "America/New_York", MORNING)
    return {finding.code: (finding.count, finding.of_count) for finding in findings}


def test_coherent_data_has_no_findings(world):
    assert found(world) == {}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"use": "a,p,,2023-12-31 23:59"}, {"use_before_sign_up": (1, 3)}),
        (
            {"accounts": "c,2024-01-01,no", "subs": "s3,1,c,2024-02-01,,10", "use": "c,p,s3,2024-01-31"},
            {"use_before_subscription": (1, 3)},
        ),
        ({"use": "b,p,s2,2024-03-02"}, {"use_after_subscription": (1, 3)}),
        (
            {"accounts": "c,2024-01-01,yes", "subs": "s3,1,c,2024-03-01,2024-02-01,10"},
            {"subscription_ends_before_start": (1, 3)},
        ),
        (
            {"accounts": "c,2024-01-01,yes",
             "subs": "s3,1,c,2024-01-01,2024-03-01,10\ns3,2,c,2024-02-01,2024-04-01,10"},
            {"overlapping_versions": (1, 5)},
        ),
        (
            {"accounts": "c,2024-01-01,no",
             "subs": "s3,1,c,2024-01-01,,10\ns3,2,c,2024-02-01,2024-04-01,10"},
            {"overlapping_versions": (1, 5)},
        ),
        (
            {"accounts": "c,2024-01-01,no", "subs": "s3,1,c,2024-01-01,,10\ns3,2,c,2024-02-01,,10"},
            {},
        ),
        ({"tickets": "t2,a,2023-12-01,"}, {"ticket_before_sign_up": (1, 2)}),
        ({"tickets": "t2,a,2024-03-02,2024-03-01"}, {"closed_before_opened": (1, 2)}),
        (
            {"accounts": "c,2024-02-01,no", "subs": "s3,1,c,2024-01-01,,10"},
            {"subscription_before_sign_up": (1, 4)},
        ),
        ({"use": "z,p,,2024-02-01\nz,p,,2024-02-02"}, {"unknown_account": (1, 3)}),
        ({"use": "a,q,,2024-02-01"}, {"unknown_person": (1, 2)}),
        ({"use": "a,p,s9,2024-02-01"}, {"no_such_subscription": (1, 3)}),
        (
            {"accounts": "c,2024-01-01,no", "subs": "s3,1,c,2027-02-01,,10"},
            {"future_dated": (1, 16)},
        ),
        (
            {"accounts": "c,2024-01-01,no", "subs": "s3,1,c,2024-01-01,,0"},
            {"amount_not_positive": (1, 4)},
        ),
        (
            {"accounts": "c,2024-01-01,yes\nd,2024-01-01,no",
             "subs": "s3,1,c,2024-01-01,,5\ns4,1,d,2024-01-01,2024-02-01,5"},
            {"final_state_contradicts": (2, 4)},
        ),
        ({"why": "a,2024-02-20"}, {"left_without_end": (1, 2)}),
        ({"tickets": "t1,a,2024-01-05,2024-01-06"}, {"one_key_two_rows": (1, 10)}),
    ],
)  # fmt: skip
def test_each_contradiction_is_counted(world, files, expected):
    counted = found(world, **files)

    # Versions of one subscription are closed one by one: the first's end is no leaving.
    assert {code: counts for code, counts in counted.items() if code in expected} == expected
    assert counted.keys() <= expected.keys()


def test_a_mended_contradiction_is_resolved_and_seen_again_when_it_is_back(world):
    found(world, use="a,p,,2023-12-01")
    first = QualityFinding.objects.get()
    assert first.examples == [
        {
            "account_id": "a", "happened_on": "2023-12-01", "compared_on": "2024-01-01",
            "source_ref": "use.csv:4", "other_ref": "accounts.csv:2",
        }
    ]  # fmt: skip

    world.write("accounts.csv", "id,since,left\na,2023-01-01,no\nb,2024-01-01,yes")
    world.bring(MAP)
    later = MORNING + timedelta(days=1)
    assert find_contradictions(world.home, "shop", "UTC", later) == []
    first.refresh_from_db()
    assert first.resolved_at == later

    world.write("accounts.csv", "id,since,left\na,2024-01-01,no\nb,2024-01-01,yes")
    world.bring(MAP)
    recount_contradictions(world.home, later)
    first.refresh_from_db()
    assert (first.resolved_at, first.first_seen_at) == (None, later)


def test_every_code_has_its_words():
    assert SEVERITIES.keys() == SENTENCES.keys() == EXPLANATIONS.keys()
