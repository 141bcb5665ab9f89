"""Would somebody get the same words twice, because they were two people or are in two accounts?

A play that is entered again says the same again to the same person of the same account: that is
meant. Two rows to one person, of one step, that were made for two people or two accounts are not,
where their words are the same. What somebody is owed of another account is never left out.

The second is left out once the first has reached them. Until then it waits: should the first never
go, the second does.

Of who is left alone by chance there are no words. Two rows that were made for two people of one
account are taken to say the same, as they nearly always do; those for two accounts are not.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from tenure.messages.attention import ON_ITS_WAY, REACHED, Attention
from tenure.messages.models import Channel, Message, Status
from tenure.proof.assignment import HOLD_OUT

SAME = "same_words"
WITHIN = timedelta(days=7)
AGAIN = timedelta(hours=1)  # then it is asked whether the first has reached them
_TO_PEOPLE = (Channel.MAIL, Channel.IN_APP)
_ADDRESS = re.compile(r"https?://\S+")  # each has a link of their own to choose what they get
_COLUMNS = ("pk", "person_id", "account_id", "play", "step", "channel", "topic", "subject", "text",
            "arm", "status")  # fmt: skip


class SaidBefore:
    """What people were told lately, or are on the way to be."""

    def __init__(self, attention: Attention, due: Sequence[Message], now: datetime) -> None:
        self._attention = attention
        plays = {each.play for each in due if each.play}
        lately = Message.objects.filter(
            person_id__in=attention.ids() if plays else (),
            play__in=plays,
            channel__in=_TO_PEOPLE,
            status__in=(*ON_ITS_WAY, *REACHED, Status.CONTROL),
            intended_at__gt=now - WITHIN,
        )
        self._gone: defaultdict[tuple[str, ...], list[Message]] = defaultdict(list)
        for each in lately.only(*_COLUMNS):
            self._gone[self._what(each)].append(each)

    def same_as(self, message: Message, waiting: Iterable[Message]) -> Message | None:
        """Another that says the same to the same person: that went, or waits since before."""
        if not message.play or message.channel not in _TO_PEOPLE:
            return None
        what = self._what(message)
        before = [each for each in waiting if each.pk < message.pk and self._what(each) == what]
        same = [each for each in (*self._gone[what], *before) if self._says(each, message)]
        return next((each for each in same if has_reached(each)), same[0] if same else None)

    def _says(self, other: Message, message: Message) -> bool:
        is_again = (other.account_id, other.person_id) == (message.account_id, message.person_id)
        accounts = {self._attention.account(each) for each in (other, message)}
        if is_again or (other.arm == HOLD_OUT) != (message.arm == HOLD_OUT):
            return False
        if message.arm == HOLD_OUT:
            return len(accounts) == 1
        is_owed_twice = not message.topic and other.account_id != message.account_id
        return not is_owed_twice and bool(_words(message)) and _words(other) == _words(message)

    def _what(self, message: Message) -> tuple[str, ...]:
        return self._attention.person(message), message.play, message.step, message.channel


def has_reached(message: Message) -> bool:
    """Whether it went; or would have, but for chance."""
    return message.status in (*REACHED, Status.CONTROL)


def _words(message: Message) -> str:
    said = f"{message.subject}\n{message.text}".strip()
    return _ADDRESS.sub("", said)
