"""Who there is, after what happened."""

from datetime import timedelta

import pytest

from customers.arriving import DAY_0, NOW, arrive, events
from tenure.customers.follow import follow
from tenure.customers.models import Account, BlockedId, IdentityLink, Membership, Person

pytestmark = pytest.mark.django_db


def day(number: float):
    return DAY_0 + timedelta(days=number)


def know(home, text: str) -> None:
    arrive(home, events(text))
    follow(home, NOW)


def test_a_group_call_makes_an_account_with_its_traits(home):
    know(home, """
        day 1  group  ada @acme  {"name": "Acme Ltd", "website": "https://www.Acme.com/en"}
        day 2  track  ada @acme  Report Exported
    """)  # fmt: skip

    account = Account.objects.get()

    assert (account.account_id, account.name, account.domain) == ("acme", "Acme Ltd", "acme.com")
    assert account.traits == {"name": "Acme Ltd", "website": "https://www.Acme.com/en"}
    assert (account.first_seen_at, account.last_seen_at) == (day(1), day(2))
    assert (account.created_at, account.source) == (day(1), "web")


def test_created_at_comes_from_the_trait_where_it_is_said(home):
    know(home, """
        day 1  group     @acme  {"createdAt": "2019-05-06T07:08:09+02:00"}
        day 1  group     @late  {"createdAt": 1557119289000}
        day 1  identify  ada    {"createdAt": "not a date"}
    """)  # fmt: skip

    assert Account.objects.get(pk="acme").created_at.isoformat() == "2019-05-06T05:08:09+00:00"
    assert Account.objects.get(pk="late").created_at.isoformat() == "2019-05-06T05:08:09+00:00"
    assert Person.objects.get().created_at == day(1)


def test_a_late_event_does_not_overwrite_newer_traits(home):
    know(home, 'day 5  group  @acme  {"plan": "Pro", "name": "Acme"}')
    know(home, 'day 2  group  @acme  {"plan": "Free", "industry": "Mining"}')

    account = Account.objects.get()

    assert account.traits == {"plan": "Pro", "name": "Acme", "industry": "Mining"}
    assert (account.first_seen_at, account.last_seen_at) == (day(2), day(5))


def test_a_trait_said_to_be_null_is_gone_until_it_is_said_again(home):
    know(home, """
        day 1  identify  ada  {"title": "CTO", "phone": "1"}
        day 3  identify  ada  {"title": null}
    """)  # fmt: skip
    know(home, 'day 2  identify  ada  {"title": "CEO"}')

    assert Person.objects.get().traits == {"phone": "1"}


def test_an_inactive_call_changes_traits_and_leaves_last_seen_alone(home):
    know(home, """
        day 1  identify  ada @acme           {"name": "Ada"}
        day 9  identify  ada @acme inactive  {"name": "Ada King"}
    """)  # fmt: skip

    assert (Person.objects.get().name, Person.objects.get().last_seen_at) == ("Ada King", day(1))
    assert Account.objects.get().last_seen_at == day(1)


def test_a_ticket_names_an_account_but_is_no_use_of_the_product(home):
    know(home, "day 4  ticket  ada @acme  Slow")

    assert Account.objects.get().last_seen_at is None
    assert Account.objects.get().first_seen_at == day(4)


def test_an_anonymous_visitor_is_no_person_until_identified(home):
    know(home, "day 1  page  anon:x")
    assert not Person.objects.exists()

    know(home, "day 2  identify  ada anon:x")

    link = IdentityLink.objects.get()
    assert [person.person_id for person in Person.objects.all()] == ["ada"]
    assert (link.raw_id, link.canonical_id, link.because) == ("anon:x", "ada", "identify")
    assert link.evidence == "web/day 2  identify  ada anon:x"
    assert link.changed_at == day(2)


def test_a_second_user_of_a_device_is_kept_apart_and_reported(home):
    know(home, "day 2  identify  bob anon:x")
    know(home, "day 3  identify  eve anon:x")
    assert IdentityLink.objects.get(joined_id="bob").canonical_id == "bob"

    know(home, "day 1  identify  ada anon:x")

    links = {link.joined_id: link for link in IdentityLink.objects.all()}
    assert links["ada"].canonical_id == "ada"
    for other in ("bob", "eve"):
        assert links[other].canonical_id == ""
        assert links[other].refused == "cannot_merge_already_identified"


def test_an_alias_joins_an_anonymous_id_and_never_two_people(home):
    know(home, """
        day 1  alias  ada was:x
        day 2  alias  ada was:bob
    """)  # fmt: skip
    assert not IdentityLink.objects.exclude(refused="").exists()

    know(home, "day 3  track  bob  Signed In")

    refused = IdentityLink.objects.exclude(refused="").get()
    in_force = IdentityLink.objects.exclude(canonical_id="")
    assert (refused.raw_id, refused.joined_id) == ("bob", "ada")
    assert {link.raw_id for link in in_force} == {"anon:x", "anon:bob"}
    assert set(Person.objects.values_list("pk", flat=True)) == {"ada", "bob"}


def test_one_email_does_not_make_two_people_one(home):
    know(home, """
        day 1  identify  ada  {"email": "team@acme.com"}
        day 2  identify  bob  {"email": "team@acme.com"}
    """)  # fmt: skip

    assert Person.objects.filter(email="team@acme.com", merged_into="").count() == 2
    assert not IdentityLink.objects.exists()


