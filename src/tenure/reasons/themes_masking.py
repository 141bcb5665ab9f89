"""Texts without personal data, for a model outside: addresses, numbers, known names are masked."""

import re
from collections.abc import Iterable

from tenure.customers.models import Account, Membership

_MASKS = (
    (re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+"), "[mail]"),
    (re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE), "[link]"),
    (re.compile(r"(?<!\w)@\w{2,}"), "[name]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7} ?[A-Z0-9]{0,3}\b"), "[number]"),
    (re.compile(r"\+?\d[\d\s().\-/]{5,}\d"), "[number]"),
    (re.compile(r"\b\w*\d{4,}\w*\b"), "[number]"),
    (
        re.compile(
            r"\b(?:I am|I'm|my name is|this is|[Rr]egards,?|[Tt]hanks,?|"
            r"[Mm]rs?\.?|[Mm]s\.?|[Dd]r\.?)"
            r"\s+(?:[A-Z][\w'\-]+)(?:\s+[A-Z][\w'\-]+)*"
        ),
        "[name]",
    ),
    (re.compile(r"(?:我是|我叫|我姓)[\u4e00-\u9fff]{1,4}"), "[name]"),
)  # fmt: skip
_LEAST_NAME = 2


def masked(text: str, names: Iterable[str] = ()) -> str:
    """The text with addresses, links, numbers of four digits or more, and these names masked."""
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    for name in sorted(set(names), key=len, reverse=True):
        if len(name.strip()) >= _LEAST_NAME:
            text = _name(name.strip()).sub("[name]", text)
    return text


def known_names(account_ids: Iterable[str]) -> dict[str, set[str]]:
    """Of each account: its own names, and the names of its people and the parts of these."""
    wanted = list(set(account_ids))
    names: dict[str, set[str]] = {account_id: set() for account_id in wanted}
    for account_id, name, domain in Account.objects.filter(account_id__in=wanted).values_list(
        "account_id", "name", "domain"
    ):
        names[account_id] |= {each for each in (name, domain, (domain or "").split(".")[0]) if each}
    people = Membership.objects.filter(account_id__in=wanted).values_list(
        "account_id", "person__name", "person__email"
    )
    for account_id, name, email in people:
        names[account_id] |= {each for each in (name, *name.split(), email) if each}
    return names


def _name(name: str) -> re.Pattern[str]:
    border = r"(?<!\w){}(?!\w)" if name.isascii() else "{}"
    return re.compile(border.format(re.escape(name)), re.IGNORECASE)
