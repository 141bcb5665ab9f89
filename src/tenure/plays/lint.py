"""What in a play's messages nobody should get: guilt, pressure, promotions that say nothing, and
bringing somebody back without naming what for.

    lint_play(play, files, segment_where) -> [Finding]

Words are held to `lint_phrases.toml`. A play that brings somebody back (`brings_back`) says at each
message what it names, `names = "outcome" | "change" | "next_step"`, and each of its files uses it.
Asking for a review is never made to depend on how content somebody is. Every finding is a refusal.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tenure.base.errors import BadDefinition
from tenure.plays.lint_phrases import DATED, REVIEW, VALUED, phrases_in
from tenure.plays.parts import CHANGE, NEXT_STEP, OUTCOME, Branch, Message, Play

MAIN = "play.toml"
_TOLD = (".md", ".mjml", ".block.toml")

# What brings somebody in who is going, or gone.
BACK_SEGMENTS = frozenset(
    {
        "stage_fading", "stage_lapsed", "stage_leaving", "stage_left", "signal_gone_quiet",
        "signal_conversation_silence", "signal_cancel_intent",
    }
)  # fmt: skip
BACK_SIGNALS = frozenset({"gone_quiet", "conversation_silence", "cancel_intent"})
_BACK = re.compile(
    r"\b(?:stage|status)\s*(?:=|in\b)\s*\(?[^()]*'(?:fading|lapsed|leaving|left)'"
    r"|\bdays_since_(?:champion_)?seen\s*>|\bleft_on\b\s*(?:[<>=]|is not null)",
    re.IGNORECASE,
)
_HERE = re.compile(r"'(?:paying|active|new|trial)'", re.IGNORECASE)
_SENTIMENT = re.compile(
    r"\b(?:last_ticket_tone|tickets_bad_tone_\w+|ticket_rating_mean|tickets_unsolved_\w+|nps\w*|"
    r"\w*(?:sentiment|satisfaction|csat)\w*)\b|'(?:NPS|CSAT|Survey)[^']*'",
    re.IGNORECASE,
)
_REVIEW = re.compile(
    r"\b(?:write|leave|post|give|share|publish)\b[^.!?\n]{0,40}\b(?:review|testimonial|rating)s?\b"
    r"|\b(?:review|rate) us\b|\breview (?:of|about) (?:us|\{\{)"
    r"|(?:写|寫|留下|发表|發表|给|給|提供|分享).{0,16}(?:评价|評價|评论|評論|好评|好評|评分|評分|推荐语|推薦語|见证|見證)",
    re.IGNORECASE,
)
_ASK = re.compile(r"\{%-?\s*ask\b")  # leads to the page on which one says something
_VALUE = re.compile(
    r"first_value_on\s+is\s+not\s+null|is_outcome_reached|outcome_reached_on|step_reached\s*>"
    r"|days_paying\s*>|customer_since_on",
    re.IGNORECASE,
)
_DATE = re.compile(r"\{[{%][^{}]*\baccount\.\w+_(?:on|at)\b")
_EMPTY_LABELS = re.compile(
    r"(?:log ?in|sign ?in|click here|learn more|read more|come back|visit us|get started|go|open|"
    r"continue|see more|登[录錄入]|点击这里|點擊這裡|了解更多|查看更多|"
    r"回来|回來|打开|打開|继续|繼續)"
    r"(?: now| again| today)?[!。！.]?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\[action\]\s*(?:#[^\n]*\n|\s)*label\s*=\s*([\"'])(.*?)\1\s*$", re.M)
_BUTTON = re.compile(r"<mj-button[^>]*>(.*?)</mj-button>", re.DOTALL)
_NAMED = {
    OUTCOME: re.compile(
        r"\{[{%][^{}]*\b(?:product\.(?:outcome|first_value)|"
        r"account\.(?:required_outcome|outcome_(?:buyer|implementer|user|executive)))\b"
    ),
    CHANGE: re.compile(r"\{[{%][^{}]*\bfix\.title\b|\{%-?\s*block\s+[\"']?(?:change|whats_new)"),
    NEXT_STEP: re.compile(
        r"\{[{%][^{}]*\b(?:product\.(?:next_step|next_step_how|unused_feature)|"
        r"account\.next_step)\b|\{%-?\s*(?:lesson|block\s+[\"']?next_step)\b"
    ),
}
_HOW = {
    OUTCOME: "write {{ product.outcome }}",
    CHANGE: "write {{ fix.title }}, or a block named change",
    NEXT_STEP: "write {{ product.next_step_how }}, or an [action] whose label says what to do",
}
_MARK = re.compile("«[^«»\n]{1,80}»")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `line` and `column` are in the file, from 1."""

    code: str
    file: str
    line: int
    column: int
    words: str
    message: str

    def sentence(self, where: str) -> str:
        """The finding on one line, with its place."""
        said = f"{self.words!r}: " if self.words else ""
        return (
            f"{where}/{self.file}: line {self.line}, column {self.column}: {said}"
            f"{self.message} [{self.code}]"
        )


