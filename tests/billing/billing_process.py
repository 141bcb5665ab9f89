"""The programs that tests start: `prepare COUNT`, `work URL STAGE MINUTES`, `accept URL`, and
`work-by-threads URL`, on the state that the environment names.

A worker says `here` when it has come to its stage, and waits there to be killed: `begun` (written
down, no socket yet), `answered` (not written down yet), `reading` (done, and about to be read
back), or `nowhere`.
"""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import django

django.setup()

from billing_worlds import KEY, NOON, asked  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from tenure.billing.changes import carry_out, carry_out_due  # noqa: E402
from tenure.billing.system import Answer, Change, Terms  # noqa: E402
from tenure.billing.webhook import WebhookBilling  # noqa: E402


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def stop_here() -> None:
    say("here")
    time.sleep(60)


class Stalling:
    """A webhook that waits to be killed at its stage, at the second change."""

    def __init__(self, inner: WebhookBilling, stage: str) -> None:
        self.inner, self.stage, self.count = inner, stage, 0
        self.name, self.can = inner.name, inner.can
        self.settles_within_s = inner.settles_within_s
        self.gives_up_after_s = inner.gives_up_after_s

    def perform(self, change: Change, within_s: float = 10.0) -> Answer:
        self.count += 1
        is_it = self.count == 2
        if is_it and self.stage == "begun":
            stop_here()
        if is_it and self.stage == "held":
            say("here")
        answer = self.inner.perform(change, within_s)
        if is_it and self.stage == "answered":
            stop_here()
        return answer

    def read_back(self, account: str, subscription: str, within_s: float = 10.0) -> Terms | None:
        if self.count == 2 and self.stage == "reading":
            stop_here()
        return self.inner.read_back(account, subscription, within_s)

    def ping(self, within_s: float = 10.0) -> Answer:
        return self.inner.ping(within_s)


def work(url: str, stage: str, minutes: int) -> None:
    now = NOON + timedelta(minutes=minutes)
    system = Stalling(WebhookBilling(url=url, keys=[KEY], clock=lambda: now), stage)
    say("ready")
    carry_out_due(settings.TENURE_HOME, now, system=system, max_seconds=60)
    say("done")


def prepare(count: int) -> None:
    for n in range(count):
        kind = ("pause", "discount", "cancel_at_period_end")[n % 3]
        asked(kind, key=f"k{n}", subscription_id=f"sub_{n}")


def by_threads(count: int, url: str) -> None:
    """So many workers at once; the first error ends the program."""
    barrier = threading.Barrier(count)

    def run(_: int) -> None:
        barrier.wait()
        try:
            work(url, "nowhere", 0)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(run, range(count)))


def accept_by_threads(url: str) -> None:
    """Six pages that take the same decision, and carry it out, at once."""
    barrier = threading.Barrier(6)
    system = WebhookBilling(url=url, keys=[KEY], clock=lambda: NOON)

    def run(_: int) -> None:
        barrier.wait()
        try:
            with transaction.atomic():
                change = asked("refund", key="one", values={"amount_minor": 5, "currency": "EUR"})
            carry_out(change, system, NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, range(6)))


if __name__ == "__main__":
    role, *words = sys.argv[1:]
    if role == "prepare":
        prepare(int(words[0]))
    elif role == "work-by-threads":
        by_threads(4, words[0])
    elif role == "accept-by-threads":
        accept_by_threads(words[0])
    else:
        work(words[0], words[1], int(words[2]))
