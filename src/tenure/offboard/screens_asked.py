"""What is asked on the screens, and what was answered before. Nothing is ticked for anybody.

The order of reasons is shuffled by the visit, so that being first is worth nothing over many of
them; `other` stays last, and the same visit sees the same order again.
"""

import random
from collections.abc import Mapping

from tenure.offboard.facts import Facts
from tenure.offboard.flow_parts import DIRECT, AskedReason, Flow
from tenure.offboard.flow_words import Words
from tenure.offboard.passage import Passage
from tenure.offboard.passage_answers import LINE_LONGEST, TEXT_LONGEST
from tenure.offboard.screens import Field, Option

OTHER, RIVAL = "other", "rival"


def why_fields(passage: Passage, flow: Flow, words: Words) -> list[Field]:
    """The reasons with the follow-up of each, and room for a few words."""
    fields = []
    if flow.why.reasons:
        fields.append(
            Field(
                "reason",
                "choice",
                flow.why.question.get(words.language) or words("why"),
                tuple(_option(each, passage, words) for each in shuffled(passage, flow)),
                value=passage.reason,
                is_required=flow.why.is_required,
            )
        )
    if flow.why.free_text:
        fields.append(_free_text(passage, words))
    return fields


def shuffled(passage: Passage, flow: Flow) -> list[AskedReason]:
    """The flow's reasons in the order of this visit, `other` last."""
    reasons = [each for each in flow.why.reasons if each.code != OTHER]
    random.Random(f"reasons of {passage.visit_id}").shuffle(reasons)
    return reasons + [each for each in flow.why.reasons if each.code == OTHER]


def after_fields(passage: Passage, flow: Flow, words: Words) -> list[Field]:
    """What is asked of somebody who has left: why, where nobody asked before, and what does the job
    now. One question at a time, and each once.
    """
    if passage.shape == DIRECT and not passage.reason:
        return why_fields(passage, flow, words)
    if flow.left.asks_next_job and flow.left.next_jobs and not passage.next_job:
        options = tuple(
            Option(code, _in(title, words), _rival(code, passage, words))
            for code, title in flow.left.next_jobs
        )
        return [Field("next_job", "choice", words("next_job"), options)]
    return []


def notice_fields(
    passage: Passage, facts: Facts, words: Words, said: Mapping[str, str]
) -> list[Field]:
    """What German law lists for the confirmation; all may be left as it is."""
    held = passage.notice
    cause = Field(
        "notice_cause", "line", words("notice_cause"), value=held.cause, longest=TEXT_LONGEST
    )
    kinds = (
        Option("ordinary", words("notice_ordinary")),
        Option("for_cause", words("notice_for_cause"), (cause,)),
    )
    wanted = held.wanted_on.isoformat() if held.wanted_on else ""
    return [
        Field("notice_kind", "choice", words("notice_kind"), kinds, value=held.kind),
        Field(
            "wanted_on",
            "date",
            words("wanted_on"),
            hint=words("wanted_on_hint"),
            value=said.get("wanted_on", wanted),
        ),
        Field(
            "receipt_to",
            "email",
            words("receipt_to"),
            value=said.get("receipt_to", held.receipt_to or facts.receipt_to),
        ),
    ]


def _option(reason: AskedReason, passage: Passage, words: Words) -> Option:
    if reason.follow_up is None:
        return Option(reason.code, _in(reason.title, words))
    follow_up = Field(
        f"follow_up.{reason.code}",
        "choice",
        _in(reason.follow_up.question, words),
        tuple(Option(code, _in(title, words)) for code, title in reason.follow_up.options),
        value=passage.follow_up if passage.reason == reason.code else "",
    )
    return Option(reason.code, _in(reason.title, words), (follow_up,))


def _rival(code: str, passage: Passage, words: Words) -> tuple[Field, ...]:
    if code != RIVAL:
        return ()
    return (Field("rival", "line", words("rival"), value=passage.rival, longest=LINE_LONGEST),)


def _free_text(passage: Passage, words: Words) -> Field:
    return Field("text", "text", words("free_text"), value=passage.text, longest=TEXT_LONGEST)


def _in(texts: Mapping[str, str], words: Words) -> str:
    """The taxonomy's words; in English, else in any language, where it lacks the page's."""
    return texts.get(words.language) or texts.get("en") or next(iter(texts.values()), "")
