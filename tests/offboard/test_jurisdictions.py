"""Which law holds where, and what shape it gives the way out."""

from datetime import date

import pytest

from tenure.offboard.flow_parts import SHAPES
from tenure.offboard.jurisdictions import country_code, jurisdictions, rules, shape_of


@pytest.mark.parametrize(
    ("country", "is_consumer", "shape", "because"),
    [
        ("DE", True, "direct", ("de",)),
        ("de", None, "direct", ("de",)),  # who may be a consumer is treated as one
        ("DE", False, "full", ()),  # the law is for consumers
        ("FR", True, "click_to_cancel", ("eu",)),
        ("FR", False, "full", ()),
        ("GB", True, "click_to_cancel", ("uk",)),
        ("US", True, "click_to_cancel", ("us",)),
        ("US", False, "click_to_cancel", ("us",)),
        ("JP", True, "full", ()),
        ("CH", True, "full", ()),
        (None, True, "click_to_cancel", ()),  # it could be anywhere
        ("", None, "click_to_cancel", ()),
        (None, False, "full", ()),
    ],
)
def test_the_strictest_law_that_holds_gives_the_shape(country, is_consumer, shape, because):
    found = shape_of(country, is_consumer)

    assert (found.name, found.because) == (shape, because)


def test_every_law_names_its_source_and_when_it_was_looked_at():
    for each in jurisdictions():
        assert len(each.citation) > 20
        assert date(2020, 1, 1) < each.in_force_on < date(2030, 1, 1)
        assert each.checked_on >= date(2026, 11, 1)
        assert each.shape in SHAPES
        assert all(len(country) == 2 and country.isupper() for country in each.countries)


def test_the_union_has_27_countries():
    [union] = [each for each in jurisdictions() if each.code == "eu"]

    assert len(union.countries) == 27


def test_every_rule_rests_on_something():
    assert all(len(rule.citation) > 20 for rule in rules().values())
    assert len(rules()) >= 12


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Germany", "DE"), ("deutschland", "DE"), ("德国", "DE"), ("德國", "DE"), ("de", "DE"),
        ("UK", "GB"), ("United Kingdom", "GB"), ("USA", "US"), ("United States", "US"),
        (" france ", "FR"), ("Atlantis", None), ("", None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_its_name(said, code):
    assert country_code(said) == code