def lint_play(play: Play, files: Mapping[str, str], segment_where: str = "") -> list[Finding]:
    """Everything that speaks against the play, file by file. `segment_where` is what the segment
    of its entry asks, where it is one of the operator's own."""
    texts = {name: text for name, text in files.items() if name.endswith(_TOLD)}
    reviews = {name for name, text in texts.items() if asks_for_review(text)}
    found = [finding for name, text in texts.items() for finding in _words(play, name, text)]
    if reviews:
        found += _gates(play, files.get(MAIN, ""), segment_where)
    if brings_back(play, segment_where):
        found += _unnamed(play, files)
    found += [finding for name, text in files.items() for finding in _unfilled(name, text)]
    return sorted(found, key=lambda each: (each.file != MAIN, each.file, each.line, each.column))


def brings_back(play: Play, segment_where: str = "") -> bool:
    """Whether it is for people who are going, or gone."""
    entry = play.entry
    return (
        entry.segment in BACK_SEGMENTS
        or entry.signal in BACK_SIGNALS
        or any(_is_of_leavers(each) for each in (entry.where, segment_where))
        or any(step.act.names for step in play.steps if isinstance(step.act, Message))
    )


def _is_of_leavers(condition: str) -> bool:
    """Whether a condition lets in who is going or gone, and hardly anybody else."""
    found = [each[0] for each in _BACK.finditer(condition)]
    return any(not _HERE.search(each) for each in found)


def asks_for_review(text: str) -> bool:
    """Whether a message asks its reader for a public word."""
    return _REVIEW.search(text) is not None or _ASK.search(text) is not None


def _words(play: Play, name: str, text: str) -> Iterator[Finding]:
    asked = set()
    if not _DATE.search(text):
        asked.add(DATED)
    if asks_for_review(text):
        asked.add(REVIEW)
    if not _asks_value(play):
        asked.add(VALUED)
    for phrase in phrases_in(text, frozenset(asked)):
        rule = phrase.rule
        yield _at(name, text, phrase.start, rule.code, phrase.words, f"{rule.why}; {rule.remedy}")


def _asks_value(play: Play) -> bool:
    """Whether somebody gets into it only once the product was of use to them."""
    entry = play.entry
    return entry.date in ("outcome_reached_on", "first_value_on", "customer_since_on") or bool(
        _VALUE.search(entry.where)
    )


def _gates(play: Play, main: str, segment_where: str) -> Iterator[Finding]:
    """Conditions on how content somebody is, in a play that asks for a public word."""
    conditions = [play.entry.where, segment_where, play.exit.where]
    for step in play.steps:
        if isinstance(step.act, Branch):
            conditions += [way.where for way in step.act.ways]
    for condition in dict.fromkeys(conditions):
        if gate := _SENTIMENT.search(condition):
            start = max(0, main.find(gate[0]))
            yield _at(
                MAIN, main, start, "sentiment_gate", gate[0],
                "who is asked for a review does not depend on how content they are (16 CFR 465.7); "
                "ask everybody who reached the value",
            )  # fmt: skip


def _unnamed(play: Play, files: Mapping[str, str]) -> Iterator[Finding]:
    """Messages that bring somebody back and name no reason to come."""
    main = files.get(MAIN, "")
    for step in play.steps:
        act = step.act
        if not isinstance(act, Message):
            continue
        start = max(0, main.find(f'"{act.template}"'))
        if not act.names:
            yield _at(
                MAIN, main, start, "nothing_named", act.template,
                "this brings somebody back and names nothing to come for; add names = "
                '"outcome", "change" or "next_step", and say it in the message',
            )  # fmt: skip
            continue
        for name, text in files.items():
            if name.startswith(f"{act.template}.") and not _uses(text, act.names):
                yield _at(
                    name, text, 0, "nothing_named", "",
                    f"it is to name the {act.names.replace('_', ' ')} and does not; "
                    f"{_HOW[act.names]}",
                )  # fmt: skip


def _uses(text: str, named: str) -> bool:
    if _NAMED[named].search(text):
        return True
    if named != NEXT_STEP:
        return False
    labels = [each[2] for each in _LABEL.finditer(text)]
    labels += [re.sub(r"<[^>]*>", "", each).strip() for each in _BUTTON.findall(text)]
    return any(each.strip() and not _EMPTY_LABELS.fullmatch(each.strip()) for each in labels)


def _unfilled(name: str, text: str) -> Iterator[Finding]:
    """Marks of the library that nobody filled in."""
    if mark := _MARK.search(text):
        yield _at(
            name, text, mark.start(), "unfilled_mark", mark[0],
            "this is a place to fill in; `tenure plays add` does it from product.toml, or write "
            "your own words",
        )  # fmt: skip


def _at(name: str, text: str, start: int, code: str, words: str, message: str) -> Finding:
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return Finding(code, name, line, column, words, message)


def refuse_play(play: Play, files: Mapping[str, str], where: str, segment_where: str) -> None:
    """Raises BadDefinition with the first finding, and how many more there are."""
    found = lint_play(play, files, segment_where)
    if not found:
        return
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    raise BadDefinition(found[0].sentence(where) + more, field=found[0].file)
