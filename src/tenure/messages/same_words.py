"""Would somebody get the same words twice, because they were two people or are in two accounts?

A play that is entered again says the same again to the same person of the same account: that is
meant. Two rows to one person, of one step, that were made for two people or two accounts are not,
where their words are the same. What somebody is owed of another account is never left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tenure.messages.attention import ON_ITS_WAY, REACHED, Attention
from tenure.messages.models import Channel, Message

SAME = "same_words"
WITHIN = timedelta(days=7)
_TO_PEOPLE = (Channel.MAIL, Channel.IN_APP)
_ADDRESS = re.compile(r"https?://\S+")  # each has a link of their own to choose what they get
_COLUMNS = ("pk", "person_id", "account_id", "play", "step", "channel", "topic", "subject", "text")


class SaidBefore:
    """What people were told lately, or are on the way to be."""

    def __init__(self, attention: Attention, due: Sequence[Message], now: datetime) -> None:
        self._attention = attention
        plays = {each.play for each in due if each.play}
        lately = Message.objects.filter(
            person_id__in=attention.ids() if plays else (),
            play__in=plays,
            channel__in=_TO_PEOPLE,
            status__in=(*ON_ITS_WAY, *REACHED),
            intended_at__gt=now - WITHIN,
        )
        self._gone: defaultdict[tuple[str, ...], list[Message]] = defaultdict(list)
        for each in lately.only(*_COLUMNS):
            self._gone[self._what(each)].append(each)

    def same_as(self, message: Message, waiting: Iterable[Message]) -> Message | None:
        """Another that says the same to the same person: that went, or waits since before."""
        if not message.play or message.channel not in _TO_PEOPLE or not _words(message):
            return None
        what = self._what(message)
        before = [each for each in waiting if each.pk < message.pk and self._what(each) == what]
        return next((each for each in (*self._gone[what], *before) if _says(each, message)), None)

    def _what(self, message: Message) -> tuple[str, ...]:
        return self._attention.person(message), message.play, message.step, message.channel


def _says(other: Message, message: Message) -> bool:
    is_again = (other.account_id, other.person_id) == (message.account_id, message.person_id)
    is_owed_twice = not message.topic and other.account_id != message.account_id
    return not is_again and not is_owed_twice and _words(other) == _words(message)


def _words(message: Message) -> str:
    said = f"{message.subject}\n{message.text}".strip()
    return _ADDRESS.sub("", said)
