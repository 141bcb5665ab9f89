"""Talks: their notes with consent, the reason that is concluded, and the sheet made from data."""

from datetime import date

import pytest
from click.testing import CliRunner

from reasons.fix_worlds import account_rows, company, lived
from reasons.reason_worlds import at, known, records, ship_recorded
from tenure.base.errors import InvalidInput, NotFound
from tenure.card.models import AccountCard
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.reasons.forgetting import forget_in_reasons
from tenure.reasons.interview_sheet import sheet_of
from tenure.reasons.interviews import (
    TalkNoted,
    change_interview,
    note_interview,
    noted_of,
    tell_interviews,
)
from tenure.reasons.interviews_commands import interviews
from tenure.reasons.interviews_listed import sheet_json
from tenure.reasons.models import Interview, Survey, SurveyAnswer
from tenure.reasons.surveys import make_survey

pytestmark = pytest.mark.django_db
NOW = "2026-03-20 12:00"
NOTED = TalkNoted(
    spoke_on=date(2026, 3, 18),
    interviewer="Ada",
    spoke_with="Bob, buyer",
    notes="They never got the import to run.",
    quotes=["It took three weeks."],
    consents_to_notes=True,
    code="setup_trouble",
)


def changed(**more) -> TalkNoted:
    fields = {name: getattr(NOTED, name) for name in TalkNoted.__dataclass_fields__}
    return TalkNoted(**{**fields, **more})


def test_what_is_concluded_becomes_a_reason_and_a_second_thought_takes_its_place(home):
    account_rows(["acme"])
    talk = note_interview(home, "acme", NOTED, now=at(NOW), by="ada")
    talk = change_interview(home, talk, changed(minutes=30), now=at("2026-03-20 13:00"), by="ada")
    last = change_interview(
        home, talk, changed(code="hard_start", consents_to_quotes=True),
        now=at("2026-03-20 14:00"), by="bob",
    )  # fmt: skip
    ship_recorded(home, NOW)
    known(home, NOW)

    (held,) = records(source="interview", superseded_by="")
    assert (held.account_id, held.code) == ("acme", "hard_start")
    assert held.text == "It took three weeks.\nThey never got the import to run."
    assert (last.versions, last.noted_by) == (3, "bob")
    same = change_interview(home, last, noted_of(last), now=at("2026-03-20 15:00"), by="cyd")
    assert (same.versions, same.noted_by) == (3, "bob")


