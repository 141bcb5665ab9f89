"""Every leaving has a review sheet: known or a surprise, who acted on what, what was tried."""

import json

import pytest
from click.testing import CliRunner

from reasons.reason_worlds import arrived, at
from reasons.review_worlds import LEAVES, STAYS, drawn, looked_at, prepared, review, somebody
from tenure.base.errors import Conflict, InvalidInput
from tenure.customers.merging import merge, unmerge
from tenure.customers.publishing import publish_links
from tenure.lake.reading import reading
from tenure.messages.ledger import intend
from tenure.messages.models import Channel, Message, Purpose, Status
from tenure.messages.open_signals import signal_digest
from tenure.reasons.forgetting import forget_in_reasons
from tenure.reasons.inferring_subjects import Subject
from tenure.reasons.models import LeavingReview, ReviewWord
from tenure.reasons.reviews_acts import acts_of, tried_of
from tenure.reasons.reviews_commands import reviews as reviews_command
from tenure.reasons.reviews_deciding import decide, record_words
from tenure.reasons.reviews_listed import ReviewChoice, chosen_reviews, sums_of
from tenure.reasons.reviews_seen import around
from tenure.reasons.reviews_warnings import warnings_of
from tenure.signals.models import Signal
from tenure.tasks.work import assign, close, open_task

pytestmark = pytest.mark.django_db
UPSET = """
2026-05-04 09:00  ada@acme  ticket: Ticket Opened  {"ticket_id": "t1", "tone": "angry", "subject": "Timesheets are gone"}
"""
ANSWERED = """
2026-05-06 09:00  ada@acme  ticket: Ticket Closed  {"ticket_id": "t1", "first_response_hours": 5, "is_solved": true, "by": "lena"}
"""


def world_of(key: str, text: str) -> str:
    """The same world for another account: subscriptions, tickets and people of its own."""
    said = (
        text.replace("@acme", f"@{key}").replace('"t1"', f'"{key}1"').replace("ada@", f"ada-{key}@")
    )
    lines = []
    for line in said.splitlines():
        if "fact: " in line:
            line = line if line.endswith("}") else f"{line}  {{}}"
            line = line[:-1] + ("" if line.endswith("{}") else ", ") + f'"subscription": "{key}"}}'
        lines.append(line)
    return "\n".join(lines) + "\n"


THREE = (
    world_of("a", STAYS + LEAVES)
    + world_of("b", STAYS + UPSET + LEAVES)
    + world_of("c", STAYS + UPSET + ANSWERED + LEAVES)
)


def test_what_the_lake_holds_around_a_leaving_is_what_was_drawn_and_again_the_same(home):
    """Through inbox, lake and SQL comes what a plain reading of the text gives."""
    world = STAYS + UPSET + ANSWERED + """
2026-05-10 09:00  ada@acme  Call Logged  {"text": "They want to cancel their contract.", "by": "lena"}
2026-05-20 09:00  ada@acme  Cancel Page Viewed
2026-05-31 09:00  ada@acme  offboard: Offers Chosen  {"shown": [{"name": "pause"}], "considered": [{"name": "pause", "kind": "pause"}]}
2026-06-02 09:00  ada@acme  ticket: Ticket Opened  {"tone": "angry", "subject": "too late"}
"""  # fmt: skip
    assert looked_at(home, world + LEAVES, "2026-07-02") == 1

    sheet, seen = review(), drawn(world, "2026-06-01 08:00")
    warnings = warnings_of(seen)
    assert _plain(sheet.warnings) == _plain(warnings)
    assert _plain(sheet.acts) == _plain(acts_of(seen))
    assert _plain(sheet.tried) == _plain(tried_of(seen, warnings))
    assert (sheet.known, sheet.acted_by, sheet.lead_days) == ("known", "lena", 27)
    assert (sheet.mrr, sheet.mrr_minor, sheet.currency) == ({"EUR": 5000}, 5000, "EUR")
    assert (str(sheet.decided_on), str(sheet.ended_on)) == ("2026-06-01", "2026-06-30")

    first = LeavingReview.objects.values().get()
    assert prepared(home, "2026-07-02") == 0
    assert prepared(home, "2026-07-02", again=True) == 1
    assert LeavingReview.objects.values().get() == first


def _plain(pieces):
    return [{name: piece[name] for name in piece if name != "ref"} for piece in pieces]


def test_a_subscription_that_ends_beside_another_is_no_leaving(home):
    two = '2026-01-01 08:00  @acme  fact: start  {"mrr_minor": 900, "subscription": "sub_2"}\n'
    end = '2026-06-30 08:00  @acme  fact: end  {"subscription": "sub_2"}\n'

    assert looked_at(home, STAYS + two + end, "2026-07-02") == 0
    assert not LeavingReview.objects.exists()


