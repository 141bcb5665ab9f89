"""Every play that ships: it parses, says where its idea is from, leaves some alone, is written in
three languages for who is known and who is not, and reaches whom it is for in a small world."""

import csv
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from library_mails import (
    LANGUAGES,
    MARKS,
    PRODUCT,
    PRODUCT_TEXT,
    Reader,
    empty,
    full,
    holes_in,
    made,
    read,
    written,
)

from card.card_worlds import live
from customers.arriving import DAY_0, NOW
from tenure.base.errors import BadDefinition, Conflict, InvalidInput, NotFound
from tenure.card.product_parts import Feature, Product
from tenure.definitions.folder_text import pack
from tenure.definitions.store import current, put_in_force
from tenure.kit.liquid import TemplateFailed
from tenure.messages.in_app.writing import write_in_app
from tenure.plays.commands import plays_group
from tenure.plays.file import read_whole
from tenure.plays.in_force import check_play, names_of_then, play_named
from tenure.plays.library import feature_words, files_of, made_for, marks_of, shipped
from tenure.plays.library_commands import put_play_in_force, write_files
from tenure.plays.library_docs import PAGE, page
from tenure.plays.lint import lint_play
from tenure.plays.mail_reading import mails_in
from tenure.plays.parts import MARKETING, Branch, Message, Work
from tenure.plays.reading import Names
from tenure.plays.replaying import replay
from tenure.plays.showing import in_app_of
from tenure.plays.switching import is_switched_on
from tenure.segments.definition import segments

pytestmark = pytest.mark.django_db

# What issue 5 lists, each with the play that does it.
LISTED = {
    "welcome", "most_valuable_feature", "more_features", "trial_ending", "trial_extension",
    "upgrade_reward", "stuck_at_step", "paid_feature_unused", "course_by_feature",
    "course_by_craft", "webinar_for_struggling", "success_stories", "stage_new", "stage_active",
    "stage_fading", "stage_lapsed", "abandoned_checkout", "near_limit_upgrade", "card_expiring",
    "payment_failed", "cancel_intent", "saved_follow_up", "review_request", "nps", "anniversary",
    "champion_left", "champion_moved", "account_changes_hands", "referral_request",
    "win_back_mended",
}  # fmt: skip
IN_APP_ALONE = {"champion_moved"}  # an address may be of the company that they have left
OWED = {"welcome", "trial_ending", "near_limit_notice", "card_expiring", "payment_failed"}
BACK = {"trial_extension", "stuck_at_step", "paid_feature_unused", "stage_fading", "stage_lapsed",
        "cancel_intent", "win_back_mended"}  # fmt: skip


def test_the_library_has_all_that_was_asked_for() -> None:
    assert set(shipped()) >= LISTED
    assert {name for name in shipped() if read(name).purpose != MARKETING} == OWED


@pytest.mark.parametrize("name", shipped())
def test_a_play_says_whom_what_for_and_where_from(name: str) -> None:
    play = read(name)
    assert re.fullmatch(r"https://[a-z0-9.-]+/[^\s]+", play.source), "a page that can be looked up"
    assert play.goal is not None and play.deadline_hours is not None
    assert play.hold_out_share == 0 if name in OWED else 0.1 <= play.hold_out_share <= 0.3
    assert play.languages == LANGUAGES and 0 < play.priority < 100 and play.title
    names = {step.act.names for step in play.steps if isinstance(step.act, Message)}
    assert (names <= {"outcome", "change", "next_step"}) is (name in BACK)
    for step in play.steps:
        if isinstance(step.act, Work):
            assert set(step.act.title) == set(LANGUAGES) and step.act.checklist


@pytest.mark.parametrize("name", shipped())
def test_a_play_is_accepted_as_it_is_made(name: str) -> None:
    shipped_play = made(name)
    if shipped_play.segment:
        put_in_force("segment", name, shipped_play.segment, now=NOW, by="ada")
    said = check_play(pack(shipped_play.files, "play.toml", f"plays/{name}"), f"plays/{name}")
    assert all(
        each.partition(": ")[2]
        and any(known in each for known in ("nobody has sent", "app_url", "product.toml"))
        for each in said
    ), said
    assert marks_of(shipped_play.files) == [] and lint_play(read(name), shipped_play.files) == []


