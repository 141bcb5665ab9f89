"""Words looked for in texts of any language: whole words in Latin letters, anywhere in Chinese."""

import re
from collections.abc import Iterable

from tenure.signals.phrase_file import simplified

_CHINESE = re.compile(r"[\u3400-\u9fff]")


def folded(text: str) -> str:
    """As phrases are compared: lower case, simplified characters, plain apostrophes."""
    return text.casefold().replace("’", "'").translate(simplified())


def is_chinese(text: str) -> bool:
    """Whether the text is written in Chinese, as far as its characters tell."""
    return len(_CHINESE.findall(text)) * 3 >= len(text.replace(" ", ""))


class Phrases:
    """Phrases, and what each stands for: `Phrases([("太贵", "price_value")]).told_by(text)`.

    Plain search first, borders of words afterwards: thousands of texts are read in a second.
    """

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._phrases = [
            (word, stands_for, not _CHINESE.search(word))
            for phrase, stands_for in phrases
            if (word := folded(phrase))
        ]

    def told_by(self, folded_text: str) -> list[str]:
        """What the phrases in a text stand for, each once, in the order of the phrases."""
        found = [
            stands_for
            for word, stands_for, has_borders in self._phrases
            if word in folded_text and (not has_borders or _is_word(folded_text, word))
        ]
        return list(dict.fromkeys(found))


def _is_word(text: str, word: str) -> bool:
    """Whether it stands there with no letter or digit right before or after it, at least once."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        is_open_before = at == 0 or not (text[at - 1].isalnum() and text[at - 1].isascii())
        is_open_after = end == len(text) or not (text[end].isalnum() and text[end].isascii())
        if is_open_before and is_open_after:
            return True
        at = text.find(word, at + 1)
    return False
