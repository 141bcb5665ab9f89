"""What the lake and state hold around each leaving: for warnings, acts and attempts to be found in.

The lake is asked for many leavings at once, state as well. Nothing is judged here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tenure.customers.models import Account
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader
from tenure.messages.models import ARRIVED, MessageAbout, Purpose
from tenure.messages.open_signals import signal_digest
from tenure.reasons.inferring_seen import TALKS, Fact, Said, fact_of, said_of
from tenure.reasons.inferring_subjects import RELATION, Subject, as_relation
from tenure.reasons.models import LadderRung
from tenure.signals.models import Signal
from tenure.tasks.models import Task, TaskChange

LOOKS_ON_DAYS = 30  # after the decision: what is tried while they leave
LOOKS_BACK_DAYS = 150  # and before it: 180 in all, as `reason_subject` counts
OFFERED = (
    "Offers Chosen", "Offer Accepted", "Visit Abandoned", "Account Returned", "Commitment Made",
    "Commitment Kept", "Commitment Broken", "Save Lost",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Intent:
    """A sign of leaving in the product, on one day."""

    kind: str  # cancel_page | intent
    name: str
    person_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """One change of one task."""

    task: Task
    name: str
    at: datetime
    by: str
    outcome: str


@dataclass(slots=True)
class Around:
    """All that is known of one leaving. `subject.at` is the decision."""

    subject: Subject
    said: list[Said] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    use: dict[int, int] = field(default_factory=dict)  # events by weeks before the decision
    mrr: dict[str, int] = field(default_factory=dict)
    signals: list[Signal] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    told: list[datetime] = field(default_factory=list)  # one of us was told of a signal of it
    mailed: list[tuple[datetime, str]] = field(default_factory=list)  # to them: when, purpose
    rungs: list[LadderRung] = field(default_factory=list)

    @property
    def since(self) -> datetime:
        return self.subject.at - timedelta(days=LOOKS_BACK_DAYS)

    def known(self, *names: str, type: str = "") -> list[Said]:
        """Events of these names, or of a type, known before the decision."""
        until = self.subject.at
        return [
            each
            for each in self.said
            if (each.name in names or (type and each.type == type))
            and each.at < until
            and each.known_at < until
        ]

    @property
    def plan(self) -> str:
        """Of what was held last; empty where billing names none."""
        plans = [each.plan for each in self.facts if each.plan]
        return plans[-1] if plans else ""


def around(reader: Reader, subjects: Sequence[Subject]) -> list[Around]:
    """What was around each of these leavings, in their order."""
    found = [Around(each) for each in subjects]
    reader.register(RELATION, as_relation(list(subjects)))
    for row in reader.rows(load("tenure.reasons", "subject_mrr")):
        found[_place(row)].mrr[str(row["currency"])] = int(str(row["mrr_minor"]))
    for row in reader.rows(load("tenure.reasons", "review_use")):
        found[_place(row)].use[int(str(row["weeks_before"]))] = int(str(row["events"]))
    for row in reader.rows(load("tenure.reasons", "review_intent")):
        of = found[_place(row)]
        of.intents.append(
            Intent(str(row["kind"]), str(row["name"]), str(row["person_id"] or ""), row["at"])  # type: ignore[arg-type]
        )
    for row in reader.rows(load("tenure.reasons", "subject_fact")):
        found[_place(row)].facts.append(fact_of(row))
    later = [Subject(each.account_id, each.at + timedelta(days=LOOKS_ON_DAYS)) for each in subjects]
    reader.register(RELATION, as_relation(later))
    said = load("tenure.reasons", "subject_said")
    for row in reader.rows(said, names=[*TALKS, *OFFERED], is_known_then=False):
        if _is_of_review(row):
            found[_place(row)].said.append(said_of(row))
    _add_state(found)
    return found


def _place(row: Mapping[str, Any]) -> int:
    return int(row["subject"])


def _is_of_review(row: Mapping[str, Any]) -> bool:
    """A ticket, a talk, or something of the cancel flow; not what only inference looks at."""
    is_ours = row["type"] in ("track", "system", "offboard") and row["name"] in (*TALKS, *OFFERED)
    return row["type"] == "ticket" or is_ours


def _add_state(found: Sequence[Around]) -> None:
    """Signals, tasks, messages and rungs of these accounts, under every id that they ever had."""
    ids = {each.subject.account_id for each in found}
    behind = names_behind(ids)
    of_account: dict[str, list[Around]] = defaultdict(list)
    for each in found:
        of_account[each.subject.account_id].append(each)
    first = min((each.since for each in found), default=None)
    if first is None:
        return
    for signal in Signal.objects.filter(account_id__in=behind, happened_at__gte=first):
        for each in of_account[behind[signal.account_id]]:
            each.signals.append(signal)
    changes = TaskChange.objects.filter(task__account_id__in=behind, made_at__gte=first)
    for change in changes.select_related("task").order_by("made_at", "id"):
        outcome = str(change.properties.get("outcome") or "")
        done = Done(change.task, change.name, change.made_at, change.made_by, outcome)
        for each in of_account[behind[change.task.account_id]]:
            each.done.append(done)
    _add_messages(found, behind, of_account, first)
    rungs = LadderRung.objects.filter(verdict__account_id__in=behind, opened_at__gte=first)
    for rung in rungs.select_related("verdict").order_by("opened_at"):
        for each in of_account[behind[rung.verdict.account_id]]:
            each.rungs.append(rung)


def _add_messages(
    found: Sequence[Around],
    behind: Mapping[str, str],
    of_account: Mapping[str, list[Around]],
    first: datetime,
) -> None:
    """What was sent: to one of us about a signal, to them about what was agreed."""
    sent = MessageAbout.objects.filter(
        message__status__in=ARRIVED, message__ended_at__gte=first
    ).select_related("message")
    of_signal: dict[str, list[Around]] = defaultdict(list)
    for each in found:
        for signal in each.signals:
            of_signal[signal_digest(signal)].append(each)
    for one in sent.filter(kind="signal", subject_id__in=of_signal):
        for each in of_signal[one.subject_id]:
            each.told.append(one.message.ended_at)
    to_them = sent.filter(kind="account", subject_id__in=behind, message__purpose=Purpose.AGREED)
    for one in to_them:
        for each in of_account[behind[one.subject_id]]:
            each.mailed.append((one.message.ended_at, one.message.purpose))


def names_behind(account_ids: Iterable[str]) -> dict[str, str]:
    """Every id that leads to one of these accounts, and to which: each of them to itself, too."""
    canonical = set(account_ids)
    names = {each: each for each in canonical}
    merged = Account.objects.filter(merged_into__in=canonical)
    names.update(merged.values_list("account_id", "merged_into"))
    return names
