"""A mail that an operator wrote: read and checked once, then written for one person after another.

    +++
    subject = "Your trial ends on {{ account.trial_ends_on }}"
    preheader = "What you made stays yours"
    [action]
    label = "Choose a plan"
    link = "{{ links.app }}/billing"
    +++
    Hello {{ person.first_name | default: 'there' }},

    so far you have ...

Head in TOML, words in Markdown, values in Liquid. A value is text, wherever it stands.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import mark_safe

from tenure.base.errors import BadDefinition
from tenure.base.ids import digest
from tenure.definitions.toml_file import Fields
from tenure.kit.liquid import LiquidTemplate, read_liquid
from tenure.kit.markdown import address_of, html_of, text_of
from tenure.kit.public_page import direction_of
from tenure.messages.ledger import one_line
from tenure.messages.writing import Written

_FENCE = re.compile(r"\A\+\+\+\r?\n(.*?)^\+\+\+\r?\n", re.DOTALL | re.MULTILINE)
SUBJECT_CHARS = 200
Known = Callable[
    [tuple[str, ...]], str
]  # what is wrong with a path, and what to write; "": nothing


@dataclass(frozen=True, slots=True)
class AuthoredMail:
    """A mail in one language. `digest` names these words for ever."""

    where: str
    digest: str
    subject: LiquidTemplate
    preheader: LiquidTemplate
    body: LiquidTemplate
    action_label: LiquidTemplate | None = None
    action_link: LiquidTemplate | None = None

    def parts(self) -> list[LiquidTemplate]:
        """Every part that has values."""
        found = [self.subject, self.preheader, self.body, self.action_label, self.action_link]
        return [part for part in found if part is not None]


def read_mail(text: str, where: str, known: Known) -> AuthoredMail:
    """The mail that a file states. Raises BadDefinition with the place, also for a value that
    nobody knows."""
    fence = _FENCE.match(text)
    if fence is None:
        raise BadDefinition(
            f'{where}: it begins without a head; write +++, subject = "...", +++, then the words'
        )
    head = Fields.of(fence[1], where)
    action = head.table("action")
    has_action = bool(action.values)
    body = text[fence.end() :]
    if not body.strip():
        raise BadDefinition(f"{where}: it says nothing below its head; write the words")
    mail = AuthoredMail(
        where=where,
        digest=digest("mail", text),
        subject=read_liquid(head.text("subject"), f"{where}: subject"),
        preheader=read_liquid(head.text("preheader", ""), f"{where}: preheader"),
        body=read_liquid(body, where),
        action_label=read_liquid(action.text("label"), f"{where}: action") if has_action else None,
        action_link=read_liquid(action.text("link"), f"{where}: action") if has_action else None,
    )
    head.done()
    for part in mail.parts():
        lines = fence[0].count("\n") if part is mail.body else 0
        for path in part.paths:
            if problem := known(path.path):
                raise BadDefinition(f"{part.where}: line {path.line + lines}: {problem}")
    return mail


def write_mail(
    mail: AuthoredMail, values: Mapping[str, Any], language: str, choices_url: str = ""
) -> Written:
    """What the mail says to one person. Raises TemplateFailed where a value is missing."""
    marked = mail.body.marked(values)
    subject = one_line(mail.subject.plain(values))[:SUBJECT_CHARS]
    action = None
    if mail.action_label is not None and mail.action_link is not None:
        label, link = mail.action_label.plain(values), address_of(mail.action_link.marked(values))
        is_address = link.startswith(("https://", "http://"))
        action = {"label": one_line(label), "link": link} if is_address else None
    context = {
        "language": language,
        "direction": direction_of(language),
        "subject": subject,
        "preheader": one_line(mail.preheader.plain(values)),
        "body": mark_safe(html_of(marked)),  # noqa: S308  Markdown without HTML, values escaped
        "text": text_of(marked).strip(),
        "action": action,
        "choices_url": choices_url,
        "company": values.get("company", {}).get("name", ""),
    }
    with translation.override(language):
        text = get_template("messages/authored.txt").render(context)
        html = get_template("messages/authored.html").render(context)
    return Written(subject, text.strip() + "\n", html)
