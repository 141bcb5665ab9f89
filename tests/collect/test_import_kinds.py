"""What each of the ten kinds becomes: events and billing facts, each known when it can be."""

import json
from datetime import UTC, datetime

import pytest

from import_world import MORNING, ImportWorld, totals
from tenure.collect.models import RejectedRow, Source

pytestmark = pytest.mark.django_db

HEAD = 'source = "shop"\ntime_zone = "UTC"\ncurrency = "EUR"\n'


@pytest.fixture
def world(home, tmp_path) -> ImportWorld:
    return ImportWorld(home, tmp_path / "files")


def entry(kind: str, columns: str, more: str = "", name: str = "rows.csv") -> str:
    lines = "\n".join(column.strip() for column in columns.strip().splitlines())
    return f'[[file]]\nmatch = "{name}"\nkind = "{kind}"\n{more}\n[file.columns]\n{lines}\n'


def said(row: dict) -> tuple:
    who = (row["account_key"], row["user_id"])
    return (
        row["type"],
        row["name"],
        f"{row['occurred_at']:%m-%d}",
        who,
        json.loads(row["properties"]),
    )


def test_an_account_and_a_person_may_stand_in_one_row(world):
    world.write("rows.csv", "id,since,mail,town\nu1,2024-01-05,u@x.example,Bern")
    accounts = entry(
        "account", 'account = "id"\ncreated_at = "since"\nname = "mail"', 'ignore = ["town"]'
    )
    people = entry("person", 'person = "id"\naccount = "id"\nemail = "mail"\ncreated_at = "since"')

    run = world.bring(HEAD + accounts + people)

    assert [said(row) for row in world.events()] == [
        ("group", None, "01-05", ("u1", None),
         {"name": "u@x.example", "createdAt": "2024-01-05T00:00:00Z"}),
        ("identify", None, "01-05", ("u1", "u1"),
         {"email": "u@x.example", "createdAt": "2024-01-05T00:00:00Z", "town": "Bern"}),
    ]  # fmt: skip
    assert [(row["kind"], row["new"]) for row in run.counts] == [("account", 1), ("person", 1)]


def test_an_account_without_a_date_is_known_since_the_import(world):
    world.write("rows.csv", "id,since\nu1,")
    world.bring(HEAD + entry("account", 'account = "id"\ncreated_at = "since"'))

    assert [(row["occurred_at"], row["known_at"]) for row in world.events()] == [(MORNING, MORNING)]


def test_an_event_keeps_its_id_its_subscription_and_the_other_columns(world):
    world.write("rows.csv", "id,who,what,day,sub,n\ne1,a,export,2024-01-05,s1,3")
    columns = """
    event = "id"
    account = "who"
    subscription = "sub"
    name = { column = "what", map = { export = "Report Exported" } }
    occurred_at = "day"
    """
    world.bring(HEAD + entry("event", columns))

    assert [said(row) for row in world.events()] == [
        ("track", "Report Exported", "01-05", ("a", None),
         {"event_id": "e1", "subscription_id": "s1", "n": 3}),
    ]  # fmt: skip


def test_rows_are_known_when_the_map_says_that_they_were_recorded(world):
    world.write(
        "rows.csv", "who,what,day,noted\na,Opened,2024-01-05,2024-02-01\nb,Opened,2024-01-06,"
    )
    columns = 'account = "who"\nname = "what"\noccurred_at = "day"\nknown_at = "noted"'
    world.bring(HEAD + entry("event", columns))

    known = {row["account_key"]: f"{row['known_at']:%m-%d}" for row in world.events()}
    assert known == {"a": "02-01", "b": "01-06"}
    assert world.events(as_of=datetime(2024, 1, 31, tzinfo=UTC))[0]["account_key"] == "b"


