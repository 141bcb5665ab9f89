"""What a mail says to one person: words and blocks by condition, values as text, HTML and plain.

It is written with a record of what it was made of: each value, where a default stood in, which
conditions held, and which choice of each block was said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

import msgspec
from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import mark_safe

from tenure.base.errors import BadDefinition
from tenure.kit.liquid import CLOSES, OPENS, Clean, Marked, TemplateFailed
from tenure.kit.liquid_context import Piece
from tenure.kit.markdown import address_of, html_of, marked_html_of, text_of
from tenure.kit.mjml import mjml_html_of, mjml_text_of
from tenure.kit.public_page import direction_of
from tenure.messages.authored import MJML, AuthoredMail
from tenure.messages.ledger import one_line
from tenure.messages.mail_block import MailBlock, markdown_piece, mjml_piece
from tenure.messages.mail_names import value_at
from tenure.messages.mail_tags import tellers_for
from tenure.messages.writing import Written

SUBJECT_CHARS = 200
LINKS = "links"


class Asked(Protocol):
    """Who reads, and what is so of them and of their account."""

    account_id: str
    person_id: str
    language: str
    now: datetime

    def holds(self, condition: str, over: str) -> bool | None: ...
    def value(self, column: str) -> object: ...


@dataclass(frozen=True, slots=True)
class Composed(Written):
    """A mail with what it was made of: values by path, conditions and blocks by their names."""

    used: Mapping[str, Any] = field(default_factory=dict)
    defaults: tuple[str, ...] = ()


class Worded(Protocol):
    """Words that may ask: a mail, or what is shown in the product."""

    @property
    def over(self) -> str: ...
    @property
    def blocks(self) -> Mapping[str, MailBlock] | None: ...


class AnsweringReader:
    """Answers the text while it is filled, and remembers what it answered."""

    def __init__(self, mail: Worded, asked: Asked, values: Clean) -> None:
        self.mail, self.asked, self.values = mail, asked, values
        self.account_id, self.person_id = asked.account_id, asked.person_id
        self.language, self.now = asked.language, asked.now
        self.answers: dict[str, Any] = {}
        self.is_mjml = False

    def holds(self, condition: str) -> bool | None:
        held = self.asked.holds(condition, self.mail.over)
        self.answers[f"where {condition}"] = held
        return held

    def value(self, column: str) -> object:
        return self.asked.value(column)

    def block(self, name: str) -> Piece | None:
        block = (self.mail.blocks or {}).get(name)
        if block is None:
            return None
        for number, choice in enumerate(block.choices, 1):
            if not choice.where or self.asked.holds(choice.where, block.over) is True:
                self.answers[f"block {name}"] = {"choice": number, "hash": block.digest}
                return self._piece(block, number - 1)
        self.answers[f"block {name}"] = None
        return None

    def _piece(self, block: MailBlock, number: int) -> Piece:
        choice = block.choices[number]
        if self.language not in choice.texts:
            raise TemplateFailed(f"the block {block.name!r} does not stand in {self.language}")
        whole, _ = block.declared.filled(self.values, f"block {block.name}")
        write = mjml_piece if self.is_mjml else markdown_piece
        piece = write(block, choice, self.language)
        said = [choice.texts[self.language], choice.src, choice.link]
        for part in filter(None, said):
            for path in part.paths:
                self.answers[str(path)] = plain(value_at(whole, path.path))
        return Piece(piece.text, piece.is_ready, whole)


def write_mail(
    mail: AuthoredMail, values: Mapping[str, Any], asked: Asked, choices_url: str = ""
) -> Composed:
    """What the mail says to one person. Raises ValueMissing where a value is, else TemplateFailed,
    or BadDefinition where what it says comes to no mail."""
    language = asked.language
    whole, defaults = mail.declared.filled({**values, "language": language}, mail.where)
    reader = AnsweringReader(mail, asked, whole)
    told = Clean({**whole, **tellers_for(asked)})
    subject = one_line(mail.subject.plain(told, reader))[:SUBJECT_CHARS]
    if not subject:
        raise TemplateFailed(f"{mail.where}: subject: it comes to nothing; say something")
    head = {
        "language": language,
        "direction": direction_of(language),
        "subject": subject,
        "preheader": one_line(mail.preheader.plain(told, reader)),
        "choices_url": choices_url,
        "company": value_at(values, ("company", "name")) or "",
    }
    with translation.override(language):
        write = _mjml if mail.form == MJML else _markdown
        try:
            text, html = write(mail, told, reader, head)
        except BadDefinition as error:
            raise BadDefinition(f"{mail.where}: {error.message}") from None
    named = {path.path for part in mail.parts() for path in part.paths} - {("links", "choices")}
    used = {".".join(path): plain(value_at(whole, path)) for path in sorted(named)}
    return Composed(subject, text.strip() + "\n", html, {**used, **reader.answers}, tuple(defaults))


def plain(value: object) -> Any:
    """A value as it is kept beside what was sent."""
    return msgspec.to_builtins(value, enc_hook=str)


def _markdown(
    mail: AuthoredMail, values: Clean, reader: AnsweringReader, head: Mapping[str, Any]
) -> tuple[str, str]:
    marked = mail.body.marked(values, reader)
    action = None
    is_somewhere = not _leads_nowhere(mail, values)
    if mail.action_label is not None and mail.action_link is not None and is_somewhere:
        label = mail.action_label.plain(values, reader)
        link = address_of(mail.action_link.marked(values, reader))
        is_address = link.startswith(("https://", "http://"))
        action = {"label": one_line(label), "link": link} if is_address else None
    context = {
        **head,
        "body": mark_safe(html_of(marked)),  # noqa: S308  Markdown without HTML, values escaped
        "text": text_of(marked).strip(),
        "action": action,
    }
    text = get_template("messages/authored.txt").render(context)
    return text, get_template("messages/authored.html").render(context)


def _leads_nowhere(mail: AuthoredMail, values: Clean) -> bool:
    """Whether the button leads into a product, or to a page of it, of which nobody said where it
    is: it is left out."""
    named = {path.path for path in mail.action_link.paths} if mail.action_link else set()
    return any(path[0] == LINKS and value_at(values, path) is None for path in named)


def _mjml(
    mail: AuthoredMail, values: Clean, reader: AnsweringReader, head: Mapping[str, Any]
) -> tuple[str, str]:
    """The words in the house's frame, or in their own; what the head says is a value as well, so
    that a template is turned into HTML once."""
    reader.is_mjml = True
    marked = mail.body.marked(values, reader, marked_html_of)
    count = len(marked.values)
    names = ("subject", "preheader", "company", "choices_url")
    context = {
        name: f"{OPENS}{count + number}{CLOSES}" if head[name] else ""
        for number, name in enumerate(names)
    }
    context |= {"language": head["language"], "direction": head["direction"], "text": marked.text}
    text = mjml_text_of(marked).strip()  # first: a mistake is on the line on which it stands
    framed = _own_frame(context) if mail.has_own_frame else _house_frame(tuple(context.items()))
    said = (*marked.values, *(str(head[name]) for name in names))
    html = mjml_html_of(Marked(framed, said))
    context = {**head, "text": text, "action": None}
    return get_template("messages/authored.txt").render(context), html


@lru_cache(maxsize=512)
def _house_frame(named: tuple[tuple[str, str], ...]) -> str:
    context = dict(named)
    words = mark_safe(context["text"])  # noqa: S308  what an operator wrote, with marks for values
    return get_template("messages/frame.mjml").render({**context, "text": words})


def _own_frame(context: Mapping[str, str]) -> str:
    """A whole MJML document with what its head does not say: title, preview, and that it stays
    light where it says nothing of the dark."""
    text = context["text"].strip()
    scheme = "light dark" if "prefers-color-scheme" in text else "light only"
    head = f'<mj-raw><meta name="color-scheme" content="{scheme}" /></mj-raw>'
    if "<mj-title" not in text:
        head += f"<mj-title>{context['subject']}</mj-title>"
    if "<mj-preview" not in text and context["preheader"]:
        head += f"<mj-preview>{context['preheader']}</mj-preview>"
    if "<mj-head>" in text:
        return text.replace("<mj-head>", f"<mj-head>{head}", 1)
    root, _, rest = text.partition(">")
    return f"{root}><mj-head>{head}</mj-head>{rest}"
