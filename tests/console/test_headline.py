"""The overview's title answers the question in one sentence."""

from dataclasses import fields
from datetime import date

import pytest
from django.utils import translation

from tenure.console.pages.overview.headline import headline
from tenure.measure.churn import ChurnMonth

TODAY = date(2025, 7, 4)


def month(on: str, *, start: int = 100, lost: int = 0, new: int = 0) -> ChurnMonth:
    values = {field.name: 0 for field in fields(ChurnMonth)}
    values |= {
        "month": date.fromisoformat(f"{on}-01"), "currency": "EUR", "group": None,
        "accounts_at_start": start, "accounts_churned": lost, "accounts_new": new,
        "account_churn_rate": lost / start if start else None,
    }  # fmt: skip
    return ChurnMonth(**values)


@pytest.mark.parametrize(
    ("now", "before", "sentence"),
    [
        (month("2025-06", lost=3), month("2025-05", lost=7),
         "Churn fell to 3.0\u202f% in June, four accounts fewer than in May"),
        (month("2025-06", lost=12), month("2025-05", lost=1),
         "Churn rose to 12.0\u202f% in June, 11 accounts more than in May"),
        (month("2025-06", lost=4), month("2025-05", lost=4),
         "Churn stayed at 4.0\u202f% in June, as many accounts as in May"),
        (month("2025-06", lost=0), month("2025-05", lost=1),
         "Nobody left in June, against one account in May"),
        (month("2025-06", lost=0), month("2025-05", lost=0), "Nobody left in June, as in May"),
        (month("2024-12", lost=2), month("2024-11", lost=1),
         "Churn rose to 2.0\u202f% in December 2024, one account more than in November"),
        (month("2025-06", lost=2), month("2024-06", lost=1),
         "Churn rose to 2.0\u202f% in June, one account more than in June 2024"),
        (month("2025-06", lost=1), None, "Churn was 1.0\u202f% in June: one account left"),
        (month("2025-06", start=0, new=2), month("2025-05", start=0),
         "Two accounts began to pay in June"),
        (month("2025-06", start=0), None, "No account has paid yet"),
        (None, None, "No account has paid yet"),
    ],
)  # fmt: skip
def test_the_title_says_whether_churn_got_better(now, before, sentence):
    assert headline(now, before, TODAY) == sentence


def test_more_accounts_may_leave_while_the_rate_falls():
    grown = headline(month("2025-06", start=400, lost=8), month("2025-05", lost=4), TODAY)

    assert grown == "Churn fell to 2.0\u202f% in June, four accounts more than in May"


def test_the_title_is_a_sentence_in_chinese_too():
    with translation.override("zh-hans"):
        sentence = headline(month("2025-06", lost=3), month("2025-05", lost=7), TODAY)

    assert sentence == "6月流失率降至 3.0%，比5月少 4 家客户"
