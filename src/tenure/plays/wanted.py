"""Does somebody want what a play says? Asked of mails and of what is shown in the product alike.

And of both arms: so that who is left alone is who would have got it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tenure.messages.asking import refusing
from tenure.messages.consent import asked_for, switched_off
from tenure.messages.ledger import NOT_TO_BE_ASKED
from tenure.messages.verdicts import OFF, UNASKED
from tenure.plays.doing import Doing
from tenure.plays.ledger_rows import topic_of

NotWanted = tuple[dict[str, str], str]  # a code with its figures, and the words of the ledger


@dataclass(frozen=True, slots=True)
class Wants:
    """What some people said, read once for all of them."""

    off: Mapping[str, Collection[str]]  # topic: who wants none of it
    opted: Mapping[str, Collection[str]]  # topic that has to be asked for: who did
    unasked: Collection[str]  # who does not want to be asked for anything again

    def why_not(self, each: Doing, person_id: str) -> NotWanted | None:
        """Why they do not get what this effect says; None: they want it."""
        topic = topic_of(each)
        if topic and person_id in self.off[topic]:
            return {"code": OFF, "topic": topic}, f"switched off: {topic}"
        if person_id in self.unasked and each.asks:
            return {"code": UNASKED}, NOT_TO_BE_ASKED
        if each.play.opt_in and person_id not in self.opted[each.play.topic]:
            why = f"not asked for: {topic} goes only to who said that they want it"
            return {"code": "not_asked_for", "topic": topic}, why
        return None


def wants_of(doing: Sequence[Doing], person_ids: Collection[str]) -> Wants:
    """What these people want of what these effects say."""
    topics = {topic_of(each) for each in doing} - {""}
    opt_in = {each.play.topic for each in doing if each.play.opt_in}
    return Wants(
        off={topic: switched_off(person_ids, topic) for topic in topics},
        opted={topic: asked_for(person_ids, topic) for topic in opt_in},
        unasked=refusing(person_ids) if topics else (),
    )
