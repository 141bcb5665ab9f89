"""What may be asked, what is refused, and what a refusal says."""

import pytest

from segments.segment_worlds import ACCOUNTS, COLUMNS, PEOPLE, TODAY, condition, tables
from tenure.segments.asking import count, look, members, sample
from tenure.segments.bad_condition import BadCondition
from tenure.segments.condition import read_condition


def refusal(text, vocabulary=ACCOUNTS) -> BadCondition:
    with pytest.raises(BadCondition) as caught:
        read_condition(text, vocabulary=vocabulary)
    return caught.value


def pointed_at(text, vocabulary=ACCOUNTS) -> str:
    place = refusal(text, vocabulary).position
    return text[place.start : place.start + place.length]


@pytest.mark.parametrize(
    ("text", "message", "place", "suggestion"),
    [
        (
            "last_seen_day > 14",
            "no column `last_seen_day`; did you mean `days_since_seen`?",
            "last_seen_day", "days_since_seen",
        ),
        ("14 < last_seen_day", "did you mean `days_since_seen`?", "last_seen_day",
         "days_since_seen"),
        ("plan = Pro", "if it is a text, write it in quotes: 'Pro'", "Pro", "'Pro'"),
        ("plan = \"it's\"", "write it in quotes: 'it''s'", "\"it's\"", "'it''s'"),
        ("zzz = 1", "no column `zzz`; the list of columns says what there is", "zzz", ""),
        ("mrr_minor > 'abc'", "`mrr_minor` is a number and `'abc'` is a text", "'abc'", ""),
        ("mrr_minor > '100'", "write a number, without quotes", "'100'", "100"),
        ("plan = 3", "`plan` is a text and `3` is a number", "3", "'3'"),
        ("renews_on < '2026-01-01'", "write a date", "'2026-01-01'", "date '2026-01-01'"),
        ("is_annual = 1", "write true or false", "1", "true"),
        ("mrr_minor", "`mrr_minor` is a number and no question; compare it", "mrr_minor", ""),
        ("unused_features", "is a list and no question", "unused_features", ""),
        ("unused_features = 'x'", "ask has(unused_features, 'a text')", "unused_features", ""),
        ("plan = null", "ask `is null` or `is not null`", "plan = null", ""),
        ("plan in ('Pro', null)", "nothing is ever equal to null", "plan in ('Pro', null", ""),
        ("mrr_minor = 1 = 2", "two comparisons in a row", "mrr_minor = 1 = 2", ""),
        ("plan = 'Pro", "never closed", "'Pro", ""),
        ("mrr_minor >", "cannot be read on", ">", ""),
        ("(mrr_minor > 1", "cannot be read on", "1", ""),
        ("", "there is no condition", "", ""),
        ("did('x')", "did('an event', 30)", "did('x')", ""),
        ("did('x', 0) > 1", "from 1 to 3650", "0", ""),
        ("did(Report, 30) > 1", "in single quotes", "Report", "'Report'"),
        ('last("Report") > 1', "in single quotes", '"Report"', "'Report'"),
        ("lowr(plan) = 'x'", "no function `lowr`; did you mean `lower`?", "lowr(plan)", ""),
        ("round(seats_used_share) = 1", "no function `round`", "round(seats_used_share)", ""),
        ("plan + 1 > 2", "takes numbers, or a date and days", "plan", ""),
        ("last(last('x')) > 1", "in single quotes", "last('x')", ""),
        ("renews_on < date '2026-02-30'", "is no day", "'2026-02-30'", ""),
        ("renews_on < date '9999-12-31'", "hundred years", "'9999-12-31'", ""),
        ("renews_on < today + interval '3 lifetimes'", "cannot be read",
         "interval '3 lifetimes'", ""),
        ("mrr_minor > 1e999", "cannot be read", "1e999", ""),
        ("plan like stage", "like takes a text in quotes", "stage", ""),
        ("plan in (stage)", "is no plain value", "stage", ""),
        ("is_annual > true", "has no order", "is_annual", ""),
        ("account.plan = 'x'", "here write `plan` alone", "account.plan", "plan"),
        ("select 1", "`select` means nothing", "select", ""),
        ("plan = 'x' -- or so", "a comment cannot stand", "'x'", ""),
        ("plan = 'x'; drop table event", "`;` means nothing", ";", ""),
        ("mrr_minor::text = '1'", "`::` means nothing", "::", ""),
        ("plan in (select plan from event)", "`select` means nothing", "select", ""),
        ("has(plan, 'x')", "here stands a list", "plan", ""),
    ],
)  # fmt: skip
def test_a_refusal_says_what_where_and_what_instead(text, message, place, suggestion):
    error = refusal(text)

    assert message in error.message
    assert error.suggestion == suggestion
    if place:
        assert pointed_at(text) == place


def test_the_place_is_told_by_line_and_column():
    place = refusal("mrr_minor > 0\n  and pln = 'x'").position

    assert (place.line, place.column, place.length) == (2, 7, 3)


