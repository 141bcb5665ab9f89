"""Merging is a forest that somebody planted, and any tree of it can be taken out again."""

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from customers.arriving import DAY_0, NOW, arrive, events
from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.customers.commands import merge as merge_command
from tenure.customers.findings import identity_findings
from tenure.customers.follow import follow
from tenure.customers.forgetting import forget, ids_to_forget
from tenure.customers.merging import canonical_id, ids_behind, merge, unmerge
from tenure.customers.models import Account, IdentityLink, Membership, Person
from tenure.customers.publishing import publish_links
from tenure.customers.whole import account_as_whole, person_as_whole
from tenure.kit.sql_file import read_sql_file
from tenure.lake.reading import reading


def an_account(account_id: str, **values: object) -> Account:
    seen = {"created_at": DAY_0, "first_seen_at": DAY_0}
    return Account.objects.create(account_id=account_id, **{**seen, **values})


def links_in_lake(home) -> dict[tuple[str, str], str]:
    text = """
-- every_link: all links.
--
-- Grain    one row per link
-- Reads    identity_link
-- Params   none
-- Columns  kind  varchar
-- Rule     none

select * from identity_link
"""
    with reading(home, fresh=True) as reader:
        rows = reader.rows(read_sql_file("test", "every_link", text.strip()))
    return {(row["kind"], row["raw_id"]): row["canonical_id"] for row in rows}


@pytest.mark.django_db
class TestMerging:
    def test_a_chain_leads_to_one_and_undoing_its_middle_restores_both_halves(self):
        for each in "abc":
            an_account(each)

        merge("account", "a", "b", now=NOW)
        merge("account", "b", "c", now=NOW)
        assert canonical_id("account", "a") == "c"
        assert sorted(ids_behind("account", "c")) == ["a", "b", "c"]

        unmerge("account", "b", now=NOW)
        assert canonical_id("account", "a") == "b"
        assert canonical_id("account", "c") == "c"
        assert Account.objects.get(pk="a").merged_into == "b"
        assert Account.objects.get(pk="b").merged_into == ""

    def test_a_circle_a_repetition_and_a_stranger_are_refused(self):
        for each in "abc":
            an_account(each)
        merge("account", "a", "b", now=NOW)

        with pytest.raises(Conflict, match="one already"):
            merge("account", "b", "a", now=NOW)
        with pytest.raises(Conflict, match="one already"):
            merge("account", "a", "a", now=NOW)
        with pytest.raises(Conflict, match="a is part of b"):
            merge("account", "a", "c", now=NOW)
        with pytest.raises(NotFound, match="'nobody'"):
            merge("account", "nobody", "a", now=NOW)
        with pytest.raises(NotFound, match="not part of another"):
            unmerge("account", "c", now=NOW)
        with pytest.raises(InvalidInput, match="anonymous"):
            merge("person", "anon:x", "anon:y", now=NOW)

    def test_the_whole_takes_what_the_winner_says_and_fills_it_from_the_loser(self):
        an_account("old", traits={"name": "Old", "plan": "Pro"}, name="Old", domain="a.com")
        an_account("new", traits={"name": "New"}, name="New")
        merge("account", "old", "new", now=NOW)

        whole = account_as_whole("old")

        assert (whole.id, whole.name, whole.domain) == ("new", "New", "a.com")
        assert whole.traits == {"name": "New", "plan": "Pro"}
        assert whole.merged_ids == ["old"]

    def test_memberships_move_with_an_account_and_back(self, home):
        arrive(home, events("""
            day 1  identify  ada @old
            day 1  identify  bob @new
            day 2  identify  ada @new
        """))  # fmt: skip
        follow(home, NOW)

        def members(of: str) -> list[str]:
            found = Membership.objects.filter(account=of).order_by("raw_account_id", "person")
            return [each.person_id for each in found]

        merge("account", "old", "new", now=NOW)
        assert (members("old"), members("new")) == ([], ["ada", "bob", "ada"])
        arrive(home, events("day 3  identify  eve @old"))
        follow(home, NOW)
        assert members("new") == ["ada", "bob", "ada", "eve"]

        unmerge("account", "old", now=NOW)
        assert (members("old"), members("new")) == (["ada", "eve"], ["ada", "bob"])

    def test_an_undone_device_stays_apart_whatever_comes_later(self, home):
        arrive(home, events("day 2  identify  ada anon:x"))
        follow(home, NOW)
        unmerge("person", "anon:x", now=NOW, by="me")

        arrive(home, events("""
            day 3  identify  ada anon:x
            day 1  identify  bob anon:x
        """))  # fmt: skip
        follow(home, NOW)

        assert canonical_id("person", "anon:x") == "anon:x"
        merge("person", "anon:x", "bob", now=NOW)
        assert canonical_id("person", "anon:x") == "bob"

    def test_what_was_said_of_a_merged_person_leads_on_with_them(self, home):
        arrive(home, events("""
            day 1  identify  ada anon:x  {"name": "Ada"}
            day 1  identify  eva         {"email": "eva@acme.com"}
        """))  # fmt: skip
        follow(home, NOW)

        merge("person", "ada", "eva", "same badge", now=NOW, by="me")
        publish_links(home, NOW)
        assert links_in_lake(home) == {("person", "anon:x"): "eva", ("person", "ada"): "eva"}
        arrive(home, events("day 2  identify  ada anon:y"))
        follow(home, NOW)
        assert links_in_lake(home)["person", "anon:y"] == "eva"
        assert person_as_whole("ada").name == "Ada"

        unmerge("person", "ada", now=NOW)
        publish_links(home, NOW)
        assert links_in_lake(home) == {("person", "anon:x"): "ada", ("person", "anon:y"): "ada"}

    def test_links_are_published_once_however_often_it_is_asked(self, home):
        arrive(home, events("day 1  identify  ada anon:x @acme"))

        assert follow(home, NOW).links_published == 2
        assert follow(home, NOW).links_published == 0
        assert publish_links(home, NOW) == 0

    def test_a_forgotten_person_leaves_nothing_in_state(self, home):
        arrive(home, events("""
            day 1  identify  ada anon:x @acme  {"email": "ada@acme.com"}
            day 1  identify  old anon:y
            day 1  identify  bob anon:z @acme
            day 2  identify  bob anon:x
        """))  # fmt: skip
        follow(home, NOW)
        merge("person", "old", "ada", now=NOW)

        ids = ids_to_forget("person", "old")
        forget("person", ids)

        assert (sorted(ids.user_ids), sorted(ids.anonymous_ids)) == (["ada", "old"], ["x", "y"])
        left = [str(row) for model in (Person, Membership, IdentityLink)
                for row in model.objects.values_list()]  # fmt: skip
        assert left
        assert not [row for row in left if "ada" in row or "old" in row]
        with pytest.raises(NotFound):
            ids_to_forget("person", "ada")

    def test_a_forgotten_account_leaves_its_people(self, home):
        arrive(home, events("day 1  identify  ada @acme"))
        follow(home, NOW)

        ids = ids_to_forget("account", "acme")
        forget("account", ids)

        assert ids.account_keys == ["acme"]
        assert not Account.objects.exists()
        assert [person.pk for person in Person.objects.all()] == ["ada"]
        assert not Membership.objects.exists()

    def test_what_was_refused_is_a_finding_with_examples_and_a_remedy(self, home):
        arrive(home, events("""
            day 1  identify  ada anon:x
            day 2  identify  bob anon:x
            day 3  identify  null
        """))  # fmt: skip
        follow(home, NOW)

        refused, blocked = identity_findings()

        assert (refused.code, refused.count) == ("cannot_merge_already_identified", 1)
        assert "anon:x was claimed for bob by identify web/" in refused.examples[0]
        assert (blocked.code, blocked.count) == ("blocked_id", 1)
        assert blocked.examples == ["person id 'null' (junk) from web"]

    def test_the_command_merges_lists_and_undoes(self, home):
        an_account("old")
        an_account("new")

        def run(*args: str):
            return CliRunner().invoke(merge_command, args, catch_exceptions=False)

        assert "account old is now new" in run("account", "old", "new", "--because", "same").stderr
        [listed] = [json.loads(line) for line in run("--list").stdout.splitlines()]
        assert (listed["raw_id"], listed["canonical_id"]) == ("old", "new")
        assert (listed["because"], listed["evidence"]) == ("operator", "same")
        assert "no longer part of new" in run("account", "old", "--undo").stderr
        [undone] = [json.loads(line) for line in run("--list", "account").stdout.splitlines()]
        assert undone["canonical_id"] == ""
        assert undone["undone_at"]


