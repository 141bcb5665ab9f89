"""Which text is in force, and how another takes its place.

A change is an event as well, `Definition Applied` or `Definition Withdrawn`: the lake knows when
what held, and the worker, which looks for news, derives anew what reads the text.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from django.conf import settings
from django.db import IntegrityError, transaction

from tenure.base.errors import Conflict, NotFound
from tenure.base.ids import digest
from tenure.definitions.kinds import check, check_name, file_of
from tenure.definitions.models import DefinitionVersion
from tenure.lake.recording import record

APPLIED, WITHDRAWN = "Definition Applied", "Definition Withdrawn"


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a text. `digest` names it for ever."""

    kind: str
    name: str
    digest: str
    text: str
    applied_at: datetime
    applied_by: str

    @property
    def where(self) -> str:
        """How messages name it: `segments/champions.toml`."""
        return file_of(self.kind, self.name)


Texts = Mapping[tuple[str, str], str]  # by kind and name
_supposed: ContextVar[Texts] = ContextVar("supposed", default=MappingProxyType({}))
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@contextmanager
def as_if_in_force(texts: Texts) -> Iterator[None]:
    """Within it these texts hold: those of a folder are checked as they will stand together."""
    token = _supposed.set(MappingProxyType(dict(texts)))
    try:
        yield
    finally:
        _supposed.reset(token)


def _as_supposed(kind: str, name: str) -> Definition | None:
    text = _supposed.get().get((kind, name))
    return (
        None if text is None else Definition(kind, name, digest(kind, name, text), text, _NEVER, "")
    )


def current(kind: str, name: str = "") -> Definition | None:
    """The version in force, or None."""
    if supposed := _as_supposed(kind, name):
        return supposed
    row = DefinitionVersion.objects.filter(kind=kind, name=name, ended_at=None).first()
    return _of(row) if row else None


def all_current(kind: str) -> list[Definition]:
    """All of a kind that are in force, by name."""
    rows = DefinitionVersion.objects.filter(kind=kind, ended_at=None).order_by("name")
    found = {row.name: _of(row) for row in rows}
    for of, name in _supposed.get():
        if of == kind and (supposed := _as_supposed(kind, name)) is not None:
            found[name] = supposed
    return [each for _, each in sorted(found.items())]


def versions(kind: str, name: str = "") -> list[Definition]:
    """Every version there was, the newest first."""
    rows = DefinitionVersion.objects.filter(kind=kind, name=name).order_by("-applied_at", "-id")
    return [_of(row) for row in rows]


def version(text_digest: str) -> Definition:
    """A version by its digest, in force or not. Raises NotFound."""
    row = DefinitionVersion.objects.filter(digest=text_digest).order_by("-id").first()
    if row is None:
        raise NotFound(f"there is no definition {text_digest}")
    return _of(row)


def put_in_force(  # noqa: PLR0913
    kind: str, name: str, text: str, *, now: datetime, by: str, in_place_of: str | None = None
) -> Definition:
    """The version that now holds: checked first, and stored. The same text again changes nothing.

    `in_place_of` is the digest of the version that it was written over, empty for none; without it
    whatever holds is replaced. Raises BadDefinition as the kind's check does, Conflict when
    somebody did the same just now, or another version holds than the one it was written over.
    """
    check_name(kind, name)
    check(kind, text, file_of(kind, name))
    try:
        return _take_the_place(kind, name, text, now=now, by=by, in_place_of=in_place_of)
    except IntegrityError:
        raise Conflict(
            f"{file_of(kind, name)}: another version was put in force at this moment; "
            "look at it, and try again"
        ) from None


def _take_the_place(  # noqa: PLR0913
    kind: str, name: str, text: str, *, now: datetime, by: str, in_place_of: str | None
) -> Definition:
    with transaction.atomic():
        held = DefinitionVersion.objects.filter(kind=kind, name=name, ended_at=None)
        row = held.select_for_update().first()
        if row is not None and row.text == text:
            return _of(row)
        if in_place_of is not None and in_place_of != (row.digest if row else ""):
            raise Conflict(
                f"{file_of(kind, name)}: another version holds by now than the one that this was "
                "written over; compare, and try again"
            )
        if row is not None:
            # That row alone: one which came at this moment would otherwise be ended unseen.
            DefinitionVersion.objects.filter(pk=row.pk).update(ended_at=now)
        definition = _of(
            DefinitionVersion.objects.create(
                kind=kind,
                name=name,
                digest=digest(kind, name, text),
                text=text,
                applied_at=now,
                applied_by=by,
            )
        )
        transaction.on_commit(lambda: _tell(APPLIED, definition, now))
        return definition


def withdraw(kind: str, name: str, *, now: datetime) -> None:
    """Put the text out of force; its versions stay. Raises NotFound when none is in force."""
    held = current(kind, name)
    ended = DefinitionVersion.objects.filter(kind=kind, name=name, ended_at=None)
    if held is None or not ended.update(ended_at=now):
        raise NotFound(f"there is no {file_of(kind, name)} in force")
    transaction.on_commit(lambda: _tell(WITHDRAWN, held, now))


def _tell(what: str, definition: Definition, now: datetime) -> None:
    said = {
        "kind": definition.kind,
        "name": definition.name,
        "digest": definition.digest,
    }
    if what == APPLIED:
        said["by"] = definition.applied_by
    event = {
        "message_id": digest(what, *said.values(), now.isoformat()),
        "type": "system",
        "name": what,
        "occurred_at": now,
        "properties": json.dumps(said, ensure_ascii=False),
    }
    record(settings.TENURE_HOME, settings.DATABASE_URL, [event], now)


def _of(row: DefinitionVersion) -> Definition:
    return Definition(row.kind, row.name, row.digest, row.text, row.applied_at, row.applied_by)
