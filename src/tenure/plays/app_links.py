"""Which mails of a play lead into the product, and does anybody know where that is?

A mail whose button leads nowhere loses it. So a play of such mails is not switched on before
`[plays] app_url` says where the product is.
"""

from django.conf import settings

from tenure.plays.configuration import app_url
from tenure.plays.mailing import mail_of
from tenure.plays.parts import MAIL, Message, Play

_APP = ("links", "app")


def without_the_app(play: Play) -> list[str]:
    """What to know of each mail that names `links.app` while nobody said where that is.

    Raises BadDefinition for a mail that cannot be read.
    """
    if app_url(settings.TENURE_HOME):
        return []
    return [
        f"{where} leads to links.app, and nobody said where that is: write "
        'app_url = "https://app.example.com" below [plays] in tenure.toml'
        for where in _leading_there(play)
    ]


def _leading_there(play: Play) -> list[str]:
    found = []
    for step in play.steps:
        if isinstance(step.act, Message) and step.act.channel == MAIL:
            for language in play.languages:
                mail = mail_of(play, step.act.template, language)
                blocks = (mail.blocks or {}).values()
                parts = [*mail.parts(), *(part for block in blocks for part in block.parts())]
                if any(named.path == _APP for part in parts for named in part.paths):
                    found.append(mail.where)
    return found