def test_a_look_up_brings_what_stands_in_another_file(world):
    world.write("subs.csv", "sub,owner\ns1,a\ns2,b\ns2,c\ns3,d\ns3,d")
    world.write("rows.csv", "sub,day\ns1,2024-01-05\ns2,2024-01-05\ns3,2024-01-05\ns4,2024-01-05")
    columns = """
    account = { lookup = "subs.csv", on = "sub", take = "owner" }
    name = { value = "Opened" }
    occurred_at = "day"
    """

    run = world.bring(HEAD + entry("event", columns))

    assert sorted(row["account_key"] for row in world.events()) == ["a", "d"]
    assert totals(run) == {"new": 2, "rejected": 2}
    assert {row.code for row in RejectedRow.objects.all()} == {"not_found"}
    assert [row.field for row in RejectedRow.objects.all()] == ["sub", "sub"]


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ('where = { state = "ok" }', ["a"]),
        ('where = { state = ["ok", "test"] }', ["a", "b"]),
        ('where_not = { state = ["test", ""] }', ["a"]),
        ('where_not = { state = "test" }', ["a", "c"]),
    ],
)
def test_where_chooses_rows_of_a_file(world, condition, names):
    world.write("rows.csv", "who,day,state\na,2024-01-05,ok\nb,2024-01-05,test\nc,2024-01-05,")
    columns = 'account = "who"\nname = { value = "Opened" }\noccurred_at = "day"'

    world.bring(HEAD + entry("event", columns, condition))

    assert [row["account_key"] for row in world.events()] == names


def test_a_ticket_is_opened_and_closed_when_that_is_known(world):
    world.write(
        "rows.csv",
        "id,who,from,to,hours,topic\nt1,a,2024-01-05,2024-01-07,48,login\nt2,a,2024-01-06,,,bill",
    )
    columns = (
        'ticket = "id"\naccount = "who"\nopened_at = "from"\nclosed_at = "to"\nsubject = "topic"'
    )
    world.bring(HEAD + entry("ticket", columns, 'at_end = ["hours"]'))

    assert [said(row) for row in world.events()] == [
        ("ticket", "Ticket Opened", "01-05", ("a", None), {"ticket_id": "t1", "subject": "login"}),
        ("ticket", "Ticket Opened", "01-06", ("a", None), {"ticket_id": "t2", "subject": "bill"}),
        ("ticket", "Ticket Closed", "01-07", ("a", None), {"ticket_id": "t1", "hours": 48}),
    ]
    early = world.events(as_of=datetime(2024, 1, 6, 12, tzinfo=UTC))
    assert [row["name"] for row in early] == ["Ticket Opened", "Ticket Opened"]


def test_a_ticket_that_is_open_again_says_so(world):
    ticket = entry("ticket", 'ticket = "id"\naccount = "who"\nopened_at = "from"\nclosed_at = "to"')
    world.write("rows.csv", "id,who,from,to\nt1,a,2024-01-05,2024-01-07")
    world.bring(HEAD + ticket)
    world.write("rows.csv", "id,who,from,to\nt1,a,2024-01-05,")
    world.bring(HEAD + ticket)

    assert [row["name"] for row in world.events()] == ["Ticket Opened", "Ticket Reopened"]


def test_reasons_mentions_metrics_and_incidents(world):
    world.write("why.csv", "id,who,day,why,words\nr1,a,2024-01-05,price,too dear")
    world.write("said.csv", "day,where,by,what,link\n2024-01-06,forum,kim,slow,https://x.example/1")
    world.write(
        "figures.csv", "what,day,n,u\nNPS,2024-01-07,31.50,points\nNPS,2024-02-07,oops,points"
    )
    world.write(
        "down.csv", "id,from,to,parts,whom\ni1,2024-01-08 10:00,2024-01-09 11:00,api; app,a;b"
    )
    maps = (
        entry("reason", 'given = "id"\naccount = "who"\noccurred_at = "day"\nreason = "why"\ntext = "words"', name="why.csv")
        + entry("mention", 'occurred_at = "day"\nchannel = "where"\nauthor = "by"\ntext = "what"\naddress = "link"', name="said.csv")
        + entry("metric", 'name = "what"\noccurred_at = "day"\nvalue = "n"\nunit = "u"', name="figures.csv")
        + entry("incident", 'incident = "id"\nstarts_at = "from"\nends_at = "to"\nfeatures = "parts"\naccounts = "whom"', name="down.csv")
    )  # fmt: skip

    run = world.bring(HEAD + maps)

    incident = {"incident_id": "i1", "features": ["api", "app"], "accounts": ["a", "b"]}
    assert [said(row) for row in world.events()] == [
        ("reason", "Reason Given", "01-05", ("a", None),
         {"reason_id": "r1", "reason": "price", "text": "too dear"}),
        ("mention", "Mention", "01-06", (None, None),
         {"channel": "forum", "author": "kim", "text": "slow", "url": "https://x.example/1"}),
        ("metric", "NPS", "01-07", (None, None), {"value": 31.5, "unit": "points"}),
        ("incident", "Incident Began", "01-08", (None, None), incident),
        ("incident", "Incident Ended", "01-09", (None, None), incident),
    ]  # fmt: skip
    assert run.rows_rejected == 1


