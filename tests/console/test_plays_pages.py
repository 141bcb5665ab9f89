"""The pages of plays: what holds, who is where, a change that reaches nobody before it was seen."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from card.card_worlds import live
from customers.arriving import NOW
from tenure.base.clock import system_clock
from tenure.console.models import DefinitionDraft
from tenure.definitions.folder_text import pack, unpack
from tenure.definitions.models import DefinitionVersion
from tenure.definitions.store import current, put_in_force
from tenure.messages.models import Channel, Message, Purpose, Status
from tenure.plays.enrolling import enrol_one
from tenure.plays.following import switch_on
from tenure.plays.in_force import play_named
from tenure.plays.models import PlaySwitch
from tenure.plays.replay_failed import WITHOUT_A_WORD, note_failed
from tenure.plays.turning import go_on_due

pytestmark = pytest.mark.django_db

WORLD = """
    day 1    group     ada @acme   {"name": "Acme"}
    day 1    identify  ada @acme   {"name": "Ada Lovelace", "email": "ada@acme.example"}
    day 364  track     ada @acme   Report Exported
"""
PLAY = """
title = "More out of reports"
topic = "tips"
[entry]
manual = true
[goal]
event = "Report Shared"
within_days = 30
[hold_out]
share = 0.5
[[step]]
name = "project"
wait = { event = "Project Created", at_most_days = 7, else = "stuck" }
[[step]]
name = "welcome"
mail = "01-welcome"
goes_to = "end"
[[step]]
name = "stuck"
task = { title = "Call them" }
"""
MAIL = '+++\nsubject = "Reports"\n+++\nHello\n'
FILES = {"play.toml": PLAY, "01-welcome.en.md": MAIL}


@pytest.fixture
def lived(home, visitor):
    live(home, WORLD)
    put_in_force("play", "reports", _packed(FILES), now=NOW, by="ada")
    switch_on(home, "reports", now=NOW, by="ada")
    enrol_one(home, play_named("reports"), "acme", NOW, "ada")
    go_on_due(home, NOW)
    return visitor


def _packed(files: dict[str, str]) -> str:
    return pack(files, "play.toml", "plays/reports")


def page(visitor, name: str, *args: str, query: str = "") -> str:
    reply = visitor.get(reverse(name, args=args) + query)
    assert reply.status_code == 200, reply.content[:400]
    return reply.content.decode()


def test_without_a_play_the_page_says_how_to_begin(visitor) -> None:
    assert "tenure plays library" in page(visitor, "plays")


def test_the_list_says_who_is_in_each_and_what_can_be_told(lived) -> None:
    said = page(lived, "plays")
    assert "1 play is on" in said and "More out of reports" in said
    assert "Cannot tell yet: " in said
    assert b"reports,goal" in b"".join(lived.get(reverse("plays-csv")).streaming_content)


def test_what_went_out_and_came_back_was_sent_all_the_same(lived) -> None:
    Message.objects.bulk_create(
        Message(key=f"m/{status}", play="reports", status=status, intended_at=system_clock(),
                next_at=NOW, purpose=Purpose.PLAY, channel=Channel.MAIL, recipient="a@acme.example")
        for status in Status.values
    )  # fmt: skip
    table, _, _ = page(lived, "plays").partition('id="pooled-title"')
    sent, waits, withheld, control = re.findall(
        r'<td class="right"[^>]*>(?:<a [^>]*>)?(\d+)', table
    )[-4:]
    assert (sent, waits, withheld, control) == ("9", "4", "3", "1"), "as many as there are states"


def test_one_that_cannot_be_read_stands_above_the_others(lived) -> None:
    put_in_force("play", "other", _packed(FILES).replace("reports", "other"), now=NOW, by="ada")
    broken = _packed(FILES).replace("[hold_out]", 'where = "no_such_column = 1"\n[hold_out]')
    DefinitionVersion.objects.filter(name="other").update(text=broken)
    said = page(lived, "plays")
    assert "no_such_column" in said and "More out of reports" in said


def test_the_drawing_and_the_list_of_steps_say_who_is_where(lived) -> None:
    said = page(lived, "play", "reports")
    assert 'href="#step-project"' in said and 'id="step-project"' in said
    assert "1 waits here" in said and "&gt; 7 d" in said
    rows = page(lived, "play-step", "reports", "project")
    assert "Acme" in rows and "manual: ada" in rows
    assert "Nobody." in page(lived, "play-step", "reports", "end")


def test_a_draft_is_checked_and_kept_and_publishing_reaches_nobody_yet(lived) -> None:
    held = current("play", "reports")
    wrong = PLAY.replace("at_most_days = 7", "at_most_days = 0")
    link = reverse("check-play", args=["reports"])
    posted = {"file": "play.toml", "base": held.digest}
    said = lived.post(link, {**posted, "text": wrong}).content.decode()
    assert "it is waited for ever" in said
    assert unpack(DefinitionDraft.objects.get().text, "")["play.toml"] == wrong
    right = PLAY.replace("at_most_days = 7", "at_most_days = 9")
    reply = lived.post(
        reverse("edit-play", args=["reports"]), {**posted, "text": right, "do": "publish"}
    )
    assert reply.status_code == 302 and not DefinitionDraft.objects.exists()
    assert "at_most_days = 9" in current("play", "reports").text
    switch = PlaySwitch.objects.get()
    assert switch.is_on and switch.digest != play_named("reports").digest
    assert "edited since" in page(lived, "plays")
    lived.post(reverse("switch-play", args=["reports"]), {"to": "on"})
    assert PlaySwitch.objects.get().digest == play_named("reports").digest


def test_who_publishes_over_somebody_elses_version_is_told_and_loses_nothing(lived) -> None:
    base = current("play", "reports").digest
    put_in_force("play", "reports", _packed({**FILES, "play.toml": PLAY + "\n"}),
                 now=NOW + timedelta(hours=1), by="bob")  # fmt: skip
    mine = PLAY.replace("at_most_days = 7", "at_most_days = 5")
    lived.post(
        reverse("edit-play", args=["reports"]),
        {"file": "play.toml", "base": base, "text": mine, "do": "publish"},
    )
    assert "at_most_days = 5" not in current("play", "reports").text
    assert "at_most_days = 5" in DefinitionDraft.objects.get().text


def test_an_earlier_version_is_restored_with_all_its_files(lived) -> None:
    before = current("play", "reports")
    later = {"play.toml": PLAY.replace("= 7", "= 9"), "01-welcome.en.md": MAIL + "Bye\n"}
    put_in_force("play", "reports", _packed(later), now=NOW + timedelta(hours=1), by="bob")
    link = reverse("edit-play", args=["reports"])
    query = f"?version={before.digest}"
    assert "You have a draft" not in page(lived, "edit-play", "reports", query=query)
    assert not DefinitionDraft.objects.exists()  # looking at it writes nothing
    posted = {"file": "play.toml", "base": current("play", "reports").digest, "text": PLAY}
    lived.post(link + query, {**posted, "do": "publish"})
    assert current("play", "reports").text == before.text


def test_who_writes_in_two_files_of_an_earlier_version_loses_neither(lived) -> None:
    before = current("play", "reports")
    put_in_force("play", "reports", _packed({**FILES, "01-welcome.en.md": MAIL + "Bye\n"}),
                 now=NOW + timedelta(hours=1), by="bob")  # fmt: skip
    query = f"?version={before.digest}"
    posted = {"base": current("play", "reports").digest}
    check = reverse("check-play", args=["reports"]) + query
    lived.post(check, {**posted, "file": "play.toml", "text": PLAY + "# mine"})
    assert "This is your draft" in page(lived, "edit-play", "reports", query=query)
    lived.post(check, {**posted, "file": "01-welcome.en.md", "text": MAIL + "Hello\n"})
    kept = unpack(DefinitionDraft.objects.get().text, "")
    assert (kept["play.toml"], kept["01-welcome.en.md"]) == (PLAY + "# mine\n", MAIL + "Hello\n")


def test_an_earlier_version_takes_no_draft_away_before_something_is_written(lived) -> None:
    before, mine = current("play", "reports"), PLAY.replace("= 7", "= 5")
    posted = {"file": "play.toml", "base": before.digest}
    lived.post(reverse("check-play", args=["reports"]), {**posted, "text": mine})
    put_in_force("play", "reports", _packed({**FILES, "01-welcome.en.md": MAIL + "Bye\n"}),
                 now=NOW + timedelta(hours=1), by="bob")  # fmt: skip
    query = f"?version={before.digest}"
    assert "You have a draft of your own" in page(lived, "edit-play", "reports", query=query)
    assert "= 5" in unpack(DefinitionDraft.objects.get().text, "")["play.toml"]
    lived.post(reverse("check-play", args=["reports"]) + query, {**posted, "text": PLAY + "#"})
    kept = unpack(DefinitionDraft.objects.get().text, "")
    assert (kept["play.toml"], kept["01-welcome.en.md"]) == (PLAY + "#\n", MAIL)


def test_one_that_nobody_looked_at_is_not_switched_on_by_the_page(lived) -> None:
    by_event = PLAY.replace("manual = true", 'event = "Report Exported"')
    put_in_force("play", "more", pack({**FILES, "play.toml": by_event}, "play.toml", "plays/more"),
                 now=NOW, by="ada")  # fmt: skip
    reply = lived.post(reverse("switch-play", args=["more"]), {"to": "on"}, follow=True)
    assert "replay it first" in reply.content.decode()
    assert not PlaySwitch.objects.filter(play="more", is_on=True).exists()


def test_that_a_replay_ended_without_a_word_is_said_in_the_language_of_who_reads(lived) -> None:
    note_failed("reports", WITHOUT_A_WORD)
    assert "It ended without a word" in page(lived, "play", "reports")
    link, chinese = reverse("play", args=["reports"]), {"accept-language": "zh-hans"}
    with translation.override("en"):  # what this asks for is this test's alone
        told = lived.get(link, headers=chinese).content.decode()
    assert "tenure replay reports" in told and "without a word" not in told