def test_ids_that_mean_nobody_make_nobody_and_are_reported(home):
    know(home, """
        day 1  identify  null @undefined  {"name": "Nobody"}
        day 2  identify  ada anon:0000-0000 @acme
        day 3  identify  GUEST anon:x @acme
    """)  # fmt: skip

    assert [each.pk for each in Person.objects.all()] == ["ada"]
    assert [each.pk for each in Account.objects.all()] == ["acme"]
    assert not IdentityLink.objects.exists()
    assert set(BlockedId.objects.values_list("kind", "raw_id", "because")) == {
        ("person", "null", "junk"),
        ("account", "undefined", "junk"),
        ("person", "0000-0000", "junk"),
        ("person", "GUEST", "junk"),
    }


def test_the_operator_adds_ids_to_the_block_list(home):
    home.settings_file.write_text('[customers]\njunk_ids = ["test"]\n')

    know(home, """
        day 1  identify  test
        day 1  identify  Test
    """)  # fmt: skip

    assert [each.pk for each in Person.objects.all()] == ["Test"]
    assert BlockedId.objects.get().because == "operator"


def test_the_b2b_events_make_name_join_and_end(home):
    know(home, """
        day 1  track  ada @acme  Account Created       {"account_name": "Acme"}
        day 1  track  ada @acme  Signed Up             {"first_name": "Ada", "last_name": "King", "email": "a@acme.com"}
        day 2  track  bob @acme  Account Added User    {"role": "Admin"}
        day 3  track  bob @acme  Account Removed User
        day 4  track  bob @acme  Signed Out
        day 5  track  ada @acme  Trial Started         {"trial_plan_name": "Pro", "trial_end_date": "2025-02-01"}
        day 9  track  ada @acme  Account Deleted
    """)  # fmt: skip

    account, ada = Account.objects.get(), Person.objects.get(pk="ada")
    assert (account.name, account.deleted_at) == ("Acme", day(9))
    assert account.traits["trial_plan_name"] == "Pro"
    assert (ada.name, ada.email) == ("Ada King", "a@acme.com")
    bob = Membership.objects.get(person="bob")
    assert (bob.role, bob.since_at, bob.until_at) == ("Admin", day(2), day(3))
    assert Membership.objects.get(person="ada").until_at is None


def test_who_comes_back_is_a_member_again(home):
    know(home, """
        day 3  track     bob @acme  Account Removed User
        day 8  identify  bob @acme
        day 9  track     ada @acme  Account Deleted
        day 10  group    ada @acme
    """)  # fmt: skip

    assert Membership.objects.get(person="bob").until_at is None
    assert Account.objects.get().deleted_at is None


def test_the_company_trait_of_a_person_names_the_account(home):
    know(home, """
        day 1  identify  ada  {"company": {"id": 42, "name": "Acme", "employee_count": 9}}
    """)  # fmt: skip

    account = Account.objects.get()
    assert (account.account_id, account.name) == ("42", "Acme")
    assert account.traits == {"name": "Acme", "employees": 9}
    assert Membership.objects.get().account == account


def test_an_account_that_only_billing_knows_is_there(home):
    fact = {
        "message_id": "1", "source": "stripe", "fact_key": "s/start", "kind": "start",
        "account_key": "acme", "effective_at": day(3), "known_at": day(1), "received_at": NOW,
    }  # fmt: skip

    arrive(home, [], [fact])
    follow(home, NOW)

    account = Account.objects.get()
    assert (account.account_id, account.source) == ("acme", "stripe")
    assert (account.first_seen_at, account.last_seen_at) == (day(1), None)


def test_what_no_database_takes_is_left_out(home):
    rows = events("""
        day 1  identify  ada
        day 2  identify  bob
    """)
    rows[0]["properties"] = '{"name": "A\\u0000da", "deep": [{"\\u0000": "x\\u0000"}], "n": 1e3}'
    rows[1]["user_id"] = "b\x00b"

    arrive(home, rows)
    follow(home, NOW)

    assert Person.objects.get().traits == {"name": "Ada", "deep": [{"": "x"}], "n": 1000.0}
    assert BlockedId.objects.get().because == "unprintable"


def test_a_correction_takes_back_what_only_the_corrected_event_said(home):
    know(home, """
        day 1  identify  ada anon:x @acme  {"name": "Ada"}
        day 2  identify  bob anon:y @acme  {"name": "Bob", "title": "CEO"}
        day 2  group     bob @wrong        {"name": "Wrong"}
    """)  # fmt: skip
    [again, gone] = events("""
        day 2  identify  bob @acme   {"name": "Rob"}
        day 2  group     bob @right  {"name": "Right"}
    """)
    again["corrects"] = events(
        'day 2  identify  bob anon:y @acme  {"name": "Bob", "title": "CEO"}'
    )[0]["message_id"]
    gone["corrects"] = events('day 2  group     bob @wrong        {"name": "Wrong"}')[0][
        "message_id"
    ]

    arrive(home, [again, gone])
    follow(home, NOW)

    assert Person.objects.get(pk="bob").traits == {"name": "Rob"}
    assert Person.objects.get(pk="ada").name == "Ada"
    assert set(Account.objects.values_list("pk", flat=True)) == {"acme", "right"}
    assert {link.raw_id for link in IdentityLink.objects.all()} == {"anon:x"}
    assert {(m.person_id, m.account_id) for m in Membership.objects.all()} == {
        ("ada", "acme"), ("bob", "acme"), ("bob", "right"),
    }  # fmt: skip


def test_in_one_moment_the_removal_and_the_deletion_hold(home):
    know(home, """
        day 3  identify  bob @acme
        day 3  track     bob @acme  Account Removed User
        day 3  group     ada @acme
        day 3  track     ada @acme  Account Deleted
    """)  # fmt: skip

    assert Membership.objects.get(person="bob").until_at == day(3)
    assert Account.objects.get().deleted_at == day(3)
