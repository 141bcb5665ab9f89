"""Which values a mail may name, and what they are for one person.

person.first_name, .name, .email, .role, .traits.<any>
account.name, .<column of the card>       company.name       links.app, .choices, .<page>
product.<of product_words.py>             sender.name             fix.<of winning_back.py>
save.<of save_words.py>
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from django.conf import settings

from tenure.card.product import product
from tenure.card.product_file import OWN_LINKS
from tenure.kit.liquid import LiquidTemplate
from tenure.messages.composing import plain
from tenure.messages.mail_names import value_at
from tenure.plays.page_links import PAGES, page_links
from tenure.plays.product_words import NAMES as PRODUCT_NAMES
from tenure.plays.product_words import product_words
from tenure.plays.recipients import Recipient
from tenure.plays.save_words import NAMES as SAVE_NAMES
from tenure.plays.save_words import save_words
from tenure.plays.subjects import Subject
from tenure.plays.winning_back import NAMES as FIX_NAMES
from tenure.plays.winning_back import fix_words
from tenure.segments.known import columns_of
from tenure.segments.vocabulary import ACCOUNT

_PERSON = ("first_name", "name", "email", "role", "traits")
_ALWAYS = {
    ("person", "email"), ("company", "name"), ("links", "app"), ("links", "choices"),
    ("product", "name"), ("sender", "name"),
}  # fmt: skip
_KINDS = {
    "varchar": "text", "bigint": "number", "integer": "number", "double": "number",
    "boolean": "flag", "date": "date", "timestamptz": "date",
}  # fmt: skip


def known_path(path: tuple[str, ...]) -> str:
    """What is wrong with a value that a mail names, and what to write; empty: nothing."""
    names = {
        "person": _PERSON,
        "account": ("name", *columns_of(ACCOUNT)),
        "company": ("name",),
        "links": (*OWN_LINKS, *PAGES),
        "product": PRODUCT_NAMES,
        "sender": ("name",),
        "fix": FIX_NAMES,
        "save": SAVE_NAMES,
    }
    if path[0] not in names:
        return f"there is no {path[0]!r}; use {', '.join(names)}"
    if path[0] == "links" and len(path) > 1 and path[1] not in names["links"]:
        names["links"] = (*names["links"], *product().links)
    if len(path) == 1 or path[1] not in names[path[0]]:
        said = path[1] if len(path) > 1 else ""
        near = get_close_matches(said, names[path[0]], 1, 0.5)
        hint = f"did you mean {path[0]}.{near[0]}?" if near else f"{path[0]} has columns, name one"
        return f"there is no {'.'.join(path)}; {hint}"
    return ""


def kind_of(path: tuple[str, ...]) -> str:
    """Of which kind a value is: number, date, flag, text, or "" for any."""
    if path[0] == "account" and path[1:] != ("name",):
        column = columns_of(ACCOUNT).get(path[1])
        return _KINDS.get(column.type, "") if column else ""
    if path == ("save", "is_billed"):
        return "flag"
    if path == ("fix", "shipped_on"):
        return "date"
    return "" if path[:2] in (("person", "traits"), ("product", "uses")) else "text"


def is_always_known(path: tuple[str, ...]) -> bool:
    """Whether a value is known of everybody who gets a mail."""
    if path[0] == "account":
        column = columns_of(ACCOUNT).get(path[1])
        return path[1] == "account_id" or bool(column and column.default is not None)
    # A play is not switched on before it is said where the pages are that its messages lead to.
    return path in _ALWAYS or path[0] == "links"


def values_for(
    subject: Subject,
    person: Recipient,
    *,
    app_url: str,
    choices_url: str,
    language: str = "en",
    signed_by: str = "",
    because: str = "",
) -> Mapping[str, Any]:
    """The values for one person, every known one; null for what nobody knows."""
    sold = product()
    account = {name: subject.value(name) for name in columns_of(ACCOUNT)}
    account |= {"account_id": subject.account_id, "name": subject.account_name or None}
    return {
        "person": {
            "first_name": person.first_name or None,
            "name": person.name or None,
            "email": person.email or None,
            "role": person.role or None,
            "traits": dict(person.traits),
        },
        "account": account,
        "company": {"name": settings.TENURE_HOME.company.name},
        "links": {"app": app_url, "choices": choices_url, **page_links(sold, app_url)},
        "product": product_words(account, language, subject.today, sold),
        "sender": {"name": signed_by or settings.TENURE_HOME.company.name},
        "save": save_words(because, subject.account_id),
        "fix": fix_words(because, subject.account_id, person.person_id),
    }


def values_named(parts: Iterable[LiquidTemplate], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that these words name, each by its path, as they are kept beside what was sent."""
    named = {path.path for part in parts for path in part.paths} - {("links", "choices")}
    return {".".join(path): plain(value_at(values, path)) for path in sorted(named)}
