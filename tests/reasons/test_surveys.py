"""The survey over HTTP: each answer kept as it is given, told once, and nobody else's."""

import re

import pytest
from django.core import signing
from django.test import Client

from reasons.fix_worlds import account_rows, record
from reasons.reason_worlds import at, known, records, ship_recorded
from tenure.base.clock import system_clock
from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.customers.models import Membership, Person
from tenure.lake.reading import reading
from tenure.reasons import survey_pages
from tenure.reasons.interviews_follow import follow_interviews
from tenure.reasons.models import Survey, SurveyAnswer
from tenure.reasons.survey_answers import take_answer, tell_surveys
from tenure.reasons.survey_questions import Answer
from tenure.reasons.survey_times import survey_times
from tenure.reasons.surveys import PATH, make_survey, survey_of, token_of
from tenure.reasons.worth_refusals import note_no, said_no
from tenure.tasks.models import Task

pytestmark = pytest.mark.django_db
NOW = "2026-03-10 12:00"


@pytest.fixture
def acme(home) -> Survey:
    """A survey of an account that left and said nothing."""
    account_rows(["acme", "beta"])
    record("acme", at("2026-03-01 09:00"), source="inferred", code="defects").save()
    return make_survey("acme", now=system_clock(), by="ada")


def page(client: Client, survey: Survey, **more) -> str:
    reply = client.get(PATH + token_of(survey), **more)
    assert reply.status_code == 200, reply.content.decode()
    return reply.content.decode()


def step_in(html: str) -> str:
    found = re.search(r'name="step" value="([^"]+)"', html)
    assert found, "no question is asked any more"
    return found[1]


def answer(client: Client, survey: Survey, **said):
    step = said.pop("step", None) or step_in(page(client, survey))
    data = {"action": "next", "step": step, **said}
    return client.post(PATH + token_of(survey), data)


def kept(survey: Survey) -> list[tuple]:
    rows = SurveyAnswer.objects.filter(survey=survey).order_by("place")
    return list(rows.values_list("question", "choice", "text", "is_skipped"))


def test_six_questions_one_a_page_and_then_thanks(acme, client):
    said = [
        {"text": "Invoices that go out on time, every week, without me."},
        {"choice": "defects", "text": "The totals were wrong twice, and nobody could tell why."},
        {"choice": "often"},
        {"choice": "rival", "text": "Toggl"},
        {"text": "Totals that are right, and somebody who says why they were not."},
        {"choice": "yes", "text": "mail me"},
    ]
    for each in said:
        html = page(client, acme)
        options = re.findall(r'name="choice" [^>]*value="([^"]+)"', html)
        if each.get("choice") == "often":
            each["choice"] = options[0]
        reply = answer(client, acme, **each)
        assert (reply.status_code, reply["location"]) == (303, PATH + token_of(acme))

    assert "Thank you" in page(client, acme)
    acme.refresh_from_db()
    assert acme.ended_because == "done"
    assert [row[0] for row in kept(acme)] == [
        "wanted", "stopped", "follow_up", "next_job", "kept", "talk",
    ]  # fmt: skip
    (task,) = Task.objects.filter(account_id="acme")
    assert task.title == "Exit interview: they are ready to talk"


def test_an_unfinished_survey_counts_and_each_answer_takes_the_place_of_the_last(
    acme, client, home
):
    answer(client, acme, text="Faster invoices, for all of us, every single week.")
    answer(client, acme, choice="defects", text="The totals were wrong, twice, in one month.")
    after_two = list(SurveyAnswer.objects.values_list("told", flat=True))
    ship_recorded(home, NOW)
    known(home, NOW)

    (first,) = records(source="survey", superseded_by="")
    assert after_two == [1, 1]
    assert (first.account_id, first.code, first.text) == (
        "acme", "defects", "The totals were wrong, twice, in one month.",
    )  # fmt: skip
    assert first.is_volunteered is True

    html = page(client, acme)
    options = re.findall(r'name="choice" [^>]*value="([^"]+)"', html)
    answer(client, acme, choice=options[0])
    answer(client, acme, choice="rival", text="Toggl")
    ship_recorded(home, NOW)
    known(home, NOW)

    (last,) = records(source="survey", superseded_by="")
    assert (last.code, last.next_job, last.rival) == ("defects", "rival", "Toggl")
    assert last.key != first.key
    assert records(key=first.key)[0].superseded_by
    (follow_up,) = records(source="followed_up", superseded_by="")
    assert follow_up.detail == options[0]


