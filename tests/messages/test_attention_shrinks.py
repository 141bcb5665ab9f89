"""Who does not respond gets less, and a whole account no more than it may."""

from datetime import timedelta

import pytest
from mailbox_worlds import mail_to
from message_worlds import NOON
from planning_worlds import held, home_with, people, release, stand, why

from tenure.customers.models import Person
from tenure.messages.because_words import because_sentence
from tenure.messages.mailbox.models import MailReply
from tenure.messages.models import Message
from tenure.messages.reach_settings import reach_settings

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def got(who: str, *days_ago: float, **columns: object) -> list[Message]:
    """Mails of plays that reached somebody so many days before."""
    made = []
    for days in days_ago:
        at = NOON - days * DAY
        fields = {"topic": "tips", "sending_at": at, "ended_at": at, "points": 3, **columns}
        made.append(mail_to(f"{who}@example.org", at, key=f"{who}/{days}", **fields))
    return made


def seen(who: str, days_ago: float | None) -> None:
    at = NOON - days_ago * DAY if days_ago is not None else None
    Person.objects.filter(pk=who).update(last_seen_at=at)


def test_who_let_five_messages_go_by_gets_half_until_they_are_back(tmp_path):
    people("ann\nbob\ncai\ndee")
    home = home_with(tmp_path)
    for who, last in (("ann", 50), ("bob", 12), ("cai", 50), ("dee", None)):
        got(who, 40, 30, 20, 15, 3)
        seen(who, last)
    MailReply.objects.create(
        key="r", message=Message.objects.get(key="cai/15"), person_id="cai", at=NOON - 14 * DAY,
        heard_at=NOON,
    )  # fmt: skip
    held("ann mail key ann\nbob mail key bob\ncai mail key cai\ndee mail key dee")
    release(home)
    now = {key: status for key, status in stand().items() if "/" not in key}
    # Three points are spent of 9, and of 4: another mail is one point too many for Ann alone.
    assert now == {"ann": "held", "bob": "ready", "cai": "ready", "dee": "ready"}
    because = Message.objects.get(key="ann").because
    assert (because["code"], because["allowance"], because["whole"]) == ("fatigue", 4, 9)
    said = because_sentence(because)
    assert said.endswith("holds 4 instead of 9 points, because they let several messages go by")
    seen("ann", 1)
    release(home, NOON + 4 * DAY)
    assert Message.objects.get(key="ann").status == "ready"


def test_what_they_are_owed_is_neither_counted_nor_withheld(tmp_path):
    people("ann")
    got("ann", 40, 30, 20, 15, 10, 3, topic="")
    seen("ann", 50)
    held("ann mail key a\nann mail topic owed key b")
    release(home_with(tmp_path))
    assert {key: stand()[key] for key in ("a", "b")} == {"a": "ready", "b": "ready"}


def test_it_may_be_switched_off(tmp_path):
    people("ann")
    got("ann", 40, 30, 20, 15, 3)
    seen("ann", 50)
    held("ann mail key a")
    release(home_with(tmp_path, "halves_after = 0"))
    assert stand()["a"] == "ready"


def test_a_whole_account_gets_no_more_than_it_may_and_what_matters_most_goes_first(tmp_path):
    people("ann\nbob\ncai\ndee")
    rows = held(
        "ann mail priority 10 key ann\nbob mail priority 90 key bob\n"
        "cai mail priority 50 key cai\ndee mail key dee"
    )
    named = [row.key for row in rows if row.key != "dee"]
    Message.objects.filter(key__in=named).update(account_id="acme")
    home = home_with(tmp_path, "points_a_week_account = 6")
    assert reach_settings(home).points_a_week_account == 6
    release(home)
    assert stand() == {"ann": "held", "bob": "ready", "cai": "ready", "dee": "ready"}
    assert why("ann") == "account_fatigue"
    because = Message.objects.get(key="ann").because
    assert (because["spent"], because["allowance"]) == (6, 6)
    assert because_sentence(because).endswith("what all people of their account get")
    Message.objects.exclude(key="ann").update(status="sent", sending_at=NOON, ended_at=NOON)
    release(home, NOON + 7 * DAY)
    assert stand()["ann"] == "ready"


def test_it_is_their_account_that_is_full_also_where_they_got_most_of_their_own_week(tmp_path):
    people("ann\nbob")
    got("ann", 2, 1, account_id="")
    got("bob", 3, 2)
    held("ann mail key ann")
    Message.objects.filter(key="ann").update(account_id="acme")
    release(home_with(tmp_path, "points_a_week_account = 6"))
    assert why("ann") == "account_fatigue"


def test_without_a_limit_accounts_have_none(tmp_path):
    people("\n".join(f"p{n}" for n in range(20)))
    held("\n".join(f"p{n} mail" for n in range(20)))
    Message.objects.update(account_id="acme")
    home = home_with(tmp_path)
    assert reach_settings(home).points_a_week_account is None
    release(home)
    assert set(stand().values()) == {"ready"}


def test_of_an_account_that_is_left_alone_as_many_would_have_gone(tmp_path):
    people("ann\nbob\ncai")
    held("ann mail arm hold_out\nbob mail arm hold_out\ncai mail arm hold_out")
    Message.objects.update(account_id="acme")
    release(home_with(tmp_path, "points_a_week_account = 6"))
    assert sorted(stand().values()) == ["control", "control", "held"]
