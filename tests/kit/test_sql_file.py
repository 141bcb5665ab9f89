import pytest

from tenure.base.errors import BadDefinition
from tenure.kit.sql_file import SqlColumn, discover, load, read_sql_file, sql_files

HEADER = """\
-- paid_day: what each account paid on each day,
-- in its own currency.
--
-- Grain    one row per (account_id, day)
-- Reads    billing_fact, identity_link(kind, raw_id)
-- Params   $first_on, $before_on date: half-open; $plans varchar[]
-- Columns  account_id  varchar    canonical,
--                                 never null
--          day         date
--          paid_minor  bigint
-- Refresh  by account
-- Rule     docs/metrics/paid.md
"""


def sql_of(old: str = "", new: str = "", name: str = "paid_day"):
    return read_sql_file("tests", name, HEADER.replace(old, new) + "\nselect 1")


def test_a_header_tells_all_that_the_file_promises():
    sql = sql_of()

    assert sql.summary == "what each account paid on each day, in its own currency."
    assert sql.reads == ("billing_fact", "identity_link")
    assert sql.params == {"first_on": "date", "before_on": "date", "plans": "varchar[]"}
    assert sql.columns[:2] == (
        SqlColumn("account_id", "varchar", "canonical, never null"),
        SqlColumn("day", "date"),
    )
    assert (sql.refresh, sql.rule) == ("by account", "docs/metrics/paid.md")
    assert sql.path == "tests/sql/paid_day.sql"


def test_a_file_may_read_nothing_and_need_nothing():
    bare = sql_of("billing_fact, identity_link(kind, raw_id)", "nothing")
    bare = read_sql_file(
        "tests",
        "paid_day",
        bare.text.replace("$first_on, $before_on date: half-open; $plans varchar[]", "none"),
    )

    assert (bare.reads, bare.params) == ((), {})


def test_another_text_has_another_digest():
    assert sql_of().digest == sql_of().digest != sql_of("minor", "major").digest


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("paid_day:", "paid:", "the first line has to read `-- paid_day: what it tells.`"),
        ("-- Grain    one row per (account_id, day)\n", "", "the header has no `Grain`"),
        ("-- Rule     docs/metrics/paid.md\n", "", "the header has no `Rule`"),
        ("billing_fact,", "billing_fact and", "'billing_fact and identity_link' is no relation"),
        ("day         date\n", "day         datum\n", "'day         datum' is no column"),
        ("paid_minor  bigint", "day         bigint", "a column is named twice"),
        ("by account", "hourly", "'hourly' is not one of by account, by day, full"),
        ("account_id  varchar", "account     varchar", "needs the column `account_id varchar`"),
        ("$plans varchar[]", "$first_on date", "\\$first_on is named twice"),
        (
            "$first_on, $before_on date: half-open; $plans varchar[]",
            "some",
            "or `none`, not 'some'",
        ),
        ("-- Rule", "-- Window long\n-- Rule", "write `114 days`"),
        (
            "-- Rule",
            "-- First  day, 3 days back\n-- Rule",
            "First: write `column, back relation.days`",
        ),
        (
            "-- Rule",
            "-- First  paid_minor, back identity_link.days\n-- Rule",
            "with a date of its own",
        ),
        ("-- Rule", "-- First  day, back trial.days\n-- Rule", "and a relation that it reads"),
        (
            "-- Rule",
            "-- First  day, back identity_link.days\n-- Merge  day min\n-- Rule",
            "only by account",
        ),
        ("-- Rule", "-- Portable no: speed\n-- Rule", "has to run on every engine"),
        ("-- Rule", "-- Portable\n-- Rule", "paid_day"),
        ("-- Rule", "-- Rules\n-- Rule", "'Rules' is no header line"),
        ("-- Rule", "-- Rule  x\n-- Rule", "`Rule` stands in the header twice"),
    ],
)
def test_a_broken_header_is_refused_with_what_to_do(old, new, message):
    if message == "paid_day":  # an empty `Portable` is as good as none
        assert sql_of(old, new).not_portable_because == ""
        return
    with pytest.raises(BadDefinition, match=message):
        sql_of(old, new)


def test_a_query_may_say_why_it_runs_on_one_engine_only():
    query = sql_of("-- Refresh  by account", "-- Portable no: it reads the file being imported")

    assert query.not_portable_because == "it reads the file being imported"
    with pytest.raises(BadDefinition, match="write `no: why`"):
        sql_of("-- Refresh  by account", "-- Portable yes")


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(
        BadDefinition, match=r"tenure\.lake/sql/nothing\.sql: there is no such file"
    ):
        load("tenure.lake", "nothing")


def test_files_are_found_in_the_order_of_their_packages_and_read_once():
    found = sql_files(["tenure.collect", "tenure.lake", "tenure.base"])

    packages = [sql.package for sql in found]
    assert packages == sorted(packages)
    assert load("tenure.lake", "event") is load("tenure.lake", "event")


def test_only_files_with_a_refresh_are_derived_relations_and_each_name_counts_once():
    assert [sql.name for sql in discover(["tenure.lake", "tenure.collect"])] == ["event_day"]

    with pytest.raises(BadDefinition, match="has made this relation already"):
        discover(["tenure.collect", "tenure.collect"])


MERGED = HEADER.replace("billing_fact, identity_link(kind, raw_id)", "use_day").replace(
    "-- Rule", "-- Merge    {0}\n-- Rule"
)


def merged(how: str):
    return read_sql_file("tests", "paid_day", MERGED.format(how) + "\nselect 1")


def test_a_header_may_say_how_parts_by_days_become_one_row():
    assert merged("day max, paid_minor sum").merges == (("day", "max"), ("paid_minor", "sum"))
    assert sql_of().merges == ()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("day most", "write `column min|max|sum`, separated by commas, not 'day most'"),
        ("paid sum", "not 'paid sum'"),
        ("day sum", "day is date; only a bigint adds up to the same in any order"),
    ],
)
def test_a_merge_that_cannot_be_is_refused_with_what_to_write(how, said):
    with pytest.raises(BadDefinition) as refused:
        merged(how)

    assert said in str(refused.value)


def test_only_a_relation_by_account_of_one_other_can_merge():
    with pytest.raises(BadDefinition) as refused:
        sql_of("-- Rule", "-- Merge    paid_minor sum\n-- Rule")

    assert "only by account, of one relation that it reads" in str(refused.value)