def test_an_account_that_came_back_keeps_its_review_and_may_leave_again(home):
    looked_at(home, STAYS + LEAVES, "2026-07-02")
    back = '2026-08-01 08:00  @acme  fact: start  {"mrr_minor": 7000, "version": "v2"}\n'
    looked_at(home, back, "2026-08-02")
    first_day_back = review().returned_on
    looked_at(home, "2026-09-10 08:00  @acme  fact: end\n", "2026-09-11")

    assert str(first_day_back) == "2026-08-01"
    assert [str(each.decided_on) for each in LeavingReview.objects.order_by("decided_at")] == [
        "2026-06-01", "2026-09-10",
    ]  # fmt: skip


def test_merged_accounts_take_their_reviews_along_and_back_again(home):
    world = (
        STAYS
        + LEAVES
        + (
            '2026-01-01 08:00  @parent  fact: start  {"mrr_minor": 100, "subscription": "sub_9"}\n'
            '2026-07-15 08:00  @parent  fact: end  {"subscription": "sub_9"}\n'
            "2026-02-01 08:00  bob@parent  Invoice Sent\n"
        )
    )
    looked_at(home, world, "2026-07-20")
    alone = sorted((each.account_id, str(each.decided_on)) for each in LeavingReview.objects.all())
    merge("account", "acme", "parent", "same company", now=at("2026-07-21"), by="ann")
    publish_links(home, at("2026-07-21"))
    prepared(home, "2026-07-21")
    together = [(each.account_id, str(each.decided_on), each.withdrawn_at is None)
                for each in LeavingReview.objects.order_by("id")]  # fmt: skip
    unmerge("account", "acme", now=at("2026-07-22"), by="ann")
    publish_links(home, at("2026-07-22"))
    prepared(home, "2026-07-22")

    assert alone == [("acme", "2026-06-01"), ("parent", "2026-07-15")]
    # As one account it decided once: with the first notice that was not taken back.
    assert ("parent", "2026-06-01", True) in together
    assert sum(is_held for _, _, is_held in together) == 1
    held = LeavingReview.objects.filter(withdrawn_at=None).order_by("account_id")
    assert [(each.account_id, str(each.decided_on)) for each in held] == alone


def test_a_reason_that_is_given_weeks_later_stands_on_the_sheet(home):
    looked_at(home, STAYS + LEAVES, "2026-07-02")
    said = '2026-07-20 09:00  ada@acme  reason: Reason Given  {"reason": "defects", "source": "survey"}\n'
    looked_at(home, said, "2026-07-21")

    assert (review().reason, review().reason_source) == ("defects", "survey")


def test_sums_are_counted_by_hand_and_nothing_is_left_of_who_is_forgotten(home):
    looked_at(home, THREE, "2026-07-02")

    sums = sums_of(chosen_reviews(ReviewChoice()))

    assert (sums.leavings, sums.known) == (3, {"surprise": 2, "known": 1})
    assert (sums.warned, sums.lead_days_median, sums.nobody_acted, sums.acted) == (2, 27.0, 1, 1)
    assert sums.mrr_minor == {"EUR": 15000}
    assert chosen_reviews(ReviewChoice(known="surprise")).count() == 2
    assert chosen_reviews(ReviewChoice(attention="unseen")).count() == 1

    printed = CliRunner().invoke(reviews_command, ["--format", "json", "--known", "known"])
    assert printed.exit_code == 0, printed.output
    assert [row["account_id"] for row in json.loads(printed.stdout)] == ["c"]
    assert "1 decided to leave" in printed.stderr

    decide(review("c"), known="known", overcome="", notes="bcc", seen=0, by="ann",
           now=at("2026-07-03"))  # fmt: skip

    forget_in_reasons([], ["ada-b"])
    of_person = review("b")
    forget_in_reasons(["c"], [])

    assert of_person.warnings == []
    assert not LeavingReview.objects.filter(account_id="c").exists()
    assert not ReviewWord.objects.exists()
    assert LeavingReview.objects.count() == 2


