"""What a folder of definitions would change, and how folder and home are made the same."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from tenure.base.errors import BadDefinition
from tenure.definitions.folder_text import pack, unpack
from tenure.definitions.kinds import ALONE, MAIN_FILES, check, check_name, file_of, kinds
from tenure.definitions.models import DefinitionVersion
from tenure.definitions.store import as_if_in_force, current, put_in_force, versions


@dataclass(frozen=True, slots=True)
class Change:
    """One definition of a folder: `new`, `changed` or `same`, with what its check warns of."""

    kind: str
    name: str
    what: str
    text: str
    before: str
    warnings: tuple[str, ...]

    @property
    def where(self) -> str:
        return file_of(self.kind, self.name)


def plan(folder: Path) -> list[Change]:
    """What applying the folder would do, each text checked; nothing is changed.

    Raises BadDefinition for the first text that is refused, or a folder without definitions.
    """
    found = [(kind, name, _text_of(kind, name, path)) for kind, name, path in _found(folder)]
    checked = []
    with as_if_in_force({(kind, name): text for kind, name, text in found}):
        for kind, name, text in found:
            check_name(kind, name)
            warnings = check(kind, text, file_of(kind, name))
            checked.append((kind, name, text, tuple(warnings)))
    changes = [_change(*each) for each in checked]
    if not changes:
        raise BadDefinition(f"{folder}: there are no definitions; put them in {places()}")
    return changes


def _change(kind: str, name: str, text: str, warnings: tuple[str, ...]) -> Change:
    held = current(kind, name)
    what = "new" if held is None else "same" if held.text == text else "changed"
    return Change(kind, name, what, text, held.text if held else "", warnings)


def apply(folder: Path, *, now: datetime, by: str) -> list[Change]:
    """What was put in force: all of the folder when every text is accepted, else nothing."""
    changes = plan(folder)
    with transaction.atomic():
        for change in changes:
            put_in_force(change.kind, change.name, change.text, now=now, by=by)
    return changes


def pull(folder: Path) -> list[Path]:
    """The files that were written or already there: every definition in force.

    Of a definition that is a folder, files that were part of an earlier version and are not any
    more are deleted; else applying the folder would bring them back.
    """
    written = []
    rows = DefinitionVersion.objects.filter(ended_at=None).order_by("kind", "name")
    for row in rows:
        place = folder / file_of(row.kind, row.name)
        texts = {place: row.text}
        if row.kind in MAIN_FILES:
            files = unpack(row.text, file_of(row.kind, row.name))
            texts = {place / name: text for name, text in files.items()}
            for name in _files_of_before(row) - files.keys():
                (place / name).unlink(missing_ok=True)
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            written.append(path)
    return written


def _files_of_before(row: DefinitionVersion) -> set[str]:
    """Every file that was ever part of a definition that is a folder."""
    found: set[str] = set()
    for each in versions(row.kind, row.name):
        with suppress(BadDefinition):
            found |= unpack(each.text, each.where).keys()
    return found


def passed_over(folder: Path) -> list[Path]:
    """The TOML files of a folder that are no definition by their place: a slip in a name, say."""
    read = {path for _, _, path in _found(folder)}
    for kind, _, path in _found(folder):
        read |= set(path.iterdir()) if kind in MAIN_FILES else set()
    others = sorted(path for path in folder.rglob("*.toml") if path not in read)
    inside = [path.relative_to(folder) for path in others]
    return [path for path in inside if not any(part.startswith(".") for part in path.parts)]


def places() -> str:
    """Where definitions stand in a folder, in words."""
    return ", ".join(file_of(kind, "NAME") for kind in kinds())


def _found(folder: Path) -> Iterator[tuple[str, str, Path]]:
    for kind in kinds():
        if kind in ALONE:
            if (folder / file_of(kind, "")).is_file():
                yield kind, "", folder / file_of(kind, "")
            continue
        if kind in MAIN_FILES:
            for main in sorted((folder / f"{kind}s").glob(f"*/{MAIN_FILES[kind]}")):
                yield kind, main.parent.name, main.parent
            continue
        for path in sorted((folder / f"{kind}s").glob("*.toml")):
            yield kind, path.stem, path


def _text_of(kind: str, name: str, path: Path) -> str:
    """The text of a definition: of its file, or of all the files in its folder."""
    if kind not in MAIN_FILES:
        return _read(path)
    found = [each for each in sorted(path.iterdir()) if not each.name.startswith(".")]
    texts = {each.name: _read(each) for each in found}
    return pack(texts, MAIN_FILES[kind], file_of(kind, name))


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")  # some editors begin with a mark
    except (OSError, UnicodeDecodeError) as error:
        raise BadDefinition(f"{path}: it cannot be read: {error}") from None
