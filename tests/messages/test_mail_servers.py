"""Servers that want TLS or a password: what is meant to be private never goes in the clear."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from message_worlds import NOON, intended, settings_of, status_of
from smtp_sink import Sink, free_port, sink_running

from tenure.messages.models import Message
from tenure.messages.sending import send_due
from tenure.messages.smtp import Smtp

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]


def let_in(server, session, envelope, mechanism, data) -> AuthResult:
    knows = data == LoginPassword(b"tenure", b"right")
    return AuthResult(success=knows, handled=False)


@contextmanager
def private_server(**more) -> Iterator[Sink]:
    sink = Sink()
    sink.port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, **more)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A certificate for 127.0.0.1 that nobody trusts by itself, with its key beside it."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True,
        capture_output=True,
    )
    return folder / "cert.pem"


def context_of(certificate: Path) -> SSLContext:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context


def send(port: int, **more) -> None:
    intended("ann@example.org", key="x")
    transport = Smtp(settings_of(port, **more), lambda: NOON)
    send_due(NOON, {"mail": transport})
    transport.close()


def test_a_server_without_starttls_gets_nothing_when_it_is_wanted():
    with sink_running() as sink:
        send(sink.port, security="starttls")

    assert status_of("x") == "ready"
    assert "STARTTLS" in Message.objects.get().why
    assert not sink.taken


def test_a_certificate_that_nobody_trusts_gets_nothing(certificate):
    with private_server(tls_context=context_of(certificate)) as sink:
        send(sink.port, security="starttls")

    assert status_of("x") == "ready"
    assert "certificate verify failed" in Message.objects.get().why
    assert not sink.taken


def test_starttls_with_a_certificate_that_is_trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with private_server(tls_context=context_of(certificate), require_starttls=True) as sink:
        send(sink.port, security="starttls")

    assert status_of("x") == "sent"


@pytest.mark.parametrize(("password", "status"), [("right", "sent"), ("wrong", "ready")])
def test_a_password_that_is_wrong_keeps_messages_waiting(password, status):
    more = {"authenticator": let_in, "auth_required": True, "auth_require_tls": False}
    with private_server(**more) as sink:
        send(sink.port, user="tenure", password=password)

    message = Message.objects.get()
    assert message.status == status
    assert len(sink.taken) == (status == "sent")
    assert status == "sent" or "535" in message.why
    assert password not in message.why.split()


def test_a_server_that_wants_a_password_and_gets_none_keeps_messages_waiting():
    more = {"authenticator": let_in, "auth_required": True, "auth_require_tls": False}
    with private_server(**more) as sink:
        send(sink.port)

    assert status_of("x") == "ready"
    assert "check user and password in [mail]" in Message.objects.get().why
