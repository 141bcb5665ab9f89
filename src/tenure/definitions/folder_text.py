"""A definition that is a folder of files, as the one text that state keeps.

    === play.toml
    title = "Trial ending"
    === 01-72-hours.en.md
    Your trial ends ...

The main file comes first, then the others by name. So a version is one text with one digest, and a
difference between two versions reads like any other.
"""

import re
from collections.abc import Mapping

from tenure.base.errors import BadDefinition

_MARK = "=== "
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
FILES_MOST, CHARS_MOST = 200, 2_000_000


def pack(files: Mapping[str, str], main: str, where: str) -> str:
    """The files as one text. Raises BadDefinition for one that could not be taken apart again."""
    if main not in files:
        raise BadDefinition(f"{where}: there is no {main} in this folder; add it")
    if len(files) > FILES_MOST:
        raise BadDefinition(f"{where}: these are {len(files)} files; keep to {FILES_MOST}")
    parts = []
    for name in [main, *sorted(files.keys() - {main})]:
        text = files[name].replace("\r\n", "\n")
        if not _NAME.fullmatch(name):
            raise BadDefinition(f"{where}/{name}: use a-z, 0-9, '.', _ and - in names of files")
        for number, line in enumerate(text.splitlines(), 1):
            if line.startswith(_MARK):
                raise BadDefinition(
                    f"{where}/{name}: line {number} begins with {_MARK.strip()!r} and a space, "
                    "which parts files here; begin it with something else"
                )
        parts.append(f"{_MARK}{name}\n{text}" + ("" if text.endswith("\n") or not text else "\n"))
    packed = "".join(parts)
    if len(packed) > CHARS_MOST:
        raise BadDefinition(f"{where}: this is {len(packed)} characters; keep to {CHARS_MOST}")
    return packed


def unpack(text: str, where: str) -> dict[str, str]:
    """The files of a packed text, by name, the main one first. Raises BadDefinition."""
    files: dict[str, list[str]] = {}
    held: list[str] | None = None
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line.startswith(_MARK):
            name = line.removeprefix(_MARK).strip()
            if not _NAME.fullmatch(name) or name in files:
                raise BadDefinition(f"{where}: line {number}: {name!r} is no name, or stands twice")
            held = files[name] = []
        elif held is None:
            raise BadDefinition(f"{where}: line {number}: begin with '{_MARK}' and a file's name")
        else:
            held.append(line)
    return {name: "".join(lines) for name, lines in files.items()}
