"""What cards said in the mornings of the past, one morning after the other: for replay.

A morning follows from the one before it (`lake.successive`). What is asked of every morning is read
ahead, on as many cores as there are, each taking its turn of the mornings; what is asked now and
then is read when it is asked. Only the morning at hand is kept.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from datetime import date, datetime
from queue import Empty, Full, Queue
from threading import Event

from tenure.base.home import Home
from tenure.kit.wide_relation import Column
from tenure.lake.asked import asked_for
from tenure.lake.given import Given
from tenure.lake.reading import derived_relations, sql_packages
from tenure.lake.successive import Successive, successive

LANES = min(2, os.cpu_count() or 1)
WORTH_DAYS = 56  # fewer are read no sooner by two, because each begins with a state from nothing
AHEAD = 4  # mornings that a lane may be ahead
POLL_S = 0.1

Row = tuple[object, ...]
Morning = dict[str, dict[str, Row]]  # by relation, then by id


class Mornings:
    """The values of `columns`, by the ids that `relation` (`account_known`) lists.

    `instant_of` says when the morning of a day begins. `every` are the columns that will be asked
    of each of `days`, which are read ahead; others may be asked of any day, best in order.
    """

    def __init__(
        self,
        home: Home,
        over: str,
        columns: Mapping[str, Column],
        instant_of: Callable[[date], datetime],
    ) -> None:
        self._home, self._known, self._key = home, f"{over}_known", f"{over}_id"
        self._columns, self._instant_of = columns, instant_of
        self._topics: defaultdict[str, list[str]] = defaultdict(list)
        for name, column in columns.items():
            if column.sql:
                self._topics[column.sql].append(name)
        self._places = {
            name: (topic, place)
            for topic, names in self._topics.items()
            for place, name in enumerate(names)
        }
        self._given: Given | None = None
        self._day: date | None = None
        self._morning: Morning = {}
        self._stack = ExitStack()
        self._past: Successive | None = None
        self._read_to: date | None = None
        self._ahead: Iterator[tuple[date, Morning]] | None = None
        self._ahead_of: list[date] = []
        self._every: tuple[str, ...] = ()

    def read_ahead(self, every: Sequence[str], days: Sequence[date]) -> None:
        """Say that these columns, and who is known, will be asked of each of these days."""
        if len(days) >= WORTH_DAYS and LANES > 1:
            topics = {self._places[name][0] for name in every if name in self._places}
            # What these are made from costs no more to read than to make.
            wanted = {name: self._columns_of(name) for name in (self._known, *topics)}
            made = asked_for(wanted, derived_relations(sql_packages(None)), self._rows_given())
            self._every = (self._known, *sorted(topics | (self._topics.keys() & made.keys())))
            self._ahead_of = list(days)

    def known(self, day: date) -> Mapping[str, Row]:
        """Who had a card that morning, by id."""
        return self._relation(self._known, day)

    def value(self, name: str, subject_id: str, day: date) -> object:
        """One column of somebody that morning, its default where there is nothing."""
        topic, place = self._places[name]
        row = self._relation(topic, day).get(subject_id)
        value = None if row is None else row[place]
        return self._columns[name].default if value is None else value

    def close(self) -> None:
        """Let go of the lake, and of whoever reads ahead."""
        if self._ahead is not None:
            self._ahead.close()  # type: ignore[attr-defined]  # a generator
        self._stack.close()
        self._past = self._ahead = None

    def _relation(self, name: str, day: date) -> dict[str, Row]:
        if day != self._day:
            self._day, self._morning = day, {}
        if name not in self._morning:
            if name in self._every and self._ahead_of and day >= self._ahead_of[0]:
                self._morning |= self._read_ahead_until(day)
            if name not in self._morning:
                self._morning[name] = self._read_now(name, day)
        return self._morning[name]

    def _read_ahead_until(self, day: date) -> Morning:
        if self._ahead is None:
            self._rows_given()  # before there are lanes
            days = [each for each in self._ahead_of if each >= day]
            self._ahead = _in_turns(self._lane, days)
        while self._ahead_of and self._ahead_of[0] <= day:
            self._ahead_of.pop(0)
        for found, morning in self._ahead:
            if found == day:
                return morning
        return {}

    def _read_now(self, name: str, day: date) -> dict[str, Row]:
        if self._past is None or (self._read_to is not None and day < self._read_to):
            self._stack.close()
            opened = self._successive([self._known, *self._topics])
            self._past = self._stack.enter_context(opened)
        self._read_to = day
        self._past.bring_to(self._instant_of(day))
        return self._rows(self._past, name)

    def _lane(self, days: Sequence[date], take: Callable[[date, Morning], bool]) -> None:
        """Read these days, in order, as long as they are taken."""
        with self._successive(self._every) as past:
            for day in days:
                past.bring_to(self._instant_of(day))
                if not take(day, {name: self._rows(past, name) for name in self._every}):
                    return

    def _successive(self, names: Iterable[str]) -> AbstractContextManager[Successive]:
        wanted = {name: self._columns_of(name) for name in names}
        return successive(self._home, wanted, given=self._rows_given())

    def _columns_of(self, name: str) -> list[str]:
        return [self._key, *self._topics.get(name, ())]

    def _rows(self, past: Successive, name: str) -> dict[str, Row]:
        rows = past.rows(name, self._columns_of(name))
        return {row[0]: row[1:] for row in rows}

    def _rows_given(self) -> Given:
        """What the installation gives, read once: lanes have no connection to the database."""
        if self._given is None:
            given = Given(self._home)
            self._given = Given(self._home, {name: given.rows(name) for name in given.names()})
        return self._given


Take = Callable[[date, Morning], bool]


def _in_turns(
    lane: Callable[[Sequence[date], Take], None], days: Sequence[date]
) -> Iterator[tuple[date, Morning]]:
    """Days and their mornings in order, each read by the lane whose turn it is."""
    queues: list[Queue[tuple[date, Morning]]] = [Queue(AHEAD) for _ in range(LANES)]
    stopped = Event()

    def taking(queue: Queue[tuple[date, Morning]]) -> Take:
        def take(day: date, morning: Morning) -> bool:
            while not stopped.is_set():
                try:
                    queue.put((day, morning), timeout=POLL_S)
                except Full:
                    continue
                return True
            return False

        return take

    with ThreadPoolExecutor(LANES) as pool:
        work = [
            pool.submit(lane, days[place::LANES], taking(queue))
            for place, queue in enumerate(queues)
        ]
        try:
            for place, _ in enumerate(days):
                yield _taken(queues[place % LANES], work[place % LANES])
        finally:
            stopped.set()


def _taken(queue: Queue[tuple[date, Morning]], work: Future[None]) -> tuple[date, Morning]:
    """The next of a lane. Raises what ended it."""
    while True:
        try:
            return queue.get(timeout=POLL_S)
        except Empty:
            if work.done() and queue.empty():
                work.result()
                raise RuntimeError("a lane ended before its last day") from None
