"""A real mail server on the loopback, and mails as people and servers send them."""

import imaplib
import itertools
import re
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from message_worlds import NOON, intended
from smtp_sink import free_port

from tenure.base.home import Home
from tenure.messages.mail_id import mail_id
from tenure.messages.models import Message

_names = itertools.count(1)
USER, PASSWORD = "hello", "a-password"
# The server as it is, but for what it takes on purpose to make its one password hard to guess.
SERVER = """
from pymap.config import IMAPConfig
from pymap.main import main
from pysasl.hashing import Cleartext
IMAPConfig._get_hash_context = classmethod(lambda cls, configured: Cleartext())
main()
"""


class Mailbox:
    """A folder of the running server, new and empty for who asks for it."""

    def __init__(self, port: int, folder: str = "INBOX") -> None:
        self.port, self.folder = port, folder

    def put(self, *mails: str | bytes, at: datetime | None = None) -> None:
        """These mails arrive."""
        with self._open() as connection:
            for each in mails:
                raw = each if isinstance(each, bytes) else each.encode()
                raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                status, said = connection.append(self.folder, None, at, raw)
                assert status == "OK", said

    def flags(self) -> list[bytes]:
        """What is noted of each mail: whether somebody saw or deleted it."""
        with self._open() as connection:
            connection.select(self.folder, readonly=True)
            return [each for each in connection.fetch("1:*", "(FLAGS)")[1] if each]

    def numbers(self) -> list[int]:
        """The numbers of all mails, in order."""
        with self._open() as connection:
            connection.select(self.folder, readonly=True)
            return [int(each) for each in connection.uid("SEARCH", "ALL")[1][0].split()]

    def empty(self) -> None:
        """All mails are gone, and the folder is another one of the same name."""
        with self._open() as connection:
            connection.delete(self.folder)
            connection.create(self.folder)

    def toml(self, password: str = PASSWORD) -> str:
        return (
            f'[mail.inbox]\nhost = "127.0.0.1"\nport = {self.port}\nsecurity = "none"\n'
            f'user = "{USER}"\npassword = "{password}"\nfolder = "{self.folder}"\n'
        )

    @contextmanager
    def _open(self) -> Iterator[imaplib.IMAP4]:
        connection = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        try:
            connection.login(USER, PASSWORD)
            yield connection
        finally:
            connection.logout()


def new_mailbox(home: Home, port: int, more: str = "") -> Mailbox:
    """An empty mailbox that this home reads; `more` is written below its settings."""
    found = Mailbox(port, f"box{next(_names)}")
    with found._open() as connection:
        connection.create(found.folder)
    home.settings_file.write_text(
        '[company]\nname = "Fernhill"\n[mail]\nhost = "127.0.0.1"\nsecurity = "none"\n'
        f'from = "Tenure <tenure@example.com>"\n{found.toml()}{more}'
    )
    return found


@contextmanager
def mail_server() -> Iterator[int]:
    """The port of a server (pymap) that runs until the block ends."""
    port = free_port()
    command = [
        sys.executable, "-c", SERVER, "--host", "127.0.0.1", "--port", str(port), "--no-tls",
        "dict", "--demo-user", USER, "--demo-password", PASSWORD,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.kill()


def _wait_for(port: int, server: subprocess.Popen) -> None:
    ends = time.monotonic() + 30
    while True:
        try:
            imaplib.IMAP4("127.0.0.1", port, timeout=5).logout()
            return
        except OSError:
            assert server.poll() is None, "the mail server ended"
            assert time.monotonic() < ends, "the mail server does not answer"
            time.sleep(0.05)


def mail_to(address: str = "ann@acme.example", now: datetime = NOON, **columns: object) -> Message:
    """A mail of a play that somebody got."""
    message = intended(address, key=str(columns.pop("key", f"to:{address}")), now=now)
    fields = {
        "status": "sent", "purpose": "play", "play": "more_features", "step": "second_feature",
        "person_id": address.partition("@")[0], "account_id": "acme", "enrolment": "e1", **columns,
    }  # fmt: skip
    Message.objects.filter(pk=message.pk).update(**fields)
    message.refresh_from_db()
    return message


def named(message: Message) -> str:
    """What the mail is called on its way."""
    return mail_id(message, "example.com")


def answer(message: Message, words: str, **heads: str) -> str:
    """What a person's mail program sends."""
    lines = {
        "From": f"Ann <{message.recipient}>",
        "To": "Tenure <tenure@example.com>",
        "Subject": f"Re: {message.subject}",
        "Message-ID": f"<{abs(hash((words, *heads.values())))}@acme.example>",
        "In-Reply-To": named(message),
        "Content-Type": "text/plain; charset=utf-8",
    }
    lines |= {name.replace("_", "-"): said for name, said in heads.items()}
    head = "".join(f"{name}: {said}\n" for name, said in lines.items() if said)
    return f"{head}\n{words}\n"


def report(kind: str, fields: str, original: str, first: str = "Reporting-MTA: dns; mx") -> str:
    """What a mail server sends: `kind` is delivery-status or feedback-report."""
    group = f"{first}\n\n{fields}" if kind == "delivery-status" else fields
    return f"""From: MAILER-DAEMON@mx.example
To: tenure@example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <{abs(hash((fields, original)))}@mx.example>
Return-Path: <>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.

--b
Content-Type: message/{kind}

{group}

--b
Content-Type: message/rfc822

From: Tenure <tenure@example.com>
Message-ID: {original}
Subject: News

Hello

--b--
"""


@contextmanager
def moody_server(port: int, moods: dict[int, str]) -> Iterator[int]:
    """The port of that server as one that does not hand out some mails: by their number `no` (it
    refuses), `nothing` (it names them and gives no body) or `cut` (the connection breaks)."""

    class Between(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with socket.create_connection(("127.0.0.1", port)) as behind:
                threading.Thread(target=self.tell, args=(behind,), daemon=True).start()
                for line in self.rfile:
                    asked = re.match(rb"(\S+) UID FETCH (\d+) ", line)
                    mood = moods.get(int(asked[2])) if asked else None
                    if mood == "cut":
                        return
                    if asked and mood:
                        self.refuse(mood, asked[1], asked[2])
                    else:
                        behind.sendall(line)

        def refuse(self, mood: str, tag: bytes, uid: bytes) -> None:
            if mood == "no":
                self.wfile.write(tag + b" NO [SERVERBUG] cannot read the message\r\n")
            else:
                self.wfile.write(b"* 1 FETCH (UID " + uid + b" BODY[]<0> NIL)\r\n")
                self.wfile.write(tag + b" OK done\r\n")

        def tell(self, behind: socket.socket) -> None:
            with suppress(OSError):
                while said := behind.recv(65536):
                    self.wfile.write(said)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Between) as between:
        between.daemon_threads = True
        threading.Thread(target=between.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield between.server_address[1]
        finally:
            between.shutdown()
