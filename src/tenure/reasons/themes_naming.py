"""What a group of texts is called: the phrases that set it apart, and its most central text."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from tenure.reasons.themes_grouping import is_plain_word
from tenure.reasons.words_in_texts import folded

PHRASES = 5
LABEL_PHRASES = 2
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_CHINESE_RUN = re.compile(r"[\u4e00-\u9fff]+")


def typical_phrases(
    inside: Sequence[str], outside: Sequence[str], *, is_chinese: bool
) -> list[str]:
    """Words and pairs as they were written, those first that many inside and few outside have."""
    phrases_in = Counter(phrase for text in inside for phrase in _phrases(text, is_chinese))
    phrases_out = Counter(phrase for text in outside for phrase in _phrases(text, is_chinese))
    scored = {
        phrase: (count / len(inside)) * _apart(count, len(inside), phrases_out[phrase], outside)
        * (1 + 0.25 * (len(phrase) if is_chinese else phrase.count(" ") * 2))
        for phrase, count in phrases_in.items()
        if count >= 2
    }  # fmt: skip
    chosen: list[str] = []
    for phrase in sorted(scored, key=lambda each: (-scored[each], each)):
        if not any(phrase in other or other in phrase for other in chosen):
            chosen.append(phrase)
        if len(chosen) == PHRASES:
            break
    return chosen


def label_of(phrases: Sequence[str], central_text: str) -> str:
    """A short name: the first phrases, or the start of the most central text."""
    if phrases:
        return " · ".join(phrases[:LABEL_PHRASES])
    return central_text if len(central_text) <= 60 else central_text[:59] + "…"


def _apart(count: int, inside: int, elsewhere: int, outside: Sequence[str]) -> float:
    """How much commoner it is inside than outside, from 0 to 1."""
    in_share = count / inside
    out_share = (elsewhere + 0.5) / (len(outside) + 1)
    return in_share / (in_share + out_share)


def _phrases(text: str, is_chinese: bool) -> set[str]:
    plain = folded(text)
    if is_chinese:
        found = set()
        for run in _CHINESE_RUN.findall(plain):
            for size in (2, 3, 4):
                found |= {run[at : at + size] for at in range(len(run) - size + 1)}
        return {each for each in found if is_plain_word(each[0]) and is_plain_word(each[-1])}
    words = _WORD.findall(plain)
    plain_words = {word for word in words if is_plain_word(word) and len(word) > 2}
    pairs = {
        f"{one} {two}" for one, two in pairwise(words) if one in plain_words and two in plain_words
    }
    return plain_words | pairs
