"""Mail over a provider's interface: how far each one came, and what the ledger then says."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from message_worlds import NOON, intended, status_of

from tenure.base.errors import BadDefinition
from tenure.messages.anymail import Anymail, answer_of
from tenure.messages.models import Message, SuppressedAddress
from tenure.messages.providers import PROVIDERS, ProviderSettings, provider_settings
from tenure.messages.sending import send_due

pytestmark = pytest.mark.django_db(transaction=True)
TAKEN = {"To": "ann@example.org", "MessageID": "b7bc2f4a", "ErrorCode": 0, "Message": "OK"}
REFUSED = {
    "ErrorCode": 406,
    "Message": "You tried to send to recipient(s) that have been marked as inactive. "
    "Found inactive addresses: ann@example.org. Inactive recipients are ones that ...",
}


class Api(ThreadingHTTPServer):
    """Postmark as far as it is asked; each of `answers` in turn: (status, body), None to hang up."""

    def __init__(self, answers: list[tuple[int, object] | None]) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.answers, self.asked = answers, []


class _Asked(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((dict(self.headers), body))
        answer = self.server.answers.pop(0)
        if answer is None:
            self.connection.close()
            return
        status, said = answer
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Retry-After", "90")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


@contextmanager
def api(*answers: tuple[int, object] | None) -> Iterator[Api]:
    server = Api(list(answers))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(port: int, now=NOON):
    settings = ProviderSettings(
        provider=PROVIDERS["postmark"],
        sender="Tenure <tenure@example.com>",
        address="tenure@example.com",
        reply_to="help@example.com",
        timeout_s=2.0,
        options={"server_token": "secret", "api_url": f"http://127.0.0.1:{port}/"},
    )
    transport = Anymail(settings, lambda: now)
    try:
        return send_due(now, {"mail": transport})
    finally:
        transport.close()


def test_a_mail_goes_out_once_with_all_its_parts_and_the_providers_name_of_it_is_kept():
    with api((200, TAKEN)) as server:
        message = intended("ann@example.org")
        Message.objects.update(headers={"List-Unsubscribe": "<https://x.example/m>"})
        assert send(server.server_address[1]).counts == {"sent": 1}
        assert send(server.server_address[1]).counts == {}
    [(headers, said)] = server.asked
    assert headers["X-Postmark-Server-Token"] == "secret"
    assert (said["Subject"], said["TextBody"], said["HtmlBody"]) == (
        message.subject, message.text, message.html,
    )  # fmt: skip
    assert said["Metadata"] == {"tenure": str(message.pk)}
    assert (said["TrackOpens"], said["TrackLinks"]) == (False, "None")
    assert {"Name": "List-Unsubscribe", "Value": "<https://x.example/m>"} in said["Headers"]
    assert Message.objects.get().provider_id == "b7bc2f4a"


@pytest.mark.parametrize(
    ("answer", "status", "why"),
    [
        ((422, REFUSED), "failed", "postmark"),
        ((401, {"ErrorCode": 10, "Message": "No"}), "ready", "check key and options in [mail]"),
        ((404, {"Message": "no such domain"}), "ready", "check key and options in [mail]"),
        ((429, {"ErrorCode": 429, "Message": "slow"}), "ready", "429"),
        ((503, {}), "ready", "503"),
        ((500, {}), "unknown", "it may have been taken"),
        (None, "unknown", "it may have been taken"),
    ],
)
def test_only_what_was_certainly_not_taken_is_tried_again(answer, status, why):
    with api(answer) as server:
        intended("ann@example.org")
        send(server.server_address[1])
    held = Message.objects.get()
    assert held.status == status
    assert why in held.why
    assert "secret" not in held.why
    assert not SuppressedAddress.objects.exists()


def test_who_asks_for_time_gets_it():
    with api((429, {"ErrorCode": 429, "Message": "slow"}), (200, TAKEN)) as server:
        intended("ann@example.org")
        send(server.server_address[1])
        waits = Message.objects.get().next_at - NOON
        assert timedelta(seconds=90) <= waits < timedelta(seconds=95)


def test_nobody_is_waited_for_longer_than_some_hours():
    slow = Exception("slow")
    slow.status_code, slow.response = 429, SimpleNamespace(headers={"Retry-After": "9" * 30})
    assert answer_of(slow, "postmark").after_s == 6 * 3600


def test_what_the_provider_needs_and_nobody_said_keeps_mail_waiting_and_says_so():
    settings = ProviderSettings(
        provider=PROVIDERS["mailjet"],
        sender="t@example.com",
        address="t@example.com",
        reply_to="",
        timeout_s=2.0,
        options={"api_key": "secret"},
    )
    intended("ann@example.org")
    assert send_due(NOON, {"mail": Anymail(settings, lambda: NOON)}).down == {"mail"}
    held = Message.objects.get()
    assert held.status == "ready" and "check key and options in [mail]" in held.why
    assert "MAILJET_SECRET_KEY" in held.why


def test_where_nobody_listens_nothing_was_handed_over():
    intended("ann@example.org")
    assert send(9).down == {"mail"}
    assert status_of("to:ann@example.org") == "ready"


SECTION = '[mail]\nprovider = "postmark"\nfrom = "T <t@example.com>"\nkey = "k"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SECTION.replace("postmark", "postmrk"), "did you mean 'postmark'?"),
        (
            SECTION.replace('key = "k"', ""),
            "mail.key: this is missing; postmark calls it server_token",
        ),
        (SECTION + 'host = "smtp.example.com"', "a provider is named as well; keep one of them"),
        (SECTION + 'feedback_secret = "short"', "a password of 16 characters or more"),
        (SECTION + '[mail.options]\nregion = "eu"', "mail.options.region: there is no such field"),
        (SECTION.replace("postmark", "amazon_ses"), 'pip install "django-anymail[amazon-ses]"'),
        (
            SECTION.replace("postmark", "mailjet"),
            "mail.options.secret_key: this is missing; add it",
        ),
        (SECTION.replace('from = "T <t@example.com>"', ""), "mail.from: this is missing"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place(home, text, message):
    home.settings_file.write_text(text)
    with pytest.raises(BadDefinition) as refused:
        provider_settings(home, {})
    assert message in refused.value.message


def test_the_environment_stands_above_the_file_and_shows_in_no_traceback(home):
    home.settings_file.write_text(SECTION)
    read = provider_settings(home, {"TENURE_MAIL_KEY": "other", "TENURE_MAIL_FROM": "a@b.example"})
    assert (read.options["server_token"], read.address) == ("other", "a@b.example")
    assert repr(read) == "ProviderSettings(postmark)"
    assert not read.hears
