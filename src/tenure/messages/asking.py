"""Who does not want to be asked for anything again: a review, a score, an introduction?

One word of theirs, said on the page that asks or among the mail they get. It holds for every
message that asks, of whichever play and topic, and neither a new id nor being forgotten undoes it:
it is kept with the digest of their address. Switching all mail on does not take it back.
"""

from collections.abc import Collection
from datetime import datetime

from tenure.customers.merging import canonical_id
from tenure.messages.consent import ASKING, PAGE, say, switched_off


def refusing(person_ids: Collection[str]) -> set[str]:
    """Who of these people wants to be asked for nothing. Ids are canonical."""
    return switched_off(person_ids, ASKING)


def refuses(person_id: str) -> bool:
    """Whether this person, under any id, wants to be asked for nothing."""
    whole = canonical_id("person", person_id)
    return whole in refusing([whole])


def refuse(person_id: str, now: datetime) -> None:
    """Write it down. What waits for them and asks is withheld."""
    say(person_id, ASKING, is_granted=False, how=PAGE, now=now)
