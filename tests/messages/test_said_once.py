"""Who was two people to us is told once; if the first is never told, then by the second. Chance
leaves alone alike. What they choose from is what either got."""

from datetime import timedelta

import pytest
from message_worlds import NOON
from planning_worlds import held, home_with, people, release, stand

from tenure.customers.merging import merge
from tenure.messages.choice_link import ChoiceLink
from tenure.messages.choice_page import topics_of
from tenure.messages.models import Message

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NIGHTS = 'quiet_from = "11:00"\nquiet_until = "14:00"\n'


def two_who_are_one(lines: str, *accounts: str) -> None:
    people("ann\nbob")
    for message, account in zip(held(lines), accounts or ("acme", "acme"), strict=True):
        words = {"text": "Reports are here."} if message.arm == "treated" else {}
        Message.objects.filter(key=message.key).update(account_id=account, **words)
    merge("person", "bob", "ann", now=NOON)


def codes() -> dict[str, tuple[str, str]]:
    return {key: (status, why["code"]) for key, (status, why) in stand("status", "because").items()}


def test_the_second_waits_until_the_first_has_gone_and_is_left_out_then(tmp_path):
    two_who_are_one("ann mail key a\nbob mail key b")
    home = home_with(tmp_path)
    release(home)
    assert codes() == {"a": ("ready", "released"), "b": ("held", "same_words")}
    Message.objects.filter(key="a").update(status="sent", sending_at=NOON, ended_at=NOON)
    release(home, NOON + HOUR)
    assert stand() == {"a": "sent", "b": "suppressed"}


@pytest.mark.parametrize("fate", ["failed", "suppressed"])
def test_where_the_first_never_goes_the_second_does(tmp_path, fate):
    two_who_are_one("ann mail key a\nbob mail key b")
    home = home_with(tmp_path, NIGHTS)
    release(home)
    assert codes() == {"a": ("held", "quiet_hours"), "b": ("held", "same_words")}
    Message.objects.filter(key="a").update(status=fate, ended_at=NOON)
    release(home, NOON + 3 * HOUR)
    assert stand() == {"a": fate, "b": "ready"}


def test_what_waits_only_for_another_takes_no_place(tmp_path):
    two_who_are_one("ann mail key a priority 90\nbob mail key b priority 90")
    home = home_with(tmp_path, "points_a_week = 6\n")
    release(home)
    held("ann mail key c priority 10 play other", NOON + HOUR / 2)
    release(home, NOON + HOUR / 2)
    assert stand() == {"a": "ready", "b": "held", "c": "ready"}


def test_of_who_is_left_alone_one_counts_as_of_who_is_not(tmp_path):
    two_who_are_one("ann mail key a arm hold_out\nbob mail key b arm hold_out")
    home = home_with(tmp_path)
    release(home)
    release(home, NOON + HOUR)
    assert codes() == {"a": ("control", "control"), "b": ("suppressed", "same_words")}


def test_of_two_accounts_whose_words_nobody_wrote_each_counts(tmp_path):
    two_who_are_one("ann mail key a arm hold_out\nbob mail key b arm hold_out", "acme", "beta")
    release(home_with(tmp_path))
    assert stand() == {"a": "control", "b": "control"}


def test_the_page_of_choices_lists_the_topics_of_both():
    two_who_are_one("ann mail topic tips\nbob mail topic news")
    assert topics_of(ChoiceLink("ann", "tips")) == ["news", "tips"]
    assert topics_of(ChoiceLink("bob", "news")) == ["news", "tips"]
