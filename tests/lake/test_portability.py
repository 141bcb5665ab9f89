"""What Spark would refuse or answer differently; see PORTABILITY.md."""

import re
from importlib.resources import files

import pytest

from tenure.kit.sql_file import read_sql_file
from tenure.lake.portability import unportable, unportable_in

REFUSED = [
    ("join", "select * from a asof join b using (x, y)"),
    ("join", "select * from a positional join b"),
    ("join", "select * from t, lateral (select t.a) as l"),
    ("series", "select * from generate_series(1, 3)"),
    ("series", "select unnest(generate_series(0, 11))::bigint"),
    ("series", "select unnest(range(3)) as x"),
    ("quantile", "select quantile_cont(x, 0.5) from t"),
    ("quantile", "select percentile_cont(0.5) within group (order by x) from t"),
    ("approximate", "select approx_count_distinct(x) from t"),
    ("list", "select list(x order by y) from t"),
    ("list", "select string_agg(x, ',') from t"),
    ("list", "select list(x) from t"),
    ("list", "select list_sort(list(x order by y)) from t"),
    ("nested_value", "select x[1] from t"),
    ("nested_value", "select {'a': 1}"),
    ("len", "select len(x) from t"),
    ("division", "select a / b from t"),
    ("division", "select a // b from t"),
    ("division", "select a % b from t"),
    ("division", "select a / 0 from t"),
    ("cast_to_integer", "select cast(2.5 as int)"),
    ("cast_to_integer", "select (a * 1.5)::bigint from t"),
    ("cast_to_integer", "select avg(a)::bigint from t"),
    ("cast_to_integer", "select round(a, 2)::bigint from t"),
    ("date_diff", "select date_diff('day', a, b) from t"),
    ("date_diff", "select date_diff('month', a::date, b::date) from t"),
    ("date_diff", "select a::date - b::date from t"),
    ("date_trunc", "select date_trunc('month', day) from t"),
    ("instant_day", "select occurred_at::date from t"),
    ("instant_day", "select date_trunc('day', occurred_at)::date from t"),
    ("time_zone", "select day::timestamp at time zone 'x' from t"),
    ("epoch", "select epoch(x_at) from t"),
    ("unknown_function", "select epoch_us(x_at) from t"),
    ("epoch", "select extract(epoch from x_at) from t"),
    ("weekday", "select dayofweek(day) from t"),
    ("arg_max", "select arg_max(a, b) from t"),
    ("arg_max", "select min_by(a, b) from t"),
    ("arbitrary", "select any_value(a) from t"),
    ("arbitrary", "select first(a order by b) from t"),
    ("distinct_on", "select distinct on (a) a, b from t"),
    ("pivot", "select * from t pivot (sum(x) for y in ('a', 'b'))"),
    ("union_by_name", "select 1 as a union by name select 2 as a"),
    ("sample", "select a from t using sample 10%"),
    ("clock_or_chance", "select random()"),
    ("clock_or_chance", "select current_date"),
    ("unknown_function", "select hash(x) from t"),
    ("statements", "select 1; select 2"),
    ("parse", "select from where"),
]
ACCEPTED = [
    "select (occurred_at at time zone $time_zone)::date as day, count(*) as n from event group by 1",
    "select (max(occurred_at) at time zone $time_zone)::date from t",
    "select a / nullif(b, 0), a / 100, a % 7, a / nullif(b, 0)::double from t",
    "select date_diff('day', a_on::date, b_on::date) from t",
    "select date_trunc('month', day)::date, last_day(day), make_date(y, m, 1) from t",
    "select (year(b) * 12 + month(b)) - (year(a) * 12 + month(a)) as months from t",
    "select unnest(generate_series(0, 11)) as i",
    "select unnest($names) as name",
    "select sum(x)::bigint, count(distinct y), median(x), bool_or(z) from t",
    "select sum(x) filter (where y)::bigint from t",
    "select coalesce(sum(case when kind = 'new' then x end), 0)::bigint from t",
    "select round(a / nullif(b, 0))::bigint, floor(a)::bigint from t",
    "select attributes ->> '$.country' from t",
    "select length(a), lower(a), contains(a, 'x'), starts_with(a, 'x'), a || b from t",
    "select lag(x, 1, 0) over (partition by a order by b), row_number() over w from t window w as (order by a)",
    "select a from t qualify row_number() over (partition by a order by b) = 1",
    "with recursive n as (select 1 as i union all select i + 1 from n where i < 3) select * from n",
    "select * from a semi join b using (id) where not exists (select 1 from c where c.id = a.id)",
    "select extract(year from day), day + interval 1 month from t",
    "select coalesce(list_sort(list(x) filter (where x is not null)), []::varchar[]) from t",
    "select list_filter([case when a then 'a' end, b], lambda x: x is not null) as c from t",
]


@pytest.mark.parametrize(("code", "text"), REFUSED)
def test_what_differs_on_spark_is_refused_with_a_remedy(code, text):
    found = unportable_in(text)

    assert code in [each.code for each in found]
    assert all(each.remedy for each in found)


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_is_equal_on_both_is_accepted(text):
    assert [str(each) for each in unportable_in(text)] == []


def test_every_code_stands_in_the_list_and_every_line_of_the_list_has_a_case():
    page = (files("tenure.lake") / "PORTABILITY.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    listed = {code for row in rows for code in re.findall(r"`(\w+)`", row)}

    assert {code for code, _ in REFUSED} <= listed
    assert listed - {code for code, _ in REFUSED} <= {"translate"}


def test_a_query_with_a_reason_is_let_through():
    text = (
        "-- q: x.\n--\n-- Grain  x\n-- Reads  t\n-- Params  none\n-- Columns  a  bigint\n"
        "-- Portable  no: it runs while a file is imported\n-- Rule  x\nselect len(x) as a from t"
    )

    assert unportable(read_sql_file("tests", "q", text)) == []
