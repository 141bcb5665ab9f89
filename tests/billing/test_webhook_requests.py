"""What a request to the host looks like, and which settings make it."""

import base64
import json
from datetime import UTC, datetime

import pytest
from billing_worlds import KEY, NOON, asked, host_running, only, says, webhook_to

from tenure.base.errors import BadDefinition, Unavailable
from tenure.base.ids import digest
from tenure.billing.by_task import TaskBilling
from tenure.billing.changes import carry_out
from tenure.billing.configured import billing_system
from tenure.billing.signing import read_secret, signed_headers, webhook_id
from tenure.billing.webhook import WebhookBilling
from tenure.demo.billing_system import DemoBilling

SECRET = "whsec_" + base64.b64encode(KEY).decode()
WEBHOOK = f'[billing]\nsystem = "webhook"\nurl = "https://app.example.com/b"\nsecret = "{SECRET}"\n'


def test_a_signature_is_the_published_example():
    """Source: the test vector of the Standard Webhooks reference libraries."""
    key = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
        [key],
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("key", ["visit.1", "a b", "naïve", "k\n", "x" * 201, ""])
def test_a_key_that_fits_no_header_is_sent_as_its_digest(key):
    assert webhook_id(key) == f"change_{digest(key)}"
    assert webhook_id("leave:v_8c1f") == "leave:v_8c1f"


@pytest.mark.django_db(transaction=True)
def test_the_body_says_what_was_promised(home):
    with host_running() as host:
        carry_out(asked("discount"), webhook_to(host), NOON)

    assert json.loads(host.bodies[0]) == {
        "id": "visit_1:pause",
        "kind": "discount",
        "account": "acme",
        "subscription": "sub_1",
        "values": {"percent_off": 20, "months": 3, "until_on": "2027-02-20"},
        "asked_at": "2026-11-20T12:00:00Z",
    }
    expected = signed_headers("visit_1:pause", NOON, host.bodies[0], [KEY])
    assert expected.items() <= host.headers[0].items()
    read_back = json.loads(host.bodies[1])
    assert read_back.pop("id").startswith("read_")
    assert read_back == {"kind": "read_back", "account": "acme", "subscription": "sub_1"}


def test_a_host_that_cannot_be_read_says_so_and_gives_no_terms():
    with host_running() as host:
        host.before = only("read_back", says(200, '{"status": "refused", "message": "no"}'))
        with pytest.raises(Unavailable, match="the host could not be read: refused: no"):
            webhook_to(host).read_back("acme", "sub_1")
        host.before = only("read_back", says(200, '{"status": "done", "terms": null}'))
        assert webhook_to(host).read_back("acme", "sub_1") is None


def test_the_settings_make_the_system(home):
    assert isinstance(billing_system(home), TaskBilling)
    home.settings_file.write_text(WEBHOOK + 'can = ["cancel_now"]\ntimeout_s = 5\n')
    system = billing_system(home)

    assert isinstance(system, WebhookBilling)
    assert (system.url, list(system.keys)) == ("https://app.example.com/b", [KEY])
    assert (system.can, system.timeout_s) == (frozenset({"cancel_now"}), 5)
    assert "app.example.com" in repr(system)
    assert "0123" not in repr(system)
    home.settings_file.write_text('[demo]\naccounts = 1\n[billing]\nsystem = "demo"\n')
    assert isinstance(billing_system(home), DemoBilling)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('system = "webhok"', "billing.system: there is no value 'webhok'; did you mean 'webhook'"),
        ('system = "webhook"', "billing.url: this is missing"),
        ('system = "webhook"\nurl = "app.example.com"', "billing.url: this is no address"),
        ('system = "webhook"\nurl = "http://app.example.com"', "write https://"),
        ('system = "webhook"\nurl = "file:///etc/passwd"', "this is no address"),
        ('system = "webhook"\nurl = "https://u:p@app.example.com"', "this is no address"),
        ('system = "webhook"\nurl = "https://a.example"', "billing.secret: it does not begin"),
        ('system = "webhook"\nurl = "https://a.example"\nsecret = "whsec_%"', "not base64"),
        ('system = "webhook"\nurl = "https://a.example"\nsecret = "whsec_AAAA"', "it has 3 bytes"),
        (WEBHOOK[10:] + "timeout_s = 99", "billing.timeout_s: 99 is out of range"),
        (WEBHOOK[10:] + 'can = ["freeze"]', "billing.can: there is no change 'freeze'"),
        (WEBHOOK[10:] + 'read_back = "never"', "billing.read_back"),
        (WEBHOOK[10:] + "colour = 1", "billing.colour: there is no such field"),
        ('system = "task"\nurl = "https://a.example"', "billing.url: there is no such field"),
        ('system = "task"\nsettles_within_days = -1', "settles_within_days: -1 is out of range"),
        ('system = "demo"', "billing.system: no simulated company lives here"),
        ("system = 7", "billing.system: 7 is not text"),
    ],
)
def test_a_mistake_in_the_settings_names_the_field_and_what_to_do(home, text, said):
    home.settings_file.write_text(f"[billing]\n{text}\n")
    with pytest.raises(BadDefinition) as raised:
        billing_system(home)

    assert said in raised.value.message
    assert SECRET not in raised.value.message


def test_the_environment_stands_above_the_file_and_both_secrets_sign(home, monkeypatch):
    other = "whsec_" + base64.b64encode(KEY[::-1]).decode()
    home.settings_file.write_text(WEBHOOK + f'old_secret = "{SECRET}"\n')
    monkeypatch.setenv("TENURE_BILLING_SECRET", other)

    assert list(billing_system(home).keys) == [KEY[::-1], KEY]
