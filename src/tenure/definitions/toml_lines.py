"""On which line of a TOML text a field stands, for editors that point at a mistake.

line_of(text, "feature[2].plans")      # 14
"""

import re

_KEY = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|([A-Za-z0-9_-]+))\s*(?:=|\.)')
_LINE_CHARS = 1_000  # a header or a key is shorter
_SAID = re.compile(r"\(at line (\d+), column \d+\)")


def line_of(text: str, field: str) -> int | None:
    """The line, from 1, on which the field stands; that of its table where the field is missing.

    `field` is a path as BadDefinition has it. None when the text has no such table.
    """
    places = _places(text)
    path = field
    while path:
        if path in places:
            return places[path]
        path = re.sub(r"(\[\d+\]|\.?[^.\[\]]+)$", "", path)
    return None


def line_said(message: str) -> int | None:
    """The line that the TOML reader itself names in its message; None when it names none."""
    found = _SAID.search(message)
    return int(found[1]) if found else None


def _places(text: str) -> dict[str, int]:
    """Every table and key with its path and line; tables in arrays are counted from 1."""
    places: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = _header(line[:_LINE_CHARS].strip())
        if header:
            table = _table_path(header, line.lstrip().startswith("[["), counts)
            places.setdefault(table, number)
            continue
        key = _KEY.match(line[:_LINE_CHARS])
        if key:
            name = key[1] or key[2] or key[3] or ""
            places.setdefault(f"{table}.{name}" if table else name, number)
    return places


def _header(line: str) -> str:
    """The dotted name in `[name]` or `[[name]]`; empty for any other line. In one pass: a pattern
    that tries its blanks in every way takes minutes for a text that is written to that end."""
    if not line.startswith("["):
        return ""
    name, closes, after = line.removeprefix("[").removeprefix("[").partition("]")
    after = after.removeprefix("]").lstrip()
    is_header = bool(closes) and (not after or after.startswith("#"))
    return name.strip() if is_header and not re.search(r"[\[#]", name) else ""


def _table_path(dotted: str, is_array: bool, counts: dict[str, int]) -> str:
    """`first_value.step` as `first_value.step[2]`; tables inside arrays belong to the last one."""
    path = ""
    parts = [part.strip().strip("\"'") for part in dotted.split(".")]
    for index, part in enumerate(parts):
        path = f"{path}.{part}" if path else part
        is_last = index == len(parts) - 1
        if is_array and is_last:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path
