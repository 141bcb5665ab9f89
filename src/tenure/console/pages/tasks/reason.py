"""Why a task is there, in sentences: the signal's evidence and next step, or who opened it."""

from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from tenure.messages.open_signals import evidence_of, people_names, people_of
from tenure.signals import sentences
from tenure.signals.models import Signal
from tenure.tasks.models import Task


@dataclass(frozen=True, slots=True)
class Reason:
    """`sentences` are what is known, `next_step` what to do about it, `message` the mail that was
    answered."""

    sentences: list[str] = field(default_factory=list)
    next_step: str = ""
    message: int | None = None


def reason_of(task: Task) -> Reason:
    """The reason in the language in force; of a signal that is gone, the task's own words."""
    if task.because.get("kind") == "signal":
        signal = Signal.objects.filter(key=task.because.get("key")).first()
        if signal is None:
            return Reason([_("The signal that opened this task is not there any more.")])
        names = people_names(people_of(signal))
        told = evidence_of(signal, names, settings.TENURE_HOME.company.time_zone)
        return Reason(told, sentences.next_sentence(signal))
    if task.because.get("text"):
        return Reason([str(task.because["text"])], message=task.because.get("message"))
    return Reason([_("%(name)s opened this task.") % {"name": task.created_by}])
