"""Mail over a provider's own interface, by django-anymail: how far each one came, as over SMTP.

Who refused it, or could not be reached, has not taken it. Where a request was handed over and no
clear answer came back, it may have: it is unknown, and not sent again by itself.
"""

import warnings
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from tenure.messages.answers import AGAIN, FAILED, SENT, UNKNOWN, Answer
from tenure.messages.ledger import one_line
from tenure.messages.mail_id import mail_id
from tenure.messages.models import Channel, Message
from tenure.messages.providers import ProviderSettings
from tenure.messages.webhook import AFTER_S_MAX

OURS = "tenure"  # the field in which a provider gives back which message it was
_TAKEN = {"sent", "queued"}
_WHY_CHARS = 300


class Anymail:
    """A transport of mail. One session serves many messages."""

    channel = Channel.MAIL

    def __init__(
        self,
        settings: ProviderSettings,
        clock: Callable[[], datetime],
        backend: Callable[..., BaseEmailBackend] | None = None,
    ) -> None:
        self.settings, self.clock = settings, clock
        self._make = backend or backend_class(settings.provider.name)
        self._backend: BaseEmailBackend | None = None

    def send(self, message: Message) -> Answer:
        """How it went. Raises nothing that the network or the provider does."""
        from anymail.exceptions import AnymailError

        mail = self._mail(message)
        try:
            self._opened().send_messages([mail])
        except ImproperlyConfigured as error:  # found before a connection is opened
            self.close()
            why = f"{self.settings.provider.name}: {_said(error, None)}"
            return Answer(AGAIN, f"{why}; check key and options in [mail]", is_down=True)
        except AnymailError as error:
            self.close()
            return answer_of(error, self.settings.provider.name)
        status = mail.anymail_status  # type: ignore[attr-defined]
        provider_id = str(status.message_id or "")[:200]
        taken = status.recipients.get(message.recipient)
        said = taken.status if taken is not None else next(iter(status.status or ()), None)
        name = self.settings.provider.name
        if said in _TAKEN:
            return Answer(SENT, f"{name}: {said}", provider_id=provider_id)
        if said is None or said == "unknown":
            why = f"{name} did not say whether it takes it"
            return Answer(UNKNOWN, why, provider_id=provider_id)
        return Answer(FAILED, f"{name}: {said}", refuses_recipient=said == "invalid")

    def close(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            backend.close()

    def _opened(self) -> BaseEmailBackend:
        if self._backend is None:
            timeout = {} if self.settings.provider.name == "amazon_ses" else {
                "timeout": self.settings.timeout_s
            }  # fmt: skip
            with warnings.catch_warnings():  # on what anymail thinks of the provider
                warnings.simplefilter("ignore")
                self._backend = self._make(
                    ignore_recipient_status=True,
                    ignore_unsupported_features=True,
                    **timeout,
                    **self.settings.options,
                )
            self._backend.open()
        return self._backend

    def _mail(self, message: Message) -> EmailMultiAlternatives:
        domain = self.settings.address.rpartition("@")[2]
        mail = EmailMultiAlternatives(
            subject=message.subject,
            body=message.text,
            from_email=self.settings.sender,
            to=[message.recipient],
            reply_to=[self.settings.reply_to] if self.settings.reply_to else None,
            headers={
                "Message-ID": mail_id(message, domain),
                "Auto-Submitted": "auto-generated",
                **{name: one_line(str(value)) for name, value in message.headers.items()},
            },
        )
        if message.html:
            mail.attach_alternative(message.html, "text/html")
        mail.metadata = {OURS: str(message.pk)}  # type: ignore[attr-defined]
        mail.track_opens = mail.track_clicks = False  # type: ignore[attr-defined]
        return mail


def backend_class(provider: str) -> Callable[..., BaseEmailBackend]:
    """How anymail sends over a provider."""
    made: Callable[..., BaseEmailBackend] = import_module(
        f"anymail.backends.{provider}"
    ).EmailBackend
    return made


def answer_of(error: Exception, provider: str) -> Answer:
    """What a failure means: whether the provider can have taken the mail."""
    code = getattr(error, "status_code", None)
    why = " ".join(f"{provider}: {_said(error, code)}".split())[:_WHY_CHARS]
    if code is None:
        if _never_connected(error):
            return Answer(AGAIN, why, is_down=True)
        if _is_ours(error):
            return Answer(FAILED, why)
        return Answer(UNKNOWN, f"{why}; it may have been taken", is_down=True)
    if code in (401, 402, 403, 404):  # 404: a domain or an address of theirs that is wrong
        return Answer(AGAIN, f"{why}; check key and options in [mail]", is_down=True)
    if code == 429:
        after_s = _retry_after(getattr(error, "response", None))
        return Answer(AGAIN, why, after_s=after_s, is_down=True)
    if code == 503:
        return Answer(AGAIN, why, is_down=True)
    if code >= 500:
        return Answer(UNKNOWN, f"{why}; it may have been taken", is_down=True)
    if code >= 400:
        return Answer(FAILED, why)
    return Answer(UNKNOWN, f"an answer that means nothing: {why}")


def _said(error: Exception, code: int | None) -> str:
    words = str(error).splitlines()
    return f"{code}: {' '.join(words)}" if code is not None else " ".join(words[:2])


def _is_ours(error: Exception) -> bool:
    """Whether the mail never came so far as to be sent."""
    from anymail.exceptions import (
        AnymailInvalidAddress,
        AnymailSerializationError,
        AnymailUnsupportedFeature,
    )

    return isinstance(
        error, AnymailInvalidAddress | AnymailSerializationError | AnymailUnsupportedFeature
    )


def _never_connected(error: Exception) -> bool:
    """Whether nothing can have been handed over."""
    from requests.exceptions import ConnectionError as Lost
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import MaxRetryError, NewConnectionError

    if isinstance(error, ConnectTimeout):
        return True
    cause = error.__cause__
    inner = cause.args[0] if isinstance(cause, Lost) and cause.args else None
    return isinstance(inner, MaxRetryError) and isinstance(inner.reason, NewConnectionError)


def _retry_after(response: Any) -> float:
    headers: Mapping[str, str] = getattr(response, "headers", None) or {}
    said = headers.get("Retry-After", "")
    return min(float(said), AFTER_S_MAX) if said.isdecimal() else 0.0
