"""What a flow may not do to somebody who leaves, and on which rule that rests."""

import json

import pytest
from flow_worlds import TEXT, built_in, flow_from, whole_from
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.offboard.flow_parts import SHAPES
from tenure.offboard.flow_words import WORDS
from tenure.offboard.lint import findings_of
from tenure.offboard.lint_clicks import FAR, clicks_to_leave
from tenure.offboard.lint_phrases import found

B2B = ('title = "Acme"', 'title = "Acme"\nshapes = ["full"]\nwhere = "mrr_minor > 0"')


def findings(text, *changes):
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    read = whole_from(text)
    return findings_of(read.flow, read.refused)


def codes(text, *changes):
    return [(each.code, each.place, each.is_error) for each in findings(text, *changes)]


def test_a_flow_that_helps_has_nothing_against_it():
    assert codes(TEXT) == []


def test_from_every_screen_of_every_shape_leaving_takes_two_clicks_at_most():
    for shape in SHAPES:
        clicks = clicks_to_leave(built_in(), shape)
        assert max(clicks.values()) <= 2
        assert FAR not in clicks.values()
    assert set(clicks_to_leave(flow_from(), "full")) == {
        "why", "value", "offers", "confirm", "accepted", "left", "back", "stayed",
    }  # fmt: skip


def test_a_reason_that_is_demanded_is_refused_to_consumers_and_doubted_for_businesses():
    demand = ("[why]", "[why]\nis_required = true")

    [finding] = findings(TEXT, demand)
    assert (finding.code, finding.place, finding.is_error) == (
        "reason_required",
        "why.is_required",
        True,
    )
    assert "OLG Köln" in finding.citation
    assert codes(TEXT, demand, B2B) == [("reason_required", "why.is_required", False)]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("[confirm]\nhide_cancel = true", "hidden_cancel"),
        ("[confirm]\nshow_cancel = false", "hidden_cancel"),
        ("[theme]\ncancel_style = 'link'", "hidden_cancel"),
        ("[confirm]\ndelay_seconds = 10", "hidden_cancel"),
        ("[confirm]\ntype_to_confirm = 'CANCEL'", "too_many_clicks"),
        ("[confirm]\nrequire_acknowledgement = true", "too_many_clicks"),
        ("[confirm]\ncancel_by = 'support'", "support_instead"),
        ("[confirm]\noffer = 'pause'", "offer_on_confirmation"),
        ("[offers]\ncountdown_seconds = 60", "pressure"),
        ("[offers]\ndefault_offer = 'pause'", "pre_ticked"),
    ],
)
def test_what_would_stand_in_the_way_is_no_field_and_says_why(field, code):
    table = field.partition("\n")[0].strip("[]")
    name = field.partition("\n")[2].partition(" ")[0]

    [finding] = findings(TEXT + field + "\n")

    assert (finding.code, finding.place, finding.is_error) == (code, f"{table}.{name}", True)
    assert finding.citation


def test_what_is_switched_off_stands_in_nobody_s_way():
    assert codes(TEXT + "[confirm]\nhide_cancel = false\nshow_cancel = true\n") == []


def word(key, text, language="en"):
    return TEXT + f"[words]\n{key} = {{ {language} = {json.dumps(text, ensure_ascii=False)} }}\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("We'll miss you", "guilt"),
        ("We\u2019ll miss you", "guilt"),
        ("W\u200be will m\u200biss you", "guilt"),
        ("Are you sure you want to lose everything?", "guilt"),
        ("Sad to see you go", "guilt"),
        ("Please don't leave us", "guilt"),
        ("Before you go, look at this", "guilt"),
        ("Only today: half of it", "pressure"),
        ("This is your last chance", "pressure"),
        ("The offer expires in 10 minutes", "pressure"),
        ("To cancel, call us on 0800 1234", "support_instead"),
        ("Contact our team if you want to cancel", "support_instead"),
        ("Cancel by phone", "support_instead"),
        ("舍不得您离开", "guilt"),
        ("您真的確定要離開嗎", "guilt"),
        ("仅限今天", "pressure"),
        ("如需取消请致电客服", "support_instead"),
        ("Wir vermissen dich", "guilt"),
        ("Zum Kündigen rufen Sie uns bitte an: Support", "support_instead"),
    ],
)
def test_words_that_mislead_are_refused_in_every_language(text, code):
    [finding] = findings(word("why_text", text))

    assert (finding.code, finding.place, finding.is_error) == (code, "words.why_text.en", True)


