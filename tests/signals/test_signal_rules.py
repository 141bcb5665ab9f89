"""What `signals.toml` may say, and what is refused, with its place."""

import pytest

from tenure.base.errors import BadDefinition
from tenure.signals.rules import KINDS, Rules, check_signals, read_rules


def test_an_empty_text_is_the_defaults():
    read = read_rules("", "signals.toml")

    assert [getattr(read, kind) for kind in KINDS] == [getattr(Rules(), kind) for kind in KINDS]


def test_what_the_text_says_takes_the_place_of_a_default_and_the_rest_stays():
    read = read_rules(
        """
        raise_back_days = 7
        [near_limit]
        at_percent = [90]
        [gone_quiet]
        likely_percent = 0.5
        [hand_over]
        on = false
        """,
        "signals.toml",
    )

    assert (read.raise_back_days, read.near_limit.at_percent) == (7, (90,))
    assert read.gone_quiet.likely_percent == 0.5
    assert read.gone_quiet.least_days == Rules().gone_quiet.least_days
    assert check_signals("[hand_over]\non = false", "signals.toml") == [
        "signals.toml: hand_over: it is switched off, so no such signal will come"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[near_limit]\nat_percent = []", "near_limit.at_percent: it is empty"),
        ('[cancel_intent]\npages = ["*"]', "cancel_intent.pages: '*' fits every page"),
        ('[[kind]]\nname = "x"\npage = "/*"', "kind x: '/*' fits every page"),
    ],
)
def test_what_never_or_always_fires_is_said_before_it_is_in_force(text, said):
    [found] = check_signals(text, "signals.toml")

    assert found.startswith(f"signals.toml: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[gone_quit]\non = false", "gone_quit: there is no such field; did you mean gone_quiet?"),
        ("[gone_quiet]\nlikely_percent = 70.0", "gone_quiet.likely_percent: 70.0 is not between"),
        ("[near_limit]\nat_percent = [0]", "near_limit.at_percent: 0 is no whole number above 0"),
        ("[stuck_at_step]\non = 1", "stuck_at_step.on: 1 is not true or false"),
        ('[[kind]]\nname = "gone_quiet"\nevent = "X"', "kind[1].name: 'gone_quiet' is taken"),
        ('[[kind]]\nname = "a b"\nevent = "X"', "kind[1].name: 'a b' is no name"),
        ('[[kind]]\nname = "x"', "kind[1].event: name either an event or a page"),
        (
            '[[kind]]\nname = "x"\nevent = "X"\nurgency = "high"',
            "kind[1].urgency: there is no value 'high'; use now, soon, watch",
        ),
        (
            '[[kind]]\nname = "x"\nevent = "X"\nwhere = { n = { above = 3 } }',
            "kind[1].where.n: {'above': 3} is no condition",
        ),
        (
            '[[kind]]\nname = "x"\nevent = "X"\nwhere = { n = { at_least = "3" } }',
            "kind[1].where.n: {'at_least': '3'} is no condition",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place(text, said):
    with pytest.raises(BadDefinition) as refused:
        read_rules(text, "signals.toml")

    assert str(refused.value).startswith(f"signals.toml: {said}")
