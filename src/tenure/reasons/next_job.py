"""Who or what does the job now, as a text tells it: a rival by name, or a phrase for one."""

import re
from functools import lru_cache

from tenure.reasons.taxonomy_parts import RIVAL, Taxonomy
from tenure.reasons.words_in_texts import Phrases, folded

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
_NO_NAMES = frozenset(
    {"a", "an", "the", "it", "our", "euro", "english", "us", "we", "i", "monday", "excel", "google"}
)


def next_job_in(text: str, known: Taxonomy) -> tuple[str, str]:
    """The code of what does the job now, and the rival's name; each empty where the text is silent.

    A rival of the taxonomy is found by any of its names, in any language; another one by the
    phrase before its name (`moving to Acme`, `改用 Acme`).
    """
    if not text:
        return "", ""
    words = folded(text)
    found = _phrases(known).told_by(words)
    name = rival_in(text, known)
    if name:
        return RIVAL, name
    return (found[0], "") if found else ("", "")


def rival_in(text: str, known: Taxonomy) -> str:
    """The rival that the text names; empty where it names none."""
    named = _names(known).told_by(folded(text))
    if named:
        return named[0]
    for pattern in (_TO_WHOM, _TO_WHOM_CHINESE):
        found = pattern.search(text)
        if found and found[1].split()[0].casefold() not in _NO_NAMES:
            return found[1].strip(" .")
    return ""


@lru_cache(maxsize=8)
def _phrases(known: Taxonomy) -> Phrases:
    """A spreadsheet or an own tool that is named goes before the word for any rival."""
    jobs = sorted(known.next_jobs, key=lambda job: job.code == RIVAL)
    return Phrases((phrase, job.code) for job in jobs for phrase in job.phrases)


@lru_cache(maxsize=8)
def _names(known: Taxonomy) -> Phrases:
    return Phrases((name, rival.name) for rival in known.rivals for name in rival.names)
