"""The programs that tests start: `prepare ADDRESS...`, `send PORT STAGE DAY`, `send-by-threads PORT`
and `intend-by-threads KEY`, on the state that the environment names.

A sender says `here` when it has come to its stage, and waits there to be killed: `claimed`,
`begun` (written down, no socket yet), `handed over` (the server holds it, no answer yet),
`answered` (not written down yet), or `nowhere`.
"""

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import django

django.setup()

from django.db import connection  # noqa: E402
from message_worlds import NOON, intended, settings_of  # noqa: E402

from tenure.messages import ledger  # noqa: E402
from tenure.messages.answers import Answer  # noqa: E402
from tenure.messages.models import Message  # noqa: E402
from tenure.messages.sending import send_due  # noqa: E402
from tenure.messages.smtp import Smtp  # noqa: E402


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def stop_here() -> None:
    say("here")
    time.sleep(60)


class Stalling(Smtp):
    """An SMTP transport that waits to be killed at its stage, at the third message."""

    def __init__(self, port: int, stage: str) -> None:
        super().__init__(settings_of(port, timeout_s=20), lambda: NOON)
        self.stage, self.sends = stage, 0

    def send(self, message: Message) -> Answer:
        self.sends += 1
        is_it = self.sends == 3
        if is_it and self.stage == "begun":
            stop_here()
        if is_it and self.stage == "handed over":
            say("here")
        answer = super().send(message)
        if is_it and self.stage == "answered":
            stop_here()
        return answer


def send(port: int, stage: str, day: int) -> None:
    now = NOON + timedelta(days=day)
    if stage == "claimed":
        ledger.claim(["mail"], 20, now)
        stop_here()
    say("ready")
    send_due(now, {"mail": Stalling(port, stage)}, max_seconds=60)
    say("done")


def by_threads(count: int, act: Callable[[], object]) -> None:
    """Run it in so many threads that begin together; the first error ends the program."""
    barrier = threading.Barrier(count)

    def run(_: int) -> None:
        barrier.wait()
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(run, range(count)))


def prepare(addresses: list[str]) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for address in addresses:
        intended(address)


if __name__ == "__main__":
    role, *words = sys.argv[1:]
    if role == "prepare":
        prepare(words)
    elif role == "send-by-threads":
        by_threads(4, lambda: send(int(words[0]), "nowhere", 0))
    elif role == "intend-by-threads":
        by_threads(6, lambda: intended("ann@example.org", key=words[0]))
    else:
        send(int(words[0]), words[1], int(words[2]))