@pytest.mark.parametrize("name", shipped())
def test_each_mail_is_whole_for_who_is_known_and_who_is_not(name: str) -> None:
    play, subjects = read(name), set()
    assert mails_in(play) or name in IN_APP_ALONE
    for template, _ in mails_in(play):
        for language in LANGUAGES:
            mail = written(play, template, language, full(language))
            assert holes_in(mail) == [] and 12 <= len(mail.text) < 1500
            assert {"en": "Ada", "zh-hans": "李娜", "zh-hant": "怡君"}[language] in mail.text
            assert ("tenure.example.com" in mail.html) is (play.purpose == MARKETING)
            asks = "/say/m-" in mail.text  # on a page of Tenure, not of the product
            assert asks is (name == "review_request") and len(mail.subject) <= 90
            assert asks or "https://app.example.com" in mail.text
            subjects.add(mail.subject)
            try:
                assert holes_in(written(play, template, language, empty(language))) == []
            except TemplateFailed as withheld:
                assert "cannot do without it" in withheld.message
                assert name in ("stage_active", "win_back_mended")
    assert len(subjects) == 3 * len(mails_in(play)), "a subject in another language's words"


@pytest.mark.parametrize("name", ["champion_moved", "first_steps", "near_limit_notice",
                                  "paid_feature_unused"])  # fmt: skip
def test_what_is_shown_in_the_product_is_whole_for_who_is_known_and_who_is_not(name: str) -> None:
    play, shown = read(name), []
    for step in play.steps:
        if isinstance(step.act, Message) and step.act.channel == "in_app":
            for language in LANGUAGES:
                authored = in_app_of(play, step.act, language, ())
                for values in (full(language), empty(language)):
                    said = write_in_app(authored, values, Reader(language)).said
                    shown.append(said["title"])
                    links = [said["button"], *said["items"]] if "button" in said else said["items"]
                    assert links and all(each["link"].startswith("https://") for each in links)
                    assert len(said["text"]) > 8 and "  " not in said["title"]
    assert len(set(shown)) >= len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_what_nobody_knows_nothing_is_said(language: str) -> None:
    """A card is mentioned only where one is known to be on file; a last mail is not spoken of."""
    card = {"en": "card", "zh-hans": "付款卡", "zh-hant": "付款卡"}[language]
    trial = read("trial_ending")
    known = written(trial, "01-three-days", language, full(language)).text
    unknown = written(trial, "01-three-days", language, empty(language)).text
    assert card in known and card not in unknown
    again = written(read("payment_failed"), "02-another-way", language, empty(language)).text
    assert not re.search("declined again|再次被拒", again), "whether it was tried is not known"


@pytest.mark.parametrize("name", shipped())
def test_each_script_is_its_own(name: str) -> None:
    for file, text in made(name).files.items():
        words = re.sub(r"\{[{%].*?[}%]\}", "", text)
        if file.endswith(".zh-hans.md"):
            assert not re.search("[您請開關這裡個們時會為與說還過帳號]", words.replace("您", "")), (
                file
            )
        if file.endswith(".zh-hant.md"):
            assert not re.search("[请开关这里个们时会为与说还过账号]", words.replace("里", "")), (
                file
            )
        if file.endswith(".en.md"):
            assert not re.search("[\u4e00-\u9fff]", words), file


