"""Of somebody who is forgotten nothing stays: their words, their consent, what they learned."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tenure.content.lesson_file import PERSON
from tenure.content.models import Ask, ConsentWord, GoalReached, LessonProgress, Testimonial
from tenure.content.testimonials import OPERATOR, withdraw


@transaction.atomic
def forget_in_content(account_ids: Sequence[str], person_ids: Sequence[str], now: datetime) -> int:
    """How many rows went. Words go with whoever said them, also from mails that wait."""
    theirs = Q(account_id__in=account_ids) | Q(person_id__in=person_ids)
    said = Testimonial.objects.filter(theirs | Q(ask__in=Ask.objects.filter(theirs)))
    for each in said.distinct():
        if each.withdrawn_at is None and each.scope:
            withdraw(each, how=OPERATOR, by="forgotten", now=now)
    keys = list(said.values_list("pk", flat=True))
    removed = ConsentWord.objects.filter(testimonial_id__in=keys).delete()[0]
    removed += Ask.objects.filter(theirs).delete()[0]
    removed += Testimonial.objects.filter(pk__in=keys).delete()[0]
    removed += LessonProgress.objects.filter(theirs).delete()[0]
    reached = Q(account_id__in=account_ids) | Q(over=PERSON, subject_id__in=person_ids)
    removed += GoalReached.objects.filter(reached).delete()[0]
    for each in Testimonial.objects.exclude(kept_from=[]):
        kept = [name for name in each.kept_from if name not in account_ids]
        if kept != each.kept_from:
            Testimonial.objects.filter(pk=each.pk).update(kept_from=kept)
            removed += 1
    return removed