def test_quotes_leave_the_notes_only_with_their_consent(home):
    account_rows(["acme"])
    note_interview(home, "acme", NOTED, now=at(NOW), by="ada")
    ship_recorded(home, NOW)
    known(home, NOW)

    assert records(source="interview")[0].text == "They never got the import to run."
    assert Interview.objects.get().quotes == ["It took three weeks."]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"consents_to_notes": False}, "consents_to_notes"),
        ({"interviewer": " "}, "interviewer"),
        ({"spoke_on": date(2026, 4, 1)}, "spoke_on"),
        ({"minutes": 0}, "minutes"),
        ({"code": "nonsense"}, "code"),
        ({"detail": "nonsense"}, "detail"),
        ({"next_job": "nonsense"}, "next_job"),
        ({"notes": "x" * 5001}, "notes"),
        ({"quotes": ["x"] * 31}, "quotes"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(home, more, field):
    account_rows(["acme"])

    with pytest.raises(InvalidInput) as refused:
        note_interview(home, "acme", changed(**more), now=at(NOW), by="ada")

    assert refused.value.field == field
    assert not Interview.objects.exists()


def test_without_consent_the_reason_is_kept_and_no_word(home):
    account_rows(["acme"])
    bare = changed(consents_to_notes=False, notes="", quotes=[])

    talk = note_interview(home, "acme", bare, now=at(NOW), by="ada")

    assert (talk.code, talk.notes, talk.quotes) == ("setup_trouble", "", [])
    with pytest.raises(NotFound):
        note_interview(home, "nobody", bare, now=at(NOW), by="ada")


def test_a_talk_that_concludes_nothing_says_no_reason(home):
    account_rows(["acme"])

    talk = note_interview(home, "acme", changed(code=""), now=at(NOW), by="ada")

    assert talk.reason_event == ""
    assert tell_interviews(home, at(NOW)) == 0


def test_a_conclusion_that_is_taken_back_is_a_reason_no_more(home):
    account_rows(["acme"])
    talk = note_interview(home, "acme", NOTED, now=at(NOW), by="ada")
    ship_recorded(home, NOW)
    known(home, NOW)
    assert [each.code for each in records(source="interview", superseded_by="")] == [
        "setup_trouble"
    ]

    cleared = change_interview(home, talk, changed(code=""), now=at("2026-03-20 13:00"), by="ada")
    assert tell_interviews(home, at("2026-03-20 13:00")) == 0  # told once
    ship_recorded(home, NOW)
    known(home, NOW)
    assert records(source="interview", superseded_by="") == []

    change_interview(home, cleared, NOTED, now=at("2026-03-20 14:00"), by="ada")
    ship_recorded(home, NOW)
    known(home, NOW)
    assert [each.code for each in records(source="interview", superseded_by="")] == [
        "setup_trouble"
    ]


@pytest.mark.parametrize("is_known_before", [True, False])
def test_words_that_they_take_back_stand_in_no_record_any_more(home, is_known_before):
    account_rows(["acme"])
    talk = note_interview(
        home, "acme", changed(consents_to_quotes=True), now=at(NOW), by="ada"
    )  # fmt: skip
    if is_known_before:
        ship_recorded(home, NOW)
        known(home, NOW)
        assert "three weeks" in records(source="interview")[0].text

    change_interview(home, talk, NOTED, now=at("2026-03-20 13:00"), by="ada")
    ship_recorded(home, NOW)
    known(home, NOW)

    (held,) = records(source="interview", superseded_by="")
    assert held.text == "They never got the import to run."
    assert not any("three weeks" in each.text for each in records(source="interview"))
    with reading(home, fresh=True) as reader:
        told = [row["properties"] for row in reader.relation("event").to_pylist()]
    assert not any("three weeks" in each for each in told)


def test_a_kill_between_notes_and_lake_is_made_good_once(home):
    account_rows(["acme"])
    note_interview(home, "acme", NOTED, now=at(NOW), by="ada")
    Interview.objects.update(reason_event="")

    assert [tell_interviews(home, at(NOW)) for _ in range(2)] == [1, 0]
    ship_recorded(home, NOW)
    known(home, NOW)
    assert len(records(source="interview")) == 1


def test_the_sheet_has_what_is_known_and_asks_about_it(home):
    more = """
2026-01-05 09:00  ada@acme  Outcome Stated  {"outcome": "Faster invoices", "by": "Ada"}
2026-02-20 10:00  ada@acme  ticket: Ticket Opened  {"subject": "The import failed"}
"""
    left = {"acme": ("2026-03-10", '{"reason": "missing_integration", "text": "No SAP."}')}
    lived(home, company({"acme": "2026-01-01"}, left, more), "2026-03-20")
    refresh(home, at("2026-03-20"))
    AccountCard.objects.create(account_id="acme", name="Acme", status="leaving", values={
        "next_step": "first_project", "required_outcome": "Faster invoices",
    })  # fmt: skip

    sheet = sheet_of(home, "acme", at("2026-03-20"))

    assert [each.outcome for each in sheet.wanted] == ["Faster invoices"]
    assert [(each.code, each.text) for each in sheet.said] == [("missing_integration", "No SAP.")]
    assert sheet.inferred == []  # what hardly tells is left out
    assert {each.kind for each in sheet.story} >= {"ticket", "notice", "start"}
    assert any("Faster invoices" in each for each in sheet.questions)
    assert any("way that the data took" in each for each in sheet.questions)
    assert sheet_json(sheet)["said"][0]["text"] == "No SAP."
    printed = CliRunner().invoke(interviews, ["sheet", "acme"])
    assert printed.exit_code == 0, printed.output
    assert "No SAP." in printed.stdout
    assert printed.stdout.index("What they said") < printed.stdout.index("Questions\n")
    with pytest.raises(NotFound):
        sheet_of(home, "nobody", at(NOW))


def test_the_command_line_makes_a_link_and_keeps_notes(home, tmp_path):
    account_rows(["acme"])
    notes = tmp_path / "notes.txt"
    notes.write_text("They never got going.", "utf-8")
    run = CliRunner().invoke

    link = run(interviews, ["link", "acme"])
    again = run(interviews, ["link", "acme"])
    note = ["note", "acme", "--on", "2026-03-18", "--by", "Ada", "--reason", "hard_start"]
    kept = run(interviews, [*note, "--notes", str(notes), "--consent"])
    refused = run(interviews, [*note, "--notes", str(notes)])
    listed = run(interviews, ["--format", "csv"])

    assert link.stdout == again.stdout
    assert "/interview/sv_" in link.stdout
    assert Interview.objects.get(key=kept.stdout.strip()).notes == "They never got going."
    assert isinstance(refused.exception, InvalidInput)
    assert listed.stdout.count("\n") == 3
    assert run(interviews, ["times"]).exit_code == 0


def test_who_is_forgotten_leaves_no_survey_and_no_notes(home):
    account_rows(["acme", "beta"])
    survey = make_survey("acme", now=at(NOW), by="ada")
    SurveyAnswer.objects.create(survey=survey, question="wanted", place=1, text="words", seconds=1,
                                answered_at=at(NOW))  # fmt: skip
    note_interview(home, "acme", NOTED, now=at(NOW), by="ada")
    note_interview(home, "beta", changed(person_id="p1"), now=at(NOW), by="ada")

    forget_in_reasons(["acme"], ["p1"])

    assert not Survey.objects.exists()
    assert not SurveyAnswer.objects.exists()
    (left,) = Interview.objects.all()
    assert (left.account_id, left.notes, left.quotes, left.spoke_with, left.person_id) == (
        "beta", "", [], "", "",
    )  # fmt: skip
    assert left.code == "setup_trouble"
