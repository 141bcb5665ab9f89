"""What somebody did with a message in the product: the ledger's row moves, events say so, and an
answer may open a task. Each counts once, however often a page says it.

    ready ─▶ shown ─┬─▶ clicked      its button, or a link in its words
                    ├─▶ dismissed    closed; it is never shown again
                    ├─▶ done         every item ticked, or the questions answered
                    └─▶ expired      of no use any more, or shown three times without an answer
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.db.models.functions import Coalesce

from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.kit.typed_texts import typed_text
from tenure.lake.reading import company_day
from tenure.messages.in_app import parts
from tenure.messages.in_app.waiting import OPEN, Whose, open_messages, rest_of
from tenure.messages.models import Channel, Message, Status
from tenure.tasks.work import open_task

SHOWN, CLICKED, DISMISSED, TICKED, ANSWERED = "shown", "clicked", "dismissed", "ticked", "answered"
DEEDS = (SHOWN, CLICKED, DISMISSED, TICKED, ANSWERED)
TYPE = "message"  # of its events: use of the product they are not
NAMES = {
    SHOWN: "In-app Shown",
    CLICKED: "In-app Clicked",
    DISMISSED: "In-app Dismissed",
    TICKED: "In-app Item Done",
    ANSWERED: "Survey Answered",
}
ENDS = {CLICKED: Status.CLICKED, DISMISSED: Status.DISMISSED, ANSWERED: Status.DONE}
TEXT_CHARS = 2_000
BY = "tenure"


@dataclass(frozen=True, slots=True)
class Deed:
    """`times`: how often it had been shown, as the page was told. `name`: of an item."""

    key: str
    what: str
    times: int = 0
    name: str = ""
    answers: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """A deed with the message it was done to, checked; `rows` are its events."""

    message: Message
    deed: Deed
    rows: Sequence[dict[str, Any]] = ()


def hear(who: Whose, deed: Deed, now: datetime) -> Heard | None:
    """What a page says, checked against the ledger; None where it is over already.

    Raises NotFound for a message that is not theirs, and InvalidInput for an answer that is none.
    """
    message = open_messages(who).filter(key=deed.key).first()
    if message is None:
        theirs = Message.objects.filter(person_id__in=who.people, channel=Channel.IN_APP)
        if theirs.filter(key=deed.key).exists():
            return None
        raise NotFound("there is no such message for this person", field="key")
    payload = message.payload or {}
    if (deed.what == TICKED or deed.name) and deed.name not in _items(payload):
        raise InvalidInput(f"there is no item {deed.name[:80]!r}", field="name")
    if deed.what == ANSWERED:
        if payload.get("kind") != parts.SURVEY:
            raise InvalidInput("this message asks nothing", field="did")
        return Heard(message, deed, _answer_rows(message, deed, now))
    if deed.what == SHOWN and message.attempts:
        return Heard(message, deed)  # its event is told already
    said = {"item": deed.name} if deed.name else {}
    return Heard(message, deed, [_row(message, deed.what, said, now)])


@transaction.atomic
def note(home: Home, heard: Heard, now: datetime) -> bool:
    """Write it down; whether the row moved. Its events are in the inbox by now."""
    message, deed = heard.message, heard.deed
    ours = Message.objects.filter(pk=message.pk, status__in=OPEN)
    if deed.what == SHOWN:
        kind = str((message.payload or {}).get("kind"))
        return bool(
            ours.filter(attempts=deed.times).update(
                status=Status.SHOWN,
                attempts=deed.times + 1,
                sending_at=Coalesce("sending_at", now),
                next_at=now + rest_of(kind),
            )
        )
    if deed.what == TICKED:
        return tick(message.pk, [deed.name], now)
    if deed.what == CLICKED and deed.name:
        return True  # an item of a checklist leads somewhere; the list stays
    moved = ours.update(status=ENDS[deed.what], ended_at=now)
    if moved and deed.what == ANSWERED:
        _open_task(home, message, deed, now)
    return bool(moved)


@transaction.atomic
def tick(pk: int, names: Sequence[str], now: datetime) -> bool:
    """Tick items of a checklist; whether one was new. With the last one it is done."""
    message = Message.objects.select_for_update().filter(pk=pk, status__in=OPEN).first()
    payload = message.payload if message is not None else None
    if message is None or payload is None:
        return False
    ticked = list(dict.fromkeys([*payload["ticked"], *names]))
    if len(ticked) == len(payload["ticked"]):
        return False
    payload["ticked"] = ticked
    changes: dict[str, Any] = {"payload": payload}
    if set(_items(payload)) <= set(ticked):
        changes |= {"status": Status.DONE, "ended_at": now}
    return bool(Message.objects.filter(pk=pk, status__in=OPEN).update(**changes))


def item_done_row(message: Message, name: str, now: datetime) -> dict[str, Any]:
    """The event that an item of a checklist was ticked."""
    return _row(message, TICKED, {"item": name}, now)


def _row(message: Message, what: str, said: Mapping[str, object], now: datetime) -> dict[str, Any]:
    """An event of who it was shown to; the same deed has the same id."""
    payload = message.payload or {}
    about = {
        "message": message.key,
        "play": message.play,
        "step": message.step,
        "kind": payload.get("kind", ""),
    }
    words = [str(said.get(each, "")) for each in ("item", "question")]
    return {
        "message_id": digest("in_app", message.key, what, *words),
        "type": TYPE,
        "name": NAMES[what],
        "occurred_at": now,
        "account_key": message.account_id or None,
        "user_id": message.person_id or None,
        "properties": msgspec.json.encode({**about, **said}).decode(),
    }


def _answer_rows(message: Message, deed: Deed, now: datetime) -> list[dict[str, Any]]:
    """One event for each question that was answered."""
    rows = []
    for question in _questions(message):
        answer = deed.answers.get(question["name"])
        if _is_blank(answer):
            if not question["optional"]:
                raise InvalidInput(
                    f"{question['name']} is not answered", field=f"answers.{question['name']}"
                )
            continue
        said = {"question": question["name"], "answer": question["kind"]}
        rows.append(_row(message, ANSWERED, said | _checked(question, answer), now))
    if not rows:
        raise InvalidInput("nothing is answered; answer a question, or close it", field="answers")
    return rows


def _is_blank(answer: object) -> bool:
    """Whether it says nothing; what cannot be seen says nothing either."""
    if isinstance(answer, str):
        return not any(each.isprintable() and not each.isspace() for each in answer)
    return answer is None


def _checked(question: Mapping[str, Any], answer: object) -> dict[str, object]:
    """The answer under the name of its kind. Raises InvalidInput."""
    place = f"answers.{question['name']}"
    if question["kind"] == parts.SCORE:
        if type(answer) is not int or not 0 <= answer <= parts.SCORE_MOST:
            raise InvalidInput(f"a score is from 0 to {parts.SCORE_MOST}", field=place)
        return {"score": answer}
    if question["kind"] == parts.CHOICE:
        if type(answer) is not int or not 0 <= answer < len(question["choices"]):
            raise InvalidInput("this is none of the choices; send its place from 0", field=place)
        return {"choice": question["choices"][answer], "place": answer}
    if not isinstance(answer, str):
        raise InvalidInput("this is no text", field=place)
    return {"text": typed_text(place, answer, TEXT_CHARS, has_lines=True)}


def _open_task(home: Home, message: Message, deed: Deed, now: datetime) -> None:
    """What an answer asks of us, where the play says so."""
    task = (message.payload or {}).get("task")
    if not task or not _is_asked_for(task, deed.answers):
        return
    lines = [
        f"{each['ask']} {_in_words(each, deed.answers[each['name']])}"[:300]
        for each in _questions(message)
        if not _is_blank(deed.answers.get(each["name"]))
    ]
    open_task(
        key=f"{message.key}/answer",
        title=task["title"],
        because={"kind": "play", "play": message.play, "step": message.step},
        account_id=message.account_id,
        person_id=message.person_id,
        due_on=company_day(home, now) + timedelta(days=task["within_days"]),
        checklist=lines,
        now=now,
        by=BY,
    )


def _is_asked_for(task: Mapping[str, Any], answers: Mapping[str, object]) -> bool:
    question = task["question"]
    if not question:
        return True
    answer = answers.get(question)
    if type(answer) is int:
        return task["at_least"] <= answer <= task["at_most"]
    return not _is_blank(answer)


def _in_words(question: Mapping[str, Any], answer: object) -> str:
    if question["kind"] == parts.CHOICE and isinstance(answer, int):
        return str(question["choices"][answer])
    return typed_text(question["name"], str(answer), TEXT_CHARS)


def _items(payload: Mapping[str, Any]) -> list[str]:
    said = next(iter(payload["said"].values()))
    return [item["name"] for item in said["items"]]


def _questions(message: Message) -> list[dict[str, Any]]:
    """As they were asked in the language that stands first: choices are known by their place."""
    payload = message.payload or {}
    return list(next(iter(payload["said"].values()))["questions"])
