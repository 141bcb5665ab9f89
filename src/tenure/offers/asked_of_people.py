"""The task that somebody of ours has once an offer is accepted that billing cannot carry out."""

from datetime import date, datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenure.offers.book import offer_book
from tenure.offers.kinds import CUSTOM, KINDS
from tenure.offers.models import Concession
from tenure.offers.wording import filled
from tenure.tasks.models import Task
from tenure.tasks.work import open_task

TITLE_CHARACTERS_MAX = 200


def open_task_for(concession: Concession, now: datetime) -> Task | None:
    """The task, or None: in a test, where billing does it, and where one of our commitments is a
    task already, so that nobody is asked twice for the same.
    """
    if concession.mode != "live" or not _needs_one(concession):
        return None
    key = f"offer:{concession.event_id.removeprefix('concession:')}"
    title, terms = _in_our_language(concession)
    if concession.time_at is not None:
        at = f"{concession.time_at:%Y-%m-%d %H:%M} UTC"
        title = _("%(offer)s, at %(time)s") % {"offer": title, "time": at}
    task = open_task(
        key=key,
        title=title,
        because={"kind": "offer", "key": key, "text": terms},
        account_id=concession.account_id,
        person_id=concession.person_id,
        due_on=_due_on(concession),
        now=now,
        by="tenure",
    )
    concession.task_key = key
    concession.save(update_fields=["task_key"])
    return task


def _in_our_language(concession: Concession) -> tuple[str, str]:
    """Title and terms as the book has them in the language of who works here; as they were read,
    where the book has the offer no more.
    """
    offer = offer_book().offer(concession.offer)
    if offer is None or offer.version != concession.version:
        return concession.words["title"][:TITLE_CHARACTERS_MAX], concession.words["terms"]
    language = get_language() or "en"
    title = filled(offer.title, concession.terms, language)[:TITLE_CHARACTERS_MAX]
    return title, filled(offer.terms, concession.terms, language)


def _needs_one(concession: Concession) -> bool:
    if concession.time_at is not None:
        return True  # a time was taken: whoever keeps it has to know
    ours = any(each["side"] == "us" and each.get("owner_task") for each in concession.commitments)
    wants = KINDS[concession.kind].has_task
    return (wants or concession.kind == CUSTOM) and not ours


def _due_on(concession: Concession) -> date | None:
    if concession.time_at is not None:
        return concession.time_at.date()
    by_on = concession.terms.get("by_on")
    return date.fromisoformat(by_on) if by_on else None
