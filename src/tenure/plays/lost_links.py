"""Do the messages of a play lead to places of which nobody said where they are?

Into the product: `[plays] app_url` of tenure.toml. To a page: `[links]` of product.toml. To where
one chooses which mail one gets: `[console] url` of tenure.toml. A play whose messages would lead
nowhere is not switched on.
"""

from collections.abc import Iterable

from django.conf import settings

from tenure.base.home import Home
from tenure.card.product import product
from tenure.kit.liquid import LiquidTemplate
from tenure.messages.configuration import has_console_url
from tenure.messages.readiness import can_mail
from tenure.plays.configuration import app_url
from tenure.plays.mailing import mail_of
from tenure.plays.page_links import page_links
from tenure.plays.parts import MAIL, TRANSACTIONAL, Message, Play
from tenure.plays.showing import in_app_of

_APP, _CHOICES = ("links", "app"), ("links", "choices")


def lost_links(play: Play) -> list[str]:
    """What is to be said before the play's messages lead somewhere; each with what to write.

    Raises BadDefinition for a message that cannot be read.
    """
    home: Home = settings.TENURE_HOME
    named = _named_by(play)
    base = app_url(home)
    pages, found = page_links(product(), base), []
    of_app = _paths()
    asks_app = [where for where, path in named if path == _APP and where]
    asks_app += [where for where, path in named if path[1] in of_app]
    if asks_app and not base:
        found.append(
            f"{_places(asks_app)} leads to links.app, and nobody said where that is: write "
            'app_url = "https://app.example.com" below [plays] in tenure.toml'
        )
    for name in sorted({path[1] for _, path in named} - {"app", "choices", *of_app}):
        if pages.get(name) is None:
            where = _places([where for where, path in named if path[1] == name])
            found.append(
                f"{where} leads to links.{name}, and nobody said where that is: write "
                f'{name} = "/{name}" below [links] in product.toml'
            )
    if _needs_console(play, named) and can_mail(home) and not has_console_url(home):
        found.append(
            "its mails lead to where one chooses which mail one gets, and nobody said where that "
            'is: write url = "https://tenure.example.com" below [console] in tenure.toml'
        )
    return found


def _needs_console(play: Play, named: Iterable[tuple[str, tuple[str, ...]]]) -> bool:
    """Whether a mail of it has a link to Tenure itself: all that are not owed have one."""
    mails = any(isinstance(s.act, Message) and s.act.channel == MAIL for s in play.steps)
    is_chosen = play.purpose != TRANSACTIONAL
    return mails and (is_chosen or any(path == _CHOICES for _, path in named))


def _named_by(play: Play) -> list[tuple[str, tuple[str, ...]]]:
    """The links that messages name, each with where; into the product itself only those of mails,
    because what is shown in the product leads to where it is shown."""
    here = {_APP, *(("links", name) for name in _paths())}
    found = []
    for step in play.steps:
        if not isinstance(step.act, Message):
            continue
        for language in play.languages:
            if step.act.channel == MAIL:
                mail = mail_of(play, step.act.template, language)
                blocks = (mail.blocks or {}).values()
                parts = [*mail.parts(), *(part for block in blocks for part in block.parts())]
                paths, where = _links_of(parts), mail.where
            else:
                shown = in_app_of(play, step.act, language)
                blocks = (shown.blocks or {}).values()
                parts = [*shown.templates(), *(part for block in blocks for part in block.parts())]
                paths, where = _links_of(parts) - here, shown.where
            found += [(where, path) for path in sorted(paths)]
    return found


def _paths() -> list[str]:
    """The declared pages that are below the product's own address."""
    return [name for name, link in product().links.items() if link.startswith("/")]


def _links_of(parts: Iterable[LiquidTemplate]) -> set[tuple[str, ...]]:
    named = {path.path for part in parts for path in part.paths}
    return {path for path in named if path[0] == "links" and len(path) == 2}  # noqa: PLR2004


def _places(where: Iterable[str]) -> str:
    """The first file, and how many others say the same."""
    each = list(dict.fromkeys(where))
    return each[0] if len(each) == 1 else f"{each[0]} and {len(each) - 1} more"