def test_a_subscription_row_becomes_a_start_an_end_and_a_notice(world):
    world.write(
        "rows.csv", "id,who,from,to,told,seats,fee\ns1,a,2024-01-05,2024-03-05,2024-02-01,3,120"
    )
    columns = """
    subscription = "id"
    account = "who"
    starts_at = "from"
    ends_at = "to"
    notice_at = "told"
    quantity = "seats"
    amount = "fee"
    billing_interval = { value = "year" }
    """
    world.bring(HEAD + entry("subscription", columns))

    facts = {row["kind"]: row for row in world.facts()}
    start, notice, end = facts["start"], facts["notice"], facts["end"]
    assert [row["fact_key"] for row in (start, notice, end)] == ["s1/start", "s1/notice", "s1/end"]
    assert (start["amount_minor"], start["mrr_minor"], start["currency"]) == (12000, 1000, "EUR")
    assert (start["status"], start["quantity"], start["version_key"]) == ("active", 3, None)
    assert f"{notice['effective_at']:%m-%d}, {notice['ends_at']:%m-%d}" == "02-01, 03-05"
    assert f"{end['effective_at']:%m-%d}, known {end['known_at']:%m-%d}" == "03-05, known 02-01"


def test_versions_follow_one_another_and_a_last_one_can_say_that_it_is_over(world):
    world.write(
        "rows.csv",
        "id,v,who,from,state,fee\ns1,1,a,2024-01-01,active,10\ns1,2,a,2024-02-01,trial,20\n"
        "s1,3,a,2024-03-01,cancelled,20",
    )
    columns = """
    subscription = "id"
    version = "v"
    account = "who"
    starts_at = "from"
    status = "state"
    mrr = "fee"
    """
    world.bring(HEAD + entry("subscription", columns))

    assert [
        (row["kind"], row["version_key"], row["status"], row["mrr_minor"]) for row in world.facts()
    ] == [
        ("start", "1", "active", 1000),
        ("start", "2", "trialing", 2000),
        ("end", None, None, None),
    ]


def test_a_subscription_without_an_amount_has_no_mrr(world):
    world.write("rows.csv", "id,who,from\ns1,a,2024-01-01")
    world.bring(
        HEAD + entry("subscription", 'subscription = "id"\naccount = "who"\nstarts_at = "from"')
    )

    assert [(row["status"], row["amount_minor"], row["mrr_minor"]) for row in world.facts()] == [
        ("active", None, None)
    ]


def test_pauses_and_what_ends_them(world):
    world.write("rows.csv", "id,who,from,to\ns1,a,2024-01-05,2024-01-07\ns1,a,2024-02-05,")
    columns = """
    subscription = "id"
    account = "who"
    starts_at = "from"
    ends_at = { column = "to", inclusive = true }
    """
    world.bring(HEAD + entry("subscription", columns, 'effect = "pause"'))

    assert [(row["kind"], f"{row['effective_at']:%m-%d}") for row in world.facts()] == [
        ("pause", "01-05"), ("resume", "01-08"), ("pause", "02-05"),
    ]  # fmt: skip


def test_the_source_remembers_what_recurring_revenue_is_read_from(world):
    world.write("rows.csv", "id,who,from,fee\nl1,a,2024-01-01,10")
    lines = entry(
        "invoice_line",
        'line = "id"\naccount = "who"\nstarts_at = "from"\namount = "fee"\n'
        'billing_interval = { value = "month" }',
    )
    world.bring(HEAD + 'mrr_from = "invoice_lines"\n' + lines)

    source = Source.objects.get()
    assert (source.slug, source.kind, source.mrr_from) == ("shop", "import", "invoice_lines")
    assert source.last_seen_at == MORNING
