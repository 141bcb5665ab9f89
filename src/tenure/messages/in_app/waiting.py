"""What waits to be shown to somebody who is there now, the most important first."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _

from tenure.base.home import Home
from tenure.customers.merging import canonical_id, ids_behind
from tenure.kit.near_language import nearest
from tenure.messages.in_app.parts import BANNER, CHECKLIST, MODAL, SURVEY, TOUR
from tenure.messages.models import Channel, Message, Status
from tenure.messages.person_token import Present

AT_ONCE = 10
OPEN = (Status.READY, Status.SHOWN)
# What interrupts is shown again a day later at the earliest, and so often at most.
REST = {MODAL: timedelta(days=1), SURVEY: timedelta(days=1), TOUR: timedelta(days=1)}
SHOWN_MOST = 3


@dataclass(frozen=True, slots=True)
class Whose:
    """All ids of who is there, and of the account that they are in; none: whichever."""

    people: tuple[str, ...]
    accounts: tuple[str, ...] = ()


def whose(present: Present) -> Whose:
    """Their ids, those that were merged into one included."""
    return Whose(_ids("person", present.person), _ids("account", present.account))


def open_messages(who: Whose) -> QuerySet[Message]:
    """What was meant for them and is not over, due or not."""
    of = Q(person_id__in=who.people)
    if who.accounts:
        of &= Q(account_id__in=(*who.accounts, ""))
    return Message.objects.filter(of, channel=Channel.IN_APP, status__in=OPEN)


def waiting_for(who: Whose, now: datetime, language: str = "") -> list[dict[str, Any]]:
    """What may be shown to them now, as their page gets it, in the page's language where the
    message has it."""
    is_useful = Q(valid_until=None) | Q(valid_until__gt=now)
    due = open_messages(who).filter(is_useful, next_at__lte=now)
    rows = due.order_by("-priority", "intended_at", "pk")[: AT_ONCE * 2]
    found = [as_shown(row, language) for row in rows if row.payload and not is_worn_out(row)]
    return found[:AT_ONCE]


def is_worn_out(message: Message) -> bool:
    """Whether it was shown as often as somebody may be interrupted by it."""
    kind = str((message.payload or {}).get("kind"))
    return kind in REST and message.attempts >= SHOWN_MOST


def as_shown(message: Message, language: str) -> dict[str, Any]:
    """The message as a page gets it: nothing of what it leads to at ours."""
    payload = message.payload or {}
    said: dict[str, Any] = payload["said"]
    chosen = nearest(language, tuple(said)) or payload.get("prefers") or next(iter(said))
    words = {name: value for name, value in said[chosen].items() if name != "text"}
    ticked = set(payload.get("ticked", ()))
    items = [{**item, "done": item["name"] in ticked} for item in words["items"]]
    return {
        "key": message.key,
        "kind": payload["kind"],
        "times": message.attempts,
        "language": chosen,
        **words,
        "items": items,
        "labels": labels(chosen, payload["kind"]),
    }


def labels(language: str, kind: str) -> dict[str, str]:
    """What the frame around the words says, in the interface's language nearest to theirs."""
    try:
        tongue = get_supported_language_variant(language)
    except LookupError:
        tongue = "en"
    with translation.override(tongue):
        found = {"close": _("Close")}
        if kind == BANNER:
            return found
        if kind in (MODAL, TOUR):
            return found | {"fine": _("Got it")}
        if kind == CHECKLIST:
            return found | {"done": _("Done"), "tick": _("Mark as done"), "fine": _("All done")}
        return found | {
            "send": _("Send"),
            "thanks": _("Thank you."),
            "optional": _("optional"),
        }


def _ids(kind: str, raw_id: str) -> tuple[str, ...]:
    if not raw_id:
        return ()
    return tuple(dict.fromkeys(ids_behind(kind, canonical_id(kind, raw_id))))


def rest_of(kind: str) -> timedelta:
    """How long it is left alone after it was shown."""
    return REST.get(kind, timedelta())


def expire(home: Home, now: datetime) -> int:
    """How many messages ran out: nobody was there in time, or nobody answered. Every few seconds,
    as a source of messages."""
    waiting = Message.objects.filter(channel=Channel.IN_APP, status__in=OPEN)
    late = waiting.filter(valid_until__lte=now)
    count = 0
    if late.exists():
        count = late.update(
            status=Status.EXPIRED, why="it was of use until then only", ended_at=now
        )
    worn = _worn_out(waiting.filter(status=Status.SHOWN, attempts__gte=SHOWN_MOST), now)
    if worn:
        count += waiting.filter(pk__in=worn).update(
            status=Status.EXPIRED,
            why=f"shown {SHOWN_MOST} times without an answer",
            ended_at=now,
        )
    return count


def withdraw(enrolments: Sequence[str], why: str, now: datetime) -> int:
    """How many messages of these enrolments are shown no more, because they are not wanted."""
    ours = Message.objects.filter(enrolment__in=enrolments, channel=Channel.IN_APP)
    return ours.filter(status__in=OPEN).update(status=Status.EXPIRED, why=why, ended_at=now)


def _worn_out(shown: QuerySet[Message], now: datetime) -> Collection[int]:
    rested = shown.filter(next_at__lte=now, payload__kind__in=list(REST))
    return list(rested.values_list("pk", flat=True))