def test_a_person_has_the_last_word_and_the_machine_keeps_its_own(home):
    looked_at(home, STAYS + UPSET + LEAVES, "2026-07-02")
    said = {"known": "known", "overcome": "yes", "notes": "Lena knew.", "by": "ann"}
    sheet = decide(review(), **said, seen=0, now=at("2026-07-03"))
    decide(sheet, **said, seen=1, now=at("2026-07-04"))  # the same again
    with pytest.raises(Conflict, match="ann reviewed"):
        decide(sheet, **{**said, "known": "surprise", "by": "bob"}, seen=0, now=at("2026-07-04"))
    with pytest.raises(InvalidInput, match="known: 'maybe'"):
        decide(sheet, **{**said, "known": "maybe"}, seen=1, now=at("2026-07-04"))
    prepared(home, "2026-07-05", again=True)

    held = review()
    assert (held.known, held.person_known, held.held_known) == ("surprise", "known", "known")
    assert (held.words.count(), held.reviewed_by) == (1, "ann")
    assert sums_of(chosen_reviews(ReviewChoice())).known == {"known": 1}
    assert chosen_reviews(ReviewChoice(state="to_review")).count() == 0
    assert (record_words(home, at("2026-07-05")), record_words(home, at("2026-07-05"))) == (1, 0)


def test_a_notice_taken_back_is_no_leaving_and_another_one_is_a_review_of_its_own(home):
    notice = LEAVES.splitlines()[1] + "\n"
    looked_at(home, STAYS + notice, "2026-06-10")
    decide(review(), known="known", overcome="", seen=0, by="ann", now=at("2026-06-11"))
    looked_at(home, '2026-06-20 08:00  @acme  fact: notice  {"is_void": true}\n'.replace(
        '"is_void": true', '"ends_at": "2026-06-30", "is_void": true, "fact_key": "sub_1/None/notice/2026-06-01 08:00:00+00:00"'
    ), "2026-06-21")  # fmt: skip
    taken_back = review().withdrawn_at
    looked_at(home, "2026-08-01 08:00  @acme  fact: end\n", "2026-08-02")

    assert taken_back == at("2026-06-21")
    first, second = LeavingReview.objects.order_by("id")
    assert (first.person_known, first.withdrawn_at) == ("known", at("2026-06-21"))
    assert (str(second.decided_on), second.person_known) == ("2026-08-01", "")


def test_a_decision_that_turns_out_to_be_earlier_takes_the_words_along(home):
    looked_at(home, STAYS + "2026-06-30 08:00  @acme  fact: end\n", "2026-07-02")
    decide(review(), known="known", overcome="no", seen=0, by="ann", now=at("2026-07-03"))
    looked_at(home, LEAVES.splitlines()[1].replace("08:00  @", "08:00 known 2026-07-04 08:00  @")
              + "\n", "2026-07-05")  # fmt: skip

    held = review()
    assert (str(held.decided_on), held.person_known, held.withdrawn_at) == (
        "2026-06-01", "known", None,
    )  # fmt: skip


def test_a_task_that_somebody_closed_before_they_decided_is_an_act_with_a_name(home):
    arrived(home, STAYS + UPSET + LEAVES, "2026-07-02")
    task = open_task(title="Call acme", because={"kind": "person"}, account_id="acme",
                     now=at("2026-05-05"), by="tenure")  # fmt: skip
    assign(task, somebody("bob"), now=at("2026-05-06"), by="bob")
    close(task, "reached", now=at("2026-05-08"), by="bob")
    looked_at(home, "", "2026-07-02")

    sheet = review()
    assert (sheet.seen_by, sheet.seen_at) == ("bob", at("2026-05-06"))
    assert (sheet.acted_by, sheet.acted_at) == ("bob", at("2026-05-08"))
    assert [each["what"] for each in sheet.tried] == ["task_done"]


def test_a_message_about_a_signal_was_seen_before_each_leaving_that_came_after_it(home):
    looked_at(home, STAYS + LEAVES, "2026-07-02")
    signal = Signal.objects.create(
        key="s1", kind="gone_quiet", account_id="acme", happened_at=at("2026-05-01"),
        raised_at=at("2026-05-01"), last_evidence_at=at("2026-05-01"), urgency="soon",
        next_step="ask_what_changed",
    )  # fmt: skip
    intend(key="news", purpose=Purpose.DIGEST, channel=Channel.MAIL, recipient="ann@us.example",
           subject="News", text="News", html="", valid_until=at("2026-05-09"),
           about=[("signal", signal_digest(signal))], now=at("2026-05-02"))  # fmt: skip
    Message.objects.update(status=Status.SENT, ended_at=at("2026-05-02"))
    decided = [Subject("acme", at("2026-05-20")), Subject("acme", at("2026-06-01 08:00"))]

    with reading(home) as reader:
        found = around(reader, decided)

    assert [each.told for each in found] == [[at("2026-05-02")]] * 2
