"""Does a message ask somebody for something: a review, a score, an introduction?

Its author need not say so: one with `{% ask %}` does, and so does a survey. `asks = true` in
play.toml says it of all messages of a play whose words alone do not show it.
"""

import re

from tenure.plays.mail_reading import OWN, shared_blocks
from tenure.plays.parts import MARKETING, Act, Message, Play

SURVEY = "survey"
_TAG = re.compile(r"\{%-?\s*ask\b")
_BLOCK = re.compile(r"\{%-?\s*block\s+[\"']?([\w-]+)")


def asks(play: Play, act: Act) -> bool:
    """Whether it is withheld from who does not want to be asked again. What somebody is owed is
    not: there the tag alone comes to nothing."""
    if not isinstance(act, Message) or play.purpose != MARKETING:
        return False
    if play.asks or act.kind == SURVEY:
        return True
    texts = [text for name, text in play.files.items() if name.startswith(f"{act.template}.")]
    return any(map(_TAG.search, texts)) or _is_in_block(play, texts)


def _is_in_block(play: Play, texts: list[str]) -> bool:
    named = {name for text in texts for name in _BLOCK.findall(text)}
    if not named:
        return False
    blocks = {where.rpartition("/")[2]: text for where, text in shared_blocks()}
    blocks |= {name: text for name, text in play.files.items() if name.endswith(OWN)}
    return any(
        _TAG.search(text) for file, text in blocks.items() if file.partition(".")[0] in named
    )
