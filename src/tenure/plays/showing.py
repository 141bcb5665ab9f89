"""What plays show in the product: to whom, with which words in every language; or why not.

One row of the ledger for each message and person, as of mails. It is written in each language of
the play, because the page that it is shown on has one, and the person may read another in mails.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.kit.liquid import TemplateFailed
from tenure.messages.choice_link import PATH, ChoiceLink, choice_token
from tenure.messages.configuration import console_url
from tenure.messages.in_app.file import check_alike, read_in_app
from tenure.messages.in_app.parts import SURVEY, AuthoredInApp
from tenure.messages.in_app.waiting import withdraw
from tenure.messages.in_app.writing import HERE, payload_of, write_in_app
from tenure.messages.models import Channel, Message, Status
from tenure.messages.origin import data_digest
from tenure.messages.verdicts import LATE
from tenure.plays.configuration import app_url, signed_by
from tenure.plays.doing import Doing
from tenure.plays.ledger_rows import ended_row, enrolment_of, held_row
from tenure.plays.mail_reader import MailReader
from tenure.plays.mail_reading import Texts, shared_blocks, words_of
from tenure.plays.mail_values import values_for
from tenure.plays.models import Enrolment
from tenure.plays.parts import IN_APP, TRANSACTIONAL, OnAnswer, Play
from tenure.plays.parts import Message as Said
from tenure.plays.recipients import Recipient, people_of, recipients_of
from tenure.plays.to_each import Intended, to_each
from tenure.plays.turns import Effect
from tenure.plays.wanted import Wants, wants_of
from tenure.tasks.work import TITLE_CHARACTERS_MAX

NOBODY = "nobody to show it to: no person of the account has this role"


@dataclass(frozen=True, slots=True)
class _Showing:
    """What is the same for all messages of one round."""

    base_url: str
    app_url: str
    signed_by: str
    wants: Wants
    blocks: Texts
    now: datetime


def shown_of(home: Home, doing: Sequence[Doing], now: datetime) -> dict[int, Intended]:
    """The messages of these effects, by enrolment, with what each speaks of."""
    to = recipients_of([(each.row, each.play.to) for each in doing], needs_address=False)
    people = [person for found in to.values() for person in found]
    showing = _showing(home, doing, people, now)
    return to_each(
        doing,
        to,
        lambda each, person: _message(each, person, showing),
        lambda each, person: _ended(each, person, showing, {"code": "nobody"}, NOBODY),
    )


def shown_anew(
    home: Home, held: Sequence[tuple[Message, Doing]], now: datetime
) -> dict[int, Message]:
    """What has waited as it would be written now, by the key of the row that waits."""
    ours = [(row, each) for row, each in held if row.channel == Channel.IN_APP]
    if not ours:
        return {}
    people = people_of([each.row for _, each in ours], [row.person_id for row, _ in ours])
    showing = _showing(home, [each for _, each in ours], list(people.values()), now)
    return {
        row.pk: _message(each, people[row.person_id], showing)
        for row, each in ours
        if row.person_id in people
    }


def take_back(rows: Sequence[Enrolment], now: datetime) -> int:
    """How many messages of these enrolments are not shown any more: they need them no more."""
    why = "they reached what it is for, or left the play"
    return withdraw([enrolment_of(row) for row in rows], why, now) if rows else 0


def in_app_of(play: Play, said: Said, language: str, shared: Texts | None = None) -> AuthoredInApp:
    """The message of a play in a language, its blocks as they are in force. Raises BadDefinition.

    `shared` are `shared_blocks()`, for who reads many.
    """
    blocks = shared_blocks() if shared is None else shared
    return _read(*_file_of(play, said, language), said.kind, _Of(play, blocks))


def _file_of(play: Play, said: Said, language: str) -> tuple[str, str]:
    """What stands in the file of a message, and where that is. Raises BadDefinition."""
    name = f"{said.template}.{language}.md"
    if name not in play.files:
        raise BadDefinition(f"plays/{play.name}: there is no {name}; what is shown is Markdown")
    return play.files[name], f"plays/{play.name}/{name}"


@dataclass(frozen=True, slots=True)
class _Of:
    """A play with the blocks that all may name; two are the same where both are."""

    play: Play = field(compare=False)
    blocks: Texts
    digest: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", self.play.digest)


@lru_cache(maxsize=512)
def _read(text: str, where: str, kind: str, of: _Of) -> AuthoredInApp:
    names, blocks = words_of(of.play, of.blocks)
    return read_in_app(text, where, kind, names, blocks)


def check_shown(play: Play) -> list[str]:
    """The events that what is shown asks for and nobody has sent.

    Raises BadDefinition for what could not be shown, or differs between languages, and for a task
    after an answer to a question that nobody asks.
    """
    unseen: list[str] = []
    names, blocks = words_of(play, is_checked=True)
    for step in play.steps:
        act = step.act
        if isinstance(act, Said) and act.channel == IN_APP:
            written = [
                read_in_app(*_file_of(play, act, language), act.kind, names, blocks)
                for language in play.languages
            ]
            check_alike(written)
            _check_answer(play, step.name, act, written[0])
            unseen += [event for each in written for event in each.unseen]
    return list(dict.fromkeys(unseen))


def _check_answer(play: Play, step: str, said: Said, written: AuthoredInApp) -> None:
    asked, wanted = said.on_answer, [each.name for each in written.questions]
    if asked is None:
        return
    if said.kind != SURVEY:
        problem = "only a survey is answered; leave on_answer out"
    elif asked.question and asked.question not in wanted:
        problem = f"there is no question {asked.question!r}; use {', '.join(wanted)}"
    else:
        return
    raise BadDefinition(f"plays/{play.name}/play.toml: step {step}: on_answer: {problem}")


def _showing(
    home: Home, doing: Sequence[Doing], people: Sequence[Recipient], now: datetime
) -> _Showing:
    ids = {person.person_id for person in people}
    return _Showing(
        base_url=console_url(home),
        app_url=app_url(home),
        signed_by=signed_by(home),
        wants=wants_of(doing, ids),
        blocks=shared_blocks(),
        now=now,
    )


def _message(each: Doing, person: Recipient, showing: _Showing) -> Message:
    if withheld := _why_withheld(each, person, showing):
        because, why = withheld
        return _ended(each, person, showing, because, why)
    if each.is_left_alone:
        return _held(each, person, showing, payload={"kind": _said(each).kind})
    try:
        return _written(each, person, showing)
    except (TemplateFailed, BadDefinition) as error:  # what it names may be gone since
        because = {"code": "template"}
        return _ended(each, person, showing, because, error.message, Status.FAILED)


def _why_withheld(
    each: Doing, person: Recipient, showing: _Showing
) -> tuple[dict[str, str], str] | None:
    """Asked of both arms alike, so that who is left alone is who would have been shown it."""
    until = shown_until(each.effect, _said(each))
    if until <= showing.now:
        return {"code": LATE}, f"too late: it was of use until {until:%Y-%m-%d %H:%M} UTC"
    return showing.wants.why_not(each, person.person_id)


def _written(each: Doing, person: Recipient, showing: _Showing) -> Message:
    said, play, url = _said(each), each.play, ""
    if play.purpose != TRANSACTIONAL:
        link = ChoiceLink(person.person_id, play.topic)
        url = f"{showing.base_url}{PATH}{choice_token(link, settings.SECRET_KEY)}"
    words: dict[str, dict[str, Any]] = {}
    used: dict[str, Any] = {}
    digests = []
    for language in play.languages:
        authored = in_app_of(play, said, language, showing.blocks)
        values = values_for(
            each.subject,
            person,
            app_url=showing.app_url or HERE,
            choices_url=url,
            language=language,
            signed_by=showing.signed_by,
            because=each.row.because,
        )
        reader = MailReader(each.subject, person.person_id, language, showing.now)
        shown = write_in_app(authored, values, reader)
        words[language] = shown.said
        used |= shown.used
        digests.append(authored.digest)
    read = words[person.language_of(play.languages)]
    message = _held(
        each,
        person,
        showing,
        subject=read["title"],
        text=read["text"],
        payload=payload_of(
            said.kind,
            words,
            prefers=person.language_known(play.languages),
            over=play.over,
            task=_task(said.on_answer, play),
        ),
        template_digest=digest("in_app", *digests),
    )
    message.values_used = used
    message.data_digest = data_digest(used)
    return message


def _task(asked: OnAnswer | None, play: Play) -> dict[str, Any] | None:
    """What an answer asks of us, as the ledger keeps it."""
    if asked is None:
        return None
    return {
        "title": asked.title[play.languages[0]][:TITLE_CHARACTERS_MAX],
        "within_days": asked.within_days,
        "question": asked.question,
        "at_least": asked.at_least,
        "at_most": asked.at_most,
    }


def shown_until(effect: Effect, said: Said) -> datetime:
    """Until when it may be shown: nobody is told for ever."""
    last = effect.planned_at + timedelta(days=said.for_days)
    return min(last, effect.valid_until or last)


def _said(each: Doing) -> Said:
    said = each.effect.what
    assert isinstance(said, Said)
    return said


def _held(each: Doing, person: Recipient, showing: _Showing, **fields: Any) -> Message:
    return held_row(
        each,
        key=_key(each, person),
        channel=Channel.IN_APP,
        now=showing.now,
        person_id=person.person_id,
        valid_until=shown_until(each.effect, _said(each)),
        **fields,
    )


def _ended(  # noqa: PLR0913
    each: Doing, person: Recipient, showing: _Showing, because: dict[str, str], why: str,
    status: str = Status.SUPPRESSED,
) -> Message:  # fmt: skip
    return ended_row(
        each,
        key=_key(each, person),
        channel=Channel.IN_APP,
        now=showing.now,
        status=status,
        because=because,
        why=why,
        person_id=person.person_id,
        payload={"kind": _said(each).kind},
    )


def _key(each: Doing, person: Recipient) -> str:
    return f"{each.effect.key}/{digest('person', person.person_id)}"
