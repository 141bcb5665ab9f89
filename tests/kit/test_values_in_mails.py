"""A value in the address of a link is a part of it, however the attribute is written."""

import pytest

from tenure.kit.markdown import with_values

MARK = "\ue0000\ue001"


@pytest.mark.parametrize("name", ["href", "HREF", "Src"])
@pytest.mark.parametrize(
    ("link", "value", "leads"),
    [
        (MARK, "javascript:alert(1)", "#"),
        (MARK, "https://x.test/a b", "https://x.test/a%20b"),
        (f"https://x.test/{MARK}", "a/../b?c", "https://x.test/a%2F..%2Fb%3Fc"),
    ],
)
def test_an_address_leads_there_and_does_nothing_else(name, link, value, leads):
    assert with_values(f'<a {name}="{link}">x</a>', [value]) == f'<a {name}="{leads}">x</a>'
