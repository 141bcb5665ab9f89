"""The mails and blocks of plays, read and checked: what each may name, and in which languages."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from tenure.base.errors import BadDefinition
from tenure.definitions.store import all_current
from tenure.kit.liquid import TemplateFailed
from tenure.messages.authored import AuthoredMail, read_mail
from tenure.messages.mail_block import MailBlock, block_name, read_block
from tenure.messages.mail_names import MailNames
from tenure.messages.mail_tags import asked_of_tags
from tenure.plays.file import MAIL_FILES
from tenure.plays.mail_values import is_always_known, kind_of, known_path
from tenure.plays.parts import ACCOUNT, MAIL, MARKETING, PERSON, Message, Play
from tenure.plays.trial_reader import trials
from tenure.segments.known import columns_of, vocabulary_of
from tenure.segments.vocabulary import Vocabulary

BLOCK = "block"
OWN = ".block.toml"
Texts = tuple[tuple[str, str], ...]  # of files: where, and what stands there


def mail_of(play: Play, template: str, language: str, shared: Texts | None = None) -> AuthoredMail:
    """The mail of a play in a language, its blocks as they are in force. Raises BadDefinition.

    `shared` are `shared_blocks()`, for who reads many.
    """
    name = mail_file(play, template, language)
    blocks = block_texts(play, shared_blocks() if shared is None else shared)
    where = f"plays/{play.name}/{name}"
    return _read(play.files[name], where, play.over, play.languages, blocks)


def words_of(
    play: Play, shared: Texts | None = None, *, is_checked: bool = False
) -> tuple[MailNames, Mapping[str, MailBlock]]:
    """What any words of a play may name, and the blocks among it; as they are in force."""
    blocks = block_texts(play, shared_blocks() if shared is None else shared)
    names = mail_names(play.over, blocks=_names(blocks), is_checked=is_checked)
    return names, blocks_of(blocks, play.over)


def mail_file(play: Play, template: str, language: str) -> str:
    """The name of the file that a mail stands in."""
    names = [f"{template}.{language}{ending}" for ending in MAIL_FILES]
    return next((name for name in names if name in play.files), names[0])


def mails_in(play: Play) -> list[tuple[str, str]]:
    """The mails of a play, each once: its template, and the first step that says it."""
    said: dict[str, str] = {}
    for step in play.steps:
        if isinstance(step.act, Message) and step.act.channel == MAIL:
            said.setdefault(step.act.template, step.name)
    return list(said.items())


def shared_blocks() -> Texts:
    """The blocks in force that any mail may name, as texts."""
    return tuple((each.where, each.text) for each in all_current(BLOCK))


def check_mails(play: Play) -> list[str]:
    """The events that mails ask for and nobody has sent.

    Raises BadDefinition for a mail that could not be written: also one that comes to no HTML when
    its conditions hold, or when they do not.
    """
    unseen: list[str] = []
    blocks = block_texts(play, shared_blocks())
    for where, text in blocks:
        if where.startswith(f"plays/{play.name}/"):
            unseen += read_block(text, where, mail_names(play.over, is_checked=True)).unseen
    for template, _ in mails_in(play):
        for language in play.languages:
            name = mail_file(play, template, language)
            where = f"plays/{play.name}/{name}"
            names = mail_names(play.over, blocks=_names(blocks), is_checked=True)
            known = blocks_of(blocks, play.over)
            mail = read_mail(play.files[name], where, names, known, play.languages)
            unseen += mail.unseen
            _try(mail, play, language)
    return list(dict.fromkeys(unseen))


def _try(mail: AuthoredMail, play: Play, language: str) -> None:
    named = {path.path for part in mail.parts() for path in part.paths}
    if mail.has_own_frame and play.purpose == MARKETING and ("links", "choices") not in named:
        raise BadDefinition(
            f"{mail.where}: it brings its own frame and no way to choose which mail one gets; "
            'add <a href="{{ links.choices }}">'
        )
    for attempt in trials(mail, language, kind_of):
        try:
            attempt()
        except TemplateFailed as error:
            raise BadDefinition(error.message) from None


def check_block(text: str, where: str) -> list[str]:
    """What to know of a block that is accepted: events that it names and nobody ever sent.

    Raises BadDefinition.
    """
    block = read_block(text, where, mail_names(ACCOUNT, is_checked=True))
    return [f"{where}: nobody has sent {event!r} yet" for event in block.unseen]


def blocks_of(texts: Texts, over: str) -> Mapping[str, MailBlock]:
    """The blocks that texts state, by name; of two with one name the first."""
    found: dict[str, MailBlock] = {}
    for where, text in texts:
        block = _block(text, where, over)
        found.setdefault(block.name, block)
    return found


def mail_names(over: str, *, blocks: Sequence[str] = (), is_checked: bool = False) -> MailNames:
    """What a mail of a play may name. With `is_checked` events are looked up as well: for a text
    that is not in force yet."""
    vocabularies = {
        each: vocabulary_of(each)
        if is_checked
        else Vocabulary(each, columns_of(each), columns_of(ACCOUNT) if each == PERSON else {})
        for each in (ACCOUNT, PERSON)
    }
    return MailNames(
        problem=known_path,
        kind=kind_of,
        is_always=is_always_known,
        over=over,
        vocabularies=vocabularies,
        tags=asked_of_tags(),
        blocks=frozenset(blocks),
    )


def block_texts(play: Play, shared: Texts) -> Texts:
    """The blocks that a play's words may name: its own go before those that all mails share."""
    own = [(f"plays/{play.name}/{name}", text) for name, text in play.files.items()]
    return (*(each for each in own if each[0].endswith(OWN)), *shared)


def _names(texts: Texts) -> tuple[str, ...]:
    return tuple(block_name(where) for where, _ in texts)


@lru_cache(maxsize=512)
def _read(
    text: str, where: str, over: str, languages: tuple[str, ...], blocks: Texts
) -> AuthoredMail:
    names = mail_names(over, blocks=_names(blocks))
    return read_mail(text, where, names, blocks_of(blocks, over), languages)


@lru_cache(maxsize=256)
def _block(text: str, where: str, over: str) -> MailBlock:
    return read_block(text, where, mail_names(over))
