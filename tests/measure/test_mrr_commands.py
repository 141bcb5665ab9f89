"""`tenure churn` and `tenure mrr` at the command line, on a home with a refreshed lake."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result
from ledger_worlds import fact, rate, spells, traits

from tenure.app.cli import main
from tenure.base.home import Home
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.refresh import refresh
from tenure.lake.rows import decode_rows, pack_events, pack_facts
from tenure.lake.shipping import ship

pytestmark = pytest.mark.django_db  # what is sold is read from state with every refresh

NOW = datetime(2025, 4, 10, 12, tzinfo=UTC)
CHURN_FIELDS = [
    "month", "currency", "accounts_at_start", "accounts_new", "accounts_reactivated",
    "accounts_churned", "accounts_at_end", "account_acquisition_rate", "account_churn_rate",
    "free_accounts_lost", "mrr_at_start_minor", "mrr_new_minor", "mrr_expansion_minor",
    "mrr_contraction_minor", "mrr_churned_minor", "mrr_reactivated_minor", "mrr_fx_minor",
    "mrr_at_end_minor", "gross_mrr_churn_rate", "net_mrr_churn_rate", "grr", "nrr",
]  # fmt: skip
WORLD = """
    ada  s1  2025-01-10  -           10  plan=Pro
    bob  s2  2025-01-05  2025-02-15  20  plan=Basic
    cyd  s3  2025-02-01  -           30  currency=EUR