# Who does what, and which plays that brings them into.
WORLD = """
    day 1     group  ada @acme   {"name": "Acme"}
    day 1     track  ada @acme   Account Created
    day 2     track  ada @acme   Dashboard Viewed
    day 6     track  ada @acme   Checkout Started
    day 20    track  ada @acme   Invoice Sent
    day 33    track  ada @acme   Save Applied
    day 1     group  bob @beta   {"name": "Beta"}
    day 1     track  bob @beta   Dashboard Viewed
    day 2     track  bob @beta   Timesheet Submitted
    day 3     track  bob @beta   Project Created
    day 4     track  bob @beta   Invoice Sent
    day 5     track  bob @beta   Cancel Page Viewed
"""
PAYS = """
    day 1   acme  start  s1/1  status=active plan=Team mrr_minor=1000
    day 2   beta  start  s2/1  status=trialing plan=Team mrr_minor=0
    day 16  beta  start  s2/2  status=active plan=Team mrr_minor=200
"""
# Days are few: of each the cards of then are made. The last one is not looked at.
REACHED = {
    "welcome": (1, 2, ["acme welcome 1"]),
    "most_valuable_feature": (1, 6, ["acme feature 5.375"]),
    "more_features": (20, 28, ["acme second_feature 27.375"]),
    "abandoned_checkout": (6, 7, ["acme what_stopped_you 6.375"]),
    "course_by_craft": (18, 19, ["beta invitation 18.375"]),
    "success_stories": (15, 16, ["acme story 15.375", "beta story 15.375"]),
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory, django_db_setup, django_db_blocker):
    """A home in which all of that has happened, with the demo's product."""
    from django.db import transaction

    from tenure.base.home import Home

    home = Home(tmp_path_factory.mktemp("library") / "home")
    home.root.mkdir()
    with django_db_blocker.unblock(), transaction.atomic():
        put_in_force("product", "", PRODUCT_TEXT, now=NOW, by="ada")
        live(home, WORLD, PAYS)
        transaction.set_rollback(True)
    return home


@pytest.mark.parametrize("name", [name for name in shipped() if name != "champion_moved"])
def test_each_goes_through_a_small_past(lived, name: str) -> None:
    segment = made(name).segment
    if segment:
        put_in_force("segment", name, segment, now=NOW, by="ada")
    put_in_force("product", "", PRODUCT_TEXT, now=NOW, by="ada")
    first, last, reached = REACHED.get(name, (20, 21, None))
    day = DAY_0.date()
    found = replay(lived, read(name), day + timedelta(days=first), day + timedelta(days=last))
    said = sorted(
        f"{life.account_id} {effect.step} {(at - DAY_0) / timedelta(days=1):g}"
        for life in found.lives
        for at, effect in life.effects
    )
    assert found.play == name
    assert reached is None or said == reached
    assert all(at >= life.state.entered_at for life in found.lives for at, _ in life.effects)


def test_marks_are_filled_with_the_products_words() -> None:
    words = feature_words(PRODUCT)
    assert words["feature_1.title"] == "Invoices from tracked time"
    assert words["feature_2.event"] == "Client Portal Shared"
    files = made("more_features").files
    assert "did('Client Portal Shared', 90)" in files["play.toml"]
    assert 'subject = "Client portal, in one sitting"' in files["01-second-feature.en.md"]


def test_any_event_of_a_feature_counts() -> None:
    two = [Feature(f"f{n}", f"F {n}", (f"F{n} Opened", f"F{n}'s End"), True, False, ())
           for n in range(1, 5)]  # fmt: skip
    product = Product(features=tuple(two))
    files = made_for("more_features", product, {}).files
    texts = Names(names_of_then().vocabularies, None, None)
    play = read_whole(files, "plays/more_features", texts)[0]
    assert play.entry.events == ("F1 Opened", "F1's End")
    assert play.goal is not None and play.goal.events == ("F2 Opened", "F2's End")
    asked = [way.where for step in play.steps if isinstance(step.act, Branch)
             for way in step.act.ways]  # fmt: skip
    assert asked[0] == "(did('F2 Opened', 90) + did('F2''s End', 90)) >= 1"


def test_a_list_of_first_steps_has_those_that_the_product_declares() -> None:
    made_here = made("first_steps").files["01-first-steps.en.md"]
    assert made_here.count("[[item]]") == len(PRODUCT.first_value.steps) == 3
    with pytest.raises(InvalidInput, match="product.toml declares 0"):
        made_for("first_steps", Product(), {})


def test_words_that_quote_break_nothing() -> None:
    odd = Feature("a", 'The "big" one\'s', ("Owner's Report Opened",), True, False, ())
    shipped_play = made_for("most_valuable_feature", Product(features=(odd,)), {})
    names = names_of_then()
    texts = Names(names.vocabularies, None, None)
    play = read_whole(shipped_play.files, "plays/most_valuable_feature", texts)[0]
    assert play.goal is not None and play.goal.event == "Owner's Report Opened"
    assert "did('Owner''s Report Opened', 30)" in shipped_play.files["play.toml"]
    assert 'The "big" one\'s' in shipped_play.files["01-feature.en.md"]


