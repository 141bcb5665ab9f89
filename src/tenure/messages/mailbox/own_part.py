"""What of an answer its author wrote: without the mail that it answers, and without a signature.

The rule, line by line. Left out are
- lines that begin with `>`, and the paragraph just above the first of them if it ends with a colon
  and names a day or an address (`On Monday, Ann wrote:`, in any language);
- everything from a line on by which mail programs begin the old mail, and from `-- ` on.
What is written between quoted lines, or below them, is theirs.
"""

import re

from tenure.signals.own_words import own_words

_ATTRIBUTION_LINES = 3
_NAMES_ONE = re.compile(r"\d|@")


def own_part(text: str) -> str:
    """The author's own lines, as they wrote them."""
    lines = _without_attribution(text.split("\n"))
    # Something before it: an old mail that begins the text is no mail that was passed on to us.
    plain = own_words("\n".join([".", *lines])).split("\n")[1:]
    kept = [line for line, said in zip(lines, plain, strict=False) if said.strip()
            or not line.strip()]  # fmt: skip
    return re.sub(r"\n{3,}", "\n\n", "\n".join(each.rstrip() for each in kept)).strip()


def _without_attribution(lines: list[str]) -> list[str]:
    first = next((at for at, line in enumerate(lines) if line.lstrip().startswith(">")), None)
    if first is None:
        return lines
    end = first
    while end and not lines[end - 1].strip():
        end -= 1
    begin = end
    while begin and end - begin < _ATTRIBUTION_LINES and lines[begin - 1].strip():
        begin -= 1
    said = " ".join(lines[begin:end]).strip()
    if not said.endswith((":", "：")):
        return lines
    # The paragraph may be theirs, with the attribution as its last lines: take as few as will do.
    for at in range(end - 1, begin - 1, -1):
        if _NAMES_ONE.search(" ".join(lines[at:end])):
            return lines[:at] + lines[end:]
    return lines
