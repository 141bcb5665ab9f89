"""Does a text say that its author will leave, or that the author's company ends or was bought?

By rules, not by a model: the answer names the phrase and its place. The phrases are in `phrases/`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tenure.signals.own_words import own_words
from tenure.signals.phrase_file import PhraseFile, Strength, phrase_files, simplified

__all__ = ["Match", "Strength", "cancel_intent", "closing"]

_ENDS = re.compile(r"[.!?]+(?=\s|$)|[!?;。]+|\n\s*\n|\n\s*[-*•]\s")
_SENTENCE_MAX = 1500  # characters; a longer one is read in parts
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[,()–—]|(?<=\s)-(?=\s)")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CHINESE_KEPT = re.compile(r"[\u4e00-\u9fffa-z0-9,]")
_SHORT = {
    "can't": "can not", "cannot": "can not", "cant": "can not", "won't": "will not",
    "wont": "will not", "dont": "do not", "didnt": "did not", "doesnt": "does not", "im": "i am",
    "ive": "i have", "shan't": "shall not", "let's": "let us", "that's": "that is",
    "what's": "what is", "where's": "where is", "it's": "it is", "gonna": "going to",
    "wanna": "want to", "pls": "please", "plz": "please",
    "(": ",", ")": ",", "–": ",", "—": ",", "-": ",",
}  # fmt: skip
_ENDINGS = (
    ("n't", " not"), ("'re", " are"), ("'m", " am"), ("'d", " would"), ("'ll", " will"),
    ("'ve", " have"), ("'s", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """What was found: the words as written, their place in the text, and how much they say."""

    phrase: str
    span: tuple[int, int]
    language: str  # en | zh-Hans | zh-Hant
    strength: Strength
    rule: str  # the phrase as it is written in the file


def cancel_intent(text: str) -> Match | None:
    """The strongest phrase by which somebody says that they will leave, or None.

    Denied phrases ("we are not cancelling"), those about something else ("cancel the meeting") and
    what is quoted from earlier mails do not count. A question how to, and a thought of it, are
    weaker than saying so. The rules are in `phrases/`, explained in docs/signals.md.
    """
    return _strongest(text, "cancel_intent")


def closing(text: str) -> Match | None:
    """The first phrase by which somebody says that their company ends, or was bought, or None."""
    return _strongest(text, "closing")


def _strongest(text: str, kind: str) -> Match | None:
    plain = own_words(text)
    best: Match | None = None
    for file in phrase_files():
        is_chinese = file.language == "zh"
        searched = plain.translate(simplified()) if is_chinese else plain
        if not file.stems[kind].search(searched):
            continue
        read = _chinese if is_chinese else _english
        for sentence in _sentences(searched, file.stems[kind], read):
            found = _in_sentence(sentence, file, kind, best.strength if best else 0)
            if found:
                (start, end), strength, rule = found
                language = _language(file.language, text)
                best = Match(text[start:end], (start, end), language, strength, rule)
            if best and best.strength == Strength.SAID:
                return best
    return best


@dataclass(frozen=True, slots=True)
class _Sentence:
    """One sentence in the form that phrases are written in, and where its characters come from."""

    said: str
    places: list[int]  # for each character of `said`, its place in the text
    ends: list[int]  # and where the word that it is of ends

    def span(self, start: int, end: int) -> tuple[int, int]:
        while end > start + 1 and self.said[end - 1] == " ":
            end -= 1
        return self.places[start], self.ends[end - 1]


def _sentences(
    text: str, stems: re.Pattern[str], read: Callable[[str, int], _Sentence]
) -> Iterator[_Sentence]:
    """The sentences that have a stem."""
    start = 0
    bounds = [match.end() for match in _ENDS.finditer(text)]
    for end in (*bounds, len(text)):
        for part in range(start, end, _SENTENCE_MAX):
            piece = text[part : min(end, part + _SENTENCE_MAX)]
            if stems.search(piece):
                yield read(piece, part)
        start = end


def _english(piece: str, offset: int) -> _Sentence:
    """Words with one space around each, contractions written out."""
    said, places, ends = [" "], [offset], [offset]
    for match in _WORD.finditer(piece):
        word = _written_out(match[0])
        said.append(word + " ")
        places += [offset + match.start()] * (len(word) + 1)
        ends += [offset + match.end()] * (len(word) + 1)
    return _Sentence("".join(said), places, ends)


def _chinese(piece: str, offset: int) -> _Sentence:
    """Characters without the spaces and signs between them."""
    kept = [(match[0], offset + match.start()) for match in _CHINESE_KEPT.finditer(piece)]
    places = [place for _, place in kept]
    return _Sentence("".join(c for c, _ in kept), places, [place + 1 for place in places])


def _written_out(word: str) -> str:
    if word in _SHORT:
        return _SHORT[word]
    if "'" in word:
        for ending, full in _ENDINGS:
            if word.endswith(ending):
                return word[: -len(ending)] + full
    return word


def _in_sentence(
    sentence: _Sentence, file: PhraseFile, kind: str, above: int
) -> tuple[tuple[int, int], Strength, str] | None:
    """The strongest phrase that is not denied and says more than `above`: span, strength, rule."""
    never: list[tuple[int, int]] | None = None
    best: tuple[tuple[int, int], Strength, str] | None = None
    for phrase in file.phrases[kind]:
        if phrase.strength <= above:
            continue
        for match in phrase.expression.finditer(sentence.said):
            if never is None:
                never = [
                    other.span()
                    for expression in file.never[kind]
                    for other in expression.finditer(sentence.said)
                ]
            start, end = match.span()
            if any(a < end and start < b for a, b in never):
                continue
            is_asked = phrase.strength == Strength.ASKED  # "we do not know how to cancel"
            if not is_asked and file.negation.search(sentence.said[:start]):
                continue
            strength = min(phrase.strength, _graded(sentence.said, start, end, file))
            if strength > above:
                best = (sentence.span(start, end), strength, phrase.written)
                above = strength
            if phrase.strength <= above:
                break
    return best


def _graded(said: str, start: int, end: int, file: PhraseFile) -> Strength:
    """How much may be believed at most, by what stands around the phrase."""
    before, after = said[:start], said[max(0, end - 1) :]
    grades = file.grades

    def has(grade: str, text: str) -> bool:
        expression = grades.get(grade)
        return expression is not None and expression.search(text) is not None

    if has("asked", before) or has("asked_after", after):
        return Strength.ASKED
    is_certain = has("certain_after", said)
    if not is_certain and (has("considered", before) or has("considered_after", after)):
        return Strength.CONSIDERED
    return Strength.SAID


def _language(language: str, text: str) -> str:
    if language != "zh":
        return language
    traditional = simplified()
    counts = sum(ord(character) in traditional for character in _CHINESE.findall(text[:5000]))
    return "zh-Hant" if counts else "zh-Hans"
