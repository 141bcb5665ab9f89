"""Tags of other slices in mails: `{% testimonial feature: "reports" %}`.

`settings.TENURE_MAIL_TAGS` names each with `module:object`, an object with `asked`, the options
that it takes, and `teller(reader) -> (options) -> Told | None`, where the reader has `account_id,
person_id, language, now` and `value(column)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Protocol

from django.conf import settings

from tenure.kit.telling import TELLERS, Tags, Teller


class WhoReads(Protocol):
    """For whom a mail is written. One that is only looked at says so by `is_example`: it is shown
    to others than who it is written for, so no link in it may be theirs."""

    account_id: str
    person_id: str
    language: str
    now: datetime

    def value(self, column: str) -> object: ...


class MailTag(Protocol):
    """A tag of another slice. `asked` are the options that it takes."""

    asked: frozenset[str]

    def teller(self, reader: WhoReads) -> Teller: ...


@cache
def mail_tags() -> Mapping[str, MailTag]:
    """The tags that mails may have, by name."""
    found: dict[str, MailTag] = {}
    for name, path in getattr(settings, "TENURE_MAIL_TAGS", {}).items():
        module, _, attribute = path.partition(":")
        found[name] = getattr(import_module(module), attribute)
    return found


def asked_of_tags() -> Tags:
    """What each tag may be asked, as `read_liquid` takes it."""
    return {name: tag.asked for name, tag in mail_tags().items()}


def is_example(reader: WhoReads) -> bool:
    """Whether this is a preview, or a test of it."""
    return bool(getattr(reader, "is_example", False))


@dataclass(frozen=True, slots=True)
class InProduct:
    """Somebody who reads it in the product, and not in a mail."""

    reader: WhoReads
    account_id: str
    person_id: str
    language: str
    now: datetime
    is_example: bool

    def value(self, column: str) -> object:
        return self.reader.value(column)


def in_product(reader: WhoReads) -> InProduct:
    """The same reader, in the product."""
    return InProduct(
        reader, reader.account_id, reader.person_id, reader.language, reader.now,
        is_example(reader),
    )  # fmt: skip


def tellers_for(reader: WhoReads) -> dict[str, object]:
    """The values by which a text's tags are answered for one reader."""
    return {TELLERS: {name: tag.teller(reader) for name, tag in mail_tags().items()}}
