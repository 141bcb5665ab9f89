"""Who or what does the job now, as a text tells it: a rival by name, or a phrase for one."""

import re
from functools import lru_cache

from tenure.reasons.taxonomy_parts import RIVAL, Taxonomy
from tenure.signals.phrase_file import simplified

_CHINESE = re.compile(r"[\u3400-\u9fff]")
# "moving to Acme Time": the name after the phrase, as it is written with capitals.
_TO_WHOM = re.compile(
    r"\b(?i:moving|moved|move|switching|switched|switch|migrating|migrated|changing|going over)"
    r"\s+(?i:over\s+)?(?i:to|with)\s+((?:[A-Z][\w&+\-]*)(?:[ .](?:[A-Z][\w&+\-]*|io|com|ai))*)"
)
_TO_WHOM_CHINESE = re.compile(
    r"(?:改用|換到|换到|換成|换成|轉用|转用|轉到|转到|迁移到|遷移到)\s*"
    r"([A-Za-z][\w&+\-]*(?: [A-Z][\w&+\-]*)*)"
)
# Words with a capital that follow "switched to" and name no product.
_NO_NAMES = frozenset({"a", "an", "the", "it", "our", "euro", "english", "us", "we", "i", "monday"})


def next_job_in(text: str, known: Taxonomy) -> tuple[str, str]:
    """The code of what does the job now, and the rival's name; each empty where the text is silent.

    A rival of the taxonomy is found by any of its names, in any language; another one by the
    phrase before its name (`moving to Acme`, `改用 Acme`).
    """
    if not text:
        return "", ""
    name = rival_in(text, known)
    if name:
        return RIVAL, name
    folded = text.casefold().translate(simplified())
    for code, expression in _phrases(known):
        if expression.search(folded):
            return code, ""
    return "", ""


def rival_in(text: str, known: Taxonomy) -> str:
    """The rival that the text names; empty where it names none."""
    for name, expression in _names(known):
        if expression.search(text):
            return name
    for pattern in (_TO_WHOM, _TO_WHOM_CHINESE):
        found = pattern.search(text)
        if found and found[1].casefold() not in _NO_NAMES:
            return found[1].strip(" .")
    return ""


@lru_cache(maxsize=8)
def _phrases(known: Taxonomy) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (job.code, _any_of([one.translate(simplified()) for one in job.phrases]))
        for job in sorted(known.next_jobs, key=lambda job: job.code == RIVAL)
        if job.phrases
    )


@lru_cache(maxsize=8)
def _names(known: Taxonomy) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((rival.name, _any_of(rival.names)) for rival in known.rivals)


def _any_of(words: tuple[str, ...] | list[str]) -> re.Pattern[str]:
    """Any of the words: as whole words in Latin letters, anywhere in Chinese."""
    parts = [
        re.escape(word) if _CHINESE.search(word) else rf"(?<!\w){re.escape(word)}(?!\w)"
        for word in sorted(words, key=len, reverse=True)
    ]
    return re.compile("|".join(parts), re.IGNORECASE)