@pytest.mark.parametrize(
    "text",
    [
        "This is what ends with the subscription.",
        "Everything is kept for 90 days.",
        "You can talk to a person, or cancel here.",
        "We are sorry that it did not work for you.",
        "One answer is enough, and you may cancel without giving any.",
        "A confirmation is sent to your address.",
        "Your data is kept until March, then deleted.",
        "您可以随时取消。",
        "這些都不是取消的條件。",
    ],
)
def test_plain_words_are_let_through(text):
    assert codes(word("why_text", text)) == []


def test_tenure_s_own_words_keep_to_the_rules():
    for key, text in WORDS.items():
        for group in ("guilt", "pressure", "support_instead"):
            assert (key, found(group, str(text))) == (key, "")


def test_the_words_of_the_taxonomy_keep_to_the_rules():
    for reason in built_in().why.reasons:
        assert found("guilt", " ".join(reason.title.values())) == ""


@pytest.mark.parametrize(
    "label",
    ["Continue", "Proceed", "Next step", "Maybe later", "Don't cancel", "Do you want to cancel?",
     "I want to hear more", "Yes", "Help me cancel", "Cancel, or keep what you have worked for all that time"],
)  # fmt: skip
def test_a_label_that_does_not_say_that_it_cancels_is_refused(label):
    [finding] = findings(word("leave", label))

    assert (finding.code, finding.place, finding.is_error) == (
        "unclear_cancel_label",
        "words.leave.en",
        True,
    )
    assert "§ 312k" in finding.citation


@pytest.mark.parametrize(
    "label", ["Cancel", "Cancel my plan", "End subscription", "Unsubscribe", "Close my account"]
)
def test_a_label_that_says_it_is_let_through(label):
    assert codes(word("leave", label)) == []


@pytest.mark.parametrize("label", ["\u200b", "\u2060.", "·", "…", "\u3164"])
def test_a_label_that_nobody_sees_is_no_label(label):
    found_codes = {
        code for code, _, _ in codes(TEXT + f'[confirm]\nbutton = {{ en = "{label}" }}\n')
    }

    assert found_codes & {"hidden_cancel", "unclear_cancel_label"}


def test_the_button_of_the_confirmation_is_held_to_that_too():
    [finding] = findings(TEXT + "[confirm]\nbutton = { en = 'Go on' }\n")

    assert (finding.code, finding.place) == ("unclear_cancel_label", "confirm.button.en")


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("keep", "No thanks, I like it here"),
        ("next", "I don't want to save money"),
        ("back", "I'd rather pay more"),
    ],
)
def test_a_choice_is_not_made_to_sound_foolish(key, label):
    assert [code for code, _, _ in codes(word(key, label))] == ["loaded_choice"]


@pytest.mark.parametrize(
    "words", ["Take 20 % off instead", "Pause it for a while", "A free month is yours"]
)
def test_there_is_no_offer_on_the_confirmation_where_the_law_forbids_it(words):
    text = TEXT + f"[confirm]\ntext = {{ en = '{words}.' }}\n"

    [finding] = findings(text)

    assert (finding.code, finding.is_error) == ("offer_on_confirmation", True)
    assert "BGH, 16 July 2026, I ZR 200/25" in finding.citation
    assert codes(text, B2B) == []


def test_the_confirmation_asks_nothing_more_where_the_law_forbids_it():
    text = TEXT + "[confirm]\ntext = { en = 'Have you thought of your team?' }\n"

    assert codes(text) == [("question_on_confirmation", "confirm.text.en", True)]
    assert codes(text, B2B) == []


