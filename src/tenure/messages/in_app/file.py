"""What a file of an in-app message says, each mistake with its place and what to write.

    +++
    title = "Your first project"
    pages = ["/projects*"]
    [button]
    label = "Create one"
    link = "{{ links.app }}/projects/new"
    +++
    From a template it takes two minutes.

Head in TOML, words in Markdown, values in Liquid, as a mail. `docs/in-app.md` has every field.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from tenure.base.errors import BadDefinition
from tenure.base.ids import digest
from tenure.definitions.headed_text import head_and_words
from tenure.definitions.toml_file import Fields
from tenure.kit.liquid import LiquidTemplate
from tenure.messages.in_app import parts
from tenure.messages.in_app.parts import AuthoredInApp, Button, Item, Question
from tenure.messages.mail_block import MailBlock
from tenure.messages.mail_names import MailNames, check_text, read_declared, read_text

TITLE_CHARS, LABEL_CHARS, SELECTOR_CHARS = 200, 60, 300
ITEMS_MOST, QUESTIONS_MOST, CHOICES_MOST, PAGES_MOST = 10, 5, 10, 20
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def read_in_app(
    text: str,
    where: str,
    kind: str,
    names: MailNames,
    blocks: Mapping[str, MailBlock] | None = None,
) -> AuthoredInApp:
    """The message that a file states. Raises BadDefinition with the place, also for a value that
    nobody knows, or that may be missing with no word on what to say then."""
    head, words = head_and_words(text, where, "title")
    # Tags are paragraphs: they stand among the words, and in no title, label or question.
    reading = _Reading(head, kind, replace(names, tags={}))
    declared = read_declared(head, names)
    said = AuthoredInApp(
        where=where,
        digest="",
        kind=kind,
        title=reading.liquid(head, "title"),
        body=read_text(words, where, names),
        pages=_pages(head),
        at=_selector(head, kind),
        side=_of_kind(head, "side", parts.SIDES, kind, parts.TOUR),
        place=_of_kind(head, "place", parts.PLACES, kind, parts.BANNER),
        button=reading.button(),
        items=reading.items(),
        questions=reading.questions(),
        declared=declared,
        over=names.over,
        blocks=blocks or {},
    )
    head.done()
    if not words.strip() and kind in (parts.BANNER, parts.MODAL, parts.TOUR):
        raise BadDefinition(f"{where}: it says nothing below its head; write the words")
    unseen: list[str] = []
    known = blocks or {}
    named = {each.name for part in said.templates() for each in part.asking.blocks} & set(known)
    for part in said.templates():
        unseen += check_text(part, names, declared)
    return replace(
        said,
        digest=digest("in_app", kind, text, *(known[name].digest for name in sorted(named))),
        unseen=tuple(dict.fromkeys(unseen)),
    )


def check_alike(said: list[AuthoredInApp]) -> None:
    """Raises BadDefinition where a language asks, ticks or shows something else than the first."""
    for other in said[1:]:
        if other.shape() != said[0].shape():
            raise BadDefinition(
                f"{other.where}: pages, at, side, place, and names, events and kinds of button, "
                f"items and questions have to be those of {said[0].where}; only words may differ"
            )


def _pages(head: Fields) -> tuple[str, ...]:
    pages = head.texts("pages", ())
    if len(pages) > PAGES_MOST:
        raise head.refuse("pages", f"use at most {PAGES_MOST}")
    for page in pages:
        if not page.startswith(("/", "*")) or "," in page or len(page) > SELECTOR_CHARS:
            raise head.refuse("pages", f"{page!r} is no path; write one as /projects or */new")
    return tuple(pages)


def _selector(head: Fields, kind: str) -> str:
    selector = head.text("at", "")
    if kind == parts.TOUR and not selector.strip():
        raise head.refuse("at", 'what does it point to? write a selector, as "#new-project"')
    if kind != parts.TOUR and selector:
        raise head.refuse("at", "only a tour_step points to something; leave this out")
    if len(selector) > SELECTOR_CHARS or re.search(r"[{}<\n\r]", selector):
        raise head.refuse("at", "this is no selector; write one as in CSS, without a style")
    return selector


def _of_kind(head: Fields, field: str, among: tuple[str, ...], kind: str, wanted: str) -> str:
    said = head.text(field, among[0], among=among)
    if field in head.values and kind != wanted:
        raise head.refuse(field, f"this is of a {wanted}; leave it out")
    return said


class _Reading:
    """The head of one file, whose texts may name what `names` say."""

    def __init__(self, head: Fields, kind: str, names: MailNames) -> None:
        self.head, self.kind, self.names = head, kind, names

    def liquid(self, read: Fields, field: str) -> LiquidTemplate:
        text = read.text(field)
        if len(text) > TITLE_CHARS * 5:  # values may be written in few letters or in many
            raise read.refuse(field, f"this has {len(text)} characters; keep to {TITLE_CHARS}")
        place = f"{read.where}: {read.path}{'.' if read.path else ''}{field}"
        return read_text(text, place, self.names)

    def link(self, read: Fields) -> LiquidTemplate | None:
        if "link" not in read.values:
            return None
        link = read.text("link").strip()
        if not re.match(r"https?://|/(?![/\\])|\{\{", link):
            hint = "begin with https://, with / or with {{ links.app }}"
            raise read.refuse("link", f"{link!r} leads nowhere; {hint}")
        return self.liquid(read, "link")

    def button(self) -> Button | None:
        read = self.head.table("button")
        if not read.values:
            return None
        if self.kind in (parts.SURVEY, parts.CHECKLIST):
            raise self.head.refuse("button", f"a {self.kind} has its own; leave this out")
        button = Button(self.liquid(read, "label"), self.link(read), _event(read))
        if button.link is not None and button.event:
            raise read.refuse("event", "it leads somewhere already; keep link or event")
        return button

    def items(self) -> tuple[Item, ...]:
        items = [
            Item(_name(read), self.liquid(read, "label"), self.link(read), _event(read))
            for read in self.head.tables("item")
        ]
        names = [each.name for each in items]
        _check_many(self.head, "item", names, self.kind == parts.CHECKLIST, ITEMS_MOST)
        return tuple(items)

    def questions(self) -> tuple[Question, ...]:
        questions = [self.question(read) for read in self.head.tables("question")]
        names = [each.name for each in questions]
        _check_many(self.head, "question", names, self.kind == parts.SURVEY, QUESTIONS_MOST)
        return tuple(questions)

    def question(self, read: Fields) -> Question:
        kind = read.text("kind", among=parts.QUESTION_KINDS)
        question = Question(
            name=_name(read),
            kind=kind,
            ask=self.liquid(read, "ask"),
            choices=tuple(read.texts("choices", ())),
            low=read.text("low", ""),
            high=read.text("high", ""),
            is_optional=read.flag("optional", False),
        )
        if (kind == parts.CHOICE) != (len(question.choices) > 1):
            raise read.refuse("choices", "a choice has two or more of them, other kinds none")
        if len(question.choices) > CHOICES_MOST:
            raise read.refuse("choices", f"use at most {CHOICES_MOST}")
        if kind != parts.SCORE and (question.low or question.high):
            raise read.refuse("low", "this says what 0 of a score means; leave it out")
        return question


def _check_many(head: Fields, field: str, names: list[str], is_wanted: bool, most: int) -> None:
    if not is_wanted and names:
        of = parts.CHECKLIST if field == "item" else parts.SURVEY
        raise head.refuse(field, f"this is of a {of}; leave it out")
    if is_wanted and not 0 < len(names) <= most:
        raise head.refuse(field, f"write from 1 to {most}, each as [[{field}]]")
    if len(set(names)) < len(names):
        raise head.refuse(field, "two have the same name; rename one")


def _name(read: Fields) -> str:
    name = read.text("name")
    if not _SLUG.fullmatch(name):
        raise read.refuse("name", f"{name!r} is no name; use a-z, 0-9, _ and -, at most 63")
    return name


def _event(read: Fields) -> str:
    event = read.text("event", "")
    if len(event) > TITLE_CHARS:
        raise read.refuse("event", f"use at most {TITLE_CHARS} characters")
    return event
