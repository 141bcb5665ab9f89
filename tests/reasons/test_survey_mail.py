"""The mail that asks: only where it is turned on, once for each leaving, never against a wish."""

from datetime import timedelta

import pytest

from reasons.fix_worlds import account_rows, record
from reasons.reason_worlds import at
from tenure.base.errors import BadDefinition, Conflict
from tenure.customers.merging import merge
from tenure.customers.models import Membership, Person
from tenure.messages.ledger import suppress_address
from tenure.messages.models import Message, Status
from tenure.reasons.interviews import TalkNoted, note_interview
from tenure.reasons.models import LeavingReview, ReasonCursor, SaidNo, Survey
from tenure.reasons.survey_answers import decline
from tenure.reasons.survey_mail import asking, intend_surveys, wants_no_mail
from tenure.reasons.surveys import has_said_no, make_survey

pytestmark = pytest.mark.django_db
NOW = at("2026-03-20 12:00")
ON = '[interviews]\nmail = true\n[console]\nurl = "https://tenure.example.com"\n'


@pytest.fixture
def left(home):
    """Acme gave notice on the tenth; Ada said why."""
    home.settings_file.write_text(ON)
    account_rows(["acme"])
    ada = Person.objects.create(person_id="ada", name="Ada", email="ada@acme.example",
                                created_at=NOW, first_seen_at=NOW)  # fmt: skip
    Membership.objects.create(raw_person_id="ada", raw_account_id="acme", person=ada,
                              account_id="acme", since_at=NOW, known_at=NOW)  # fmt: skip
    record("acme", at("2026-03-10 09:01"), source="stated", code="other", user_id="ada").save()
    return LeavingReview.objects.create(
        key="r", account_key="acme", account_id="acme", since_on="2025-01-01",
        decided_at=at("2026-03-10 09:00"), decided_on="2026-03-10", prepared_at=NOW,
    )  # fmt: skip


def sent(home, now=NOW) -> int:
    ReasonCursor.objects.filter(name="survey_mail").delete()  # as if the time had come
    return intend_surveys(home, now)


def test_whoever_gave_notice_is_asked_once_with_a_way_not_to_be(home, left):
    assert [sent(home), sent(home), sent(home, NOW + timedelta(days=1))] == [1, 0, 0]

    (mail,) = Message.objects.all()
    survey = Survey.objects.get()
    assert (mail.recipient, mail.purpose) == ("ada@acme.example", "interview")
    assert f"https://tenure.example.com/interview/{survey.public_id}." in mail.text
    assert "Do not ask me again" in mail.text
    assert survey.mailed_at == NOW
    assert {(each.kind, each.subject_id) for each in mail.about.all()} == {
        ("account", "acme"), ("person", "ada"),
    }  # fmt: skip


def test_nobody_is_asked_unless_it_is_turned_on(home, left):
    home.settings_file.write_text("")

    assert sent(home) == 0
    assert not asking(home).is_on
    home.settings_file.write_text("[interviews]\nmails = true\n")
    with pytest.raises(BadDefinition, match="mails"):
        asking(home)


@pytest.mark.parametrize(
    "trait",
    [{"unsubscribed": True}, {"email_opt_out": "yes"}, {"Email Opt In": "no"},
     {"doNotContact": 1}],
)  # fmt: skip
def test_who_unsubscribed_is_not_asked(home, left, trait):
    Person.objects.update(traits=trait)

    assert wants_no_mail(Person.objects.get())
    assert sent(home) == 0


def test_wishes_and_events_that_speak_against_it(home, left):
    LeavingReview.objects.update(returned_on="2026-03-15")
    assert sent(home) == 0  # they are back
    LeavingReview.objects.update(returned_on=None)

    assert sent(home, at("2026-03-11")) == 0  # too soon
    assert sent(home, at("2026-04-20")) == 0  # too late

    no = SaidNo.objects.create(account_key="acme", account_id="acme", said_at=NOW, noted_by="x",
                               event_id="x")  # fmt: skip
    assert sent(home) == 0
    no.delete()

    noted = TalkNoted(spoke_on=at("2026-03-18").date(), interviewer="Ada", code="defects")
    talk = note_interview(home, "acme", noted, now=NOW, by="ada")
    type(talk).objects.update(decided_at=left.decided_at)
    assert sent(home) == 0  # somebody talked with them
    talk.delete()

    Person.objects.update(email="")
    assert sent(home) == 0
    Person.objects.update(email="ada@acme.example")
    assert sent(home) == 1


def test_who_declined_is_never_asked_again_anywhere(home, left):
    decline(home, make_survey("acme", person_id="ada", now=NOW, by="x"), NOW)

    assert sent(home) == 0
    assert not Message.objects.exists()


def test_who_declined_is_not_asked_under_the_id_that_theirs_was_merged_into(home, left):
    decline(home, make_survey("acme", person_id="ada", now=NOW, by="x"), NOW)
    Person.objects.create(person_id="ada2", name="Ada", created_at=NOW, first_seen_at=NOW)
    merge("person", "ada", "ada2", "the same", now=NOW, by="x")

    with pytest.raises(Conflict, match="do not want to be asked"):
        make_survey("acme", person_id="ada2", now=NOW, by="x")
    assert has_said_no("acme", "ada2")


def test_a_decision_that_moves_to_another_day_is_asked_about_once(home, left):
    first = sent(home)
    LeavingReview.objects.update(decided_at=at("2026-03-08 09:00"), decided_on="2026-03-08")

    assert (first, sent(home)) == (1, 0)
    assert Message.objects.count() == 1


def test_an_address_that_is_suppressed_gets_nothing(home, left):
    suppress_address("ada@acme.example", "no such mailbox", NOW)

    sent(home)

    assert Message.objects.get().status == Status.SUPPRESSED


def test_it_looks_every_few_minutes_and_not_at_every_turn(home, left):
    assert intend_surveys(home, NOW) == 1
    Survey.objects.all().delete()
    Message.objects.all().delete()

    assert intend_surveys(home, NOW + timedelta(seconds=5)) == 0
    assert intend_surveys(home, NOW + timedelta(minutes=11)) == 1
