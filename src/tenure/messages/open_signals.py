"""Which signals are open and have not been told somebody yet, and how they are told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import attrgetter

from django.db.models import Q
from django.utils import translation

from tenure.base.ids import digest
from tenure.customers.models import Account, Person
from tenure.messages.models import MessageAbout, Recipient, Status
from tenure.messages.volume import stopped_title
from tenure.signals import sentences
from tenure.signals.models import Signal
from tenure.tasks.models import Status as TaskStatus
from tenure.tasks.models import Task

LOOK_BACK = timedelta(days=7)
AT_ONCE_WITHIN = timedelta(hours=1)
_URGENCY = {"now": 0, "soon": 1, "watch": 2}
_NOT_TOLD = [Status.SUPPRESSED, Status.FAILED]


@dataclass(frozen=True, slots=True)
class ToldSignal:
    """One signal in one language."""

    title: str
    urgency: str
    evidence: list[str]
    next_step: str
    owner: str


@dataclass(slots=True)
class AccountNews:
    """What is new of one account."""

    account_id: str
    name: str
    signals: list[ToldSignal] = field(default_factory=list)


def untold_signals(
    recipient: Recipient, now: datetime, today: date, *, at_once: bool = False
) -> list[Signal]:
    """Signals that need somebody and that no message has told this recipient, most urgent first.

    `at_once`: urgent ones of the last hour alone. What was withheld or refused counts as not told.
    """
    since = now - (AT_ONCE_WITHIN if at_once else LOOK_BACK)
    found = Signal.objects.filter(raised_at__gt=since, raised_at__lte=now, resolved_at=None)
    if at_once:
        found = found.filter(urgency="now")
    found = found.filter(Q(task=None) | Q(task__status=TaskStatus.OPEN))
    found = found.exclude(task__snoozed_until_on__gt=today)
    signals = list(found.select_related("task__owner"))
    if not signals:
        return []
    told = set(
        MessageAbout.objects.filter(
            kind="signal", message__to=recipient, message__intended_at__gte=since - LOOK_BACK
        )
        .exclude(message__status__in=_NOT_TOLD)
        .values_list("subject_id", flat=True)
    )
    fresh = [signal for signal in signals if signal_digest(signal) not in told]
    return sorted(fresh, key=lambda s: (_URGENCY.get(s.urgency, 9), s.raised_at, s.key))


def signal_digest(signal: Signal) -> str:
    """What stands for a signal in the ledger. Its key may name an account."""
    return digest("signal", signal.key)


def by_account(signals: Sequence[Signal], language: str, time_zone: str) -> list[AccountNews]:
    """The signals in words, those of one account together, in the order of the first of each."""
    names = account_names(signal.account_id for signal in signals)
    people = people_names(each for signal in signals for each in people_of(signal))
    news: dict[str, AccountNews] = {}
    with translation.override(language):
        for signal in signals:
            key = signal.account_id or ""
            group = news.setdefault(key, AccountNews(key, names.get(key, key)))
            owner = signal.task.owner if signal.task else None
            told = ToldSignal(
                title=str(sentences.title(signal)),
                urgency=signal.urgency,
                evidence=evidence_of(signal, people, time_zone),
                next_step=str(sentences.next_sentence(signal)),
                owner=owner.get_username() if owner else "",
            )
            group.signals.append(told)
    return list(news.values())


def evidence_of(signal: Signal, people: Mapping[str, str], time_zone: str) -> list[str]:
    """What shows a signal, in the language in force; what would read the same is said once."""
    told = sentences.evidence_sentences(
        signal, name_of=lambda each: people.get(each, each), time_zone=time_zone
    )
    return list(dict.fromkeys(told))


def about_of(signals: Iterable[Signal]) -> list[tuple[str, str]]:
    """What the ledger notes of a message that tells these."""
    about: list[tuple[str, str]] = []
    for signal in sorted(signals, key=attrgetter("key")):
        about.append(("signal", signal_digest(signal)))
        # Evidence may tell of another account: where somebody was before.
        named = [signal.account_id, *(each.get("account_id", "") for each in signal.evidence)]
        about += [("account", each) for each in dict.fromkeys(named) if each]
        about += [("person", each) for each in people_of(signal)]
    return about


def people_of(signal: Signal) -> list[str]:
    """Everybody whom a signal names: whom it is about, and those in its evidence."""
    ids = [signal.person_id]
    for each in signal.evidence:
        ids += [each.get("person_id", ""), *each.get("people", [])]
    return [each for each in dict.fromkeys(ids) if each]


def people_names(person_ids: Iterable[str]) -> dict[str, str]:
    """What to call each person: their name, else their address, else their id."""
    wanted = {each for each in person_ids if each}
    rows = Person.objects.filter(person_id__in=wanted).values_list("person_id", "name", "email")
    return {each: each for each in wanted} | {key: name or mail or key for key, name, mail in rows}


def account_names(account_ids: Iterable[str | None]) -> dict[str, str]:
    """Each account's name, or its id while it has none."""
    wanted = {each for each in account_ids if each}
    rows = Account.objects.filter(account_id__in=wanted).values_list("account_id", "name")
    return {each: each for each in wanted} | {key: name or key for key, name in rows}


def titles_of(tasks: Sequence[Task]) -> dict[int, str]:
    """Each task's title, of those that Tenure itself opened in the language in force."""
    keys = {
        task.because["key"]: task.pk
        for task in tasks
        if task.because.get("kind") == "signal" and task.because.get("key")
    }
    said = {
        keys[signal.key]: str(sentences.title(signal))
        for signal in Signal.objects.filter(key__in=keys)
    }
    stopped = [task for task in tasks if task.because.get("kind") == "stopped_step"]
    said |= {
        task.pk: stopped_title(*(task.because[name] for name in ("play", "step", "most")))
        for task in stopped
    }
    return {task.pk: said.get(task.pk) or task.title for task in tasks}