def test_who_comes_again_is_not_taken_through_it_all_again():
    again = ("[why]", "again_after_days = 3\n[why]")

    assert codes(TEXT, again) == [("repeated_showing", "again_after_days", True)]
    assert codes(TEXT, again, B2B) == [("repeated_showing", "again_after_days", False)]


def test_a_text_is_in_every_language_of_the_flow():
    changes = (('["en"]', '["en", "zh-hans"]'),)

    assert codes(TEXT, *changes) == [("missing_text", "value.stops_working.zh-hans", True)]


def test_a_text_in_a_language_that_is_not_spoken_is_told():
    text = (
        TEXT.replace("stop opening.", "stop opening.', fr = 'Plus de liens.")
        .replace('"Links', "'Links")
        .replace('liens."', "liens.'")
    )

    assert codes(text) == [("unused_text", "value.stops_working.fr", False)]


def test_a_language_that_tenure_does_not_speak_needs_all_its_words():
    found_places = [
        place
        for code, place, _ in codes(TEXT, ('["en"]', '["en", "de"]'))
        if code == "missing_text"
    ]

    assert "words.leave.de" in found_places
    assert len([place for place in found_places if place.startswith("words.")]) == len(WORDS)
    assert "why.reasons[1].de" in found_places  # the taxonomy has no German either


def test_a_word_names_the_values_that_it_has():
    assert codes(word("by_day", "by %(month)s")) == [("unknown_value", "words.by_day.en", True)]
    assert codes(word("by_day", "soon")) == [("missing_value", "words.by_day.en", True)]
    assert codes(word("by_day", "until %(day)s")) == []


def test_too_much_of_anything_is_doubted():
    many = '["closing", "bought", "out_of_cash", "defects", "outages", "bad_service", "hard_start", "price_value", "other"]'
    reasons = '["missing_feature", "price_value", "not_adopted", "changed_needs", "other"]'

    assert codes(TEXT, (reasons, many)) == [("too_many_reasons", "why.reasons", False)]
    assert codes(TEXT, (', "other"]', "]")) == [("no_other", "why.reasons", False)]
    assert codes(TEXT + "[offers]\nat_most = 6\n") == [("too_many_offers", "offers.at_most", False)]
    assert codes(TEXT, ("[why]", "hold_out_share = 0.0\n[why]")) == [
        ("nothing_measured", "hold_out_share", False)
    ]
    assert codes(TEXT + "[confirm]\neffective = 'now'\n") == [
        ("ends_at_once", "confirm.effective", False)
    ]


def test_an_accent_that_is_hard_to_read_is_told_with_what_is_used():
    [light] = findings(TEXT + "[theme]\naccent = '#0b6'\n")

    assert (light.code, light.is_error) == ("accent_contrast", False)
    assert "2.5" in light.message
    assert "light" in light.message


def test_errors_come_first_and_nothing_is_said_twice():
    text = TEXT + "[words]\nwhy_text = { en = 'We will miss you' }\n[offers]\nat_most = 9\n"

    found_all = findings(text)

    assert [each.is_error for each in found_all] == sorted(
        (each.is_error for each in found_all), reverse=True
    )
    assert len(found_all) == len(set(found_all))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60), st.sampled_from(sorted(WORDS)))
def test_whatever_is_written_is_judged_and_breaks_nothing(text, key):
    quoted = "".join(
        f"\\U{ord(letter):08x}" for letter in text if not 0xD800 <= ord(letter) <= 0xDFFF
    )
    if not text.strip():
        return

    found = findings(TEXT + f'[words]\n{key} = {{ en = "x{quoted}" }}\n')
    assert all(each.code and each.message for each in found)


@pytest.mark.parametrize("shapes", ['["full"]', '["full", "click_to_cancel", "direct"]'])
def test_a_reason_that_is_demanded_and_cannot_be_given_is_refused(shapes):
    text = f'title = "T"\nshapes = {shapes}\n[why]\nreasons = []\nis_required = true\n'

    told = {each.code: each.is_error for each in findings(text)}

    assert told["no_reasons"] is True
    assert clicks_to_leave(whole_from(text).flow, "full")["why"] <= 2
