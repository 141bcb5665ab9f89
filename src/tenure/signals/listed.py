"""Which signals need somebody, and which are over?"""

from django.db.models import Q, QuerySet

from tenure.signals.models import Signal
from tenure.tasks.models import Status


def with_status(status: str) -> QuerySet[Signal]:
    """The signals that are open, closed by somebody, resolved by themselves, or all."""
    is_worked_on = Q(task=None) | Q(task__status=Status.OPEN)
    if status == "open":
        return Signal.objects.filter(is_worked_on, resolved_at=None)
    if status == "closed":
        return Signal.objects.exclude(is_worked_on).filter(resolved_at=None)
    return (
        Signal.objects.filter(resolved_at__isnull=False)
        if status == "resolved"
        else (Signal.objects.all())
    )
