"""Who left for what is mended is brought into the play of the library, and hears only if they asked."""

from dataclasses import replace
from datetime import date

import pytest
from library_mails import made, read

from reasons.fix_worlds import company, lived, names
from reasons.reason_worlds import at
from tenure.base.errors import InvalidInput
from tenure.card.refresh import refresh_lake_and_cards
from tenure.messages.consent import OPERATOR, asked_for, say
from tenure.plays.in_force import play_named
from tenure.plays.library_commands import put_play_in_force
from tenure.plays.models import Enrolment
from tenure.plays.winning_back import WonBack, fix_words, win_back
from tenure.reasons.fixes_recorded import FixGiven, fix_of, record_fix, withdraw_fix

pytestmark = pytest.mark.django_db
NOW = "2025-10-01"
LEFT = {
    "a00": (
        "2025-06-01",
        '{"reason": "missing_feature", "follow_up": "by_hand", "text": "No  Gantt."}',
    ),
    "a01": ("2025-06-02", '{"reason": "missing_feature"}'),
}
MORE = """
2025-05-01 09:00  bea@a04  reason: Reason Given  {"reason": "missing_feature", "text": "We need Gantt."}
2025-05-02 09:00  cyd@a05  reason: Reason Given  {"reason": "missing_feature"}
2025-05-03 09:00  dan@a06  reason: Reason Given  {"reason": "missing_feature"}
2025-07-12 09:00  bea@a04  Gantt Drawn
2025-07-13 09:00  cyd@a05  Gantt Drawn
2025-07-14 09:00  dan@a06  Gantt Drawn
"""  # noqa: E501


def test_who_left_for_it_comes_in_once_with_what_they_said(home) -> None:
    lived(home, company(dict.fromkeys(names(8), "2025-01-01"), LEFT, MORE), NOW)
    refresh_lake_and_cards(home, at(NOW))
    given = FixGiven(
        "Gantt", code="missing_feature", detail="by_hand", shipped_on=date(2025, 7, 1),
        adoption_event="Gantt Drawn",
    )  # fmt: skip
    fix = record_fix(given, now=at("2025-07-01"), by="ada")
    # Billing of this world knows their notice and never heard of the end.
    play = made("win_back_mended")
    text = play.files["play.toml"].replace(
        "status in ('left', 'never_paid'", "status in ('leaving'"
    )
    files = {**play.files, "play.toml": text}
    put_play_in_force(replace(play, files=files), at(NOW), "ada")
    play = play_named("win_back_mended")

    assert win_back(home, play, fix, at(NOW)) == WonBack(left=1, said_no=0, not_mended=0, entered=1)
    row = Enrolment.objects.get()
    assert (row.account_id, row.because) == ("a00", f"fix: {fix.key}")
    assert fix_words(row.because, "a00") == {
        "title": "Gantt", "shipped_on": date(2025, 7, 1), "you_said": "No Gantt.",
    }  # fmt: skip
    assert fix_words(row.because, "a01")["you_said"] is None
    # What one of them said is quoted to nobody else.
    quoted = [fix_words(row.because, "a00", person)["you_said"] for person in ("ada", "bea")]
    assert quoted == ["No Gantt.", None]
    # The same again brings in nobody; what is withdrawn is not mended.
    assert win_back(home, play, fix, at(NOW)).entered == 0
    withdraw_fix(fix, date(2025, 9, 1), now=at(NOW), by="ada")
    assert win_back(home, play, fix_of(fix.key), at(NOW)).not_mended == 1
    assert fix_words(row.because, "a00") == {"title": None, "shipped_on": None, "you_said": None}


def test_a_play_that_is_not_entered_by_hand_takes_nobody(home) -> None:
    fix = record_fix(FixGiven("Gantt", code="missing_feature"), now=at(NOW), by="ada")
    with pytest.raises(InvalidInput, match="nps is not entered by hand"):
        win_back(home, read("nps"), fix, at(NOW))
    assert fix_words("event: Account Created", "a00") == dict.fromkeys(
        ("title", "shipped_on", "you_said")
    )


def test_asking_for_a_topic_is_a_word_that_can_be_taken_back(home) -> None:
    assert asked_for({"ada", "bob"}, "news_of_fixes") == set()
    say("ada", "news_of_fixes", is_granted=False, how=OPERATOR, now=at("2025-09-01"))
    say("ada", "news_of_fixes", is_granted=True, how=OPERATOR, now=at(NOW))
    assert asked_for({"ada", "bob"}, "news_of_fixes") == {"ada"}
    say("ada", "news_of_fixes", is_granted=False, how=OPERATOR, now=at(NOW))
    assert asked_for({"ada", "bob"}, "news_of_fixes") == set()