def test_what_cannot_be_filled_is_said() -> None:
    with pytest.raises(InvalidInput, match="speaks of 4 features, and product.toml declares 0"):
        made_for("more_features", Product(), {})
    with pytest.raises(InvalidInput, match='--set webinar.title="…" --set webinar.when="…"'):
        made_for("webinar_for_struggling", PRODUCT, {})
    with pytest.raises(InvalidInput, match="write plain words on one line"):
        made_for("webinar_for_struggling", PRODUCT, MARKS | {"webinar.title": "{{ x }}"})
    with pytest.raises(NotFound, match="`tenure plays library` names those"):
        made_for("no_such", PRODUCT, {})


def test_a_play_is_added_with_its_segment_and_is_off(home) -> None:
    put_play_in_force(made("payment_failed"), NOW, "ada")
    assert play_named("payment_failed").title == "A payment failed"
    assert "payment_failed" in {each.name for each in segments()}
    assert not is_switched_on("payment_failed")
    put_play_in_force(made("payment_failed"), NOW, "ada")  # the same again changes nothing
    mine = files_of("payment_failed")["segment.toml"].replace("true and", "true or")
    put_in_force("segment", "payment_failed", mine, now=NOW, by="ada")
    with pytest.raises(Conflict, match="there is one already, and it differs"):
        put_play_in_force(made("payment_failed"), NOW, "ada")
    held = current("segment", "payment_failed")
    assert held is not None and held.text == mine


def test_a_play_is_written_to_a_folder_and_overwrites_nothing(tmp_path) -> None:
    paths = sorted(
        str(path.relative_to(tmp_path)) for path in write_files(made("payment_failed"), tmp_path)
    )
    assert "plays/payment_failed/play.toml" in paths and "segments/payment_failed.toml" in paths
    assert len(paths) == 8
    play = tmp_path / "plays/payment_failed/play.toml"
    play.write_text(play.read_text("utf-8").replace("A payment failed", "Mine"), "utf-8")
    with pytest.raises(Conflict, match="move it away first"):
        write_files(made("payment_failed"), tmp_path)
    assert "Mine" in play.read_text("utf-8")


def test_the_commands_list_add_and_lint(home) -> None:
    runner = CliRunner()
    listed = runner.invoke(plays_group, ["library", "--format", "csv"])
    rows = {row["play"]: row for row in csv.DictReader(listed.stdout.splitlines())}
    assert listed.exit_code == 0 and set(rows) == set(shipped())
    assert (rows["champion_moved"]["mails"], rows["more_features"]["mails"]) == ("0", "3")
    assert rows["first_steps"]["fill_in"] == ""  # what it speaks of stands in product.toml
    assert "webinar.title" in rows["webinar_for_struggling"]["fill_in"]
    added = runner.invoke(plays_group, ["add", "nps"])
    assert added.exit_code == 0 and "is added and off" in added.stderr
    linted = runner.invoke(plays_group, ["lint"])
    assert linted.exit_code == 0 and "nothing to mend in 1 plays" in linted.stderr
    refused = runner.invoke(plays_group, ["lint", "other"])
    assert isinstance(refused.exception, InvalidInput)


def test_what_is_refused_is_not_put_in_force(home) -> None:
    files = dict(made("nps").files)
    files["01-question.en.md"] = files["01-question.en.md"].replace(
        "I read every", "We miss you. I"
    )
    text = pack(files, "play.toml", "plays/nps")
    with pytest.raises(BadDefinition, match=r"01-question.en.md: line 13, column 1: 'We miss you'"):
        put_in_force("play", "nps", text, now=NOW, by="ada")
    assert current("play", "nps") is None


def test_the_page_is_as_the_files_are() -> None:
    text = page()
    assert PAGE.read_text("utf-8") == text, "write it: python -m tenure.plays.library_docs"
    assert all(f"`{name}`" in text for name in shipped())