def test_the_error_as_json_holds_place_and_suggestion():
    shape = refusal("plan = Pro").as_json()

    assert shape["code"] == "bad_condition"
    assert shape["position"] == {"line": 1, "column": 8, "length": 3, "start": 7}
    assert shape["suggestion"] == "'Pro'"


def test_sixty_parentheses_are_refused_and_ten_are_not():
    deep = "(" * 60 + "mrr_minor = 1" + ")" * 60

    assert "nested too deeply" in refusal(deep).message
    assert condition("(" * 10 + "mrr_minor = 1" + ")" * 10).tree == condition("mrr_minor = 1").tree


def test_a_long_chain_is_read_without_nesting():
    read = condition(" or ".join(f"mrr_minor = {n}" for n in range(140)))

    assert len(read.tree.parts) == 140
    assert "too long" in refusal(" or ".join(f"mrr_minor = {n}" for n in range(200))).message


def test_a_column_may_be_called_as_a_word_of_sql():
    assert [str(column) for column in condition("order > 3").columns] == ["order"]


def test_names_are_read_in_any_case_and_in_double_quotes():
    assert condition("PLAN = 'Pro' AND \"stage\" = 'new'").columns == (
        *condition("plan = 'Pro'").columns,
        *condition("stage = 'new'").columns,
    )


def test_an_event_that_nobody_sent_is_told_and_not_refused():
    [unseen] = condition("did('Report Exportd', 30) = 0").unseen

    assert unseen.event == "Report Exportd"
    assert unseen.near[0] == "Report Exported"


def test_people_are_asked_for_their_account_by_name():
    read = condition("account.plan = 'Pro' and role = 'buyer'", PEOPLE)

    assert [str(column) for column in read.columns] == ["account.plan", "role"]
    assert refusal("plan = 'Pro'", PEOPLE).suggestion == "account.plan"


@pytest.fixture
def world(tmp_path):
    with tables(tmp_path) as found:
        rows = [
            ("a", "Pro", 900, "EUR", 20), ("b", "Pro", 500, "EUR", 3), ("c", "Team", 70, "USD", 30),
            ("d", None, None, None, None),
        ]  # fmt: skip
        names = ("account_id", "plan", "mrr_minor", "currency", "days_since_seen")
        found.accounts([dict(zip(names, row, strict=True)) for row in rows])
        found.uses(
            [
                ("a", "p1", "Report Exported", TODAY, 2),
                ("a", "p2", "Report Exported", TODAY.replace(year=2025), 7),
                ("b", "p3", "Report Exported", TODAY.replace(month=2), 1),
                (None, "p4", "Report Exported", TODAY, 1),
            ]
        )
        yield found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plan = 'Pro'", "ab"),
        ("plan <> 'Pro'", "c"),  # null is not unequal either
        ("not plan = 'Pro'", "c"),
        ("plan is null", "d"),
        ("coalesce(plan, '') <> 'Pro'", "cd"),
        ("plan not in ('Team', 'x')", "ab"),
        ("plan = 'Team' or days_since_seen < 14", "bc"),
        ("did('Report Exported', 1) = 2", "a"),  # today alone
        ("did('Report Exported', 28) >= 1", "a"),
        ("did('Report Exported', 29) >= 1", "ab"),
        ("did('Report Exported', 30) = 0", "cd"),
        ("did('Report Exported', 3650) = 9", "a"),
        ("last('Report Exported') = 28", "b"),
        ("last('Report Exported') is null", "cd"),
        ("mrr_minor / 0 > 1 or mrr_minor / 0 is null and plan = 'Team'", "c"),
        ("mrr_minor between 70 and 500", "bc"),
    ],
)
def test_who_fulfils_a_condition(world, text, expected):
    found = members(world, condition(text))["subject_id"].to_pylist()

    assert "".join(sorted(found)) == expected
    assert count(world, condition(text)) == len(expected)


def test_a_look_counts_adds_up_by_currency_and_shows_the_greatest_first(world):
    found = look(world, condition("days_since_seen > 0 or plan is null"))

    assert found.count == 4
    assert found.mrr_minor == {"EUR": 1400, "USD": 70}
    assert found.sample == ("a", "b", "c", "d")
    assert sample(world, condition("plan = 'Nope'")) == ()


def test_an_event_without_an_account_belongs_to_none(world):
    assert count(world, condition("did('Report Exported', 1) > 0")) == 1


def test_no_word_of_the_text_is_in_the_statement(world):
    from tenure.segments import as_sql

    read = condition("plan = 'Zebra' and did('Okapi', 77) > 4242 and name like 'Tapir%'")
    query, asking = as_sql.select(read, [as_sql.subject(read)])
    text = as_sql.statement(read, query, asking).text

    assert not any(word in text for word in ("Zebra", "Okapi", "Tapir", "4242", "77"))
    assert {"Zebra", "Okapi", "Tapir%", 4242, 77} <= set(asking.params.values())


def test_every_column_of_the_small_catalogue_can_be_asked():
    for name in COLUMNS:
        question = f"length({name}) > 0" if name == "unused_features" else f"{name} is not null"
        assert condition(question).columns[0].name == name
