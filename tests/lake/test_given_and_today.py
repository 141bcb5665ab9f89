"""What the installation gives and the day itself are news too: for whom they concern, and no more."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from lake_worlds import append_rows, at, event_row, relations

from tenure.base.errors import BadDefinition
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.lake.views import ROW

HEADER = "-- {0}: x.\n--\n-- Grain    x\n-- Reads    {1}\n-- Params   {2}\n-- Columns  {3}\n"
FILES = {
    "recent": (
        "event_day", "$today date", "account_id  varchar\n--          days  bigint", "by account",
        "select account_id, count(*) as days from event_day where account_id is not null"
        " and day > ($today::date - interval 7 day)::date group by account_id",
    ),
    "ever": (
        "event_day", "none", "account_id  varchar\n--          days  bigint", "by account",
        "select account_id, count(*) as days from event_day where account_id is not null"
        " group by account_id",
    ),
    "counted": (
        "event_day, wanted", "none", "account_id  varchar\n--          events  bigint", "by account",
        "select event_day.account_id, sum(event_day.events)::bigint as events from event_day"
        " join wanted on wanted.name = event_day.name where account_id is not null"
        " group by event_day.account_id",
    ),
    "passing": (
        "recent", "none", "account_id  varchar\n--          days  bigint", "with the card",
        "select account_id, days + 1 as days from recent",
    ),
    "kept": (
        "passing", "none", "account_id  varchar\n--          days  bigint", "by account",
        "select account_id, days from passing",
    ),
}  # fmt: skip


@pytest.fixture
def packages(tmp_path, monkeypatch):
    folder = tmp_path / "today_probe"
    (folder / "sql").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    for name, (reads, params, columns, made, text) in FILES.items():
        header = HEADER.format(name, reads, params, columns)
        (folder / "sql" / f"{name}.sql").write_text(
            f"{header}-- Refresh  {made}\n-- Rule     x\n\n{text}\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    return ("tenure.lake", "tenure.collect", "today_probe")


def wanted(*names: str) -> dict[str, pa.Table]:
    return {"wanted": pa.table({"name": pa.array(names, pa.string())})}


def used(number: int, account: str, name: str = "opened") -> dict:
    when = at("2025-03-01") + timedelta(days=number)
    return event_row(f"{account}{number}{name}", when, account_key=account, name=name)


def test_a_new_day_makes_again_what_names_it_and_keeps_the_rest(home, packages):
    append_rows(home, 1, [used(1, "acme"), used(6, "acme"), used(2, "beta")])
    refresh(home, at("2025-03-07"), packages=packages, given=wanted())

    made = refresh(home, at("2025-03-09"), packages=packages, given=wanted())

    assert made.relations["ever"] == made.relations["event_day"] == "kept"
    assert made.relations["recent"] == made.relations["kept"] == "whole"
    assert made.changed_accounts == {"acme"}
    assert relations(home, packages)["recent"] == [("acme", 1), ("beta", 1)]
    assert relations(home, packages)["kept"] == [("acme", 2), ("beta", 2)]
    assert read_manifest(home).today == date(2025, 3, 9)


def test_the_same_day_touches_only_accounts_with_news(home, packages):
    append_rows(home, 1, [used(1, "acme"), used(2, "beta")])
    refresh(home, at("2025-03-07 08:00"), packages=packages, given=wanted())
    append_rows(home, 2, [used(5, "beta")])

    made = refresh(home, at("2025-03-07 20:00"), packages=packages, given=wanted())

    assert made.relations["recent"] == made.relations["kept"] == "1 accounts"
    assert made.changed_accounts == {"beta"}
    assert relations(home, packages)["kept"] == [("acme", 2), ("beta", 3)]


def test_the_day_is_that_at_the_company(home, packages):
    home.settings_file.write_text('[company]\ntime_zone = "Asia/Shanghai"\n')
    append_rows(home, 1, [used(1, "acme")])

    refresh(home, at("2025-03-07 17:00"), packages=packages, given=wanted())

    assert read_manifest(home).today == date(2025, 3, 8)


def test_other_given_rows_make_again_what_reads_them_and_keep_the_rest(home, packages):
    append_rows(home, 1, [used(1, "acme", "a"), used(2, "acme", "b"), used(2, "beta", "b")])
    refresh(home, at("2025-03-07"), packages=packages, given=wanted("a"))

    made = refresh(home, at("2025-03-07"), packages=packages, given=wanted("b"))
    again = refresh(home, at("2025-03-07"), packages=packages, given=wanted("b"))

    assert made.relations["counted"] == "whole"
    assert {made.relations[name] for name in ("ever", "recent", "event_day")} == {"kept"}
    assert set(again.relations.values()) == {"kept"}
    with reading(home, packages=packages) as reader:
        assert sorted(reader.relation("counted")["account_id"].to_pylist()) == ["acme", "beta"]


def test_what_nothing_gives_is_refused(home, packages):
    with pytest.raises(BadDefinition, match="reads 'wanted', which is none of"):
        refresh(home, at("2025-03-07"), packages=packages, given={})


def test_a_reader_before_the_first_refresh_has_a_day_too(home, packages):
    append_rows(home, 1, [used(1, "acme")])

    with reading(home, packages=packages) as reader:
        assert reader.relation("recent").to_pylist() == [{"account_id": "acme", "days": 1}]
        assert reader.relation("event" + ROW).num_rows == 1
