"""What may somebody be sent? What they are owed, always; of all else, what they did not switch off.

A word is a row that stays, and the last one on a topic holds. Who switched off everything and then
switched one topic on again gets that one.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from tenure.customers.merging import canonical_id, ids_behind
from tenure.customers.models import IdentityLink, Person
from tenure.messages.ledger import withhold_asking, withhold_unwanted
from tenure.messages.models import Consent, address_digest

EVERYTHING = "*"
ASKING = "asking"  # beside all topics: being asked for a review, a score, an introduction
ONE_CLICK, PAGE, COMPLAINT, OPERATOR = "one_click", "page", "complaint", "operator"
PROVIDER, IMPORTED = "provider", "import"


def switched_off(person_ids: Collection[str], topic: str) -> set[str]:
    """Who of these people wants nothing of this topic. Ids are canonical; what was said under an
    id that was merged since counts."""
    said = _last_words(person_ids, topic)
    return {person_id for person_id, is_granted in said.items() if not is_granted}


def asked_for(person_ids: Collection[str], topic: str) -> set[str]:
    """Who of these people said that they want this topic, and did not take it back."""
    said = _last_words(person_ids, topic)
    return {person_id for person_id, is_granted in said.items() if is_granted}


def _last_words(person_ids: Collection[str], topic: str) -> dict[str, bool]:
    behind = {id: id for id in person_ids}
    links = IdentityLink.objects.filter(kind="person", canonical_id__in=person_ids)
    behind |= dict(links.values_list("raw_id", "canonical_id"))
    behind |= {_hidden(raw_id): id for raw_id, id in behind.items()}
    boxes = _boxes(person_ids)
    rows = Consent.objects.filter(
        Q(person_id__in=behind) | Q(address_digest__in=boxes),
        topic__in=(topic,) if topic == ASKING else (topic, EVERYTHING),
    )
    last: dict[str, bool] = {}
    in_order = rows.order_by("said_at", "id")  # what is imported may be older than what is known
    columns = ("person_id", "address_digest", "is_granted")
    for person_id, box, is_granted in in_order.values_list(*columns):
        for id in {behind.get(person_id, ""), *boxes.get(box, ())} - {""}:
            last[id] = is_granted
    return last


def _boxes(person_ids: Collection[str]) -> dict[str, list[str]]:
    """Who of these people reads which mail box, by the digest of its address."""
    found: dict[str, list[str]] = {}
    people = Person.objects.filter(pk__in=person_ids).exclude(email="")
    for id, email in people.values_list("pk", "email"):
        found.setdefault(address_digest(email), []).append(id)
    return found


@transaction.atomic
def say(
    person_id: str,
    topic: str,
    *,
    is_granted: bool,
    how: str,
    now: datetime,
    message_key: str = "",
) -> bool:
    """Write down what somebody wants; whether it is another word than the last one.

    What waits to be sent and is not wanted any more is withheld.
    """
    whole = canonical_id("person", person_id)
    if topic != EVERYTHING and _last_words([whole], topic).get(whole) is is_granted:
        return False
    # An old link of somebody who was forgotten does not make them known again.
    is_known = Person.objects.filter(pk=person_id).exists()
    Consent.objects.create(
        person_id=person_id if is_known else _hidden(person_id),
        address_digest=next(iter(_boxes([whole])), ""),
        topic=topic,
        is_granted=is_granted,
        how=how,
        message_key=message_key,
        said_at=now,
    )
    if not is_granted and whole in switched_off([whole], topic):
        names = {*ids_behind("person", whole), person_id}  # what waits may be for any of them
        if topic == ASKING:
            withhold_asking(names, now)
        else:
            withhold_unwanted(names, "" if topic == EVERYTHING else topic, now)
    return True


def forget_in_consent(person_ids: Collection[str]) -> int:
    """How many words of these people are kept under digests alone, of their id and their address:
    who wanted no mail gets none, should they ever be known again."""
    rows = Consent.objects.filter(person_id__in=person_ids)
    box_of = {id: box for box, ids in _boxes(person_ids).items() for id in ids}
    for row in rows:
        Consent.objects.filter(pk=row.pk).update(
            person_id=_hidden(row.person_id),
            message_key="",
            address_digest=row.address_digest or box_of.get(row.person_id, ""),
        )
    return len(rows)


def _hidden(person_id: str) -> str:
    return "digest:" + salted_hmac("tenure.messages.consent", person_id).hexdigest()


def topics_off(person_id: str, topics: Collection[str]) -> set[str]:
    """Which of these topics somebody has switched off."""
    whole = canonical_id("person", person_id)
    return {topic for topic in topics if whole in switched_off([whole], topic)}


def words_of(
    person_id: str = "", topic: str = "", *, first: int = 0, most: int = 50
) -> tuple[list[Consent], int]:
    """What was said, the latest first, of one person or topic or of all; and how much there is."""
    rows = Consent.objects.all()
    if person_id:
        whole = canonical_id("person", person_id)
        links = IdentityLink.objects.filter(kind="person", canonical_id=whole)
        ids = {whole, person_id, *links.values_list("raw_id", flat=True)}
        rows = rows.filter(person_id__in=ids | {_hidden(each) for each in ids})
    if topic:
        rows = rows.filter(topic=topic)
    return list(rows.order_by("-said_at", "-id")[first : first + most]), rows.count()