"""


def put(home: Home, facts=(), events=()) -> None:
    """Rows into the lake the way imports bring them there, and a refresh."""
    inbox = open_inbox(home)
    bodies = [pack_facts([without_batch(row) for row in facts])] if facts else []
    bodies += [pack_events([without_batch(row) for row in events])] if events else []
    inbox.append([Arrival("rows", "billing", NOW, body, {}) for body in bodies])
    ship(home, inbox, {"rows": decode_rows}, lambda batch, rows: None, NOW)
    inbox.close()
    refresh(home, NOW)


def made(home: Home) -> Home:
    """What `tenure init` leaves that the commands look for."""
    home.secret_file.write_text("of no use to anybody")
    return home


def without_batch(row: dict) -> dict:
    return {name: value for name, value in row.items() if name not in ("batch", "occurred_month")}


@pytest.fixture
def run(home: Home) -> Callable[..., Result]:
    made(home)
    return lambda *words: CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.fixture
def filled(home: Home) -> Home:
    put(home, spells(WORLD), [traits("ada", "2025-03-02", country="DE")])
    return home


def test_json_has_exactly_the_fields_of_the_contract_in_their_order(filled, run):
    result = run("churn", "--from", "2025-01", "--to", "2025-02", "--format", "json")

    rows = json.loads(result.stdout)
    assert [list(row) for row in rows] == [CHURN_FIELDS] * 4
    assert [(row["month"], row["currency"]) for row in rows] == [
        ("2025-01", "EUR"), ("2025-01", "USD"), ("2025-02", "EUR"), ("2025-02", "USD"),
    ]  # fmt: skip
    assert rows[3]["account_churn_rate"] == 0.5
    assert (rows[0]["account_churn_rate"], rows[0]["accounts_at_start"]) == (None, 0)
    assert result.exit_code == 0


def test_a_group_stands_beside_the_currency(filled, run):
    result = run("churn", "--from", "2025-01", "--to", "2025-01", "--by", "plan", "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(rows[0])[:3] == ["month", "currency", "plan"]
    assert [(row["plan"], row["accounts_new"]) for row in rows] == [("Basic", "1"), ("Pro", "1")]


def test_a_group_without_value_has_a_name_in_a_table_and_none_elsewhere(filled, run):
    words = ["mrr", "--from", "2025-02", "--to", "2025-02", "--by", "country"]

    assert "(none)" in run(*words).stdout
    groups = {row["country"] for row in json.loads(run(*words, "--format", "json").stdout)}
    assert groups == {"DE", None}


def test_a_trait_with_the_name_of_a_field_keeps_out_of_its_way(home, run):
    put(home, spells("ada s 2025-01-01 - 10"), [traits("ada", currency="mine")])

    result = run(
        "churn", "--from", "2025-01", "--to", "2025-01", "--by", "currency", "--format", "json"
    )

    [row] = json.loads(result.stdout)
    assert (row["currency"], row["by_currency"]) == ("USD", "mine")


def test_without_months_it_tells_those_with_data(filled, run):
    """From the first movement to the last event, which is a trait and does not count."""
    rows = json.loads(run("mrr", "--format", "json").stdout)

    assert sorted({row["month"] for row in rows}) == ["2025-01", "2025-02"]


def test_ends_to_come_are_not_told_before_they_come(home, run):
    """An end far in the future is known, as is the movement that it will make."""
    put(home, spells("ada s 2025-01-10 2150-05-05 10"))

    rows = json.loads(run("churn", "--format", "json").stdout)
    [future] = json.loads(
        run("churn", "--from", "2150-05", "--to", "2150-05", "--format", "json").stdout
    )

    assert rows[-1]["month"] == "2025-01"
    assert (future["accounts_churned"], future["accounts_at_end"]) == (0, 1)


def test_as_of_tells_what_was_known_then(home, run):
    late = spells("ada s 2025-01-10 2025-02-10 10")
    late[-1]["known_at"] = datetime(2025, 3, 5, tzinfo=UTC)
    put(home, late)

    def churned(*words: str) -> int:
        words = ("churn", "--from", "2025-02", "--to", "2025-02", "--format", "json", *words)
        [row] = json.loads(run(*words).stdout)
        return row["accounts_churned"]

    assert (churned(), churned("--as-of", "2025-03-04"), churned("--as-of", "2025-03-05")) == (
        1,
        0,
        1,
    )


def test_another_rule_set_answers_at_once(filled, run):
    rows = json.loads(
        run(
            "churn", "--from", "2025-02", "--to", "2025-02", "--rules", "stripe", "--format", "json"
        ).stdout
    )

    assert [row["account_churn_rate"] for row in rows] == [0.0, 0.5]


def test_one_currency(home, run):
    put(home, spells(WORLD), [rate("EUR", "USD", 2, "2025-01-01")])

    [row] = json.loads(
        run(
            "mrr", "--from", "2025-02", "--to", "2025-02", "--currency", "USD", "--format", "json"
        ).stdout
    )

    assert (row["currency"], row["accounts"], row["mrr_at_end_minor"]) == ("USD", 2, 7000)


BAD_USAGE = [
    (["--from", "2025"], "--from: '2025' is not a month; write it as 2025-03"),
    (["--to", "2025-13"], "--to: '2025-13' is not a month"),
    (
        ["--from", "2025-03", "--to", "2025-01"],
        "--from 2025-03 is after --to 2025-01; swap them",
    ),
    (["--rules", "strip"], "did you mean stripe"),
    (["--by", "plam"], "did you mean plan"),
    (["--currency", "EUR"], "no exchange rate from USD to EUR"),
    (["--currency", "euro"], "write its three letters"),
    (["--as-of", "yesterday"], "'yesterday' is not a day; write it as 2025-03-31"),
    (["--format", "xml"], "'xml' is not one of"),
    (["--form", "csv"], "No such option"),
]


@pytest.mark.parametrize("command", ["churn", "mrr"])
def test_bad_usage_says_what_to_write_and_exits_with_2(filled, run, command):
    for words, message in BAD_USAGE:
        result = run(command, *words)

        assert result.exit_code == 2, words
        assert message in result.stderr
        assert result.stdout == ""


def test_nothing_to_print_is_an_empty_list_and_a_sentence(home, run):
    result = run("churn", "--format", "json")

    assert (result.stdout, result.exit_code) == ("[]\n", 0)
    assert "`tenure import` brings them in" in result.stderr


def test_a_span_without_anybody_says_so(filled, run):
    result = run("churn", "--from", "2020-01", "--to", "2020-03")

    assert (result.stdout, result.exit_code) == ("", 0)
    assert "Nobody paid, and no free account was lost, from 2020-01 to 2020-03." in result.stderr


def test_refreshing_in_steps_gives_what_the_facts_give_at_once(home, run, tmp_path, settings):
    """Late facts, corrections and repetition, shipped one by one, each followed by a refresh."""
    facts = spells("""
        ada  s1  2025-01-10  -           10
        bob  s2  2025-01-05  2025-02-15  20
        bob  s2  2025-02-15  -           35
        cyd  s3  2025-01-20  2025-02-10  0   status=trialing
        ada  s4  2025-02-01  2025-03-01  5   plan=Extra
    """)
    facts.append(fact("pause", "bob", "2025-03-01", subscription_id="s2"))
    for row in [facts[3], facts[0], facts[2], *facts]:
        put(home, [row])
    in_steps = [run("churn", *words, "--format", "json").stdout for words in WAYS]

    settings.TENURE_HOME = Home(tmp_path / "at-once")
    settings.TENURE_HOME.root.mkdir()
    made(settings.TENURE_HOME)
    put(settings.TENURE_HOME, facts)

    assert in_steps == [run("churn", *words, "--format", "json").stdout for words in WAYS]
    assert all(len(json.loads(out)) > 2 for out in in_steps)


WAYS = ([], ["--by", "plan"], ["--rules", "recurly"], ["--rules", "recurly", "--by", "plan"])
