"""Who has entered and left each segment since the last look? Kept in state, and told as events.

    follow_segments(home, now)          # after the cards

State is written first, chunk by chunk, and every row says whether its event has been told; what
is not told is recorded afterwards, under ids made from the row. A kill anywhere leaves rows
untold, or told twice under one id, which shipping drops.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError

from tenure.base.errors import BadDefinition, LeaseHeld
from tenure.base.home import Home
from tenure.base.ids import digest as digest_of
from tenure.customers.chunks import write_in_chunks
from tenure.customers.upsert import Write, insert, update
from tenure.lake.manifest import Manifest, read_manifest
from tenure.lake.reading import Reader, derived_relations, reading, sql_packages
from tenure.lake.snapshot import derived_table
from tenure.segments.as_sql import reads_of
from tenure.segments.asking import members
from tenure.segments.condition import Condition
from tenure.segments.definition import Segment, segments
from tenure.segments.known import vocabulary_of
from tenure.segments.models import SegmentFollowed, SegmentMember
from tenure.segments.telling import tell
from tenure.segments.vocabulary import OVER

log = logging.getLogger("tenure.segments")
CHANGE, DEFINITION, START = "change", "definition", "start"


@dataclass(frozen=True, slots=True)
class SegmentsFollowed:
    """How many segments were evaluated, the others having no news, and who came and went."""

    evaluated: int
    entered: int
    left: int


def follow_segments(home: Home, now: datetime) -> SegmentsFollowed:
    """What changed in all segments, now in state and recorded as events.

    A segment that cannot be evaluated any more keeps its members, and says why. Raises LeaseHeld
    when another process follows segments at the same moment.
    """
    manifest = read_manifest(home)
    if manifest is None:
        return SegmentsFollowed(0, 0, 0)
    following = Following(manifest, now)
    in_force = segments()
    try:
        following.evaluate(home, in_force)
        following.withdraw({segment.name for segment in in_force})
    except IntegrityError:
        raise LeaseHeld("segments are being followed by another process; try again") from None
    tell(home, settings.DATABASE_URL, now)
    return SegmentsFollowed(following.evaluated, following.entered, following.left)


class Following:
    """One pass over all segments, on one published state."""

    def __init__(self, manifest: Manifest, now: datetime) -> None:
        self.manifest, self.now = manifest, now
        self.known = {over: vocabulary_of(over) for over in OVER}
        self.held = {each.segment: each for each in SegmentFollowed.objects.all()}
        self.evaluated = self.entered = self.left = 0

    def evaluate(self, home: Home, in_force: Sequence[Segment]) -> None:
        """Bring every segment up to date whose inputs have changed."""
        waiting = []
        for segment in in_force:
            try:
                condition = segment.condition(self.known[segment.over])
            except BadDefinition as error:
                self._keep_problem(segment, error.message)
                continue
            inputs = self._inputs(segment, condition)
            before = self.held.get(segment.name)
            if before is None or before.inputs != inputs:
                waiting.append((segment, condition, inputs))
        if waiting:
            with reading(home) as reader:
                for each in waiting:
                    self._follow(reader, *each)

    def withdraw(self, names: set[str]) -> None:
        """Nobody is in a segment that is no more in force."""
        for name in self.held.keys() - names:
            digest = self.held[name].digest
            self._leave(name, _members_now(name), DEFINITION, digest)
            SegmentFollowed.objects.filter(segment=name).delete()

    def _follow(self, reader: Reader, segment: Segment, condition: Condition, inputs: str) -> None:
        fulfil = set(members(reader, condition)["subject_id"].to_pylist())
        are_in = _members_now(segment.name)
        because = self._because(segment)
        self._leave(segment.name, are_in - fulfil, because, segment.digest)
        self._enter(segment, fulfil - are_in, because)
        self.evaluated += 1
        _keep(segment, inputs, len(fulfil), self.now, "")

    def _because(self, segment: Segment) -> str:
        before = self.held.get(segment.name)
        if before is not None:
            return CHANGE if before.digest == segment.digest else DEFINITION
        # Nobody enters what has always been there: it is only that Tenure begins to look.
        return START if segment.is_built_in else DEFINITION

    def _inputs(self, segment: Segment, condition: Condition) -> str:
        """All that the answer depends on: the definition, the day, and what it reads."""
        relations = derived_relations(sql_packages(None))
        versions = []
        for name in reads_of(condition):
            sql = relations.get(name)
            table = derived_table(sql) if sql else name
            # What is not stored may change with anything.
            versions.append(str(self.manifest.versions.get(table, f"#{self.manifest.number}")))
        return digest_of(segment.digest, str(self.manifest.today), *versions)

    def _enter(self, segment: Segment, subject_ids: set[str], because: str) -> None:
        rows = [
            SegmentMember(
                segment=segment.name,
                over=segment.over,
                subject_id=subject_id,
                entered_at=self.now,
                entered_because=because,
                entered_digest=segment.digest,
                is_entry_told=because == START,
            )
            for subject_id in sorted(subject_ids)
        ]
        write_in_chunks(rows, lambda chunk: insert(SegmentMember, chunk))
        self.entered += len(rows)

    def _leave(self, name: str, subject_ids: set[str], because: str, digest: str) -> None:
        def prepare(chunk: Sequence[str]) -> Write:
            rows = list(
                SegmentMember.objects.filter(segment=name, left_at=None, subject_id__in=chunk)
            )
            for row in rows:
                row.left_at, row.left_because, row.left_digest = self.now, because, digest
            return update(SegmentMember, rows, ["left_at", "left_because", "left_digest"])

        write_in_chunks(sorted(subject_ids), prepare)
        self.left += len(subject_ids)

    def _keep_problem(self, segment: Segment, problem: str) -> None:
        before = self.held.get(segment.name)
        if before is None or before.problem != problem:
            log.warning("segment %s: %s", segment.name, problem)
            # The inputs are left open: what is mended is evaluated again.
            _keep(segment, "", before.members if before else 0, self.now, problem)


def _members_now(name: str) -> set[str]:
    now_in = SegmentMember.objects.filter(segment=name, left_at=None)
    return set(now_in.values_list("subject_id", flat=True))


def _keep(segment: Segment, inputs: str, count: int, now: datetime, problem: str) -> None:
    SegmentFollowed.objects.update_or_create(
        segment=segment.name,
        defaults={
            "digest": segment.digest,
            "inputs": inputs,
            "members": count,
            "followed_at": now,
            "problem": problem,
        },
    )
