"""The operator's page and commands: what was meant, what is unsure, and settling it."""

import csv
import io

import pytest
from click.testing import CliRunner
from django.test import Client
from message_worlds import intended, send_all, statuses
from smtp_sink import sink_running

from tenure.base.clock import system_clock
from tenure.messages.commands import messages
from tenure.messages.models import Message, SuppressedAddress

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unsure(home) -> str:
    """The key of a message whose answer was lost; two others were sent and refused."""
    with sink_running() as sink:
        for address in ("ann@example.org", "lost@example.org", "gone@example.org"):
            intended(address, key=f"to:{address}", now=system_clock())
        send_all(sink.port, system_clock())
    return "to:lost@example.org"


def page(visitor: Client) -> str:
    return visitor.get("/messages").content.decode()


def test_with_nothing_sent_the_page_says_what_is_missing(visitor):
    html = page(visitor)

    assert "Every message is accounted for" in html
    assert "name a server in [mail] of tenure.toml" in html


def test_the_unsure_one_is_listed_and_held_to_have_arrived(visitor, unsure):
    html = page(visitor)
    assert "1 message may have arrived or not" in html
    assert "lost@example.org" in html

    visitor.post("/messages/resolve", {"key": unsure, "as": "sent"})
    assert statuses() == {"sent": 2, "failed": 1}
    assert Message.objects.get(key=unsure).why == "owner said: arrived"
    again = visitor.post("/messages/resolve", {"key": unsure, "as": "sent"}, follow=True)
    assert "there is nothing to do" in again.content.decode()


def test_the_unsure_one_is_sent_again_only_when_somebody_says_so(visitor, unsure):
    visitor.post("/messages/resolve", {"key": unsure, "as": "again"})

    assert Message.objects.get(key=unsure).status == "ready"


def test_a_suppressed_address_is_allowed_again(visitor, unsure):
    assert "gone@example.org" in visitor.get("/suppression").content.decode()
    digest = SuppressedAddress.objects.get(lifted_at=None).address_digest
    visitor.post("/suppression/lift", {"digest": digest})

    assert not SuppressedAddress.objects.filter(lifted_at=None).exists()


def test_looking_changes_nothing(visitor, unsure):
    assert visitor.get("/messages/resolve", {"key": unsure, "as": "sent"}).status_code == 405
    assert visitor.get("/suppression/lift").status_code == 405


def test_the_command_counts_lists_and_settles(unsure):
    run = CliRunner().invoke

    counted = run(messages, ["--format", "csv"])
    [row] = csv.DictReader(io.StringIO(counted.stdout))
    by_status = {name: row[name] for name in ("intended", "sent", "failed", "unknown", "ready")}
    assert by_status == {"intended": "3", "sent": "1", "failed": "1", "unknown": "1", "ready": "0"}
    assert "delivered" not in run(messages).stdout  # a table names what there is
    assert "1 unsure" in counted.stderr
    listed = run(messages, ["list", "--status", "unknown", "--format", "csv"])
    assert unsure in listed.stdout
    assert run(messages, ["resolve", unsure, "--sent"]).exit_code == 0
    assert statuses() == {"sent": 2, "failed": 1}
    assert run(messages, ["allow", "gone@example.org"]).exit_code == 0


def test_a_test_mail_says_what_the_server_answered(home):
    with sink_running() as sink:
        home.settings_file.write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\n'
            'from = "t@example.com"\n'
        )
        good = CliRunner().invoke(messages, ["try", "ann@example.org"])
        bad = CliRunner().invoke(messages, ["try", "gone@example.org"])

    assert (good.exit_code, good.stdout) == (0, "sent: 250 Taken\n")
    assert bad.exit_code != 0
    assert "550 5.1.1 no such mailbox" in bad.stdout
