"""The worker looks into the inbox every half second, and not more often while nothing waits."""

import time

import pytest
from django.conf import settings

from tenure.app.worker import TURN_S, Worker
from tenure.lake.inbox import open_inbox

pytestmark = pytest.mark.django_db(transaction=True)


class Looked:
    """In place of the process that catches up: when it was looked at, and the end after some."""

    def __init__(self, worker: Worker, times: int) -> None:
        self.worker, self.times = worker, times
        self.at: list[float] = []

    def look(self, *, has_news: bool) -> None:
        assert has_news is False
        self.at.append(time.monotonic())
        if len(self.at) == self.times:
            self.worker.stop()

    def stop(self) -> None:
        self.at.append(time.monotonic())


def test_a_quiet_worker_turns_twice_a_second_and_stops_at_once(home):
    worker = Worker(home, open_inbox(home, settings.DATABASE_URL))
    looked = Looked(worker, times=4)

    worker.run(looked)

    *turns, stopped = looked.at
    between = [later - earlier for earlier, later in zip(turns, turns[1:], strict=False)]
    # From the begin of one turn to that of the next; what a turn did before it looked may differ.
    assert sum(between) >= (len(between) - 1) * TURN_S
    assert TURN_S == 0.5
    assert stopped - turns[-1] < TURN_S
