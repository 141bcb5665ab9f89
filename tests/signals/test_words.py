"""Words that say that somebody leaves: measured on labelled texts, and hard cases one by one.

The texts in `words_held_out.txt` were written before any phrase and were not looked at while the
phrases were tuned on `words_tuning.txt`. One author wrote both halves and the phrases, so their figures are an
upper bound. `words_modelled.txt` was written afterwards, in other and more roundabout words: before
anything was mended by it, a quarter of its English and hardly any of its Chinese was found, with
three quarters and all of the finds right. docs/signals.md says so too.
"""

from collections import Counter
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.signals.phrase_file import simplified
from tenure.signals.words import Strength, cancel_intent, closing

HERE = Path(__file__).parent
LANGUAGES = ("en", "zh-Hans", "zh-Hant")
GRADES = {"said", "considered", "asked"}


def labelled(name):
    language = ""
    for line in (HERE / name).read_text("utf-8").splitlines():
        if line.startswith("["):
            language = line[1:-1]
        elif "|" in line and not line.startswith("#"):
            label, text = line.split("|", 1)
            yield language, set(label.strip().split("+")), text.strip()


def counts(name, find, is_wanted):
    """(language, wanted, found) -> how many."""
    return Counter(
        (language, is_wanted(labels), find(text) is not None)
        for language, labels, text in labelled(name)
    )


def precision_and_recall(found, language):
    true, false = found[language, True, True], found[language, False, True]
    return true / (true + false), true / (true + found[language, True, False])


TELLS = {
    "cancel_intent": (cancel_intent, lambda labels: bool(labels & GRADES)),
    "closing": (closing, lambda labels: "closing" in labels),
}


def test_there_are_enough_labelled_texts_of_each_language():
    texts = Counter(
        (name, language)
        for name in ("words_held_out.txt", "words_tuning.txt")
        for language, _, _ in labelled(name)
    )

    assert sum(texts.values()) >= 300
    assert all(
        texts[name, language] >= 40
        for name in ("words_held_out.txt", "words_tuning.txt")
        for language in LANGUAGES
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("told", TELLS)
def test_texts_that_were_held_out_are_told_apart(told, language):
    precision, recall = precision_and_recall(counts("words_held_out.txt", *TELLS[told]), language)

    assert precision >= 0.85, f"precision {precision:.2f}"
    assert recall >= 0.85, f"recall {recall:.2f}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("told", TELLS)
def test_texts_that_the_phrases_were_tuned_on_are_told_apart(told, language):
    precision, recall = precision_and_recall(counts("words_tuning.txt", *TELLS[told]), language)

    assert min(precision, recall) >= 0.95


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("told", TELLS)
def test_texts_that_mended_the_phrases_stay_mended(told, language):
    precision, recall = precision_and_recall(counts("words_modelled.txt", *TELLS[told]), language)

    assert min(precision, recall) >= 0.95


def test_how_much_is_said_is_graded():
    right = Counter()
    for _, labels, text in labelled("words_held_out.txt"):
        match = cancel_intent(text)
        if match and labels & GRADES:
            right[match.strength.name.lower() in labels] += 1

    assert right[True] / right.total() >= 0.9


@pytest.mark.parametrize(
    "text",
    [
        "We are not cancelling.",
        "I don't want to cancel my subscription, I want to upgrade it.",
        "We would never cancel our plan",
        "Please do not close our account",
        "我们不取消订阅",
        "我們沒有要取消訂閱",
        "請不要取消我們的訂閱",
        "Please cancel the meeting.",
        "Could you close the ticket? Thanks",
        "取消发票",
        "Great release.\n\nYou receive this because you are a customer. Unsubscribe from this list.",
        "Thanks!\n\n> We want to cancel our subscription.",
        "It works again.\n\nOn Mon, 3 Mar 2025 at 09:12, Anna Bauer wrote:\nPlease cancel our plan.",
        "Works now.\n-- \nCancel our account club, est. 1999",
        "",
        "\n\n\n",
    ],
)
def test_what_is_denied_about_something_else_or_not_the_authors_is_no_intent(text):
    assert cancel_intent(text) is None


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("WE WANT TO CANCEL OUR SUBSCRIPTION", Strength.SAID),
        ("we want\nto cancel our\nsubscription", Strength.SAID),
        ("Ｐｌｅａｓｅ　ｃａｎｃｅｌ　ｏｕｒ　ｐｌａｎ", Strength.SAID),
        ("It doesn’t work so please cancel our plan", Strength.SAID),
        ("Cancel the meeting please. Also cancel our subscription.", Strength.SAID),
        ("We won't renew.", Strength.SAID),
        ("如果再出錯,我們就取消訂閱", Strength.CONSIDERED),
        ("我们不得不取消订阅", Strength.SAID),
        ("How do I cancel my plan?", Strength.ASKED),
        ("How do I cancel my plan? We want to cancel today.", Strength.SAID),
        ("---- Forwarded message ----\nPlease cancel our subscription", Strength.SAID),
    ],
)
def test_it_is_found_however_it_is_written(text, strength):
    match = cancel_intent(text)

    assert match is not None
    assert match.strength == strength


def test_the_match_says_where_and_by_which_rule():
    text = "Hello,\n\nthe sync is fine. But we’d like to CANCEL our  Team plan."
    match = cancel_intent(text)

    assert match is not None
    assert text[slice(*match.span)] == match.phrase == "CANCEL our  Team plan"
    assert match.rule == "{cancel} ..3 {ours}"
    assert match.language == "en"


@pytest.mark.parametrize(
    ("text", "language"), [("请取消订阅", "zh-Hans"), ("請取消訂閱", "zh-Hant")]
)
def test_both_scripts_of_chinese_are_told_apart(text, language):
    match = cancel_intent(text)

    assert match is not None
    assert (match.language, match.phrase) == (language, text[1:])


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(
        alphabet=st.sampled_from("cancel our plan,.\n>'’取消订閱不再續费吗。Ｃ　İßﬁ\u200b"),
        max_size=80,
    )
)
def test_any_text_is_answered_and_the_phrase_is_in_it(text):
    for match in (cancel_intent(text), closing(text)):
        if match:
            start, end = match.span
            assert 0 <= start < end <= len(text)
            assert text[start:end] == match.phrase


def test_no_traditional_character_is_simplified_twice():
    table = simplified()

    assert not {ord(character) for character in table.values()} & table.keys()


HOSTILE = {
    "one word": "cancel " * 150_000,
    "spaces": "cancel" + " " * 1_000_000,
    "beginnings": "want to " * 130_000,
    "negations": "not " * 250_000 + "cancel",
    "thirds": "our third client will not renew our cancel " * 23_000,
    "quotes": ">" * 1_000_000,
    "lines": "\n \n" * 300_000,
    "headers": "from: " * 160_000,
    "characters": "换其他" * 300_000,
    "pairs": "取消" * 500_000,
    "apostrophes": "'" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_megabyte_of_anything_is_read_at_once(name):
    started = process_time()
    cancel_intent(HOSTILE[name])
    closing(HOSTILE[name])

    assert process_time() - started < 3


def test_thousands_of_texts_are_read_in_a_second():
    texts = [text for _, _, text in labelled("words_tuning.txt")] * 5
    started = process_time()
    for text in texts:
        cancel_intent(text)

    assert len(texts) / (process_time() - started) > 2000
