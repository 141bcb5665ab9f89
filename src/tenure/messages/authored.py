"""A mail that an operator wrote: read and checked once, then written for one person after another.

    +++
    subject = "Your trial ends on {{ account.trial_ends_on }}"
    preheader = "What you made stays yours"
    required = ["account.trial_ends_on"]
    [action]
    label = "Choose a plan"
    link = "{{ links.app }}/billing"
    +++
    Hello {{ person.first_name | default: 'there' }},

    so far you have ...

Head in TOML, words in Markdown or MJML, values, conditions and blocks in Liquid. A value is text,
wherever it stands. Written by `composing.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tenure.base.errors import BadDefinition
from tenure.base.ids import digest
from tenure.definitions.headed_text import head_and_words
from tenure.definitions.toml_file import Fields
from tenure.kit.liquid import LiquidTemplate
from tenure.messages.mail_block import MailBlock, check_use
from tenure.messages.mail_names import Declared, MailNames, check_text, read_declared, read_text

MARKDOWN, MJML = "md", "mjml"
FORMS = (MARKDOWN, MJML)


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
    form: str = MARKDOWN
    declared: Declared = Declared()
    blocks: Mapping[str, MailBlock] | None = None  # those that it names
    over: str = "account"
    unseen: tuple[str, ...] = ()

    def parts(self) -> list[LiquidTemplate]:
        """Every part that has values, but for blocks."""
        found = [self.subject, self.preheader, self.body, self.action_label, self.action_link]
        return [part for part in found if part is not None]

    @property
    def has_own_frame(self) -> bool:
        return self.form == MJML and self.body.text.lstrip().startswith("<mjml")


def read_mail(
    text: str,
    where: str,
    names: MailNames,
    blocks: Mapping[str, MailBlock] | None = None,
    languages: Sequence[str] = (),
) -> AuthoredMail:
    """The mail that a file states; MJML where the name of the file ends so.

    Raises BadDefinition with the place, also for a value, block or column that nobody knows.
    """
    head, body = head_and_words(text, where, "subject")
    form = MJML if where.endswith(f".{MJML}") else MARKDOWN
    if not body.strip():
        raise BadDefinition(f"{where}: it says nothing below its head; write the words")
    declared = read_declared(head, names)
    label, link = _action(head, form, where, names)
    mail = AuthoredMail(
        where=where,
        digest=digest("mail", text),
        subject=read_text(head.text("subject"), f"{where}: subject", names),
        preheader=read_text(head.text("preheader", ""), f"{where}: preheader", names),
        body=read_text(body, where, names),
        action_label=label,
        action_link=link,
        form=form,
        declared=declared,
        over=names.over,
    )
    head.done()
    return _checked(mail, names, blocks or {}, languages)


def _action(
    head: Fields, form: str, where: str, names: MailNames
) -> tuple[LiquidTemplate | None, LiquidTemplate | None]:
    action = head.table("action")
    if not action.values:
        return None, None
    if form == MJML:
        raise head.refuse("action", "in MJML the button stands in the words: <mj-button href=...>")
    label = read_text(action.text("label"), f"{where}: action", names)
    return label, read_text(action.text("link"), f"{where}: action", names)


def _checked(
    mail: AuthoredMail, names: MailNames, blocks: Mapping[str, MailBlock], languages: Sequence[str]
) -> AuthoredMail:
    unseen: list[str] = []
    named: dict[str, MailBlock] = {}
    for part in mail.parts():
        unseen += check_text(part, names, mail.declared)
        for each in part.asking.blocks:
            block = blocks.get(each.name)
            if block is None:
                continue
            place = f"{part.where}: line {each.line}"
            check_use(block, languages, place, in_line=part is not mail.body)
            named[each.name] = block
    unseen += [event for block in named.values() for event in block.unseen]
    return replace(
        mail,
        blocks=named,
        unseen=tuple(dict.fromkeys(unseen)),
    )
