"""The programs that tests start: `prepare ADDRESS...`, `send PORT STAGE DAY`, `send-by-threads PORT`,
`intend-by-threads KEY` and `tell-by-threads`, on the state that the environment names.

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


def tell_by_threads() -> None:
    """Somebody with an urgent signal, a task that is due, and a wish for a sign-in link."""
    from django.conf import settings
    from django.contrib.auth import get_user_model

    from tenure.console.sign_in_mail import intend_sign_in_mails
    from tenure.messages.digests import intend_digests
    from tenure.messages.recipients import recipient_of
    from tenure.messages.reminders import intend_reminders
    from tenure.messages.sign_in_asked import ask_for_link
    from tenure.signals.models import Signal
    from tenure.tasks.work import open_task

    ann = get_user_model().objects.create_user("ann", email="ann@example.org")
    recipient = recipient_of(ann)
    recipient.wants_at_once = True
    recipient.save()
    for key, urgency, hours in (("urgent", "now", 0.1), ("other", "soon", 5)):
        at = NOON - timedelta(hours=hours)
        Signal.objects.create(
            key=key, kind="payment_trouble", account_id="acme", happened_at=at, raised_at=at,
            last_evidence_at=at, urgency=urgency, next_step="help_to_pay",
        )  # fmt: skip
    because = {"kind": "person"}
    open_task(title="x", because=because, owner=ann, due_on=NOON.date(), now=NOON, by="ann")
    ask_for_link("ann@example.org", "here", "en", NOON)
    home = settings.TENURE_HOME

    def act() -> None:
        intend_digests(home, NOON)
        intend_reminders(home, NOON)
        intend_sign_in_mails(home, NOON)

    by_threads(6, act)


def prepare(addresses: list[str]) -> None:
    for address in addresses:
        intended(address)


if __name__ == "__main__":
    role, *words = sys.argv[1:]
    if role == "prepare":
        prepare(words)
    elif role == "send-by-threads":
        by_threads(4, lambda: send(int(words[0]), "nowhere", 0))
    elif role == "tell-by-threads":
        tell_by_threads()
    elif role == "intend-by-threads":
        by_threads(6, lambda: intended("ann@example.org", key=words[0]))
    else:
        send(int(words[0]), words[1], int(words[2]))
