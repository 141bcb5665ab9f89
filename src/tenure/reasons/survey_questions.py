"""Which question of the exit survey comes next, and when it stops asking. Pure.

At most six short questions, one a page. What they told us when they left is not asked again, and
what follows from an answer is not asked where it would be tactless. It stops when attention ends:
docs/reasons.md, "Exit interviews", has the rules.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from tenure.base.ids import digest
from tenure.reasons.taxonomy_parts import OTHER, Reason, Taxonomy

WANTED, STOPPED, FOLLOW_UP = "wanted", "stopped", "follow_up"
NEXT_JOB, KEPT, TALK = "next_job", "kept", "talk"
ORDER = (WANTED, STOPPED, FOLLOW_UP, NEXT_JOB, KEPT, TALK)
YES, NO = "yes", "no"

CHOICES = 7  # reasons to choose from, beside `other`: few enough to be read

SLOW_SECONDS = 180  # over one question: they are somewhere else
LONG_SECONDS = 240  # over all of them: we said two minutes
FULL_WIDTH = 40  # of a text that was written with care; a Chinese character counts two
SHRUNK = 4  # the next is less than a quarter of it

DONE, SKIPPED, SLOW, LONG, SHORT = "done", "skipped", "slow", "long", "short"
STOPPED_BY_THEM = "stopped"
ENDINGS = (DONE, SKIPPED, SLOW, LONG, SHORT, STOPPED_BY_THEM)


@dataclass(frozen=True, slots=True)
class Known:
    """What they said before: it is not asked again."""

    wanted: str = ""
    reason: str = ""
    follow_up: str = ""
    next_job: str = ""
    rival: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one question, in the order in which they were asked."""

    question: str
    choice: str = ""
    text: str = ""
    is_skipped: bool = False
    seconds: float = 0.0


def next_question(known: Known, answers: Sequence[Answer], taxonomy: Taxonomy) -> str:
    """The question to ask now; empty when there is none, or attention has ended."""
    if attention_ended(answers):
        return ""
    return next(iter(still_open(known, answers, taxonomy)), "")


def still_open(known: Known, answers: Sequence[Answer], taxonomy: Taxonomy) -> list[str]:
    """What would be asked, in order, if nobody tired of it."""
    asked = {each.question for each in answers}
    reason = reason_of(known, answers, taxonomy)
    return [
        question
        for question in ORDER
        if question not in asked and _is_worth(question, known, reason)
    ]


def at_most(known: Known, answers: Sequence[Answer], taxonomy: Taxonomy) -> int:
    """How many questions there will be, those that were asked included; never fewer later on."""
    left = still_open(known, answers, taxonomy)
    may_follow = STOPPED in left and FOLLOW_UP not in left and not known.follow_up
    return len(answers) + len(left) + may_follow


def attention_ended(answers: Sequence[Answer]) -> str:
    """Why no more is asked, as a code; empty while they are with us.

    A first question may be skipped: not everybody can say at once what they wanted.
    """
    if not answers:
        return ""
    last = answers[-1]
    if last.is_skipped and len(answers) > 1:
        return SKIPPED
    if last.seconds > SLOW_SECONDS:
        return SLOW
    if sum(each.seconds for each in answers) > LONG_SECONDS:
        return LONG
    written = [each for each in answers if _is_written_out(each)]
    if len(written) > 1 and written[-1] is last and width(written[-2].text) >= FULL_WIDTH:
        return SHORT if width(last.text) * SHRUNK < width(written[-2].text) else ""
    return ""


def reason_of(known: Known, answers: Sequence[Answer], taxonomy: Taxonomy) -> Reason | None:
    """The reason as it is known by now; None while it is not, or is `other`."""
    said = next((each.choice for each in answers if each.question == STOPPED and each.choice), "")
    code = said or known.reason
    return taxonomy.reason(code) if code and code != OTHER and taxonomy.has(code) else None


def reasons_to_choose(taxonomy: Taxonomy, seed: str, usual: Sequence[str] = ()) -> list[Reason]:
    """The few that are usual here, filled up in the taxonomy's order, in an order of this survey's
    own, so that the first is nobody's favourite; `other` last.
    """
    known = [code for code in (*usual, *taxonomy.codes()) if code != OTHER and taxonomy.has(code)]
    few = list(dict.fromkeys(known))[:CHOICES]
    mixed = sorted(few, key=lambda code: digest("order", seed, code))
    return [taxonomy.reason(code) for code in (*mixed, OTHER) if taxonomy.has(code)]


def width(text: str) -> int:
    """How much was written: a wide character (Chinese, Japanese, Korean) counts two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text.strip())


def _is_written_out(answer: Answer) -> bool:
    """Asked for in their own words: a name, or a line beside a choice, may be short."""
    return bool(answer.text) and answer.question in (WANTED, STOPPED, KEPT) and not answer.choice


def _is_worth(question: str, known: Known, reason: Reason | None) -> bool:
    if question == WANTED:
        return not known.wanted
    if question == STOPPED:
        return not known.reason or known.reason == OTHER
    if question == FOLLOW_UP:
        return bool(reason and reason.follow_up) and not known.follow_up
    if question == NEXT_JOB:
        return not known.next_job and not _is_fate(reason)
    if question == KEPT:
        return not _is_fate(reason)
    return True


def _is_fate(reason: Reason | None) -> bool:
    """Nothing that anybody of us could have done: then it is not asked what would have helped."""
    return reason is not None and reason.avoidable == "no"
