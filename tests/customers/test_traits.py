"""The later word wins, whenever it arrives; of two words of one moment, always the same one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.customers.traits import Traits, created_at, domain_of, person_name, traits_said

DAY_0 = datetime(2025, 1, 1, tzinfo=UTC)
words = st.tuples(
    st.dictionaries(st.sampled_from("ab"), st.sampled_from(["x", "y", 1, None]), min_size=1),
    st.integers(0, 1),
    st.integers(0, 1),
)


def told(sayings) -> Traits:
    traits = Traits()
    for values, occurred, known in sayings:
        traits.say(values, DAY_0 + timedelta(occurred), DAY_0 + timedelta(known))
    return traits


@given(st.lists(words, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_words_decides_nothing_not_even_in_one_moment(sayings, chance):
    shuffled = sayings + sayings[:2]
    chance.shuffle(shuffled)

    assert told(shuffled) == told(sayings)


@given(st.lists(words, max_size=4), st.lists(words, max_size=4))
def test_joining_two_halves_is_being_told_both(first, second):
    joined = told(first)
    joined.join(told(second))

    assert joined == told(first + second)
    assert not joined.join(told(second))


def test_in_one_moment_what_was_known_later_wins_and_then_the_greater_text():
    assert told([({"a": "z"}, 0, 0), ({"a": "b"}, 0, 1)]).values == {"a": "b"}
    assert told([({"a": "z"}, 0, 0), ({"a": "b"}, 0, 0)]).values == {"a": "z"}


@pytest.mark.parametrize(
    ("traits", "domain"),
    [
        ({"domain": "Acme.com"}, "acme.com"),
        ({"website": "https://www.acme.co.uk:8080/en?x=1"}, "acme.co.uk"),
        ({"website": "acme.com/about"}, "acme.com"),
        ({"website": "http://[broken"}, ""),
        ({"website": 7}, ""),
        ({}, ""),
    ],
)
def test_a_domain_is_the_host_alone(traits, domain):
    assert domain_of(traits) == domain


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("2025-01-01", DAY_0),
        ("2025-01-01T00:00:00Z", DAY_0),
        ("2025-01-01T02:00:00+02:00", DAY_0),
        (1735689600, DAY_0),
        (1735689600000, DAY_0),
        ("1735689600", DAY_0),
        ("0001-01-01", None),
        ("soon", None),
        (True, None),
        (1e300, None),
        (-5, None),
        ({}, None),
    ],
)
def test_created_at_is_read_in_every_common_form(value, wanted):
    assert created_at({"createdAt": value}) == wanted


def test_a_name_is_put_together_where_it_is_not_said():
    assert person_name({"firstName": " Ada ", "lastName": "King"}) == "Ada King"
    assert person_name({"name": "", "last_name": "King", "username": "ada"}) == "King"
    assert person_name({"username": "ada"}) == "ada"
    assert person_name({"name": 7}) == ""


@pytest.mark.parametrize("text", ["[1]", "null", "{", "7", '{"a": 1e999}', "[" * 5000])
def test_what_is_no_object_says_nothing(text):
    assert traits_said("identify", None, text) == {}