def test_what_was_said_on_the_way_out_is_not_asked_and_not_lost(acme, client, home):
    record("acme", at("2026-03-01 09:01"), source="stated", code="missing_feature",
           next_job="rival", rival="Toggl").save()  # fmt: skip

    first = page(client, acme)
    answer(client, acme, text="One place for all our projects, so that I can see them.")
    second = page(client, acme)

    assert "What did you want to reach" in first
    assert "What stopped you" not in second
    assert "You told us" in second
    answer(client, acme, choice="others_have_it")
    assert "What will do the job now" not in page(client, acme)
    ship_recorded(home, NOW)
    known(home, NOW)
    (said,) = records(source="survey", superseded_by="")
    assert (said.code, said.next_job, said.rival) == ("missing_feature", "rival", "Toggl")


def test_a_skipped_question_ends_it_and_nothing_more_is_taken(acme, client):
    answer(client, acme, text="Something that I wanted, told at length for once, with care.")
    step = step_in(page(client, acme))

    answer(client, acme, step=step, action="skip")
    late = answer(client, acme, step=step, choice="defects", text="too late")

    acme.refresh_from_db()
    assert (acme.ended_because, late.status_code) == ("skipped", 303)
    assert kept(acme)[1] == ("stopped", "", "", True)
    assert "Thank you" in page(client, acme)


def test_the_same_post_again_changes_nothing_and_another_one_corrects(acme, client, home):
    step = step_in(page(client, acme))
    for _ in range(3):
        assert answer(client, acme, step=step, text="First words.").status_code == 303
    answer(client, acme, step=step, text="Better words.")
    ship_recorded(home, NOW)

    assert kept(acme) == [("wanted", "", "Better words.", False)]
    assert SurveyAnswer.objects.get().changes == 1
    with reading(home, fresh=True) as reader:
        told = [row["name"] for row in reader.relation("event").to_pylist()]
    assert told == ["Survey Answered", "Survey Answered"]


def test_what_was_written_before_that_is_all_is_kept(acme, client):
    answer(client, acme, text="Faster invoices.", action="stop")
    client.post(PATH + token_of(acme), {"action": "stop"})

    acme.refresh_from_db()
    assert kept(acme) == [("wanted", "", "Faster invoices.", False)]
    assert acme.ended_because == "stopped"


def test_another_reason_does_not_take_over_the_answer_to_the_follow_up_of_the_first(
    acme, client, home
):
    answer(client, acme, text="Faster invoices, for all of us, every single week.")
    step = step_in(page(client, acme))
    answer(client, acme, step=step, choice="defects")
    options = re.findall(r'name="choice" [^>]*value="([^"]+)"', page(client, acme))
    answer(client, acme, choice=options[0])
    answer(client, acme, step=step, choice="price_value")  # back, and another one
    ship_recorded(home, NOW)
    known(home, NOW)

    (held,) = records(source="survey", superseded_by="")
    assert held.code == "price_value"
    assert records(source="followed_up", superseded_by="") == []


@pytest.mark.parametrize("broken", ["x", "", "A" * 300, "é"])
def test_a_token_that_was_changed_opens_nothing(acme, client, broken):
    token = token_of(acme)

    replies = [client.get(PATH + each) for each in (token + "x", token[:-1], f"nope{broken}")]

    assert [reply.status_code for reply in replies] == [404, 404, 404]
    assert all("This link is not valid" in reply.content.decode() for reply in replies)
    assert all("acme" not in reply.content.decode().lower() for reply in replies)


