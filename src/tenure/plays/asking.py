"""Does a message ask somebody for something: a review, a score, an introduction?

Its author need not say so: one with `{% ask %}` does, and so does a survey. `asks = true` in
play.toml says it of all messages of a play whose words alone do not show it.
"""

import re

from tenure.messages.mail_block import block_name
from tenure.plays.mail_reading import Texts, block_texts, shared_blocks
from tenure.plays.parts import MARKETING, Act, Message, Play

SURVEY = "survey"
_TAG = re.compile(r"\{%-?\s*ask\b")
_BLOCK = re.compile(r"\{%-?\s*block\s+[\"']?([\w-]+)")


class Asking:
    """Which messages ask, by the blocks as they are in force: read once, when one is named."""

    def __init__(self) -> None:
        self._shared: Texts | None = None
        self._known: dict[tuple[str, str], bool] = {}

    def of(self, play: Play, act: Act) -> bool:
        """Whether it is withheld from who does not want to be asked again. What somebody is owed
        is not: there the tag alone comes to nothing."""
        if not isinstance(act, Message) or play.purpose != MARKETING:
            return False
        if play.asks or act.kind == SURVEY:
            return True
        said = play.digest, act.template
        if said not in self._known:
            self._known[said] = self._by_its_words(play, act)
        return self._known[said]

    def _by_its_words(self, play: Play, act: Message) -> bool:
        texts = [text for name, text in play.files.items() if name.startswith(f"{act.template}.")]
        named = {name for text in texts for name in _BLOCK.findall(text)}
        return any(map(_TAG.search, texts)) or self._is_in_block(play, named)

    def _is_in_block(self, play: Play, named: set[str]) -> bool:
        """Whether one of these blocks has the tag; a block names no other block."""
        if not named:
            return False
        if self._shared is None:
            self._shared = shared_blocks()
        blocks: dict[str, str] = {}
        for where, text in block_texts(play, self._shared):
            blocks.setdefault(block_name(where), text)
        return any(_TAG.search(blocks.get(name, "")) for name in named)


def asks(play: Play, act: Act) -> bool:
    """The same of one message; who looks at several keeps an `Asking`."""
    return Asking().of(play, act)
