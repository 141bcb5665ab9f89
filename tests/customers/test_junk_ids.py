"""Which ids mean nobody: the two published lists, word by word, case rules included."""

import pytest

from tenure.base.errors import BadDefinition
from tenure.customers.junk_ids import JunkIds, load_junk_ids

# reference: Segment Unify's blocked values; PostHog's forbidden distinct ids.
SEGMENT = ["", "0", "-", "000", "00000000-0000-0000-0000-000000000000", "-1", "null", "anonymous"]
POSTHOG_IN_ANY_CASE = [
    "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email",
    "undefined", "true", "false",
]  # fmt: skip
POSTHOG_EXACT = ["[object Object]", "NaN", "None", "none", "null", "0"]


@pytest.mark.parametrize("raw_id", [*SEGMENT, *POSTHOG_IN_ANY_CASE, *POSTHOG_EXACT, " ", "\t\n"])
def test_what_both_lists_name_is_blocked(raw_id: str):
    assert JunkIds().why_blocked(raw_id) in ("junk", "blank")


@pytest.mark.parametrize("raw_id", POSTHOG_IN_ANY_CASE)
def test_words_are_blocked_in_any_case(raw_id: str):
    assert JunkIds().why_blocked(raw_id.upper()) == "junk"
    assert JunkIds().why_blocked(raw_id.title()) == "junk"


@pytest.mark.parametrize("raw_id", ["NULL", "nan", "NONE", "[OBJECT OBJECT]", "00", "-0"])
def test_what_a_language_prints_is_blocked_only_as_it_prints_it(raw_id: str):
    is_zeros = set(raw_id) <= {"0", "-"}

    assert bool(JunkIds().why_blocked(raw_id)) == is_zeros


@pytest.mark.parametrize("raw_id", ["1", "-2", "nullable", "guest1", "ids", "a@b.c", "10", "x"])
def test_an_id_that_only_resembles_them_is_somebody(raw_id: str):
    assert JunkIds().why_blocked(raw_id) == ""


def test_what_no_store_takes_is_blocked_with_its_reason():
    junk = JunkIds()

    assert junk.why_blocked("a\x00b") == "unprintable"
    assert junk.why_blocked("a\ud800") == "unprintable"
    assert junk.why_blocked("x" * 513) == "too_long"
    assert junk.why_blocked("anon:x") == "reserved"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[customers]\njunk_ids = 'test'", "customers.junk_ids"),
        ("[customers]\njunk_ids = [1]", "customers.junk_ids"),
        ("[customers]\njunk = ['test']", "customers.junk: no such setting"),
        ("customers = 3", "[customers]"),
        ("[customers", "tenure.toml"),
    ],
)
def test_a_wrong_list_is_refused_by_name(home, text: str, complaint: str):
    home.settings_file.write_text(text)

    with pytest.raises(BadDefinition) as refused:
        load_junk_ids(home)
    assert complaint in refused.value.message
