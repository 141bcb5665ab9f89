"""How many mails a second are rendered and written into the ledger, and sent to a loopback sink?"""

import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from tenure.base.clock import system_clock
from tenure.bench.alone import measured_alone
from tenure.bench.processes import seconds_of
from tenure.bench.rows import Row

WRITE_FLOOR = 1_500
SEND_FLOOR = 200  # the budget names none; one sender with every step on disk
PER_TRANSACTION = 200
SENDER = "Tenure <tenure@example.com>"


def measure_messages(root: Path, *, mails: int) -> list[Row]:
    """Two rows, each beside what the same machine does without a ledger, in one process."""
    seconds = measured_alone(root, __name__, mails)
    return [
        Row(
            f"render and ledger mail, on one core: {mails:,} reminders of 3 tasks",
            mails / seconds["write"],
            "mails/s",
            WRITE_FLOOR,
            mails / seconds["mime"],
            "building MIME alone",
        ),
        Row(
            "send them: each step on disk, one connection",
            mails / seconds["send"],
            "mails/s",
            SEND_FLOOR,
            mails / seconds["bare send"],
            "smtplib handing over the same bytes",
        ),
    ]


def measure(mails: int) -> dict[str, float]:
    """Seconds for each of: write, mime, send, bare send. Needs Django set up, and a home.

    The first two are seconds of one core, as the budget names them; the others are by the clock.
    """
    from tenure.messages.mime import mail_bytes
    from tenure.messages.models import Message

    _write_all(PER_TRANSACTION, "warm")
    Message.objects.all().delete()
    seconds = {"write": _core_seconds(lambda: _write_all(mails, "bench"))}
    messages = list(Message.objects.order_by("id"))
    now, built = system_clock(), []
    seconds["mime"] = _core_seconds(
        lambda: built.extend(mail_bytes(message, SENDER, "", now) for message in messages)
    )
    with _sink() as port:
        seconds["bare send"] = seconds_of(lambda: _hand_over(port, built))
        seconds["send"] = seconds_of(lambda: _send_all(port, mails))
    return seconds


def _write_all(mails: int, name: str) -> None:
    from django.db import transaction

    from tenure.messages.ledger import intend_all, new_message
    from tenure.messages.models import Channel, Purpose
    from tenure.messages.writing import write

    now, batch = system_clock(), []
    for number in range(mails):
        mail = write("reminder", f"3 tasks due today, {number}", _context(number), "en")
        message = new_message(
            key=f"{name}:{number}",
            purpose=Purpose.REMINDER,
            channel=Channel.MAIL,
            recipient=f"person-{number}@example.org",
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            now=now,
        )
        batch.append((message, [("account", f"acc_{number}")]))
        if len(batch) == PER_TRANSACTION or number == mails - 1:
            with transaction.atomic():
                intend_all(batch)
            batch = []


def _context(number: int) -> dict[str, object]:
    from tenure.messages.reminders import due_words

    tasks = [
        {
            "title": f"Call account {number} about its renewal, part {part}",
            "url": f"https://tenure.example.com/tasks/{number}{part}",
            "account": f"Account {number}",
            "due": due_words(date(2025, 3, 10 + part), date(2025, 3, 12)),
        }
        for part in range(3)
    ]
    return {
        "tasks": tasks,
        "more": 0,
        "action_url": "https://tenure.example.com/tasks",
        "preferences_url": "https://tenure.example.com/you",
        "company": "Fernhill",
    }


def _send_all(port: int, mails: int) -> None:
    from tenure.messages.configuration import MailSettings
    from tenure.messages.sending import send_due
    from tenure.messages.smtp import Smtp

    address = SENDER.partition("<")[2].strip(">")
    settings = MailSettings(
        "127.0.0.1", port, "none", "", "", sender=SENDER, address=address, reply_to="", timeout_s=20
    )
    transport = Smtp(settings, system_clock)
    sent = send_due(system_clock(), {"mail": transport}, limit=mails, max_seconds=600)
    transport.close()
    if sent.counts != {"sent": mails}:
        raise RuntimeError(f"not every mail was sent: {sent.counts}")


def _hand_over(port: int, built: list[bytes]) -> None:
    with smtplib.SMTP("127.0.0.1", port, "example.com") as connection:
        for data in built:
            connection.sendmail("tenure@example.com", ["ann@example.org"], data)


@contextmanager
def _sink() -> Iterator[int]:
    command = [sys.executable, "-m", "tenure.bench.mail_sink"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield int(process.stdout.readline())
        process.stdin.close()


def _core_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
