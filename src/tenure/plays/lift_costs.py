"""What a play cost: who switched its mail off after it wrote to them, who complained."""

from itertools import islice

from django.db.models import Count, Min

from tenure.messages.consent import ASKING, EVERYTHING
from tenure.messages.models import ARRIVED, Consent, Message, Status
from tenure.plays.lift_parts import Costs
from tenure.plays.parts import Play

# Whatever state of the ledger says that it was on its way, or there.
WENT_OUT = (
    *ARRIVED, Status.UNKNOWN, Status.BOUNCED,
    Status.SHOWN, Status.CLICKED, Status.DISMISSED, Status.DONE,
)  # fmt: skip
_AT_ONCE = 500


def costs_of(play: Play) -> Costs:
    """The patience that a play took of those whom it reached."""
    messages = Message.objects.filter(play=play.name)
    states = dict(messages.values_list("status").annotate(Count("pk")).order_by())
    sent = messages.filter(status__in=WENT_OUT).exclude(person_id="")
    first = sent.values_list("person_id").annotate(Min("intended_at")).order_by("person_id")
    rows = first.iterator(2_000)
    topics = [play.topic, EVERYTHING]
    if messages.filter(asks=True).exists():
        topics.append(ASKING)  # who was asked, and said "do not ask me again"
    people, off, complained = 0, 0, 0
    while since := dict(islice(rows, _AT_ONCE)):
        said = Consent.objects.filter(
            person_id__in=since, topic__in=topics, is_granted=False
        ).values_list("person_id", "said_at", "how")
        after = [(person_id, how) for person_id, at, how in said if at >= since[person_id]]
        people += len(since)
        off += len({person_id for person_id, _ in after})
        complained += len({person_id for person_id, how in after if how == "complaint"})
    return Costs(
        people=people,
        messages=sum(states.get(status, 0) for status in WENT_OUT),
        switched_off=off,
        complaints=max(complained, states.get("complained", 0)),
        bounces=states.get("bounced", 0),
    )
