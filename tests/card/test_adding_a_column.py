"""A new column is one SQL file and one line: here in a package that an operator might write."""

import importlib

import pytest

from card.card_worlds import day, facts
from customers.arriving import NOW, arrive, events
from tenure.card.catalogue import account_columns
from tenure.card.models import AccountCard
from tenure.card.refresh import refresh_cards
from tenure.customers.follow import follow
from tenure.lake.reading import reading, sql_packages
from tenure.lake.refresh import refresh

pytestmark = pytest.mark.django_db

TOPIC = """\
-- card_calls: how often an account was called.
--
-- Grain    one row per account that was ever called
-- Reads    event_day
-- Params   $today date
-- Columns  account_id     varchar
--          calls_90_days  bigint
--          last_call_on   date
-- Refresh  with the card
-- Rule     docs/ours.md

select
    account_id,
    sum(case when day > ($today::date - interval 90 day)::date then events else 0 end)::bigint
        as calls_90_days,
    max(day) as last_call_on,
from event_day
where name = 'Called'
  and account_id is not null
group by account_id
"""
LINES = """
[account_card.columns]
calls_90_days = { sql = "card_calls", unit = "calls", default = 0, meaning = "m", question = "q" }
last_call_on = { sql = "card_calls", unit = "day", meaning = "m", question = "q" }
days_since_call = { since = "last_call_on", meaning = "m", question = "q" }
"""


@pytest.fixture
def packages(tmp_path, monkeypatch):
    folder = tmp_path / "our_columns"
    (folder / "sql").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "sql" / "card_calls.sql").write_text(TOPIC)
    (folder / "catalogue.toml").write_text(LINES)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    return (*sql_packages(None), "our_columns")


def test_a_column_is_one_sql_file_and_one_line(home, packages):
    arrive(
        home,
        events("""
            day 300  track  ada @acme  Called
            day 301  track  ada @acme  Called
            day 10   track  bob @beta  Opened
        """),
        facts("day 1  acme  start  a/1  status=active plan=Pro mrr_minor=1000"),
    )
    follow(home, NOW)
    refresh(home, NOW, packages=packages)
    refresh_cards(home, NOW, packages=packages)

    with reading(home, packages=packages) as reader:
        rows = {row["account_id"]: row for row in reader.relation("account_card").to_pylist()}
    assert (rows["acme"]["calls_90_days"], rows["acme"]["days_since_call"]) == (2, 64)
    assert (rows["beta"]["calls_90_days"], rows["beta"]["days_since_call"]) == (0, None)
    with reading(home, day(300.5), packages=packages) as reader:
        rows = {row["account_id"]: row for row in reader.relation("account_card").to_pylist()}
    assert (rows["acme"]["calls_90_days"], rows["acme"]["days_since_call"]) == (1, 0)
    held = AccountCard.objects.get(account_id="acme").values
    assert (held["calls_90_days"], held["last_call_on"]) == (2, str(day(301).date()))
    assert "days_since_call" not in held
    assert set(account_columns(packages)) - set(account_columns()) == {
        "calls_90_days", "last_call_on", "days_since_call",
    }  # fmt: skip
