"""JavaScript without what only people read: comments, indentation, and blanks that part nothing.

Names stay: gzip makes little of them, and an error in a browser's console still says where it was.
A line ends where it ended unless what stands beside it says that it goes on, so that no statement
is joined to the next. Before a closing bracket nothing need be parted, so a loop without a body
must not stand there. `const` becomes `let`: that it keeps its value is for people to see. Template
literals are refused rather than read.
"""

import re

_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
  | (?P<word>[\w$]+)
  | (?P<blank>\s+)
  | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_PATTERN = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/[a-z]*")
# After these a slash begins a pattern; after anything else it divides.
_BEFORE_PATTERN = frozenset("(,=:[!&|?{};+-*%<>~^")
_NEEDLESS_BEFORE = (";}", ",}", ",)")
_GOES_ON_AFTER = frozenset("{([,;:?&|=<>")
_GOES_ON_BEFORE = frozenset(")]},;.:?&|=")


def shrunk(source: str) -> str:
    """The same program in fewer bytes. Raises ValueError for a template literal."""
    out: list[str] = []
    blank = ""
    at = 0
    while at < len(source):
        token, is_blank = _next_token(source, at, out)
        at += len(token)
        if is_blank:
            blank = "\n" if "\n" in blank + token else " "
            continue
        if out and out[-1] + token in _NEEDLESS_BEFORE:
            out.pop()
            blank = ""
        if out and blank:
            out.append(_kept_blank(out[-1], token, blank))
        is_constant = token == "const" and out[-1:] != ["."]
        out.append("let" if is_constant else token)
        blank = ""
    return "".join(out) + "\n"


def _next_token(source: str, at: int, out: list[str]) -> tuple[str, bool]:
    found = _TOKEN.match(source, at)
    if found is None:  # cannot be: any character is a mark
        raise ValueError(f"nothing to read at {at}")
    if found.lastgroup == "mark" and found[0] == "`":
        raise ValueError(f"a template literal at {at}; join texts with +")
    if found[0] == "/" and (not out or out[-1][-1] in _BEFORE_PATTERN):
        pattern = _PATTERN.match(source, at)
        if pattern:
            return pattern[0], False
    return found[0], found.lastgroup in ("blank", "comment")


def _kept_blank(before: str, after: str, blank: str) -> str:
    left, right = before[-1], after[0]
    if blank == "\n":
        goes_on = left in _GOES_ON_AFTER or right in _GOES_ON_BEFORE
        return "" if goes_on else "\n"
    is_joined = _is_name(left) and _is_name(right)
    return " " if is_joined or (left == right and left in "+-/") else ""


def _is_name(letter: str) -> bool:
    return letter.isalnum() or letter in "_$"
