"""Whom does an enrolment stand for once accounts or people were merged, or taken apart again?

Each enrolment keeps the ids under which it began, of which its keys are made; whom they stand for
follows the links. Of two enrolments that become one account's, the later ends, unless the play may
be entered several times at once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F

from tenure.customers.models import FollowCursor, IdentityLink
from tenure.customers.publishing import IDENTITY_LINKS
from tenure.messages.planning import ask_anew
from tenure.plays.ledger_rows import enrolment_of
from tenure.plays.models import Enrolment, PlayCursor, PlayDecision
from tenure.plays.parts import ACCOUNT, EVERY_TIME, PERSON, Play
from tenure.plays.showing import take_back
from tenure.plays.tally import add, changed
from tenure.plays.turns import MERGED

_CURSOR = "merged"
_OVERLAP = timedelta(hours=1)  # a link that was written then may have become visible since
_AT_ONCE = 500


def follow_merges(plays: Iterable[Play], now: datetime) -> int:
    """How many enrolments stand for somebody else than before; nothing is read without news."""
    noted = FollowCursor.objects.filter(name=IDENTITY_LINKS)
    number = noted.values_list("batch", flat=True).first() or 0
    cursor, _ = PlayCursor.objects.get_or_create(name=_CURSOR, defaults={"number": -1})
    if cursor.number == number:
        return 0
    if not cursor.text and not Enrolment.objects.exists():
        # The first look, and nobody is in a play: all links there are concern none.
        PlayCursor.objects.filter(name=_CURSOR).update(number=number, text=now.isoformat())
        return 0
    links = IdentityLink.objects.all()
    if cursor.text:
        links = links.filter(changed_at__gte=datetime.fromisoformat(cursor.text) - _OVERLAP)
    found = sorted(set(links.values_list("kind", "raw_id")))
    once_at_a_time = [play for play in plays if play.entry.again != EVERY_TIME]
    moved, subjects = 0, set[str]()
    for kind in (ACCOUNT, PERSON):
        ids = [raw for each, raw in found if each == kind]
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            led, whom = _lead(kind, some)
            ask_anew(**{f"{kind}_id__in": some})
            moved, subjects = moved + led, subjects | whom
    # Of all whom they lead to, moved now or not: a pass may have been killed before this.
    whom_now = sorted(subjects)
    for start in range(0, len(whom_now), _AT_ONCE):
        _end_doubles(once_at_a_time, whom_now[start : start + _AT_ONCE], now)
    PlayCursor.objects.filter(name=_CURSOR).update(number=number, text=now.isoformat())
    return moved


def _lead(kind: str, raw_ids: Sequence[str]) -> tuple[int, set[str]]:
    """Let the enrolments that began under these ids stand for whom the ids lead to now: how many
    were moved, and whom all of them stand for.
    """
    of_account = Enrolment.objects.filter(raw_account_id__in=raw_ids)
    of_subject = Enrolment.objects.filter(over=kind, raw_subject_id__in=raw_ids)
    concerned = set(of_account.values_list("raw_account_id", flat=True))
    concerned |= set(of_subject.values_list("raw_subject_id", flat=True))
    links = IdentityLink.objects.filter(kind=kind, raw_id__in=concerned).exclude(canonical_id="")
    leads = dict(links.values_list("raw_id", "canonical_id"))
    moved, whom = 0, set[str]()
    for raw in sorted(concerned):
        to = leads.get(raw, raw)
        whom.add(to)
        subjects = Enrolment.objects.filter(over=kind, raw_subject_id=raw).exclude(subject_id=to)
        of_person = Enrolment.objects.filter(over=PERSON, raw_account_id=raw)
        if kind == ACCOUNT:
            moved += subjects.update(subject_id=to, account_id=to, turns=F("turns") + 1)
        else:
            moved += subjects.update(subject_id=to, turns=F("turns") + 1)
            # Whoever belongs to no account stands in its place.
            of_person = of_person.filter(raw_subject_id=raw)
        moved += of_person.exclude(account_id=to).update(account_id=to, turns=F("turns") + 1)
    return moved, whom


def _end_doubles(plays: Sequence[Play], subject_ids: Sequence[str], now: datetime) -> None:
    """Somebody is in a play once at a time; who came in first stays."""
    for play in plays:
        open_ = Enrolment.objects.filter(play=play.name, ended_at=None, subject_id__in=subject_ids)
        several = open_.values("subject_id").annotate(times=Count("pk")).filter(times__gt=1)
        for subject_id in several.values_list("subject_id", flat=True):
            rows = open_.filter(subject_id=subject_id).order_by("entered_at", "pk")
            for row in list(rows)[1:]:
                _end(row, now)


@transaction.atomic
def _end(row: Enrolment, now: datetime) -> None:
    ours = Enrolment.objects.filter(pk=row.pk, turns=row.turns, ended_at=None)
    changes = {"ended_at": now, "ended_because": MERGED, "due_at": None, "turns": row.turns + 1}
    if ours.update(**changes):
        add({row.play: changed(row, changes)})
        PlayDecision.objects.create(enrolment=row, at=now, step=row.at, what=MERGED)
        take_back([row], now)
        ask_anew(enrolment=enrolment_of(row))
