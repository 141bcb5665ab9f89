"""What a webhook may answer, and what the ledger then says."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from message_worlds import NOON, intended, status_of

from tenure.messages.configuration import WebhookSettings
from tenure.messages.models import Message
from tenure.messages.sending import send_due
from tenure.messages.webhook import Webhook

pytestmark = pytest.mark.django_db(transaction=True)
BODY = {"text": "Northwind needs someone", "blocks": [{"type": "section"}]}


class Hook(ThreadingHTTPServer):
    """Answers with each of `answers` in turn: (status, headers), or None to hang up."""

    def __init__(self, answers: list[tuple[int, dict[str, str]] | None]) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.answers, self.bodies = answers, []


class _Asked(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.bodies.append((self.path, json.loads(self.rfile.read(length))))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.connection.close()
            return
        status, headers = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"ok" if status == 200 else b"no")

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@contextmanager
def hook(*answers: tuple[int, dict[str, str]] | None) -> Iterator[Hook]:
    server = Hook(list(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def post(server: Hook, now=NOON):
    url = f"http://127.0.0.1:{server.server_address[1]}/services/T0/B0?x=1"
    settings = WebhookSettings(url, 8, True, "en", 2.0)
    return send_due(now, {"webhook": Webhook(settings, lambda: now)})


def intend_one(key="w", **more):
    return intended("webhook", key=key, channel="webhook", payload=BODY, **more)


def test_the_body_arrives_once():
    with hook((200, {})) as server:
        intend_one()
        assert post(server).counts == {"sent": 1}
        assert post(server, NOON + timedelta(days=1)).total == 0

    assert server.bodies == [("/services/T0/B0?x=1", BODY)]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_later_is_after_as_long_as_was_asked_for(status):
    with hook((status, {"Retry-After": "3600"}), (200, {})) as server:
        intend_one()
        assert post(server).counts == {"ready": 1}
        assert post(server, NOON + timedelta(minutes=59)).total == 0
        assert post(server, NOON + timedelta(minutes=61)).counts == {"sent": 1}


def test_retry_after_may_be_a_date():
    with hook((429, {"Retry-After": "Fri, 14 Mar 2025 14:00:00 GMT"})) as server:
        intend_one()
        post(server)

    assert Message.objects.get().next_at - NOON >= timedelta(hours=2)


@pytest.mark.parametrize("status", [400, 403, 404, 410, 302])
def test_a_refusal_is_final_and_says_so(status):
    with hook((status, {"Location": "http://127.0.0.1:1/"})) as server:
        intend_one()
        assert post(server).counts == {"failed": 1}

    assert Message.objects.get().why.startswith(f"{status} no")


@pytest.mark.parametrize("answer", [None, (504, {})])
def test_no_answer_is_unknown(answer):
    with hook(answer) as server:
        intend_one()
        assert post(server).counts == {"unknown": 1}
        assert post(server, NOON + timedelta(days=2)).total == 0

    assert len(server.bodies) == 1


def test_nothing_listening_waits():
    with hook() as server:
        pass
    intend_one()
    sent = post(server)

    assert sent.down == {"webhook"}
    assert status_of("w") == "ready"
    assert "cannot be reached" in Message.objects.get().why