def test_a_form_of_one_account_cannot_answer_for_another(acme, client):
    other = make_survey("beta", now=system_clock(), by="ada")
    step = step_in(page(client, acme))

    swapped = answer(client, other, step=step, text="In the name of another.")
    forged = answer(client, other, step=signing.dumps([other.public_id, "wanted", 0]), text="Mine.")
    nothing = client.post(PATH + token_of(other), {"action": "next", "text": "No step."})

    assert [each.status_code for each in (swapped, forged, nothing)] == [422, 422, 422]
    assert not SurveyAnswer.objects.exists()


def test_hostile_text_is_kept_as_text_and_shown_as_text(acme, client):
    attack = '</textarea><script>alert(1)</script>{{ 7 }}\x00 \u202e "quoted" =1+1'

    reply = answer(client, acme, text=attack)
    wrong = answer(client, acme, choice="<script>", text=attack)
    long = answer(client, acme, choice="defects", text="x" * 5001)

    assert (reply.status_code, wrong.status_code, long.status_code) == (303, 422, 422)
    assert SurveyAnswer.objects.get().text == attack.replace("\x00", "")
    assert b"<script>" not in wrong.content
    assert b"&lt;script&gt;" in wrong.content
    policy = wrong["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert wrong["Cache-Control"] == "no-store"
    assert not wrong.cookies


def test_a_link_has_its_time_and_is_renewed_by_asking_for_it(acme, client):
    Survey.objects.update(expires_at=at("2026-01-01"))

    over = client.get(PATH + token_of(acme))
    again = make_survey("acme", now=system_clock(), by="ada")

    assert over.status_code == 404
    assert "The time of this link is over" in over.content.decode()
    assert again.pk == acme.pk
    assert "What did you want" in page(client, again)


def test_one_link_for_each_leaving_and_person(acme, home):
    person = Person.objects.create(person_id="p1", name="Ada", created_at=at("2025-01-01"),
                                   first_seen_at=at("2025-01-01"))  # fmt: skip
    Membership.objects.create(raw_person_id="p1", raw_account_id="acme", person=person,
                              account_id="acme", since_at=at("2025-01-01"),
                              known_at=at("2025-01-01"))  # fmt: skip
    now = system_clock()

    assert make_survey("acme", now=now, by="bob").pk == acme.pk
    assert make_survey("acme", person_id="p1", now=now, by="bob").pk != acme.pk
    assert make_survey("acme", mode="test", now=now, by="bob").pk != acme.pk
    record("acme", at("2026-06-01"), source="inferred", code="defects").save()
    assert make_survey("acme", now=now, by="bob").pk != acme.pk
    with pytest.raises(InvalidInput, match="does not belong"):
        make_survey("beta", person_id="p1", now=now, by="bob")
    with pytest.raises(NotFound, match="no account"):
        make_survey("nobody", now=now, by="bob")


def test_who_does_not_want_to_be_asked_is_not_asked(acme, client, home):
    client.post(PATH + token_of(acme), {"action": "never"})

    assert "We do not ask again" in page(client, acme)
    ship_recorded(home, NOW)
    with reading(home, fresh=True) as reader:
        told = [(row["name"], row["properties"]) for row in reader.relation("event").to_pylist()]
    assert [name for name, _ in told] == ["Survey Ended"]
    assert "stopped" in told[0][1]
    with pytest.raises(Conflict, match="do not want to be asked"):
        make_survey("acme", now=system_clock(), by="ada")
    assert said_no("acme")  # nobody made the link for one person, so it speaks for the account
    note_no("beta", by="ada", now=at(NOW))
    with pytest.raises(Conflict):
        make_survey("beta", now=system_clock(), by="ada")


def test_a_process_that_dies_before_telling_loses_no_answer(acme, client, home):
    """The answer is on disk before anything is told; the worker tells it, once."""
    answer(client, acme, text="Faster invoices.")
    answer(client, acme, choice="defects", text="The totals were wrong.")
    SurveyAnswer.objects.update(told=0)
    Survey.objects.update(reason_event="")  # killed between state and inbox, or right after it

    assert tell_surveys(home, system_clock()) == 1
    assert follow_interviews(home, system_clock()) == 0
    ship_recorded(home, NOW)
    known(home, NOW)

    assert len(records(source="survey")) == 1
    with reading(home, fresh=True) as reader:
        names = [row["name"] for row in reader.relation("event").to_pylist()]
    assert sorted(names) == ["Reason Given", "Survey Answered", "Survey Answered"]


def test_answers_are_kept_while_the_inbox_is_not_to_be_reached(acme, client, home):
    (home.root / "inbox.sqlite3").unlink(missing_ok=True)
    (home.root / "inbox.sqlite3").mkdir()  # nothing can be opened there

    reply = answer(client, acme, text="Faster invoices.")

    assert kept(acme) == [("wanted", "", "Faster invoices.", False)]
    assert reply.status_code == 303
    assert SurveyAnswer.objects.get().told == 0  # the worker tells it


def test_test_mode_is_kept_apart(home, client):
    account_rows(["acme"])
    survey = make_survey("acme", mode="test", now=system_clock(), by="ada")

    html = page(client, survey)
    answer(client, survey, text="A try.")
    answer(client, survey, choice="defects")
    ship_recorded(home, NOW)
    known(home, NOW)

    assert "Test: nothing of this counts" in html
    assert records(mode="live") == []
    assert [each.code for each in records(mode="test", source="survey")] == ["defects"]
    assert (survey_times("live").started, survey_times("test").started) == (0, 1)


def test_times_are_medians_of_what_the_server_measured(acme, home):
    other = make_survey("beta", now=system_clock(), by="ada")
    for survey, seconds in ((acme, (10.0, 20.0)), (other, (30.0, 50.0))):
        take_answer(home, survey, Answer("wanted", text="x", seconds=seconds[0]), at(NOW))
        skipped = Answer("stopped", is_skipped=True, seconds=seconds[1])
        take_answer(home, survey, skipped, at(NOW))

    told = survey_times()

    assert (told.made, told.started, told.answered, told.ended) == (2, 2, 2, {"skipped": 2})
    assert told.median_seconds == (10 + 20 + 30 + 50) / 2  # 30 and 80
    by_question = {each.question: each for each in told.questions}
    assert by_question["wanted"].median_seconds == 20.0
    assert (by_question["stopped"].answered, by_question["stopped"].skipped) == (0, 2)
    assert by_question["stopped"].ended_here == 2


@pytest.mark.parametrize(
    ("accepted", "words"), [("en", "What did you want"), ("zh-TW", "繁體中文"), ("fr", "English")]
)
def test_the_page_speaks_the_language_of_the_browser(acme, client, accepted, words):
    html = page(client, acme, headers={"accept-language": accepted})

    assert words in html
    language = {"en": "en", "zh-TW": "zh-hant", "fr": "en"}[accepted]
    assert f'<html lang="{language}" dir="ltr">' in html


def test_an_answer_that_was_too_slow_by_the_servers_clock_is_the_last(acme, client):
    old = signing.dumps(
        [acme.public_id, "wanted", int(system_clock().timestamp() * 1000) - 200_000],
        salt=survey_pages._STEP,
    )

    answer(client, acme, step=old, text="I was on the phone.")

    acme.refresh_from_db()
    assert (acme.ended_because, round(SurveyAnswer.objects.get().seconds)) == ("slow", 200)


def test_a_survey_answers_to_its_own_id_alone(acme):
    found = survey_of(token_of(acme), system_clock())

    assert found.pk == acme.pk
    assert acme.public_id not in token_of(make_survey("beta", now=system_clock(), by="ada"))
