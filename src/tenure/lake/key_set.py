"""Which rows are in the lake already, for ever: digests of (table, source, message id).

    keys/<table>/index.json       the runs that count, written anew and renamed at each change
    keys/<table>/batch-<n>.run    the digests of one batch; counts once the lake holds the batch
    keys/<table>/merged-<n>.run   several runs made one

A run is n high halves in ascending order, then their n low halves, as little-endian 64-bit
integers, read through a memory map. Looking up 30,000 ids among 20 million takes 0.02 s so, where
a DuckDB anti-join over Parquet takes 0.22 s and an SQLite table a second. Four runs of one size
become one of the next, so that there are never more than some twenty.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tenure.lake.durable import Fsync, fsync_path, replace_file

INDEX = "index.json"
RUNS_PER_LEVEL = 4
SMALLEST_LEVEL = 4096  # digests
CHUNK = 1_000_000  # digests held in memory while merging


def digests_of(table: str, sources: Sequence[str], message_ids: Sequence[str]) -> np.ndarray:
    """One row (high, low) of 64-bit halves per message; equals `base.ids.digest` of the three."""
    prefixes = {source: _framed(table) + _framed(source) for source in set(sources)}
    blake2b = hashlib.blake2b
    joined = b"".join(
        [
            blake2b(
                prefixes[source] + len(raw := each.encode()).to_bytes(4, "big") + raw,
                digest_size=16,
            ).digest()
            for source, each in zip(sources, message_ids, strict=True)
        ]
    )
    return np.frombuffer(joined, dtype="<u8").reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Run:
    """Sorted digests in a file."""

    file: str
    high: np.ndarray
    low: np.ndarray

    @classmethod
    def load(cls, path: Path) -> "Run":
        halves = np.memmap(path, dtype="<u8", mode="r")
        count = len(halves) // 2
        return cls(path.name, halves[:count], halves[count:])

    def __len__(self) -> int:
        return len(self.high)

    def holds(self, high: np.ndarray, low: np.ndarray) -> np.ndarray:
        """For each digest, in ascending order of `high`, whether it is in the run."""
        at = np.minimum(np.searchsorted(self.high, high), len(self) - 1)
        same_high = self.high[at] == high
        found = same_high & (self.low[at] == low)
        # Two digests that share 64 bits: about one pair among six thousand million ids.
        for i in np.flatnonzero(same_high & ~found):
            stop = np.searchsorted(self.high, high[i], side="right")
            found[i] = low[i] in self.low[at[i] : stop]
        return found


class KeySet:
    """The permanent key set of one table. Only the holder of the lake-writer lease opens it."""

    def __init__(self, folder: Path, *, fsync: Fsync = os.fsync) -> None:
        self._folder = folder
        self._fsync = fsync
        self._runs: list[Run] = []
        self._merged = 0

    @classmethod
    def load(cls, folder: Path, *, committed: int, fsync: Fsync = os.fsync) -> "KeySet | None":
        """The runs of batches up to `committed`, the newest batch that the table holds.

        A run above it is void and deleted: its batch will come again. None when the set is missing
        or does not fit its index, and must be made anew from the table.
        """
        keys = cls(folder, fsync=fsync)
        try:
            index = json.loads((folder / INDEX).read_text("utf-8"))
            keys._runs = [Run.load(folder / each["file"]) for each in index["runs"] if each["keys"]]
            keys._merged = index["merged"]
            if [len(run) for run in keys._runs] != [each["keys"] for each in index["runs"]]:
                return None
        except (FileNotFoundError, ValueError, KeyError):
            return None
        indexed = {run.file for run in keys._runs}
        for path in sorted(folder.glob("*.run")):
            if path.name in indexed:
                continue
            batch = _batch_of(path)
            if batch is not None and batch <= committed:
                keys.adopt(batch)
            else:
                path.unlink()
        return keys

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs)

    def start(self) -> None:
        """Make the set empty, in place of whatever the folder holds."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.glob("*.run"):
            path.unlink()
        self._publish([])
        fsync_path(self._folder.parent, self._fsync)

    def unseen(self, digests: np.ndarray) -> np.ndarray:
        """True for the first of each digest that no run holds, in the order of `digests`."""
        if not len(digests):
            return np.zeros(0, dtype=bool)
        order = np.lexsort((digests[:, 1], digests[:, 0]))
        high, low = np.ascontiguousarray(digests[order, 0]), digests[order, 1]
        fresh = np.ones(len(order), dtype=bool)
        # The sort is stable, so the first of equal ones is the first that arrived.
        fresh[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
        for run in self._runs:
            fresh &= ~run.holds(high, low)
        mask = np.empty(len(order), dtype=bool)
        mask[order] = fresh
        return mask

    def write_run(self, batch: int, digests: np.ndarray) -> None:
        """Put the digests of a batch on disk. They count after `adopt`."""
        order = np.lexsort((digests[:, 1], digests[:, 0]))
        self._write(f"batch-{batch:012}.run", [digests[order]], len(order))

    def adopt(self, batch: int) -> None:
        """Make the run of a batch count: call it when the lake holds the batch."""
        path = self._folder / f"batch-{batch:012}.run"
        self._publish([*self._runs, Run.load(path)])
        while (small := self._mergeable()) is not None:
            self._merge(small)

    def add(self, digests: np.ndarray) -> None:
        """Add digests of rows that are in the lake already, as when the set is made anew."""
        self._merged += 1
        name = f"merged-{self._merged:012}.run"
        order = np.lexsort((digests[:, 1], digests[:, 0]))
        self._write(name, [digests[order]], len(order))
        self._publish([*self._runs, Run.load(self._folder / name)])
        while (small := self._mergeable()) is not None:
            self._merge(small)

    def remove(self, digests: np.ndarray) -> int:
        """How many of `digests` the set held; it holds none of them any more."""
        order = np.lexsort((digests[:, 1], digests[:, 0]))
        unwanted = Run("", np.ascontiguousarray(digests[order, 0]), digests[order, 1])
        removed = 0
        kept: list[Run] = []
        for run in self._runs:
            stays = ~_holds_in_chunks(unwanted, run)
            gone = len(run) - int(stays.sum())
            removed += gone
            if not gone:
                kept.append(run)
            elif gone < len(run):
                self._merged += 1
                name = f"merged-{self._merged:012}.run"
                self._write(name, _picked(run, stays), len(run) - gone)
                kept.append(Run.load(self._folder / name))
        if removed:
            self._publish(kept)
        return removed

    def _mergeable(self) -> list[Run] | None:
        """Runs of one size, when there are enough of them."""
        levels: dict[int, list[Run]] = {}
        for run in self._runs:
            level = levels.setdefault(_level(len(run)), [])
            level.append(run)
            if len(level) == RUNS_PER_LEVEL:
                return level
        return None

    def _merge(self, runs: list[Run]) -> None:
        self._merged += 1
        name = f"merged-{self._merged:012}.run"
        self._write(name, _merged(runs), sum(len(run) for run in runs))
        gone = {run.file for run in runs}
        stay = [run for run in self._runs if run.file not in gone]
        self._publish([*stay, Run.load(self._folder / name)])

    def _write(self, name: str, parts: Sequence[np.ndarray] | Iterator[np.ndarray], n: int) -> None:
        """A run of `n` digests that come in ascending order, in parts."""
        path = self._folder / name
        with path.open("wb") as file:
            done = 0
            for part in parts:
                file.seek(8 * done)
                file.write(np.ascontiguousarray(part[:, 0]).data)
                file.seek(8 * (n + done))
                file.write(np.ascontiguousarray(part[:, 1]).data)
                done += len(part)
            assert done == n, f"{name}: {done} digests came, and {n} were announced"
            file.flush()
            self._fsync(file.fileno())
        fsync_path(self._folder, self._fsync)

    def _publish(self, runs: list[Run]) -> None:
        """Let exactly these runs count; a file that no longer does is deleted after that."""
        index = {
            "merged": self._merged,
            "runs": [{"file": run.file, "keys": len(run)} for run in runs],
        }
        replace_file(self._folder / INDEX, json.dumps(index), self._fsync)
        stay = {run.file for run in runs}
        for run in self._runs:
            if run.file not in stay:
                (self._folder / run.file).unlink(missing_ok=True)
        self._runs = runs


def _framed(part: str) -> bytes:
    return len(raw := part.encode()).to_bytes(4, "big") + raw


def _batch_of(path: Path) -> int | None:
    kind, _, number = path.stem.partition("-")
    return int(number) if kind == "batch" and number.isdigit() else None


def _level(keys: int) -> int:
    """0 below 16,384 digests, and one more for every factor of four."""
    return max(0, (max(keys, SMALLEST_LEVEL) // SMALLEST_LEVEL).bit_length() - 1) // 2


def _merged(runs: list[Run]) -> Iterator[np.ndarray]:
    """All digests of `runs` in ascending order, about `CHUNK` at a time."""
    largest = max(runs, key=len)
    step = max(1, CHUNK // len(runs))
    # Equal high halves must not be torn apart, so a pivot belongs to the part that it opens.
    pivots = [largest.high[i] for i in range(step, len(largest), step)]
    starts = [0] * len(runs)
    for pivot in [*pivots, None]:
        stops = [
            len(run) if pivot is None else int(np.searchsorted(run.high, pivot)) for run in runs
        ]
        part = np.concatenate(
            [
                np.column_stack((run.high[start:stop], run.low[start:stop]))
                for run, start, stop in zip(runs, starts, stops, strict=True)
            ]
        )
        yield part[np.lexsort((part[:, 1], part[:, 0]))]
        starts = stops


def _holds_in_chunks(unwanted: Run, run: Run) -> np.ndarray:
    if not len(unwanted):
        return np.zeros(len(run), dtype=bool)
    return np.concatenate(
        [
            unwanted.holds(run.high[start : start + CHUNK], run.low[start : start + CHUNK])
            for start in range(0, len(run), CHUNK)
        ]
    )


def _picked(run: Run, stays: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(run), CHUNK):
        span = slice(start, start + CHUNK)
        picked = stays[span]
        yield np.column_stack((run.high[span][picked], run.low[span][picked]))
