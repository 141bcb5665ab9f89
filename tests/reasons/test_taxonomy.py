"""Which reasons there are: the file that ships, what an operator may change, each mistake's place."""

from datetime import UTC, datetime

import pytest

from tenure.base.errors import BadDefinition
from tenure.definitions.store import put_in_force, withdraw
from tenure.reasons.taxonomy import (
    check_reasons,
    default_taxonomy,
    default_text,
    read_reasons,
    taxonomy,
    words_in,
)
from tenure.reasons.taxonomy_file import LANGUAGES

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SMALL = """
languages = ["en"]
[[reason]]
code = "price"
root = "outcome"
avoidable = "partly"
title = { en = "Price" }
sentence = { en = "Too dear." }
crosswalk = { stripe = ["too_expensive"] }
[reason.follow_up]
question = { en = "What makes it dear?" }
options = [
    { code = "rose", title = { en = "It rose" } },
    { code = "cut", means = "other", title = { en = "Our budget was cut" } },
]
[[reason]]
code = "other"
root = "other"
avoidable = "partly"
title = { en = "Other" }
sentence = { en = "None of these." }
"""


def test_the_one_that_ships_has_the_two_roots_of_the_issue_and_nothing_else():
    by_root: dict[str, list[str]] = {}
    for reason in default_taxonomy().reasons:
        by_root.setdefault(reason.root, []).append(reason.code)

    assert by_root == {
        "circumstance": ["closing", "bought", "out_of_cash", "changed_needs"],
        "outcome": [
            "missing_feature", "missing_integration", "hard_start", "setup_trouble", "not_adopted",
            "defects", "outages", "service_level", "bad_service", "promise_not_kept",
            "experience_not_right", "price_value",
        ],
        "other": ["other"],
    }  # fmt: skip
    assert [job.code for job in default_taxonomy().next_jobs] == [
        "rival", "home_grown", "hired", "free_software", "nothing",
    ]  # fmt: skip


def test_every_text_that_ships_is_there_in_three_languages_and_in_its_own_script():
    known = default_taxonomy()
    texts = [job.title for job in known.next_jobs]
    for reason in known.reasons:
        texts += [reason.title, reason.sentence]
        if reason.follow_up:
            texts.append(reason.follow_up.question)
            texts += [option.title for option in reason.follow_up.options]

    assert all(tuple(each) == LANGUAGES for each in texts)
    assert not [each["en"] for each in texts if not each["en"].isascii()]
    # Characters that exist in one of the two scripts only.
    assert not [each for each in texts if set("們這說對價開關問題軟體資") & set(each["zh-hans"])]
    assert not [each for each in texts if set("们这说对价开关问题软资") & set(each["zh-hant"])]


@pytest.mark.parametrize(
    ("said", "system", "code"),
    [
        # Stripe's `cancellation_details.feedback`, all eight of them.
        ("customer_service", "stripe", "bad_service"),
        ("low_quality", "stripe", "defects"),
        ("missing_features", "stripe", "missing_feature"),
        ("other", "stripe", "other"),
        ("switched_service", "stripe", "other"),
        ("too_complex", "stripe", "hard_start"),
        ("too_expensive", "stripe", "price_value"),
        ("unused", "stripe", "not_adopted"),
        # Google Play's numbers mean nothing elsewhere.
        ("1", "google_play", "not_adopted"),
        ("2", "google_play", "defects"),
        ("3", "google_play", "price_value"),
        ("3", "", "other"),
        # Chargebee's categories, Churnkey's free texts, what imports have, in any writing.
        ("Customer experience", "chargebee", "bad_service"),
        ("Too Expensive", "", "price_value"),
        ("I don’t use it enough", "", "not_adopted"),
        ("quality-reliability", "", "defects"),
        ("business_change", "", "changed_needs"),
        ("price_value", "", "price_value"),
        ("what nobody knows", "", "other"),
    ],
)
def test_what_other_systems_call_it_leads_to_our_codes(said, system, code):
    assert default_taxonomy().code_of(said, system) == code


def test_a_rival_is_what_does_the_job_next_and_no_reason():
    known = default_taxonomy()

    assert known.code_of("competitor") == "other"
    assert known.next_job_of("competitor") == "rival"
    assert known.next_job_of("too_expensive") == ""


def test_words_are_found_for_any_way_of_writing_a_language():
    title = default_taxonomy().reason("closing").title

    assert words_in(title, "zh-TW") == words_in(title, "zh_Hant_HK") == title["zh-hant"]
    assert words_in(title, "zh") == words_in(title, "zh-CN") == title["zh-hans"]
    assert words_in(title, "fr") == words_in(title, "en-GB") == title["en"]


@pytest.mark.django_db
def test_the_operators_own_takes_the_place_of_ours_until_it_is_withdrawn(home):
    put_in_force("reasons", "", SMALL, now=NOW, by="test")
    assert taxonomy().codes() == ("price", "other")
    assert taxonomy().reason("price").option("cut").means == "other"
    assert taxonomy().reason("gone by now").code == "other"

    withdraw("reasons", "", now=NOW)
    assert taxonomy() is default_taxonomy()


def test_a_file_that_lacks_what_is_inferred_is_warned_of():
    warnings = check_reasons(SMALL, "reasons.toml")

    assert "nothing is inferred" in warnings[0] and "hard_start" in warnings[0]
    assert check_reasons(default_text(), "reasons.toml") == []


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('code = "price"', 'code = "Price!"', "reason[1].code: 'Price!' is no code; use a-z"),
        ('code = "price"', 'code = "other"', "reason[2].code: 'other' is taken"),
        ('root = "outcome"', 'root = "outcom"', "reason[1].root: there is no value 'outcom'; did"),
        ('root = "outcome"', 'root = "other"', "reason[1].root: 'other' belongs to code"),
        ('"partly"\ntitle = { en = "Pr', '"no!"\ntitle = { en = "Pr', "reason[1].avoidable: there"),
        ('title = { en = "Price" }', 'title = "Price"', "reason[1].title: write it in each langu"),
        ('title = { en = "Price" }', 'title = { de = "Preis" }', "reason[1].title.en: this is mi"),
        ('sentence = { en = "Too dear." }', "", "reason[1].sentence: this is missing; write it"),
        ('means = "other"', 'means = "othr"', "reason[1].follow_up.options[2].means: there is no"),
        ('code = "cut"', 'code = "rose"', "reason[1].follow_up.options[2].code: 'rose' is taken"),
        ('{ en = "Other" }', '{ en = "Other" }\ncrosswalk = { stripe = ["Too Expensive"] }',
         "reason[2].crosswalk.stripe: 'Too Expensive' stands for 'price' already"),
        ('languages = ["en"]', 'languages = ["English"]', "languages: 'English' is no language"),
        ('languages = ["en"]', 'langages = ["en"]', "title.zh-hans: this is missing"),
        ('code = "other"\nroot = "other"', 'code = "rest"\nroot = "outcome"', 'code = "other"'),
        ('[[reason]]\ncode = "price"', '[[rival]]\nname = "X"\n[[reason]]\ncode = "price"',
         "rival[1].aliases: 'X' is found in any text"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_its_place_and_what_to_do(was, becomes, says):
    assert was in SMALL
    with pytest.raises(BadDefinition) as caught:
        read_reasons(SMALL.replace(was, becomes, 1), "reasons.toml")

    assert caught.value.message.startswith("reasons.toml: ")
    assert says in caught.value.message