NODES = list("abcdef")
acts = st.lists(
    st.tuples(st.sampled_from(["merge", "undo"]), st.sampled_from(NODES), st.sampled_from(NODES)),
    max_size=25,
)


class TestForest(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(acts)
    def test_any_merges_and_undoings_lead_where_a_plain_walk_leads(self, acts):
        """The oracle keeps a parent for each node and walks up."""
        Account.objects.bulk_create(
            Account(account_id=each, created_at=DAY_0, first_seen_at=DAY_0) for each in NODES
        )
        parents: dict[str, str] = {}

        def top(node: str) -> str:
            while node in parents:
                node = parents[node]
            return node

        for act, one, other in acts:
            is_allowed = one in parents if act == "undo" else (
                one not in parents and top(other) != one
            )  # fmt: skip
            assert attempted(act, one, other) == is_allowed
            if is_allowed and act == "merge":
                parents[one] = top(other)
            elif is_allowed:
                del parents[one]
            assert {each: canonical_id("account", each) for each in NODES} == {
                each: top(each) for each in NODES
            }

        for account in Account.objects.all():
            wanted = top(account.pk)
            assert account.merged_into == ("" if wanted == account.pk else wanted)


def attempted(act: str, one: str, other: str) -> bool:
    """Whether the act was taken."""
    deed: Callable = (
        (lambda: merge("account", one, other, now=NOW))
        if act == "merge"
        else (lambda: unmerge("account", one, now=NOW))
    )
    try:
        deed()
    except (Conflict, NotFound):
        return False
    return True
