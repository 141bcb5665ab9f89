"""Mail over SMTP, step by step, so that it is known how far each one came.

Up to the answer to DATA nothing has been handed over, and it may be tried again. From there to the
answer to the final dot both sides may hold the mail (RFC 1047): without that answer it is unknown.
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from tenure.messages.answers import AGAIN, FAILED, SENT, UNKNOWN, Answer
from tenure.messages.configuration import MailSettings
from tenure.messages.mime import mail_bytes
from tenure.messages.models import Channel, Message

_LINE_WITH_DOT = re.compile(rb"(?m)^\.")
# Not the message's fault but ours with the server: all wait until somebody has mended it.
_OUR_TROUBLE = {530, 534, 535, 538}
# Refusals of a recipient that say nothing about whether the address exists: full, and policy.
_NOT_THE_ADDRESS = ("5.2.2", "5.2.3", "5.7.", "5.3.")


class Smtp:
    """A transport of mail. One connection serves many messages."""

    channel = Channel.MAIL

    def __init__(self, settings: MailSettings, clock: Callable[[], datetime]) -> None:
        self.settings, self.clock = settings, clock
        self._connection: smtplib.SMTP | None = None

    def send(self, message: Message) -> Answer:
        """How it went. Raises nothing that the network or the server does."""
        data = mail_bytes(message, self.settings.sender, self.settings.reply_to, self.clock())
        was_open = self._connection is not None
        try:
            answer = self._hand_over(message.recipient, data)
        except OSError as error:  # which every SMTPException is
            if not was_open:
                return self._down(error)
            # Nothing was handed over: a kept connection may have been closed in the meantime.
            self._drop()
            try:
                answer = self._hand_over(message.recipient, data)
            except OSError as second:
                return self._down(second)
        if answer.what in (AGAIN, FAILED):
            self._reset()
        return answer

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError):
                connection.quit()
            connection.close()

    def _hand_over(self, recipient: str, data: bytes) -> Answer:
        connection = self._connection or self._connect()
        code, reply = connection.mail(self.settings.address)
        if code != 250:
            return _refused("MAIL FROM", code, reply)
        code, reply = connection.rcpt(recipient)
        if code not in (250, 251):
            return _refused("RCPT TO", code, reply)
        code, reply = connection.docmd("DATA")
        if code != 354:
            return _refused("DATA", code, reply)
        try:
            connection.send(_LINE_WITH_DOT.sub(b"..", data) + b"\r\n.\r\n")
            code, reply = connection.getreply()
        except OSError as error:
            self._drop()
            return Answer(
                UNKNOWN, f"the connection was lost after the mail was handed over: {error}"
            )
        if 200 <= code < 300:
            return Answer(SENT, _words(code, reply))
        if code < 400:
            self._drop()
            return Answer(UNKNOWN, f"an answer that means nothing: {_words(code, reply)}")
        return _refused("the mail", code, reply)

    def _connect(self) -> smtplib.SMTP:
        given = self.settings
        context = ssl.create_default_context()
        # Else smtplib asks the DNS for this machine's name, which may take long.
        me = given.address.rpartition("@")[2]
        if given.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                given.host, given.port, me, timeout=given.timeout_s, context=context
            )
        else:
            connection = smtplib.SMTP(given.host, given.port, me, timeout=given.timeout_s)
        try:
            connection.ehlo_or_helo_if_needed()
            if given.security == "starttls":
                connection.starttls(context=context)
                connection.ehlo()
            if given.user:
                connection.login(given.user, given.password)
        except OSError:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _reset(self) -> None:
        """The next message starts afresh; who does not answer that gets a new connection."""
        if self._connection is None:
            return
        try:
            code, _ = self._connection.rset()
        except OSError:
            code = 0
        if code != 250:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _down(self, error: Exception) -> Answer:
        self._drop()
        where = f"{self.settings.host}:{self.settings.port}"
        said = _said(error)
        return Answer(AGAIN, f"no mail can be handed to {where}: {said}", is_down=True)


def _refused(step: str, code: int, reply: bytes) -> Answer:
    why = f"{step}: {_words(code, reply)}"
    if code == 421:
        return Answer(AGAIN, why, is_down=True)
    if code in _OUR_TROUBLE:
        return Answer(AGAIN, f"{why}; check user and password in [mail]", is_down=True)
    if 400 <= code < 500 or code < 200:
        return Answer(AGAIN, why)
    detail = reply.decode("utf-8", "replace").lstrip()
    is_address = step == "RCPT TO" and not detail.startswith(_NOT_THE_ADDRESS)
    return Answer(FAILED, why, refuses_recipient=is_address)


def _words(code: int, reply: bytes) -> str:
    return " ".join(f"{code} {reply.decode('utf-8', 'replace')}".split())[:300]


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return _words(error.smtp_code, reply if isinstance(reply, bytes) else reply.encode())
    return str(error) or type(error).__name__
