"""Writing a mail for nobody, to see that it can be written: once as if every condition held, and
once as if none did."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from tenure.kit.liquid import Clean
from tenure.messages.authored import AuthoredMail
from tenure.messages.composing import write_mail

_SAMPLES: dict[str, Any] = {"number": 3, "date": date(2026, 1, 31), "flag": True, "text": "Ann"}
_AT = datetime(2026, 1, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Nobody:
    language: str
    is_so: bool
    account_id: str = "acme"
    person_id: str = "ann"
    now: datetime = _AT

    def holds(self, condition: str, over: str) -> bool | None:
        return self.is_so

    def value(self, column: str) -> object:
        return None


def trials(
    mail: AuthoredMail, language: str, kind_of: Callable[[tuple[str, ...]], str]
) -> Iterator[Callable[[], object]]:
    """Ways to write the mail, each to be tried: they raise what writing it raises."""
    values = _samples(mail, kind_of)
    for is_so in (True, False):
        nobody = _Nobody(language, is_so)
        yield lambda nobody=nobody: write_mail(mail, values, nobody, "https://example.com/mail/x")


def _samples(mail: AuthoredMail, kind_of: Callable[[tuple[str, ...]], str]) -> Clean:
    values: Clean = Clean()
    blocks = (mail.blocks or {}).values()
    parts = [*mail.parts(), *(part for block in blocks for part in block.parts())]
    for path in {path.path for part in parts for path in part.paths}:
        below: dict[str, Any] = values
        for name in path[:-1]:
            found = below.setdefault(name, {})
            below = found if isinstance(found, dict) else {}
        below.setdefault(path[-1], _sample(path, kind_of))
    values.setdefault("company", {"name": "Example"})
    return values


def _sample(path: tuple[str, ...], kind_of: Callable[[tuple[str, ...]], str]) -> Any:
    if path[0] == "links":
        return "https://app.example.com"
    return _SAMPLES[kind_of(path) or "text"] if path[0] != "language" else "en"
