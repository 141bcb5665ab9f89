"""A phrase, a text or an image that several mails say, chosen by condition for who reads it.

    kind = "text"                   # phrase | text | image
    over = "account"                # whom conditions are asked of: account | person (who reads it)
    [[choice]]
    where = "plan = 'Free'"
    [choice.text]
    en = "Three of you already: **Team** has shared folders."
    [[choice]]
    ...

The first choice that holds is said; one without a condition is for everybody else.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tenure.base.errors import BadDefinition
from tenure.base.ids import digest
from tenure.definitions.toml_file import Fields
from tenure.kit.liquid import LiquidTemplate
from tenure.kit.liquid_context import Piece
from tenure.messages.mail_names import Declared, MailNames, check_text, read_declared, read_text
from tenure.segments.in_field import condition_in
from tenure.segments.vocabulary import OVER

PHRASE, TEXT, IMAGE = "phrase", "text", "image"
KINDS = (PHRASE, TEXT, IMAGE)
WIDTH_MOST = 600
CHOICES_MOST = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """What is said where the condition holds: in each language, or an image with its words."""

    where: str
    texts: Mapping[str, LiquidTemplate]  # of an image what stands for it
    src: LiquidTemplate | None = None
    link: LiquidTemplate | None = None
    width: int = 0


@dataclass(frozen=True, slots=True)
class MailBlock:
    """One block. `digest` names these words for ever."""

    name: str
    digest: str
    kind: str
    over: str
    choices: tuple[Choice, ...]
    declared: Declared
    languages: frozenset[str]  # in which every choice stands
    unseen: tuple[str, ...] = ()

    def parts(self) -> list[LiquidTemplate]:
        """Every part that has values."""
        found: list[LiquidTemplate | None] = []
        for choice in self.choices:
            found += [*choice.texts.values(), choice.src, choice.link]
        return [part for part in found if part is not None]


def read_block(text: str, where: str, names: MailNames) -> MailBlock:
    """The block that a file states. Raises BadDefinition with file, field and remedy."""
    read = Fields.of(text, where)
    kind = read.text("kind", TEXT, among=KINDS)
    over = read.text("over", "account", among=OVER)
    read.text("title", "")
    declared = read_declared(read, names)
    unseen: list[str] = []
    choices = [_choice(each, kind, over, names, unseen) for each in read.tables("choice")]
    if not 0 < len(choices) <= CHOICES_MOST:
        raise read.refuse("choice", f"write from 1 to {CHOICES_MOST} of [[choice]]")
    for number, each in enumerate(choices[:-1], 1):
        if not each.where:
            raise read.refuse(
                f"choice[{number}].where",
                "this is missing, so that none below is ever said; add it, or put this one last",
            )
    read.done()
    name = block_name(where)
    block = MailBlock(
        name=name,
        digest=digest("block", name, text),
        kind=kind,
        over=over,
        choices=tuple(choices),
        declared=declared,
        languages=frozenset.intersection(*(frozenset(each.texts) for each in choices)),
        unseen=tuple(unseen),
    )
    for part in block.parts():
        if part.asking.blocks or part.asking.conditions:
            raise BadDefinition(f"{part.where}: a block asks by its choices; add a [[choice]]")
        check_text(part, names, declared)
    return block


def block_name(where: str) -> str:
    """How mails name the block that stands in a file."""
    return where.rpartition("/")[2].removesuffix(".toml").removesuffix(".block")


def _choice(read: Fields, kind: str, over: str, names: MailNames, unseen: list[str]) -> Choice:
    condition = condition_in(read, "where", names.vocabularies[over])
    if condition is not None:
        unseen += [each.event for each in condition.unseen]
    where = condition.text if condition is not None else ""
    field = "alt" if kind == IMAGE else "text"
    table = read.table(field)
    if not table.values:
        raise read.refuse(field, "write it in each language: [choice." + field + "]")
    texts = {language: _part(table, language, names) for language in table.values}
    if kind != IMAGE:
        if kind == PHRASE and any("\n" in table.text(each).strip() for each in texts):
            raise read.refuse(field, 'a phrase is one line; make it kind = "text"')
        return Choice(where, texts)
    src = read.text("src")
    if not src.startswith(("https://", "{{")):
        raise read.refuse("src", f"{src!r} is no address that a mail program loads; use https://")
    link = _part(read, "link", names) if "link" in read.values else None
    width = read.whole("width", 0, most=WIDTH_MOST)
    return Choice(where, texts, _part(read, "src", names), link, width)


def _part(read: Fields, field: str, names: MailNames) -> LiquidTemplate:
    path = f"{read.path}.{field}" if read.path else field
    return read_text(read.text(field).strip(), f"{read.where}: {path}", names)


def check_use(block: MailBlock, languages: Sequence[str], where: str, *, in_line: bool) -> None:
    """Raises BadDefinition for a block that cannot be said where it is named."""
    missing = [each for each in languages if each not in block.languages]
    if missing:
        raise BadDefinition(
            f"{where}: the block {block.name!r} does not stand in {', '.join(missing)}; "
            "write each of its choices in it"
        )
    if in_line and block.kind != PHRASE:
        raise BadDefinition(
            f"{where}: the block {block.name!r} is no phrase, and this is one line; "
            'make it kind = "phrase", or name it in the words'
        )


def markdown_piece(block: MailBlock, choice: Choice, language: str) -> Piece:
    """What a choice says in a Markdown mail, or in a line."""
    words = choice.texts[language].text
    if block.kind != IMAGE or choice.src is None:
        return Piece(words)
    width = f' "={choice.width}"' if choice.width else ""
    image = f"![{words.replace(']', '&#93;')}]({choice.src.text}{width})"
    return Piece(f"[{image}]({choice.link.text})" if choice.link else image)


def mjml_piece(block: MailBlock, choice: Choice, language: str) -> Piece:
    """What a choice says in an MJML mail."""
    if block.kind != IMAGE or choice.src is None:
        return Piece(choice.texts[language].text)
    given = {"src": choice.src, "alt": choice.texts[language], "href": choice.link}
    attributes = [f'{name}="{_attribute(part)}"' for name, part in given.items() if part]
    if choice.width:
        attributes.append(f'width="{choice.width}px"')
    return Piece(f"<mj-image {' '.join(attributes)} />", is_ready=True)


def _attribute(part: LiquidTemplate) -> str:
    """Our words as an attribute; what stands in braces is Liquid's."""
    pieces = part.text.split("{{")
    whole = [html.escape(pieces[0])]
    for piece in pieces[1:]:
        inside, ends, rest = piece.partition("}}")
        whole.append("{{" + inside + ends + html.escape(rest))
    return "".join(whole)
