"""The answer to why, as rows: for the command line and for programs."""

from collections.abc import Iterator
from datetime import UTC, datetime

from tenure.messages.because_words import because_sentence, stands_sentence
from tenure.messages.models import Message
from tenure.plays.why import Entry, Why
from tenure.plays.why_words import (
    decision_sentence,
    enrolment_standing,
    entry_sentence,
    question_sentence,
    reach_sentences,
)

Row = dict[str, object]


def story_rows(told: Why) -> Iterator[Row]:
    """Each line with `at`, `step`, `what` and `detail`: the way of each entry in its order, then
    what was asked at the door, then who could be reached now."""
    for entry in told.entries:
        yield from sorted(_entry(entry), key=lambda row: str(row["at"]))
        yield _row(None, entry.row.at, "stands", enrolment_standing(entry.row, _moment))
    for asked in told.absence:
        says = {True: "yes", False: "no", None: "unknown"}[asked.holds]
        yield _row(None, "", f"asked: {says}", question_sentence(asked, _moment))
        for reason in asked.reasons.reasons if asked.reasons else ():
            yield _row(None, "", "because", reason.sentence())
    for reached in told.reach:
        for is_open, sentence in reach_sentences(reached, _moment):
            what = "reach: yes" if is_open else "reach: no"
            yield _row(None, "", what, f"{reached.person_id}: {sentence}")


def _entry(entry: Entry) -> Iterator[Row]:
    yield _row(entry.row.entered_at, "", "entered", entry_sentence(entry, _moment))
    for said in entry.decisions:
        yield _row(said.at, said.step, said.what, decision_sentence(said, _moment))
    for message in entry.messages:
        yield from _message(message)


def _message(message: Message) -> Iterator[Row]:
    to = message.person_id or "nobody"
    for said in message.decisions.all():
        detail = f"to {to}; {because_sentence(said.because)}"
        yield _row(said.at, message.step, said.status, detail)
    named = f"template {message.template_digest}; " if message.template_digest else ""
    named += f"data {message.data_digest}; " if message.data_digest else ""
    at = message.ended_at or message.sending_at or message.released_at or message.intended_at
    detail = f"to {to}; {named}{stands_sentence(message)}"
    yield _row(at, message.step, message.channel, detail)


def _row(at: datetime | None, step: str, what: str, detail: str) -> Row:
    return {"at": at, "step": step, "what": what, "detail": detail}


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
