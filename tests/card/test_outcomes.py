"""What an account wants is stated by an event, in several ways, and every version is read back."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from customers.arriving import NOW, arrive, events
from import_world import ImportWorld, ship_everything
from tenure.base.errors import InvalidInput, NotFound
from tenure.card import product_commands
from tenure.card.outcomes import outcome_history, state_outcome, versions_of
from tenure.card.product import read_product
from tenure.card.product_parts import Product
from tenure.customers.follow import follow
from tenure.customers.merging import merge
from tenure.customers.publishing import publish_links
from tenure.definitions.store import put_in_force
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh

pytestmark = pytest.mark.django_db
PRODUCT = """
[[role]]
name = "buyer"
values = ["owner"]
[[outcome]]
name = "faster"
title = "Invoices go out faster"
events = ["Invoice Sent"]
values = ["quicker invoicing"]
"""


def known(home, text: str) -> None:
    """These events, and who they are about; no card is made."""
    arrive(home, events(text))
    follow(home, NOW)


@pytest.fixture(autouse=True)
def in_force(home):
    put_in_force("product", "", PRODUCT, now=NOW, by="ada")


def history(home, account: str = "acme"):
    with reading(home, fresh=True) as reader:
        return outcome_history(reader, account)


def test_each_way_of_stating_an_outcome_is_read(home):
    known(home, """
        day 1 group    @acme       {"required_outcome": "Quicker invoicing"}
        day 2 identify ada @acme   {"required_outcome": "clients see it", "role": "Owner"}
        day 3 track    bob @acme   Outcome Stated  {"outcome": "faster", "role": "user", "text": "please"}
        day 4 system   @acme       Outcome Stated  {"outcome": "capacity", "by": "eve"}
        day 5 group    @other      {"required_outcome": "nothing to do with acme"}
        day 6 group    @acme       {"plan": "says nothing of an outcome"}
    """)  # fmt: skip

    said = history(home)

    assert [(one.outcome, one.title, one.role, one.via) for one in said] == [
        ("capacity", "capacity", "", "event"),
        ("faster", "Invoices go out faster", "user", "event"),
        ("clients see it", "clients see it", "buyer", "identify"),
        ("faster", "Invoices go out faster", "", "group"),
    ]
    assert [one.is_current for one in said] == [True, True, True, False]
    assert (said[0].said_by, said[1].text, said[1].person_id) == ("eve", "please", "bob")


def test_an_outcome_drifts_and_is_taken_back(home):
    known(home, """
        day 1 group @acme  {"required_outcome": "faster"}
        day 2 group @acme  {"required_outcome": "faster"}
        day 3 group @acme  {"required_outcome": "cheaper"}
        day 4 group @acme  {"required_outcome": ""}
        day 5 group @acme  {"required_outcome": null}
    """)  # fmt: skip

    said = history(home)

    assert [(one.outcome, one.is_change) for one in said] == [
        ("", True), ("cheaper", True), ("faster", False), ("faster", True),
    ]  # fmt: skip
    assert said[0].is_current


def test_a_person_states_an_outcome_and_it_reaches_the_lake_as_an_event(home):
    known(home, "day 1 group @acme  {}")

    stated = state_outcome(
        home,
        "acme",
        " invoices GO out faster",
        role="buyer",
        by="eve",
        text=" on the call ",
        now=NOW,
    )
    ship_everything(home, NOW)

    [said] = history(home)
    assert stated == said.outcome == "faster"
    assert (said.role, said.said_by, said.text, said.occurred_at) == (
        "buyer",
        "eve",
        "on the call",
        NOW,
    )


def test_what_no_outcome_of_the_file_means_is_kept_in_its_own_words(home):
    known(home, "day 1 group @acme  {}")

    assert state_outcome(home, "acme", " 看清项目利润 ", by="eve", now=NOW) == "看清项目利润"
    ship_everything(home, NOW)
    state_outcome(home, "acme", "", by="eve", now=NOW + timedelta(seconds=1))
    ship_everything(home, NOW + timedelta(seconds=1))

    assert [one.outcome for one in history(home)] == ["", "看清项目利润"]


def test_an_account_that_was_merged_is_stated_for_the_one_that_stands_for_it(home):
    known(home, "day 1 group @acme  {}\nday 1 group @acme-old  {}")
    merge("account", "acme-old", "acme", "the same", now=NOW, by="eve")
    publish_links(home, NOW)

    state_outcome(home, "acme-old", "faster", by="eve", now=NOW)
    ship_everything(home, NOW)

    assert [one.outcome for one in history(home)] == ["faster"]


def test_an_account_role_or_text_that_cannot_be_is_refused(home):
    known(home, "day 1 group @acme  {}")

    with pytest.raises(NotFound, match="there is no account 'nobody'"):
        state_outcome(home, "nobody", "faster", by="eve", now=NOW)
    with pytest.raises(InvalidInput, match="role: 'boss' is none of buyer"):
        state_outcome(home, "acme", "faster", role="boss", by="eve", now=NOW)
    with pytest.raises(InvalidInput, match="outcome: at most 200 characters, not 201"):
        state_outcome(home, "acme", "x" * 201, by="eve", now=NOW)


def test_an_import_brings_outcomes_as_a_column_of_accounts_or_as_rows_of_their_own(home, tmp_path):
    world = ImportWorld(home, tmp_path / "files")
    world.write("accounts.csv", "id,name,required_outcome\nacme,Acme,faster\nzeta,Zeta,\n")
    world.write(
        "goals.csv", "account,on,outcome,role,text\nacme,2025-02-01,cheaper,owner,said so\n"
    )

    world.bring("""
        source = "crm"
        time_zone = "UTC"
        [[file]]
        match = "accounts.csv"
        kind = "account"
        [file.columns]
        account = "id"
        name = "name"
        [[file]]
        match = "goals.csv"
        kind = "event"
        [file.columns]
        account = "account"
        occurred_at = "on"
        name = { value = "Outcome Stated" }
    """)  # fmt: skip

    said = history(home)
    assert {(one.outcome, one.role, one.text, one.via) for one in said} == {
        ("faster", "", "", "group"), ("cheaper", "buyer", "said so", "event"),
    }  # fmt: skip
    assert [one for one in history(home, "zeta") if one.outcome] == []


STATEMENTS = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(["", "owner", "buyer", "user"]), st.sampled_from(["", "faster", "Quicker Invoicing", "x"])),
    max_size=12,
)  # fmt: skip


@given(STATEMENTS)
@hypothesis_settings(max_examples=100, deadline=None)
def test_the_last_statement_of_each_role_holds(statements):
    declared = read_product(PRODUCT, "product.toml")
    rows = [
        {"occurred_at": NOW + timedelta(days=day), "message_id": f"{n:03}", "source": "web", "role": role,
         "outcome": outcome, "said_by": "", "text": "", "via": "event", "person_id": None, "source_ref": None}
        for n, (day, role, outcome) in enumerate(statements)
    ]  # fmt: skip
    held: dict[str, str] = {}
    changes = 0
    for row in sorted(rows, key=lambda row: (row["occurred_at"], row["message_id"])):
        role = "buyer" if row["role"] == "owner" else row["role"]
        name = {"Quicker Invoicing": "faster"}.get(row["outcome"], row["outcome"])
        changes += held.get(role, "") != name
        held[role] = name

    versions = versions_of(rows, declared)

    assert {one.role: one.outcome for one in versions if one.is_current} == held
    assert sum(one.is_change for one in versions) == changes
    assert len(versions) == len(rows)
    assert len(versions_of(rows, Product())) == len(rows)


def test_the_command_shows_checks_and_drafts(home, tmp_path):
    known(home, "day 360 track ada @acme  Invoice Sent\nday 361 track ada @acme  Invoice Sent")
    refresh(home, NOW, packages=("tenure.lake", "tenure.collect", "tenure.measure"))
    wrong = tmp_path / "product.toml"
    wrong.write_text(PRODUCT.replace("Invoice Sent", "Invoice Snt"))

    def run(*words: str):
        return CliRunner().invoke(product_commands.product, words)

    assert run("show").output == PRODUCT
    assert "nothing to mend" in run("check").stderr
    assert (
        "no event 'Invoice Snt' has been seen; did you mean 'Invoice Sent'?"
        in run("check", str(wrong)).stdout
    )
    draft = run("draft")
    assert draft.exit_code == 0
    assert read_product(draft.stdout, "draft").features[0].events == ("Invoice Sent",)
    wrong.write_bytes(b"\xff")
    assert "save it as UTF-8" in str(run("check", str(wrong)).exception)


def test_statements_are_plain_json(home):
    known(home, "day 1 group @acme  {}")
    text = 'quotes " and \\ and 换行\n'

    state_outcome(home, "acme", "x", by="eve", text=text, now=NOW)
    ship_everything(home, NOW)

    assert history(home)[0].text == text.strip()
    assert json.loads(json.dumps(history(home)[0].text)) == text.strip()
