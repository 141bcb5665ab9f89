"""What they wrote themselves before they left: what a text tells, read once for all rules."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

from tenure.reasons.inferring_hits import Hit, Norms, Rule, evidence, shown
from tenure.reasons.inferring_seen import Seen
from tenure.reasons.next_job import next_job_in
from tenure.reasons.taxonomy_parts import Taxonomy
from tenure.reasons.words_in_texts import Phrases, folded
from tenure.signals.words import closing

WORD_DAYS = 120
_BOUGHT = (
    "acqui", "bought", "merge", "taken over", "takeover", "belongs to", "purchas", "part of",
    "收购", "并购", "合并", "买下",
)  # fmt: skip
_ASKS = re.compile(
    r"\b(?:can you (?:support|add)|do you support|any plans for|we need|is it possible to|"
    r"would be great if|missing|feature request|roadmap)\b|希望(?:能)?支持|希望支援|能否支持|"
    r"能不能支持|是否支持|是否支援|可否支援|建议增加|缺少|没有这个功能"
)
_CONNECTS = re.compile(
    r"\b(?:integrat\w+|connect(?:s|or|ion)? (?:to|with)|api|webhooks?|zapier|single sign.on|sso|"
    r"sync with)\b|对接|集成|整合|串接|接口|介接"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What one text tells."""

    codes: frozenset[str]  # of reasons whose phrases stand in it
    next_job: str
    rival: str
    is_closing: bool
    is_bought: bool
    asks: bool  # for something that it cannot do
    connects: bool  # about other tools


@lru_cache(maxsize=20_000)
def told_by(text: str, known: Taxonomy) -> Told:
    """What the text tells. The same words, often written by templates, are read once."""
    words = folded(text)
    next_job, rival = next_job_in(text, known)
    ends = closing(text) is not None
    is_bought = ends and any(word in words for word in _BOUGHT)
    return Told(
        codes=frozenset(_phrases(known).told_by(words)),
        next_job=next_job,
        rival=rival,
        is_closing=ends and not is_bought,
        is_bought=is_bought,
        asks=_ASKS.search(words) is not None,
        connects=_CONNECTS.search(words) is not None,
    )


@lru_cache(maxsize=8)
def rules_of_words(known: Taxonomy) -> tuple[Rule, ...]:
    """A rule for each reason that has phrases: `said_price_value`."""
    return tuple(
        Rule(f"said_{reason.code}", reason.code, _check(reason.code), says_it=True)
        for reason in known.reasons
        if reason.phrases
    )


def _check(code: str) -> Callable[[Seen, Norms], Hit | None]:
    return partial(_found, code)


def _found(code: str, seen: Seen, norms: Norms) -> Hit | None:
    said = [
        evidence("said", text=shown(words), by=each.person_id, at=each.at, ref=each.ref)
        for each, words in seen.texts(WORD_DAYS)
        if code in told_by(words, norms.taxonomy).codes
    ]
    return Hit(1.0, tuple(said)) if said else None


@lru_cache(maxsize=8)
def _phrases(known: Taxonomy) -> Phrases:
    return Phrases((phrase, reason.code) for reason in known.reasons for phrase in reason.phrases)
