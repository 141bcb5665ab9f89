"""Whoever saves a definition over a version that they did not see is told, and overwrites nobody."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from tenure.definitions.store import current, put_in_force, withdraw

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 5, 1, 12, tzinfo=UTC)
MEANWHILE = "Somebody has put another version in force meanwhile"
PRODUCT = '[product]\nname = "%s"\n[[feature]]\nname = "reports"\nevents = ["Report Made"]\n'
SEGMENT = 'title = "Quiet"\nover = "account"\nwhere = "mrr_minor > %s"\n'


def put(kind: str, name: str, text: str) -> str:
    return put_in_force(kind, name, text, now=NOW, by="ada").digest


def save_segment(visitor: Client, where: str, base: str) -> str:
    form = {"name": "quiet", "title": "Quiet", "over": "account", "where": where, "base": base}
    return visitor.post("/segments/editor/save", form, follow=True).content.decode()


def apply_product(visitor: Client, name: str, base: str) -> str:
    form = {"text": PRODUCT % name, "do": "apply", "base": base}
    return visitor.post("/product/edit", form, follow=True).content.decode()


def test_a_segment_is_saved_over_the_version_that_was_seen_and_no_other(visitor: Client):
    first = put("segment", "quiet", SEGMENT % 1)
    second = put("segment", "quiet", SEGMENT % 2)

    html = save_segment(visitor, "mrr_minor > 3", first)

    assert MEANWHILE in html
    assert "mrr_minor &gt; 3" in html  # what they wrote is still there
    assert current("segment", "quiet").digest == second
    assert MEANWHILE not in save_segment(visitor, "mrr_minor > 3", second)
    assert "mrr_minor > 3" in current("segment", "quiet").text


def test_without_a_word_of_what_it_was_written_over_nothing_is_replaced(visitor: Client):
    held = put("segment", "quiet", SEGMENT % 1)

    assert MEANWHILE in save_segment(visitor, "mrr_minor > 3", "")
    assert current("segment", "quiet").digest == held


def test_a_product_file_is_applied_over_the_version_that_was_seen_and_no_other(visitor: Client):
    first = put("product", "", PRODUCT % "A")
    second = put("product", "", PRODUCT % "B")

    html = apply_product(visitor, "C", first)

    assert MEANWHILE in html
    assert "name = &quot;C&quot;" in html
    assert current("product").digest == second
    assert MEANWHILE not in apply_product(visitor, "C", second)
    assert current("product").text == PRODUCT % "C"


def test_a_product_file_that_was_put_out_of_force_does_not_come_back_unseen(visitor: Client):
    base = put("product", "", PRODUCT % "A")
    withdraw("product", "", now=NOW)

    assert MEANWHILE in apply_product(visitor, "C", base)
    assert current("product") is None
