"""Beside the base of a relation by account lies what has changed since; beside a month, its days."""

from datetime import timedelta

from lake_worlds import NOON, PACKAGES, append_rows, at, event_row, fact_row, relations
from test_forget import traces

from tenure.base.home import Home
from tenure.lake.forget import Ids, forget
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import derived_relations
from tenure.lake.refresh import refresh
from tenure.lake.snapshot import derived_table, files_at
from tenure.lake.upkeep import maintain

ACCOUNTS = 40


def parts(home: Home, relation: str = "subscription_period") -> dict[str, list[str]]:
    """The published files of a relation, by the part that they lie in."""
    name = derived_table(derived_relations(PACKAGES)[relation])
    found: dict[str, list[str]] = {}
    for file in files_at(home, name, read_manifest(home).versions[name]):
        found.setdefault(file.part, []).append(file.path)
    return found


def with_accounts(home: Home) -> Home:
    facts = [fact_row(f"f{n}", f"account-{n}", at("2025-01-10")) for n in range(ACCOUNTS)]
    append_rows(home, 1, [event_row("e1", NOON, user_id="ann", account_key="account-1")], facts)
    refresh(home, NOON, packages=PACKAGES)
    return home


def told(home: Home, batch: int, number: int, **more: object) -> None:
    """News of one account: it holds something else from that day on."""
    when = at("2025-02-01") + timedelta(days=batch)
    fact = fact_row(f"f{number}", f"account-{number}", at("2025-01-10"), received_at=when, **more)
    append_rows(home, batch, facts=[fact])
    refresh(home, NOON, packages=PACKAGES)


def test_news_of_one_account_leaves_the_base_as_it_lies(home):
    base = parts(with_accounts(home))["base"]

    told(home, 2, 7, quantity=9)

    assert parts(home)["base"] == base
    assert len(parts(home)["recent"]) == 1
    assert relations(home) == relations(home, as_of=at("2030-01-01"))


def test_what_is_taken_back_is_gone_though_the_base_still_holds_it(home):
    base = parts(with_accounts(home))["base"]

    told(home, 2, 7, is_void=True)

    assert parts(home)["base"] == base
    assert "account-7" not in {row[0] for row in relations(home)["subscription_period"]}
    assert relations(home) == relations(home, as_of=at("2030-01-01"))


def test_who_was_gone_comes_back_with_the_next_word(home):
    with_accounts(home)

    told(home, 2, 7, is_void=True)
    told(home, 3, 7, quantity=2)

    held = [row for row in relations(home)["subscription_period"] if row[0] == "account-7"]
    assert len(held) == 1
    assert relations(home) == relations(home, as_of=at("2030-01-01"))


def test_when_many_are_recent_all_become_one_base_again(home):
    base = parts(with_accounts(home))["base"]

    for number in range(12):
        told(home, number + 2, number, quantity=9)

    assert parts(home)["base"] != base
    assert relations(home) == relations(home, as_of=at("2030-01-01"))


def test_upkeep_makes_one_base_and_changes_no_row(home):
    with_accounts(home)
    told(home, 2, 7, quantity=9)
    before, number = relations(home), read_manifest(home).number

    maintain(home, NOON, packages=PACKAGES)

    assert list(parts(home)) == ["base"]
    assert relations(home) == before
    assert read_manifest(home).number == number + 1
    assert set(refresh(home, NOON, packages=PACKAGES).relations.values()) == {"kept"}


def test_who_is_forgotten_leaves_no_trace_in_a_base_that_others_have_overtaken(home):
    token = "zqx7forgetme"
    facts = [fact_row(f"f{n}", f"account-{n}", at("2025-01-10")) for n in range(ACCOUNTS)]
    append_rows(home, 1, facts=[*facts, fact_row("t", "account-t", NOON, plan=token)])
    refresh(home, NOON, packages=PACKAGES)
    later = at("2025-04-01")
    append_rows(home, 2, facts=[fact_row("t", "account-t", NOON, received_at=later, is_void=True)])
    refresh(home, NOON, packages=PACKAGES)
    assert "recent" in parts(home)

    forget(home, Ids(account_keys=["account-t"]), NOON, packages=PACKAGES)

    assert traces(home, token) == traces(home, "account-t") == []
    assert len(relations(home)["subscription_period"]) == ACCOUNTS


def test_a_new_day_leaves_the_files_of_its_month_as_they_lie(home):
    days = [at(f"2025-02-{day:02}") for day in range(1, 20)]
    append_rows(home, 1, [event_row(f"e{n}", day, user_id="ann") for n, day in enumerate(days)])
    refresh(home, NOON, packages=PACKAGES)
    month = parts(home, "event_day")["2025-02"]

    for number in range(20, 24):
        append_rows(home, number, [event_row(f"n{number}", at(f"2025-02-{number}"), user_id="bob")])
        refresh(home, NOON, packages=PACKAGES)

    assert parts(home, "event_day")["2025-02"] == month
    assert {"2025-02-20", "2025-02-23"} <= parts(home, "event_day").keys()
    assert relations(home) == relations(home, as_of=at("2030-01-01"))


def test_days_beside_their_month_go_into_it_when_they_are_many(home):
    for number in range(1, 16):
        append_rows(
            home, number, [event_row(f"n{number}", at(f"2025-02-{number:02}"), user_id="b")]
        )
        refresh(home, NOON, packages=PACKAGES)

    assert len(parts(home, "event_day")) <= 1 + 6
    assert len(relations(home)["event_day"]) == 15
    assert relations(home) == relations(home, as_of=at("2030-01-01"))


def test_what_comes_late_for_a_day_in_its_month_is_put_there(home):
    append_rows(home, 1, [event_row(f"e{n}", at(f"2025-02-0{n}"), user_id="a") for n in (1, 2, 3)])
    refresh(home, NOON, packages=PACKAGES)
    append_rows(home, 2, [event_row("new", at("2025-02-20"), user_id="b")])
    refresh(home, NOON, packages=PACKAGES)

    append_rows(home, 3, [event_row("late", at("2025-02-02"), user_id="c")])
    refresh(home, NOON, packages=PACKAGES)

    assert list(parts(home, "event_day")) == ["2025-02"]
    assert relations(home) == relations(home, as_of=at("2030-01-01"))
